//! `revocations fetch`, and judging by what it wrote.

use std::fs;

use lambda_codesign_sandbox::Faults;
use serde_json::{Value, json};

use crate::stand::Stand;

const FETCH: [&str; 8] =
    ["revocations", "fetch", "--rate", "1000", "-o", "snapshot.json", "--signing-profile", "local:auditor"];

/// A function of `first.zip`, and a profile that signs snapshots.
fn world() -> Stand {
    let stand = Stand::with_function();
    stand.make_auditor();
    stand
}

/// What `verify` says of a package by the snapshot, where it has to know: the decision and the code.
fn judged(stand: &Stand, package: &str) -> (String, Option<String>) {
    let rules = ["--trust-root", "root.pem", "--any-publisher", "--require-revocation"];
    let known = ["--revocations", "snapshot.json", "--revocations-root", "auditor.pem", "--output", "json"];
    let (_, stdout, stderr) = stand.run(&[&["verify", package], &rules[..], &known[..]].concat());
    assert!(!stdout.is_empty(), "{stderr}");
    let report: Value = serde_json::from_str(&stdout).unwrap();
    let result = &report["results"][0];
    let decision = result["decision"].as_str().unwrap().to_owned();
    (decision, result["checks"]["revocation"]["code"].as_str().map(str::to_owned))
}

fn allowed() -> (String, Option<String>) {
    ("allow".to_owned(), None)
}

fn blocked(code: &str) -> (String, Option<String>) {
    ("block".to_owned(), Some(code.to_owned()))
}

#[test]
fn what_is_in_use_is_known_and_what_is_not_is_said_to_be_unknown() {
    let stand = world();
    let fetched = stand.json(&FETCH);
    let counts = |report: &Value| {
        ["jobs", "revoked_jobs", "profiles", "revoked_profiles"].map(|name| report[name].as_u64().unwrap())
    };
    assert_eq!((counts(&fetched), &fetched["unknown"]), ([1, 0, 1, 0], &json!([])));
    assert_eq!(judged(&stand, "first.zip"), allowed());
    assert_eq!(judged(&stand, "second.zip"), blocked("revocation-not-covered"));

    let all = stand.json(&[&FETCH[..], &["--all-jobs"]].concat());
    assert_eq!(counts(&all), [3, 0, 2, 0]);
    assert_eq!(
        ["first.zip", "second.zip", "other.zip"].map(|package| judged(&stand, package)),
        [allowed(), allowed(), allowed()]
    );
    let by = ["--signing-profile", "release", "--bucket", "builds", "--trust-root", "root.pem", "-q"];
    fs::write(stand.path("other/app.py"), "print('later')").unwrap();
    stand.succeeds(&[&["sign", "other", "-o", "later.zip"], &by[..]].concat());
    assert_eq!(judged(&stand, "later.zip"), blocked("revocation-too-old"));
}

#[test]
fn what_is_revoked_is_known_whether_or_not_it_is_in_use() {
    let stand = world();
    let job = |package: &str| {
        let inspected: Value = serde_json::from_str(
            &stand.run(&["inspect", package, "--trust-root", "root.pem", "--output", "json"]).1,
        )
        .unwrap();
        let arn = inspected["signature"]["signing_job_arn"].as_str().unwrap().to_owned();
        arn.rsplit('/').next().unwrap().to_owned()
    };
    stand.succeeds(&["revoke", "job", &job("second.zip"), "--reason", "stolen", "--yes", "-q"]);
    let said = stand.succeeds(&FETCH);
    assert!(said.contains("jobs      2, of which 1 revoked") && said.contains(", signed\n"), "{said}");
    assert_eq!(judged(&stand, "first.zip"), allowed());
    assert_eq!(judged(&stand, "second.zip"), blocked("revoked-signature"));
    // Whoever strips the signature can revoke and not clear.
    let signed: Value = serde_json::from_slice(&fs::read(stand.path("snapshot.json")).unwrap()).unwrap();
    fs::write(stand.path("snapshot.json"), signed["snapshot"].as_str().unwrap()).unwrap();
    assert_eq!(judged(&stand, "first.zip"), blocked("revocation-unvouched"));
    assert_eq!(judged(&stand, "second.zip"), blocked("revoked-signature"));

    let profile = stand.json(&["profile", "show", "release"]);
    let arn = profile["profiles"][0]["signing_profile_version_arn"].as_str().unwrap().to_owned();
    let version = arn.rsplit('/').next().unwrap();
    let long_ago = ["--reason", "taken over", "--effective", "2020-01-01T00:00:00Z", "--yes", "-q"];
    stand.succeeds(&[&["revoke", "profile", "release", version], &long_ago[..]].concat());
    stand.succeeds(&FETCH);
    assert_eq!(judged(&stand, "first.zip"), blocked("revoked-profile"));
}

#[test]
fn what_another_region_owns_is_named_as_unknown() {
    let stand = world();
    // A function here whose code was signed there.
    let home = "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>";
    stand.call("PUT", "/there", home);
    let versioned = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    stand.call("PUT", "/there?versioning", versioned);
    let there = ["--region", "eu-west-1", "-q"];
    stand.succeeds(&[&["profile", "create", "abroad"], &there[..]].concat());
    let by = ["--signing-profile", "abroad", "--bucket", "there", "--trust-root", "root.pem"];
    stand.succeeds(&[&["sign", "unsigned-first.zip", "-o", "abroad.zip"], &by[..], &there[..]].concat());
    stand.create("g", "abroad.zip");
    let (code, stdout, stderr) = stand.run(&[&FETCH[..], &["--output", "json"]].concat());
    let fetched: Value = serde_json::from_str(&stdout).unwrap();
    let unknown = fetched["unknown"].as_array().unwrap();
    assert_eq!((code, unknown.len(), fetched["jobs"].as_u64()), (Some(0), 2, Some(1)));
    assert!(stderr.contains("eu-west-1") && stderr.contains("fetch a snapshot there too"), "{stderr}");
    assert_eq!(judged(&stand, "abroad.zip"), blocked("revocation-not-covered"));
    // With a snapshot of either region, both are known.
    let elsewhere = ["revocations", "fetch", "--rate", "1000", "-o", "there.json", "--all-jobs"];
    let signed = ["--signing-profile", "local:auditor"];
    stand.succeeds(&[&elsewhere[..], &signed[..], &there[..]].concat());
    let rules = ["--trust-root", "root.pem", "--any-publisher", "--require-revocation"];
    let both = ["--revocations", "snapshot.json", "--revocations", "there.json"];
    let pinned = ["--revocations-root", "auditor.pem", "-q"];
    stand.succeeds(&[&["verify", "abroad.zip", "first.zip"], &rules[..], &both[..], &pinned[..]].concat());
}

#[test]
fn faults_change_nothing_and_what_is_not_finished_is_not_written() {
    let stand = world();
    stand.sandbox.set_faults(Faults { seed: 3, throttle: 20, cut_after: 5, ..Faults::default() });
    stand.succeeds(&FETCH);
    let whole = fs::read(stand.path("snapshot.json")).unwrap();
    stand.sandbox.set_faults(Faults { cut: 100, ..Faults::default() });
    stand.fails(&FETCH, 3);
    assert_eq!(fs::read(stand.path("snapshot.json")).unwrap(), whole, "the earlier one stays");
    stand.sandbox.set_faults(Faults::default());
    assert_eq!(judged(&stand, "first.zip"), allowed());
    let absent = [&FETCH[..7], &["local:nobody"]].concat();
    let refused = stand.fails(&absent, 3);
    assert!(refused.contains("local:nobody") || refused.contains("nobody"), "{refused}");
}
