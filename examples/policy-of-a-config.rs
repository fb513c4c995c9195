//! A policy from AWS's own code signing config: the JSON that `aws lambda get-code-signing-config` prints.
//!
//! `aws lambda get-code-signing-config ... | cargo run -p lambda-codesign-examples --example policy-of-a-config -- app.zip`

use std::error::Error;
use std::io::Write as _;

use jiff::Timestamp;
use lambda_codesign_core::Verifier;
use lambda_codesign_core::chain::TrustRoots;
use lambda_codesign_core::policy::{Evidence, Mode, Policy, Publishers};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    code_signing_config: Config,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    allowed_publishers: AllowedPublishers,
    code_signing_policies: CodeSigningPolicies,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AllowedPublishers {
    signing_profile_version_arns: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CodeSigningPolicies {
    untrusted_artifact_on_deployment: String,
}

/// What Lambda would judge by, as far as the config says it.
fn policy(json: &str) -> Result<Policy, Box<dyn Error>> {
    let config = serde_json::from_str::<Answer>(json)?.code_signing_config;
    let publishers: Result<Vec<_>, _> =
        config.allowed_publishers.signing_profile_version_arns.iter().map(|arn| arn.parse()).collect();
    let mode = match config.code_signing_policies.untrusted_artifact_on_deployment.as_str() {
        "Enforce" => Mode::Enforce,
        "Warn" => Mode::Warn,
        other => return Err(format!("the config has the unknown policy {other:?}").into()),
    };
    Ok(Policy::new(Publishers::Only(publishers?)).with_mode(mode))
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: policy-of-a-config PKG.zip < CONFIG.json")?;
    let verifier = Verifier::new(TrustRoots::aws(), policy(&std::io::read_to_string(std::io::stdin())?)?);
    let verdict =
        verifier.verify(&std::fs::read(path)?, Evidence { now: Timestamp::now(), revocations: None });
    writeln!(std::io::stdout(), "{} {}", verdict.decision().as_str(), verdict.status().as_str())?;
    Ok(())
}

#[test]
fn a_config_becomes_a_policy() {
    let json = |mode: &str| {
        format!(
            r#"{{"CodeSigningConfig": {{"AllowedPublishers": {{"SigningProfileVersionArns":
            ["arn:aws:signer:us-east-1:123456789012:/signing-profiles/release_builds/AbCdEf1234"]}},
            "CodeSigningPolicies": {{"UntrustedArtifactOnDeployment": "{mode}"}}}}}}"#
        )
    };
    assert_eq!(policy(&json("Warn")).unwrap().modes().mismatch, Mode::Warn);
    assert_eq!(policy(&json("Enforce")).unwrap().modes().mismatch, Mode::Enforce);
    assert!(policy(&json("Shrug")).is_err());
    assert!(policy("{}").is_err());
}
