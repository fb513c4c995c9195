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

/// Signing puts a directory and the signature behind the entries: what is signed is hashed before they are there.
#[test]
fn what_is_to_be_signed_is_hashed_as_what_was_signed() {
    let entries =
        [Entry::file("app.py", "x = 1\n".repeat(900)), Entry::directory("lib/"), Entry::file("lib/a", "")];
    let marker = Entry::directory(MARKER_NAME);
    let listed = |entries: &[Entry]| Entry::file(manifest::NAME, manifest::body(&lines(entries)));
    let with = |first: &[Entry], last: &[Entry]| [first, last].concat();
    let plain = entries.to_vec();
    let first = [&entries[..1], std::slice::from_ref(&marker), &entries[1..]].concat();
    for before in [
        plain.clone(),
        with(&plain, std::slice::from_ref(&marker)),
        first.clone(),
        with(&[listed(&plain)], &plain),
        with(&[listed(&first)], &first),
        // Its manifest lists no such directory, as if a signature had been taken off.
        with(&[listed(&plain)], &with(&plain, std::slice::from_ref(&marker))),
        // Its manifest lists the directory that is to come.
        with(&[listed(&with(&plain, std::slice::from_ref(&marker)))], &plain),
        with(&[listed(&first[..2])], &plain),
    ] {
        let has_marker = before.iter().any(|entry| entry.name == MARKER_NAME);
        let marked = if has_marker { before.clone() } else { with(&before, std::slice::from_ref(&marker)) };
        let after = plain_zip(&with(&marked, &[Entry::file(SIGNATURE_NAME, "one")]));
        let before = plain_zip(&before);
        let archive = Archive::parse(&before, &Limits::default()).unwrap();
        let there = Archive::parse(&after, &Limits::default()).unwrap().content_digest().unwrap();
        for threads in [Threads::One, FEW] {
            let to_come = archive.content_digest_to_be_signed(threads).unwrap();
            assert_eq!((to_come.inner(), to_come.outer()), (there.inner(), there.outer()));
            assert_eq!((to_come.framed(), to_come.boundaries()), (there.framed(), there.boundaries()));
            assert_eq!(to_come.code_sha256(), CodeSha256::of(&before));
            assert_eq!(has_marker, to_come.inner() == archive.content_digest_on(threads).unwrap().inner());
        }
    }
}

/// A manifest that is larger than any buffer, whose lines are cut wherever one ends.
#[test]
fn a_large_manifest_is_read_in_parts() {
    let name = |number: usize| format!("{number:05}-{}", "n".repeat(number % 190));
    let mut entries: Vec<Entry> = (0..7_000).map(|number| Entry::file(&name(number), "")).collect();
    let body = manifest::body(&lines(&entries));
    assert!(body.len() > 700_000);
    entries.insert(0, Entry::file(manifest::NAME, body));
    let boundaries = |entries: &[Entry]| {
        let package = plain_zip(entries);
        let archive = Archive::parse(&package, &Limits::default()).unwrap();
        let several = Threads::Several(Workers { buffer: NonZeroUsize::new(10_007).unwrap(), ..TINY });
        let [one, few] = [Threads::One, several].map(|threads| archive.content_digest_on(threads).unwrap());
        assert_eq!(one, few);
        one.boundaries().cloned().map_err(|error| error.to_string())
    };
    assert!(matches!(boundaries(&entries), Ok(Boundaries::Listed { entries: 7_000, .. })));
    entries[6_001].name = name(6_000).replace('n', "m");
    let error = boundaries(&entries).unwrap_err();
    assert!(error.starts_with("line 6003 of the manifest lists the file \"06000-nnn"), "{error}");
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
        assert_eq!(one, archive.content_digest_on(FEW).unwrap());
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
/// The smallest buffers.
const TINY: Workers = Workers { count: ONE, buffer: ONE, ahead: ONE };
const FEW: Threads = Threads::Several(TINY);

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
