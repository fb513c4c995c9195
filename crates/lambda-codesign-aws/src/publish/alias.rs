//! The alias, moved last and only by whoever saw where it was.

use aws_sdk_lambda::Client;

use crate::deployed::Function;
use crate::function_name::AliasName;
use crate::service::ServiceError;
use crate::wait::Pauses;

use super::again::After;
use super::version::Version;
use super::{Publishing, Step, Target};

/// Where an alias points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AliasState {
    /// There is none.
    Absent,
    /// To one version.
    At { version: String, revision: String },
    /// To two versions, by weight.
    Shifting,
}

/// Why the alias was not moved. The version is published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AliasError {
    /// Somebody else moved it since it was read.
    #[error("somebody else moved the alias {alias} meanwhile; it was left where they moved it")]
    Overtaken {
        /// The alias.
        alias: AliasName,
    },
    /// It was not done in time.
    #[error("the alias {alias} was not moved in time")]
    Overdue {
        /// The alias.
        alias: AliasName,
    },
    /// Lambda refused or did not answer.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl AliasError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Overtaken { .. } => {
                "Look where it points, and run this again if the package is still wanted."
            }
            Self::Overdue { .. } => "Run this again: the version is found there.",
            Self::Service(error) => error.remedy(),
        }
    }
}

/// Where an alias points now.
pub(super) async fn look(
    lambda: &Client,
    function: &Function,
    alias: &AliasName,
) -> Result<AliasState, ServiceError> {
    const CALL: &str = "GetAlias";
    let request = lambda.get_alias().function_name(function.arn.as_str()).name(alias.as_str());
    let answer = match request.send().await.map_err(|error| ServiceError::of(CALL, error)) {
        Ok(answer) => answer,
        Err(error) if error.is("ResourceNotFoundException") => return Ok(AliasState::Absent),
        Err(error) => return Err(error),
    };
    let weights = answer.routing_config.and_then(|routing| routing.additional_version_weights);
    if weights.is_some_and(|weights| !weights.is_empty()) {
        return Ok(AliasState::Shifting);
    }
    Ok(AliasState::At {
        version: answer.function_version.ok_or_else(|| ServiceError::without(CALL, "FunctionVersion"))?,
        revision: answer.revision_id.ok_or_else(|| ServiceError::without(CALL, "RevisionId"))?,
    })
}

impl AliasState {
    fn is_at(&self, wanted: &Version) -> bool {
        match self {
            Self::At { version, .. } => *version == wanted.number,
            Self::Absent | Self::Shifting => false,
        }
    }
}

impl Publishing<'_> {
    /// Points the alias to a version, unless somebody else moved it since it was read.
    pub(super) async fn move_alias(
        &self,
        target: &Target,
        alias: &AliasName,
        version: &Version,
    ) -> Result<(), AliasError> {
        let moving = Step::Moving(alias.clone());
        let moved = Step::Alias { alias: alias.clone(), version: version.number.clone() };
        if target.alias.is_at(version) {
            self.journal.note(moved);
            return Ok(());
        }
        let mut pauses = Pauses::default();
        self.journal.note(moving.clone());
        loop {
            let error = match self.ask_to_move(target, alias, version).await {
                Ok(()) => break,
                Err(error) => error,
            };
            if After::of(&error) == After::Stop {
                self.journal.take_back(&moving);
                return Err(AliasError::Service(error));
            }
            let now = look(&self.connection.lambda, &target.function, alias).await?;
            if now.is_at(version) {
                break;
            }
            if now != target.alias {
                self.journal.take_back(&moving);
                return Err(AliasError::Overtaken { alias: alias.clone() });
            }
            let overdue = |_| AliasError::Overdue { alias: alias.clone() };
            pauses.pause(self.deadline).await.map_err(overdue)?;
        }
        self.journal.replace(&moving, moved);
        Ok(())
    }

    async fn ask_to_move(
        &self,
        target: &Target,
        alias: &AliasName,
        version: &Version,
    ) -> Result<(), ServiceError> {
        let lambda = &self.connection.lambda;
        let (function, alias) = (target.function.arn.as_str(), alias.as_str());
        match &target.alias {
            AliasState::At { revision, .. } => {
                let request = lambda.update_alias().function_name(function).name(alias);
                let answer = request.function_version(&version.number).revision_id(revision).send().await;
                answer.map(drop).map_err(|error| ServiceError::of("UpdateAlias", error))
            }
            // One that shifts was refused when it was read.
            AliasState::Absent | AliasState::Shifting => {
                let request = lambda.create_alias().function_name(function).name(alias);
                let answer = request.function_version(&version.number).send().await;
                answer.map(drop).map_err(|error| ServiceError::of("CreateAlias", error))
            }
        }
    }
}
