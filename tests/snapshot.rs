//! Signed revocation snapshots: what vouches for one, and what never does.

use lambda_codesign_core::Verifier;
use lambda_codesign_core::chain::{TrustRoots, Vouches};
use lambda_codesign_core::policy::{Evidence, Policy, Publishers, Voucher};
use lambda_codesign_core::snapshot::{Snapshot, SnapshotError};
use lambda_codesign_tests::authority::Authority;
use lambda_codesign_tests::cms::{Claims, Form};
use lambda_codesign_tests::package::SignedPackage;
use lambda_codesign_tests::snapshot::{SIGNED, SignedSnapshot, content, file, plain};

const NOW: &str = "2026-11-20T00:00:00Z";

fn standard() -> SignedSnapshot {
    SignedSnapshot::standard(plain("2026-11-02T00:00:00Z", "active", ""))
}

fn roots(authority: &Authority, vouches: &Vouches) -> TrustRoots {
    let mut roots = TrustRoots::none();
    roots.add_pem(authority.root_pem().as_bytes(), vouches).unwrap();
    roots
}

fn read(file: &[u8]) -> Result<Snapshot, SnapshotError> {
    Snapshot::read(file, &roots(&standard().authority, &Vouches::All), NOW.parse().unwrap())
}

#[test]
fn a_signature_under_a_pinned_root_vouches() {
    let snapshot = read(standard().file().as_bytes()).unwrap();
    let signer = standard().claims.profile.parse().unwrap();
    assert_eq!(*snapshot.voucher(), Voucher::Signature { signer, signed_at: SIGNED.parse().unwrap() });
    assert_eq!((snapshot.account().as_str(), snapshot.region()), ("123456789012", "us-east-1"));
}

#[test]
fn without_a_pinned_root_or_a_signature_nobody_vouches() {
    let signed = standard();
    let now = NOW.parse().unwrap();
    let unpinned = Snapshot::read(signed.file().as_bytes(), &TrustRoots::none(), now).unwrap();
    assert_eq!(*unpinned.voucher(), Voucher::Nobody);
    let unsigned = read(signed.snapshot.as_bytes()).unwrap();
    assert_eq!(*unsigned.voucher(), Voucher::Nobody);
    assert_eq!(unpinned, unsigned);
}

#[test]
fn the_signed_content_is_the_purpose_and_the_hash() {
    let snapshot = standard().snapshot;
    assert_eq!(Snapshot::signed_content(snapshot.as_bytes()).as_slice(), content(&snapshot));
}

#[test]
fn no_changed_byte_is_vouched_for() {
    let signed = standard();
    let (original, file) = (read(signed.file().as_bytes()).unwrap(), signed.file().into_bytes());
    // The root that the envelope carries is not asked for: where it alone changes, the same words come from the same signer.
    let mut refused = 0;
    let of_the_envelope = file.windows(5).position(|window| window == b"-----").unwrap();
    for at in (0..of_the_envelope).chain((of_the_envelope..file.len()).step_by(7)) {
        let mut changed = file.clone();
        changed[at] ^= 0x01;
        match read(&changed) {
            Err(_) => refused += 1,
            Ok(snapshot) => assert_eq!(snapshot, original, "byte {at}"),
        }
    }
    assert!(refused > 1_000, "{refused} refused");
}

#[test]
fn a_package_s_signature_is_none_of_a_snapshot_nor_the_other_way_round() {
    let package = SignedPackage::standard(Form::Of2024).with_manifest();
    let envelope = String::from_utf8(package.signature()).unwrap();
    let now = NOW.parse().unwrap();
    let pinned = roots(&package.authority, &Vouches::All);
    let grafted = Snapshot::read(file(&standard().snapshot, &envelope).as_bytes(), &pinned, now);
    assert!(matches!(grafted, Err(SnapshotError::OtherContent)), "{grafted:?}");
    // A snapshot's bytes signed as packages are, without the purpose.
    let hash = content(&standard().snapshot).split_off(30);
    let bare = SignedSnapshot { content: hash, ..standard() };
    assert!(matches!(read(bare.file().as_bytes()), Err(SnapshotError::OtherContent)));
    // And the snapshot's envelope within a package.
    let signed = SignedSnapshot { authority: package.authority.clone(), ..standard() };
    let mut with_it = package.clone();
    with_it.envelope.armour = |_| Vec::new();
    let mut entries = with_it.all_entries();
    entries.last_mut().unwrap().body = signed.signature();
    let zip = lambda_codesign_tests::package::plain_zip(&entries);
    let verifier = Verifier::new(pinned, Policy::new(Publishers::Any));
    let verdict = verifier.verify(&zip, Evidence { now, revocations: None });
    assert_eq!(verdict.checks().integrity.code().map(|code| code.as_str()), Some("digest-mismatch"));
}

#[test]
fn what_the_signature_says_bounds_what_the_snapshot_may_say() {
    let with_claims = |change: fn(&mut Claims)| {
        let mut signed = standard();
        change(&mut signed.claims);
        read(signed.file().as_bytes())
    };
    let expired = with_claims(|claims| claims.expires = "2026-11-20T00:00:00.000Z".into());
    assert!(matches!(expired, Err(SnapshotError::Expired { .. })), "{expired:?}");
    assert!(with_claims(|claims| claims.expires = "2026-11-20T00:00:00.001Z".into()).is_ok());
    let ahead = |until: &str| read(SignedSnapshot::standard(plain(until, "active", "")).file().as_bytes());
    assert!(matches!(ahead("2026-11-03T00:00:00.001Z"), Err(SnapshotError::Foresight { .. })));
    assert!(ahead(SIGNED).is_ok());
    let outlived = with_claims(|claims| claims.signed = "2026-11-05T00:00:00.000Z".into());
    assert!(matches!(outlived, Err(SnapshotError::Signature(_))), "{outlived:?}");
}

#[test]
fn a_root_vouches_for_the_publishers_of_its_pattern_alone() {
    let signed = standard();
    let read = |pattern: &str| {
        let vouches = Vouches::Matching(pattern.parse().unwrap());
        Snapshot::read(signed.file().as_bytes(), &roots(&signed.authority, &vouches), NOW.parse().unwrap())
    };
    assert!(read("arn:aws:signer:*:000000000000:/signing-profiles/auditor/*").is_ok());
    let other = read("arn:aws:signer:*:000000000000:/signing-profiles/other/*");
    assert!(matches!(other, Err(SnapshotError::Signature(_))), "{other:?}");
    let stranger = Snapshot::read(
        signed.file().as_bytes(),
        &roots(&Authority::standard(), &Vouches::All),
        NOW.parse().unwrap(),
    );
    assert!(matches!(stranger, Err(SnapshotError::Signature(_))), "{stranger:?}");
}
