//! `enforce` as a process, against the sandbox in this one.

#![expect(clippy::unwrap_used, reason = "what a helper of a test meets ends the test")]

use std::fs;
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use lambda_codesign_sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

struct Stand {
    /// What the sandbox runs on.
    _runtime: Runtime,
    sandbox: Sandbox,
    folder: tempfile::TempDir,
}

/// The file's config, in this mode, for functions that begin with `pay-`.
fn file(mode: &str) -> String {
    format!(
        "version = 1\n[publishers]\nrelease = [\"arn:aws:signer:*:123456789012:/signing-profiles/release*/*\"]\n\
         [[config]]\nname = \"pay\"\nmode = {mode:?}\npublishers = [\"release\"]\n\
         [[attachment]]\nfunctions = [\"pay-*\"]\nconfig = \"pay\"\n"
    )
}

impl Stand {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let sandbox = runtime.block_on(Sandbox::start(Options::default())).unwrap();
        let stand = Self { _runtime: runtime, sandbox, folder: tempfile::tempdir().unwrap() };
        stand.write("root.pem", stand.sandbox.trust_root_pem());
        fs::create_dir(stand.folder.path().join("app")).unwrap();
        stand.write("app/app.py", "print('a')");
        stand.curl(&["-X", "PUT"], "/builds");
        let versioned = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        stand.curl(&["-X", "PUT", "-d", versioned], "/builds?versioning");
        stand.succeeds(&["profile", "create", "release"]);
        stand.succeeds(&["pack", "app", "-o", "unsigned.zip"]);
        let sign = ["sign", "app", "-o", "signed.zip", "--signing-profile", "release", "--bucket", "builds"];
        stand.succeeds(&[&sign[..], &["--trust-root", "root.pem"]].concat());
        stand.function("pay-signed", "signed.zip");
        stand.function("pay-unsigned", "unsigned.zip");
        stand.function("other", "unsigned.zip");
        stand.write("lambda-codesign.toml", &file("enforce"));
        stand
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// One request by hand, for what the command line does not do.
    fn curl(&self, arguments: &[&str], path: &str) -> String {
        let url = format!("{}{path}", self.sandbox.endpoint_url());
        let output = Command::new("curl").args(["-sS", "-f"]).args(arguments).arg(url).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn function(&self, name: &str, package: &str) {
        let zip = fs::read(self.folder.path().join(package)).unwrap();
        let zip = base64::engine::general_purpose::STANDARD.encode(zip);
        let body = json!({
            "FunctionName": name, "Role": "arn:aws:iam::123456789012:role/any", "Runtime": "python3.12",
            "Handler": "app.handler", "Code": {"ZipFile": zip},
        });
        self.curl(&["-X", "POST", "-d", &body.to_string()], "/2015-03-31/functions");
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lambda-codesign"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env_clear().env("HOME", self.folder.path()).env("PATH", std::env::var_os("PATH").unwrap());
        let Output { status, stdout, stderr } = command.envs(self.sandbox.environment()).output().unwrap();
        (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    }

    /// What a command says that ends so, without a fault.
    fn says(&self, arguments: &[&str], exit: i32) -> String {
        let (code, stdout, stderr) = self.run(arguments);
        assert_eq!((code, stderr.as_str()), (Some(exit), ""), "{arguments:?}: {stdout}");
        stdout
    }

    fn succeeds(&self, arguments: &[&str]) -> String {
        self.says(arguments, 0)
    }

    fn json(&self, arguments: &[&str], exit: i32) -> Value {
        serde_json::from_str(&self.says(&[arguments, &["--output", "json"]].concat(), exit)).unwrap()
    }

    /// The fault of a command that must fail, in one line.
    fn fails(&self, arguments: &[&str], exit: i32) -> String {
        let (code, _, stderr) = self.run(arguments);
        assert_eq!(code, Some(exit), "{arguments:?}: {stderr}");
        stderr.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn functions_of(&self, config: &str) -> usize {
        let path = format!("/2020-04-22/code-signing-configs/{}/functions", config.replace(':', "%3A"));
        let listed: Value = serde_json::from_str(&self.curl(&[], &path)).unwrap();
        listed.pointer("/FunctionArns").and_then(Value::as_array).unwrap().len()
    }

    fn configs(&self) -> Vec<Value> {
        let listed: Value =
            serde_json::from_str(&self.curl(&[], "/2020-04-22/code-signing-configs")).unwrap();
        listed.pointer("/CodeSigningConfigs").and_then(Value::as_array).unwrap().clone()
    }
}

#[test]
fn an_account_is_planned_applied_and_as_planned() {
    let stand = Stand::new();
    let planned = stand.says(&["enforce", "plan"], 1);
    let expected = [
        "  + config pay\n      mode enforce\n      publisher arn:aws:signer:us-east-1:123456789012:/signing-profiles/release/",
        "  + function pay-signed  config pay\n  + function pay-unsigned  config pay\n",
        "/signing-profiles/release*/* stands for arn:aws:signer:us-east-1:123456789012:/signing-profiles/release/",
        "Not managed: 0 configs, 1 functions, and 0 images, to which code signing does not apply.\n",
        "Plan: 3 to add, 0 to change, 0 to remove: lambda-codesign.toml in account 123456789012, region us-east-1.\n",
    ];
    for part in expected {
        assert!(planned.contains(part), "{part}\n{planned}");
    }
    let report = stand.json(&["enforce", "plan"], 1);
    assert_eq!(report["schema"], "lambda-codesign/enforce-plan/v1");
    assert_eq!(report["summary"], json!({"add": 3, "change": 0, "remove": 0, "weaker": 0}));
    assert_eq!((&report["applied"], &report["steps"][0]["action"]), (&false.into(), &"create-config".into()));
    assert_eq!(report["policy_file"]["path"], "lambda-codesign.toml");
    assert!(stand.configs().is_empty(), "a plan changes nothing");

    let applied = stand.succeeds(&["enforce", "apply", "--yes"]);
    assert!(applied.starts_with(&planned) && applied.ends_with("Applied: 3 steps.\n"), "{applied}");
    let configs = stand.configs();
    assert_eq!(configs.len(), 1);
    assert_eq!(stand.functions_of(configs[0]["CodeSigningConfigArn"].as_str().unwrap()), 2);
    let empty = stand.succeeds(&["enforce", "plan"]);
    assert!(
        empty.ends_with("No difference: lambda-codesign.toml in account 123456789012, region us-east-1.\n")
    );
    let again = stand.json(&["enforce", "apply", "--yes"], 0);
    assert_eq!((&again["applied"], &again["steps"]), (&true.into(), &json!([])));
}

#[test]
fn what_weakens_is_said_and_has_to_be_allowed() {
    let stand = Stand::new();
    stand.succeeds(&["enforce", "apply", "--yes", "--quiet"]);
    stand.write("warn.toml", &file("warn"));
    let planned = stand.says(&["enforce", "plan", "-f", "warn.toml"], 1);
    assert!(
        planned.contains("  ~ config pay (csc-") && planned.contains("      mode enforce -> warn\n"),
        "{planned}"
    );
    assert!(planned.ends_with("Weaker than before: 2 functions.\n"), "{planned}");
    let refused = stand.fails(&["enforce", "apply", "--yes", "-f", "warn.toml"], 1);
    assert!(refused.contains("these functions would get weaker: pay-signed, pay-unsigned"), "{refused}");
    assert!(stand.says(&["enforce", "plan", "--quiet"], 0).is_empty(), "nothing was changed");
    stand.succeeds(&["enforce", "apply", "--yes", "--allow-weaker", "-f", "warn.toml"]);
    assert!(stand.says(&["enforce", "plan", "-f", "warn.toml", "--quiet"], 0).is_empty());
}

#[test]
fn what_enforce_would_refuse_is_known_before() {
    let stand = Stand::new();
    let said = stand.says(&["enforce", "simulate"], 1);
    let expected = "refused  pay-unsigned  under config pay\n  package  refused: it has no valid signature\n\
                    Enforce by lambda-codesign.toml in account 123456789012, region us-east-1: 1 functions would be \
                    refused, 0 are unknown, 1 would be taken.\n";
    assert_eq!(said, expected);
    let deep = ["enforce", "simulate", "--deep", "--trust-root", "root.pem"];
    for arguments in [&deep[..2], &deep] {
        let report = stand.json(arguments, 1);
        assert_eq!(report["schema"], "lambda-codesign/enforce-simulate/v1");
        assert_eq!(report["summary"], json!({"refused": 1, "unknown": 0, "taken": 1}));
        assert_eq!(report["functions"][1]["pieces"][0]["code"], "unsigned");
    }
    // AWS's root signed nothing here.
    assert_eq!(stand.json(&deep[..3], 1)["summary"]["refused"], 2);
    stand.write("lambda-codesign.toml", &file("enforce").replace("pay-*", "pay-signed"));
    stand.succeeds(&deep);
}

#[test]
fn what_keeps_it_from_being_done_is_said() {
    let stand = Stand::new();
    stand.write("nobody.toml", &file("warn").replace("release*/", "absent/"));
    stand.write("foreign.toml", &file("warn").replace("123456789012", "999999999999"));
    stand.write("wrong.toml", "version = 1\nunknown = 1\n");
    for (arguments, exit, expected) in [
        (vec!["apply"], 2, "standard input is no terminal"),
        (vec!["apply", "--output", "json"], 2, "give --yes"),
        (vec!["plan", "-f", "nobody.toml"], 3, "stands for no signing profile of this account and region"),
        (vec!["plan", "-f", "foreign.toml"], 3, "they are another account's do: list the ARNs"),
        (vec!["plan", "-f", "wrong.toml"], 3, "wrong.toml"),
        (vec!["plan", "--no-config"], 2, "there is no policy file"),
        (vec!["plan", "--rate", "0"], 2, "--rate"),
        (vec!["plan", "--endpoint-url", "http://127.0.0.1:9"], 3, "could not read the account"),
    ] {
        let said = stand.fails(&[&["enforce"], &arguments[..]].concat(), exit);
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
    assert!(stand.configs().is_empty());
}
