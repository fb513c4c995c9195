//! Packages of vendors, made ready to be signed anew.

#![expect(clippy::unwrap_used, reason = "what fails in a test ends it")]

use lambda_codesign_core::archive::{Archive, Limits};
use lambda_codesign_core::digest::CodeSha256;
use lambda_codesign_signing::manifest::Manifest;
use lambda_codesign_signing::origin::{ORIGIN_ENTRY, Origin, with_origin};
use lambda_codesign_signing::profile::Profile;
use lambda_codesign_signing::sign::{SignRequest, sign};
use lambda_codesign_tests::cms::Form;
use lambda_codesign_tests::package::{Entry, MARKER_NAME, SignedPackage, plain_zip};

fn origin(of: &[u8]) -> Origin {
    Origin {
        layer_version_arn: "arn:aws:lambda:us-east-1:999999999999:layer:agent:12".into(),
        code_sha256: CodeSha256::of(of),
        signing_profile_version_arn: None,
    }
}

fn names(package: &[u8]) -> Vec<String> {
    let archive = Archive::parse(package, &Limits::default()).unwrap();
    archive.entries().iter().map(|entry| entry.name().to_owned()).collect()
}

/// The local records of the entries that both have.
fn records(package: &[u8]) -> Vec<Vec<u8>> {
    let archive = Archive::parse(package, &Limits::default()).unwrap();
    let own = |name: &str| !name.starts_with(MARKER_NAME) && !name.starts_with(".lambda-codesign");
    archive.entries().iter().filter(|entry| own(entry.name())).map(|entry| entry.record().to_vec()).collect()
}

#[test]
fn the_vendor_s_entries_stay_and_its_signature_and_manifest_go() {
    let files = ["app.py", "lib/", "lib/util.py", "empty.txt", ORIGIN_ENTRY];
    for package in [
        SignedPackage::standard(Form::Of2022).zip(),
        SignedPackage::standard(Form::Of2024).with_manifest().zip(),
        plain_zip(&SignedPackage::standard(Form::Of2024).entries),
    ] {
        let taken = with_origin(&package, &origin(&package)).unwrap();
        assert_eq!(names(&taken), files);
        assert_eq!(records(&taken), records(&package));
        assert_eq!(Origin::of(&taken), Some(origin(&package)));
        assert_eq!(taken, with_origin(&package, &origin(&package)).unwrap(), "the same every time");
    }
}

#[test]
fn an_origin_that_the_vendor_wrote_gives_way() {
    let package =
        plain_zip(&[Entry::file("app.py", "x"), Entry::file(ORIGIN_ENTRY, "{\"schema\": \"none\"}")]);
    assert_eq!(Origin::of(&package), None);
    let taken = with_origin(&package, &origin(&package)).unwrap();
    assert_eq!(names(&taken), ["app.py", ORIGIN_ENTRY]);
    let again = with_origin(&taken, &origin(&taken)).unwrap();
    assert_eq!((names(&again), Origin::of(&again)), (names(&taken), Some(origin(&taken))));
}

#[test]
fn what_is_signed_anew_has_its_origin_in_the_manifest() {
    let package = SignedPackage::standard(Form::Of2024).zip();
    let taken = with_origin(&package, &origin(&package)).unwrap();
    let now = "2026-11-20T00:00:00Z".parse().unwrap();
    let profile = Profile::ephemeral("vetted".parse().unwrap(), now).unwrap();
    let signed =
        sign(&taken, &profile, &SignRequest { manifest: Manifest::Write, ..SignRequest::at(now) }).unwrap();
    let archive = Archive::parse(&signed.bytes, &Limits::default()).unwrap();
    let manifest = archive.read(&archive.entries()[0], 4096).unwrap();
    assert!(String::from_utf8(manifest).unwrap().contains(ORIGIN_ENTRY));
    assert_eq!(Origin::of(&signed.bytes), Some(origin(&package)));
}

#[test]
fn a_directory_of_the_vendor_s_own_stays() {
    let mut package = SignedPackage::standard(Form::Of2024);
    package.entries.push(Entry::directory(MARKER_NAME));
    package.entries.push(Entry::file("META_INF/services", "x"));
    let taken = with_origin(&package.zip(), &origin(b"")).unwrap();
    let last = names(&taken).split_off(4);
    assert_eq!(last, [MARKER_NAME, "META_INF/services", ORIGIN_ENTRY]);
    let nothing = with_origin(b"no zip", &origin(b""));
    assert!(nothing.is_err());
}
