//! Why a package was not signed.

use lambda_codesign_core::text::Escaped;

use super::{Mismatch, PackageError};
use crate::object::ObjectError;
use crate::profile::Status;
use crate::service::ServiceError;

/// Why a package was not signed. Nothing was handed out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// The package is not one to sign.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The profile could not be looked at.
    #[error(transparent)]
    Profile(ServiceError),
    /// The profile signs no more.
    #[error("the profile was {}", word(*.status))]
    Withdrawn {
        /// What became of it.
        status: Status,
    },
    /// The package could not be brought to the bucket.
    #[error(transparent)]
    Upload(ObjectError),
    /// The job could not be started.
    #[error(transparent)]
    Start(ServiceError),
    /// The job could not be looked at.
    #[error("the job {job} was started and can't be looked at: {error}")]
    Poll {
        /// The job.
        job: String,
        /// Why.
        error: ServiceError,
    },
    /// The job took longer than it is waited for.
    #[error("the job {job} was started and is not done in time")]
    Overdue {
        /// The job.
        job: String,
    },
    /// The job failed.
    #[error("the job {job} failed: {}", Escaped(.reason.as_bytes()))]
    Failed {
        /// The job.
        job: String,
        /// Signer's reason.
        reason: String,
    },
    /// Every job that was ever started for this package failed, was revoked or is old.
    #[error("{attempts} jobs for this package failed, were revoked or are old")]
    Exhausted {
        /// How many.
        attempts: u32,
    },
    /// What the job signed could not be fetched.
    #[error(transparent)]
    Collect(ObjectError),
    /// What came back is not what was asked for; it was thrown away.
    #[error("what the job {job} wrote was refused: {why}")]
    NotAsAsked {
        /// The job.
        job: String,
        /// How.
        why: Mismatch,
    },
    /// The process is about to end.
    #[error("the verification was stopped")]
    Stopped,
}

impl SigningError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Package(PackageError::Archive(_)) => "Build the package again with `lambda-codesign pack`.",
            Self::Package(PackageError::AlreadySigned) => {
                "Sign the unsigned original, or pass signed packages on with --skip-signed."
            }
            Self::Profile(error) if error.has_status(404) => {
                "Check its name, region and owner, or make it with `lambda-codesign profile create NAME`."
            }
            Self::Profile(error) | Self::Poll { error, .. } => error.remedy(),
            Self::Start(error) if error.has_status(404) => "Check the profile's name, region and owner.",
            Self::Start(error) => error.remedy(),
            Self::Withdrawn { .. } => "Make a profile with another name: a name is used once.",
            Self::Upload(error) | Self::Collect(error) => error.remedy(),
            Self::Overdue { .. } => "Run the same command again: it waits for the same job.",
            Self::Failed { .. } => {
                "Mend what Signer names and run the command again; --fresh asks for another job at once."
            }
            Self::Exhausted { .. } => "Run the command with --fresh.",
            Self::NotAsAsked { why: Mismatch::Verdict(_), .. } => {
                "If the root is not AWS's own, as with the sandbox, name it with --trust-root; else look who can write to the bucket."
            }
            Self::NotAsAsked { .. } => "Look who can write to the bucket, and sign through another.",
            Self::Stopped => "Run the command again.",
        }
    }
}

const fn word(status: Status) -> &'static str {
    match status {
        Status::Active => "changed",
        Status::Canceled => "canceled",
        Status::Revoked => "revoked",
    }
}
