//! `publish function` and `publish layer`.

use std::fs;
use std::process::Command;
use std::time::Duration;

use lambda_codesign_sandbox::Faults;

use crate::stand::{FUNCTION, Stand, said};

const TRUST: [&str; 2] = ["--trust-root", "root.pem"];
const RELEASE: [&str; 2] = ["--allow", "arn:aws:signer:*:123456789012:/signing-profiles/release/*"];

fn function<'a>(rest: &[&'a str]) -> Vec<&'a str> {
    [&["publish", "function"], rest, &TRUST].concat()
}

fn layer<'a>(rest: &[&'a str]) -> Vec<&'a str> {
    [&["publish", "layer"], rest, &TRUST].concat()
}

#[test]
fn a_package_is_judged_deployed_and_pointed_to() {
    let stand = Stand::with_function();
    let rehearsed = stand.json(&function(&["f", "second.zip", "--dry-run"]));
    assert_eq!(rehearsed["published"]["result"], "dry-run");
    assert_eq!(rehearsed["published"].get("version"), None);
    let answer = stand.json(&function(&["f", "second.zip", "--alias", "live"]));
    assert_eq!(answer["schema"], "lambda-codesign/publish/v1");
    let (row, published) = (&answer["results"][0], &answer["published"]);
    assert_eq!((&row["path"], &row["decision"]), (&"second.zip".into(), &"allow".into()));
    assert_eq!(published["arn"], FUNCTION);
    assert_eq!((&published["version"], &published["alias"]), (&"1".into(), &"live".into()));
    assert_eq!(published["code_sha256"], row["code_sha256"]);
    assert_eq!(published["signing_job_arn"], row["signature"]["signing_job_arn"]);
    let said = stand.succeeds(&function(&["f", "second.zip", "--alias", "live"]));
    assert!(said.starts_with("allow  VALID  second.zip\n"), "{said}");
    assert!(said.contains(&format!("\npublished  {FUNCTION}\n")), "{said}");
    assert!(said.contains("\n  version     1\n  alias       live\n"), "{said}");
    assert_eq!(stand.succeeds(&function(&["f", "second.zip", "--publish-version", "-q"])), "");
}

#[test]
fn what_is_blocked_is_answered_as_verify_does_and_not_sent() {
    let stand = Stand::with_function();
    let judged = stand.sandbox.judgements().len();
    for (package, status, code) in
        [("unsigned-second.zip", "MISMATCH", "unsigned"), ("other.zip", "MISMATCH", "publisher-not-allowed")]
    {
        let publish = stand.json_of(&function(&["f", package, "--alias", "live"]), 1);
        let verify = stand.json_of(&[&["verify", package], &TRUST[..], &RELEASE].concat(), 1);
        assert_eq!(publish["results"][0], verify["results"][0]);
        assert_eq!(publish["results"][0]["status"], status);
        assert_eq!(publish["published"], serde_json::Value::Null);
        let (exit, stdout, _) = stand.run(&function(&["f", package]));
        let (_, expected, _) = stand.run(&[&["verify", package], &TRUST[..], &RELEASE].concat());
        assert_eq!((exit, &stdout), (Some(1), &expected));
        assert!(stdout.contains(&format!("error[{code}]")), "{stdout}");
    }
    assert_eq!(stand.sandbox.judgements().len(), judged, "Lambda was not asked");
}

#[test]
fn flags_and_file_narrow_the_config_and_widen_nothing() {
    let stand = Stand::with_function();
    let other = ["--allow", "arn:aws:signer:*:123456789012:/signing-profiles/other/*"];
    for narrowing in [&other[..], &["--not-before", "2126-01-01T00:00:00Z"]] {
        let answer = stand.json_of(&[&function(&["f", "second.zip"]), narrowing].concat(), 1);
        assert_eq!(answer["results"][0]["status"], "MISMATCH", "{narrowing:?}");
    }
    for widening in [&["--any-publisher"][..], &["--mode", "warn"], &other] {
        let answer = stand.json_of(&[&function(&["f", "other.zip"]), widening].concat(), 1);
        assert_eq!(answer["results"][0]["decision"], "block", "{widening:?}");
    }
    let root = "[trust]\naws-root = false\n[[trust.root]]\nfile = \"root.pem\"\n\
                vouches-for = [\"arn:aws:signer:*:*:/signing-profiles/*/*\"]\n";
    let rule =
        "[[rule]]\nname = \"f\"\nfunctions = [\"f\"]\naccounts = [\"123456789012\"]\nregions = [\"us-*\"]\n";
    let file = |more: &str| format!("version = 1\n{root}{rule}{more}");
    fs::write(stand.path("lambda-codesign.toml"), file("not-before = 2126-01-01\n")).unwrap();
    let answer = stand.json_of(&["publish", "function", "f", "second.zip"], 1);
    assert_eq!(answer["policy_file"]["rules"], serde_json::json!(["f"]));
    fs::write(stand.path("lambda-codesign.toml"), file("require-manifest = true\n")).unwrap();
    stand.json(&["publish", "function", "f", "second.zip"]);
}

#[test]
fn what_cant_be_published_to_is_said() {
    let stand = Stand::with_function();
    stand.create_image("image");
    for (arguments, exit, says) in [
        (vec!["absent", "second.zip"], 3, "there is no such function in this region and account"),
        (vec!["f", "second.zip", "--region", "eu-west-1"], 3, "there is no such function"),
        (vec!["image", "second.zip"], 3, "its code is a container image"),
        (vec!["f:live", "second.zip"], 3, "this names a version or alias"),
        (vec!["f", "absent.zip"], 3, "there is no such file"),
        (vec!["f", "second.zip", "--alias", "7"], 2, "one is no digit"),
        (vec!["a b", "second.zip"], 2, "it is not NAME"),
    ] {
        let said = stand.fails(&function(&arguments), exit);
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
    let said = stand.fails(&function(&["absent", "second.zip"]), 3);
    assert!(said.starts_with("error: could not publish second.zip to absent why: "), "{said}");
}

#[test]
fn a_refusal_of_lambda_is_told_with_its_check() {
    let stand = Stand::with_function();
    let signed = stand.json_of(&[&["verify", "second.zip"], &TRUST[..], &RELEASE].concat(), 0);
    let job = signed["results"][0]["signature"]["signing_job_arn"].as_str().unwrap();
    let id = job.rsplit_once('/').unwrap().1;
    stand.call("PUT", &format!("/signing-jobs/{id}/revoke"), "{\"reason\": \"leaked\"}");
    let said = stand.fails(&function(&["f", "second.zip", "--alias", "live"]), 1);
    assert!(said.contains("its job or profile is revoked"), "{said}");
    assert!(said.contains("Check the provided signature for arn:aws:lambda:"), "{said}");
}

#[test]
fn a_function_without_a_config_is_judged_by_the_flags() {
    let stand = Stand::new();
    stand.create("f", "unsigned-first.zip");
    let answer = stand.json(&[&function(&["f", "second.zip"]), &RELEASE[..]].concat());
    assert_eq!(answer["results"][0]["checks"]["mismatch"]["outcome"], "pass");
    let answer = stand.json_of(&[&function(&["f", "other.zip"]), &RELEASE[..]].concat(), 1);
    assert_eq!(answer["results"][0]["checks"]["mismatch"]["code"], "publisher-not-allowed");
}

#[test]
fn an_interruption_says_what_was_done() {
    let stand = Stand::with(Duration::from_secs(20));
    stand.create("f", "first.zip");
    stand.sandbox.set_faults(Faults::default());
    // It waits for the function, which is Pending.
    let waiting = stand.start(&[&function(&["f", "second.zip", "--alias", "live"]), &RELEASE[..]].concat());
    stand.reached(2);
    let pid = waiting.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let (code, _, stderr) = said(waiting.wait_with_output().unwrap());
    assert_eq!(code, Some(3), "{stderr}");
    assert!(
        stderr.contains("it was interrupted; nothing was changed do: run the same command again"),
        "{stderr}"
    );
    let overdue = [&function(&["f", "second.zip", "--timeout", "1"]), &RELEASE[..]].concat();
    assert!(stand.fails(&overdue, 3).contains("was not done in time"));
}

#[test]
fn an_interrupted_update_is_ended_by_the_next_run() {
    let stand = Stand::with(Duration::from_secs(2));
    stand.create("f", "first.zip");
    let publish = [&function(&["f", "second.zip", "--alias", "live"]), &RELEASE[..]].concat();
    // Until it is no more Pending.
    stand.succeeds(&[&publish[..], &["--dry-run", "-q"]].concat());
    stand.sandbox.set_faults(Faults::default());
    let waiting = stand.start(&publish);
    // GetFunction, GetFunctionCodeSigningConfig, GetAlias, the earlier code, UpdateFunctionCode, two looks.
    stand.reached(7);
    let pid = waiting.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let (code, _, stderr) = said(waiting.wait_with_output().unwrap());
    assert_eq!(code, Some(3), "{stderr}");
    assert!(
        stderr.contains("it was interrupted; Lambda took the code, and was not done with it"),
        "{stderr}"
    );
    let answer = stand.json(&publish);
    assert_eq!(
        (&answer["published"]["version"], &answer["published"]["alias"]),
        (&"1".into(), &"live".into())
    );
}

#[test]
fn a_layer_is_published_once_and_judged_first() {
    let stand = Stand::new();
    let release = |package: &'static str| {
        [&layer(&["common", package, "--compatible-runtime", "python3.13"]), &RELEASE[..]].concat()
    };
    let answer = stand.json(&release("second.zip"));
    let arn = "arn:aws:lambda:us-east-1:123456789012:layer:common:1";
    assert_eq!(
        (&answer["published"]["arn"], &answer["published"]["result"]),
        (&arn.into(), &"published".into())
    );
    let again = stand.json(&release("second.zip"));
    assert_eq!(
        (&again["published"]["arn"], &again["published"]["result"]),
        (&arn.into(), &"unchanged".into())
    );
    for package in ["unsigned-second.zip", "other.zip"] {
        let answer = stand.json_of(&release(package), 1);
        assert_eq!(answer["published"], serde_json::Value::Null, "{package}");
    }
    let said = stand.fails(&layer(&["a b", "second.zip"]), 2);
    assert!(said.contains("1 to 140 letters"), "{said}");
}

#[test]
fn an_attached_layer_that_the_config_blocks_stops_the_function() {
    let stand = Stand::with_function();
    let any = [&layer(&["common", "other.zip"]), &["--any-publisher"][..]].concat();
    let arn = stand.json(&any)["published"]["arn"].as_str().unwrap().to_owned();
    // Attached while no config is.
    stand.succeeds(&["config", "detach", "f", "-q"]);
    let body = serde_json::json!({ "Layers": [arn] }).to_string();
    stand.call("PUT", "/2015-03-31/functions/f/configuration", &body);
    let unjudged = stand.json_of(&[&function(&["f", "second.zip"]), &RELEASE[..]].concat(), 0);
    assert_eq!(unjudged["not_judged"][0]["layer"], arn);
    stand.succeeds(&["config", "attach", "f", &stand.config("enforce"), "-q"]);
    let answer = stand.json_of(&function(&["f", "second.zip"]), 1);
    let rows = answer["results"].as_array().unwrap();
    assert_eq!((&rows[0]["decision"], &rows[1]["decision"]), (&"allow".into(), &"block".into()));
    assert_eq!(rows[1]["path"], arn);
}
