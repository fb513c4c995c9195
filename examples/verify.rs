//! A deploy tool that sends nothing that it has not verified.
//!
//! `cargo run -p lambda-codesign-examples --example verify -- app.zip 'arn:aws:signer:*:123456789012:/signing-profiles/release/*'`

use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;

use jiff::Timestamp;
use lambda_codesign_core::Verifier;
use lambda_codesign_core::chain::TrustRoots;
use lambda_codesign_core::policy::{Evidence, Policy, Publishers};
use lambda_codesign_core::verdict::{Decision, Outcome};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(path), Some(publisher)) = (arguments.next(), arguments.next()) else {
        return Err("usage: verify PKG.zip ARN_OR_PATTERN".into());
    };
    let package = std::fs::read(path)?;
    let verifier = Verifier::new(TrustRoots::aws(), Policy::new(Publishers::Only(vec![publisher.parse()?])));
    deploy(&package, &verifier)
}

/// Verifies the very bytes that it would send.
fn deploy(package: &[u8], verifier: &Verifier) -> Result<ExitCode, Box<dyn Error>> {
    let verdict = verifier.verify(package, Evidence { now: Timestamp::now(), revocations: None });
    let mut out = std::io::stdout();
    let checks = verdict.checks();
    for outcome in [&checks.integrity, &checks.expiry, &checks.mismatch, &checks.revocation] {
        if let Outcome::Fail(finding) = outcome {
            writeln!(out, "{}: {finding}\n  {}", finding.code(), finding.code().remedy())?;
        }
    }
    match verdict.decision() {
        Decision::Allow | Decision::Warn => {
            // Here the tool would call UpdateFunctionCode with `package`, and compare the answer's CodeSha256 with
            // `verdict.seen().code_sha256`.
            writeln!(out, "{}: would deploy {} bytes", verdict.status().as_str(), package.len())?;
            Ok(ExitCode::SUCCESS)
        }
        Decision::Block => Ok(ExitCode::FAILURE),
    }
}

#[test]
fn what_is_no_package_is_not_deployed() {
    let verifier = Verifier::new(TrustRoots::aws(), Policy::new(Publishers::Any));
    assert_eq!(deploy(b"no zip", &verifier).unwrap(), ExitCode::FAILURE);
}
