//! Writing down what is known of revocations, as a snapshot file (docs/schema/revocations-v1.json).

use std::path::Path;

use jiff::Timestamp;
use lambda_codesign_core::claims::{AccountId, ProfileVersionArn, SigningJobArn};
use lambda_codesign_core::policy::{JobState, ProfileState, Revocations};
use lambda_codesign_core::snapshot as core;
use lambda_codesign_signing::name::Site;
use lambda_codesign_signing::output as files;
use lambda_codesign_signing::profile::Profile;
use lambda_codesign_signing::snapshot as signing;
use serde::Serialize;

use crate::fault::Fault;
use crate::profile_arguments::profile_fault;

/// What is known of one account's jobs and profiles in one region.
pub(crate) struct Snapshot {
    pub(crate) account: AccountId,
    pub(crate) region: String,
    pub(crate) complete_until: Timestamp,
    pub(crate) jobs: Vec<(SigningJobArn, JobState)>,
    pub(crate) profiles: Vec<(ProfileVersionArn, ProfileState)>,
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
    /// Everything that a local profile's folder says of its jobs and of itself.
    pub(crate) fn of(profile: &Profile, now: Timestamp) -> Result<Self, Fault> {
        let checked = |error| profile_fault(&error);
        let revocations = profile.revocations(now).map_err(checked)?;
        let arn: ProfileVersionArn = parsed(profile.facts().map_err(checked)?.arn.as_str())?;
        let state = match revocations.profile {
            None => ProfileState::Active,
            Some(revocation) => ProfileState::Revoked { effective: revocation.effective },
        };
        let mut jobs = Vec::new();
        for job in profile.jobs().map_err(checked)? {
            let state = if job.revocation.is_some() { JobState::Revoked } else { JobState::Active };
            jobs.push((parsed(Site::local().job(&job.id).as_str())?, state));
        }
        Ok(Self {
            account: arn.account().clone(),
            region: arn.region().to_owned(),
            complete_until: revocations.complete_until,
            jobs,
            profiles: vec![(arn, state)],
        })
    }

    /// As a verifier takes it.
    pub(crate) fn facts(&self) -> Revocations {
        let facts = Revocations::complete_until_only(self.complete_until);
        let facts =
            self.profiles.iter().fold(facts, |facts, (arn, state)| facts.with_profile(arn.clone(), *state));
        self.jobs.iter().fold(facts, |facts, (job, state)| facts.with_job(job.clone(), *state))
    }

    /// Writes it to a file, signed where there is a profile to sign it with.
    pub(crate) fn write(&self, file: &Path, signer: Option<&Profile>) -> Result<(), Fault> {
        let json = self.json()?;
        let text = match signer {
            None => json,
            Some(profile) => signed(&json, profile)?,
        };
        files::write(file, text.as_bytes())
            .map_err(|error| Fault::of("could not write the revocation snapshot", &error, error.remedy()))
    }

    fn json(&self) -> Result<String, Fault> {
        let jobs = self.jobs.iter().map(|(arn, state)| match state {
            JobState::Active => Row::active(arn),
            JobState::Revoked => Row { state: "revoked", ..Row::active(arn) },
        });
        let profiles = self.profiles.iter().map(|(arn, state)| match state {
            ProfileState::Active => Row::active(arn),
            ProfileState::Revoked { effective } => {
                Row { state: "revoked", effective: Some(effective.to_string()), ..Row::active(arn) }
            }
        });
        let document = Document {
            schema: core::Snapshot::SCHEMA,
            account: self.account.to_string(),
            region: self.region.clone(),
            // Signing times have milliseconds.
            complete_until: format!("{:.3}", to_the_millisecond(self.complete_until)),
            jobs: jobs.collect(),
            profiles: profiles.collect(),
        };
        serde_json::to_string_pretty(&document).map(|json| json + "\n").map_err(|error| malformed(&error))
    }
}

/// The file of a snapshot that a profile signs now.
pub(crate) fn signed(snapshot: &str, profile: &Profile) -> Result<String, Fault> {
    match signing::sign(snapshot, profile, Timestamp::now()) {
        Ok(signed) => Ok(signed.file),
        Err(error) => Err(Fault::of("could not sign the revocation snapshot", &error, error.remedy())),
    }
}

impl Row {
    fn active(arn: &impl ToString) -> Self {
        Self { arn: arn.to_string(), state: "active", effective: None }
    }
}

/// Never later than it was.
fn to_the_millisecond(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(arn: &str) -> Result<T, Fault> {
    arn.parse().map_err(|error| malformed(&error))
}

/// What the profile's folder holds was checked when it was read, so this is a fault of ours.
fn malformed(error: &impl std::fmt::Display) -> Fault {
    Fault::new("could not write down the revocations", error, "please report it")
}
