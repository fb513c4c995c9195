//! What the fuzz targets call, and `tests/smoke.rs` on a stable toolchain: each takes bytes, whatever they are, and
//! panics where the verifier breaks a promise.

mod policy_file;

pub use policy_file::policy_file;

use std::io::{Cursor, Read};
use std::sync::LazyLock;

use lambda_codesign_core::archive::{Archive, Entry, Limits, Sink};
use lambda_codesign_core::chain::{TrustRoots, VerifiedSigner, Vouches};
use lambda_codesign_core::claims::{Claims, ProfileVersionArn, PublisherPattern, SigningJobArn};
use lambda_codesign_core::envelope::UnverifiedEnvelope;
use lambda_codesign_core::manifest::Boundaries;
use lambda_codesign_core::policy::{Evidence, Lock, Policy, Publishers, Voucher};
use lambda_codesign_core::snapshot::Snapshot;
use lambda_codesign_core::verdict::Verdict;
use lambda_codesign_core::{Verifier, digest};
use lambda_codesign_tests::authority::Authority;
use lambda_codesign_tests::cms::{self, Form};
use lambda_codesign_tests::package::{self, SIGNATURE_NAME, SignedPackage};
use lambda_codesign_tests::zip::{ZipForge, directory, file};
use lambda_codesign_tests::{digest as forged, manifest as forged_manifest, pem};

/// What a target does with whatever bytes it is given; it panics where the verifier is wrong.
pub type EntryPoint = fn(&[u8]);

/// Every entry point, by the name of its target.
pub const TARGETS: [(&str, EntryPoint); 8] = [
    ("archive", archive),
    ("inflate", inflate),
    ("envelope", envelope),
    ("claims_patterns", claims_patterns),
    ("manifest", manifest),
    ("package", package),
    ("lock_and_snapshot", lock_and_snapshot),
    ("policy_file", policy_file),
];

/// Enough for every seed, and quick to unpack.
const UNPACKED: u64 = 1 << 20;

/// An entry's name and body, as bytes.
type Unpacked = (Vec<u8>, Vec<u8>);

/// Keeps what was unpacked, entry by entry.
#[derive(Default)]
struct Keeper(Vec<Unpacked>);

impl<'a> Sink<'a> for Keeper {
    fn entry(&mut self, entry: &Entry<'a>) {
        self.0.push((entry.name().into(), Vec::new()));
    }

    fn body(&mut self, chunk: &[u8]) {
        let (_, body) = self.0.last_mut().expect("an entry comes before its body");
        body.extend_from_slice(chunk);
    }
}

fn limits() -> Limits {
    Limits { uncompressed_size: UNPACKED, ..Limits::default() }
}

/// An archive is refused, or read as the `zip` crate reads it, within what it declares.
pub fn archive(bytes: &[u8]) {
    let archive = match Archive::parse(bytes, &limits()) {
        Ok(archive) => archive,
        Err(error) => return harmless(&error.to_string()),
    };
    let declared = archive.uncompressed_size();
    assert!(declared <= UNPACKED, "more is declared than the limit admits");
    let mut unpacked = Keeper::default();
    let result = archive.unpack(&mut unpacked);
    let handed_on: usize = unpacked.0.iter().map(|(_, body)| body.len()).sum();
    assert!(handed_on as u64 <= declared, "more was handed on than declared");
    match result {
        Ok(()) => assert_eq!(Some(unpacked.0), read_by_zip(bytes), "another reader sees another package"),
        Err(error) => harmless(&error.to_string()),
    }
}

/// A deflate stream is refused, or inflated to what `miniz_oxide` makes of it.
pub fn inflate(stream: &[u8]) {
    let limit = usize::try_from(UNPACKED).expect("it is small");
    let theirs = miniz_oxide::inflate::decompress_to_vec_with_limit(stream, limit).ok();
    let body = theirs.clone().unwrap_or_default();
    let zip = ZipForge::of([file("stream", &body).stream(stream)]).build();
    let Ok(archive) = Archive::parse(&zip, &limits()) else {
        return;
    };
    let mut unpacked = Keeper::default();
    if archive.unpack(&mut unpacked).is_ok() {
        let ours = unpacked.0.pop().map(|(_, body)| body);
        assert_eq!(ours, theirs, "the stream has two readings");
    }
}

/// A signature entry, and the same bytes as the BER in one: refused, or a statement that the forge made.
pub fn envelope(bytes: &[u8]) {
    statement(bytes);
    statement(&pem::pkcs7(bytes));
}

fn statement(entry: &[u8]) {
    let envelope = match UnverifiedEnvelope::parse(entry) {
        Ok(envelope) => envelope,
        Err(error) => return harmless(&error.to_string()),
    };
    for unknown in &envelope.claimed().unknown {
        harmless(&unknown.to_string());
    }
    let Verifier { roots, cache, .. } = &REFERENCE.verifier;
    let signer = match VerifiedSigner::from_path(&envelope, roots, envelope.claimed().signing_time, cache) {
        Ok(signer) => signer,
        Err(error) => return harmless(&error.to_string()),
    };
    let Ok(verified) = envelope.verify(&signer) else {
        return;
    };
    let claims = Claims::decode(&verified).expect("the forge's attributes are a statement");
    assert!(REFERENCE.digests.contains(claims.digest().as_bytes()), "a digest that the forge never signed");
    let stated = cms::Claims::standard();
    assert_eq!(claims.job().as_str(), stated.job);
    assert_eq!(claims.profile().as_str(), stated.profile);
    assert_eq!(claims.signing_time(), time(&stated.signed));
    assert_eq!(claims.expires(), time(&stated.expires));
}

/// A text of two lines, a pattern and an ARN: each refused or kept as it came, and matched as its parts match.
pub fn claims_patterns(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else {
        return;
    };
    let (pattern, arn) = text.split_once('\n').unwrap_or((text, text));
    if let Ok(job) = arn.parse::<SigningJobArn>() {
        assert_eq!(job.to_string(), arn);
        harmless(arn);
    }
    let publisher = arn.parse::<ProfileVersionArn>();
    if let Ok(publisher) = &publisher {
        assert_eq!(publisher.to_string(), arn);
        harmless(arn);
        let itself: PublisherPattern = arn.parse().expect("an ARN is the pattern of itself");
        assert!(itself.matches(publisher));
    }
    match (pattern.parse::<PublisherPattern>(), publisher) {
        (Ok(parsed), Ok(publisher)) => {
            assert_eq!(parsed.matches(&publisher), parts_match(pattern, arn), "{pattern} {arn}");
        }
        (Ok(parsed), Err(_)) => assert_eq!(parsed.to_string(), pattern),
        (Err(error), _) => harmless(&error.to_string()),
    }
}

fn parts_match(pattern: &str, arn: &str) -> bool {
    let parts = |text: &str| -> Vec<Vec<u8>> { text.split([':', '/']).map(|part| part.into()).collect() };
    let (pattern, arn) = (parts(pattern), parts(arn));
    pattern.len() == arn.len() && pattern.iter().zip(&arn).all(|(glob, part)| glob_match(glob, part))
}

/// By the table of all beginnings of both.
fn glob_match(glob: &[u8], part: &[u8]) -> bool {
    let mut matches = vec![false; part.len() + 1];
    matches[0] = true;
    for wanted in glob {
        if *wanted == b'*' {
            for end in 1..=part.len() {
                matches[end] |= matches[end - 1];
            }
        } else {
            for end in (1..=part.len()).rev() {
                matches[end] = matches[end - 1] && part[end - 1] == *wanted;
            }
            matches[0] = false;
        }
    }
    matches[part.len()]
}

/// The body of entry 0 of a fixed package: refused, or the manifest that the forge writes for it, but for modes.
pub fn manifest(body: &[u8]) {
    let entries = [package::Entry::file("a", "bc"), package::Entry::directory("d/")];
    let zip = ZipForge::of([
        file(forged_manifest::NAME, body),
        file("a", "bc"),
        directory("d/"),
        directory(package::MARKER_NAME),
        file(SIGNATURE_NAME, "not looked at"),
    ])
    .build();
    let archive = Archive::parse(&zip, &limits()).expect("the archive is sound");
    let content = archive.content_digest().expect("it can be unpacked");
    match content.boundaries() {
        Ok(Boundaries::Listed { .. }) => {
            let with_marker = [&entries[..], &[package::Entry::directory(package::MARKER_NAME)]].concat();
            let known = [package::lines(&entries), package::lines(&with_marker)]
                .map(|lines| without_modes(forged_manifest::body(&lines).as_bytes()));
            assert!(known.contains(&without_modes(body)), "a manifest that the forge would not write");
        }
        Ok(Boundaries::Unproven { .. }) => panic!("entry 0 is named as a manifest"),
        Err(error) => harmless(&error.to_string()),
    }
}

/// Puts `----` in place of the four octal digits of each line from the third on.
fn without_modes(body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    for line in body.split_mut(|byte| *byte == b'\n').skip(2) {
        if let Some(mode) = line.get_mut(2..6)
            && mode.iter().all(|digit| (b'0'..=b'7').contains(digit))
        {
            mode.fill(b'-');
        }
    }
    body
}

/// A whole package: refused, or one whose content the forge signed, by the reckoning of another reader.
pub fn package(bytes: &[u8]) {
    let evidence = Evidence { now: time("2026-11-20T00:00:00Z"), revocations: None };
    let verdict = REFERENCE.verifier.verify(bytes, evidence);
    rendered(&verdict);
    let Some(package) = verdict.package() else {
        return;
    };
    let mut entries = read_by_zip(bytes).expect("an accepted package is an archive to anybody");
    entries.retain(|(name, _)| name != SIGNATURE_NAME.as_bytes());
    let outer = forged::outer(&forged::inner(&entries));
    assert_eq!(&outer, package.content().outer(), "{}: another reader's digest differs", digest::SCHEME);
    assert!(REFERENCE.digests.contains(&outer), "content that the forge never signed");
}

/// A lock or a snapshot: refused with a sentence, or one that names its schema.
pub fn lock_and_snapshot(json: &[u8]) {
    let names = |schema: &str| {
        serde_json::from_slice::<serde_json::Value>(json)
            .is_ok_and(|value| value.get("schema").and_then(|schema| schema.as_str()) == Some(schema))
    };
    match Lock::from_json(json) {
        Ok(_) => assert!(names(Lock::SCHEMA)),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    match Snapshot::read(json, &REFERENCE.verifier.roots, time("2026-11-20T00:00:00Z")) {
        Ok(snapshot) => {
            assert!(names(Snapshot::SCHEMA) || names(Snapshot::SIGNED_SCHEMA));
            assert_eq!(*snapshot.voucher(), Voucher::Nobody, "the forge signed no snapshot with these keys");
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// What the forge signed, and a verifier that trusts it.
struct Reference {
    verifier: Verifier,
    digests: Vec<[u8; 48]>,
}

static REFERENCE: LazyLock<Reference> = LazyLock::new(|| {
    let packages = signed_packages();
    let mut roots = TrustRoots::none();
    roots.add_pem(packages[0].trusted_pem().as_bytes(), &Vouches::All).expect("the forge's root is one");
    let verifier = Verifier { limits: limits(), ..Verifier::new(roots, Policy::new(Publishers::Any)) };
    let digests = packages.iter().map(|package| forged::outer(&package.inner()));
    Reference { verifier, digests: digests.collect() }
});

/// The packages of the forge that the targets know, in both forms, with a manifest and without. Their authority signs
/// nothing else, unlike that of testdata.
pub fn signed_packages() -> Vec<SignedPackage> {
    let forms = [Form::Of2022, Form::Of2024]
        .map(|form| SignedPackage { authority: Authority::seeded("fuzz"), ..SignedPackage::standard(form) });
    let with_manifest = forms.clone().map(SignedPackage::with_manifest);
    forms.into_iter().chain(with_manifest).collect()
}

fn read_by_zip(bytes: &[u8]) -> Option<Vec<Unpacked>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    (0..archive.len())
        .map(|index| {
            let mut entry = archive.by_index(index).ok()?;
            let mut body = Vec::new();
            entry.read_to_end(&mut body).ok()?;
            Some((entry.name_raw().to_vec(), body))
        })
        .collect()
}

/// Every sentence that the verdict has to say.
fn rendered(verdict: &Verdict) {
    let checks = verdict.checks();
    let outcomes = [&checks.integrity, &checks.expiry, &checks.mismatch, &checks.revocation];
    outcomes
        .into_iter()
        .filter_map(|outcome| outcome.message())
        .chain(verdict.warnings().iter().map(ToString::to_string))
        .for_each(|sentence| harmless(&sentence));
}

/// One line that no terminal acts on and that reads in the order in which it is written.
fn harmless(sentence: &str) {
    let acts = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!sentence.contains(acts), "not safe to show: {sentence:?}");
}

fn time(rfc3339: &str) -> jiff::Timestamp {
    rfc3339.parse().expect("it is a time")
}
