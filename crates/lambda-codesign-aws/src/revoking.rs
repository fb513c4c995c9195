//! Revoking signatures and profiles, and what carries them.

use aws_sdk_signer::Client;
use aws_sdk_signer::primitives::DateTime;
use jiff::Timestamp;
use lambda_codesign_core::claims::{AccountId, ProfileVersionArn, SigningJobArn};

use crate::connection::Connection;
use crate::deployed::ShownSignature;
use crate::inventory::FunctionPages;
use crate::name::{LayerVersionArn, partition};
use crate::pace::Pace;
use crate::service::ServiceError;

/// What is revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// The signature that one job made.
    Job(SigningJobArn),
    /// What one profile version signed from the time on from which it is revoked.
    Profile(ProfileVersionArn),
}

/// A version of a function that runs something revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carrier {
    /// The function's name.
    pub function: String,
    /// `$LATEST`, or a number.
    pub version: String,
    /// The layer that carries it; nothing where it is the function's own code.
    pub layer: Option<LayerVersionArn>,
    /// The job that signed it.
    pub job: SigningJobArn,
}

/// Who owns a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobOwner {
    /// The account.
    pub account: AccountId,
    /// The partition of its profile, such as `aws`.
    pub partition: String,
}

/// Who owns a job, which is there.
///
/// # Errors
/// Signer refuses, as where there is no such job, or does not answer.
pub async fn owner_of(signer: &Client, job: &str) -> Result<JobOwner, ServiceError> {
    const CALL: &str = "DescribeSigningJob";
    let answer = signer.describe_signing_job().job_id(job).send().await;
    let answer = answer.map_err(|error| ServiceError::of(CALL, error))?;
    let account = answer.job_owner.ok_or_else(|| ServiceError::without(CALL, "jobOwner"))?;
    let account = account.parse().map_err(|error| ServiceError::malformed(CALL, "jobOwner", &error))?;
    // The answer has no ARN; those who asked it has one.
    let requester = answer.requested_by.unwrap_or_default();
    Ok(JobOwner { account, partition: partition(&requester).to_owned() })
}

/// Revokes the signature of one job, of this account or of another that grants it. It holds in all regions, and is never
/// taken back.
///
/// # Errors
/// Signer refuses or does not answer; asked again, it stays revoked.
pub async fn revoke_job(
    signer: &Client,
    job: &str,
    owner: Option<&AccountId>,
    reason: &str,
) -> Result<(), ServiceError> {
    let owner = owner.map(|owner| owner.as_str().to_owned());
    let request = signer.revoke_signature().job_id(job).set_job_owner(owner).reason(reason);
    request.send().await.map(drop).map_err(|error| ServiceError::of("RevokeSignature", error))
}

/// Revokes what a profile version signed from a time on, which lies in the past and can only be moved to an earlier one.
///
/// # Errors
/// Signer refuses or does not answer; asked again, it stays revoked.
pub async fn revoke_profile(
    signer: &Client,
    version: &ProfileVersionArn,
    reason: &str,
    effective: Timestamp,
) -> Result<(), ServiceError> {
    let request = signer
        .revoke_signing_profile()
        .profile_name(version.name())
        .profile_version(version.version())
        .reason(reason)
        .effective_time(DateTime::from_millis(effective.as_millisecond()));
    request.send().await.map(drop).map_err(|error| ServiceError::of("RevokeSigningProfile", error))
}

/// The functions of the region, with all their versions, whose code or layers show a signature that is revoked by this.
///
/// It goes by what Lambda shows. A profile's signatures from before its revocation are among them, since Lambda shows no
/// time.
///
/// # Errors
/// Lambda refuses or does not answer.
pub async fn carriers(
    connection: &Connection,
    pace: &Pace,
    revoked: &Revoked,
) -> Result<Vec<Carrier>, ServiceError> {
    let mut pages = FunctionPages::with_versions(&connection.lambda, pace);
    let mut carriers = Vec::new();
    while let Some(page) = pages.next().await? {
        for function in page {
            let own = (None, function.signature.as_ref());
            let layers = function.layers.iter().map(|layer| (Some(&layer.arn), layer.signature.as_ref()));
            for (layer, signature) in [own].into_iter().chain(layers) {
                let Some(signature) = signature.filter(|signature| revoked.covers(signature)) else {
                    continue;
                };
                carriers.push(Carrier {
                    function: function.arn.name().as_str().to_owned(),
                    version: function.version.clone(),
                    layer: layer.cloned(),
                    job: signature.job.clone(),
                });
            }
        }
    }
    Ok(carriers)
}

impl Revoked {
    fn covers(&self, signature: &ShownSignature) -> bool {
        match self {
            Self::Job(job) => signature.job == *job,
            Self::Profile(version) => signature.publisher == *version,
        }
    }
}
