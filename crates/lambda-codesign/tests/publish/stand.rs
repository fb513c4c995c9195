//! A sandbox, a folder with packages that it signed, and the command line in it.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_codesign_sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

pub(crate) const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";
const ROLE: &str = "arn:aws:iam::123456789012:role/any";
const JSON: [&str; 2] = ["--output", "json"];

pub(crate) struct Stand {
    runtime: Runtime,
    pub(crate) sandbox: Sandbox,
    folder: tempfile::TempDir,
}

impl Stand {
    /// One with `first.zip` and `second.zip`, signed by the profile `release`, and `other.zip`, signed by another.
    pub(crate) fn new() -> Self {
        Self::with(Duration::ZERO)
    }

    pub(crate) fn with(transition: Duration) -> Self {
        let runtime = Runtime::new().unwrap();
        let options = Options { transition, ..Options::default() };
        let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
        let stand = Self { runtime, sandbox, folder: tempfile::tempdir().unwrap() };
        fs::write(stand.path("root.pem"), stand.sandbox.trust_root_pem()).unwrap();
        stand.call("PUT", "/builds", "");
        let versioned = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        stand.call("PUT", "/builds?versioning", versioned);
        for (profile, name) in [("release", "first"), ("release", "second"), ("other", "other")] {
            fs::create_dir(stand.path(name)).unwrap();
            fs::write(stand.path(name).join("app.py"), format!("print('{name}')")).unwrap();
            stand.succeeds(&["pack", name, "-o", &format!("unsigned-{name}.zip"), "-q"]);
            if !stand.has(&["profile", "show", profile]) {
                stand.succeeds(&["profile", "create", profile, "-q"]);
            }
            let (input, output) = (format!("unsigned-{name}.zip"), format!("{name}.zip"));
            let by = ["--signing-profile", profile, "--bucket", "builds", "--trust-root", "root.pem", "-q"];
            stand.succeeds(&[&["sign", &input, "-o", &output], &by[..]].concat());
        }
        stand
    }

    /// One with a function of `first.zip` under a config in Enforce that takes the profile `release`.
    pub(crate) fn with_function() -> Self {
        let stand = Self::new();
        stand.create("f", "first.zip");
        let config = stand.config("enforce");
        stand.succeeds(&["config", "attach", "f", &config, "-q"]);
        stand
    }

    /// Makes `local:auditor`, which signs snapshots, and writes its root to `auditor.pem`.
    pub(crate) fn make_auditor(&self) {
        self.succeeds(&["profile", "create", "local:auditor", "-q"]);
        let root = self.succeeds(&["profile", "show", "local:auditor", "--trust-root"]);
        fs::write(self.path("auditor.pem"), root).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes a config for the profile `release` and answers its ARN.
    pub(crate) fn config(&self, mode: &str) -> String {
        let arguments = ["config", "create", "--publisher", "release", "--mode", mode];
        let made = self.json(&arguments);
        made["configs"][0]["arn"].as_str().unwrap().to_owned()
    }

    /// Makes a function by hand, which the command line does not.
    pub(crate) fn create(&self, name: &str, package: &str) {
        let zip = STANDARD.encode(fs::read(self.path(package)).unwrap());
        let body = json!({
            "FunctionName": name, "Role": ROLE, "Runtime": "python3.12", "Handler": "app.handler",
            "Code": { "ZipFile": zip },
        });
        self.call("POST", "/2015-03-31/functions", &body.to_string());
    }

    pub(crate) fn create_image(&self, name: &str) {
        let uri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/i:1";
        let body = json!({
            "FunctionName": name, "Role": ROLE, "PackageType": "Image", "Code": { "ImageUri": uri },
        });
        self.call("POST", "/2015-03-31/functions", &body.to_string());
    }

    /// One request by hand.
    pub(crate) fn call(&self, method: &str, path: &str, body: &str) -> String {
        let file = self.path("body");
        fs::write(&file, body).unwrap();
        let mut curl = Command::new("curl");
        curl.args(["-sS", "-f", "-X", method, "--data-binary"]).arg(format!("@{}", file.display()));
        let output = curl.arg(format!("{}{path}", self.sandbox.endpoint_url())).output().unwrap();
        assert!(output.status.success(), "{path}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The status that a request by hand is answered with, whose body is in a file.
    pub(crate) fn status(&self, method: &str, path: &str, body: &str) -> u16 {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "-o", "/dev/null", "-w", "%{http_code}", "-X", method, "--data-binary"]);
        let curl = curl.arg(format!("@{}", self.path(body).display()));
        let output = curl.arg(format!("{}{path}", self.sandbox.endpoint_url())).output().unwrap();
        String::from_utf8(output.stdout).unwrap().parse().unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lambda-codesign"));
        command.args(arguments).current_dir(self.folder.path());
        command.env_clear().env("HOME", self.folder.path()).env("PATH", std::env::var_os("PATH").unwrap());
        command.envs(self.sandbox.environment()).stdin(Stdio::null());
        command
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// The exit code, standard output, and standard error in one line.
    pub(crate) fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        said(self.command(arguments).output().unwrap())
    }

    /// As [`Stand::run`], with this on standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        said(child.wait_with_output().unwrap())
    }

    #[track_caller]
    pub(crate) fn succeeds(&self, arguments: &[&str]) -> String {
        let (code, stdout, stderr) = self.run(arguments);
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{arguments:?}: {stdout}");
        stdout
    }

    fn has(&self, arguments: &[&str]) -> bool {
        self.run(arguments).0 == Some(0)
    }

    /// What a command that succeeds answers to a machine.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.succeeds(&[arguments, &JSON].concat())).unwrap()
    }

    /// What a command that ends with this code answers to a machine.
    #[track_caller]
    pub(crate) fn json_of(&self, arguments: &[&str], exit: i32) -> Value {
        let (code, stdout, stderr) = self.run(&[arguments, &JSON].concat());
        assert_eq!(code, Some(exit), "{arguments:?}: {stdout}{stderr}");
        serde_json::from_str(&stdout).unwrap()
    }

    /// The sentence of a command that must fail.
    #[track_caller]
    pub(crate) fn fails(&self, arguments: &[&str], exit: i32) -> String {
        let (code, stdout, stderr) = self.run(arguments);
        assert_eq!(code, Some(exit), "{arguments:?}: {stdout}{stderr}");
        stderr
    }

    /// Waits until the sandbox has met so many requests since the count began.
    pub(crate) fn reached(&self, requests: u64) {
        self.runtime.block_on(async {
            while self.sandbox.requests_met() < requests {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
    }
}

pub(crate) fn said(output: Output) -> (Option<i32>, String, String) {
    let stderr = String::from_utf8(output.stderr).unwrap();
    let stderr = stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    (output.status.code(), String::from_utf8(output.stdout).unwrap(), stderr)
}
