//! Runs the command line in a folder, with nothing of the caller's environment.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

pub(crate) fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata")
}

/// Runs in `folder`, with nothing of the caller's environment.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lambda-codesign"));
    command.current_dir(folder).env_clear().env("HOME", "/nonexistent").stdin(Stdio::null()).args(arguments);
    command
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub(crate) fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stdout)))
}

/// Standard output, standard error and the exit code in one text.
pub(crate) fn seen(output: &Output) -> String {
    let code = output.status.code().expect("it was not killed");
    format!("{}{}exit {code}\n", text(&output.stdout), text(&output.stderr))
}

/// A folder with a small tree in `build/` and a place for profiles.
pub(crate) fn workplace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let build = folder.path().join("build");
    fs::create_dir_all(build.join("lib")).unwrap();
    fs::write(build.join("app.py"), "def handler(event, context):\n    return 'hello'\n").unwrap();
    fs::write(build.join("lib/data.txt"), "data\n".repeat(200)).unwrap();
    fs::write(build.join("bootstrap"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(build.join("bootstrap"), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// Runs a command that must succeed.
#[track_caller]
pub(crate) fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = with_profiles(folder, arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", seen(&output));
    text(&output.stdout)
}

/// Runs a command that must end with this code and say this.
#[track_caller]
pub(crate) fn fails(folder: &Path, arguments: &[&str], code: i32, says: &str) {
    let output = with_profiles(folder, arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", seen(&output));
    assert!(seen(&output).contains(says), "{arguments:?}: {}", seen(&output));
    assert!(!seen(&output).contains("panicked"), "{arguments:?}: {}", seen(&output));
}

pub(crate) fn with_profiles(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = command(folder, arguments);
    command.env("LAMBDA_CODESIGN_PROFILE_DIR", folder.join("profiles"));
    command
}
