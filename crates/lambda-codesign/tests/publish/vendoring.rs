//! `layer vendor`.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::stand::Stand;

const BY: [&str; 6] = ["--signing-profile", "release", "--bucket", "builds", "--trust-root", "root.pem"];

/// A vendor's layer of this file, as Lambda takes it: its ARN.
fn layer(stand: &Stand, name: &str, package: &str) -> String {
    let zip = STANDARD.encode(fs::read(stand.path(package)).unwrap());
    let body = json!({ "Content": { "ZipFile": zip }, "CompatibleRuntimes": ["python3.12"] });
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
    let more = ["--name", "vetted", "-o", "vetted.zip", "--lock", "lock.json"];
    let taken = stand.json(&vendor(&source, &more));
    assert_eq!(taken["result"], "published");
    let own = taken["layer_version_arn"].as_str().unwrap().to_owned();
    assert_eq!(own, "arn:aws:lambda:us-east-1:123456789012:layer:vetted:1");
    let there = shown(&stand, "vetted", 1);
    assert_eq!(there["CompatibleRuntimes"], json!(["python3.12"]), "as the vendor names them");
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
    let lock: Value = serde_json::from_slice(&fs::read(stand.path("lock.json")).unwrap()).unwrap();
    assert_eq!(lock["packages"][0]["origin"]["layer_version_arn"], json!(source));
    assert_eq!((&lock["packages"][0]["path"], lock["packages"].as_array().unwrap().len()), (&json!(own), 1));
    let rules = ["--trust-root", "root.pem", "--any-publisher", "--require-manifest", "--lock", "lock.json"];
    stand.succeeds(&[&["verify", "vetted.zip", "-q"], &rules[..]].concat());

    // Repeated, nothing is signed and nothing is published.
    let again = stand.json(&vendor(&source, &more));
    assert_eq!((&again["result"], &again["layer_version_arn"]), (&json!("there"), &json!(own)));
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

    let stranger =
        stand.fails(&vendor(&source, &["--allow", "arn:aws:signer:*:*:/signing-profiles/release/*"]), 1);
    assert!(stranger.contains("other"), "{stranger}");
    let unsigned = layer(&stand, "bare", "unsigned-first.zip");
    let refused = stand.fails(&vendor(&unsigned, &["--require-signed"]), 1);
    assert!(refused.contains("carries no signature"), "{refused}");

    // One changed byte of a body, which Lambda takes as a layer.
    let mut broken = fs::read(stand.path("other.zip")).unwrap();
    let at = broken.windows(2).position(|pair| pair == b"PK").unwrap() + 40;
    broken[at] ^= 1;
    fs::write(stand.path("broken.zip"), broken).unwrap();
    let broken = layer(&stand, "broken", "broken.zip");
    stand.fails(&vendor(&broken, &[]), 1);
    let versions: Value =
        serde_json::from_str(&stand.call("GET", "/2018-10-31/layers/broken/versions", "")).unwrap();
    assert_eq!(versions["LayerVersions"].as_array().unwrap().len(), 1, "nothing was published");
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
    let refused = stand.fails(&[&nothing[..], &BY[..]].concat(), 3);
    assert!(refused.contains("ResourceNotFoundException"), "{refused}");
}
