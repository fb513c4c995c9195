//! Packs a folder, signs it, and verifies what it made before handing it on, as a build script would.
//!
//! `cargo run -p lambda-codesign-examples --example pack-and-sign -- build/ app.zip`

use std::error::Error;
use std::io::Write as _;
use std::path::Path;

use jiff::Timestamp;
use lambda_codesign_core::Verifier;
use lambda_codesign_core::chain::{TrustRoots, Vouches};
use lambda_codesign_core::policy::{Evidence, Policy, Publishers, Requirement};
use lambda_codesign_core::verdict::Decision;
use lambda_codesign_signing::output;
use lambda_codesign_signing::pack::{Exclude, PackOptions, pack};
use lambda_codesign_signing::profile::Profile;
use lambda_codesign_signing::sign::{SignRequest, sign};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(out)) = (arguments.next(), arguments.next()) else {
        return Err("usage: pack-and-sign DIR OUT.zip".into());
    };
    // A profile of a developer's would come from `ProfileStore::open(folder)?.profile(&name)?`; this one is gone
    // with the process, as in continuous integration.
    let profile = Profile::ephemeral("ci".parse()?, Timestamp::now())?;
    let package = build(Path::new(&folder), &profile)?;
    output::write(Path::new(&out), &package)?;
    output::write(Path::new("root.pem"), profile.trust_root_pem()?.as_bytes())?;
    writeln!(std::io::stdout(), "wrote {out}, and the root that it is verified with to root.pem")?;
    Ok(())
}

/// The signed package of a folder, which has passed the check that a deployment would make.
fn build(folder: &Path, profile: &Profile) -> Result<Vec<u8>, Box<dyn Error>> {
    let exclude = Exclude::globs(&["**/__pycache__/", "/tests/"])?;
    let packed = pack(folder, &PackOptions { exclude, ..PackOptions::default() })?;
    let signed = sign(&packed.bytes, profile, &SignRequest::at(Timestamp::now()))?;

    let mut roots = TrustRoots::none();
    roots.add_pem(profile.trust_root_pem()?.as_bytes(), &Vouches::All)?;
    let publisher = profile.facts()?.arn.as_str().parse()?;
    let policy = Policy::new(Publishers::Only(vec![publisher])).with_manifest(Requirement::Required);
    let evidence = Evidence { now: Timestamp::now(), revocations: None };
    let verdict = Verifier::new(roots, policy).verify(&signed.bytes, evidence);
    match verdict.decision() {
        Decision::Allow => Ok(signed.bytes),
        Decision::Warn | Decision::Block => {
            Err(format!("the package was answered {:?}", verdict.status()).into())
        }
    }
}

#[test]
fn a_folder_becomes_a_package_that_verifies() {
    let profile = Profile::ephemeral("ci".parse().unwrap(), Timestamp::now()).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(build(folder, &profile).unwrap().starts_with(b"PK"));
    assert!(build(&folder.join("missing"), &profile).is_err());
}
