//! A signing job as Signer describes it.

use aws_sdk_signer::Client;
use jiff::Timestamp;
use lambda_codesign_core::policy::JobState;

use crate::profile::time_of;
use crate::service::ServiceError;

/// What Signer says of a job's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DescribedJob {
    /// When the job was started.
    pub(crate) created: Option<Timestamp>,
    /// When it was done.
    pub(crate) completed: Option<Timestamp>,
    /// When its signature ends.
    pub(crate) expires: Option<Timestamp>,
    /// Whether its signature is revoked.
    pub(crate) state: JobState,
}

/// Describes a job of this account.
///
/// # Errors
/// Signer refuses, as where there is no such job, or does not answer.
pub(crate) async fn describe(signer: &Client, id: &str) -> Result<DescribedJob, ServiceError> {
    const CALL: &str = "DescribeSigningJob";
    let answer = signer.describe_signing_job().job_id(id).send().await;
    let answer = answer.map_err(|error| ServiceError::of(CALL, error))?;
    let time = |time: Option<_>| time.map(|time| time_of(CALL, time)).transpose();
    Ok(DescribedJob {
        created: time(answer.created_at)?,
        completed: time(answer.completed_at)?,
        expires: time(answer.signature_expires_at)?,
        state: if answer.revocation_record.is_some() { JobState::Revoked } else { JobState::Active },
    })
}
