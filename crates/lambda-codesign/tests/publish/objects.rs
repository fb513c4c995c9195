//! `sign --from --s3`: templates whose code is in S3 already.

use std::fs;

use serde_json::{Value, json};

use crate::stand::Stand;

const BY: [&str; 6] = ["--signing-profile", "release", "--bucket", "builds", "--trust-root", "root.pem"];

fn template(more: &Value) -> String {
    let mut template = json!({ "Resources": {
        "Uri": { "Type": "AWS::Serverless::Function", "Properties": { "CodeUri": "s3://builds/app/one" } },
        "Parts": { "Type": "AWS::Lambda::Function", "Properties": { "Code": { "S3Bucket": "builds", "S3Key": "two" } } },
        "Layer": { "Type": "AWS::Lambda::LayerVersion",
            "Properties": { "Content": { "S3Bucket": "builds", "S3Key": "app/one" } } },
    } });
    if let (Some(resources), Some(more)) = (template["Resources"].as_object_mut(), more.as_object()) {
        resources.extend(more.clone());
    }
    serde_json::to_string_pretty(&template).unwrap()
}

fn put(stand: &Stand, key: &str, file: &str) {
    let path = stand.path(file);
    let url = format!("{}/builds/{key}", stand.sandbox.endpoint_url());
    let put =
        std::process::Command::new("curl").args(["-sS", "-f", "-T"]).arg(path).arg(url).output().unwrap();
    assert!(put.status.success(), "{}", String::from_utf8_lossy(&put.stderr));
}

fn world(more: &Value) -> Stand {
    let stand = Stand::new();
    put(&stand, "app/one", "unsigned-first.zip");
    put(&stand, "two", "unsigned-second.zip");
    fs::write(stand.path("packaged.json"), template(more)).unwrap();
    stand
}

fn sign(stand: &Stand) -> (Option<i32>, String, String) {
    stand.run(&[&["sign", "--from", "packaged.json", "--s3"], &BY[..]].concat())
}

fn resources(stand: &Stand) -> Value {
    let template: Value = serde_json::from_slice(&fs::read(stand.path("packaged.json")).unwrap()).unwrap();
    template["Resources"].clone()
}

#[test]
fn objects_are_signed_beside_what_they_were_and_the_template_names_them() {
    let stand = world(&json!({}));
    let (code, stdout, stderr) = sign(&stand);
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{stdout}");
    let after = resources(&stand);
    let uri = after["Uri"]["Properties"]["CodeUri"].as_str().unwrap();
    let one = uri.strip_prefix("s3://builds/").unwrap();
    assert!(one.starts_with("app/") && one.ends_with(".zip") && one.len() == 4 + 64 + 4, "{one}");
    assert_eq!(after["Layer"]["Properties"]["Content"]["S3Key"], one, "the same object is signed once");
    let two = after["Parts"]["Properties"]["Code"]["S3Key"].as_str().unwrap();
    for key in [one, two] {
        let zip = stand.path("got.zip");
        let url = format!("{}/builds/{key}", stand.sandbox.endpoint_url());
        let got =
            std::process::Command::new("curl").args(["-sS", "-f", "-o"]).arg(&zip).arg(url).status().unwrap();
        assert!(got.success());
        let rules = ["--allow", "arn:aws:signer:*:*:/signing-profiles/release/*", "--require-manifest", "-q"];
        stand.succeeds(&[&["verify", "got.zip", "--trust-root", "root.pem"], &rules[..]].concat());
    }
    // Again, all is signed and stays.
    let before = fs::read(stand.path("packaged.json")).unwrap();
    let (code, stdout, _) = sign(&stand);
    assert!(code == Some(0) && stdout.contains("passed on"), "{stdout}");
    assert_eq!(fs::read(stand.path("packaged.json")).unwrap(), before);
}

#[test]
fn what_only_the_deployment_knows_is_named_and_what_is_not_there_stops_it() {
    let parameter = json!({ "Elsewhere": { "Type": "AWS::Lambda::Function",
        "Properties": { "Code": { "S3Bucket": { "Ref": "B" }, "S3Key": "two" } } } });
    let stand = world(&parameter);
    let (code, _, stderr) = sign(&stand);
    assert_eq!(code, Some(0));
    assert!(stderr.contains("Elsewhere in packaged.json") && !stderr.contains("Parts in"), "{stderr}");
    assert_eq!(resources(&stand)["Elsewhere"], parameter["Elsewhere"]);

    let absent = json!({ "Absent": { "Type": "AWS::Lambda::Function",
        "Properties": { "Code": { "S3Bucket": "builds", "S3Key": "none" } } } });
    let stand = world(&absent);
    let before = fs::read(stand.path("packaged.json")).unwrap();
    let (code, _, stderr) = sign(&stand);
    assert!(code == Some(3) && stderr.contains("s3://builds/none"), "{stderr}");
    assert_eq!(fs::read(stand.path("packaged.json")).unwrap(), before, "all or nothing");
    // Without the flag it is said, and nothing is fetched.
    let without = stand.run(&[&["sign", "--from", "packaged.json"], &BY[..]].concat());
    assert!(without.2.contains("has its code in S3"), "{}", without.2);
}

#[test]
fn a_version_that_is_named_is_the_one_that_is_signed() {
    let stand = world(&json!({}));
    let versions = stand.call("GET", "/builds?versions&prefix=two", "");
    let version = versions.split("<VersionId>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    put(&stand, "two", "unsigned-first.zip");
    let pinned = json!({ "Pinned": { "Type": "AWS::Lambda::Function",
        "Properties": { "Code": { "S3Bucket": "builds", "S3Key": "two", "S3ObjectVersion": version } } } });
    fs::write(stand.path("packaged.json"), template(&pinned)).unwrap();
    assert_eq!(sign(&stand).0, Some(0));
    let after = resources(&stand);
    let code = &after["Pinned"]["Properties"]["Code"];
    assert_ne!(code["S3ObjectVersion"], json!(version));
    assert_ne!(
        code["S3Key"], after["Parts"]["Properties"]["Code"]["S3Key"],
        "which is of the latest version"
    );
}
