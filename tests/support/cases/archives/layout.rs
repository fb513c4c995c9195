//! Where the records stand, and what the end records say of them.

use super::{Defect, entry_defect, forge, package, zip, zip_defect, zip_with};
use crate::cms::Form;
use crate::package::{Entry, SignedPackage};
use crate::zip::{EntryForge, Width, ZipForge, extra_field, file};

pub(super) fn defects() -> Vec<Defect> {
    let mut defects = ends();
    defects.extend(tiling());
    defects.extend(counts());
    defects.extend(zip64());
    defects
}

fn ends() -> Vec<Defect> {
    let end = 0x0605_4b50_u32.to_le_bytes();
    vec![
        entry_defect(
            "archive-malformed",
            "local-signature",
            "a local header without its signature.",
            "app.py",
            |entry| entry.local(|local| local.signature += 1),
        ),
        cut(),
        entry_defect(
            "archive-too-large",
            "unzipped",
            "a file that declares more than Lambda unzips.",
            "lib/util.py",
            |entry| {
                entry.local(|local| local.size = 262_144_001).central(|central| central.size = 262_144_001)
            },
        ),
        zip_defect("archive-end-record", "in-comment", "a comment that holds an end record.", move |zip| {
            zip.comment(&[&end[..], &[0; 20]].concat())
        }),
        zip_defect("archive-trailing-bytes", "newline", "a newline after the end record.", |zip| {
            zip.suffix(b"\n")
        }),
        zip_defect(
            "archive-prefix",
            "launcher",
            "a launcher line in front, which the offsets count.",
            |zip| zip.prefix(b"#!/usr/bin/env python3\n"),
        ),
        uncounted_prefix(),
    ]
}

fn tiling() -> Vec<Defect> {
    vec![
        overlapping(),
        entry_defect("archive-gap", "between-entries", "16 bytes between two entries.", "app.py", |entry| {
            entry.after(&[0; 16])
        }),
        unlisted(),
        reordered(),
    ]
}

fn counts() -> Vec<Defect> {
    vec![
        zip_defect(
            "archive-count-mismatch",
            "one-less",
            "an end record that counts one entry less.",
            |zip| {
                zip.end(|end| (end.entries, end.entries_on_disk) = (end.entries - 1, end.entries_on_disk - 1))
            },
        ),
        zip_defect(
            "archive-count-mismatch",
            "on-this-disk",
            "an end record that counts one entry less on this disk.",
            |zip| zip.end(|end| end.entries_on_disk -= 1),
        ),
        zip_defect("archive-multi-disk", "end-record", "an end record of disk 1.", |zip| {
            zip.end(|end| end.disk = 1)
        }),
        entry_defect("archive-multi-disk", "entry", "an entry on disk 1.", "app.py", |entry| {
            entry.central(|central| central.disk = 1)
        }),
    ]
}

fn cut() -> Defect {
    let sound = zip(&package([])).comment(b"v1").build();
    Defect {
        code: "archive-malformed",
        what: "cut-short",
        origin: "the last byte cut off, which is one of the comment.",
        broken: sound[..sound.len() - 1].to_vec(),
        sound,
    }
}

fn uncounted_prefix() -> Defect {
    let sound = zip(&package([])).build();
    Defect {
        code: "archive-prefix",
        what: "uncounted",
        origin: "a launcher line in front, which the offsets do not count.",
        broken: [b"#!/usr/bin/env python3\n", &sound[..]].concat(),
        sound,
    }
}

/// The local record of the second entry stands in the body of the first, which is stored.
fn overlapping() -> Defect {
    let inner = Entry::file("inner.txt", "inside");
    let outer = Entry::file("outer.bin", forge(&inner).local_record());
    let package = SignedPackage::of(vec![outer, inner], Form::Of2024);
    Defect {
        code: "archive-overlap",
        what: "inside-body",
        origin: "an entry whose record stands in the stored body of another.",
        sound: zip(&package).build(),
        broken: zip_with(&package, "inner.txt", |entry| {
            entry.listed_only().central(|central| central.local_offset = 30 + "outer.bin".len() as u32)
        })
        .build(),
    }
}

/// A reader of a stream finds an entry that the directory does not list, and the signature does not cover.
fn unlisted() -> Defect {
    let package = package([]);
    let hidden = file("evil.py", "import os\n").local_record();
    Defect {
        code: "archive-gap",
        what: "unlisted-entry",
        origin: "an entry that the directory does not list.",
        sound: zip(&package).build(),
        broken: zip_with(&package, "app.py", |entry| entry.after(&hidden)).build(),
    }
}

fn reordered() -> Defect {
    let package = package([Entry::file("a.txt", "a"), Entry::file("b.txt", "b")]);
    let entries = package.all_entries();
    let mut swapped = entries.clone();
    swapped.swap(3, 4);
    let mut listing: Vec<_> = (0..entries.len()).collect();
    listing.swap(3, 4);
    Defect {
        code: "archive-order",
        what: "directory",
        origin: "two entries in another order than the directory lists them in.",
        sound: zip(&package).build(),
        broken: ZipForge::of(swapped.iter().map(forge)).listing(&listing).build(),
    }
}

fn zip64() -> Vec<Defect> {
    let case = |what, origin, edit: fn(ZipForge) -> ZipForge| Defect {
        code: "archive-zip64",
        what,
        origin,
        sound: zip(&package([])).zip64().build(),
        broken: edit(zip(&package([])).zip64()).build(),
    };
    let wide = |entry: EntryForge| {
        entry.local(|local| {
            let sizes = [u64::from(local.size).to_le_bytes(), u64::from(local.compressed_size).to_le_bytes()];
            local.extra = extra_field(1, &sizes.concat());
        })
    };
    vec![
        case("end-records", "a ZIP64 end record that counts one entry less than the other.", |zip| {
            zip.zip64_end(|end| {
                (end.entries, end.entries_on_disk) = (end.entries - 1, end.entries_on_disk - 1)
            })
        }),
        case("locator", "a locator that points one byte before the ZIP64 end record.", |zip| {
            zip.zip64_locator(|locator| locator.offset -= 1)
        }),
        entry_defect(
            "archive-zip64",
            "descriptor",
            "unneeded ZIP64 values on an entry with a data descriptor, of 64 bits then.",
            "lib/util.py",
            move |entry| wide(entry).descriptor(|descriptor| descriptor.width = Width::Bits64),
        ),
    ]
}
