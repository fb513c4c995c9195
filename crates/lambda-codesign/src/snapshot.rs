//! What is known of a local profile's revocations: as facts for a verifier, and as a snapshot file
//! (docs/schema/revocations-v1.json).

use jiff::Timestamp;
use lambda_codesign_core::claims::{ProfileVersionArn, SigningJobArn};
use lambda_codesign_core::policy::{JobState, ProfileState, Revocations};
use lambda_codesign_signing::name::Site;
use lambda_codesign_signing::profile::Profile;
use serde::Serialize;

use crate::fault::Fault;
use crate::profile_arguments::profile_fault;

/// Everything that one profile's folder says of its jobs and of itself.
pub(crate) struct Snapshot {
    complete_until: Timestamp,
    profile: (ProfileVersionArn, ProfileState),
    jobs: Vec<(SigningJobArn, JobState)>,
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    account: String,
    region: String,
    complete_until: String,
    jobs: Vec<Row>,
    profiles: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    arn: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective: Option<String>,
}

impl Snapshot {
    pub(crate) fn of(profile: &Profile, now: Timestamp) -> Result<Self, Fault> {
        let checked = |error| profile_fault(&error);
        let arn = profile.facts().map_err(checked)?.arn;
        let revocations = profile.revocations(now).map_err(checked)?;
        let state = match revocations.profile {
            None => ProfileState::Active,
            Some(revocation) => ProfileState::Revoked { effective: revocation.effective },
        };
        let mut jobs = Vec::new();
        for job in profile.jobs().map_err(checked)? {
            let state = if job.revocation.is_some() { JobState::Revoked } else { JobState::Active };
            jobs.push((parsed(Site::local().job(&job.id).as_str())?, state));
        }
        Ok(Self { complete_until: revocations.complete_until, profile: (parsed(arn.as_str())?, state), jobs })
    }

    /// As a verifier takes it.
    pub(crate) fn facts(&self) -> Revocations {
        let (arn, state) = &self.profile;
        let facts = Revocations::complete_until_only(self.complete_until).with_profile(arn.clone(), *state);
        self.jobs.iter().fold(facts, |facts, (job, state)| facts.with_job(job.clone(), *state))
    }

    /// As a file has it.
    pub(crate) fn json(&self) -> Result<String, Fault> {
        let (arn, state) = &self.profile;
        let effective = match state {
            ProfileState::Active => None,
            ProfileState::Revoked { effective } => Some(effective.to_string()),
        };
        let word = if effective.is_some() { "revoked" } else { "active" };
        let jobs = self.jobs.iter().map(|(job, state)| Row {
            arn: job.to_string(),
            state: match state {
                JobState::Active => "active",
                JobState::Revoked => "revoked",
            },
            effective: None,
        });
        let document = Document {
            schema: Revocations::SCHEMA,
            account: arn.account().to_string(),
            region: arn.region().to_owned(),
            complete_until: self.complete_until.to_string(),
            jobs: jobs.collect(),
            profiles: vec![Row { arn: arn.to_string(), state: word, effective }],
        };
        serde_json::to_string_pretty(&document).map(|json| json + "\n").map_err(|error| malformed(&error))
    }
}

fn parsed<T: core::str::FromStr<Err: core::fmt::Display>>(arn: &str) -> Result<T, Fault> {
    arn.parse().map_err(|error| malformed(&error))
}

/// What the profile's folder holds was checked when it was read, so this is a fault of ours.
fn malformed(error: &impl core::fmt::Display) -> Fault {
    Fault::new("could not write down the profile's revocations", error, "please report it")
}
