//! `verify --function` and `verify --layer`.

use std::fs;

use crate::stand::{FUNCTION, Stand};

const TRUST: [&str; 2] = ["--trust-root", "root.pem"];

fn verify<'a>(rest: &[&'a str]) -> Vec<&'a str> {
    [&["verify"], rest, &TRUST].concat()
}

#[test]
fn deployed_code_is_judged_like_the_file() {
    let stand = Stand::with_function();
    stand.succeeds(&[
        "publish",
        "function",
        "f",
        "second.zip",
        "--alias",
        "live",
        "--trust-root",
        "root.pem",
    ]);
    let mut file = stand.json(&verify(&["second.zip"]));
    for (name, shown) in [
        ("f", FUNCTION.to_owned()),
        ("f:live", format!("{FUNCTION}:live")),
        ("f:1", format!("{FUNCTION}:1")),
        (FUNCTION, FUNCTION.to_owned()),
    ] {
        let deployed = stand.json(&verify(&["--function", name]));
        file["results"][0]["path"] = shown.into();
        assert_eq!(deployed, file, "{name}");
    }
    let (_, stdout, _) = stand.run(&verify(&["--function", "f:live"]));
    assert!(stdout.starts_with(&format!("allow  VALID  {FUNCTION}:live\n")), "{stdout}");
    let csv = stand.succeeds(&verify(&["--function", "f", "--output", "csv"]));
    assert!(csv.contains(&format!("\r\n{FUNCTION},allow,VALID,")), "{csv}");
}

#[test]
fn deployed_code_that_is_unsigned_or_of_others_is_blocked() {
    let stand = Stand::new();
    stand.create("unsigned", "unsigned-first.zip");
    stand.create("other", "other.zip");
    let release = ["--allow", "arn:aws:signer:*:123456789012:/signing-profiles/release/*"];
    for (function, code) in [("unsigned", "unsigned"), ("other", "publisher-not-allowed")] {
        let answer = stand.json_of(&[&verify(&["--function", function]), &release[..]].concat(), 1);
        assert_eq!(answer["results"][0]["checks"]["mismatch"]["code"], code);
    }
}

#[test]
fn a_layer_is_judged_by_its_arn() {
    let stand = Stand::new();
    let publish = ["publish", "layer", "common", "second.zip", "--trust-root", "root.pem"];
    let arn = stand.json(&publish)["published"]["arn"].as_str().unwrap().to_owned();
    let mut file = stand.json(&verify(&["second.zip"]));
    file["results"][0]["path"] = arn.as_str().into();
    assert_eq!(stand.json(&verify(&["--layer", &arn])), file);
    let absent = arn.replace(":1", ":7");
    let answer = stand.json_of(&verify(&["--layer", &absent]), 3);
    assert_eq!(answer["results"][0]["decision"], serde_json::Value::Null);
}

#[test]
fn rules_are_those_of_the_function() {
    let stand = Stand::new();
    stand.create("f", "first.zip");
    let rule = |functions: &str, more: &str| {
        format!(
            "[[rule]]\nname = \"{functions}\"\nfunctions = [\"{functions}\"]\naccounts = [\"123456789012\"]\n{more}"
        )
    };
    let trust = "[trust]\naws-root = false\n[[trust.root]]\nfile = \"root.pem\"\n\
                 vouches-for = [\"arn:aws:signer:*:*:/signing-profiles/*/*\"]\n";
    let strict = rule("f", "regions = [\"us-east-1\"]\nnot-before = 2126-01-01\n");
    let text = format!("version = 1\n{trust}{strict}{}", rule("g", "require-manifest = true\n"));
    fs::write(stand.path("lambda-codesign.toml"), text).unwrap();
    let answer = stand.json_of(&["verify", "--function", "f"], 1);
    assert_eq!(answer["policy_file"]["rules"], serde_json::json!(["f"]));
    assert_eq!(answer["results"][0]["checks"]["mismatch"]["code"], "not-before");
}

#[test]
fn what_cant_be_read_has_no_verdict() {
    let stand = Stand::with_function();
    stand.create_image("image");
    for (function, says) in [
        ("image", "it is a container image, to which code signing does not apply"),
        ("absent", "GetFunction was refused with ResourceNotFoundException"),
        ("f:absent", "GetFunction was refused"),
        ("f:7", "GetFunction was refused"),
    ] {
        let answer = stand.json_of(&verify(&["--function", function]), 3);
        let row = &answer["results"][0];
        assert_eq!(row["decision"], serde_json::Value::Null, "{function}");
        assert!(row["error"]["message"].as_str().unwrap().contains(says), "{function}: {row}");
        assert!(stand.fails(&verify(&["--function", function]), 3).contains(says));
    }
    for (arguments, says) in [
        (vec!["second.zip", "--function", "f"], "cannot be used with"),
        (vec!["--layer", "common"], "layer:NAME:VERSION"),
        (vec!["--function", "f", "--for", "function:g"], "cannot be used with"),
        (vec![], "required"),
    ] {
        let said = stand.fails(&verify(&arguments), 2);
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
}
