//! Publishing to Lambda: only bytes that were verified are sent, and what people call is moved last, once Lambda shows
//! what was sent.
//!
//! Every change names the revision that it was decided on, so that whoever else deploys meanwhile loses nothing, and
//! every answer that is lost is settled by a look. The config is read once, before the package is judged: Lambda judges
//! by the one that is attached when the code arrives, and its refusal is explained by the one that is attached then.

mod find;
mod judge;
mod source;
mod deploy;
mod confirm;
mod version;
mod alias;
mod layer;
mod again;
mod refusal;
mod journal;
mod error;

pub use alias::AliasError;
pub use confirm::{ConfirmError, Difference, Restoration};
pub use deploy::DeployError;
pub use error::PublishError;
pub use find::{FindError, Target};
pub use journal::{Journal, Step};
pub use judge::{Judged, JudgedLayer, LayerOutcome, Rules, Verdicts};
pub use layer::{LayerError, LayerRequest, Origin, PublishedLayer};
pub use refusal::{About, Refusal, Why};
pub use source::SourceError;
pub use version::VersionError;

use std::time::Duration;

use lambda_codesign_core::Verifier;
use lambda_codesign_core::policy::Evidence;
use tokio::time::timeout;

use crate::connection::Connection;
use crate::deployed::Function;
use crate::function_name::AliasName;
use crate::wait::Deadline;

/// What publishing needs beside the package.
#[derive(Clone, Debug)]
pub struct Publishing<'a> {
    /// The clients.
    pub connection: &'a Connection,
    /// The roots and limits; its policy is not asked.
    pub verifier: &'a Verifier,
    /// What is known from outside the packages.
    pub evidence: Evidence<'a>,
    /// The bucket through which packages go that no request holds; it must keep versions.
    pub bucket: Option<String>,
    /// The latest time at which anything is still waited for.
    pub deadline: Deadline,
    /// Hears of each step.
    pub journal: &'a Journal,
}

/// How far a function's publication goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aim {
    /// Lambda judges, and nothing changes.
    DryRun,
    /// `$LATEST`.
    Latest,
    /// A version.
    Version,
    /// A version, and the alias points to it.
    Alias(AliasName),
}

/// A function that was published.
///
/// Holding one proves that Lambda showed what was verified when its update was done; for a dry run, that Lambda said it
/// would take it.
#[derive(Debug)]
pub struct Published {
    /// What was judged, and by what.
    pub judged: Judged,
    /// `$LATEST`, once its update was done; as it was, for a dry run.
    pub latest: Function,
    /// The version that was published, or stood for the same content already.
    pub version: Option<String>,
    /// The alias that points to it.
    pub alias: Option<AliasName>,
}

impl Publishing<'_> {
    /// Publishes a package as a function's code.
    ///
    /// # Errors
    /// The stage that stopped it; the journal has what was done before.
    pub async fn function(
        &self,
        target: &Target,
        package: &[u8],
        rules: &Rules<'_>,
    ) -> Result<Published, PublishError> {
        let publishing = self.publish(target, package, rules);
        timeout(self.patience(), publishing).await.unwrap_or(Err(PublishError::Unanswered))
    }

    /// How long any call is waited for: what waits with a reason of its own says it at the deadline, and first.
    fn patience(&self) -> Duration {
        self.deadline.left().saturating_add(Duration::from_secs(1))
    }

    async fn publish(
        &self,
        target: &Target,
        package: &[u8],
        rules: &Rules<'_>,
    ) -> Result<Published, PublishError> {
        let (judged, passed) = self.judge(target, package, rules).await?;
        let source = self.source(&passed).await?;
        if target.aim == Aim::DryRun {
            self.rehearse(target, (&judged, &passed), &source).await?;
            return Ok(Published { judged, latest: target.function.clone(), version: None, alias: None });
        }
        let earlier = self.earlier(target).await;
        let deployed = self.deploy(target, (&judged, &passed), &source).await?;
        let confirmed = self.confirm(target, &passed, deployed, earlier).await?;
        let (version, alias) = match &target.aim {
            Aim::DryRun | Aim::Latest => (None, None),
            Aim::Version => (Some(self.publish_version(target, &passed, &confirmed).await?), None),
            Aim::Alias(alias) => {
                let version = self.publish_version(target, &passed, &confirmed).await?;
                self.move_alias(target, alias, &version).await?;
                (Some(version), Some(alias.clone()))
            }
        };
        Ok(Published {
            judged,
            latest: confirmed.into_function(),
            version: version.map(|version| version.number),
            alias,
        })
    }
}
