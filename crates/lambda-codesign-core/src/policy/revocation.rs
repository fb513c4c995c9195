//! What is known about revocation (FORMAT.md, "Revocation identifiers"): facts of a dated snapshot.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::MaxAge;
use crate::claims::{ArnError, ProfileVersionArn, SigningJobArn};
use crate::finding::{Finding, Unsettled};

/// A snapshot of one account's signing jobs and profile versions in one region.
///
/// Whoever passes one in vouches for it. What it does not name is unknown, never unrevoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocations {
    complete_until: Timestamp,
    jobs: BTreeMap<SigningJobArn, JobState>,
    profiles: BTreeMap<ProfileVersionArn, ProfileState>,
}

/// Whether a signing job's signature was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// It was not.
    Active,
    /// It was.
    Revoked,
}

/// Whether a signing profile version was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileState {
    /// It was not.
    Active,
    /// It was.
    Revoked {
        /// Signatures made at this time or later are revoked.
        effective: Timestamp,
    },
}

/// Why a text is not a revocation snapshot.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RevocationError {
    /// Not JSON of the documented shape.
    #[error("it is not a revocation snapshot: {0}")]
    Json(#[from] serde_json::Error),
    /// Another schema or version.
    #[error("its schema is not {}", Revocations::SCHEMA)]
    Schema,
    /// A malformed ARN.
    #[error("the ARN of {list} {index} is malformed: {error}")]
    Arn {
        /// `job` or `profile`.
        list: &'static str,
        /// Its place in the list, from 0.
        index: usize,
        /// What is wrong with it.
        error: ArnError,
    },
    /// An ARN of another account or region than the snapshot's, or one that stands twice.
    #[error("{list} {index} stands twice, or is not of the snapshot's account and region")]
    Foreign {
        /// `job` or `profile`.
        list: &'static str,
        /// Its place in the list, from 0.
        index: usize,
    },
    /// A profile that is revoked without a time, or active with one.
    #[error("profile {index} needs an `effective` time if, and only if, it is revoked")]
    Effective {
        /// Its place in the list, from 0.
        index: usize,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    account: String,
    region: String,
    complete_until: String,
    jobs: Vec<JobRow>,
    profiles: Vec<ProfileRow>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum State {
    Active,
    Revoked,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JobRow {
    arn: String,
    state: State,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileRow {
    arn: String,
    state: State,
    effective: Option<String>,
}

/// The signature whose revocation is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signature<'a> {
    pub(super) job: &'a SigningJobArn,
    pub(super) publisher: &'a ProfileVersionArn,
    pub(super) signing_time: Timestamp,
}

/// What is known about the revocation of one signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Known {
    Unrevoked,
    /// For one reason at least.
    Revoked(Vec<Finding>),
    Unknown(Unsettled),
}

impl Revocations {
    /// The schema that a snapshot file names.
    pub const SCHEMA: &str = "lambda-codesign/revocations/v1";

    /// Facts that are complete until this time; they name nothing yet.
    #[must_use]
    pub fn complete_until_only(complete_until: Timestamp) -> Self {
        Self { complete_until, jobs: BTreeMap::new(), profiles: BTreeMap::new() }
    }

    /// With the state of a job.
    #[must_use]
    pub fn with_job(mut self, job: SigningJobArn, state: JobState) -> Self {
        self.jobs.insert(job, state);
        self
    }

    /// With the state of a profile version.
    #[must_use]
    pub fn with_profile(mut self, profile: ProfileVersionArn, state: ProfileState) -> Self {
        self.profiles.insert(profile, state);
        self
    }

    /// Reads a snapshot file (docs/schema/revocations-v1.json).
    ///
    /// # Errors
    ///
    /// [`RevocationError`] for anything that is not a snapshot of this version, unknown fields included.
    pub fn from_json(json: &[u8]) -> Result<Self, RevocationError> {
        let file: File = serde_json::from_slice(json)?;
        if file.schema != Self::SCHEMA {
            return Err(RevocationError::Schema);
        }
        let mut snapshot = Self::complete_until_only(time(&file.complete_until)?);
        for (index, row) in file.jobs.iter().enumerate() {
            let list = "job";
            let arn: SigningJobArn =
                row.arn.parse().map_err(|error| RevocationError::Arn { list, index, error })?;
            let home = arn.account().as_str() == file.account && arn.region() == file.region;
            let state = match row.state {
                State::Active => JobState::Active,
                State::Revoked => JobState::Revoked,
            };
            if !home || snapshot.jobs.insert(arn, state).is_some() {
                return Err(RevocationError::Foreign { list, index });
            }
        }
        for (index, row) in file.profiles.iter().enumerate() {
            let list = "profile";
            let arn: ProfileVersionArn =
                row.arn.parse().map_err(|error| RevocationError::Arn { list, index, error })?;
            let home = arn.account().as_str() == file.account && arn.region() == file.region;
            let state = match (row.state, &row.effective) {
                (State::Active, None) => ProfileState::Active,
                (State::Revoked, Some(effective)) => ProfileState::Revoked { effective: time(effective)? },
                (State::Active, Some(_)) | (State::Revoked, None) => {
                    return Err(RevocationError::Effective { index });
                }
            };
            if !home || snapshot.profiles.insert(arn, state).is_some() {
                return Err(RevocationError::Foreign { list, index });
            }
        }
        Ok(snapshot)
    }

    /// Until when the snapshot is complete.
    #[must_use]
    pub const fn complete_until(&self) -> Timestamp {
        self.complete_until
    }

    /// What the snapshot says of a signature: a revocation counts whatever its age; that nothing was revoked counts
    /// only where both job and profile version are named and the snapshot is not older than the signature, nor than
    /// it may be.
    pub(super) fn of(&self, signature: Signature<'_>, now: Timestamp, max_age: Option<MaxAge>) -> Known {
        let Signature { job, publisher, signing_time } = signature;
        let mut revoked = Vec::new();
        if self.jobs.get(job) == Some(&JobState::Revoked) {
            revoked.push(Finding::RevokedSignature { job: job.clone() });
        }
        if let Some(ProfileState::Revoked { effective }) = self.profiles.get(publisher)
            && *effective <= signing_time
        {
            revoked.push(Finding::RevokedProfile { publisher: publisher.clone(), effective: *effective });
        }
        if !revoked.is_empty() {
            return Known::Revoked(revoked);
        }
        if !self.jobs.contains_key(job) || !self.profiles.contains_key(publisher) {
            return Known::Unknown(Unsettled::RevocationNotCovered { job: job.clone() });
        }
        self.currency(signing_time, now, max_age).map_or(Known::Unrevoked, Known::Unknown)
    }

    /// Why the snapshot's age forbids to rely on what it does not say.
    fn currency(
        &self,
        signing_time: Timestamp,
        now: Timestamp,
        max_age: Option<MaxAge>,
    ) -> Option<Unsettled> {
        let complete_until = self.complete_until;
        if complete_until > now {
            return Some(Unsettled::RevocationAhead { complete_until, now });
        }
        if complete_until < signing_time {
            return Some(Unsettled::RevocationTooOld { complete_until, signing_time });
        }
        let max_age = max_age.filter(|max_age| max_age.is_exceeded(complete_until, now))?;
        Some(Unsettled::RevocationStale { complete_until, now, max_age })
    }
}

fn time(text: &str) -> Result<Timestamp, serde_json::Error> {
    text.parse().map_err(|_| serde::de::Error::custom("a time is not of RFC 3339"))
}

#[cfg(test)]
mod tests {
    use super::{RevocationError, Revocations};

    const JOB: &str =
        "arn:aws:signer:us-east-1:123456789012:/signing-jobs/11111111-2222-4333-8444-555555555555";
    const PROFILE: &str = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/release_builds/AbCdEf1234";

    fn read(jobs: &[String], profiles: &[String]) -> Result<Revocations, RevocationError> {
        let rows = |arns: &[String]| {
            let rows: Vec<_> =
                arns.iter().map(|arn| format!(r#"{{"arn":"{arn}","state":"active"}}"#)).collect();
            rows.join(",")
        };
        let json = format!(
            r#"{{"schema":"{}","account":"123456789012","region":"us-east-1",
                "complete_until":"2026-11-20T00:00:00Z","jobs":[{}],"profiles":[{}]}}"#,
            Revocations::SCHEMA,
            rows(jobs),
            rows(profiles)
        );
        Revocations::from_json(json.as_bytes())
    }

    #[test]
    fn every_row_is_of_the_snapshot_s_account_and_region_and_stands_once() {
        assert!(read(&[JOB.to_owned()], &[PROFILE.to_owned()]).is_ok());
        for (from, to) in [("us-east-1", "us-east-2"), ("123456789012", "999999999999"), ("", "")] {
            let changed = |arn: &str| vec![arn.to_owned(), arn.replace(from, to)];
            assert!(
                matches!(read(&changed(JOB), &[]), Err(RevocationError::Foreign { list: "job", index: 1 })),
                "{to}"
            );
            assert!(
                matches!(
                    read(&[], &changed(PROFILE)),
                    Err(RevocationError::Foreign { list: "profile", index: 1 })
                ),
                "{to}"
            );
        }
    }
}
