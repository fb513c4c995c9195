//! One thread or several, large buffers or tiny ones: the verdict is the same, and so is every refusal.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use lambda_codesign_core::Verifier;
use lambda_codesign_core::archive::{Archive, Limits};
use lambda_codesign_core::chain::{ChainCache, TrustRoots, Vouches};
use lambda_codesign_core::digest::{Threads, Workers};
use lambda_codesign_core::policy::{Evidence, Policy, Publishers};
use lambda_codesign_tests::cms::Form;
use lambda_codesign_tests::package::{Entry, SignedPackage};
use lambda_codesign_tests::random::Random;
use lambda_codesign_tests::zip::{EntryForge, ZipForge, deflate, directory, file, symlink};

fn several(count: usize, buffer: usize, ahead: usize) -> Threads {
    let [count, buffer, ahead] = [count, buffer, ahead].map(|n| NonZeroUsize::new(n).expect("not none"));
    Threads::Several(Workers { count, buffer, ahead })
}

fn usual() -> Threads {
    Threads::Several(Workers::for_cores(NonZeroUsize::MIN.saturating_add(1)))
}

/// From one worker that hands on a byte at a time to what is used.
fn shapes() -> [Threads; 7] {
    let [a, b, c, d, e, f] = [(1, 1, 1), (2, 1, 1), (3, 2, 2), (1, 7, 1), (4, 61, 3), (2, 4096, 2)]
        .map(|(c, b, a)| several(c, b, a));
    [a, b, c, d, e, f, usual()]
}

/// What is made of the content alone.
fn digests(zip: &[u8], threads: Threads) -> Option<String> {
    let archive = Archive::parse(zip, &Limits::default()).ok()?;
    Some(format!("{:?}", archive.content_digest_on(threads)))
}

fn assert_same_digests(what: &str, zip: &[u8], shapes: &[Threads]) {
    let plain = digests(zip, Threads::One);
    for &threads in shapes {
        assert_eq!(digests(zip, threads), plain, "{what}, {threads:?}");
    }
}

fn assert_same_verdicts(what: &str, zip: &[u8], shapes: &[Threads], roots: impl Fn() -> TrustRoots) {
    let evidence = Evidence { now: "2026-11-20T00:00:00Z".parse().unwrap(), revocations: None };
    let verdict = |threads| {
        let cache = ChainCache::default();
        let verifier = Verifier { cache, ..Verifier::new(roots(), Policy::new(Publishers::Any)) };
        format!("{:?}", verifier.verify_on(threads, zip, evidence))
    };
    let plain = verdict(Threads::One);
    for &threads in shapes {
        assert_eq!(verdict(threads), plain, "{what}, {threads:?}");
    }
}

fn files(folder: &Path, extension: &str, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, extension, into);
        } else if path.extension().is_some_and(|found| found == extension) {
            into.push(path);
        }
    }
}

#[test]
fn every_vector_gets_the_same_verdict() {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata");
    let (mut zips, mut pems) = (Vec::new(), Vec::new());
    files(&testdata, "zip", &mut zips);
    files(&testdata, "pem", &mut pems);
    assert!(zips.len() > 200, "{} packages", zips.len());
    let pems: Vec<_> = pems.iter().map(|pem| fs::read(pem).unwrap()).collect();
    let roots = || {
        let mut roots = TrustRoots::aws();
        for pem in &pems {
            // Some of them are there to be refused.
            let _ = roots.add_pem(pem, &Vouches::All);
        }
        roots
    };
    let mut digested = 0;
    for path in zips {
        let zip = fs::read(&path).unwrap();
        let what = path.display().to_string();
        let largest = if zip.len() < 100_000 { 1 } else { 4096 };
        let tiny = [several(1, largest, 1), several(3, 64.max(largest), 2)];
        assert_same_verdicts(&what, &zip, &tiny, roots);
        assert_same_digests(&what, &zip, &tiny);
        digested += usize::from(digests(&zip, Threads::One).is_some());
    }
    assert!(digested > 100, "{digested} were unpacked");
}

/// From noise to one byte over and over.
fn body(random: &mut Random) -> Vec<u8> {
    let length = [0, 1, 30, 300, 900, 5000][random.below(6)];
    let letters = [1, 2, 20, 256][random.below(4)];
    let length = random.below(length + 1);
    (0..length).map(|_| random.below(letters) as u8).collect()
}

fn entry(random: &mut Random, at: usize) -> EntryForge {
    let name = format!("{at:02}{}", "n".repeat(random.below(80)));
    match random.below(8) {
        0 => directory(name + "/"),
        1 => symlink(name, "00"),
        2 | 3 => file(name, body(random)),
        4 => file(name, body(random)).deflated().described(),
        _ => file(name, body(random)).deflated(),
    }
}

fn zip(random: &mut Random) -> Vec<u8> {
    let count = 1 + random.below(6);
    let mut entries: Vec<_> = (0..count).map(|at| entry(random, at)).collect();
    if random.below(3) == 0 {
        // A stream that was cut, went on or had a bit changed, its sizes right.
        let body = body(random);
        let mut stream = deflate(&body);
        match random.below(4) {
            0 => stream.truncate(random.below(stream.len())),
            1 => stream.push(random.below(256) as u8),
            2 => *stream.last_mut().unwrap() |= 1 << random.below(8),
            _ => {
                let at = random.below(stream.len());
                stream[at] ^= 1 << random.below(8);
            }
        }
        entries.push(file("broken", body).stream(&stream));
    }
    ZipForge::of(entries).build()
}

#[test]
fn a_thousand_generated_packages_get_the_same_digests() {
    let mut random = Random::of(384);
    let (mut sound, mut broken) = (0, 0);
    for number in 0..1000 {
        let zip = zip(&mut random);
        let shapes = shapes();
        assert_same_digests(
            &format!("number {number}"),
            &zip,
            &[shapes[number % 7], shapes[(number + 3) % 7]],
        );
        match digests(&zip, Threads::One) {
            Some(digests) if digests.starts_with("Ok") => sound += 1,
            Some(_) => broken += 1,
            None => {
                panic!("number {number} was not admitted: {:?}", Archive::parse(&zip, &Limits::default()))
            }
        }
    }
    assert!(sound > 600 && broken > 100, "{sound} sound, {broken} broken");
}

#[test]
fn a_signed_package_of_some_megabytes_gets_the_same_verdict() {
    let mut random = Random::of(1);
    let large: Vec<u8> = (0..3_000_000).map(|_| random.below(40) as u8).collect();
    let mut entries: Vec<_> =
        (0..200).map(|at| Entry::file(&format!("lib/{at:03}.js"), body(&mut random))).collect();
    entries.push(Entry::file("libs.so", large));
    let package = SignedPackage::of(entries, Form::Of2024).with_manifest();
    let roots = || {
        let mut roots = TrustRoots::none();
        roots.add_pem(package.trusted_pem().as_bytes(), &Vouches::All).unwrap();
        roots
    };
    let zip = package.zip();
    let large_enough = [several(1, 1000, 1), several(3, 65_536, 4), usual()];
    assert_same_verdicts("signed", &zip, &large_enough, roots);
    let mut flipped = zip.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 4;
    assert_same_verdicts("flipped", &flipped, &large_enough, roots);
    assert_same_verdicts("cut", &zip[..zip.len() - 1], &large_enough, roots);
}
