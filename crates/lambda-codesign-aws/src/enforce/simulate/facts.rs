//! What Signer knows of a signature: when it expires, and what was revoked.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lambda_codesign_core::claims::{ProfileVersionArn, SigningJobArn};
use lambda_codesign_core::policy::{JobState, ProfileState, Revocations};

use crate::deployed::ShownSignature;
use crate::job::{self, DescribedJob};
use crate::profile;
use crate::service::ServiceError;

use super::super::Here;
use super::{Doubt, Reason, Simulation};

/// Signer's word on one signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    signed: Option<Timestamp>,
    expires: Option<Timestamp>,
    job: JobState,
    profile: ProfileState,
}

/// Asks Signer of each job and profile once.
pub(super) struct Office<'a> {
    simulation: &'a Simulation<'a>,
    here: &'a Here,
    jobs: BTreeMap<SigningJobArn, Result<DescribedJob, Doubt>>,
    profiles: BTreeMap<ProfileVersionArn, Result<ProfileState, Doubt>>,
}

impl Facts {
    /// What speaks against the signature.
    pub(super) fn against(&self, now: Timestamp) -> Option<Reason> {
        if let Some(expires) = self.expires.filter(|expires| *expires <= now) {
            return Some(Reason::Expired(expires));
        }
        if self.job == JobState::Revoked {
            return Some(Reason::RevokedJob);
        }
        match self.profile {
            // A signature of an unknown time may be a later one.
            ProfileState::Revoked { effective } if self.signed.is_none_or(|signed| signed >= effective) => {
                Some(Reason::RevokedProfile(effective))
            }
            ProfileState::Revoked { .. } | ProfileState::Active => None,
        }
    }

    /// As the verifier takes them.
    pub(super) fn revocations(&self, signature: &ShownSignature, now: Timestamp) -> Revocations {
        Revocations::complete_until_only(now)
            .with_job(signature.job.clone(), self.job)
            .with_profile(signature.publisher.clone(), self.profile)
    }
}

impl<'a> Office<'a> {
    pub(super) const fn new(simulation: &'a Simulation<'a>, here: &'a Here) -> Self {
        Self { simulation, here, jobs: BTreeMap::new(), profiles: BTreeMap::new() }
    }

    /// What is known of a signature, or why nothing is.
    pub(super) async fn facts(
        &mut self,
        signature: &ShownSignature,
    ) -> Result<Result<Facts, Doubt>, ServiceError> {
        let ShownSignature { publisher, job } = signature;
        let is_ours =
            |region: &str, account| region == self.here.region.as_str() && account == &self.here.account;
        if !is_ours(job.region(), job.account()) || !is_ours(publisher.region(), publisher.account()) {
            return Ok(Err(Doubt::Elsewhere));
        }
        if !self.jobs.contains_key(job) {
            let described = doubted(self.describe(job).await)?;
            self.jobs.insert(job.clone(), described);
        }
        if !self.profiles.contains_key(publisher) {
            let described = doubted(self.state_of(publisher).await)?;
            self.profiles.insert(publisher.clone(), described);
        }
        Ok(match (self.jobs.get(job), self.profiles.get(publisher)) {
            (Some(Ok(job)), Some(Ok(profile))) => Ok(Facts {
                signed: job.completed.or(job.created),
                expires: job.expires,
                job: job.state,
                profile: *profile,
            }),
            (Some(Err(doubt)), _) | (_, Some(Err(doubt))) => Err(doubt.clone()),
            (None, _) | (_, None) => Err(Doubt::Elsewhere),
        })
    }

    async fn describe(&self, job: &SigningJobArn) -> Result<DescribedJob, ServiceError> {
        self.simulation.pace.turn().await;
        job::describe(&self.simulation.connection.signer, job.id()).await
    }

    async fn state_of(&self, publisher: &ProfileVersionArn) -> Result<ProfileState, ServiceError> {
        self.simulation.pace.turn().await;
        let profile = profile::get(&self.simulation.connection.signer, publisher.name(), None).await?;
        // A live name has one version (BEHAVIOUR.md "Signer", PutSigningProfile).
        let revoked = profile.revoked_from.filter(|_| profile.version == *publisher);
        Ok(revoked.map_or(ProfileState::Active, |effective| ProfileState::Revoked { effective }))
    }
}

/// What is not there, or not for us, is in doubt; any other failure ends the run.
fn doubted<T>(answer: Result<T, ServiceError>) -> Result<Result<T, Doubt>, ServiceError> {
    match answer {
        Ok(known) => Ok(Ok(known)),
        Err(error) if error.has_status(403) || error.has_status(404) => Ok(Err(Doubt::Undescribed(error))),
        Err(error) => Err(error),
    }
}
