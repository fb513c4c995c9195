//! `layer vendor`.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use lambda_codesign_signing::profile::Profile;
use lambda_codesign_signing::sign::{SignRequest, sign};
use serde_json::{Value, json};

use crate::stand::Stand;

const BY: [&str; 6] = ["--signing-profile", "release", "--bucket", "builds", "--trust-root", "root.pem"];
const NAMED: [&str; 2] = ["--name", "vetted"];
const KNOWN: [&str; 4] = ["--revocations", "snapshot.json", "--revocations-root", "auditor.pem"];

/// A vendor's layer of this file, as Lambda takes it: its ARN.
fn layer(stand: &Stand, name: &str, package: &str) -> String {
    let zip = STANDARD.encode(fs::read(stand.path(package)).unwrap());
    let body = json!({
        "Content": { "ZipFile": zip }, "CompatibleRuntimes": ["python3.12"], "LicenseInfo": "MIT",
    });
    let path = format!("/2018-10-31/layers/{name}/versions");
    let made: Value = serde_json::from_str(&stand.call("POST", &path, &body.to_string())).unwrap();
    made["LayerVersionArn"].as_str().unwrap().to_owned()
}

fn vendor<'a>(arn: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["layer", "vendor", arn], &BY[..], more].concat()
}

/// What the layer's version is, as Lambda shows it.
fn shown(stand: &Stand, name: &str, version: u32) -> Value {
    let path = format!("/2018-10-31/layers/{name}/versions/{version}");
    serde_json::from_str(&stand.call("GET", &path, "")).unwrap()
}

/// How many versions a layer has.
fn versions(stand: &Stand, name: &str) -> usize {
    let path = format!("/2018-10-31/layers/{name}/versions");
    let listed: Value = serde_json::from_str(&stand.call("GET", &path, "")).unwrap();
    listed["LayerVersions"].as_array().unwrap().len()
}

/// What `verify` says of a package's origin under these rules: its decision, and the origin.
fn origin(stand: &Stand, rules: &[&str], exit: i32) -> (Value, Value) {
    let report = stand.json_of(&[&["verify", "--trust-root", "root.pem"], rules].concat(), exit);
    let result = &report["results"][0];
    (result["decision"].clone(), result["origin"].clone())
}

#[test]
fn an_unsigned_layer_is_taken_in_and_can_be_attached() {
    let stand = Stand::with_function();
    let source = layer(&stand, "agent", "unsigned-first.zip");
    let attach = |arn: &str| {
        let body = json!({ "Layers": [arn] }).to_string();
        fs::write(stand.path("attach.json"), body).unwrap();
    };
    let dry = stand.json(&vendor(&source, &["--name", "vetted", "--dry-run"]));
    assert_eq!((&dry["result"], &dry["source"]["signature"]), (&json!("dry-run"), &Value::Null));
    assert_eq!(
        (&dry["source"]["revocation"]["outcome"], &dry["source"]["revocation"]["code"]),
        (&json!("skipped"), &json!("unsigned"))
    );
    let more = ["--name", "vetted", "-o", "vetted.zip", "--lock", "lock.json"];
    let taken = stand.json(&vendor(&source, &more));
    assert_eq!(taken["result"], "published");
    let own = taken["layer_version_arn"].as_str().unwrap().to_owned();
    assert_eq!(own, "arn:aws:lambda:us-east-1:123456789012:layer:vetted:1");
    let there = shown(&stand, "vetted", 1);
    assert_eq!(there["CompatibleRuntimes"], json!(["python3.12"]), "as the vendor names them");
    assert_eq!(there["LicenseInfo"], "MIT", "as the vendor says");
    assert_eq!(there["Content"]["CodeSha256"], taken["code_sha256"]);

    // The package says where it was taken from, and so does the lock.
    let inspected: Value = serde_json::from_str(
        &stand.run(&["inspect", "vetted.zip", "--trust-root", "root.pem", "--output", "json"]).1,
    )
    .unwrap();
    assert_eq!(
        (&inspected["verified"], &inspected["origin"]["layer_version_arn"]),
        (&json!(true), &json!(source))
    );
    let layer = ["--layer", own.as_str(), "--any-publisher"];
    for rules in [&["vetted.zip", "--any-publisher"][..], &layer] {
        let (decision, origin) = origin(&stand, rules, 0);
        assert_eq!((&decision, &origin), (&json!("allow"), &inspected["origin"]));
    }
    let said = stand.succeeds(&["verify", "vetted.zip", "--trust-root", "root.pem", "--any-publisher"]);
    assert!(said.contains(&format!("\n  taken from  {source} (CodeSha256 ")), "{said}");
    // Whoever else signed it may say what they like.
    let stranger = ["vetted.zip", "--allow", "arn:aws:signer:*:*:/signing-profiles/other/*"];
    assert_eq!(origin(&stand, &stranger, 1), (json!("block"), Value::Null));
    assert_eq!(
        origin(&stand, &[&stranger[..], &["--mode", "warn"]].concat(), 0),
        (json!("warn"), Value::Null)
    );
    let lock: Value = serde_json::from_slice(&fs::read(stand.path("lock.json")).unwrap()).unwrap();
    assert_eq!(lock["packages"][0]["origin"]["layer_version_arn"], json!(source));
    assert_eq!((&lock["packages"][0]["path"], lock["packages"].as_array().unwrap().len()), (&json!(own), 1));
    let rules = ["--trust-root", "root.pem", "--any-publisher", "--require-manifest", "--lock", "lock.json"];
    stand.succeeds(&[&["verify", "vetted.zip", "-q"], &rules[..]].concat());

    // Repeated, nothing is signed and nothing is published.
    let again = stand.json(&vendor(&source, &more));
    assert_eq!((&again["result"], &again["layer_version_arn"]), (&json!("there"), &json!(own)));
    for name in ["code_sha256", "signing_profile_version_arn", "signing_job_arn"] {
        assert!(again[name].is_string() && again[name] == taken[name], "{name}: {again}");
    }
    let kept: Value = serde_json::from_slice(&fs::read(stand.path("lock.json")).unwrap()).unwrap();
    assert_eq!(kept, lock);

    attach(&source);
    let put = |stand: &Stand| stand.status("PUT", "/2015-03-31/functions/f/configuration", "attach.json");
    assert_eq!(put(&stand), 400, "Enforce takes no unsigned layer");
    attach(&own);
    assert_eq!(put(&stand), 200);
}

#[test]
fn a_signed_layer_is_held_to_its_signature() {
    let stand = Stand::with_function();
    let source = layer(&stand, "agent", "other.zip");
    let taken = stand.json(&vendor(&source, &["--name", "vetted", "-o", "vetted.zip"]));
    let signer = taken["source"]["signature"]["signing_profile_version_arn"].as_str().unwrap().to_owned();
    assert!(signer.contains("/signing-profiles/other/"), "{signer}");
    assert!(taken["signing_profile_version_arn"].as_str().unwrap().contains("/signing-profiles/release/"));
    let verified = ["verify", "vetted.zip", "--trust-root", "root.pem", "--require-manifest", "-q"];
    stand.succeeds(&[&verified[..], &["--allow", "arn:aws:signer:*:*:/signing-profiles/release/*"]].concat());

    let release = [&NAMED[..], &["--allow", "arn:aws:signer:*:*:/signing-profiles/release/*"]].concat();
    let stranger = stand.fails(&vendor(&source, &release), 1);
    assert!(
        stranger.contains("/signing-profiles/other/")
            && stranger.contains("is not among the allowed publishers"),
        "{stranger}"
    );
    let unsigned = layer(&stand, "bare", "unsigned-first.zip");
    for asked in ["--require-signed", "--require-revocation"] {
        let refused = stand.fails(&vendor(&unsigned, &[&NAMED[..], &[asked]].concat()), 1);
        assert!(refused.contains("carries no signature"), "{refused}");
    }
    assert_eq!(versions(&stand, "vetted"), 1, "nothing else was published");
}

#[test]
fn what_is_broken_has_ended_or_has_two_readings_is_never_signed_anew() {
    let stand = Stand::with_function();
    // One changed byte of a name, which Lambda takes as a layer.
    let mut broken = fs::read(stand.path("other.zip")).unwrap();
    let at = broken.windows(2).position(|pair| pair == b"PK").unwrap() + 40;
    broken[at] ^= 1;
    fs::write(stand.path("broken.zip"), broken).unwrap();
    let vendors = "vendor".parse().unwrap();
    let profile = Profile::ephemeral(vendors, time("2020-01-01T00:00:00Z")).unwrap();
    let request = SignRequest {
        expires_in: Some("30days".parse().unwrap()),
        ..SignRequest::at(time("2020-01-02T00:00:00Z"))
    };
    let unsigned = fs::read(stand.path("unsigned-first.zip")).unwrap();
    fs::write(stand.path("ended.zip"), sign(&unsigned, &profile, &request).unwrap().bytes).unwrap();
    fs::write(stand.path("vendor.pem"), profile.trust_root_pem().unwrap()).unwrap();
    let rejected = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/rejected");
    let twice = fs::read(format!("{rejected}/archive-duplicate-entry--file/package.zip")).unwrap();
    fs::write(stand.path("twice.zip"), twice).unwrap();
    let more = [&NAMED[..], &["-o", "out.zip", "--lock", "lock.json", "--trust-root", "vendor.pem"]].concat();
    for (name, reason) in [("broken", "local header"), ("ended", "2020-02-01"), ("twice", "two entries")] {
        let source = layer(&stand, name, &format!("{name}.zip"));
        let refused = stand.fails(&vendor(&source, &more), 1);
        assert!(refused.contains(&source) && refused.contains(reason), "{name}: {refused}");
    }
    assert_eq!(versions(&stand, "vetted"), 0, "nothing was published");
    assert!(!stand.path("out.zip").exists() && !stand.path("lock.json").exists(), "nothing was written");
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_vendor_s_revocation_is_unknown_or_cleared_or_refused() {
    let stand = Stand::with_function();
    let source = layer(&stand, "agent", "other.zip");
    let dry = |more: &[&'static str]| [&NAMED[..], &["--dry-run"], more].concat();
    let revocation = |more: &[&'static str]| revocation(&stand, &source, &dry(more));
    let human = |more: &[&'static str]| stand.succeeds(&vendor(&source, &dry(more)));
    let refused = |more: &[&'static str]| stand.fails(&vendor(&source, &dry(more)), 1);

    assert_eq!(revocation(&[]), (json!("unknown"), json!("revocation-not-checked"), Value::Null));
    let said = human(&[]);
    let unknown = "\n  revocation  unknown  revocation was not checked: no revocation facts were given\n";
    assert!(said.contains(unknown), "{said}");
    let blind = refused(&["--require-revocation"]);
    assert!(blind.contains("no revocation facts were given"), "{blind}");

    stand.make_auditor();
    let fetch = ["revocations", "fetch", "--rate", "1000", "-o", "snapshot.json", "--all-jobs", "-q"];
    let fetch = [&fetch[..], &["--signing-profile", "local:auditor"]].concat();
    stand.succeeds(&fetch);
    let path = json!("snapshot.json");
    assert_eq!(revocation(&KNOWN), (json!("pass"), Value::Null, path.clone()));
    let said = human(&[&KNOWN[..], &["--require-revocation"]].concat());
    assert!(said.contains("\n  revocation  pass     neither job nor profile was revoked\n"), "{said}");
    assert!(said.contains("\nrevocations: snapshot.json, of 123456789012 in us-east-1, "), "{said}");
    // Nobody vouches for it: it clears nothing.
    assert_eq!(revocation(&KNOWN[..2]), (json!("unknown"), json!("revocation-unvouched"), path));

    let taken = stand.json(&vendor(&source, &[&NAMED[..], &KNOWN[..]].concat()));
    assert_eq!(
        (&taken["result"], &taken["source"]["revocation"]["outcome"]),
        (&json!("published"), &json!("pass"))
    );
    let job = taken["source"]["signature"]["signing_job_arn"].as_str().unwrap();
    let id = job.rsplit('/').next().unwrap();
    stand.succeeds(&["revoke", "job", id, "--reason", "stolen", "--yes", "-q"]);
    stand.succeeds(&fetch);
    let more = ["--name", "other", "-o", "out.zip", "--lock", "lock.json"];
    for known in [&KNOWN[..], &KNOWN[..2]] {
        let revoked = stand.fails(&vendor(&source, &[&more[..], known].concat()), 1);
        assert!(revoked.contains(job) && revoked.contains("revoked"), "{revoked}");
        assert!(revoked.contains("ask the vendor for a version whose signature holds"), "{revoked}");
    }
    assert_eq!(versions(&stand, "other"), 0, "nothing was published");
    assert!(!stand.path("out.zip").exists() && !stand.path("lock.json").exists(), "nothing was written");
    // What is there already makes no difference.
    assert!(refused(&KNOWN).contains("revoked"));
    stand.fails(&vendor(&source, &[&NAMED[..], &KNOWN[..]].concat()), 1);
    // A snapshot that can't be used is told before anything is asked.
    fs::write(stand.path("snapshot.json"), "{}").unwrap();
    let unusable = stand.fails(&vendor(&source, &[&NAMED[..], &KNOWN[..]].concat()), 3);
    assert!(unusable.contains("can't use the revocation snapshot snapshot.json"), "{unusable}");
}

#[test]
fn a_snapshot_that_is_too_old_clears_nothing() {
    let stand = Stand::with_function();
    let hours_ago = |hours| Timestamp::now() - SignedDuration::from_hours(hours);
    let profile = Profile::ephemeral("vendor".parse().unwrap(), hours_ago(3)).unwrap();
    let unsigned = fs::read(stand.path("unsigned-first.zip")).unwrap();
    let signed = sign(&unsigned, &profile, &SignRequest::at(hours_ago(2))).unwrap();
    fs::write(stand.path("vendor.zip"), &signed.bytes).unwrap();
    fs::write(stand.path("vendor.pem"), profile.trust_root_pem().unwrap()).unwrap();
    let snapshot = json!({
        "schema": "lambda-codesign/revocations/v1", "account": "000000000000", "region": "us-east-1",
        "complete_until": format!("{:.3}", hours_ago(1)),
        "jobs": [{ "arn": signed.statement.job.to_string(), "state": "active" }],
        "profiles": [{ "arn": signed.statement.profile_version.to_string(), "state": "active" }],
    });
    fs::write(stand.path("unsigned.json"), snapshot.to_string()).unwrap();
    stand.make_auditor();
    let by = ["-o", "snapshot.json", "--signing-profile", "local:auditor", "-q"];
    stand.succeeds(&[&["revocations", "sign", "unsigned.json"], &by[..]].concat());

    let source = layer(&stand, "agent", "vendor.zip");
    let dry = [&NAMED[..], &KNOWN[..], &["--trust-root", "vendor.pem", "--dry-run"]].concat();
    let aged = |age| [&dry[..], &["--max-revocation-age", age]].concat();
    let path = json!("snapshot.json");
    assert_eq!(revocation(&stand, &source, &dry), (json!("pass"), Value::Null, path.clone()));
    assert_eq!(revocation(&stand, &source, &aged("2h")), (json!("pass"), Value::Null, path.clone()));
    let stale = (json!("unknown"), json!("revocation-stale"), path);
    assert_eq!(revocation(&stand, &source, &aged("30m")), stale);
    let required = [aged("30m"), vec!["--require-revocation"]].concat();
    let refused = stand.fails(&vendor(&source, &required), 1);
    assert!(refused.contains("they may be 30m old"), "{refused}");
}

/// What a row says of revocation: the outcome, its code, and the first snapshot that was asked.
fn revocation(stand: &Stand, source: &str, more: &[&str]) -> (Value, Value, Value) {
    let row = stand.json(&[&["layer", "vendor", source], &BY[..], more].concat());
    let check = &row["source"]["revocation"];
    (check["outcome"].clone(), check["code"].clone(), row["revocations"][0]["path"].clone())
}

#[test]
fn a_layer_never_becomes_a_version_of_itself() {
    let stand = Stand::with_function();
    let source = layer(&stand, "agent", "unsigned-first.zip");
    for more in [&[][..], &["--dry-run"]] {
        let refused = stand.fails(&vendor(&source, more), 2);
        assert!(refused.contains("would get a next version of itself"), "{refused}");
        assert!(refused.contains("--name"), "{refused}");
    }
    assert_eq!(versions(&stand, "agent"), 1);
    let written = stand.json(&vendor(&source, &["--no-publish", "-o", "vetted.zip"]));
    assert_eq!((&written["result"], versions(&stand, "agent")), (&json!("written"), 1));
}

#[test]
fn only_the_file_that_was_reviewed_is_taken_in() {
    let stand = Stand::with_function();
    let source = layer(&stand, "agent", "unsigned-first.zip");
    let sha = shown(&stand, "agent", 1)["Content"]["CodeSha256"].as_str().unwrap().to_owned();
    let other = shown_sha(&stand, &layer(&stand, "agent", "unsigned-second.zip"));
    let pinned = stand.fails(&vendor(&source, &["--expect-sha256", &other, "--name", "vetted"]), 1);
    assert!(pinned.contains(&sha) && pinned.contains(&other), "{pinned}");
    stand.succeeds(&vendor(
        &source,
        &["--expect-sha256", &sha, "--name", "vetted", "--lock", "lock.json", "-q"],
    ));
    // The lock remembers the file of that version.
    let lock = fs::read_to_string(stand.path("lock.json")).unwrap().replace(&sha, &other);
    fs::write(stand.path("lock.json"), lock).unwrap();
    let changed = stand.fails(&vendor(&source, &["--name", "vetted", "--lock", "lock.json"]), 1);
    assert!(changed.contains("the lock has"), "{changed}");
}

fn shown_sha(stand: &Stand, arn: &str) -> String {
    let version = arn.rsplit(':').next().unwrap().parse().unwrap();
    shown(stand, "agent", version)["Content"]["CodeSha256"].as_str().unwrap().to_owned()
}

#[test]
fn a_local_profile_signs_to_a_file_and_publishes_once() {
    let stand = Stand::with_function();
    let source = layer(&stand, "agent", "unsigned-first.zip");
    stand.succeeds(&["profile", "create", "local:vetted", "-q"]);
    let local = |more: &[&str]| {
        let arguments = ["layer", "vendor", &source, "--signing-profile", "local:vetted", "--name", "vetted"];
        [&arguments[..], more].concat().iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()
    };
    let run = |more: &[&str]| stand.json(&local(more).iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(run(&["-o", "file.zip", "--no-publish"])["result"], "written");
    assert_eq!(run(&[])["result"], "published");
    assert_eq!(run(&[])["result"], "there", "though each signature would be another");
    let absent = local(&["--no-publish"]);
    assert_eq!(stand.run(&absent.iter().map(String::as_str).collect::<Vec<_>>()).0, Some(2));
    let nothing = ["layer", "vendor", "arn:aws:lambda:us-east-1:123456789012:layer:none:1"];
    let refused = stand.fails(&[&nothing[..], &BY[..], &NAMED[..]].concat(), 3);
    assert!(refused.contains("ResourceNotFoundException"), "{refused}");
}
