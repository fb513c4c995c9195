//! The workflows under .github/ run what is there, and name exactly what they run of others.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use saphyr::{LoadableYamlNode as _, Yaml};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Each workflow's name and text.
fn workflows() -> Vec<(String, String)> {
    let folder = fs::read_dir(root().join(".github/workflows")).unwrap();
    let mut workflows: Vec<_> = folder
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap())
        })
        .collect();
    workflows.sort();
    workflows
}

/// The commands of every step.
fn commands(text: &str) -> Vec<String> {
    let documents = Yaml::load_from_str(text).unwrap();
    let jobs = documents[0]["jobs"].as_mapping().unwrap();
    let steps =
        jobs.values().filter_map(|job| job.as_mapping_get("steps")).flat_map(|steps| steps.as_vec().unwrap());
    steps.filter_map(|step| step.as_mapping_get("run")).map(|run| run.as_str().unwrap().to_owned()).collect()
}

fn is_a_commit(version: &str) -> bool {
    version.len() == 40 && version.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// An action is this repository's, or pinned by a commit whose version stands beside it, or says why it is not.
fn is_named_exactly(uses: &str) -> bool {
    let (action, remark) = uses.split_once(" # ").unwrap_or((uses, ""));
    if let Some(own) = action.strip_prefix("./") {
        return root().join(own).exists();
    }
    action.split_once('@').is_some_and(|(_, version)| {
        if is_a_commit(version) { remark.starts_with('v') } else { remark.starts_with("by tag: ") }
    })
}

#[test]
fn every_action_is_named_exactly() {
    let mut seen = 0;
    for (name, text) in workflows() {
        for line in text.lines() {
            let Some(uses) = line.trim_start().trim_start_matches("- ").strip_prefix("uses: ") else {
                continue;
            };
            assert!(is_named_exactly(uses), "{name}: {uses}");
            seen += 1;
        }
    }
    assert!(seen > 5, "only {seen} actions were found");
    let commit = "0123456789abcdef0123456789abcdef01234567";
    for loose in
        ["a/b@v1", "a/b", "./no-such.yml", &format!("a/b@{commit}"), &format!("a/b@{} # v1", &commit[1..])]
    {
        assert!(!is_named_exactly(loose), "{loose}");
    }
    assert!(is_named_exactly(&format!("a/b@{commit} # v1.2.3")));
}

#[test]
fn every_script_that_they_run_is_there() {
    let mut seen = Vec::new();
    for (name, text) in workflows() {
        for command in commands(&text) {
            // Text that is put into a script is run by it.
            assert!(!command.contains("${{"), "{name}: {command}");
            for script in command.split_whitespace().filter(|word| word.starts_with(".ci/")) {
                let mode = fs::metadata(root().join(script)).map(|metadata| metadata.permissions().mode());
                assert!(mode.is_ok_and(|mode| mode & 0o100 != 0), "{name}: {script}");
                seen.push(script.to_owned());
            }
        }
    }
    for script in [".ci/run", ".ci/package", ".ci/semver", ".ci/sbom", ".ci/release-is-reproducible"] {
        assert!(seen.iter().any(|other| other == script), "no workflow runs {script}");
    }
}

#[test]
fn a_release_waits_for_the_checks_of_every_change() {
    let (_, text) = workflows().into_iter().find(|(name, _)| name == "release.yml").unwrap();
    let documents = Yaml::load_from_str(&text).unwrap();
    let jobs = &documents[0]["jobs"];
    assert_eq!(jobs["checks"]["uses"].as_str(), Some("./.github/workflows/ci.yml"));
    let needs = |job: &str| -> Vec<String> {
        jobs[job]["needs"].as_vec().unwrap().iter().map(|need| need.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(needs("archives"), ["checks", "advisories"]);
    assert_eq!(needs("publish"), ["archives", "windows", "sbom"]);
}

/// A library that is published and whose interface nothing compares could break its users by a patch.
#[test]
fn the_interface_of_every_library_is_held() {
    let script = fs::read_to_string(root().join(".ci/semver")).unwrap();
    let words = script.split_whitespace().map(|word| word.trim_end_matches(';'));
    let mut held: Vec<_> =
        words.filter(|word| word.starts_with("lambda-codesign-")).map(str::to_owned).collect();
    held.sort();
    let crates = fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap());
    let mut libraries: Vec<_> = crates
        .filter(|entry| entry.path().join("src/lib.rs").exists())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    libraries.sort();
    assert_eq!(held, libraries);
    assert!(libraries.len() > 1, "{libraries:?}");
}

/// The archives' names are what the action and the template download.
#[test]
fn the_targets_that_the_examples_download_are_built() {
    let (_, text) = workflows().into_iter().find(|(name, _)| name == "release.yml").unwrap();
    for example in ["examples/github-action/action.yml", "examples/gitlab-ci.yml"] {
        let example = fs::read_to_string(root().join(example)).unwrap();
        assert!(example.contains("VERSION-$target.tar.gz") && example.contains("-unknown-linux-musl\""));
        for machine in ["x86_64", "aarch64"] {
            assert!(example.contains(&format!("\"Linux {machine}\"")), "{machine}");
            assert!(text.contains(&format!("target: {machine}-unknown-linux-musl,")), "{machine}");
        }
    }
    let script = fs::read_to_string(root().join(".ci/release-archive")).unwrap();
    assert!(script.contains("name=\"lambda-codesign-$version-$target\"") && script.contains("$name.tar.gz"));
}
