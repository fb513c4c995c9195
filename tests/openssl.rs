//! What the forge makes, judged by openssl (FORMAT.md "What is signed").

use std::path::PathBuf;
use std::process::Command;

use lambda_codesign_tests::authority::Authority;
use lambda_codesign_tests::cms::Form;
use lambda_codesign_tests::key;
use lambda_codesign_tests::mutations::{self, Expected};
use lambda_codesign_tests::package::SignedPackage;

/// 2026-11-01T09:19:26Z, the time at which the standard package says it was signed.
const SIGNING_TIME: &str = "1793524766";

#[test]
fn openssl_accepts_both_forms() {
    for form in [Form::Of2022, Form::Of2024] {
        let package = SignedPackage::standard(form).with_manifest();
        let said = verify(&package, &package.inner()).unwrap_or_else(|said| panic!("{form:?}: {said}"));
        assert!(said.contains("CMS Verification successful"), "{form:?}: {said}");
    }
}

#[test]
fn openssl_refuses_other_content() {
    let package = SignedPackage::standard(Form::Of2022);
    let mut other = package.clone();
    other.entries[0].body.push(b'#');
    let said = verify(&package, &other.inner()).expect_err("other content has another digest");
    assert!(said.contains("verification failure") || said.contains("digest"), "{said}");
}

#[test]
fn openssl_refuses_another_root() {
    let package = SignedPackage::standard(Form::Of2022);
    let mut other = package.clone();
    other.authority = Authority::seeded("another");
    let folder = Folder::new();
    let said = folder.verify(&package.signature(), &package.inner(), &other.trusted_pem());
    let said = said.expect_err("the root is not trusted");
    assert!(said.contains("verify error") || said.contains("self-signed certificate"), "{said}");
}

#[test]
fn openssl_accepts_every_mutation_that_is_to_be_accepted() {
    let mut refused = Vec::new();
    for mutation in mutations::all() {
        match mutation.expected {
            Expected::Accepted | Expected::Warned(_) => {}
            Expected::Refused(_) => continue,
        }
        let package = mutation.package(Form::Of2024);
        if let Err(said) = verify(&package, &package.inner()) {
            refused.push((mutation.name, said));
        }
    }
    let names: Vec<_> = refused.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, OPENSSL_IS_NARROWER, "{refused:#?}");
}

/// Where openssl refuses what RFC 5280 allows: it tries one issuer of a name and no other, and it takes a
/// certificate's last second for the first one after it.
const OPENSSL_IS_NARROWER: &[&str] = &[
    "three certificates bear the name of the authority above the leaf",
    "two authorities issued each other beside the true path",
    "a root that is not trusted certifies the same authority, and stands first",
    "the leaf ends in the second of the signing time",
    "the authority above the leaf ends in the second of the signing time",
];

#[test]
fn the_parameters_spelled_out_are_those_of_openssl() {
    let output = Command::new("openssl")
        .args(["ecparam", "-name", "secp384r1", "-param_enc", "explicit", "-outform", "DER"])
        .output()
        .expect("openssl runs");
    assert_eq!(output.stdout, key::explicit_p384());
}

fn verify(package: &SignedPackage, inner: &[u8]) -> Result<String, String> {
    Folder::new().verify(&package.signature(), inner, &package.trusted_pem())
}

/// A folder of its own, gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("lambda-codesign-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).expect("a folder is made");
        Self(path)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).expect("a file is written");
        path
    }

    /// What openssl says: on standard error, whichever way it decides.
    fn verify(&self, signature: &[u8], inner: &[u8], roots: &str) -> Result<String, String> {
        let output = Command::new("openssl")
            .args([
                "cms",
                "-verify",
                "-inform",
                "PEM",
                "-binary",
                "-purpose",
                "any",
                "-attime",
                SIGNING_TIME,
                "-in",
            ])
            .arg(self.write("package.SF", signature))
            .arg("-content")
            .arg(self.write("inner.bin", inner))
            .arg("-CAfile")
            .arg(self.write("root.pem", roots.as_bytes()))
            .arg("-out")
            .arg(self.0.join("content.bin"))
            .output()
            .expect("openssl runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(said) } else { Err(said) }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}
