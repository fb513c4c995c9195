//! Every time that a verdict turns on, to the millisecond before, at and after.

use lambda_codesign_core::Verifier;
use lambda_codesign_core::chain::{TrustRoots, Vouches};
use lambda_codesign_core::policy::{Evidence, JobState, Policy, ProfileState, Publishers, Revocations};
use lambda_codesign_core::verdict::Status;
use lambda_codesign_tests::cms::{Claims, Form};
use lambda_codesign_tests::package::SignedPackage;

const SIGNED: &str = "2026-11-01T09:19:26.806Z";
/// The millisecond before, the one at, the one after.
const AROUND_SIGNED: [&str; 3] = ["2026-11-01T09:19:26.805Z", SIGNED, "2026-11-01T09:19:26.807Z"];

fn package() -> SignedPackage {
    let claims = Claims::standard();
    assert_eq!(claims.signed, SIGNED);
    SignedPackage::standard(Form::Of2024).with_claims(&claims)
}

/// The status and the code of the revocation check under these rules.
fn judge(
    policy: impl FnOnce(Policy) -> Policy,
    now: &str,
    revocations: Option<&Revocations>,
) -> (Status, Option<&'static str>) {
    let package = package();
    let mut roots = TrustRoots::none();
    roots.add_pem(package.trusted_pem().as_bytes(), &Vouches::All).unwrap();
    let verifier = Verifier::new(roots, policy(Policy::new(Publishers::Any)));
    let evidence = Evidence { now: now.parse().unwrap(), revocations };
    let verdict = verifier.verify(&package.zip(), evidence);
    let revocation = verdict.checks().revocation.code().map(|code| code.as_str());
    (verdict.status(), revocation)
}

#[test]
fn a_signature_holds_from_its_signing_time_on() {
    let statuses = AROUND_SIGNED.map(|now| judge(|policy| policy, now, None).0);
    assert_eq!(statuses, [Status::Invalid, Status::Valid, Status::Valid]);
}

#[test]
fn a_signature_holds_until_before_its_expiry() {
    let around = ["2037-02-01T09:19:26.805Z", "2037-02-01T09:19:26.806Z", "2037-02-01T09:19:26.807Z"];
    let statuses = around.map(|now| judge(|policy| policy, now, None).0);
    assert_eq!(statuses, [Status::Valid, Status::Expired, Status::Expired]);
}

#[test]
fn not_before_admits_the_very_time() {
    let statuses = AROUND_SIGNED.map(|time| {
        let time = time.parse().unwrap();
        judge(|policy| policy.with_not_before(time), "2026-12-01T00:00:00Z", None).0
    });
    assert_eq!(statuses, [Status::Valid, Status::Valid, Status::Mismatch]);
}

fn snapshot(complete_until: &str, effective: Option<&str>) -> Revocations {
    let Claims { job, profile, .. } = Claims::standard();
    let state = effective.map_or(ProfileState::Active, |effective| ProfileState::Revoked {
        effective: effective.parse().unwrap(),
    });
    Revocations::complete_until_only(complete_until.parse().unwrap())
        .with_job(job.parse().unwrap(), JobState::Active)
        .with_profile(profile.parse().unwrap(), state)
}

#[test]
fn a_profile_s_revocation_counts_from_its_effective_time_on() {
    let statuses = AROUND_SIGNED.map(|effective| {
        let facts = snapshot("2026-11-20T00:00:00Z", Some(effective));
        judge(|policy| policy, "2026-12-01T00:00:00Z", Some(&facts)).0
    });
    assert_eq!(statuses, [Status::Revoked, Status::Revoked, Status::Valid]);
}

#[test]
fn a_snapshot_covers_what_was_signed_until_its_time() {
    let codes = AROUND_SIGNED.map(|until| {
        let facts = snapshot(until, None);
        judge(|policy| policy, "2026-12-01T00:00:00Z", Some(&facts)).1
    });
    assert_eq!(codes, [Some("revocation-too-old"), None, None]);
}

#[test]
fn a_snapshot_is_not_ahead_of_the_check() {
    let (before, until) = ("2026-11-20T00:00:00.000Z", "2026-11-20T00:00:00.001Z");
    let codes = [before, until].map(|now| judge(|policy| policy, now, Some(&snapshot(until, None))).1);
    assert_eq!(codes, [Some("revocation-ahead"), None]);
}
