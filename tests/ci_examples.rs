//! The files for continuous integration: they are YAML, and their scripts run nothing that has another hash than it
//! should. What only GitHub, GitLab and Docker can tell is not tried here.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use saphyr::{LoadableYamlNode as _, Yaml};
use sha2::{Digest as _, Sha256};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

fn yaml(text: &str) -> Yaml<'_> {
    let mut documents = Yaml::load_from_str(text).unwrap();
    assert_eq!(documents.len(), 1);
    documents.remove(0)
}

/// The end of the address of a release's archive.
fn archive(machine: &str) -> String {
    format!("releases/download/v0.1.0/lambda-codesign-0.1.0-{machine}-unknown-linux-musl.tar.gz\n")
}

/// A place with an archive to download, whose `lambda-codesign` writes down what it was called with.
struct Place {
    folder: PathBuf,
    sha256: String,
}

impl Place {
    fn new(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("ci").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("bin")).unwrap();
        fs::create_dir_all(folder.join("dist")).unwrap();
        program(&folder.join("lambda-codesign"), "printf '%s\\n' \"$@\" > \"$CALLED\"");
        let made =
            Command::new("tar").args(["czf", "archive", "lambda-codesign"]).current_dir(&folder).status();
        assert!(made.unwrap().success());
        // In place of the network: the last argument is the address, the one behind --output the file.
        let curl = "for word in \"$@\"; do [ \"$before\" = --output ] && file=$word; before=$word; done\n\
                    printf '%s\\n' \"$before\" > \"$FETCHED\"\ncp \"$ARCHIVE\" \"$file\"";
        program(&folder.join("bin/curl"), curl);
        let uname = "case $1 in -s) echo \"${SYSTEM:-Linux}\" ;; -m) echo \"${MACHINE:-x86_64}\" ;; esac";
        program(&folder.join("bin/uname"), uname);
        for name in ["a b.zip", "c.zip"] {
            fs::write(folder.join("dist").join(name), "").unwrap();
        }
        let digest = Sha256::digest(fs::read(folder.join("archive")).unwrap());
        let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { folder, sha256 }
    }

    fn run(&self, shell: &str, script: &str, variables: &[(&str, &str)]) -> Output {
        for file in ["called", "fetched", "output"] {
            let _ = fs::remove_file(self.folder.join(file));
        }
        let path = format!("{}:{}", self.folder.join("bin").display(), std::env::var("PATH").unwrap());
        Command::new(shell)
            .args(["-c", script])
            .current_dir(&self.folder)
            .env("PATH", path)
            .env("ARCHIVE", self.folder.join("archive"))
            .env("CALLED", self.folder.join("called"))
            .env("FETCHED", self.folder.join("fetched"))
            .env("GITHUB_OUTPUT", self.folder.join("output"))
            .env("RUNNER_TEMP", &self.folder)
            .env("TMPDIR", &self.folder)
            .envs(variables.iter().copied())
            .output()
            .unwrap()
    }

    /// What the binary was called with; nothing where it was not.
    fn called(&self) -> Option<Vec<String>> {
        let called = fs::read_to_string(self.folder.join("called")).ok()?;
        Some(called.lines().map(str::to_owned).collect())
    }

    fn fetched(&self) -> String {
        fs::read_to_string(self.folder.join("fetched")).unwrap_or_default()
    }

    /// What a script does on other machines, and where what it gets is not what it should be.
    fn says_why_it_runs_nothing(&self, shell: &str, script: &str, right: &[(&str, &str)], hash: &str) {
        let with = |name, value| [right, &[(name, value)]].concat();
        let output = self.run(shell, script, &with("MACHINE", "aarch64"));
        assert!(output.status.success() && self.fetched().ends_with(&archive("aarch64")));
        for (variables, why) in [
            (with("MACHINE", "riscv64"), "no archive is downloaded for this runner"),
            (with("SYSTEM", "Darwin"), "no archive is downloaded for this runner"),
            (with("ARCHIVE", "/no-such-file"), "x86_64-unknown-linux-musl could not be downloaded"),
            (with(hash, &"0".repeat(64)), "what was downloaded is not the archive that"),
        ] {
            let output = self.run(shell, script, &variables);
            let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert!(said.contains(why), "{why}: {said}");
            assert_eq!((output.status.code(), self.called()), (Some(3), None), "{why}");
        }
    }
}

fn program(path: &Path, script: &str) {
    fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn the_action_runs_only_what_has_its_hash() {
    let action = text("examples/github-action/action.yml");
    let action = yaml(&action);
    assert_eq!(action["runs"]["using"].as_str(), Some("composite"));
    let step = &action["runs"]["steps"][0];
    let script = step["run"].as_str().unwrap();
    // Text of a user that stands in a script is run by it.
    assert!(!script.contains("${{"), "{script}");
    let place = Place::new("action");
    let right = [
        ("VERSION", "0.1.0"),
        ("SHA256", place.sha256.as_str()),
        ("PACKAGES", "dist/*.zip\ndist/missing*.zip\n"),
        ("ARGUMENTS", "--for=function:a b\n--mode=warn; touch x\n"),
    ];
    let output = place.run("bash", script, &right);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let called = place.called().unwrap();
    let wanted = [
        "--for=function:a b",
        "--mode=warn; touch x",
        "--",
        "dist/a b.zip",
        "dist/c.zip",
        "dist/missing*.zip",
    ];
    assert_eq!(called[called.len() - wanted.len()..], wanted);
    assert_eq!(called[..3], ["verify", "--output", "github"]);
    assert!(place.fetched().ends_with(&format!("/{}", archive("x86_64"))));
    assert!(fs::read_to_string(place.folder.join("output")).unwrap().lines().all(|line| line.contains(".")));
    for (name, wrong) in [
        ("SHA256", "0".repeat(64)),
        ("SHA256", place.sha256.to_uppercase()),
        ("SHA256", String::new()),
        ("VERSION", "0.1.0/../../x".to_owned()),
        ("VERSION", "latest".to_owned()),
    ] {
        let variables =
            right.map(|(key, value)| if key == name { (key, wrong.as_str()) } else { (key, value) });
        let output = place.run("bash", script, &variables);
        assert!(!output.status.success() && place.called().is_none(), "{name}={wrong}");
    }
    place.says_why_it_runs_nothing("bash", script, &right, "SHA256");
}

#[test]
fn the_template_runs_only_what_has_its_hash() {
    let template = text("examples/gitlab-ci.yml");
    let template = yaml(&template);
    let job = &template[".lambda-codesign"];
    let script = job["script"][0].as_str().unwrap();
    assert_eq!(job["artifacts"]["reports"]["junit"].as_str(), Some("codesign.xml"));
    let place = Place::new("template");
    let right = [
        ("LAMBDA_CODESIGN_VERSION", "0.1.0"),
        ("LAMBDA_CODESIGN_SHA256", place.sha256.as_str()),
        ("PACKAGES", "dist/c*.zip dist/missing*.zip"),
        ("ARGUMENTS", "--for=function:a"),
    ];
    for shell in ["sh", "bash"] {
        let output = place.run(shell, script, &right);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let called = place.called().unwrap();
        let wanted = ["--for=function:a", "--", "dist/c.zip", "dist/missing*.zip"];
        assert_eq!(called[called.len() - wanted.len()..], wanted);
        for (name, wrong) in [
            ("LAMBDA_CODESIGN_SHA256", "0".repeat(64)),
            ("LAMBDA_CODESIGN_SHA256", String::new()),
            ("LAMBDA_CODESIGN_VERSION", "0.1.0 -o x".to_owned()),
        ] {
            let variables =
                right.map(|(key, value)| if key == name { (key, wrong.as_str()) } else { (key, value) });
            let output = place.run(shell, script, &variables);
            assert!(!output.status.success() && place.called().is_none(), "{name}={wrong}");
        }
        place.says_why_it_runs_nothing(shell, script, &right, "LAMBDA_CODESIGN_SHA256");
    }
}

#[test]
fn the_hooks_call_commands_that_there_are() {
    let hooks = text(".pre-commit-hooks.yaml");
    let hooks = yaml(&hooks);
    let entries: Vec<&str> =
        hooks.as_sequence().unwrap().iter().map(|hook| hook["entry"].as_str().unwrap()).collect();
    assert_eq!(
        entries,
        ["lambda-codesign policy check", "lambda-codesign policy test", "lambda-codesign verify"]
    );
    for hook in hooks.as_sequence().unwrap() {
        assert_eq!(hook["language"].as_str(), Some("system"));
        assert!(hook["id"].as_str().unwrap().starts_with("lambda-codesign-"));
        // No file's name may be taken for an option.
        let names_are_passed = hook.as_mapping_get("pass_filenames").and_then(Yaml::as_bool) != Some(false);
        let last = hook.as_mapping_get("args").and_then(|args| args.as_vec()?.last()?.as_str());
        let ends_options = last == Some("--");
        assert_eq!(names_are_passed, ends_options);
    }
}

#[test]
fn the_image_is_built_of_nothing_but_the_binary() {
    let file = text("examples/Dockerfile");
    let last: Vec<&str> = file.split("FROM ").last().unwrap().lines().collect();
    assert_eq!(last.first(), Some(&"scratch"));
    assert_eq!(last.iter().filter(|line| line.starts_with("COPY ")).count(), 1);
    assert!(
        last.iter().any(|line| line.starts_with("USER ") && !line.contains("root") && !line.contains(" 0"))
    );
}
