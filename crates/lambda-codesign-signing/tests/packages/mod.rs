//! Packages of our writer and of Python's, and what signs and reads them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use jiff::Timestamp;
use lambda_codesign_signing::manifest::Manifest;
use lambda_codesign_signing::pack::{PackOptions, pack};
use lambda_codesign_signing::profile::Profile;
use lambda_codesign_signing::sign::{SignError, SignRequest, Signed, sign};

/// Milliseconds that end in 0, which are not DER.
pub(crate) fn now() -> Timestamp {
    "2026-11-24T10:00:00.120Z".parse().unwrap()
}

pub(crate) fn profile() -> Profile {
    Profile::ephemeral("release".parse().unwrap(), now()).unwrap()
}

pub(crate) fn sign_at(package: &[u8], manifest: Manifest) -> Result<Signed, SignError> {
    sign(package, &profile(), &SignRequest { manifest, ..SignRequest::at(now()) })
}

/// Runs a tool of the machine's and demands that it succeeds.
pub(crate) fn run(program: &str, arguments: &[&str], folder: &Path) -> Output {
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    let output = output.unwrap_or_else(|error| panic!("{program} is needed for this test: {error}"));
    let shown = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {shown}");
    output
}

/// A zip of Python's writer: other headers, flags, times and extra bytes than ours.
pub(crate) fn python_zip(script: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "import zipfile\nz = zipfile.ZipFile('p.zip', 'w', zipfile.ZIP_DEFLATED)\n{script}\nz.close()"
    );
    run("python3", &["-c", &script], folder.path());
    fs::read(folder.path().join("p.zip")).unwrap()
}

pub(crate) fn ordinary() -> Vec<u8> {
    python_zip(
        "z.writestr('app.py', 'handler = print\\n' * 99)\nz.writestr('lib/', '')\n\
         with z.open('streamed.txt', 'w', force_zip64=True) as f: f.write(b'x' * 999)\n\
         z.writestr('\u{fc}.txt', 'y', zipfile.ZIP_STORED)\nz.comment = b'a comment'",
    )
}

pub(crate) fn packed() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("app.py"), "handler = print\n".repeat(99)).unwrap();
    fs::create_dir(folder.path().join("lib")).unwrap();
    std::os::unix::fs::symlink("app.py", folder.path().join("main.py")).unwrap();
    pack(folder.path(), &PackOptions::default()).unwrap().bytes
}
