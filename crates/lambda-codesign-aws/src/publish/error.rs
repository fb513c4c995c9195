//! Where a publication stopped.

use lambda_codesign_core::verdict::Verdict;

use crate::code::CodeError;
use crate::name::LayerVersionArn;
use crate::service::ServiceError;

use super::{
    AliasError, ConfirmError, DeployError, FindError, Judged, LayerError, SourceError, VersionError,
};

/// Where a publication stopped. What was done before is in its journal.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The package or an attached layer is blocked. Nothing was sent.
    #[error("the package or a layer that the function has attached is blocked")]
    Blocked(Box<Judged>),
    /// The package of a layer is blocked. Nothing was sent.
    #[error("the package is blocked")]
    BlockedLayer(Box<Verdict>),
    /// A call was not answered in time.
    #[error("a service did not answer in time")]
    Unanswered,
    /// A layer could not be looked at. Nothing was sent.
    #[error("the attached layer {arn} can't be judged: {error}")]
    Layer {
        /// The layer's version.
        arn: LayerVersionArn,
        /// Why.
        error: ServiceError,
    },
    /// A layer's code could not be fetched. Nothing was sent.
    #[error("the attached layer {arn} can't be judged: {error}")]
    LayerCode {
        /// The layer's version.
        arn: LayerVersionArn,
        /// Why.
        error: CodeError,
    },
    /// The function can't be published to. Nothing was sent.
    #[error(transparent)]
    Find(#[from] FindError),
    /// The package is nowhere that Lambda can take it from.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The function does not have the package.
    #[error(transparent)]
    Deploy(#[from] DeployError),
    /// Lambda shows something else than what was verified.
    #[error(transparent)]
    Confirm(#[from] ConfirmError),
    /// There is no version.
    #[error(transparent)]
    Version(#[from] VersionError),
    /// The alias was not moved.
    #[error(transparent)]
    Alias(#[from] AliasError),
    /// The layer was not published.
    #[error(transparent)]
    PublishLayer(#[from] LayerError),
}

impl PublishError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Blocked(_) | Self::BlockedLayer(_) => "Do what the verdict says.",
            Self::Unanswered => "Check the network and the service's health, and run this again.",
            Self::Layer { error, .. } => error.remedy(),
            Self::LayerCode { error, .. } => error.remedy(),
            Self::Find(error) => error.remedy(),
            Self::Source(error) => error.remedy(),
            Self::Deploy(error) => error.remedy(),
            Self::Confirm(error) => error.remedy(),
            Self::Version(error) => error.remedy(),
            Self::Alias(error) => error.remedy(),
            Self::PublishLayer(error) => error.remedy(),
        }
    }
}
