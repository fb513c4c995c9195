//! Packages of the Serverless Framework, signed so that `deploy --package` goes on.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::running::{done, fails, testdata, with_profiles, workplace};

const SIGN: [&str; 5] = ["sign", "--from", ".serverless", "--signing-profile", "local:dev"];
const TEMPLATE: &str = "cloudformation-template-update-stack.json";
const STATE: &str = "serverless-state.json";

/// What `osls package` left, with zips of other content.
fn package(at: &Path) {
    done(at, &["profile", "create", "local:dev", "-q"]);
    fs::write(at.join("root.pem"), done(at, &["profile", "show", "local:dev", "--trust-root"])).unwrap();
    fs::create_dir(at.join(".serverless")).unwrap();
    for name in ["one", "two", "common"] {
        let folder = at.join("src").join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("app.py"), name).unwrap();
        let zip = format!(".serverless/{name}.zip");
        done(at, &["pack", &format!("src/{name}"), "-o", &zip, "--no-manifest", "-q"]);
    }
    for name in [TEMPLATE, STATE] {
        let text = fs::read_to_string(testdata().join("serverless").join(name)).unwrap();
        fs::write(at.join(".serverless").join(name), text.replace("@SERVICE@", at.to_str().unwrap()))
            .unwrap();
    }
}

fn text(at: &Path, name: &str) -> String {
    fs::read_to_string(at.join(".serverless").join(name)).unwrap()
}

fn json(at: &Path, name: &str) -> Value {
    serde_json::from_str(&text(at, name)).unwrap()
}

/// The versions of a template: function, logical id and hash.
fn versions(template: &Value) -> Vec<(String, String, String)> {
    let resources = template["Resources"].as_object().unwrap();
    let of = |(id, resource): (&String, &Value)| {
        (resource["Type"] == "AWS::Lambda::Version").then(|| {
            let property = |value: &Value| value.as_str().unwrap().to_owned();
            let properties = &resource["Properties"];
            (property(&properties["FunctionName"]["Ref"]), id.clone(), property(&properties["CodeSha256"]))
        })
    };
    resources.iter().filter_map(of).collect()
}

#[test]
fn template_and_state_follow_the_signed_zips_and_all_else_stays() {
    let folder = workplace();
    let at = folder.path();
    package(at);
    let before = versions(&json(at, TEMPLATE));
    let old = [TEMPLATE, STATE].map(|name| text(at, name));
    done(at, &SIGN);
    let after = versions(&json(at, TEMPLATE));
    for ((function, id, hash), zip) in after.iter().zip(["one.zip", "two.zip"]) {
        let bytes = fs::read(at.join(".serverless").join(zip)).unwrap();
        assert_eq!(*hash, STANDARD.encode(Sha256::digest(bytes)), "{function}");
        let stem = function.replace("LambdaFunction", "LambdaVersion");
        assert!(id.starts_with(&stem) && id.len() > stem.len() + 30, "{id}");
    }
    assert_eq!(versions(&json(at, STATE)["service"]["provider"]["compiledCloudFormationTemplate"]), after);
    let outputs = &json(at, TEMPLATE)["Outputs"];
    assert_eq!(outputs["OneLambdaFunctionQualifiedArn"]["Value"]["Ref"], after[0].1);
    assert_eq!(json(at, STATE)["service"]["functions"]["one"]["versionLogicalId"], after[0].1);
    for (old, name) in old.iter().zip([TEMPLATE, STATE]) {
        let back = after
            .iter()
            .zip(&before)
            .fold(text(at, name), |text, (new, old)| text.replace(&new.1, &old.1).replace(&new.2, &old.2));
        assert_eq!(back, *old, "{name}");
    }
    done(at, &["verify", "--from", ".serverless", "--trust-root", "root.pem", "--fail-on", "never", "-q"]);
}

#[test]
fn a_second_run_changes_nothing_and_ends_what_was_begun() {
    let folder = workplace();
    let at = folder.path();
    package(at);
    let old = text(at, STATE);
    done(at, &SIGN);
    let signed = [TEMPLATE, STATE].map(|name| text(at, name));
    assert!(done(at, &SIGN).contains("passed on"));
    assert_eq!([TEMPLATE, STATE].map(|name| text(at, name)), signed);
    // As a run leaves it that was killed before it wrote the state.
    fs::write(at.join(".serverless").join(STATE), old).unwrap();
    done(at, &SIGN);
    assert_eq!([TEMPLATE, STATE].map(|name| text(at, name)), signed);
}

#[test]
fn what_is_sent_from_elsewhere_or_not_at_all_is_told() {
    let folder = workplace();
    let at = folder.path();
    package(at);
    let state = text(at, STATE);
    let elsewhere = state.replace(".serverless/one.zip", "dist/one.zip");
    fs::write(at.join(".serverless").join(STATE), &elsewhere).unwrap();
    fails(at, &SIGN, 3, "dist/one.zip");
    fs::remove_file(at.join(".serverless/common.zip")).unwrap();
    fs::write(at.join(".serverless").join(STATE), &state).unwrap();
    fails(at, &SIGN, 3, "common.zip");
    // The framework does not send a layer again that has not changed.
    let mut sent: Value = serde_json::from_str(&state).unwrap();
    sent["service"]["layers"] = serde_json::json!({ "common": { "artifactAlreadyUploaded": true } });
    fs::write(at.join(".serverless").join(STATE), sent.to_string()).unwrap();
    let output = with_profiles(at, &SIGN).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("CommonLambdaLayer") && said.contains("earlier deployment"), "{said}");
}
