//! What is said of a layer that was taken in.

use std::fmt::Write as _;

use lambda_codesign_aws::code::DeployedCode;
use lambda_codesign_aws::name::LayerVersionArn;
use lambda_codesign_core::Verdict;
use lambda_codesign_core::digest::CodeSha256;
use lambda_codesign_core::report::{CheckReport, SnapshotReport};
use lambda_codesign_core::verdict::Outcome as Check;
use serde::{Serialize, Serializer};

use crate::render::human;

/// How far it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Outcome {
    /// It is published.
    Published,
    /// The latest version of the account's own layer is the same already.
    There,
    /// It is written to a file alone.
    Written,
    /// It would be signed and published; nothing was.
    DryRun,
}

#[derive(Serialize)]
pub(super) struct Row {
    schema: &'static str,
    source: Source,
    result: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    layer_version_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_profile_version_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_job_arn: Option<String>,
    /// The snapshots by which revocation was judged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    revocations: Vec<SnapshotReport>,
}

/// What the vendor published.
#[derive(Serialize)]
pub(super) struct Source {
    layer_version_arn: String,
    code_sha256: String,
    size: usize,
    /// Who had signed it; nothing where nobody had.
    signature: Option<Signature>,
    /// Whether the signature is known not to be revoked.
    #[serde(serialize_with = "as_report")]
    revocation: Check,
}

#[derive(Serialize)]
struct Signature {
    signing_profile_version_arn: String,
    signing_job_arn: String,
    signing_time: String,
    expires: String,
}

fn as_report<S: Serializer>(outcome: &Check, serializer: S) -> Result<S::Ok, S::Error> {
    CheckReport::of(outcome).serialize(serializer)
}

impl Source {
    /// What a verdict says of the vendor's file.
    pub(super) fn of(arn: &LayerVersionArn, code: &DeployedCode, verdict: &Verdict) -> Self {
        let signature = verdict.package().map(|package| {
            let claims = package.claims();
            Signature {
                signing_profile_version_arn: claims.profile().to_string(),
                signing_job_arn: claims.job().to_string(),
                signing_time: claims.signing_time().to_string(),
                expires: claims.expires().to_string(),
            }
        });
        Self {
            layer_version_arn: arn.to_string(),
            code_sha256: code.code_sha256().to_string(),
            size: code.bytes().len(),
            signature,
            revocation: verdict.checks().revocation.clone(),
        }
    }

    pub(super) fn signer(&self) -> Option<String> {
        self.signature.as_ref().map(|signature| signature.signing_profile_version_arn.clone())
    }
}

impl Row {
    pub(super) const fn new(source: Source, result: Outcome) -> Self {
        Self {
            schema: "lambda-codesign/layer-vendor/v1",
            source,
            result,
            layer_version_arn: None,
            code_sha256: None,
            signing_profile_version_arn: None,
            signing_job_arn: None,
            revocations: Vec::new(),
        }
    }

    pub(super) fn knowing(self, revocations: Vec<SnapshotReport>) -> Self {
        Self { revocations, ..self }
    }

    pub(super) fn signed(self, code_sha256: CodeSha256, profile_version: &str, job: &str) -> Self {
        Self {
            code_sha256: Some(code_sha256.to_string()),
            signing_profile_version_arn: Some(profile_version.to_owned()),
            signing_job_arn: Some(job.to_owned()),
            ..self
        }
    }

    pub(super) fn at(self, arn: &LayerVersionArn, result: Outcome) -> Self {
        Self { layer_version_arn: Some(arn.to_string()), result, ..self }
    }

    pub(super) fn human(&self) -> String {
        let Source { layer_version_arn, code_sha256, size, signature, revocation } = &self.source;
        let mut text = format!("{layer_version_arn}\n  CodeSha256  {code_sha256} ({size} bytes)\n");
        let signer = match signature {
            Some(signature) => format!(
                "signed      {} by {}, until {}",
                signature.signing_time, signature.signing_profile_version_arn, signature.expires
            ),
            None => "unsigned    nobody answers for it but you".to_owned(),
        };
        // Writing to a String does not fail.
        let _ = writeln!(text, "  {signer}");
        human::check(&mut text, "revocation", revocation, human::UNREVOKED);
        let result = match self.result {
            Outcome::Published => "published",
            Outcome::There => "there already",
            Outcome::Written => "written",
            Outcome::DryRun => "dry run: nothing was signed or published",
        };
        let _ = writeln!(text, "{}", result);
        for (name, value) in [
            ("layer", &self.layer_version_arn),
            ("CodeSha256", &self.code_sha256),
            ("profile", &self.signing_profile_version_arn),
            ("job", &self.signing_job_arn),
        ] {
            if let Some(value) = value {
                let _ = writeln!(text, "  {name:10}  {value}");
            }
        }
        text
    }
}
