//! The public corpora malo and pypi-warehouse, decided file by file.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use lambda_codesign_core::code::Code;

use super::check::judge;

/// A file, the code that refuses it (none: it is admitted), and why where the corpus's own group does not say it.
type Decision = (&'static str, Option<Code>, &'static str);

const ADMITTED: Option<Code> = None;
const HEADERS: Option<Code> = Some(Code::ArchiveHeaderMismatch);
const DESCRIPTOR: Option<Code> = Some(Code::ArchiveDescriptor);
const END: Option<Code> = Some(Code::ArchiveEndRecord);
const EXTRA: Option<Code> = Some(Code::ArchiveExtraField);
const GAP: Option<Code> = Some(Code::ArchiveGap);
const DUPLICATE: Option<Code> = Some(Code::ArchiveDuplicateEntry);
const MULTI_DISK: Option<Code> = Some(Code::ArchiveMultiDisk);
const MALFORMED: Option<Code> = Some(Code::ArchiveMalformed);
const OVERLAP: Option<Code> = Some(Code::ArchiveOverlap);
const PREFIX: Option<Code> = Some(Code::ArchivePrefix);
const SIZE: Option<Code> = Some(Code::ArchiveSizeMismatch);
const TRAILING: Option<Code> = Some(Code::ArchiveTrailingBytes);
const TYPE: Option<Code> = Some(Code::ArchiveEntryType);
const ZIP64: Option<Code> = Some(Code::ArchiveZip64);

const NESTED_END: &str = "the comment holds an end record, as a reader that scans forward would find it";
const UNICODE_PATH: &str = "the Unicode Path is another name than the header's";
const WIDE_DESCRIPTOR: &str = "Java's streaming reader takes its descriptor for 32 bits wide";
const EMPTY_DIRECTORY_VALUES: &str = "the directory has zeros for a body that has bytes";

#[rustfmt::skip]
const MALO: &[Decision] = &[
    ("accept/comment.zip", ADMITTED, ""),
    ("accept/data_descriptor.zip", ADMITTED, ""),
    ("accept/data_descriptor_zip64.zip", ZIP64, WIDE_DESCRIPTOR),
    ("accept/deflate.zip", ADMITTED, ""),
    ("accept/normal_deflate.zip", ADMITTED, ""),
    ("accept/normal_deflate_zip64_extra.zip", ADMITTED, ""),
    ("accept/store.zip", ADMITTED, ""),
    ("accept/subdir.zip", ADMITTED, ""),
    ("accept/zip64_eocd.zip", ADMITTED, ""),
    ("iffy/8bitcomment.zip", END, NESTED_END),
    ("iffy/comment_cdsize_0.zip", HEADERS, "the directory's CRC-32 is that of the beginning of the body"),
    ("iffy/comment_cdsize_3.zip", HEADERS, "the directory's CRC-32 is that of the beginning of the body"),
    ("iffy/crc_collision_empty_nonempty.zip", ADMITTED, "a checksum may be any number, and two bodies may share one"),
    ("iffy/crc_collision_two_nonempty.zip", ADMITTED, "a checksum may be any number, and two bodies may share one"),
    ("iffy/crc_zero_nonempty.zip", ADMITTED, "a checksum may be any number, and two bodies may share one"),
    ("iffy/data_descriptor_cd_zero.zip", DESCRIPTOR, EMPTY_DIRECTORY_VALUES),
    ("iffy/data_descriptor_flag_off.zip", HEADERS, "without the flag the local header's zeros are its values"),
    ("iffy/data_descriptor_flag_off_cd_zero.zip", GAP, EMPTY_DIRECTORY_VALUES),
    ("iffy/data_descriptor_no_sig.zip", DESCRIPTOR, "16 bytes up to the directory, and no signature in them"),
    ("iffy/data_descriptor_zero.zip", DESCRIPTOR, EMPTY_DIRECTORY_VALUES),
    ("iffy/data_descriptor_zero_cmt_0.zip", DESCRIPTOR, EMPTY_DIRECTORY_VALUES),
    ("iffy/data_descriptor_zero_cmt_a.zip", DESCRIPTOR, EMPTY_DIRECTORY_VALUES),
    ("iffy/data_descriptor_zero_cmt_abc123.zip", DESCRIPTOR, EMPTY_DIRECTORY_VALUES),
    ("iffy/data_descriptor_zero_cmt_comment.zip", DESCRIPTOR, EMPTY_DIRECTORY_VALUES),
    ("iffy/data_descriptor_zero_cmt_foo.zip", DESCRIPTOR, EMPTY_DIRECTORY_VALUES),
    ("iffy/data_descriptor_zero_cmt_hello.zip", DESCRIPTOR, EMPTY_DIRECTORY_VALUES),
    ("iffy/data_descriptor_zero_cmt_meta.zip", DESCRIPTOR, EMPTY_DIRECTORY_VALUES),
    ("iffy/data_descriptor_zero_cmt_packets.zip", DESCRIPTOR, EMPTY_DIRECTORY_VALUES),
    ("iffy/data_descriptor_zero_cmt_warehouse.zip", DESCRIPTOR, EMPTY_DIRECTORY_VALUES),
    ("iffy/data_descriptor_zero_cmt_zz.zip", DESCRIPTOR, EMPTY_DIRECTORY_VALUES),
    ("iffy/extra3byte.zip", EXTRA, "three bytes that are no extra field, and not zeros"),
    ("iffy/non_ascii_original_name.zip", HEADERS, UNICODE_PATH),
    ("iffy/nosubdir.zip", ADMITTED, "a directory needs no entry of its own"),
    ("iffy/prefix.zip", PREFIX, "bytes before the first entry"),
    ("iffy/prefix_comment.zip", PREFIX, "bytes before the first entry"),
    ("iffy/prefix_crc_collision_two_nonempty.zip", PREFIX, "bytes before the first entry"),
    ("iffy/prefix_data_descriptor.zip", PREFIX, "bytes before the first entry"),
    ("iffy/prefix_data_descriptor_zip64.zip", PREFIX, "bytes before the first entry"),
    ("iffy/prefix_deflate.zip", PREFIX, "bytes before the first entry"),
    ("iffy/prefix_non_ascii_original_name.zip", PREFIX, "bytes before the first entry"),
    ("iffy/prefix_normal_deflate.zip", PREFIX, "bytes before the first entry"),
    ("iffy/prefix_normal_deflate_zip64_extra.zip", PREFIX, "bytes before the first entry"),
    ("iffy/prefix_store.zip", PREFIX, "bytes before the first entry"),
    ("iffy/prefix_subdir.zip", PREFIX, "bytes before the first entry"),
    ("iffy/prefix_zip64_eocd.zip", ZIP64, "a byte before the first entry, so that the locator points past the record"),
    ("iffy/store_cdsize_0.zip", HEADERS, "the directory's CRC-32 is that of the beginning of the body"),
    ("iffy/store_cdsize_1.zip", HEADERS, "the directory's CRC-32 is that of the beginning of the body"),
    ("iffy/store_cdsize_2.zip", HEADERS, "the directory's CRC-32 is that of the beginning of the body"),
    ("iffy/store_cdsize_3.zip", HEADERS, "the directory's CRC-32 is that of the beginning of the body"),
    ("iffy/store_cdsize_4.zip", HEADERS, "the directory's CRC-32 is that of the beginning of the body"),
    ("iffy/store_cdsize_5.zip", HEADERS, "the directory's CRC-32 is that of the beginning of the body"),
    ("iffy/store_cdsize_6.zip", HEADERS, "the directory's CRC-32 is that of the beginning of the body"),
    ("iffy/store_cdsize_7.zip", HEADERS, "the directory's CRC-32 is that of the beginning of the body"),
    ("iffy/suffix_not_comment.zip", TRAILING, "bytes after the end record that its comment does not count"),
    ("iffy/trailing_slash_attr_mismatch.zip", TYPE, "a directory by its name, a file by its mode"),
    ("iffy/zip64_eocd_extensible_data.zip", ZIP64, "extensible data that only some readers skip"),
    ("iffy/zip64_extra_too_long.zip", ZIP64, "values that no field calls for, and that repeat none"),
    ("iffy/zip64_extra_too_short.zip", ZIP64, "a sentinel without a value"),
    ("malicious/second_unicode_extra.zip", HEADERS, ""),
    ("malicious/short_usize.zip", SIZE, ""),
    ("malicious/short_usize_zip64.zip", ZIP64, ""),
    ("malicious/trailing_slash_name.zip", TYPE, ""),
    ("malicious/trailing_slash_payload.zip", TYPE, ""),
    ("malicious/unicode_extra_chain.zip", HEADERS, ""),
    ("malicious/zip64_eocd_confusion.zip", END, ""),
    ("malicious/zipinzip.zip", END, ""),
    ("reject/cd_extra_entry.zip", DUPLICATE, ""),
    ("reject/cd_missing_entry.zip", GAP, ""),
    ("reject/data_descriptor_bad_content_zero_crc.zip", DESCRIPTOR, ""),
    ("reject/data_descriptor_bad_crc.zip", DESCRIPTOR, ""),
    ("reject/data_descriptor_bad_crc_0.zip", DESCRIPTOR, ""),
    ("reject/data_descriptor_bad_csize.zip", DESCRIPTOR, ""),
    ("reject/data_descriptor_bad_usize.zip", DESCRIPTOR, ""),
    ("reject/data_descriptor_bad_usize_no_sig.zip", DESCRIPTOR, ""),
    ("reject/data_descriptor_zip64_csize.zip", ZIP64, ""),
    ("reject/data_descriptor_zip64_usize.zip", ZIP64, ""),
    ("reject/shortextra.zip", EXTRA, ""),
    ("reject/zip64_extra_csize.zip", OVERLAP, ""),
    ("reject/zip64_extra_usize.zip", SIZE, ""),
];

#[rustfmt::skip]
const PYPI_WAREHOUSE: &[Decision] = &[
    ("accept/comment.zip", ADMITTED, ""),
    ("accept/deflate.zip", ADMITTED, ""),
    ("accept/empty.zip", MALFORMED, "the signing service refuses an empty package, and nothing can be deployed from it"),
    ("accept/normal_deflate.zip", ADMITTED, ""),
    ("accept/nosubdir.zip", ADMITTED, ""),
    ("accept/short_usize.zip", SIZE, "its stream is longer than every record says"),
    ("accept/short_usize_zip64.zip", ZIP64, "its ZIP64 size is another than its size"),
    ("accept/store.zip", ADMITTED, ""),
    ("accept/subdir.zip", ADMITTED, ""),
    ("accept/zip64_eocd.zip", ADMITTED, ""),
    ("reject/8bitcomment.zip", END, ""),
    ("reject/cd_comment.zip", GAP, ""),
    ("reject/cd_extra_entry.zip", DUPLICATE, ""),
    ("reject/cd_missing_entry.zip", GAP, ""),
    ("reject/data_descriptor.zip", ADMITTED, "its descriptor agrees with the directory: streaming writers need one"),
    ("reject/data_descriptor_bad_crc.zip", DESCRIPTOR, ""),
    ("reject/data_descriptor_bad_crc_0.zip", DESCRIPTOR, ""),
    ("reject/data_descriptor_bad_csize.zip", DESCRIPTOR, ""),
    ("reject/data_descriptor_bad_usize.zip", DESCRIPTOR, ""),
    ("reject/data_descriptor_bad_usize_no_sig.zip", DESCRIPTOR, ""),
    ("reject/data_descriptor_zip64.zip", ZIP64, ""),
    ("reject/data_descriptor_zip64_csize.zip", ZIP64, ""),
    ("reject/data_descriptor_zip64_usize.zip", ZIP64, ""),
    ("reject/dupe_eocd.zip", GAP, ""),
    ("reject/eocd64_locator_mismatch.zip", ZIP64, ""),
    ("reject/eocd64_non_locator.zip", ZIP64, ""),
    ("reject/eocd64_without_eocd.zip", ZIP64, ""),
    ("reject/eocd64_without_locator.zip", MALFORMED, ""),
    ("reject/extra3byte.zip", EXTRA, ""),
    ("reject/missing_local_file.zip", MULTI_DISK, ""),
    ("reject/non_ascii_original_name.zip", HEADERS, ""),
    ("reject/not.zip", MALFORMED, ""),
    ("reject/prefix.zip", PREFIX, ""),
    ("reject/second_unicode_extra.zip", HEADERS, ""),
    ("reject/shortextra.zip", EXTRA, ""),
    ("reject/suffix_not_comment.zip", TRAILING, ""),
    ("reject/unicode_extra_chain.zip", HEADERS, ""),
    ("reject/wheel-1.0-py3-none-any.whl", DUPLICATE, ""),
    ("reject/zip64_eocd_confusion.zip", END, ""),
    ("reject/zip64_eocd_extensible_data.zip", ZIP64, ""),
    ("reject/zip64_extra_csize.zip", OVERLAP, ""),
    ("reject/zip64_extra_too_long.zip", ZIP64, ""),
    ("reject/zip64_extra_too_short.zip", ZIP64, ""),
    ("reject/zip64_extra_usize.zip", SIZE, ""),
    ("reject/zipinzip.zip", END, ""),
];

fn corpora() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/corpora")
}

fn files_below(folder: &Path) -> BTreeSet<String> {
    let groups =
        fs::read_dir(folder).expect("the corpus is there").map(|entry| entry.expect("it can be listed"));
    let groups = groups.filter(|group| group.path().is_dir());
    let named = |group: fs::DirEntry| {
        let name = group.file_name().into_string().expect("names are ASCII");
        let files = fs::read_dir(group.path()).expect("it can be listed");
        files.map(move |file| {
            let file = file.expect("it can be listed").file_name().into_string().expect("names are ASCII");
            format!("{name}/{file}")
        })
    };
    groups.flat_map(named).collect()
}

#[track_caller]
fn check(folder: &Path, decisions: &[Decision]) {
    let listed: BTreeSet<_> = decisions.iter().map(|(file, ..)| (*file).to_owned()).collect();
    assert_eq!(listed, files_below(folder), "every file is decided, and every decision has a file");
    for (file, code, why) in decisions {
        let bytes = fs::read(folder.join(file)).expect("it can be read");
        match (judge(&bytes), code) {
            (Ok(_), None) => {}
            (Err(error), Some(code)) => assert_eq!(error.code(), *code, "{file}: {error}"),
            (Ok(_), Some(code)) => panic!("{file}: admitted, and not refused as {code}"),
            (Err(error), None) => panic!("{file}: refused as {}: {error}", error.code()),
        }
        let as_grouped = match file.split_once('/') {
            Some(("accept", _)) => code.is_none(),
            Some(("reject" | "malicious", _)) => code.is_some(),
            _ => false,
        };
        assert_eq!(
            why.is_empty(),
            as_grouped,
            "{file}: what the corpus leaves open or decides otherwise has a reason"
        );
    }
}

#[test]
fn malo() {
    check(&corpora().join("malo/zip"), MALO);
}

#[test]
fn pypi_warehouse() {
    check(&corpora().join("pypi-warehouse"), PYPI_WAREHOUSE);
}
