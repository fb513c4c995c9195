//! What Signer knows of revocations, for a snapshot by which packages are judged offline.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_signer::types::{SigningJob, SigningStatus};
use jiff::Timestamp;
use lambda_codesign_core::claims::{AccountId, ProfileVersionArn, SigningJobArn};
use lambda_codesign_core::policy::{JobState, ProfileState};

use crate::connection::{Caller, Connection};
use crate::deployed::ShownSignature;
use crate::inventory::FunctionPages;
use crate::job;
use crate::pace::Pace;
use crate::profile::{self, PLATFORM};
use crate::service::ServiceError;

/// Whose signatures are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those of functions, their versions and layers in the region, and every one that is revoked.
    InUse,
    /// Those too of every job that Signer lists, so that packages can be judged that are not deployed yet.
    AllJobs,
}

/// What one account's Signer knows in one region.
///
/// Holding one proves that Signer was asked at `complete_until` or later. What it does not name was not asked for, or is among
/// `unknown`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The account.
    pub account: AccountId,
    /// The region.
    pub region: String,
    /// The time before the first question.
    pub complete_until: Timestamp,
    /// Whether each job's signature is revoked.
    pub jobs: BTreeMap<SigningJobArn, JobState>,
    /// Whether each profile version is, and from when on.
    pub profiles: BTreeMap<ProfileVersionArn, ProfileState>,
    /// What could not be asked for.
    pub unknown: BTreeSet<Unknown>,
}

/// A job or profile version of which nothing is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unknown {
    /// Its ARN.
    pub arn: String,
    /// Why.
    pub why: String,
}

/// How far it went: jobs that were found, and those whose state is known.
pub type Listener<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Asks Signer for what is revoked of one account in one region.
///
/// # Errors
/// A service refuses a list, or does not answer.
pub async fn fetch(
    connection: &Connection,
    pace: &Pace,
    scope: Scope,
    listener: Listener<'_>,
) -> Result<Known, ServiceError> {
    let complete_until = Timestamp::now();
    let Caller { account, partition } = connection.caller().await?;
    let region = connection.region().to_owned();
    let home = format!("arn:{partition}:signer:{region}:{account}:");
    let (jobs, profiles, unknown) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
    let known = Known { account, region, complete_until, jobs, profiles, unknown };
    let mut inquiry = Inquiry { connection, pace, listener, home, known, versions: BTreeSet::new() };
    inquiry.list(scope).await?;
    inquiry.in_use().await?;
    inquiry.profiles().await?;
    Ok(inquiry.known)
}

/// The state of asking.
struct Inquiry<'a> {
    connection: &'a Connection,
    pace: &'a Pace,
    listener: Listener<'a>,
    /// What this account's ARNs of Signer begin with in this region.
    home: String,
    known: Known,
    versions: BTreeSet<ProfileVersionArn>,
}

impl Inquiry<'_> {
    /// The jobs that Signer lists, all of them or those that are revoked. A revocation that is seen once stays.
    async fn list(&mut self, scope: Scope) -> Result<(), ServiceError> {
        const CALL: &str = "ListSigningJobs";
        let revoked = match scope {
            Scope::InUse => Some(true),
            Scope::AllJobs => None,
        };
        let mut token = None;
        loop {
            self.pace.turn().await;
            let request = self.connection.signer.list_signing_jobs().status(SigningStatus::Succeeded);
            let request = request.platform_id(PLATFORM).set_is_revoked(revoked).set_next_token(token);
            let answer = request.send().await.map_err(|error| ServiceError::of(CALL, error))?;
            for job in answer.jobs.unwrap_or_default() {
                self.listed(CALL, &job)?;
            }
            (self.listener)(self.known.jobs.len(), self.known.jobs.len());
            token = answer.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(());
            }
        }
    }

    fn listed(&mut self, call: &'static str, listed: &SigningJob) -> Result<(), ServiceError> {
        let need = |value: Option<&str>, name| {
            value.map(str::to_owned).ok_or_else(|| ServiceError::without(call, name))
        };
        let id = need(listed.job_id(), "jobId")?;
        let owner = listed.job_owner().unwrap_or(self.known.account.as_str());
        if owner != self.known.account.as_str() {
            // This account started it with a profile of another, which alone knows its revocation.
            let why = format!("it belongs to the account {owner}");
            self.known.unknown.insert(Unknown { arn: format!("the job {id}"), why });
            return Ok(());
        }
        let (name, version) =
            (need(listed.profile_name(), "profileName")?, need(listed.profile_version(), "profileVersion")?);
        // The list names no ARN; the profile, its owner's, lives where its job does.
        let home = &self.home;
        let job = format!("{home}/signing-jobs/{id}");
        let job = job.parse().map_err(|error| ServiceError::malformed(call, "jobId", &error))?;
        let version = format!("{home}/signing-profiles/{name}/{version}");
        let version =
            version.parse().map_err(|error| ServiceError::malformed(call, "profileVersion", &error))?;
        self.versions.insert(version);
        self.put(job, if listed.is_revoked() { JobState::Revoked } else { JobState::Active });
        Ok(())
    }

    fn put(&mut self, job: SigningJobArn, state: JobState) {
        let known = self.known.jobs.entry(job).or_insert(state);
        if state == JobState::Revoked {
            *known = state;
        }
    }

    /// The jobs that signed what is deployed in the region, each described once.
    async fn in_use(&mut self) -> Result<(), ServiceError> {
        let mut pages = FunctionPages::with_versions(&self.connection.lambda, self.pace);
        let mut jobs = BTreeSet::new();
        while let Some(page) = pages.next().await? {
            for function in page {
                let layers = function.layers.into_iter().map(|layer| layer.signature);
                for ShownSignature { publisher, job } in layers.chain([function.signature]).flatten() {
                    self.versions.insert(publisher);
                    jobs.insert(job);
                }
            }
            (self.listener)(jobs.len(), self.known.jobs.len());
        }
        let found = jobs.len();
        for job in jobs {
            if self.known.jobs.contains_key(&job)
                || !self.is_at_home(job.account(), job.region(), job.as_str())
            {
                continue;
            }
            self.pace.turn().await;
            match job::describe(&self.connection.signer, job.id()).await {
                Ok(described) => self.put(job, described.state),
                Err(error) if error.is_unanswered() => return Err(error),
                Err(error) => self.doubt(job.as_str(), error.to_string()),
            }
            (self.listener)(found, self.known.jobs.len());
        }
        Ok(())
    }

    /// The profile versions that signed, each asked for once.
    async fn profiles(&mut self) -> Result<(), ServiceError> {
        for version in std::mem::take(&mut self.versions) {
            if !self.is_at_home(version.account(), version.region(), version.as_str()) {
                continue;
            }
            self.pace.turn().await;
            match profile::get(&self.connection.signer, version.name(), None).await {
                // A live name has one version (BEHAVIOUR.md "Signer", PutSigningProfile).
                Ok(profile) if profile.version == version => {
                    let state = profile.revoked_from;
                    let state =
                        state.map_or(ProfileState::Active, |effective| ProfileState::Revoked { effective });
                    self.known.profiles.insert(version, state);
                }
                Ok(profile) => {
                    self.doubt(version.as_str(), format!("Signer knows {} by that name", profile.version));
                }
                Err(error) if error.is_unanswered() => return Err(error),
                Err(error) => self.doubt(version.as_str(), error.to_string()),
            }
        }
        Ok(())
    }

    /// Whether a job or profile is this account's in this region; another's is unknown.
    fn is_at_home(&mut self, account: &AccountId, region: &str, arn: &str) -> bool {
        let why = if *account != self.known.account {
            format!("it belongs to the account {account}")
        } else if region != self.known.region {
            format!("it is of {region}: fetch a snapshot there too")
        } else {
            return true;
        };
        self.doubt(arn, why);
        false
    }

    fn doubt(&mut self, arn: &str, why: String) {
        self.known.unknown.insert(Unknown { arn: arn.to_owned(), why });
    }
}
