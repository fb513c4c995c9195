//! What is to be published to, as it is before anything is done.

use tokio::time::timeout;

use crate::config::{self, Config};
use crate::deployed::{self, Function, FunctionCode, Package};
use crate::download::CodeLocation;
use crate::function_name::{AliasName, FunctionName};
use crate::service::ServiceError;

use super::again::LookError;
use super::alias::{self, AliasState};
use super::{Aim, Publishing};

/// A function of which everything is known that its publication is decided by.
///
/// Holding one proves that no update of it was under way when it was read. It does not prove that it is still as it was:
/// its revision does, since every change names it.
#[derive(Clone, Debug)]
pub struct Target {
    pub(super) function: Function,
    pub(super) location: Option<CodeLocation>,
    pub(super) key: Option<String>,
    pub(super) config: Option<Config>,
    pub(super) aim: Aim,
    pub(super) alias: AliasState,
}

/// Why a function can't be published to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// There is none of this name.
    #[error("there is no such function in this region and account")]
    Absent,
    /// Its code is a container image.
    #[error("its code is a container image, to which code signing does not apply")]
    Image,
    /// A version or alias was named.
    #[error("code is deployed to a function, and this names a version or alias of one")]
    Qualified,
    /// The alias points to two versions.
    #[error("the alias {0} is shifting between two versions")]
    Shifting(AliasName),
    /// An update of somebody else does not end.
    #[error("another update of it is under way and was not done in time")]
    Busy,
    /// Lambda did not answer in time.
    #[error("Lambda did not answer in time")]
    Unanswered,
    /// Lambda refused or did not answer.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl FindError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Absent => {
                "Check name, region and account; create the function with the tool that describes it."
            }
            Self::Image => {
                "Publish the image with the tool that built it, or make the function one of a zip."
            }
            Self::Qualified => "Name the function alone, and the alias with --alias.",
            Self::Shifting(_) => "Let the shift end or end it, and run this again.",
            Self::Unanswered => "Check the network and the service's health, and try again.",
            Self::Busy => "Run this again once it is done.",
            Self::Service(error) => error.remedy(),
        }
    }
}

impl From<LookError> for FindError {
    fn from(error: LookError) -> Self {
        match error {
            LookError::Overdue => Self::Busy,
            LookError::Service(error) if error.is("ResourceNotFoundException") => Self::Absent,
            LookError::Service(error) => Self::Service(error),
        }
    }
}

impl Target {
    /// The function's `$LATEST`.
    #[must_use]
    pub const fn function(&self) -> &Function {
        &self.function
    }

    /// The config that is attached.
    #[must_use]
    pub const fn config(&self) -> Option<&Config> {
        self.config.as_ref()
    }
}

impl Publishing<'_> {
    /// Reads a function, its config and the alias that is to be moved; an update that is under way is waited for.
    ///
    /// # Errors
    /// It can't be published to, or Lambda does not say.
    pub async fn find(&self, name: &FunctionName, aim: Aim) -> Result<Target, FindError> {
        timeout(self.patience(), self.read(name, aim)).await.unwrap_or(Err(FindError::Unanswered))
    }

    async fn read(&self, name: &FunctionName, aim: Aim) -> Result<Target, FindError> {
        if name.qualifier().is_some() {
            return Err(FindError::Qualified);
        }
        let FunctionCode { function, location, key } = self.settled(name.name(), None).await?;
        match function.package {
            Package::Zip => {}
            Package::Image => return Err(FindError::Image),
        }
        let config = self.attached(function.arn.as_str()).await?;
        let alias = match &aim {
            Aim::Alias(alias) => alias::look(&self.connection.lambda, &function, alias).await?,
            Aim::DryRun | Aim::Latest | Aim::Version => AliasState::Absent,
        };
        match (&alias, &aim) {
            (AliasState::Shifting, Aim::Alias(alias)) => Err(FindError::Shifting(alias.clone())),
            _ => Ok(Target { function, location, key, config, aim, alias }),
        }
    }

    /// The config that is attached now.
    pub(super) async fn attached(&self, function: &str) -> Result<Option<Config>, ServiceError> {
        let lambda = &self.connection.lambda;
        match deployed::config_of(lambda, function).await? {
            Some(arn) => config::get(lambda, &arn).await.map(Some),
            None => Ok(None),
        }
    }
}
