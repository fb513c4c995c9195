//! A version of what was confirmed.

use aws_sdk_lambda::types::State;
use lambda_codesign_core::text::Escaped;

use crate::deployed::{Function, Update, hash, shown};
use crate::service::ServiceError;
use crate::wait::Pauses;

use super::again::{After, LookError};
use super::confirm::{Confirmed, Difference, other_signature};
use super::deploy::same_layers;
use super::judge::Passed;
use super::{Publishing, Step, Target};

const CALL: &str = "PublishVersion";

/// A version of a function.
///
/// Holding one proves that Lambda answered it with the hash and the signature that were verified.
#[derive(Debug)]
pub(super) struct Version {
    pub(super) number: String,
    readiness: Readiness,
}

/// Whether a version can be invoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Readiness {
    Ready,
    Pending,
}

/// Why there is no version. `$LATEST` has the package.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// Somebody else changed the function before the version was made.
    #[error(
        "somebody else changed the function before a version was made of it; it was left as they made it"
    )]
    Overtaken,
    /// The version is not of what was verified.
    #[error("Lambda shows the version {number} with {difference}")]
    Differs {
        /// The version.
        number: String,
        /// What is other.
        difference: Difference,
    },
    /// Lambda made the version and could not make it ready.
    #[error("Lambda could not make the version {number} ready: {}", Escaped(.reason.as_bytes()))]
    Failed {
        /// The version.
        number: String,
        /// Lambda's reason.
        reason: String,
    },
    /// It was not done in time.
    #[error("no version was ready in time")]
    Overdue,
    /// Lambda refused or did not answer.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl VersionError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Overtaken => {
                "Look at what they deployed, and run this again if the package is still wanted."
            }
            Self::Differs { .. } => {
                "Point nothing to that version; verify it with `verify --function NAME:VERSION`."
            }
            Self::Failed { .. } => "Mend what Lambda says, and run this again.",
            Self::Overdue => "Run this again: what is deployed is found there.",
            Self::Service(error) => error.remedy(),
        }
    }
}

impl From<LookError> for VersionError {
    fn from(error: LookError) -> Self {
        match error {
            LookError::Overdue => Self::Overdue,
            LookError::Service(error) => Self::Service(error),
        }
    }
}

impl Publishing<'_> {
    /// Makes a version of the confirmed code, or finds the one that was made of it. Lambda makes none where nothing
    /// changed since the last, so a repetition after a lost answer answers the same.
    pub(super) async fn publish_version(
        &self,
        target: &Target,
        passed: &Passed<'_>,
        confirmed: &Confirmed,
    ) -> Result<Version, VersionError> {
        let mut pauses = Pauses::default();
        let mut revision = confirmed.function().revision.clone();
        self.journal.note(Step::AskingForVersion);
        loop {
            let error = match self.ask_for_version(target, passed, &revision).await {
                Err(VersionError::Service(error)) => error,
                Ok(version) => {
                    self.journal.replace(&Step::AskingForVersion, Step::Version(version.number.clone()));
                    return self.made_ready(target, version).await;
                }
                Err(
                    other @ (VersionError::Differs { .. }
                    | VersionError::Failed { .. }
                    | VersionError::Overtaken
                    | VersionError::Overdue),
                ) => return Err(other),
            };
            let now = self.settled(target.function.arn.as_str(), None).await?.function;
            if now.code_sha256 != Some(passed.hash) || !same_layers(&now, &target.function) {
                return Err(VersionError::Overtaken);
            }
            // It is still ours, whatever else changed: the name of the revision is the new one's.
            let is_other = now.revision != revision;
            revision = now.revision;
            match After::of(&error) {
                After::Stop if !is_other => return Err(VersionError::Service(error)),
                After::Stop | After::Look => {
                    pauses.pause(self.deadline).await.map_err(|_| VersionError::Overdue)?;
                }
            }
        }
    }

    /// Waits until the version can be invoked: with SnapStart it is made ready first.
    async fn made_ready(&self, target: &Target, version: Version) -> Result<Version, VersionError> {
        match version.readiness {
            Readiness::Ready => return Ok(version),
            Readiness::Pending => {}
        }
        let arn = target.function.arn.as_str();
        match self.settled(arn, Some(&version.number)).await?.function.update {
            Update::Failed(reason) => Err(VersionError::Failed { number: version.number, reason }),
            Update::Successful | Update::InProgress => Ok(version),
        }
    }

    async fn ask_for_version(
        &self,
        target: &Target,
        passed: &Passed<'_>,
        revision: &str,
    ) -> Result<Version, VersionError> {
        let Function { arn, .. } = &target.function;
        let request = self.connection.lambda.publish_version().function_name(arn.as_str());
        let answer = request.code_sha256(passed.hash.to_string()).revision_id(revision).send().await;
        let answer = answer.map_err(|error| ServiceError::of(CALL, error))?;
        let found = hash(CALL, answer.code_sha256.as_deref())?;
        let signature = shown(CALL, answer.signing_profile_version_arn, answer.signing_job_arn)?;
        let readiness =
            if answer.state == Some(State::Pending) { Readiness::Pending } else { Readiness::Ready };
        let number = answer.version.ok_or_else(|| ServiceError::without(CALL, "Version"))?;
        let other_code =
            || (found != passed.hash).then_some(Difference::Code { sent: passed.hash, found: Some(found) });
        match other_code().or_else(|| other_signature(passed, signature.as_ref())) {
            Some(difference) => Err(VersionError::Differs { number, difference }),
            None => Ok(Version { number, readiness }),
        }
    }
}
