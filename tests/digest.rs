//! The forge's digests and manifests against packages that it did not make.

use std::io::{Cursor, Read};

use lambda_codesign_tests::package::{Entry, MARKER_NAME, SIGNATURE_NAME, lines};
use lambda_codesign_tests::{der, digest, manifest, oid, package};

#[test]
fn the_digest_is_the_one_that_other_packages_were_signed_with() {
    for vector in [
        include_bytes!("../testdata/vectors/valid-manifest.zip").as_slice(),
        include_bytes!("../testdata/vectors/valid-unicode-stored.zip"),
    ] {
        let mut entries = read(vector);
        let at = entries.iter().position(|entry| entry.name == SIGNATURE_NAME).expect("a signature entry");
        let signature = unarmoured(&entries.remove(at).body);
        let outer = digest::outer(&package::inner(&entries));
        let attribute = [der::oid(oid::MESSAGE_DIGEST), der::set(&[der::octet_string(&outer)])].concat();
        assert!(
            signature.windows(attribute.len()).any(|window| window == attribute),
            "another digest was signed"
        );
    }
}

#[test]
fn the_manifest_is_the_one_that_another_package_begins_with() {
    let entries = read(include_bytes!("../testdata/vectors/valid-manifest.zip"));
    let listed: Vec<Entry> =
        entries[1..].iter().filter(|entry| !entry.name.starts_with(MARKER_NAME)).cloned().collect();
    assert_eq!(entries[0].name, manifest::NAME);
    assert_eq!(String::from_utf8_lossy(&entries[0].body), manifest::body(&lines(&listed)));
}

fn read(archive: &[u8]) -> Vec<Entry> {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).expect("the vector is an archive");
    let mut entries = Vec::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).expect("the vector has the entry");
        let mut body = Vec::new();
        file.read_to_end(&mut body).expect("the entry is whole");
        entries.push(Entry {
            name: file.name().expect("a name in UTF-8").into_owned(),
            body,
            mode: file.unix_mode().expect("made on Unix"),
        });
    }
    entries
}

fn unarmoured(pem: &[u8]) -> Vec<u8> {
    use base64::Engine;
    let text = str::from_utf8(pem).expect("PEM is text");
    let encoded: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    base64::engine::general_purpose::STANDARD.decode(encoded).expect("PEM holds base64")
}
