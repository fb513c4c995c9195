//! The vectors of another implementation, each with the answer that it must get.

use std::fs;
use std::path::PathBuf;

use lambda_codesign_core::Verifier;
use lambda_codesign_core::chain::{TrustRoots, Vouches};
use lambda_codesign_core::policy::{Evidence, Policy, Publishers, Requirement};
use lambda_codesign_core::verdict::{Decision, Status, Verdict};
use serde::Deserialize;

#[derive(Deserialize)]
struct Row {
    file: String,
    trust_root: String,
    verify_at: String,
    allowed: Vec<String>,
    status: String,
    code: Option<String>,
    #[serde(default, deserialize_with = "named")]
    warning: Option<Option<String>>,
    profile: Option<String>,
    job: Option<String>,
    signing_time: Option<String>,
    expires: Option<String>,
}

/// A key that is there, null or not, is told from one that is absent.
fn named<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../testdata/vectors")
}

fn rows() -> Vec<Row> {
    serde_json::from_slice(&fs::read(folder().join("expected.json")).unwrap()).unwrap()
}

fn verify(row: &Row, manifest: Requirement) -> Verdict {
    let mut roots = TrustRoots::none();
    roots.add_pem(&fs::read(folder().join(&row.trust_root)).unwrap(), &Vouches::All).unwrap();
    let allowed = row.allowed.iter().map(|pattern| pattern.parse().unwrap()).collect();
    let verifier = Verifier::new(roots, Policy::new(Publishers::Only(allowed)).with_manifest(manifest));
    let evidence = Evidence { now: row.verify_at.parse().unwrap(), revocations: None };
    verifier.verify(&fs::read(folder().join(&row.file)).unwrap(), evidence)
}

fn codes(verdict: &Verdict) -> (Vec<&'static str>, Vec<&'static str>) {
    let checks = verdict.checks();
    let outcomes = [&checks.integrity, &checks.expiry, &checks.mismatch, &checks.revocation];
    let failed =
        outcomes.into_iter().filter(|outcome| outcome.is_fail()).filter_map(|outcome| outcome.code());
    let warned = verdict.warnings().iter().map(|warning| warning.code().as_str());
    (failed.map(|code| code.as_str()).collect(), warned.collect())
}

#[test]
fn each_gets_its_status_and_code() {
    let rows = rows();
    assert_eq!(rows.len(), 32);
    for row in &rows {
        let verdict = verify(row, Requirement::Optional);
        let (failed, warned) = codes(&verdict);
        assert_eq!(verdict.status().as_str(), row.status, "{}: {failed:?}", row.file);
        let allowed = verdict.decision() == Decision::Allow;
        assert_eq!(allowed, row.status == "VALID", "{}", row.file);
        assert_eq!(failed.is_empty(), allowed, "{}", row.file);
        if let Some(code) = &row.code {
            assert_eq!(failed, [code], "{}", row.file);
        }
        if let Some(warning) = &row.warning {
            assert_eq!(warned.first().copied(), warning.as_deref(), "{}", row.file);
        }
    }
}

#[test]
fn a_valid_one_says_what_was_signed() {
    for row in rows().iter().filter(|row| row.profile.is_some()) {
        let verdict = verify(row, Requirement::Optional);
        let claims = verdict.package().expect("integrity passed").claims().clone();
        assert_eq!(Some(claims.profile().as_str()), row.profile.as_deref());
        assert_eq!(Some(claims.job().as_str()), row.job.as_deref());
        assert_eq!(Some(claims.signing_time().to_string()), row.signing_time);
        assert_eq!(Some(claims.expires().to_string()), row.expires);
    }
}

#[test]
fn unproven_boundaries_warn_and_are_refused_where_a_manifest_is_required() {
    for row in rows().iter().filter(|row| row.file.starts_with("boundary-")) {
        assert_eq!(codes(&verify(row, Requirement::Optional)).1, ["boundary-unproven"], "{}", row.file);
        let verdict = verify(row, Requirement::Required);
        assert_eq!(verdict.status(), Status::Invalid, "{}", row.file);
        assert_eq!(codes(&verdict).0, ["manifest-missing"], "{}", row.file);
    }
}
