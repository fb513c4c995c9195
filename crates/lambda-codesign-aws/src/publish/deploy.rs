//! A function's code: sent once, and settled by a look where the answer is lost.

use aws_sdk_lambda::operation::update_function_code::builders::UpdateFunctionCodeFluentBuilder;
use lambda_codesign_core::digest::CodeSha256;
use lambda_codesign_core::text::Escaped;

use crate::deployed::{Function, Update, hash};
use crate::service::ServiceError;
use crate::wait::Pauses;

use super::again::{After, LookError};
use super::judge::{Judged, Passed};
use super::refusal::Refusal;
use super::source::Source;
use super::{Publishing, Step, Target};

pub(super) const CALL: &str = "UpdateFunctionCode";

/// Why a function does not have the package.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeployError {
    /// Lambda refused the signature.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// Somebody else changed the function since it was read.
    #[error("somebody else changed the function meanwhile; it was left as they made it")]
    Overtaken,
    /// Lambda took the code and could not deploy it.
    #[error("Lambda could not deploy the code: {}", Escaped(.reason.as_bytes()))]
    Failed {
        /// Lambda's reason.
        reason: String,
    },
    /// The dry run was answered for other bytes than were sent.
    #[error("Lambda answers the CodeSha256 {found} for a package whose own is {sent}")]
    OtherBytes {
        /// What was sent.
        sent: CodeSha256,
        /// What Lambda has.
        found: CodeSha256,
    },
    /// It was not done in time.
    #[error("the update was not done in time")]
    Overdue,
    /// Lambda refused or did not answer.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl DeployError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.remedy(),
            Self::Overtaken => {
                "Look at what they deployed, and run this again if the package is still wanted."
            }
            Self::Failed { .. } => "Mend what Lambda says, and run this again.",
            Self::OtherBytes { .. } => "Check that the endpoint is Lambda's.",
            Self::Overdue => "Run this again, with a longer --timeout; what was sent is found there.",
            Self::Service(error) => error.remedy(),
        }
    }
}

impl From<LookError> for DeployError {
    fn from(error: LookError) -> Self {
        match error {
            LookError::Overdue => Self::Overdue,
            LookError::Service(error) => Self::Service(error),
        }
    }
}

impl Publishing<'_> {
    /// Asks Lambda whether it would take the package.
    pub(super) async fn rehearse(
        &self,
        target: &Target,
        (judged, passed): (&Judged, &Passed<'_>),
        source: &Source<'_>,
    ) -> Result<(), DeployError> {
        let mut pauses = Pauses::default();
        loop {
            let answer = self.update(target, source, &target.function.revision).dry_run(true).send().await;
            match answer.map_err(|error| ServiceError::of(CALL, error)) {
                Ok(answer) => {
                    let found = hash(CALL, answer.code_sha256.as_deref())?;
                    let is_ours = found == passed.hash;
                    let other = DeployError::OtherBytes { sent: passed.hash, found };
                    return if is_ours { Ok(()) } else { Err(other) };
                }
                Err(error) if error.has_status(412) => return Err(DeployError::Overtaken),
                Err(error) => match After::of(&error) {
                    After::Look => pauses.pause(self.deadline).await.map_err(|_| error)?,
                    After::Stop => return Err(self.refused(target, judged, error).await),
                },
            }
        }
    }

    /// Sends the package, unless somebody else changed the function since it was read, and waits until Lambda is done.
    pub(super) async fn deploy(
        &self,
        target: &Target,
        (judged, passed): (&Judged, &Passed<'_>),
        source: &Source<'_>,
    ) -> Result<Function, DeployError> {
        let mut pauses = Pauses::default();
        self.journal.note(Step::Sending);
        let answered = loop {
            let answer = self.update(target, source, &target.function.revision).send().await;
            let error = match answer.map_err(|error| ServiceError::of(CALL, error)) {
                Ok(answer) => {
                    self.journal.replace(&Step::Sending, Step::Taken);
                    break answer.revision_id;
                }
                Err(error) => error,
            };
            if After::of(&error) == After::Stop {
                self.journal.take_back(&Step::Sending);
                return Err(self.refused(target, judged, error).await);
            }
            let now = self.settled(target.function.arn.as_str(), None).await?.function;
            if now.revision != target.function.revision {
                break None;
            }
            pauses.pause(self.deadline).await.map_err(|_| DeployError::Overdue)?;
        };
        let function = self.settled(target.function.arn.as_str(), None).await?.function;
        self.is_ours(target, passed, &function, answered.as_deref())?;
        self.journal.take_back(&Step::Sending);
        self.journal.replace(&Step::Taken, Step::Updated);
        Ok(function)
    }

    /// That what Lambda shows was made by this run, or is the same as if it were.
    fn is_ours(
        &self,
        target: &Target,
        passed: &Passed<'_>,
        now: &Function,
        answered: Option<&str>,
    ) -> Result<(), DeployError> {
        let as_answered = answered == Some(now.revision.as_str());
        if !as_answered && (now.code_sha256 != Some(passed.hash) || !same_layers(now, &target.function)) {
            self.journal.take_back(&Step::Sending);
            self.journal.take_back(&Step::Taken);
            return Err(DeployError::Overtaken);
        }
        match &now.update {
            Update::Successful | Update::InProgress => Ok(()),
            Update::Failed(reason) => Err(DeployError::Failed { reason: reason.clone() }),
        }
    }

    pub(super) fn update(
        &self,
        target: &Target,
        source: &Source<'_>,
        revision: &str,
    ) -> UpdateFunctionCodeFluentBuilder {
        let request =
            self.connection.lambda.update_function_code().function_name(target.function.arn.as_str());
        // A zip that was encrypted with a key of the account's own stays so.
        source.of_function(request.revision_id(revision).set_source_kms_key_arn(target.key.clone()))
    }

    async fn refused(&self, target: &Target, judged: &Judged, error: ServiceError) -> DeployError {
        match self.explain(target, judged, &error).await {
            Some(refusal) => DeployError::Refused(Box::new(refusal)),
            None => DeployError::Service(error),
        }
    }
}

/// Whether both have the same layers in the same order.
pub(super) fn same_layers(one: &Function, other: &Function) -> bool {
    one.layers.iter().map(|layer| &layer.arn).eq(other.layers.iter().map(|layer| &layer.arn))
}
