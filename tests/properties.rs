//! What holds of any package, any moved boundary and any bytes.

use std::collections::BTreeSet;
use std::io::{Cursor, Read};

use lambda_codesign_core::Verifier;
use lambda_codesign_core::chain::{ChainCache, ChainError, TrustRoots, VerifiedSigner, Vouches};
use lambda_codesign_core::claims::{ProfileVersionArn, PublisherPattern, SigningJobArn};
use lambda_codesign_core::envelope::{EnvelopeError, UnverifiedEnvelope};
use lambda_codesign_core::policy::{Evidence, Lock, Policy, Publishers};
use lambda_codesign_core::snapshot::{Snapshot, SnapshotError};
use lambda_codesign_core::verdict::{Decision, Verdict};
use lambda_codesign_tests::cms::{Attribute, Certificate, Form, Value};
use lambda_codesign_tests::package::{self, Entry, MARKER_NAME, SIGNATURE_NAME, SignedPackage};
use lambda_codesign_tests::zip::{ZipForge, file, symlink};
use lambda_codesign_tests::{der, manifest, oid, pem};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{TestCaseError, TestRunner};

fn verifier(package: &SignedPackage) -> Verifier {
    let mut roots = TrustRoots::none();
    roots.add_pem(package.trusted_pem().as_bytes(), &Vouches::All).unwrap();
    Verifier::new(roots, Policy::new(Publishers::Any))
}

fn verify(verifier: &Verifier, zip: &[u8]) -> Verdict {
    let evidence = Evidence { now: "2026-11-20T00:00:00Z".parse().unwrap(), revocations: None };
    verifier.verify(zip, evidence)
}

/// Names and bodies by the `zip` crate, the signature left out.
fn contents(zip: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(zip)).expect("what was accepted is an archive");
    let mut contents = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let mut body = Vec::new();
        entry.read_to_end(&mut body).unwrap();
        if entry.name_raw() != SIGNATURE_NAME.as_bytes() {
            contents.push((entry.name_raw().to_vec(), body));
        }
    }
    contents
}

/// The code of a failed integrity check, then the warnings.
fn codes(verdict: &Verdict) -> Vec<&'static str> {
    let failed = verdict.checks().integrity.code();
    let warned = verdict.warnings().iter().map(|warning| warning.code());
    failed.into_iter().chain(warned).map(|code| code.as_str()).collect()
}

#[test]
fn no_changed_byte_that_alters_what_is_signed_is_accepted() {
    let entries = vec![Entry::file("a.py", "print(1)\n"), Entry::link("b", "a.py")];
    let package = SignedPackage::of(entries, Form::Of2024).with_manifest();
    let verifier = verifier(&package);
    let zip = package.zip();
    let sound = verify(&verifier, &zip);
    let sound = sound.package().expect("it is sound");
    let contents_before = contents(&zip);
    let mut accepted = 0;
    for at in 0..zip.len() {
        for bit in [at % 8, 7 - at % 8] {
            let mut changed = zip.clone();
            changed[at] ^= 1 << bit;
            let verdict = verify(&verifier, &changed);
            let Some(package) = verdict.package() else {
                assert_eq!(verdict.decision(), Decision::Block);
                continue;
            };
            assert_eq!(package.content().inner(), sound.content().inner(), "byte {at}");
            assert_eq!(package.claims(), sound.claims(), "byte {at}");
            assert_eq!(contents(&changed), contents_before, "byte {at}");
            accepted += 1;
        }
    }
    // Times, versions and modes are not signed; everything else is, or holds the archive together.
    assert!((1..zip.len() / 10).contains(&accepted), "{accepted} of {}", zip.len());
}

/// Files, one of them in a directory that has an entry of its own; some bodies hold a path. No word of these letters is
/// one that a system reserves.
fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let name = "[bdfghjkm]{3,8}";
    let body = "([bdfghjkm]{0,40}|[bdfghjkm]{3,9}/[bdfghjkm]{6,40})";
    prop::collection::vec((name, body), 2..7).prop_map(|files| {
        let mut entries: Vec<_> = files
            .into_iter()
            .enumerate()
            .map(|(at, (name, body))| Entry::file(&format!("{at}{name}"), body))
            .collect();
        let at = entries.len() / 2;
        entries[at].name = format!("lib/{}", entries[at].name);
        entries.insert(at, Entry::directory("lib/"));
        entries
    })
}

/// A boundary that moves, by the places of two entries and two cuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Move {
    /// An entry's body takes in the whole entry that follows.
    Merge,
    /// The end of a body becomes a file of its own: some name, some body.
    Split,
    /// The beginning of a body goes over to the name.
    LengthenName,
    /// The end of a name goes over to the body.
    ShortenName,
    /// The end of a body goes over to the name that follows.
    Before,
    /// The beginning of a name goes over to the body before it.
    After,
    /// A directory's name becomes the beginning of the name that follows.
    Absorb,
}

const MOVES: [Move; 7] = [
    Move::Merge,
    Move::Split,
    Move::LengthenName,
    Move::ShortenName,
    Move::Before,
    Move::After,
    Move::Absorb,
];

/// The entries with one boundary moved, or nothing where the move does not apply there.
fn moved(entries: &[Entry], boundary: Move, place: usize, cut: usize, size: usize) -> Option<Vec<Entry>> {
    let mut entries = entries.to_vec();
    let next = place + 1;
    let body_length = entries[place].body.len();
    let is_directory = |at: usize| entries[at].name.ends_with('/');
    match boundary {
        Move::Merge if next < entries.len() && !is_directory(place) => {
            let taken = entries.remove(next);
            entries[place].body.extend_from_slice(taken.name.as_bytes());
            entries[place].body.extend_from_slice(&taken.body);
        }
        Move::Split => {
            let tail = entries[place].body.split_off(cut.min(body_length));
            let (name, body) = tail.split_at(size.min(tail.len()));
            let split = Entry::file(str::from_utf8(name).ok()?, body);
            entries.insert(next, split);
        }
        Move::LengthenName if !is_directory(place) => {
            let body = entries[place].body.split_off(size.min(body_length));
            let name = std::mem::replace(&mut entries[place].body, body);
            entries[place].name.push_str(str::from_utf8(&name).ok()?);
        }
        Move::ShortenName if !is_directory(place) => {
            let at = entries[place].name.len().checked_sub(size)?;
            let tail = entries[place].name.split_off(at).into_bytes();
            entries[place].body.splice(0..0, tail);
        }
        Move::Before if next < entries.len() => {
            let at = entries[place].body.len().checked_sub(size)?;
            let tail = entries[place].body.split_off(at);
            entries[next].name.insert_str(0, str::from_utf8(&tail).ok()?);
        }
        Move::After if next < entries.len() && !is_directory(place) => {
            let at = size.min(entries[next].name.len());
            let name = entries[next].name.split_off(at);
            let head = std::mem::replace(&mut entries[next].name, name);
            entries[place].body.extend_from_slice(head.as_bytes());
        }
        Move::Absorb if next < entries.len() && is_directory(place) => {
            let directory = entries.remove(place);
            entries[place].name.insert_str(0, &directory.name);
        }
        Move::Merge | Move::LengthenName | Move::ShortenName | Move::Before | Move::After | Move::Absorb => {
            return None;
        }
    }
    is_admissible(&entries).then_some(entries)
}

/// Names that the archive stage has nothing against, so that it is the manifest's to refuse them.
fn is_admissible(entries: &[Entry]) -> bool {
    let mut names = BTreeSet::new();
    let mut sound = true;
    for entry in entries {
        let name = entry.name.trim_end_matches('/');
        let is_directory = name.len() + 1 == entry.name.len();
        let parts_are_sound = name
            .split('/')
            .all(|part| !part.is_empty() && !part.ends_with(['.', ' ']) && !part.starts_with(' '));
        let plain = name.bytes().all(|byte| byte.is_ascii_graphic() && !br#"\:*?"<>|"#.contains(&byte));
        sound &= parts_are_sound && plain && names.insert(name.to_owned());
        sound &=
            is_directory == (entry.mode & 0o170_000 == 0o040_000) && (!is_directory || entry.body.is_empty());
        sound &= is_directory || entry.name == name;
    }
    let files = entries.iter().filter(|entry| !entry.name.ends_with('/'));
    sound
        && files
            .map(|entry| format!("{}/", entry.name))
            .all(|below| !names.iter().any(|name| name.starts_with(&below)))
}

/// Generates packages and moves until so many moves were judged; how often each was.
fn move_boundaries(count: usize, with_manifest: bool, judge: &dyn Fn(&Verdict, &str)) -> Vec<(Move, usize)> {
    let mut tally: Vec<_> = MOVES.map(|boundary| (boundary, 0)).to_vec();
    let mut judged = 0;
    let mut runner = TestRunner::deterministic();
    let strategy =
        (entries(), prop::collection::vec((0..MOVES.len(), 0..64_usize, 0..40_usize, 1..12_usize), 400));
    while judged < count {
        let (entries, moves) = strategy.new_tree(&mut runner).unwrap().current();
        let mut package = SignedPackage::of(entries, Form::Of2024);
        if with_manifest {
            package = package.with_manifest();
        }
        let (signed, verifier) = (package.signed_entries(), verifier(&package));
        let signature = Entry::file(SIGNATURE_NAME, package.signature());
        for (which, place, cut, size) in moves {
            let place = place % signed.len();
            let Some(mut entries) = moved(&signed, MOVES[which], place, cut, size) else {
                continue;
            };
            let pairs = |entries: &[Entry]| -> Vec<_> {
                entries.iter().map(|entry| (entry.name.clone(), entry.body.clone())).collect()
            };
            if pairs(&entries) == pairs(&signed) {
                continue;
            }
            assert_eq!(package::inner(&entries), package.inner(), "the move keeps what is signed");
            let shown = format!("{:?} at {place}: {:?}", MOVES[which], pairs(&entries));
            entries.push(signature.clone());
            judge(&verify(&verifier, &package::plain_zip(&entries)), &shown);
            tally[which].1 += 1;
            judged += 1;
        }
    }
    tally
}

#[test]
fn with_a_manifest_every_moved_boundary_is_refused() {
    let tally = move_boundaries(10_000, true, &|verdict, shown| {
        let codes = codes(verdict);
        assert!(
            matches!(codes.as_slice(), ["manifest-mismatch" | "manifest-displaced", ..]),
            "{codes:?} {shown}"
        );
        assert_eq!(verdict.decision(), Decision::Block);
    });
    assert!(tally.iter().all(|(_, count)| *count > 100), "{tally:?}");
}

/// The limit of the format that docs/threat-model.md tells of.
#[test]
fn without_a_manifest_every_moved_boundary_is_accepted_with_a_warning() {
    let tally = move_boundaries(2_000, false, &|verdict, shown| {
        assert_eq!(codes(verdict), ["boundary-unproven"], "{shown}");
        assert_eq!(verdict.decision(), Decision::Allow);
    });
    assert!(tally.iter().all(|(_, count)| *count > 20), "{tally:?}");
}

/// The manifest's name and the marks at its beginning, cut at every place.
#[test]
fn the_manifest_s_own_name_can_t_be_moved() {
    let package = SignedPackage::standard(Form::Of2024).with_manifest();
    let (signed, verifier) = (package.signed_entries(), verifier(&package));
    let stream = [manifest::NAME, manifest::MAGIC.trim_end()].concat();
    let mut refused = 0;
    for length in 1..=stream.len() {
        let mut entries = signed.clone();
        let whole = [entries[0].name.as_bytes(), &entries[0].body].concat();
        entries[0].name = stream[..length].to_owned();
        entries[0].body = whole[length..].to_vec();
        // As one entry, and in two: the name alone, then the rest under a name of its own.
        let mut two = entries.clone();
        let rest = two[0].body.split_off(0);
        let (name, body) = rest.split_at(stream.len() - length);
        two.insert(1, Entry::file(str::from_utf8(name).unwrap(), body));
        for mut entries in [entries, two] {
            if entries == signed || !is_admissible(&entries) {
                continue;
            }
            assert_eq!(package::inner(&entries), package.inner());
            entries.push(Entry::file(SIGNATURE_NAME, package.signature()));
            let verdict = verify(&verifier, &package::plain_zip(&entries));
            assert_eq!(codes(&verdict)[0], "manifest-displaced", "{:?}", entries[0].name);
            refused += 1;
        }
    }
    assert!(refused > 80, "{refused}");
}

#[test]
fn a_manifest_can_t_be_a_link() {
    let package = SignedPackage::standard(Form::Of2024).with_manifest();
    let entries = package.all_entries();
    let forged = entries.iter().enumerate().map(|(at, entry)| match at {
        0 => symlink(&entry.name, &entry.body),
        _ if entry.name.ends_with('/') => lambda_codesign_tests::zip::directory(&entry.name),
        _ => file(&entry.name, &entry.body),
    });
    let verdict = verify(&verifier(&package), &ZipForge::of(forged).build());
    assert!(verdict.checks().integrity.is_fail(), "{:?}", codes(&verdict));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn arbitrary_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let verifier = Verifier::new(TrustRoots::aws(), Policy::new(Publishers::Any));
        prop_assert_eq!(verify(&verifier, &bytes).decision(), Decision::Block);
        prop_assert!(UnverifiedEnvelope::parse(&bytes).is_err());
        prop_assert!(UnverifiedEnvelope::parse(&pem::pkcs7(&bytes)).is_err());
        prop_assert!(Lock::from_json(&bytes).is_err());
        prop_assert!(snapshot_of(&bytes).is_err());
    }

    #[test]
    fn arbitrary_text_is_kept_as_it_came_or_refused(text in "(arn|\\*|aws|signer|[:/*_-]|\\PC|[a-z0-9]{1,12}){0,14}") {
        kept_or_refused(&text, text.parse::<PublisherPattern>().map(|parsed| parsed.to_string()).ok())?;
        kept_or_refused(&text, text.parse::<ProfileVersionArn>().map(|parsed| parsed.to_string()).ok())?;
        kept_or_refused(&text, text.parse::<SigningJobArn>().map(|parsed| parsed.to_string()).ok())?;
    }

    #[test]
    fn arbitrary_files_of_the_schemas_are_answered(
        schema in prop_oneof![Just(Lock::SCHEMA), Just(Snapshot::SCHEMA), Just("")],
        account in "[0-9]{0,13}",
        digest in "[0-9a-f]{90,100}|[A-Za-z0-9+/]{43}=",
        time in "[0-9]{4}-[01][0-9]-[0-3][0-9]T00:00:00Z",
    ) {
        let lock = serde_json::json!({"schema": schema, "packages": [{"code_sha256": digest}]});
        let decodes = schema == Lock::SCHEMA && digest.ends_with('=');
        prop_assert!(decodes || Lock::from_json(lock.to_string().as_bytes()).is_err());
        let arn = format!("arn:aws:signer:us-east-1:{account}:/signing-jobs/11111111-2222-4333-8444-555555555555");
        let snapshot = serde_json::json!({
            "schema": schema, "account": account, "region": "us-east-1", "complete_until": time,
            "jobs": [{"arn": arn, "state": "revoked"}], "profiles": [],
        });
        let reads = schema == Snapshot::SCHEMA && account.len() == 12;
        prop_assert!(reads || snapshot_of(snapshot.to_string().as_bytes()).is_err());
    }
}

fn snapshot_of(json: &[u8]) -> Result<Snapshot, SnapshotError> {
    Snapshot::read(json, &TrustRoots::aws(), "2026-11-20T00:00:00Z".parse().unwrap())
}

fn kept_or_refused(text: &str, parsed: Option<String>) -> Result<(), TestCaseError> {
    prop_assert!(parsed.is_none_or(|parsed| parsed == text && text.is_ascii()));
    Ok(())
}

/// What comes after the cap is not looked at: it is wrong, and nobody says so.
#[test]
fn attributes_past_the_cap_cost_nothing() {
    for (number, refused) in [(25, false), (26, true), (2_000, true)] {
        let mut package = SignedPackage::standard(Form::Of2024);
        for number in 0..number {
            let oid = format!("{}.{number}", oid::UNKNOWN_ATTRIBUTE);
            let mut attribute = Attribute::new(&oid, der::null());
            if number >= 32 {
                // Longer, and so behind the sound ones in the order of DER.
                attribute.values.push(Value::Raw(der::null()));
            }
            package.envelope.signer().attributes().list.push(attribute);
        }
        match UnverifiedEnvelope::parse(&package.signature()) {
            Err(EnvelopeError::TooManyAttributes { limit: 32 }) => assert!(refused, "{number}"),
            Ok(envelope) => assert_eq!((envelope.claimed().unknown.len(), refused), (number, false)),
            Err(error) => panic!("{number}: {error}"),
        }
    }
}

#[test]
fn certificates_past_the_cap_cost_nothing() {
    for number in [13, 10_000] {
        let mut package = SignedPackage::standard(Form::Of2024);
        let bag = package.envelope.certificates.as_mut().unwrap();
        bag.extend((0..number).map(|_| Certificate::Raw(der::sequence::<&[u8]>(&[]))));
        let envelope = UnverifiedEnvelope::parse(&package.signature()).unwrap();
        let roots = verifier(&package).roots;
        let signer = VerifiedSigner::from_path(
            &envelope,
            &roots,
            envelope.claimed().signing_time,
            &ChainCache::default(),
        );
        let count = number + 4;
        assert_eq!(signer.err(), Some(ChainError::TooMany { count }), "{number}");
    }
}

#[test]
fn an_envelope_past_the_limit_is_not_decoded() {
    let armour = pem::pkcs7(&vec![0x30; 64 * 1024]);
    let size = armour.len();
    assert_eq!(UnverifiedEnvelope::parse(&armour).err(), Some(EnvelopeError::TooLarge { size }));
    let mut package = SignedPackage::standard(Form::Of2024);
    package.tamper = |entries| {
        let signature = entries.last_mut().unwrap();
        signature.body.resize(64 * 1024 + 1, b'\n');
    };
    let verdict = verify(&verifier(&package), &package.zip());
    assert_eq!(codes(&verdict)[0], "envelope-malformed");
    assert_eq!(package.all_entries().iter().filter(|entry| entry.name == MARKER_NAME).count(), 1);
}
