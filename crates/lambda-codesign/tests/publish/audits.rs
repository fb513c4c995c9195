//! `audit`.

use std::collections::BTreeSet;

use lambda_codesign_sandbox::Faults;
use serde_json::{Value, json};

use crate::stand::Stand;

const AUDIT: [&str; 5] = ["audit", "--rate", "1000", "--trust-root", "root.pem"];

/// Region aside, what was found of what.
fn found(report: &Value) -> BTreeSet<(String, String, String)> {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let rows = report["rows"].as_array().unwrap().iter();
    rows.flat_map(|row| {
        row["findings"].as_array().unwrap().iter().map(move |finding| {
            let of = if row["layer"].is_null() { text(row, "version") } else { text(row, "layer") };
            (text(row, "function"), of, text(finding, "code"))
        })
    })
    .collect()
}

fn world() -> Stand {
    let stand = Stand::with_function();
    stand.call("POST", "/2015-03-31/functions/f/versions", "{}");
    let alias = json!({ "Name": "live", "FunctionVersion": "1" }).to_string();
    stand.call("POST", "/2015-03-31/functions/f/aliases", &alias);
    stand.create("bare", "unsigned-first.zip");
    stand.create("warned", "other.zip");
    let warn = stand.config("warn");
    stand.succeeds(&["config", "attach", "warned", &warn, "-q"]);
    stand.create_image("image");
    let nobody = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/nobody/AbCdEf1234";
    stand.succeeds(&["config", "create", "--publisher", nobody, "--mode", "enforce", "-q"]);
    stand
}

#[test]
fn what_runs_is_judged() {
    let stand = world();
    let latest = "$LATEST";
    let named = |rows: &[(&str, &str, &str)]| -> BTreeSet<(String, String, String)> {
        rows.iter().map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned())).collect()
    };
    let expected = named(&[
        ("bare", latest, "no-config"),
        ("bare", latest, "unsigned"),
        ("warned", latest, "warn-only"),
        ("warned", latest, "publisher-not-in-config"),
        ("image", latest, "image-function"),
        ("", "", "config-unused"),
        ("", "", "no-such-publisher"),
    ]);
    let json = [&AUDIT[..], &["--output", "json"]].concat();
    let (code, stdout, stderr) = stand.run(&json);
    assert_eq!((code, stderr.as_str()), (Some(1), ""));
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(found(&report), expected);
    let deep: Value = serde_json::from_str(&stand.run(&[&json[..], &["--deep"]].concat()).1).unwrap();
    assert_eq!(found(&deep), expected, "the code itself is as Lambda shows it");
    let version = report["rows"].as_array().unwrap().iter().find(|row| row["version"] == "1").unwrap();
    assert_eq!((&version["aliases"], &version["findings"]), (&json!(["live"]), &json!([])));
    assert!(version["expires"].is_string());

    stand.succeeds(&["profile", "cancel", "other", "-q"]);
    let job = version["signing_job_arn"].as_str().unwrap().rsplit('/').next().unwrap();
    stand.succeeds(&["revoke", "job", job, "--reason", "test", "--yes", "-q"]);
    let later: Value = serde_json::from_str(&stand.run(&json).1).unwrap();
    let more: BTreeSet<_> = found(&later).difference(&expected).cloned().collect();
    let revoked = [("f", latest, "revoked"), ("f", "1", "revoked"), ("warned", latest, "profile-canceled")];
    assert_eq!(more, named(&revoked));
    let narrow =
        ["--function", "im*", "--allow", "arn:aws:signer:*:*:/signing-profiles/none/*", "--fail-on", "high"];
    assert_eq!(stand.run(&[&AUDIT[..], &narrow[..]].concat()).0, Some(0), "an image is of medium weight");
    let none =
        ["--allow", "arn:aws:signer:*:*:/signing-profiles/none/*", "--function", "f", "--output", "json"];
    let none: Value = serde_json::from_str(&stand.run(&[&AUDIT[..], &none[..]].concat()).1).unwrap();
    assert!(found(&none).contains(&("f".to_owned(), "1".to_owned(), "publisher-not-allowed".to_owned())));
    let soon = ["--expiring-within", "65535", "--function", "f", "--output", "json"];
    let soon: Value = serde_json::from_str(&stand.run(&[&AUDIT[..], &soon[..]].concat()).1).unwrap();
    assert!(found(&soon).contains(&("f".to_owned(), "1".to_owned(), "expiring".to_owned())));
}

#[test]
fn it_is_written_as_a_table_too_and_the_worst_comes_first() {
    let stand = world();
    let (code, csv, _) = stand.run(&[&AUDIT[..], &["--output", "csv"]].concat());
    assert_eq!(code, Some(1));
    let severities: Vec<_> = csv.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    let first_low = severities.iter().position(|word| *word == "low");
    assert!(
        severities[0] == "high" && first_low > severities.iter().rposition(|word| *word == "high"),
        "{csv}"
    );
    let (_, human, _) = stand.run(&AUDIT);
    assert!(human.starts_with("high ") && human.ends_with(" of 6\n"), "{human}");
    assert_eq!(stand.run(&[&AUDIT[..], &["--fail-on", "never", "-q"]].concat()).0, Some(0));
    assert_eq!(stand.run(&[&AUDIT[..], &["--output", "sarif"]].concat()).0, Some(2));
    let lock = stand.path("lock.json");
    std::fs::write(&lock, "{\"schema\": \"lambda-codesign/lock/v1\", \"packages\": []}").unwrap();
    let locked = [&AUDIT[..], &["--lock", "lock.json", "--function", "f", "--output", "json"]].concat();
    let locked: Value = serde_json::from_str(&stand.run(&locked).1).unwrap();
    assert!(found(&locked).contains(&("f".to_owned(), "1".to_owned(), "not-in-lock".to_owned())));
}

/// Cut off at each request, with what was found kept, it comes to the same in the end.
#[test]
fn an_interrupted_audit_is_finished_by_the_next() {
    let stand = world();
    for number in 0..60 {
        stand.create(&format!("n{number:02}"), if number % 2 == 0 { "first.zip" } else { "other.zip" });
    }
    let whole: Value =
        serde_json::from_str(&stand.run(&[&AUDIT[..], &["--output", "json"]].concat()).1).unwrap();
    assert_eq!(whole["rows"].as_array().unwrap().len(), 66);
    let kept = [&AUDIT[..], &["--output", "json", "--state", "state.json"]].concat();
    stand.sandbox.set_faults(Faults::default());
    let mut interrupted = 0;
    for requests in [20, 45] {
        stand.sandbox.set_faults(Faults::default());
        let child = stand.start(&kept);
        stand.reached(requests);
        let killed = std::process::Command::new("kill").args(["-KILL", &child.id().to_string()]).status();
        assert!(killed.unwrap().success());
        interrupted += u8::from(child.wait_with_output().unwrap().status.code().is_none());
    }
    assert!(interrupted > 0);
    stand.sandbox.set_faults(Faults { seed: 7, throttle: 20, cut_after: 5, ..Faults::default() });
    let finished: Value = serde_json::from_str(&stand.run(&kept).1).unwrap();
    assert_eq!(finished["rows"], whole["rows"]);
    let other = [&kept[..], &["--deep"]].concat();
    assert!(stand.fails(&other, 2).contains("it is of an audit with other arguments"));
}
