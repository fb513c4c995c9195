//! `explain --event`: what services say, with the package and without.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::running::{done, fails, json as document, run, seen, workplace};

const REFUSED: &str = "Lambda cannot deploy the function. The function or layer might be signed using a signature that the client is \
    not configured to accept. Check the provided signature for";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

fn explained(at: &Path, event: &str, arguments: &[&str]) -> Value {
    fs::write(at.join("event"), event).unwrap();
    document(&run(at, &[&["explain", "--event", "event", "--output", "json"], arguments].concat()))
}

#[test]
fn a_refusal_is_told_by_its_checks_and_its_subject() {
    let folder = workplace();
    let at = folder.path();
    let layer = "arn:aws:lambda:us-east-1:123456789012:layer:vendor:3";
    for (event, checks, about, next) in [
        (
            format!("{REFUSED} {FUNCTION}."),
            json!(["mismatch", "expiry", "revocation"]),
            json!(FUNCTION),
            "--for",
        ),
        (format!("{REFUSED} {layer}."), json!(["mismatch", "expiry", "revocation"]), json!(layer), "--layer"),
        (
            "The function or layer code is not properly signed. Check the provided signature for f."
                .to_owned(),
            json!(["integrity"]),
            json!("f"),
            "--for f",
        ),
    ] {
        let row = &explained(at, &event, &[])["events"][0];
        assert_eq!((&row["checks"], &row["about"], &row["deployed"]), (&checks, &about, &json!(false)));
        assert!(row["next"].as_str().unwrap().contains(next), "{row}");
    }
}

#[test]
fn events_of_cloudtrail_are_told_each() {
    let folder = workplace();
    let event = |status: Value| {
        json!({ "eventName": "UpdateFunctionCode20150331v2", "eventTime": "2026-11-01T00:00:00Z",
                "requestParameters": { "functionName": "f" }, "additionalEventData": status })
    };
    let records = json!({ "Records": [
        event(json!({ "signatureStatus": "MISMATCH" })),
        event(json!({ "signatureStatus": "REVOKED", "signingJobArn": "a" })),
        event(json!({ "signatureStatus": "VALID", "signingJobArn": "a" })),
        event(Value::Null),
        { "eventName": "Invoke" },
    ] });
    let told = explained(folder.path(), &records.to_string(), &[]);
    let rows: Vec<_> =
        told["events"].as_array().unwrap().iter().map(|row| (&row["checks"], &row["deployed"])).collect();
    let (yes, silent) = (json!(true), Value::Null);
    let (mismatch, revocation, none) = (json!(["mismatch"]), json!(["revocation"]), json!([]));
    assert_eq!(rows, [(&mismatch, &yes), (&revocation, &yes), (&none, &yes), (&none, &silent)]);
}

#[test]
fn a_package_is_judged_beside_what_was_said() {
    let folder = workplace();
    let at = folder.path();
    done(at, &["profile", "create", "local:dev"]);
    fs::write(at.join("root.pem"), done(at, &["profile", "show", "local:dev", "--trust-root"])).unwrap();
    done(at, &["pack", "build", "-o", "unsigned.zip"]);
    done(at, &["sign", "build", "-o", "signed.zip", "--signing-profile", "local:dev"]);
    fs::write(at.join("event"), format!("{REFUSED} {FUNCTION}.")).unwrap();
    let explain = |package, exit, says| {
        let event = ["explain", "--event", "event", "--trust-root", "root.pem", "--package", package];
        fails(at, &event, exit, says);
    };
    explain("unsigned.zip", 1, "This is what was said.");
    explain("signed.zip", 0, "Nothing speaks against this package by what is known here.");
    fs::write(at.join("broken.zip"), "no zip").unwrap();
    explain("broken.zip", 1, "This is not what was said");
    explain("absent.zip", 3, "there is no such file");
    let judged = explained(at, REFUSED, &["--package", "unsigned.zip", "--trust-root", "root.pem"]);
    assert_eq!(judged["package"]["checks"]["mismatch"]["code"], "unsigned");
}

/// A pasted text is somebody's: nothing in it is opened, called or shown as it is.
#[test]
fn the_text_of_an_event_does_nothing() {
    let folder = workplace();
    let at = folder.path();
    for subject in [
        "$(touch${IFS}pwned)",
        "`touch pwned`",
        "/etc/passwd",
        "http://127.0.0.1:1/",
        "\u{1b}[31m",
        "::warning::x",
    ] {
        fs::write(at.join("event"), format!("{REFUSED} {subject}")).unwrap();
        let output = run(at, &["explain", "--event", "event"]);
        let said = seen(&output);
        assert!(said.ends_with("exit 0\n") && !said.contains("next"), "{said}");
        assert!(!said.contains('\u{1b}') && !said.contains("\n::"), "{said:?}");
    }
    for nothing in [
        "",
        "{}",
        "null",
        "all is well",
        "[[[[[[[[{\"errorCode\": \"InvalidCodeSignatureException\"}]]]]]]]]",
    ] {
        fs::write(at.join("event"), nothing).unwrap();
        fails(at, &["explain", "--event", "event"], 3, "nothing in it is a refusal");
    }
    fs::write(at.join("event"), vec![b'a'; 5 << 20]).unwrap();
    assert_eq!(run(at, &["explain", "--event", "event"]).status.code(), Some(3));
    fails(at, &["explain", "--event", "absent"], 3, "there is no such file");
    fails(at, &["explain", "digest-mismatch", "--event", "event"], 2, "cannot be used with");
    fails(at, &["explain", "--package", "x.zip"], 2, "--event");
}
