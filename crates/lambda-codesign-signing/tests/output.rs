//! What is written appears whole or not at all.

#![expect(clippy::unwrap_used, reason = "what a helper of a test meets ends the test")]

use std::fs;
use std::path::Path;
use std::process::{Child, Command};

use lambda_codesign_core::digest::CodeSha256;
use lambda_codesign_core::policy::Lock;
use lambda_codesign_signing::lock::{LockError, LockedPackage, update};
use lambda_codesign_signing::output;

fn package(path: &str, content: &str) -> LockedPackage {
    LockedPackage {
        path: Some(path.to_owned()),
        code_sha256: Some(CodeSha256::of(content.as_bytes())),
        framed_sha384: Some("a5".repeat(48).parse().unwrap()),
        origin: None,
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_that_cannot_be_written_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("out.zip");
    output::write(&target, b"old").unwrap();
    output::write(&target, b"new").unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"new");
    fs::create_dir(folder.path().join("folder")).unwrap();
    let error = output::write(&folder.path().join("folder"), b"x").unwrap_err();
    assert!(error.to_string().contains("/folder can't be written: "), "{error}");
    let error = output::write(&folder.path().join("absent/out.zip"), b"x").unwrap_err();
    assert!(error.to_string().contains("/absent/out.zip can't be written: "), "{error}");
    assert_eq!(names(folder.path()), ["folder", "out.zip"]);
}

#[test]
fn a_full_disk_leaves_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("out.zip");
    output::write(&target, b"old").unwrap();
    // A process may write no file longer than its limit, as if the disk ended there.
    let script = "ulimit -f 1; trap '' XFSZ; exec \"$0\" \"$@\"";
    let status = Command::new("sh")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "write_more_than_fits", "--ignored"])
        .env("WRITE_TO", &target)
        .stdout(std::process::Stdio::null())
        .status();
    assert!(status.unwrap().success());
    assert_eq!(fs::read(&target).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["out.zip"]);
}

#[test]
#[ignore = "a process of the test above"]
fn write_more_than_fits() {
    let target = std::env::var_os("WRITE_TO").unwrap();
    assert!(output::write(Path::new(&target), &[7; 100_000]).is_err());
}

#[test]
fn the_lock_file_is_sorted_and_the_verifier_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lambda-codesign.lock");
    update(&path, &[package("b.zip", "b"), package("a.zip", "old")]).unwrap();
    update(&path, &[package("c.zip", "c"), package("a.zip", "new")]).unwrap();
    let json = fs::read_to_string(&path).unwrap();
    let paths: Vec<&str> = json.lines().filter_map(|line| line.trim().strip_prefix("\"path\": ")).collect();
    assert_eq!(paths, ["\"a.zip\",", "\"b.zip\",", "\"c.zip\","]);
    assert!(
        json.contains(&CodeSha256::of(b"new").to_string())
            && !json.contains(&CodeSha256::of(b"old").to_string())
    );
    assert!(Lock::from_json(json.as_bytes()).is_ok());
    assert_eq!(names(folder.path()), ["lambda-codesign.lock"]);

    fs::write(&path, "{}").unwrap();
    let error = update(&path, &[package("a.zip", "a")]).unwrap_err();
    assert!(matches!(error, LockError::Malformed { .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), b"{}");
}

#[test]
fn processes_at_once_lose_no_package() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lock.json");
    let mut children: Vec<Child> = (0..4)
        .map(|number| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "lock_many_packages", "--ignored"])
                .env("LOCK", &path)
                .env("NUMBER", number.to_string())
                .stdout(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    let json = fs::read_to_string(&path).unwrap();
    assert_eq!(json.matches("\"path\"").count(), 4 * 20);
}

#[test]
#[ignore = "a process of the test above"]
fn lock_many_packages() {
    let path = std::env::var_os("LOCK").unwrap();
    let number = std::env::var("NUMBER").unwrap();
    for round in 0..20 {
        update(Path::new(&path), &[package(&format!("{number}-{round}.zip"), &number)]).unwrap();
    }
}
