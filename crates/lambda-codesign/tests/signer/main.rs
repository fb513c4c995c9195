//! `sign` and `profile` with AWS Signer, as processes, against the sandbox in this one.

#![expect(clippy::unwrap_used, reason = "what a helper of a test meets ends the test")]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use lambda_codesign_sandbox::{Faults, Options, Sandbox};
use serde_json::Value;
use tokio::runtime::Runtime;

struct Stand {
    runtime: Runtime,
    sandbox: Sandbox,
    folder: tempfile::TempDir,
}

impl Stand {
    fn new(job: Duration) -> Self {
        let runtime = Runtime::new().unwrap();
        let sandbox = runtime.block_on(Sandbox::start(Options { job, ..Options::default() })).unwrap();
        let stand = Self { runtime, sandbox, folder: tempfile::tempdir().unwrap() };
        fs::write(stand.path("root.pem"), stand.sandbox.trust_root_pem()).unwrap();
        for (name, body) in [("a", "print('a')"), ("b", "print('b')")] {
            fs::create_dir(stand.path(name)).unwrap();
            fs::write(stand.path(name).join("app.py"), body).unwrap();
        }
        stand.curl(&["-X", "PUT"], "/builds", "");
        let versioned = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        stand.curl(&["-X", "PUT", "-d", versioned], "/builds?versioning", "");
        stand.succeeds(&["profile", "create", "release"]);
        stand
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// One request by hand, for what the command line does not do.
    fn curl(&self, arguments: &[&str], path: &str, expected: &str) {
        let url = format!("{}{path}", self.sandbox.endpoint_url());
        let output = Command::new("curl").args(["-sS", "-f"]).args(arguments).arg(url).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).contains(expected));
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lambda-codesign"));
        command.arg("--no-config").args(arguments).current_dir(self.folder.path());
        command.env_clear().env("HOME", self.folder.path()).env("PATH", std::env::var_os("PATH").unwrap());
        command.envs(self.sandbox.environment()).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let Output { status, stdout, stderr } = self.command(arguments).output().unwrap();
        (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    }

    fn succeeds(&self, arguments: &[&str]) -> String {
        let (code, stdout, stderr) = self.run(arguments);
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{arguments:?}");
        stdout
    }

    /// The sentence of a command that must fail, in one line.
    fn fails(&self, arguments: &[&str], exit: i32) -> String {
        let (code, _, stderr) = self.run(arguments);
        assert_eq!(code, Some(exit), "{arguments:?}: {stderr}");
        stderr.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn jobs(&self) -> usize {
        let url = format!("{}/signing-jobs", self.sandbox.endpoint_url());
        let output = Command::new("curl").args(["-sS", "-f", &url]).output().unwrap();
        let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
        listed.pointer("/jobs").and_then(Value::as_array).unwrap().len()
    }
}

const SIGN: [&str; 6] = ["--signing-profile", "release", "--bucket", "builds", "--trust-root", "root.pem"];

fn sign<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [&["sign"], arguments, &SIGN].concat()
}

#[test]
fn many_are_signed_once_and_verify() {
    let stand = Stand::new(Duration::ZERO);
    let arguments = sign(&["a", "b", "--out-dir", "out/new", "--lock", "lock.json", "--output", "json"]);
    let first: Value = serde_json::from_str(&stand.succeeds(&arguments)).unwrap();
    let rows = first["results"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    for row in rows {
        assert_eq!((&row["result"], &row["manifest"]), (&"signed".into(), &true.into()));
        assert_eq!(row["signed_object"]["bucket"], "builds");
    }
    let allow = "arn:aws:signer:*:123456789012:/signing-profiles/release/*";
    let verify = ["verify", "out/new/a.zip", "out/new/b.zip", "--trust-root", "root.pem", "--allow", allow];
    stand.succeeds(&[&verify[..], &["--require-manifest", "--lock", "lock.json"]].concat());
    let second: Value = serde_json::from_str(&stand.succeeds(&arguments)).unwrap();
    assert_eq!(second["results"], first["results"]);
    assert_eq!(stand.jobs(), 2);
    let passed_on = stand.succeeds(&sign(&["out/new/a.zip", "-o", "a2.zip", "--skip-signed"]));
    assert_eq!(passed_on, "signed already, passed on  out/new/a.zip -> a2.zip\n");
    assert!(stand.fails(&sign(&["out/new/a.zip", "-o", "a3.zip"]), 1).contains("is signed already"));
    assert!(!stand.path("a3.zip").exists());
}

#[test]
fn one_that_fails_stops_no_other() {
    let stand = Stand::new(Duration::ZERO);
    fs::write(stand.path("broken.zip"), "no zip").unwrap();
    let said = stand.fails(&sign(&["a", "broken.zip", "b", "--out-dir", "out"]), 1);
    assert!(said.starts_with("error: could not sign broken.zip why:"), "{said}");
    assert!(stand.path("out/a.zip").exists() && stand.path("out/b.zip").exists());
    assert!(!stand.path("out/broken.zip").exists());
}

#[test]
fn a_signed_package_is_stored_under_a_name_with_metadata_and_tags() {
    let stand = Stand::new(Duration::ZERO);
    let stored = ["--store-as", "releases/{name}", "--metadata", "commit=0a1b", "--tag", "team=payments"];
    let said = stand.succeeds(&sign(&[&["a", "-o", "app.zip", "--clean-up"], &stored[..]].concat()));
    assert!(said.contains("s3://builds/releases/app.zip version "), "{said}");
    stand.curl(&["-I"], "/builds/releases/app.zip", "x-amz-meta-commit: 0a1b");
    stand.curl(&[], "/builds/releases/app.zip?tagging", "<Value>payments</Value>");
    stand.curl(&[], "/builds?list-type=2", "<KeyCount>1</KeyCount>");
}

#[test]
fn what_keeps_it_from_signing_is_said() {
    let stand = Stand::new(Duration::ZERO);
    let local = ["sign", "a", "-o", "x.zip", "--signing-profile"];
    for (arguments, exit, expected) in [
        (vec!["release"], 2, "none is named do: name one that keeps versions with --bucket"),
        (vec!["absent", "--bucket", "builds"], 3, "ResourceNotFoundException"),
        (vec!["release", "--bucket", "nowhere", "--trust-root", "root.pem"], 3, "NoSuchBucket"),
        (vec!["release", "--bucket", "builds"], 1, "name it with --trust-root"),
        (vec!["release", "--bucket", "builds", "--expires-in", "1days"], 2, "--expires-in"),
        (vec!["release", "--bucket", "builds", "--endpoint-url", "http://127.0.0.1:9"], 3, "got no answer"),
    ] {
        let said = stand.fails(&[&local[..], &arguments].concat(), exit);
        assert!(said.contains(expected) && said.contains(" do: "), "{arguments:?}: {said}");
    }
    let mut nobody = stand.command(&sign(&["a", "-o", "x.zip"]));
    nobody.env_remove("AWS_ACCESS_KEY_ID").env("AWS_EC2_METADATA_DISABLED", "true");
    let nobody = nobody.output().unwrap();
    let said = String::from_utf8_lossy(&nobody.stderr);
    assert!(nobody.status.code() == Some(3) && said.contains("no credentials were found"), "{said}");
    let mut nowhere = stand.command(&sign(&["a", "-o", "x.zip"]));
    let nowhere = nowhere.env_remove("AWS_REGION").env_remove("AWS_DEFAULT_REGION").output().unwrap();
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("no region is set"));
    assert!(!stand.path("x.zip").exists());
}

/// Waits until so many requests were met since the faults were set.
fn reach(stand: &Stand, requests: u64) {
    while stand.sandbox.requests_met() < requests {
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn interrupt(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn a_run_that_is_interrupted_or_killed_is_finished_by_the_next() {
    let stand = Stand::new(Duration::from_millis(700));
    for (round, signal) in ["-INT", "-KILL"].into_iter().enumerate() {
        stand.sandbox.set_faults(Faults::default());
        let folder = ["a", "b"][round];
        let output = format!("{folder}.zip");
        let child = stand.command(&sign(&[folder, "-o", &output])).stderr(Stdio::piped()).spawn().unwrap();
        // The profile, the looks at the bucket, the upload, the start and a look at the job.
        reach(&stand, 6);
        interrupt(&child, signal);
        let ended = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        match signal {
            "-INT" => assert!(ended.status.code() == Some(3) && said.contains("was started"), "{said}"),
            _ => assert_eq!(ended.status.code(), None),
        }
        assert!(!stand.path(&output).exists());
        stand.succeeds(&sign(&[folder, "-o", &output]));
        assert_eq!(stand.jobs(), round + 1, "the job that was started is the one that is waited for");
    }
    drop(stand.runtime);
}

#[test]
fn profiles_are_made_shown_listed_and_cancelled() {
    let stand = Stand::new(Duration::ZERO);
    let made = stand.succeeds(&["profile", "create", "second", "--validity", "90days"]);
    assert!(made.starts_with("second  active\n") && made.contains("validity      90days\n"), "{made}");
    assert_eq!(stand.succeeds(&["profile", "show", "second"]), made);
    let listed = stand.succeeds(&["profile", "list", "--signer"]);
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(stand.fails(&["profile", "create", "second"], 3).contains("already exists"));
    assert!(stand.succeeds(&["profile", "cancel", "second"]).starts_with("second  canceled\n"));
    let signing = ["sign", "a", "-o", "x.zip", "--signing-profile", "second", "--bucket", "builds"];
    assert!(stand.fails(&signing, 3).contains("the profile was canceled"));
    let root = stand.fails(&["profile", "show", "second", "--trust-root"], 2);
    assert!(root.contains("has no root of its own"), "{root}");
    assert!(!Path::new(&stand.path("x.zip")).exists());
}
