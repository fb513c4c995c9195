//! A layer: Lambda takes anything, so the policy judges first, and a lost answer makes no second version.

use aws_sdk_lambda::config::Builder;
use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::types::{Architecture, Runtime};
use lambda_codesign_core::policy::Policy;
use lambda_codesign_core::verdict::Verdict;
use lambda_codesign_policy::ResourceName;
use tokio::time::timeout;

use crate::deployed::{self, LayerCode, ShownSignature, hash, shown};
use crate::inventory;
use crate::name::LayerVersionArn;
use crate::service::ServiceError;
use crate::wait::Pauses;

use super::again::After;
use super::confirm::{Difference, other_signature};
use super::judge::Passed;
use super::source::Source;
use super::{PublishError, Publishing, Step};

const CALL: &str = "PublishLayerVersion";
/// So many looks are taken after a lost answer: about three seconds' worth.
const LOOKS: u32 = 7;

/// A layer's version as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerRequest {
    /// The layer's name.
    pub name: ResourceName,
    /// The runtimes that it says it is for.
    pub runtimes: Vec<String>,
    /// The architectures that it says it is for.
    pub architectures: Vec<String>,
    /// The license that it says it is under.
    pub license: Option<String>,
}

impl LayerRequest {
    /// Whether a version says of itself what is wanted, in whatever order.
    #[must_use]
    pub fn is_said_by(&self, version: &LayerCode) -> bool {
        let same = |one: &[String], other: &[String]| {
            one.len() == other.len() && one.iter().all(|item| other.contains(item))
        };
        same(&version.runtimes, &self.runtimes)
            && same(&version.architectures, &self.architectures)
            && version.license == self.license
    }
}

/// A layer's version that was published, or was there already.
///
/// Holding one proves that Lambda shows it with the hash and the signature that were verified.
#[derive(Debug)]
pub struct PublishedLayer {
    /// The verdict on the package.
    pub verdict: Verdict,
    /// The version.
    pub arn: LayerVersionArn,
    /// Whether it was there before.
    pub origin: Origin,
}

/// Where a layer's version comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This run made it.
    New,
    /// The layer's latest version is the same already.
    There,
}

/// Why a layer was not published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayerError {
    /// The version is not of what was verified.
    #[error("Lambda shows {arn} with {difference}")]
    Differs {
        /// The version.
        arn: LayerVersionArn,
        /// What is other.
        difference: Difference,
    },
    /// It was not done in time.
    #[error("the layer was not published in time")]
    Overdue,
    /// Lambda refused or did not answer.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl LayerError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Differs { .. } => {
                "Attach that version nowhere, delete it, and check that the endpoint is Lambda's."
            }
            Self::Overdue => "Run this again: a version of the same content is found there.",
            Self::Service(error) => error.remedy(),
        }
    }
}

impl Publishing<'_> {
    /// Publishes a package as a layer's version, unless the latest one is the same already.
    ///
    /// # Errors
    /// The stage that stopped it; the journal has what was done before.
    pub async fn layer(
        &self,
        wanted: &LayerRequest,
        package: &[u8],
        policy: &Policy,
    ) -> Result<PublishedLayer, PublishError> {
        let publishing = self.publish_layer(wanted, package, policy);
        timeout(self.patience(), publishing).await.unwrap_or(Err(PublishError::Unanswered))
    }

    async fn publish_layer(
        &self,
        wanted: &LayerRequest,
        package: &[u8],
        policy: &Policy,
    ) -> Result<PublishedLayer, PublishError> {
        let (verdict, passed) = self.judge_alone(package, policy).map_err(PublishError::BlockedLayer)?;
        let versions = inventory::layer_versions(&self.connection.lambda, &wanted.name)
            .await
            .map_err(LayerError::Service)?;
        // The newest comes first.
        let latest = versions.first();
        if let Some(arn) = latest
            && self.is_same(arn, wanted, &passed).await?
        {
            self.journal.note(Step::Layer(arn.clone()));
            return Ok(PublishedLayer { verdict, arn: arn.clone(), origin: Origin::There });
        }
        let source = self.source(&passed).await?;
        let before = latest.map_or(0, LayerVersionArn::version);
        let arn = self.send_layer(wanted, &passed, &source, before).await?;
        Ok(PublishedLayer { verdict, arn, origin: Origin::New })
    }

    /// Sends the layer; where the answer is lost, a newer version of the same content is the one that was made.
    async fn send_layer(
        &self,
        wanted: &LayerRequest,
        passed: &Passed<'_>,
        source: &Source<'_>,
        before: u64,
    ) -> Result<LayerVersionArn, LayerError> {
        let mut pauses = Pauses::default();
        self.journal.note(Step::SendingLayer);
        loop {
            let error = match self.ask_for_layer(wanted, passed, source).await {
                Err(LayerError::Service(error)) => error,
                Err(other @ (LayerError::Differs { .. } | LayerError::Overdue)) => return Err(other),
                Ok(arn) => {
                    self.journal.replace(&Step::SendingLayer, Step::Layer(arn.clone()));
                    return Ok(arn);
                }
            };
            if After::of(&error) == After::Stop {
                self.journal.take_back(&Step::SendingLayer);
                return Err(LayerError::Service(error));
            }
            if !error.is_unanswered() {
                pauses.pause(self.deadline).await.map_err(|_| LayerError::Overdue)?;
                continue;
            }
            if let Some(arn) = self.made_meanwhile(wanted, passed, before).await? {
                self.journal.replace(&Step::SendingLayer, Step::Layer(arn.clone()));
                return Ok(arn);
            }
        }
    }

    /// The version that a call without an answer made, if it made one. What was lost on its way back may still be being
    /// carried out, so several looks are taken before it is sent again.
    async fn made_meanwhile(
        &self,
        wanted: &LayerRequest,
        passed: &Passed<'_>,
        before: u64,
    ) -> Result<Option<LayerVersionArn>, LayerError> {
        let mut pauses = Pauses::default();
        for _ in 0..LOOKS {
            pauses.pause(self.deadline).await.map_err(|_| LayerError::Overdue)?;
            for arn in inventory::layer_versions(&self.connection.lambda, &wanted.name).await? {
                if arn.version() > before && self.is_same(&arn, wanted, passed).await? {
                    return Ok(Some(arn));
                }
            }
        }
        Ok(None)
    }

    async fn ask_for_layer(
        &self,
        wanted: &LayerRequest,
        passed: &Passed<'_>,
        source: &Source<'_>,
    ) -> Result<LayerVersionArn, LayerError> {
        // The SDK would send it again after a lost answer, and Lambda has no token for it.
        let once = Builder::new().retry_config(RetryConfig::disabled());
        let LayerRequest { name, runtimes, architectures, license } = wanted;
        let runtimes = runtimes.iter().map(|it| Runtime::from(it.as_str())).collect::<Vec<_>>();
        let architectures =
            architectures.iter().map(|it| Architecture::from(it.as_str())).collect::<Vec<_>>();
        let request = self
            .connection
            .lambda
            .publish_layer_version()
            .layer_name(name.as_str())
            .content(source.of_layer())
            .set_compatible_runtimes((!runtimes.is_empty()).then_some(runtimes))
            .set_compatible_architectures((!architectures.is_empty()).then_some(architectures))
            .set_license_info(license.clone());
        let answer = request.customize().config_override(once).send().await;
        let answer = answer.map_err(|error| ServiceError::of(CALL, error))?;
        let arn = answer.layer_version_arn.ok_or_else(|| ServiceError::without(CALL, "LayerVersionArn"))?;
        let arn = arn.parse().map_err(|error| ServiceError::malformed(CALL, "LayerVersionArn", &error))?;
        let content = answer.content.ok_or_else(|| ServiceError::without(CALL, "Content"))?;
        let found = hash(CALL, content.code_sha256.as_deref())?;
        let signature = shown(CALL, content.signing_profile_version_arn, content.signing_job_arn)?;
        self.is_shown_right(&arn, passed, found, signature.as_ref()).map(|()| arn)
    }

    fn is_shown_right(
        &self,
        arn: &LayerVersionArn,
        passed: &Passed<'_>,
        found: lambda_codesign_core::digest::CodeSha256,
        signature: Option<&ShownSignature>,
    ) -> Result<(), LayerError> {
        let other_code =
            (found != passed.hash).then_some(Difference::Code { sent: passed.hash, found: Some(found) });
        match other_code.or_else(|| other_signature(passed, signature)) {
            Some(difference) => Err(LayerError::Differs { arn: arn.clone(), difference }),
            None => Ok(()),
        }
    }

    /// Whether a version has the same content, says the same of itself, and is shown with the signature that was verified.
    async fn is_same(
        &self,
        arn: &LayerVersionArn,
        wanted: &LayerRequest,
        passed: &Passed<'_>,
    ) -> Result<bool, LayerError> {
        let version = deployed::layer(&self.connection.lambda, arn).await?;
        Ok(version.code_sha256 == passed.hash
            && wanted.is_said_by(&version)
            && passed.signature.is_met_by(version.signature.as_ref()))
    }
}
