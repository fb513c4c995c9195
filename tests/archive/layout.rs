//! C1 to C5, limits and disks: where the records stand, and what the end records say of them.

use lambda_codesign_core::archive::{Archive, ArchiveError, Limits, Quantity};
use lambda_codesign_core::code::Code;
use lambda_codesign_tests::zip::{ZipForge, extra_field, file, find, overwrite};

use super::check::{admits, archive_case, entry_case, refuses, says, three};

#[test]
fn c1_entries_tile_the_file() {
    archive_case(Code::ArchiveGap, "bytes before the directory", |zip| zip.before_directory(b"x"));
    entry_case(Code::ArchiveGap, "bytes between entries", || file("m", "m"), |entry| entry.after(b"x"));
    archive_case(Code::ArchiveGap, "an entry that the directory does not list", |zip| zip.listing(&[0, 2]));
    archive_case(Code::ArchiveGap, "a last entry that it does not list", |zip| zip.listing(&[0, 1]));
    archive_case(Code::ArchivePrefix, "a first entry that it does not list", |zip| zip.listing(&[1, 2]));
    archive_case(Code::ArchiveOrder, "another order", |zip| zip.listing(&[0, 2, 1]));
}

#[test]
fn c1_entries_share_no_bytes() {
    let nested = file("m", "m").local_record();
    let inner = ZipForge::of([file("outer", &nested)]).build();
    admits("a stored body that is a local record", &inner);
    let overlapping = ZipForge::of([
        file("outer", &nested),
        // Its header stands in the body of the first, behind that one's own header of 30 bytes and its name.
        file("m", "m").listed_only().central(|central| central.local_offset = 35),
    ]);
    let overlapping = overlapping.build();
    says(
        "an entry inside another's body",
        &overlapping,
        Code::ArchiveOverlap,
        "\"outer\" reaches to offset 67, and the next record begins at 35 already",
    );
    let shared = ZipForge::of([file("a", "m"), file("b", "m").listed_only()]).build();
    says(
        "two names for one record",
        &shared,
        Code::ArchiveOverlap,
        "\"a\" and \"b\" both have the local header at offset 0",
    );
    entry_case(
        Code::ArchiveOverlap,
        "a body that reaches into the next record",
        || file("m", "m"),
        |entry| {
            entry
                .local(|local| (local.size, local.compressed_size) = (9, 9))
                .central(|central| (central.size, central.compressed_size) = (9, 9))
        },
    );
    let past_the_file = file("m", "m")
        .local(|local| (local.size, local.compressed_size) = (0xfff_ffff, 0xfff_ffff))
        .central(|central| (central.size, central.compressed_size) = (0xfff_ffff, 0xfff_ffff));
    refuses("a body past the file", &ZipForge::of([past_the_file]).build(), Code::ArchiveOverlap);
    entry_case(
        Code::ArchiveMalformed,
        "a local header past the directory",
        || file("m", "m"),
        |entry| entry.central(|central| central.local_offset = 0xffff_fffe),
    );
    entry_case(
        Code::ArchiveMalformed,
        "no local header where the directory says",
        || file("m", "m"),
        |entry| entry.central(|central| central.local_offset += 1),
    );
}

#[test]
fn c2_one_end_record() {
    let end = 0x0605_4b50_u32.to_le_bytes();
    let whole = three(file("m", "m")).build();
    for length in 0..whole.len() {
        let error = refuses("a part of a zip", &whole[..length], Code::ArchiveMalformed);
        assert!(
            matches!(error, ArchiveError::NoEndRecord { .. } | ArchiveError::Truncated { .. }),
            "{error}"
        );
    }
    refuses("something else", b"#!/bin/sh\n", Code::ArchiveMalformed);
    admits("a comment", &three(file("m", "m")).comment(b"made by hand \xff\0").build());
    admits("a comment of 65,535 bytes", &three(file("m", "m")).comment(&[b'x'; 65_535]).build());
    for comment in [&end[..], b"PK\x05\x06 and more than twenty-two bytes of it", &whole] {
        let zip = three(file("m", "m")).comment(comment).build();
        refuses("an end record in the comment", &zip, Code::ArchiveEndRecord);
    }
    archive_case(Code::ArchiveMalformed, "a comment past the file", |zip| {
        zip.end(|end| end.comment_length = Some(1))
    });
    archive_case(Code::ArchiveTrailingBytes, "a comment that is not counted", |zip| {
        zip.comment(b"abc").end(|end| end.comment_length = Some(2))
    });
    // The body of the last entry is a zip of which the outer one's directory and end are the comment.
    let nested = |comment_length| {
        let inner = ZipForge::of([file("inner", "x")]).end(move |end| end.comment_length = comment_length);
        ZipForge::of([file("inner.zip", inner.build())]).build()
    };
    let outer = nested(None);
    admits("a zip in a zip", &outer);
    let inner_end = find(&outer, &end);
    let claimed = (outer.len() - inner_end - 22) as u16;
    refuses("a zip in a zip that claims its end", &nested(Some(claimed)), Code::ArchiveEndRecord);
}

#[test]
fn c3_counts_and_sizes_are_exact() {
    archive_case(Code::ArchiveCountMismatch, "too many", |zip| {
        zip.end(|end| (end.entries, end.entries_on_disk) = (4, 4))
    });
    archive_case(Code::ArchiveCountMismatch, "too few", |zip| {
        zip.end(|end| (end.entries, end.entries_on_disk) = (2, 2))
    });
    archive_case(Code::ArchiveCountMismatch, "fewer on this disk", |zip| {
        zip.end(|end| end.entries_on_disk = 2)
    });
    archive_case(Code::ArchiveCountMismatch, "more on this disk", |zip| {
        zip.end(|end| end.entries_on_disk = 4)
    });
    archive_case(Code::ArchiveCountMismatch, "a directory too long", |zip| {
        zip.end(|end| end.directory_size += 1)
    });
    archive_case(Code::ArchiveCountMismatch, "a directory too far", |zip| {
        zip.end(|end| end.directory_offset += 1)
    });
    archive_case(Code::ArchiveGap, "a directory too short", |zip| zip.end(|end| end.directory_size -= 1));
    archive_case(Code::ArchiveGap, "bytes after the directory", |zip| zip.after_directory(b"x"));
    archive_case(Code::ArchiveGap, "bytes after the directory that it counts", |zip| {
        zip.after_directory(b"x").end(|end| end.directory_size += 1)
    });
    archive_case(Code::ArchiveMalformed, "a directory header that is none", |zip| {
        zip.entry(file("x", "x").central(|central| central.signature += 1))
    });
    archive_case(Code::ArchiveMalformed, "a directory header that is cut off", |zip| {
        zip.entry(file("x", "x").central(|central| central.comment_length = Some(1)))
    });
    let empty = ZipForge::new().build();
    says(
        "no entries",
        &empty,
        Code::ArchiveMalformed,
        "the archive holds no entries: its end record stands at offset 0",
    );
}

#[test]
fn c4_no_prefix_and_no_trailing_bytes() {
    archive_case(Code::ArchiveTrailingBytes, "a newline", |zip| zip.suffix(b"\n"));
    archive_case(Code::ArchiveTrailingBytes, "a tape's zeros", |zip| zip.suffix(&[0; 4096]));
    archive_case(Code::ArchivePrefix, "a launcher line that the offsets count", |zip| {
        zip.prefix(b"#!/usr/bin/python3\n")
    });
    let whole = three(file("m", "m")).build();
    let mut prefixed = b"#!/usr/bin/python3\n".to_vec();
    prefixed.extend_from_slice(&whole);
    refuses("a launcher line that they do not count", &prefixed, Code::ArchivePrefix);
    let mut twice = whole.clone();
    twice.extend_from_slice(&whole);
    refuses("a zip behind a zip", &twice, Code::ArchivePrefix);
}

#[test]
fn c5_zip64_end_records() {
    admits("unneeded, plain values", &three(file("m", "m")).zip64().build());
    admits(
        "unneeded, sentinels",
        &three(file("m", "m"))
            .zip64()
            .end(|end| {
                (end.entries, end.entries_on_disk) = (0xffff, 0xffff);
                (end.directory_size, end.directory_offset) = (u32::MAX, u32::MAX);
                (end.disk, end.directory_disk) = (0xffff, 0xffff);
            })
            .build(),
    );
    admits("no count of disks", &three(file("m", "m")).zip64_locator(|locator| locator.disks = 0).build());
    let case = |what, edit: fn(ZipForge) -> ZipForge| archive_case(Code::ArchiveZip64, what, edit);
    case("other entries", |zip| zip.zip64_end(|end| (end.entries, end.entries_on_disk) = (2, 2)));
    case("another offset", |zip| zip.zip64_end(|end| end.directory_offset += 1));
    case("another size", |zip| zip.zip64_end(|end| end.directory_size -= 1));
    case("a locator that points elsewhere", |zip| zip.zip64_locator(|locator| locator.offset -= 1));
    case("bytes before the locator", |zip| zip.after_zip64_end(b"x"));
    case("another size of record", |zip| zip.zip64_end(|end| end.size_of_record = 45));
    case("version 2", |zip| zip.zip64_end(|end| (end.extensible, end.size_of_record) = (vec![0; 28], 72)));
    case("sentinels without ZIP64", |zip| zip.end(|end| end.directory_offset = u32::MAX));
    case("a count's sentinel without ZIP64", |zip| {
        zip.end(|end| (end.entries, end.entries_on_disk) = (0xffff, 0xffff))
    });
    archive_case(Code::ArchiveMalformed, "no record", |zip| zip.zip64_end(|end| end.signature += 1));
    archive_case(Code::ArchiveCountMismatch, "fewer on this disk", |zip| {
        zip.zip64_end(|end| end.entries_on_disk = 2).end(|end| end.entries_on_disk = 0xffff)
    });
    archive_case(Code::ArchiveUnsupportedVersion, "a later version", |zip| {
        zip.zip64_end(|end| end.version_needed = 46)
    });
    let zip = three(file("m", "m")).zip64().build();
    let mut no_locator = zip.clone();
    overwrite(&mut no_locator, find(&zip, b"PK\x06\x07"), b"PK\x06\x08");
    refuses("a record without a locator", &no_locator, Code::ArchiveGap);
}

#[test]
fn disks() {
    let case = |what, edit: fn(ZipForge) -> ZipForge| archive_case(Code::ArchiveMultiDisk, what, edit);
    case("another disk", |zip| zip.end(|end| end.disk = 1));
    case("a directory on another disk", |zip| zip.end(|end| end.directory_disk = 1));
    case("a sentinel without ZIP64", |zip| zip.end(|end| end.disk = 0xffff));
    case("ZIP64 on another disk", |zip| zip.zip64_end(|end| end.disk = 1));
    case("a ZIP64 directory on another disk", |zip| zip.zip64_end(|end| end.directory_disk = 1));
    case("a locator to another disk", |zip| zip.zip64_locator(|locator| locator.disk = 1));
    case("two disks", |zip| zip.zip64_locator(|locator| locator.disks = 2));
    let entry = |what, edit: fn(&mut lambda_codesign_tests::zip::CentralRecord)| {
        entry_case(Code::ArchiveMultiDisk, what, || file("m", "m"), |entry| entry.central(edit));
    };
    entry("an entry on another disk", |central| central.disk = 1);
    entry("an entry on another disk, by ZIP64", |central| {
        let values =
            [1_u64.to_le_bytes(), 1_u64.to_le_bytes(), u64::from(central.local_offset).to_le_bytes()];
        let mut values = values.concat();
        values.extend_from_slice(&1_u32.to_le_bytes());
        (central.disk, central.extra) = (0xffff, extra_field(1, &values));
    });
}

#[test]
fn limits() {
    let zip = three(file("m", "m")).build();
    let refused = |limits: Limits, quantity, actual| {
        let error = Archive::parse(&zip, &limits).expect_err("it exceeds a limit");
        assert_eq!(error.code(), Code::ArchiveTooLarge);
        assert!(
            matches!(error, ArchiveError::TooLarge { quantity: q, actual: a, limit } if q == quantity && a == actual && limit == actual - 1),
            "{error}"
        );
    };
    let size = zip.len() as u64;
    let exact = Limits { package_size: size, entries: 3, uncompressed_size: 28 };
    assert!(Archive::parse(&zip, &exact).is_ok());
    refused(Limits { package_size: size - 1, ..exact }, Quantity::PackageSize, size);
    refused(Limits { entries: 2, ..exact }, Quantity::Entries, 3);
    refused(Limits { uncompressed_size: 27, ..exact }, Quantity::UncompressedSize, 28);

    let bomb = |size| {
        file("m", "m")
            .stream(&[0])
            .local(move |local| local.size = size)
            .central(move |central| central.size = size)
    };
    says(
        "a size beyond Lambda's",
        &three(bomb(262_144_001)).build(),
        Code::ArchiveTooLarge,
        "the unzipped size in bytes is 262144028, and at most 262144000 is allowed",
    );
}
