//! Signatures grafted onto rebuilt packages, and what differs between two packages.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what a helper of a test meets ends the test")]

mod packages;

use lambda_codesign_signing::diff::{Differences, diff};
use lambda_codesign_signing::graft::{GraftError, attach, extract};
use lambda_codesign_signing::manifest::Manifest;
use lambda_codesign_signing::prepare::{ManifestState, PrepareError};

use packages::{ordinary, packed, python_zip, sign_at};

#[test]
fn a_signature_is_grafted_where_it_holds_alone() {
    let package = packed();
    let signed = sign_at(&package, Manifest::Write).unwrap();
    let signature = extract(&signed.bytes).unwrap();
    let grafted = attach(&package, &signature).unwrap();
    assert_eq!(grafted.bytes, signed.bytes);
    assert_eq!(grafted.manifest, ManifestState::Kept);

    let other = ordinary();
    assert!(matches!(attach(&other, &signature), Err(GraftError::DoesNotHold)));
    assert!(matches!(
        attach(&signed.bytes, &signature),
        Err(GraftError::Package(PrepareError::AlreadySigned))
    ));
    assert!(matches!(attach(&package, b"no PEM"), Err(GraftError::Malformed(_))));
    assert!(matches!(extract(&package), Err(GraftError::Unsigned)));

    // Signing put the manifest in front, so the graft does too; other times and compression do not matter.
    let plain = python_zip("z.writestr('app.py', 'abc')");
    let retimed = python_zip("z.writestr(zipfile.ZipInfo('app.py'), 'abc', zipfile.ZIP_STORED)");
    let with_manifest = extract(&sign_at(&plain, Manifest::Write).unwrap().bytes).unwrap();
    assert_eq!(attach(&retimed, &with_manifest).unwrap().manifest, ManifestState::Written);
    let without = extract(&sign_at(&plain, Manifest::Omit).unwrap().bytes).unwrap();
    assert_eq!(attach(&retimed, &without).unwrap().manifest, ManifestState::Absent);
}

#[test]
fn differences_are_told_apart() {
    let first = python_zip(
        "for n in 'abcde': z.writestr(zipfile.ZipInfo(n), n * 50)\nz.writestr(zipfile.ZipInfo('gone'), '')",
    );
    let second = python_zip(
        "z.comment = b'new'\n\
         z.writestr(zipfile.ZipInfo('e'), 'e' * 50)\nz.writestr(zipfile.ZipInfo('a'), 'A' * 50)\n\
         i = zipfile.ZipInfo('b', (2001, 2, 3, 4, 5, 6)); i.external_attr = 0o100755 << 16; z.writestr(i, 'b' * 50)\n\
         i = zipfile.ZipInfo('c'); i.comment = b'c'; i.extra = b'\\x99\\x99\\x01\\x00x'; z.writestr(i, 'c' * 50)\n\
         z.writestr(zipfile.ZipInfo('d'), 'd' * 50, zipfile.ZIP_DEFLATED)\nz.writestr(zipfile.ZipInfo('new'), '')",
    );
    assert_eq!(diff(&first, &first).unwrap(), Differences::default());
    let Differences { signed, unsigned } = diff(&first, &second).unwrap();
    let named =
        |name: &str, found: &[String]| found.iter().any(|shown| shown.contains(&format!("name: {name:?}")));
    let shown = |kind: &str| -> Vec<String> {
        let signed = signed.iter().map(|difference| format!("{difference:?}"));
        let all = signed.chain(unsigned.iter().map(|difference| format!("{difference:?}")));
        all.filter(|shown| shown.split([' ', '(']).next() == Some(kind)).collect()
    };
    for (kind, name) in [
        ("Removed", "gone"),
        ("Added", "new"),
        ("Moved", "e"),
        ("Body", "a"),
        ("Mode", "b"),
        ("Time", "b"),
        ("EntryComment", "c"),
        ("ExtraFields", "c"),
        ("Compression", "d"),
    ] {
        assert_eq!(shown(kind).len(), 1, "{kind}: {:?}", shown(kind));
        assert!(named(name, &shown(kind)), "{kind}");
    }
    assert_eq!(signed.len() + unsigned.len(), 10);
    assert_eq!(shown("ArchiveComment").len(), 1);
}
