//! What is deployed in a region, judged by what Lambda and Signer say of it.
//!
//! Code signing looks at deployments alone; this looks at what runs. Without the code itself it goes by the two ARNs that
//! Lambda shows, by the configs and by what Signer says of jobs and profiles; with it, by the verifier too. What can't be
//! judged is a row of its own, never left out.

mod finding;
mod overview;
mod jobs;
mod function;

pub use finding::{Found, Problem, Row, Severity};

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use lambda_codesign_core::Verifier;
use lambda_codesign_core::claims::ProfileVersionArn;
use lambda_codesign_core::policy::Lock;
use lambda_codesign_policy::{NamePattern, Target};

use crate::connection::Connection;
use crate::inventory::FunctionPages;
use crate::pace::Pace;
use crate::service::ServiceError;
use jobs::Jobs;
use overview::Overview;

/// Whether the policy allows a publisher for a function or layer.
pub type Allows<'a> = &'a (dyn Fn(&Target, &ProfileVersionArn) -> bool + Sync);

/// What is asked of everything that is deployed.
#[derive(Clone, Copy)]
pub struct Questions<'a> {
    /// The time as of which it is judged.
    pub now: Timestamp,
    /// Signatures that end within this time are named.
    pub soon: SignedDuration,
    /// The functions that are looked at; all, where none is named.
    pub functions: &'a [NamePattern],
    /// What the policy says of publishers.
    pub allows: Allows<'a>,
    /// The packages that the pipeline made, where a lock lists them.
    pub lock: Option<&'a Lock>,
    /// What fetched code is verified by, where it is fetched.
    pub deep: Option<&'a Verifier>,
}

/// One region that is looked through.
pub struct Region<'a> {
    connection: &'a Connection,
    pace: &'a Pace,
    questions: Questions<'a>,
    overview: Overview,
    jobs: Jobs,
}

/// How far a region was looked through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// From this marker on.
    After(String),
    /// There is nothing more.
    Done,
}

impl<'a> Region<'a> {
    /// Reads the configs of a region, what they are attached to, and the profiles.
    ///
    /// # Errors
    /// A service refuses or does not answer.
    pub async fn open(
        connection: &'a Connection,
        pace: &'a Pace,
        questions: Questions<'a>,
    ) -> Result<Self, ServiceError> {
        let overview = Overview::read(connection, pace).await?;
        Ok(Self { connection, pace, questions, overview, jobs: Jobs::default() })
    }

    /// What there is to say of the configs.
    #[must_use]
    pub fn configs(&self) -> Vec<Row> {
        self.overview.rows(self.connection.region())
    }

    /// Looks through the functions page by page, from a marker of an earlier run on. Each page's rows are handed on with
    /// where the next page begins, and nothing of it is kept.
    ///
    /// # Errors
    /// A service does not answer; what was handed on holds.
    pub async fn functions(
        &mut self,
        from: Option<String>,
        keep: &mut (dyn FnMut(Vec<Row>, Next) + Send),
    ) -> Result<(), ServiceError> {
        let (lambda, pace) = (&self.connection.lambda, self.pace);
        let mut pages = match from {
            None => FunctionPages::new(lambda, pace),
            Some(marker) => FunctionPages::after(lambda, pace, marker),
        };
        while let Some(page) = pages.next().await? {
            let mut rows = Vec::new();
            for function in page {
                let name = function.arn.name();
                let wanted = self.questions.functions;
                if wanted.is_empty() || wanted.iter().any(|pattern| pattern.matches(name)) {
                    rows.extend(self.function(function).await?);
                }
            }
            let next = pages.marker().map_or(Next::Done, |marker| Next::After(marker.to_owned()));
            keep(rows, next);
        }
        Ok(())
    }
}

/// The regions of Lambda in the partition `aws`, as its documentation lists them; those that an account has not enabled
/// answer with a refusal.
pub const REGIONS: [&str; 31] = [
    "af-south-1",
    "ap-east-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// The row of a region that could not be looked into.
#[must_use]
pub fn unknown_region(region: &str, error: &ServiceError) -> Row {
    Row::of_region(region).with(Problem::Unknown { why: error.to_string() })
}

/// The versions behind aliases, but for `$LATEST`, each once.
fn behind(aliases: &[crate::inventory::Alias]) -> BTreeSet<&str> {
    let versions = aliases.iter().flat_map(|alias| &alias.versions).map(String::as_str);
    versions.filter(|version| *version != "$LATEST").collect()
}
