"""Reads every archive of a folder with zipfile: a line each, in order of their names."""
import os
import sys
import warnings
import zipfile

warnings.simplefilter("ignore")


def raw(info):
    """The bytes of the name that zipfile took: it decodes those that are not flagged by code page 437."""
    flagged = info.flag_bits & 0x800 or info.filename != info.orig_filename
    return info.filename.encode("utf-8" if flagged else "cp437", "surrogateescape")


folder = sys.argv[1]
for name in sorted(os.listdir(folder)):
    try:
        with zipfile.ZipFile(os.path.join(folder, name)) as archive:
            items = [raw(info).hex() + ":" + archive.read(info).hex() for info in archive.infolist()]
        print("read", *items)
    except Exception as error:
        print("refused", type(error).__name__, str(error).replace("\n", " ").encode("ascii", "replace").decode())
