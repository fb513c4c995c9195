//! The forge's digests and manifests against packages that it did not make.

use std::io::{Cursor, Read};
use std::num::NonZeroUsize;

use lambda_codesign_core::archive::{Archive, Limits};
use lambda_codesign_core::digest::{CodeSha256, Threads, Workers};
use lambda_codesign_core::manifest::Boundaries;
use lambda_codesign_tests::package::{Entry, MARKER_NAME, SIGNATURE_NAME, lines, plain_zip};
use lambda_codesign_tests::zip::{find, overwrite};
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

/// Signing puts a directory behind the entries, which is hashed before it is there.
#[test]
fn a_directory_that_is_to_come_is_hashed_as_one_that_is_there() {
    let workers = Workers { count: ONE, buffer: ONE, ahead: ONE };
    let entries =
        [Entry::file("app.py", "x = 1\n".repeat(900)), Entry::directory("lib/"), Entry::file("lib/a", "")];
    let listed = Entry::file(manifest::NAME, manifest::body(&lines(&entries)));
    for before in [entries.to_vec(), [&[listed], &entries[..]].concat()] {
        let after = [&before[..], &[Entry::directory(MARKER_NAME)]].concat();
        let (before, after) = (plain_zip(&before), plain_zip(&after));
        let archive = Archive::parse(&before, &Limits::default()).unwrap();
        let there = Archive::parse(&after, &Limits::default()).unwrap().content_digest().unwrap();
        for threads in [Threads::One, Threads::Several(workers)] {
            let to_come = archive.content_digest_with_directory(MARKER_NAME, threads).unwrap();
            assert_eq!((to_come.inner(), to_come.outer()), (there.inner(), there.outer()));
            assert_eq!(to_come.code_sha256(), CodeSha256::of(&before));
            let is_listed = matches!(to_come.boundaries(), Ok(Boundaries::Listed { entries: 3, .. }));
            // A manifest that lists no such directory stays what is framed.
            assert!(is_listed || to_come.framed() == there.framed());
            assert_ne!(to_come, archive.content_digest_on(threads).unwrap());
        }
    }
}

/// Of several defects the one is told that comes first in the rules' order, wherever in the manifest it stands.
#[test]
fn the_defects_of_a_manifest_have_an_order() {
    let entries: Vec<Entry> = ["a", "b", "c", "d"].map(|name| Entry::file(name, name)).to_vec();
    let error = |body: &[u8]| {
        let all = [&[Entry::file(manifest::NAME, body)], &entries[..]].concat();
        let package = plain_zip(&all);
        let archive = Archive::parse(&package, &Limits::default()).unwrap();
        let one = archive.content_digest().unwrap();
        let few = Threads::Several(Workers { count: ONE, buffer: ONE, ahead: ONE });
        assert_eq!(one, archive.content_digest_on(few).unwrap());
        one.boundaries().cloned().unwrap_err().to_string()
    };
    let body = manifest::body(&lines(&entries));
    let changed = |changes: &[(&str, &[u8])]| {
        let mut body = body.clone().into_bytes();
        for (from, to) in changes {
            let at = find(&body, from.as_bytes());
            overwrite(&mut body, at, to);
        }
        error(&body)
    };
    let other = ("0644 1 a", &b"0644 1 x"[..]);
    let malformed = ("0644 1 d", &b"0984 1 d"[..]);
    let no_text = ("0644 1 c", &b"0644 1 \xff"[..]);
    let length = ("manifest-v1\n0", &b"manifest-v1\n1"[..]);
    let magic = ("lambda-codesign-manifest-v1", &b"lambda-codesign-manifest-v2"[..]);
    let starts = |message: &str, with: &str| assert!(message.starts_with(with), "{message}");
    starts(&changed(&[other]), "line 3 of the manifest lists the file \"x\"");
    starts(&changed(&[other, ("0644 1 b", b"0644 1 y")]), "line 3 of the manifest lists the file \"x\"");
    let is_malformed =
        |line: u32| format!("entry 0 is named as a manifest, but line {line} of it is malformed");
    assert_eq!(changed(&[other, malformed]), is_malformed(6));
    assert_eq!(changed(&[other, malformed, ("f 0644 1 b", b"g 0644 1 b")]), is_malformed(4));
    assert_eq!(changed(&[other, ("f 0644 1 b", b"g 0644 1 b"), no_text]), is_malformed(3));
    assert_eq!(changed(&[other, no_text, length]), is_malformed(2));
    assert_eq!(changed(&[length, magic]), is_malformed(1));
    // Cut off, with the length that it has then.
    let cut = |left: &str| {
        let kept = body.find(left).unwrap();
        let length = format!("{kept:010}");
        error(&[&body.as_bytes()[..28], length.as_bytes(), &body.as_bytes()[38..kept]].concat())
    };
    assert_eq!(cut(" 1 d"), is_malformed(6));
    starts(&cut("f 0644 1 d"), "the package has the file \"d\"");
    assert_eq!(cut("f 0644 1 a").matches("file \"a\"").count(), 1);
    assert_eq!(error(&body.as_bytes()[..30]), is_malformed(2));
    assert_eq!(error(b""), is_malformed(1));
}

const ONE: NonZeroUsize = NonZeroUsize::MIN;

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
