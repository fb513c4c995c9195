//! `terraform external`, spoken to as Terraform speaks to it.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::stand::Stand;

/// What Terraform sends and gets: an object of texts each way, or an exit code and a sentence.
fn ask(stand: &Stand, query: &Value) -> Result<Value, (Option<i32>, String)> {
    let (code, stdout, stderr) = stand.run_with(&["terraform", "external"], &query.to_string());
    if code == Some(0) {
        let answer: Value = serde_json::from_str(&stdout).unwrap();
        assert!(answer.as_object().unwrap().values().all(Value::is_string), "{answer}");
        return Ok(answer);
    }
    assert_eq!(stdout, "", "nothing is on standard output where it fails: {stderr}");
    Err((code, stderr))
}

fn service() -> Value {
    json!({ "package": "unsigned-first.zip", "signing_profile": "release", "bucket": "builds",
        "trust_root": "root.pem", "out_dir": "kept", "region": "" })
}

fn local() -> Value {
    json!({ "package": "first", "signing_profile": "local:dev", "out_dir": "kept" })
}

fn jobs(stand: &Stand) -> usize {
    let jobs: Value = serde_json::from_str(&stand.call("GET", "/signing-jobs", "")).unwrap();
    jobs["jobs"].as_array().unwrap().len()
}

fn place(stand: &Stand, answer: &Value) -> std::path::PathBuf {
    stand.path(answer["path"].as_str().unwrap())
}

#[test]
fn a_package_is_signed_once_and_the_answer_stays() {
    let stand = Stand::new();
    let before = jobs(&stand);
    let first = ask(&stand, &service()).unwrap();
    assert!(first["path"].as_str().unwrap().starts_with("kept/unsigned-first."), "{first}");
    assert!(first["signing_profile_version_arn"].as_str().unwrap().contains("/signing-profiles/release/"));
    let rules = ["--trust-root", "root.pem", "--any-publisher"];
    let verified = stand.json(&[&["verify", first["path"].as_str().unwrap()], &rules[..]].concat());
    assert_eq!(verified["results"][0]["code_sha256"], first["source_code_hash"]);
    let signed = jobs(&stand);
    assert_eq!(ask(&stand, &service()).unwrap(), first);
    // The same content is taken from Signer's earlier job, even where the folder is gone.
    fs::remove_dir_all(stand.path("kept")).unwrap();
    assert_eq!(ask(&stand, &service()).unwrap(), first);
    assert_eq!(jobs(&stand), signed);
    assert!(signed <= before + 1);
    let mut other = service();
    other["signing_profile"] = "other".into();
    let other = ask(&stand, &other).unwrap();
    assert_ne!((&other["path"], &other["source_code_hash"]), (&first["path"], &first["source_code_hash"]));
}

#[test]
fn what_is_kept_is_taken_only_where_it_holds() {
    let stand = Stand::new();
    stand.succeeds(&["profile", "create", "local:dev", "-q"]);
    let first = ask(&stand, &local()).unwrap();
    assert_eq!(ask(&stand, &local()).unwrap(), first, "a local signature would be another each time");
    let path = place(&stand, &first);
    let whole = fs::read(&path).unwrap();
    let swapped = fs::read(stand.path("first.zip")).unwrap();
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 1;
    for damaged in [&whole[..whole.len() / 2], &[], &swapped, &changed] {
        fs::write(&path, damaged).unwrap();
        let answer = ask(&stand, &local()).unwrap();
        assert_eq!(answer["path"], first["path"]);
        verified(&stand, &path, &answer);
    }
    // What the same profile signed, of other content.
    fs::write(stand.path("second.txt"), "x").unwrap();
    let mut second = local();
    second["package"] = "second".into();
    let second = place(&stand, &ask(&stand, &second).unwrap());
    fs::copy(second, &path).unwrap();
    verified(&stand, &path, &ask(&stand, &local()).unwrap());
    // What is revoked, or ends too soon.
    let kept = ask(&stand, &local()).unwrap();
    let job = kept["signing_job_arn"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    stand.succeeds(&["profile", "revoke-job", "local:dev", &job, "--reason", "test", "-q"]);
    let anew = ask(&stand, &local()).unwrap();
    assert_ne!(anew["signing_job_arn"], kept["signing_job_arn"]);
    let mut long = local();
    long["renew_before"] = "135months".into();
    let (code, why) = ask(&stand, &long).unwrap_err();
    assert!(code == Some(3) && why.contains("ends within 135months"), "{why}");
}

/// That the file is the answer's, of the folder's content, signed by the profile.
fn verified(stand: &Stand, path: &Path, answer: &Value) {
    let root = stand.succeeds(&["profile", "show", "local:dev", "--trust-root"]);
    fs::write(stand.path("dev.pem"), root).unwrap();
    let name = path.to_str().unwrap();
    let report = stand.json(&["verify", name, "--trust-root", "dev.pem", "--require-manifest"]);
    assert_eq!(report["results"][0]["code_sha256"], answer["source_code_hash"]);
    let signed = stand.run(&["diff", "--signed-only", name, "unsigned-first.zip"]).1;
    assert!(!signed.contains("app.py"), "{signed}");
}

#[test]
fn several_at_once_answer_alike() {
    let stand = Stand::new();
    stand.succeeds(&["profile", "create", "local:dev", "-q"]);
    let answers: Vec<Value> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..6).map(|_| scope.spawn(|| ask(&stand, &local()).unwrap())).collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    verified(&stand, &place(&stand, &answers[0]), &answers[0]);
}

#[test]
fn what_is_wrong_is_said_on_standard_error_alone() {
    let stand = Stand::new();
    stand.succeeds(&["profile", "create", "local:dev", "-q"]);
    let with = |key: &str, value: &str| {
        let mut query = local();
        query[key] = value.into();
        ask(&stand, &query).unwrap_err()
    };
    for ((code, why), (exit, says)) in [
        (with("packages", "x"), (2, "`packages` is no key of it")),
        (with("package", "missing.zip"), (3, "there is no such file")),
        (with("package", "first.zip"), (1, "signed already")),
        (with("package", "root.pem"), (1, "could not sign root.pem")),
        (with("signing_profile", "local:none"), (3, "none")),
        (with("signing_profile", "release"), (2, "--bucket")),
        (with("renew_before", "soon"), (2, "renew-before")),
        (with("out_dir", "root.pem/x"), (3, "out_dir")),
    ] {
        assert!(code == Some(exit) && why.contains(says), "{code:?} {why}");
    }
    let (code, stdout, _) = stand.run_with(&["terraform", "external"], "");
    assert_eq!((code, stdout.as_str()), (Some(2), ""));
}
