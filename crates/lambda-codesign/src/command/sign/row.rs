//! What is said of each package.

use std::path::Path;

use jiff::Timestamp;
use lambda_codesign_core::digest::{CodeSha256, FramedDigest};
use serde::Serialize;

use super::Task;
use crate::fault::{Fault, escaped};

/// What became of one input.
pub(crate) struct Done {
    pub(crate) bytes: Vec<u8>,
    pub(crate) how: How,
}

/// How an input became a signed package.
pub(crate) enum How {
    Signed(Box<Made>),
    /// It was signed already, verified and passed on.
    PassedOn,
}

/// A signature that was made.
pub(crate) struct Made {
    pub(crate) profile_version: String,
    pub(crate) job: String,
    pub(crate) signed_at: Timestamp,
    pub(crate) expires: Timestamp,
    pub(crate) code_sha256: CodeSha256,
    pub(crate) framed_sha384: FramedDigest,
    pub(super) manifest: ManifestIs,
    /// Where AWS Signer, or this command, has left it.
    pub(super) objects: Objects,
    /// What could not be tidied up.
    pub(super) remarks: Vec<String>,
}

/// Whether a signed package has a manifest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ManifestIs {
    There,
    Absent,
}

/// The objects in S3 that hold a signed package, as `s3://BUCKET/KEY` and a version.
#[derive(Default)]
pub(crate) struct Objects {
    pub(super) signed: Option<ObjectRow>,
    pub(super) stored: Option<ObjectRow>,
}

#[derive(Serialize)]
pub(super) struct Report {
    pub(super) schema: &'static str,
    pub(super) results: Vec<Row>,
}

#[derive(Serialize)]
pub(crate) struct ObjectRow {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) version: String,
}

#[derive(Serialize, Default)]
pub(super) struct Row {
    path: String,
    output: Option<String>,
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_profile_version_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_job_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    framed_sha384: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manifest: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_object: Option<ObjectRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stored_object: Option<ObjectRow>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remarks: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Row {
    pub(super) fn of(task: &Task, how: How) -> Self {
        let row = Self {
            path: shown(&task.input),
            output: Some(shown(&task.output)),
            result: "signed",
            ..Self::default()
        };
        match how {
            How::PassedOn => Self { result: "passed-on", ..row },
            How::Signed(made) => Self {
                signing_profile_version_arn: Some(made.profile_version),
                signing_job_arn: Some(made.job),
                signing_time: Some(made.signed_at.to_string()),
                expires: Some(made.expires.to_string()),
                code_sha256: Some(made.code_sha256.to_string()),
                framed_sha384: Some(made.framed_sha384.to_string()),
                manifest: Some(made.manifest == ManifestIs::There),
                signed_object: made.objects.signed,
                stored_object: made.objects.stored,
                remarks: made.remarks,
                ..row
            },
        }
    }

    pub(super) fn failed(task: &Task, fault: &Fault) -> Self {
        let error = format!("{}: {}", fault.what(), fault.why());
        Self { path: shown(&task.input), result: "failed", error: Some(error), ..Self::default() }
    }

    pub(super) fn human(&self) -> String {
        let word = match self.result {
            "failed" => return format!("failed     {}\n", self.path),
            "passed-on" => "signed already, passed on",
            _ => "signed",
        };
        let mut text = format!("{word:9}  {} -> {}\n", self.path, self.output.as_deref().unwrap_or_default());
        let stored = self.stored_object.as_ref().map(ObjectRow::address);
        for (name, value) in [
            ("profile", &self.signing_profile_version_arn),
            ("job", &self.signing_job_arn),
            ("expires", &self.expires),
            ("CodeSha256", &self.code_sha256),
            ("stored", &stored),
        ] {
            if let Some(value) = value {
                text.push_str(&format!("  {name:10}  {value}\n"));
            }
        }
        if self.manifest == Some(false) {
            text.push_str("  no manifest: the files' boundaries are unproven\n");
        }
        for remark in &self.remarks {
            text.push_str(&format!("  {remark}\n"));
        }
        text
    }
}

impl ObjectRow {
    fn address(&self) -> String {
        format!("s3://{}/{} version {}", escaped(&self.bucket), escaped(&self.key), escaped(&self.version))
    }
}

fn shown(path: &Path) -> String {
    escaped(&path.to_string_lossy())
}
