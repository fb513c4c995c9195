//! The records of one entry, and its body.

use super::{Defect, entry_defect, package, zip, zip_with};
use crate::package::Entry;
use crate::zip::{EntryForge, crc32, deflate, extra_field, file};

pub(super) fn defects() -> Vec<Defect> {
    let mut defects = agreement();
    defects.extend(features());
    defects.push(link_by_asi());
    defects.extend(descriptors());
    defects.extend(bodies());
    defects
}

fn agreement() -> Vec<Defect> {
    vec![
        entry_defect(
            "archive-header-mismatch",
            "name",
            "another name in the local header.",
            "app.py",
            |entry| entry.local(|local| local.name = b"api.py".to_vec()),
        ),
        entry_defect(
            "archive-header-mismatch",
            "size",
            "another size in the local header.",
            "lib/util.py",
            |entry| entry.local(|local| local.size -= 1),
        ),
        entry_defect(
            "archive-header-mismatch",
            "unicode-path",
            "a Unicode Path field with another name.",
            "app.py",
            |entry| {
                entry.extra(&extra_field(
                    0x7075,
                    &[&[1], &crc32(b"app.py").to_le_bytes()[..], b"api.py"].concat(),
                ))
            },
        ),
    ]
}

fn features() -> Vec<Defect> {
    vec![
        entry_defect(
            "archive-unsupported-method",
            "deflate64",
            "a stream of literals under method 9.",
            "lib/util.py",
            |entry| entry.local(|local| local.method = 9).central(|central| central.method = 9),
        ),
        entry_defect(
            "archive-unsupported-version",
            "local",
            "a local header that needs version 6.3.",
            "app.py",
            |entry| entry.local(|local| local.version_needed = 63),
        ),
        entry_defect("archive-flags", "patched-data", "the flag of patched data.", "app.py", |entry| {
            entry.flags(1 << 5)
        }),
        entry_defect(
            "archive-encrypted",
            "flag",
            "the flag of encryption on an entry that is not.",
            "app.py",
            |entry| entry.flags(1),
        ),
        entry_defect(
            "archive-encrypted",
            "local-flag",
            "that flag in the local header alone.",
            "app.py",
            |entry| entry.local(|local| local.flags |= 1),
        ),
        entry_defect(
            "archive-extra-field",
            "too-long",
            "an extra field that says it is longer than the list.",
            "app.py",
            |entry| entry.extra(b"\x55\x54\x05\0\0"),
        ),
        entry_defect("archive-extra-field", "twice", "two timestamps in one list.", "app.py", |entry| {
            entry.extra(&extra_field(0x5455, b"\x01\0\0\0\0").repeat(2))
        }),
    ]
}

/// Without a mode in the directory, unzip takes that of ASi's field.
fn link_by_asi() -> Defect {
    let entry = Entry { mode: 0, ..Entry::file("a.txt", "/etc/passwd") };
    let package = package([entry]);
    let field = [&[0; 4][..], &0o120_777_u16.to_le_bytes(), &[0; 8]].concat();
    Defect {
        code: "archive-extra-field",
        what: "asi-link",
        origin: "a file without a mode that a field of ASi makes a symbolic link.",
        sound: zip(&package).build(),
        broken: zip_with(&package, "a.txt", |entry| entry.extra(&extra_field(0x756e, &field))).build(),
    }
}

fn descriptors() -> Vec<Defect> {
    let hidden = file("evil.py", "import os\n").local_record();
    // What a reader of a stream takes for the end of the body, and the entry that it then finds.
    let descriptor = [&b"PK\x07\x08"[..], &[0; 12], &hidden].concat();
    let package = package([Entry::file("data.bin", descriptor)]);
    vec![
        entry_defect(
            "archive-descriptor",
            "checksum",
            "a data descriptor of another checksum.",
            "lib/util.py",
            |entry| entry.descriptor(|descriptor| descriptor.crc ^= 1),
        ),
        entry_defect(
            "archive-descriptor",
            "missing",
            "the flag of a data descriptor, and none.",
            "lib/util.py",
            |entry| entry.local(|local| local.flags |= 1 << 3),
        ),
        Defect {
            code: "archive-descriptor",
            what: "in-stored-body",
            origin: "a stored body before a data descriptor that holds another one, and a local record behind that.",
            sound: zip(&package).build(),
            broken: zip_with(&package, "data.bin", EntryForge::described).build(),
        },
    ]
}

fn bodies() -> Vec<Defect> {
    let body = package([]).entries[1].body.clone();
    let mut endless = vec![0];
    endless.extend_from_slice(&(body.len() as u16).to_le_bytes());
    endless.extend_from_slice(&(!(body.len() as u16)).to_le_bytes());
    endless.extend_from_slice(&body);
    let stream = deflate(&body);
    let second = [&stream[..], &deflate(b"import os\n")].concat();
    vec![
        entry_defect(
            "archive-size-mismatch",
            "longer",
            "a stream one byte longer than every record says.",
            "lib/util.py",
            |entry| entry.local(|local| local.size -= 1).central(|central| central.size -= 1),
        ),
        entry_defect(
            "archive-crc-mismatch",
            "stored",
            "another checksum in both headers.",
            "app.py",
            |entry| entry.local(|local| local.crc ^= 1).central(|central| central.crc ^= 1),
        ),
        entry_defect(
            "archive-deflate-malformed",
            "no-end",
            "a stream without a last block.",
            "lib/util.py",
            move |entry| entry.stream(&endless),
        ),
        entry_defect(
            "archive-deflate-trailing",
            "second-stream",
            "a second stream behind the first.",
            "lib/util.py",
            move |entry| entry.stream(&second),
        ),
    ]
}
