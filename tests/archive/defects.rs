//! Which defect it is, where several refuse under one code and one could stand in for another.

use lambda_codesign_core::archive::{ArchiveError, DescriptorDefect, TypeDefect};
use lambda_codesign_core::code::Code;
use lambda_codesign_tests::zip::{EntryForge, ZipForge, file, symlink};

use super::check::refuses;

#[track_caller]
fn type_defect(entry: EntryForge, expected: TypeDefect) {
    match refuses("another type", &ZipForge::of([entry]).build(), Code::ArchiveEntryType) {
        ArchiveError::EntryType { defect, .. } => assert_eq!(defect, expected),
        other => panic!("{other}"),
    }
}

#[test]
fn types() {
    type_defect(file("m", "").mode(0o040_755), TypeDefect::DirectoryAttributes);
    type_defect(file("m", "m").mode(0o040_755), TypeDefect::DirectoryAttributes);
    type_defect(file("m/", "").mode(0o100_644), TypeDefect::DirectoryName);
    type_defect(file("m/", "").mode(0o120_777), TypeDefect::DirectoryName);
    type_defect(symlink("m", "f").central(|central| central.host = 19), TypeDefect::ForeignLink);
    type_defect(file("m", "m").mode(0o020_644), TypeDefect::Special);
    type_defect(file("m/", "m").mode(0), TypeDefect::DirectoryBody);
    type_defect(symlink("m", ""), TypeDefect::LinkSize);
    type_defect(file("m", "m").mode(0o104_755), TypeDefect::SetId);
}

#[test]
fn descriptors() {
    let defect = |entry: EntryForge| match refuses(
        "a descriptor",
        &ZipForge::of([entry]).build(),
        Code::ArchiveDescriptor,
    ) {
        ArchiveError::Descriptor { defect, .. } => defect,
        other => panic!("{other}"),
    };
    let described = || file("m", "middle ".repeat(40)).deflated().described();
    for (junk, actual) in [(&b"x"[..], 17), (b"12345678", 24)] {
        assert_eq!(defect(described().after(junk)), DescriptorDefect::Length { expected: 16, actual });
    }
    let signature = described().descriptor(|descriptor| descriptor.signature = Some(7));
    assert_eq!(defect(signature), DescriptorDefect::Signature { actual: 7 });
    let unsigned = file("m", "m").descriptor(|descriptor| descriptor.signature = None);
    assert_eq!(defect(unsigned), DescriptorDefect::StoredUnsigned);
    // Behind the local header of 30 bytes, the name, and two bytes of the body.
    assert_eq!(defect(file("m", b"xxPK\x07\x08").described()), DescriptorDefect::StoredSignature { at: 33 });
}
