//! What is kept of a job.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lambda_codesign_core::digest::{CodeSha256, FramedDigest};
use serde::{Deserialize, Serialize};

use crate::name::JobId;

/// A job that was done, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobRecord {
    /// Its id.
    pub id: JobId,
    /// The signing time.
    pub signed_at: Timestamp,
    /// When the signature expires.
    pub expires: Timestamp,
    /// The SHA-256 of the signed package.
    #[serde(with = "crate::as_text")]
    pub code_sha256: CodeSha256,
    /// The framed digest of the signed package.
    #[serde(with = "crate::as_text")]
    pub framed_sha384: FramedDigest,
    /// The revocation of its signature.
    pub revocation: Option<SignatureRevocation>,
}

/// The revocation of one job's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureRevocation {
    /// Why, in the words of whoever revoked it.
    pub reason: String,
    /// When.
    pub revoked_at: Timestamp,
}

/// The document of a job's file.
#[derive(Serialize, Deserialize)]
#[serde(tag = "schema")]
pub(super) enum JobDocument {
    #[serde(rename = "lambda-codesign/job/v1")]
    V1(JobRecord),
}

impl JobRecord {
    /// Revokes the signature, unless it is revoked: the first revocation stays.
    pub(super) fn revoke(&mut self, reason: &str, now: Timestamp) -> SignatureRevocation {
        let fresh = || SignatureRevocation { reason: reason.to_owned(), revoked_at: now };
        self.revocation.get_or_insert_with(fresh).clone()
    }
}

/// The jobs of a profile by their ids.
#[derive(Clone, Default)]
pub(crate) struct Jobs(BTreeMap<JobId, JobRecord>);

impl Jobs {
    pub(super) fn insert(&mut self, job: JobRecord) {
        self.0.insert(job.id.clone(), job);
    }

    pub(super) fn get_mut(&mut self, id: &JobId) -> Option<&mut JobRecord> {
        self.0.get_mut(id)
    }

    pub(super) fn oldest_first(self) -> Vec<JobRecord> {
        let mut jobs: Vec<JobRecord> = self.0.into_values().collect();
        jobs.sort_by_key(|job| job.signed_at);
        jobs
    }
}
