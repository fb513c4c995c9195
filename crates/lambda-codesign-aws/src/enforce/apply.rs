//! Takes the steps of a plan, one by one.
//!
//! Every step may be repeated: attaching, updating, tagging and detaching say what should be, a config that is not there
//! needs no deletion, and whether a config was made is looked up by its tag. So an application that was interrupted is
//! finished by reading the account again and carrying out the plan from there.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use lambda_codesign_policy::{Name, OWNER_TAG};

use crate::config::{self, Config, Wanted};
use crate::connection::Connection;
use crate::inventory;
use crate::name::{ConfigArn, FunctionArn};
use crate::pace::Pace;
use crate::service::{Failure, ServiceError};
use crate::wait::{Deadline, Pauses};

use super::{ConfigChange, Journal, Plan, Step, To, Weakening};

/// Whether functions may get weaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weaker {
    /// They may.
    Allowed,
    /// They may not: a plan in which one does is not begun.
    Refused,
}

/// What carries out plans.
#[derive(Debug)]
pub struct Applying<'a> {
    /// The account and region that the plan is for.
    pub connection: &'a Connection,
    /// How fast requests go.
    pub pace: &'a Pace,
    /// How long one step is tried.
    pub patience: Duration,
    /// What was done.
    pub journal: &'a Journal,
}

/// Why a plan was not carried out, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// Functions would get weaker, and nothing was done.
    #[error("{} functions would get weaker", .0.len())]
    Weaker(Vec<Weakening>),
    /// A step failed; those before it are done.
    #[error("{error}")]
    Step {
        /// The step.
        step: Box<Step>,
        /// Why.
        error: StepError,
    },
}

/// Why a step failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// Lambda refused, or did not answer for too long.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// It was refused again and again for what should have passed.
    #[error("it was tried for too long; the last time, {0}")]
    Overdue(ServiceError),
    /// The config is not the file's alone any longer.
    #[error("{function} has the config by now, and the file does not give it to it")]
    Shared {
        /// A function outside the file.
        function: FunctionArn,
    },
    /// A config that the plan makes is not there.
    #[error("no config {0} was made before")]
    Unmade(Name),
}

impl StepError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Service(error) => error.remedy(),
            Self::Overdue(_) => "Plan and apply again: what is done is not done twice.",
            Self::Shared { .. } | Self::Unmade(_) => "Plan again: the account was changed meanwhile.",
        }
    }
}

impl Applying<'_> {
    /// Takes every step of a plan, in its order.
    ///
    /// # Errors
    /// It would weaken functions and may not, or a step fails; the journal has what is done.
    pub async fn carry_out(&self, plan: &Plan, weaker: Weaker) -> Result<(), ApplyError> {
        match weaker {
            Weaker::Refused if !plan.weaker.is_empty() => {
                return Err(ApplyError::Weaker(plan.weaker.clone()));
            }
            Weaker::Refused | Weaker::Allowed => {}
        }
        let mut made = BTreeMap::new();
        for step in &plan.steps {
            self.journal.begin(step);
            let taken = self.take(step, plan, &mut made).await;
            taken.map_err(|error| ApplyError::Step { step: Box::new(step.clone()), error })?;
            self.journal.end();
        }
        Ok(())
    }

    async fn take(
        &self,
        step: &Step,
        plan: &Plan,
        made: &mut BTreeMap<Name, ConfigArn>,
    ) -> Result<(), StepError> {
        let lambda = &self.connection.lambda;
        match step {
            Step::Create { name, wanted, tags, origin: _ } => {
                let config = self.create(wanted, tags, &plan.known).await?;
                made.insert(name.clone(), config.arn);
                Ok(())
            }
            Step::Attach { function, from: _, to } => {
                let config = match to {
                    To::Live { name: _, arn } => arn,
                    To::Created(name) => made.get(name).ok_or_else(|| StepError::Unmade(name.clone()))?,
                };
                self.repeated(async || config::attach(lambda, function.name().as_str(), config).await).await
            }
            Step::Update(change) => self.update(change, &plan.assigned).await,
            Step::Tag { name: _, arn, tags } => {
                self.repeated(async || config::tag(lambda, arn, tags).await).await
            }
            Step::Detach { function, from: _ } => {
                self.repeated(async || config::detach(lambda, function.name().as_str()).await).await
            }
            Step::Delete { name: _, arn } => {
                self.repeated(async || deleted(config::delete(lambda, arn).await)).await
            }
        }
    }

    /// Calls until it is answered, as long as what keeps it from being done may pass.
    async fn repeated<T>(&self, call: impl AsyncFn() -> Result<T, ServiceError>) -> Result<T, StepError> {
        let (deadline, mut pauses) = (Deadline::after(self.patience), Pauses::default());
        loop {
            self.pace.turn().await;
            match call().await {
                Ok(done) => return Ok(done),
                Err(error) if may_pass(&error) => {
                    pauses.pause(deadline).await.map_err(|_| StepError::Overdue(error))?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Makes a config, once: Lambda has no token for it, so after a call that was not answered it is looked for.
    async fn create(
        &self,
        wanted: &Wanted,
        tags: &BTreeMap<String, String>,
        known: &BTreeSet<ConfigArn>,
    ) -> Result<Config, StepError> {
        let (deadline, mut pauses) = (Deadline::after(self.patience), Pauses::default());
        loop {
            self.pace.turn().await;
            let error = match config::create_once(&self.connection.lambda, wanted, tags).await {
                Ok(config) => return Ok(config),
                Err(error) => error,
            };
            if error.is_unanswered()
                && let Some(config) = self.made(wanted, tags, known).await?
            {
                return Ok(config);
            }
            if !may_pass(&error) {
                return Err(error.into());
            }
            pauses.pause(deadline).await.map_err(|_| StepError::Overdue(error))?;
        }
    }

    /// The config that was made just now, if one was.
    async fn made(
        &self,
        wanted: &Wanted,
        tags: &BTreeMap<String, String>,
        known: &BTreeSet<ConfigArn>,
    ) -> Result<Option<Config>, StepError> {
        let lambda = &self.connection.lambda;
        for config in self.repeated(async || inventory::configs(lambda, self.pace).await).await? {
            if known.contains(&config.arn) || !says(&config, wanted) {
                continue;
            }
            let found = self.repeated(async || config::tags(lambda, &config.arn).await).await?;
            if found.get(OWNER_TAG) == tags.get(OWNER_TAG) {
                return Ok(Some(config));
            }
        }
        Ok(None)
    }

    /// Changes a config, if no function outside the file has got it since the account was read.
    async fn update(&self, change: &ConfigChange, assigned: &BTreeSet<FunctionArn>) -> Result<(), StepError> {
        let (lambda, arn) = (&self.connection.lambda, &change.before.arn);
        let having = self.repeated(async || inventory::attached_to(lambda, self.pace, arn).await).await?;
        if let Some(function) = having.into_iter().find(|function| !assigned.contains(function)) {
            return Err(StepError::Shared { function });
        }
        self.repeated(async || config::update(lambda, arn, &change.wanted).await.map(drop)).await
    }
}

/// Neither a conflict (409) nor, after the SDK's own repetitions, throttling and silence need stay.
fn may_pass(error: &ServiceError) -> bool {
    match error.failure() {
        Failure::Refused { status, .. } => matches!(status, 409 | 429) || *status >= 500,
        Failure::Unanswered(_) => true,
        Failure::Malformed(_) | Failure::Unsent(_) => false,
    }
}

/// What is not there is deleted.
fn deleted(answer: Result<(), ServiceError>) -> Result<(), ServiceError> {
    match answer {
        Err(error) if error.has_status(404) => Ok(()),
        other => other,
    }
}

fn says(config: &Config, wanted: &Wanted) -> bool {
    let set = |publishers: &[String]| publishers.iter().cloned().collect::<BTreeSet<_>>();
    config.mode == wanted.mode
        && config.description == wanted.description
        && set(&config.publishers) == set(&wanted.publishers)
}
