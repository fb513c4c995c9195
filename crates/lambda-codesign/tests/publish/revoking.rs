//! `revoke`.

use serde_json::{Value, json};

use crate::stand::Stand;

/// The job of a function's code.
fn job(stand: &Stand) -> String {
    let shown = stand.call("GET", "/2015-03-31/functions/f/configuration", "");
    let shown: Value = serde_json::from_str(&shown).unwrap();
    shown["SigningJobArn"].as_str().unwrap().to_owned()
}

#[test]
fn a_job_is_revoked_and_what_runs_it_is_named() {
    let stand = Stand::with_function();
    stand.call("POST", "/2015-03-31/functions/f/versions", "{}");
    stand.create("g", "second.zip");
    let arn = job(&stand);
    let id = arn.rsplit('/').next().unwrap();
    let revoke = ["revoke", "job", id, "--reason", "stolen", "--yes"];
    let revoked = stand.json(&revoke);
    assert_eq!((&revoked["revoked"], &revoked["reason"]), (&arn.as_str().into(), &"stolen".into()));
    let carriers: Vec<_> = revoked["carriers"].as_array().unwrap().iter().collect();
    let versions: Vec<_> = carriers.iter().map(|row| (&row["function"], &row["version"])).collect();
    assert_eq!(versions, [(&json!("f"), &json!("$LATEST")), (&json!("f"), &json!("1"))]);
    assert_eq!(stand.json(&revoke)["carriers"], revoked["carriers"], "again, it stays revoked");
    let refused = stand.fails(&["publish", "function", "f", "first.zip", "--trust-root", "root.pem"], 1);
    assert!(refused.contains("revoked"), "{refused}");
}

#[test]
fn a_profile_is_revoked_with_the_layers_that_it_signed() {
    let stand = Stand::with_function();
    let layer = ["publish", "layer", "l", "second.zip", "--trust-root", "root.pem", "--any-publisher"];
    stand.succeeds(&layer);
    let attach = json!({ "Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:l:1"] }).to_string();
    stand.call("PUT", "/2015-03-31/functions/f/configuration", &attach);
    let profile = stand.json(&["profile", "show", "release"]);
    let arn = profile["profiles"][0]["signing_profile_version_arn"].as_str().unwrap().to_owned();
    let version = arn.rsplit('/').next().unwrap();
    let wrong = stand.fails(&["revoke", "profile", "release", "0000000000", "--reason", "r", "--yes"], 2);
    assert!(wrong.contains(&format!("its version is {version}, not 0000000000")), "{wrong}");
    let said = stand.succeeds(&["revoke", "profile", "release", version, "--reason", "taken over", "--yes"]);
    assert!(said.contains(&arn) && said.contains("  f:$LATEST\n"), "{said}");
    assert!(
        said.contains("  f:$LATEST  by its layer arn:aws:lambda:us-east-1:123456789012:layer:l:1\n"),
        "{said}"
    );
    assert!(stand.succeeds(&["profile", "show", "release"]).starts_with("release  revoked\n"));
}

#[test]
fn nothing_is_revoked_that_nobody_agreed_to() {
    let stand = Stand::with_function();
    let arn = job(&stand);
    let id = arn.rsplit('/').next().unwrap();
    let said = stand.fails(&["revoke", "job", id, "--reason", "r"], 2);
    assert!(said.contains("was not done why: it asks first") && said.contains("--yes"), "{said}");
    let absent = "11111111-2222-4333-8444-555555555555";
    let said = stand.fails(&["revoke", "job", absent, "--reason", "r", "--yes"], 3);
    assert!(said.contains("ResourceNotFoundException"), "{said}");
    let future = [
        "revoke",
        "profile",
        "release",
        "AbCdEf1234",
        "--reason",
        "r",
        "--effective",
        "2999-01-01T00:00:00Z",
    ];
    assert_eq!(stand.run(&[&future[..], &["--yes"]].concat()).0, Some(2), "it is not that version");
    let jobs: Value = serde_json::from_str(&stand.call("GET", "/signing-jobs?isRevoked=true", "")).unwrap();
    assert_eq!(jobs["jobs"], json!([]));
}
