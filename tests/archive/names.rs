//! A4, B1 to B4 and the signature's entry: what entries are called and what they are.

use lambda_codesign_core::archive::{Archive, EntryKind, Limits, SIGNATURE_ENTRY};
use lambda_codesign_core::code::Code;
use lambda_codesign_tests::zip::{EntryForge, ZipForge, directory, file, symlink};

use super::check::{admits, entry_case, refuses, says, three, warns};

fn plain() -> EntryForge {
    file("m.txt", "middle")
}

fn refuses_entry(code: Code, what: &str, entry: EntryForge) {
    refuses(what, &three(entry).build(), code);
}

#[test]
fn b1_duplicates() {
    admits("other names", &ZipForge::of([file("a", "1"), file("b", "2"), file("c", "3")]).build());
    says(
        "the same name",
        &ZipForge::of([file("a", "1"), file("b", "2"), file("a", "3")]).build(),
        Code::ArchiveDuplicateEntry,
        "two entries are called \"a\", listed at offsets 96 and 190",
    );
    let one_record = ZipForge::of([file("a", "1"), file("b", "2")]).listing(&[0, 0, 1]).build();
    refuses("the same record twice", &one_record, Code::ArchiveDuplicateEntry);
    let directories = ZipForge::of([directory("a/"), directory("a/")]).build();
    refuses("a directory twice", &directories, Code::ArchiveDuplicateEntry);
}

#[test]
fn b2_characters() {
    for name in ["übung/日本語.txt", "File::Spec.3pm", "a b'\"$;&|<>*?", "😀", "a\u{fe0f}"] {
        admits(name, &three(file(name, "x")).build());
    }
    let bad = [
        "a\0",
        "\0",
        "a\nb",
        "a\rb",
        "a\tb",
        "a\u{1b}[31m",
        "a\u{7f}",
        "a\u{85}b",
        "a\u{9b}b",
        "a\u{ad}b",
        "a\u{61c}b",
        "a\u{200b}b",
        "a\u{200d}b",
        "a\u{200e}b",
        "a\u{202a}b",
        "a\u{202e}txt.exe",
        "a\u{2028}b",
        "a\u{2029}b",
        "a\u{2066}b",
        "\u{feff}a",
        "a\u{e0041}",
        "a\\b",
        "\\",
        "..\\a",
        "C:\\a",
    ];
    for name in bad {
        refuses_entry(Code::ArchiveUnsafeName, &name.escape_debug().to_string(), file(name, "x"));
    }
}

#[test]
fn b2_utf8() {
    let not_utf8: [&[u8]; 6] =
        [b"\xff", b"caf\xe9", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a\xe2\x82"];
    for name in not_utf8 {
        refuses_entry(Code::ArchiveUnsafeName, "not UTF-8", file(name, "x"));
        refuses_entry(Code::ArchiveUnsafeName, "not UTF-8", file(name, "x").flags(0));
    }
    says(
        "escaped in its message",
        &ZipForge::of([file("a\u{1b}]0;\r\n", "x")]).build(),
        Code::ArchiveUnsafeName,
        "the name \"a\\u{1b}]0;\\r\\n\", listed at offset 38, holds the character U+001B, which acts on the text or does not show",
    );
}

#[test]
fn b3_paths() {
    for name in [
        ".a",
        "a.",
        "..a/b",
        "a/...",
        "a/b/c/d",
        "-",
        "ab:c",
        "1:a",
        "a:b",
        "B::Deparse.3",
        "C:d/a",
        "a;1/b",
        "a;b",
    ] {
        admits(name, &three(file(name, "x")).build());
    }
    for name in [
        "", "/", "/a", "//a", "a//b", "a//", ".", "./a", "a/.", "a/./b", "./", "..", "../a", "a/../b", "a/..",
    ] {
        refuses_entry(Code::ArchiveUnsafeName, name, file(name, ""));
    }
    for name in ["c:/a", "C:/", "z:", "C:", "a.py;1", "a.py;", "lib/a.py;20"] {
        refuses_entry(Code::ArchiveUnsafeName, name, file(name, "x"));
    }
    let part = |length| "x".repeat(length);
    admits("a part of 255 bytes", &three(file(part(255), "x")).build());
    refuses_entry(Code::ArchiveNameTooLong, "a part of 256", file(part(256), "x"));
    refuses_entry(Code::ArchiveNameTooLong, "a directory of 256", directory(part(256) + "/"));
    let path = |length: usize| vec![part(200); 5].join("/") + "/" + &part(length - 1005);
    admits("a name of 1,024 bytes", &three(file(path(1024), "x")).build());
    refuses_entry(Code::ArchiveNameTooLong, "a name of 1,025", file(path(1025), "x"));
    refuses_entry(Code::ArchiveNameTooLong, "a name of 65,535", file(part(65_535), "x"));
}

#[test]
fn b3_a_file_is_no_directory() {
    let conflicts = |entries: Vec<EntryForge>| {
        refuses("a conflict", &ZipForge::of(entries).build(), Code::ArchivePathConflict).to_string()
    };
    assert_eq!(
        conflicts(vec![file("a", ""), file("b", ""), file("a/b", "")]),
        "\"a\", a file, is also the directory of \"a/b\", listed at offset 189"
    );
    conflicts(vec![file("a/b/c", ""), file("a", "")]);
    conflicts(vec![file("a", ""), directory("a/")]);
    // Names that sort between a name and what stands below it, byte by byte.
    conflicts(vec![file("a/b", ""), file("a!", ""), file("a.txt", ""), file("a-", ""), file("a", "")]);
    let beside = [
        file("a", ""),
        file("a.txt", ""),
        file("ab/c", ""),
        directory("b/"),
        file("b/a", ""),
        file("a!", ""),
    ];
    admits("beside each other", &ZipForge::of(beside).build());
}

#[test]
fn b4_twins() {
    let pairs = [
        ("README", "readme"),
        ("\u{e9}", "e\u{301}"),
        ("Lib/a", "lib/b"),
        ("a", "A/b"),
        ("stra\u{df}e", "STRASSE"),
    ];
    for (one, other) in pairs {
        let zip = ZipForge::of([file(one, ""), file("between", ""), file(other, "")]).build();
        warns(one, &zip, &[Code::ArchiveNameTwin]);
    }
    admits(
        "no twins",
        &ZipForge::of([file("a", ""), file("b", ""), file("a b", ""), file("\u{e9}", "")]).build(),
    );
    let many = ZipForge::of(["a", "A", "b", "B", "c"].map(|name| file(name, ""))).build();
    let unpacked = warns("several", &many, &[Code::ArchiveNameTwin]);
    let message = unpacked.warnings[0].to_string();
    assert_eq!(message, "\"a\" and \"A\" (and 1 more) differ in case or Unicode form alone");
}

#[test]
fn a3_names_that_are_not_flagged() {
    let zip = |flags| ZipForge::of([file("übung", "").flags(flags), file("naïve", "").flags(flags)]).build();
    admits("flagged", &zip(1 << 11));
    let unpacked = warns("not flagged", &zip(0), &[Code::ArchiveNameEncoding]);
    let message = unpacked.warnings[0].to_string();
    assert_eq!(message, "the name \"übung\" (and 1 more) is not ASCII and not flagged as UTF-8");
}

#[test]
fn a4_types() {
    let zip =
        ZipForge::of([file("f", "x"), directory("d/"), symlink("l", "f"), file("e/", "").mode(0)]).build();
    let archive = Archive::parse(&zip, &Limits::default()).expect("it is admitted");
    let seen: Vec<_> = archive.entries().iter().map(|entry| (entry.kind(), entry.mode())).collect();
    let expected = [
        (EntryKind::File, Some(0o644)),
        (EntryKind::Directory, Some(0o755)),
        (EntryKind::Symlink, Some(0o777)),
        (EntryKind::Directory, Some(0)),
    ];
    assert_eq!(seen, expected);
}

fn attributes(value: u32) -> impl Fn(EntryForge) -> EntryForge {
    move |entry| entry.central(move |central| central.external_attributes = value)
}

#[test]
fn a4_attributes_that_fit() {
    let dir = || directory("m/");
    admits("no DOS bit on a directory", &three(attributes(0o040_755 << 16)(dir())).build());
    admits(
        "no mode on a directory",
        &three(attributes(0x10)(dir()).central(|central| central.host = 0)).build(),
    );
    admits("the set-group bit on a directory", &three(dir().mode(0o042_755)).build());
    admits("the sticky bit", &three(dir().mode(0o041_777)).build());
    admits("a deflated directory", &three(dir().deflated()).build());
    admits("a directory with a descriptor", &three(dir().deflated().described()).build());
    admits("other DOS bits", &three(attributes(0o100_644 << 16 | 0x27)(plain())).build());
    for host in [0, 10, 11, 19] {
        admits("another host", &three(plain().central(move |central| central.host = host)).build());
    }
}

#[test]
fn a4_types_that_do_not_fit() {
    let case = |what, entry: fn() -> EntryForge, mode: u16| {
        entry_case(Code::ArchiveEntryType, what, entry, |entry| entry.mode(mode));
        entry_case(Code::ArchiveEntryType, what, entry, |entry| {
            entry.mode(mode).central(|central| central.host = 0)
        });
    };
    case("a FIFO", plain, 0o010_644);
    case("a character device", plain, 0o020_644);
    case("a block device", plain, 0o060_644);
    case("a socket", plain, 0o140_644);
    case("an unknown type", plain, 0o170_644);
    case("a file's name, a directory's mode", plain, 0o040_755);
    case("a directory's name, a file's mode", || directory("m/"), 0o100_755);
    case("a directory's name, a link's mode", || directory("m/"), 0o120_777);
    case("setuid", plain, 0o104_755);
    case("setgid", plain, 0o102_755);
    case("setuid without a type", plain, 0o004_755);
    case("setuid on a directory", || directory("m/"), 0o044_755);
}

#[test]
fn a4_attributes_that_do_not_fit() {
    entry_case(Code::ArchiveEntryType, "the DOS bit on a file", plain, attributes(0o100_644 << 16 | 0x10));
    entry_case(Code::ArchiveEntryType, "a volume label", plain, attributes(0o100_644 << 16 | 0x08));
    entry_case(
        Code::ArchiveEntryType,
        "the DOS bit on a link",
        || symlink("m", "f"),
        attributes(0o120_777 << 16 | 0x10),
    );
    for host in [0, 10, 19] {
        entry_case(
            Code::ArchiveEntryType,
            "a link of another host",
            || symlink("m", "f"),
            |entry| entry.central(move |central| central.host = host),
        );
    }
    refuses_entry(Code::ArchiveEntryType, "a directory with a body", file("m/", "x").mode(0o040_755));
    refuses_entry(Code::ArchiveEntryType, "a deflated one", file("m/", "x").mode(0).deflated());
    refuses_entry(Code::ArchiveEntryType, "an empty link", symlink("m", ""));
    refuses_entry(Code::ArchiveEntryType, "a link of 1,025 bytes", symlink("m", "x".repeat(1025)));
}

#[test]
fn a4_odd_modes() {
    for mode in [0, 0o177_777] {
        warns("an odd mode", &three(plain().mode(mode)).build(), &[Code::ArchiveModeOdd]);
    }
    let elsewhere = |entry: EntryForge| entry.central(|central| central.host = 0);
    admits("no mode on another host", &three(elsewhere(plain().mode(0))).build());
    warns(
        "all ones on another host",
        &three(elsewhere(plain().mode(0o177_777))).build(),
        &[Code::ArchiveModeOdd],
    );
}

#[test]
fn a4_links_stay_inside() {
    for (name, target) in
        [("l", "f"), ("a/b/l", "../../f"), ("a/l", ".."), ("a/l", "../b/f"), ("l", "./f/"), ("l", "l")]
    {
        admits(target, &three(symlink(name, target)).build());
        admits(target, &three(symlink(name, target).deflated()).build());
    }
    for (name, target) in [
        ("l", "/etc/passwd"),
        ("l", ".."),
        ("a/l", "../.."),
        ("a/l", "../../b"),
        ("a/l", "b/.."),
        ("a/l", "../b/../../c"),
        ("l", "a\\b"),
        ("l", "a\nb"),
        ("l", "a\0"),
        ("l", "C:/a"),
    ] {
        refuses_entry(Code::ArchiveUnsafeLink, target, symlink(name, target));
        refuses_entry(Code::ArchiveUnsafeLink, target, symlink(name, target).deflated());
    }
    refuses_entry(Code::ArchiveUnsafeLink, "not UTF-8", symlink("l", b"\xff"));
    says(
        "shown escaped",
        &ZipForge::of([symlink("a/l", "../../\u{1b}")]).build(),
        Code::ArchiveUnsafeLink,
        "the symbolic link \"a/l\", at offset 33, has a target that holds the character U+001B, which acts on the text or does not show: \"../../\\u{1b}\"",
    );
    let below = ZipForge::of([symlink("a", "b"), file("b/x", ""), file("a/c", "")]).build();
    says(
        "an entry below a link",
        &below,
        Code::ArchiveUnsafeLink,
        "\"a/c\", listed at offset 194, stands below the symbolic link \"a\"",
    );
    let beside = ZipForge::of([symlink("a", "b"), directory("a/")]).build();
    refuses("a directory of a link's name", &beside, Code::ArchiveUnsafeLink);
}

#[test]
fn the_signature() {
    let zip = signed(file(SIGNATURE_ENTRY, "PEM"));
    admits("a signature", &zip);
    let archive = Archive::parse(&zip, &Limits::default()).expect("it is admitted");
    let entry = archive.signature_entry().expect("it has a signature");
    assert_eq!((entry.index(), entry.name(), entry.is_signature()), (2, SIGNATURE_ENTRY, true));
    assert_eq!(archive.read(entry, 3), Ok(b"PEM".to_vec()));
    assert_eq!(archive.read(entry, 2).map_err(|error| error.code()), Err(Code::ArchiveTooLarge));
    let unsigned = three(plain()).build();
    assert!(
        Archive::parse(&unsigned, &Limits::default()).expect("it is admitted").signature_entry().is_none()
    );

    let last = ZipForge::of([file(SIGNATURE_ENTRY, "PEM"), file("f", "x"), file("g", "x")]).build();
    let unpacked = warns("entries behind it", &last, &[Code::ArchiveSignatureNotLast]);
    let message = unpacked.warnings[0].to_string();
    assert_eq!(message, "\"f\" (and 1 more) follows the signature, which should be the last entry");
}

fn signed(entry: EntryForge) -> Vec<u8> {
    ZipForge::of([file("f", "x"), directory("META_INF/"), entry]).build()
}

#[test]
fn what_could_be_taken_for_the_signature() {
    for name in [
        "meta_inf/aws_signer_signature_v1.0.sf",
        "META_INF/AWS_SIGNER_SIGNATURE_V1.0.SF",
        "META-INF/aws_signer_signature_v1.0.SF",
        "META_INF/aws-signer-signature-v1.0.SF",
        "META_INF/aws_signer_signature_v1.0.SF ",
        " META_INF/aws_signer_signature_v1.0.SF",
        "META_INF/aws_signer_signature_v1.0.SF\u{a0}",
        "META_INF/aws_signer_signature_v1.0.\u{ff33}F",
        "META\u{ff3f}INF/aws_signer_signature_v1.0.SF",
        "META_INF/aws_signer_signature_v1.0.SF/x",
        "META_INF/aws_signer_signature_v1.0.SF.",
        "META_INF/aws_signer_signature\u{fe0f}_v1.0.SF",
    ] {
        refuses(name, &signed(file(name, "PEM")), Code::ArchiveSignatureConfusable);
    }
    let name = SIGNATURE_ENTRY;
    refuses("a directory", &signed(directory(format!("{name}/"))), Code::ArchiveSignatureConfusable);
    refuses("a link", &signed(symlink(name, "f")), Code::ArchiveSignatureConfusable);
}

#[test]
fn signatures_that_other_rules_refuse() {
    let name = SIGNATURE_ENTRY;
    for name in [
        "META_INF\\aws_signer_signature_v1.0.SF",
        "./META_INF/aws_signer_signature_v1.0.SF",
        "META_INF//aws_signer_signature_v1.0.SF",
        "/META_INF/aws_signer_signature_v1.0.SF",
        "META_INF/./aws_signer_signature_v1.0.SF",
        "META_INF/aws_signer_signature_v1.0.SF\n",
        "META_INF/aws_signer_signature_v1.0.SF\0",
        "META_INF/aws_signer_signature\u{200b}_v1.0.SF",
    ] {
        refuses(name, &signed(file(name, "PEM")), Code::ArchiveUnsafeName);
    }
    let twice = ZipForge::of([file(name, "PEM"), file("f", "x"), file(name, "PEM")]).build();
    refuses("two signatures", &twice, Code::ArchiveDuplicateEntry);
    let path = [&[1], &lambda_codesign_tests::zip::crc32(b"f").to_le_bytes()[..], name.as_bytes()].concat();
    let hidden = file("f", "x").extra(&lambda_codesign_tests::zip::extra_field(0x7075, &path));
    refuses("a Unicode path", &ZipForge::of([hidden]).build(), Code::ArchiveHeaderMismatch);
    let blocked = ZipForge::of([file("META_INF", "x"), file(name, "PEM")]).build();
    refuses("a file where its directory should be", &blocked, Code::ArchivePathConflict);
}
