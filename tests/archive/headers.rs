//! A1, A2, A3 and A5: the records of an entry, which say the same and ask for nothing special.

use lambda_codesign_core::archive::{Archive, ArchiveError, Limits};
use lambda_codesign_core::code::Code;
use lambda_codesign_tests::zip::{
    EntryForge, Width, ZipForge, crc32, deflate, extra_field, file, find, overwrite,
};

use super::check::{admits, entry_case, refuses, says, three};

const DESCRIPTOR: u16 = 1 << 3;

fn plain() -> EntryForge {
    file("m.txt", "middle")
}

fn deflated() -> EntryForge {
    file("m.txt", "middle ".repeat(40)).deflated()
}

fn described() -> EntryForge {
    deflated().described()
}

fn admits_entry(what: &str, entry: EntryForge) {
    admits(what, &three(entry).build());
}

/// The values of a ZIP64 extra field.
fn zip64(values: &[u64]) -> Vec<u8> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    extra_field(0x0001, &bytes)
}

#[test]
fn a1_methods() {
    for method in [1, 6, 7, 9, 12, 14, 93, 95, 97, 98, 99, 0xffff] {
        entry_case(Code::ArchiveUnsupportedMethod, "another method", deflated, move |entry| {
            entry.local(move |local| local.method = method).central(move |central| central.method = method)
        });
    }
    let entry = || plain().local(|local| local.method = 8);
    says(
        "methods that differ",
        &ZipForge::of([entry()]).build(),
        Code::ArchiveHeaderMismatch,
        "\"m.txt\": the local header at offset 0 states method 8, the directory 0",
    );
}

#[test]
fn a2_headers_agree_on_sizes_and_checksums() {
    let case = |what, edit: fn(EntryForge) -> EntryForge| {
        entry_case(Code::ArchiveHeaderMismatch, what, deflated, edit);
    };
    case("a local size", |entry| entry.local(|local| local.size += 1));
    case("a local compressed size", |entry| entry.local(|local| local.compressed_size -= 1));
    case("a local CRC-32", |entry| entry.local(|local| local.crc ^= 1));
    case("a directory's size", |entry| entry.central(|central| central.size -= 1));
    case("a directory's compressed size", |entry| entry.central(|central| central.compressed_size += 1));
    case("a directory's CRC-32", |entry| entry.central(|central| central.crc ^= 1));
    case("zeros without a descriptor", |entry| {
        entry.local(|local| (local.size, local.compressed_size, local.crc) = (0, 0, 0))
    });
    entry_case(Code::ArchiveSizeMismatch, "a stored body of two sizes", plain, |entry| {
        entry.local(|local| local.size += 1).central(|central| central.size += 1)
    });
    entry_case(
        Code::ArchiveCrcMismatch,
        "a checksum of nothing",
        || file("m", ""),
        |entry| entry.local(|local| local.crc = 1).central(|central| central.crc = 1),
    );
}

/// Nothing is inflated to know the checksum of nothing.
#[test]
fn a2_the_checksum_of_nothing() {
    let empty = |crc| {
        let entry =
            file("m", "").local(move |local| local.crc = crc).central(move |central| central.crc = crc);
        three(entry).build()
    };
    assert!(Archive::parse(&empty(0), &Limits::default()).is_ok());
    let error = Archive::parse(&empty(1), &Limits::default()).expect_err("it has a checksum");
    assert_eq!(error.code(), Code::ArchiveCrcMismatch);
}

#[test]
fn a3_headers_agree_on_names() {
    entry_case(Code::ArchiveHeaderMismatch, "another name", plain, |entry| {
        entry.local(|local| local.name = b"M.txt".to_vec())
    });
    entry_case(Code::ArchiveHeaderMismatch, "a longer name", plain, |entry| {
        entry.central(|central| central.name = b"m.txt ".to_vec())
    });
    let path = |version: u8, crc: u32, name: &[u8]| {
        extra_field(0x7075, &[&[version], &crc.to_le_bytes()[..], name].concat())
    };
    let name = b"m.txt";
    admits_entry("a Unicode path that is the name", plain().extra(&path(1, crc32(name), name)));
    let cases = [
        (Code::ArchiveHeaderMismatch, "another Unicode path", path(1, crc32(name), b"evil.txt")),
        (Code::ArchiveHeaderMismatch, "a stale Unicode path", path(1, crc32(b"n.txt"), b"evil.txt")),
        (Code::ArchiveExtraField, "a Unicode path for another name", path(1, crc32(b"n.txt"), name)),
        (Code::ArchiveExtraField, "a Unicode path of another version", path(2, crc32(name), name)),
        (Code::ArchiveExtraField, "a Unicode path that is cut off", extra_field(0x7075, &[1, 0, 0, 0])),
    ];
    for (code, what, extra) in cases {
        let (local, central) = (extra.clone(), extra);
        entry_case(code, what, plain, |entry| entry.local(move |header| header.extra = local.clone()));
        entry_case(code, what, plain, |entry| entry.central(move |header| header.extra = central.clone()));
    }
}

/// The rules have an order, and not the entries: whatever can't be read comes before whatever does not agree.
#[test]
fn a_local_header_that_is_none_comes_before_one_that_says_something_else() {
    let archive = |spoil: bool| {
        let other = plain().local(|local| local.name = b"M.txt".to_vec());
        let mut archive = ZipForge::of([other, file("n.txt", "next")]).build();
        if spoil {
            let second = find(&archive, b"n.txt") - 30;
            overwrite(&mut archive, second, b"PX");
        }
        archive
    };
    refuses("another name", &archive(false), Code::ArchiveHeaderMismatch);
    let not_a_record = refuses("and a header that is none", &archive(true), Code::ArchiveMalformed);
    assert!(matches!(not_a_record, ArchiveError::NotARecord { .. }), "{not_a_record}");
}

#[test]
fn a5_no_encryption() {
    for bit in [0, 6, 13] {
        let flag = 1_u16 << bit;
        entry_case(Code::ArchiveEncrypted, "both flags", plain, |entry| entry.flags(flag));
        entry_case(Code::ArchiveEncrypted, "a local flag", plain, |entry| {
            entry.local(move |local| local.flags |= flag)
        });
        entry_case(Code::ArchiveEncrypted, "a directory's flag", plain, |entry| {
            entry.central(move |central| central.flags |= flag)
        });
    }
    for id in [0x0017, 0x9901] {
        entry_case(Code::ArchiveEncrypted, "an extra field", plain, |entry| {
            entry.extra(&extra_field(id, b""))
        });
    }
}

#[test]
fn flags_and_versions() {
    for bit in [4, 5, 7, 8, 9, 10, 12, 14, 15] {
        let flag = 1_u16 << bit;
        entry_case(Code::ArchiveFlags, "both flags", plain, |entry| entry.flags(flag));
        entry_case(Code::ArchiveFlags, "a local flag", plain, |entry| {
            entry.local(move |local| local.flags |= flag)
        });
        entry_case(Code::ArchiveFlags, "a directory's flag", plain, |entry| {
            entry.central(move |central| central.flags |= flag)
        });
    }
    for bit in [1, 2, 11] {
        let flag = 1_u16 << bit;
        admits_entry("a flag of both", plain().flags(flag));
        entry_case(Code::ArchiveHeaderMismatch, "a local flag", plain, |entry| {
            entry.local(move |local| local.flags |= flag)
        });
        entry_case(Code::ArchiveHeaderMismatch, "a directory's flag", plain, |entry| {
            entry.central(move |central| central.flags |= flag)
        });
    }
    admits_entry(
        "versions that differ",
        plain().local(|local| local.version_needed = 10).central(|central| central.version_needed = 45),
    );
    for version in [46, 63, 0x0314, 0xffff] {
        entry_case(Code::ArchiveUnsupportedVersion, "a local version", plain, |entry| {
            entry.local(move |local| local.version_needed = version)
        });
        entry_case(Code::ArchiveUnsupportedVersion, "a directory's version", plain, |entry| {
            entry.central(move |central| central.version_needed = version)
        });
    }
}

#[test]
fn extra_fields() {
    let timestamp = extra_field(0x5455, b"\x03\0\0\0\0\0\0\0\0");
    admits_entry("a timestamp", plain().extra(&timestamp));
    let local = timestamp.clone();
    admits_entry("in the local header alone", plain().local(move |header| header.extra = local.clone()));
    admits_entry(
        "a file by ASi's field",
        plain().extra(&extra_field(0x756e, b"crc.\xa4\x81\0\0\0\0\0\0\0\0")),
    );
    admits_entry("65,535 bytes", plain().extra(&extra_field(0xcafe, &[0; 65_531])));
    for padding in 1..=3 {
        admits_entry("padding", plain().extra(&vec![0; padding]));
        admits_entry("padding after a field", plain().extra(&[&timestamp[..], &vec![0; padding]].concat()));
    }
    let cases = [
        ("a field that is too long", b"\x55\x54\x02\0\0".to_vec()),
        ("a tail that is not zero", [&timestamp[..], b"\0\0\x01"].concat()),
        ("twice", [&timestamp[..], &timestamp].concat()),
        ("twice, apart", [&timestamp[..], &extra_field(0xcafe, b""), &timestamp].concat()),
        ("twice, of zeros", vec![0; 8]),
        ("streamed attributes", extra_field(0x6c78, &[0; 9])),
        ("a link by ASi's field", extra_field(0x756e, b"crc.\xff\xa1\0\0\0\0\0\0\0\0")),
    ];
    for (what, extra) in cases {
        let (local, central) = (extra.clone(), extra);
        entry_case(Code::ArchiveExtraField, what, plain, |entry| {
            entry.local(move |header| header.extra = local.clone())
        });
        entry_case(Code::ArchiveExtraField, what, plain, |entry| {
            entry.central(move |header| header.extra = central.clone())
        });
    }
}

#[test]
fn a2_descriptors() {
    admits_entry("with a signature", described());
    admits_entry("without", deflated().descriptor(|descriptor| descriptor.signature = None));
    admits_entry(
        "local values that are right",
        described().local(|local| {
            let body = "middle ".repeat(40);
            (local.crc, local.size) = (crc32(body.as_bytes()), body.len() as u32);
        }),
    );
    admits_entry(
        "flagged in the local header alone",
        described().central(|central| central.flags &= !DESCRIPTOR),
    );
    admits_entry("of a stored body", plain().described());
    admits_entry("of an empty one", file("m", "").described());
}

#[test]
fn a2_descriptors_that_do_not_fit() {
    entry_case(Code::ArchiveHeaderMismatch, "flagged in the directory alone", plain, |entry| {
        entry.central(|central| central.flags |= DESCRIPTOR)
    });
    entry_case(Code::ArchiveHeaderMismatch, "local values that are wrong", described, |entry| {
        entry.local(|local| local.size = 1)
    });
    entry_case(Code::ArchiveHeaderMismatch, "not flagged", described, |entry| {
        entry.local(|local| local.flags = 0).central(|central| central.flags = 0)
    });
    let case = |what, edit: fn(EntryForge) -> EntryForge| {
        entry_case(Code::ArchiveDescriptor, what, described, edit);
    };
    case("another CRC-32", |entry| entry.descriptor(|descriptor| descriptor.crc ^= 1));
    case("another size", |entry| entry.descriptor(|descriptor| descriptor.size += 1));
    case("another compressed size", |entry| entry.descriptor(|descriptor| descriptor.compressed_size -= 1));
    case("another signature", |entry| entry.descriptor(|descriptor| descriptor.signature = Some(0)));
    case("64 bits wide", |entry| entry.descriptor(|descriptor| descriptor.width = Width::Bits64));
    case("bytes before it", |entry| entry.after_body(b"x"));
    case("bytes behind it", |entry| entry.after(b"x"));
    entry_case(Code::ArchiveDescriptor, "missing", plain, |entry| {
        entry.local(|local| local.flags |= DESCRIPTOR)
    });
    entry_case(Code::ArchiveDescriptor, "without a signature, stored", plain, |entry| {
        entry.descriptor(|descriptor| descriptor.signature = None)
    });
    entry_case(
        Code::ArchiveDescriptor,
        "without a signature, empty",
        || file("m", ""),
        |entry| entry.descriptor(|descriptor| descriptor.signature = None),
    );
    let embedded = |signature: &[u8]| file("m", [b"abc", signature, b"abc"].concat());
    admits_entry("a signature in a stored body", embedded(b"PK\x07\x08"));
    admits_entry("half of one in a stored body", embedded(b"PK\x07").described());
    refuses(
        "a signature in a stored body before a descriptor",
        &three(embedded(b"PK\x07\x08").described()).build(),
        Code::ArchiveDescriptor,
    );
}

/// A body whose CRC-32 is the signature of a descriptor, found by inverting the checksum.
#[test]
fn a2_a_checksum_that_reads_like_a_signature() {
    let body = crc_preimage(0x0807_4b50);
    assert_eq!(crc32(&body), 0x0807_4b50);
    let entry = || file("m", body).deflated();
    admits_entry("signed", entry().described());
    says(
        "unsigned",
        &ZipForge::of([entry().descriptor(|descriptor| descriptor.signature = None)]).build(),
        Code::ArchiveDescriptor,
        "\"m\": the data descriptor at offset 37 has no signature, and a CRC-32 that reads like one",
    );
}

/// The four bytes with this CRC-32.
fn crc_preimage(crc: u32) -> [u8; 4] {
    let state = (0..32)
        .fold(!crc, |state, _| if state >> 31 == 1 { (state ^ 0xedb8_8320) << 1 | 1 } else { state << 1 });
    (state ^ u32::MAX).to_le_bytes()
}

/// The deflated entry with these ZIP64 values in its local header.
fn local_zip64(values: &[u64]) -> EntryForge {
    let extra = zip64(values);
    deflated().local(move |local| local.extra = extra.clone())
}

/// The deflated entry with these ZIP64 values in its directory header.
fn central_zip64(values: &[u64]) -> EntryForge {
    let extra = zip64(values);
    deflated().central(move |central| central.extra = extra.clone())
}

/// The entry with sentinels in its local header.
fn sentinels(entry: EntryForge) -> EntryForge {
    entry.local(|local| (local.size, local.compressed_size) = (u32::MAX, u32::MAX))
}

/// The deflated entry's size and compressed size.
fn sizes() -> [u64; 2] {
    let body = "middle ".repeat(40);
    [body.len() as u64, deflate(body.as_bytes()).len() as u64]
}

#[test]
fn c5_zip64_in_headers_that_repeats_or_widens() {
    let [size, compressed] = sizes();
    let both = [size, compressed];
    admits_entry("unneeded in the local header", local_zip64(&both));
    admits_entry("called for in the local header", sentinels(local_zip64(&both)));
    admits_entry("unneeded in the directory", central_zip64(&both));
    admits_entry(
        "called for in the directory",
        central_zip64(&both).central(|central| {
            (central.size, central.compressed_size) = (u32::MAX, u32::MAX);
        }),
    );
    admits_entry("only one called for", central_zip64(&[size]).central(|central| central.size = u32::MAX));
    let other = central_zip64(&[compressed]).central(|central| central.compressed_size = u32::MAX);
    admits_entry("only the other", other);
    admits_entry("no values", local_zip64(&[]));
    let everything = deflated().central(move |central| {
        let mut values = zip64(&[size, compressed, u64::from(central.local_offset)]);
        values[2] += 4;
        values.extend_from_slice(&[0; 4]);
        (central.extra, central.disk) = (values, 0xffff);
        (central.size, central.compressed_size, central.local_offset) = (u32::MAX, u32::MAX, u32::MAX);
    });
    admits_entry("everything, and the disk", everything);
}

#[test]
fn c5_zip64_in_headers_that_says_something_else() {
    let [size, compressed] = sizes();
    let both = [size, compressed];
    let refused = |what, entry: EntryForge| {
        refuses(what, &three(entry).build(), Code::ArchiveZip64);
    };
    refused("other values", local_zip64(&[size + 1, compressed]));
    refused("other values in the directory", central_zip64(&[size, compressed + 1]));
    refused("values that are missing", sentinels(local_zip64(&[size])));
    refused("no field", sentinels(deflated()));
    refused("a disk's sentinel and no field", deflated().central(|central| central.disk = 0xffff));
    refused("a disk's sentinel and no value", central_zip64(&both).central(|central| central.disk = 0xffff));
    refused("too many values", central_zip64(&[size, compressed, 0, 0]));
    refused("an offset in the local header", local_zip64(&[size, compressed, 0]));
    refused("half a value", deflated().extra(&extra_field(1, &[0; 6])));
    let ambiguous = central_zip64(&both).central(|central| central.compressed_size = u32::MAX);
    refused("readers that count differently", ambiguous);
    let wide = local_zip64(&both).descriptor(|descriptor| descriptor.width = Width::Bits64);
    refused("before a descriptor", wide);
    refused("before a descriptor of 32 bits", central_zip64(&both).described());
    refuses(
        "another size when it is called for",
        &three(sentinels(local_zip64(&[size + 1, compressed]))).build(),
        Code::ArchiveHeaderMismatch,
    );
}

/// Sizes that need ZIP64 come with a descriptor of 64 bits; only the records are read here.
#[test]
fn c5_zip64_that_a_descriptor_needs() {
    let limits = Limits { uncompressed_size: u64::MAX, ..Limits::default() };
    let zip = |width| {
        let entry = local_zip64(&[5 << 30, sizes()[1]]).described();
        let entry = sentinels(entry).descriptor(move |descriptor| {
            (descriptor.size, descriptor.width) = (5 << 30, width);
        });
        let entry = entry.central(|central| (central.extra, central.size) = (zip64(&[5 << 30]), u32::MAX));
        three(entry).build()
    };
    assert!(Archive::parse(&zip(Width::Bits64), &limits).is_ok());
    let error = Archive::parse(&zip(Width::Bits32), &limits).expect_err("it is too narrow");
    assert_eq!(error.code(), Code::ArchiveDescriptor);
    refuses("beyond Lambda's limit", &zip(Width::Bits64), Code::ArchiveTooLarge);
}
