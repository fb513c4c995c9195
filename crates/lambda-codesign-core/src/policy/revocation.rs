//! What is known about revocation (FORMAT.md, "Revocation identifiers"): facts, and who vouches for them.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::MaxAge;
use crate::claims::{ProfileVersionArn, SigningJobArn};
use crate::finding::{Finding, Unsettled};

/// What is known of signing jobs and profile versions, as of one time or several.
///
/// Whoever makes one with [`complete_until_only`](Self::complete_until_only) vouches for it; a file is read by
/// [`Snapshot`](crate::snapshot::Snapshot), which says who vouches for that. What it does not name is unknown, never
/// unrevoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocations {
    parts: Vec<Part>,
}

/// What was known at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) complete_until: Timestamp,
    pub(crate) voucher: Voucher,
    pub(crate) jobs: BTreeMap<SigningJobArn, JobState>,
    pub(crate) profiles: BTreeMap<ProfileVersionArn, ProfileState>,
}

/// Who vouches for revocation facts.
///
/// Facts that nobody vouches for can revoke, since whoever forges them only withholds a deployment; they never clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Voucher {
    /// Whoever passed them in, having asked the service itself.
    Caller,
    /// A signature that leads to a root which was pinned for snapshots.
    Signature {
        /// The profile version that signed.
        signer: ProfileVersionArn,
        /// When.
        signed_at: Timestamp,
    },
    /// Nobody.
    Nobody,
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

/// The time of the check, and how old facts may be then.
#[derive(Debug, Clone, Copy)]
struct Clock {
    now: Timestamp,
    max_age: Option<MaxAge>,
}

impl Revocations {
    /// Facts that are complete until this time, and that the caller vouches for; they name nothing yet.
    #[must_use]
    pub fn complete_until_only(complete_until: Timestamp) -> Self {
        let (jobs, profiles) = (BTreeMap::new(), BTreeMap::new());
        Self::from(Part { complete_until, voucher: Voucher::Caller, jobs, profiles })
    }

    /// With the state of a job.
    #[must_use]
    pub fn with_job(mut self, job: SigningJobArn, state: JobState) -> Self {
        if let Some(part) = self.parts.first_mut() {
            part.jobs.insert(job, state);
        }
        self
    }

    /// With the state of a profile version.
    #[must_use]
    pub fn with_profile(mut self, profile: ProfileVersionArn, state: ProfileState) -> Self {
        if let Some(part) = self.parts.first_mut() {
            part.profiles.insert(profile, state);
        }
        self
    }

    /// With what is known from elsewhere: each keeps the time until which it is complete, and who vouches for it.
    #[must_use]
    pub fn and(mut self, mut other: Self) -> Self {
        self.parts.append(&mut other.parts);
        self
    }

    /// What the facts say of a signature: a revocation counts whoever says so and whatever its age; that nothing was revoked
    /// counts only where both job and profile version are named, by facts that somebody vouches for and that are not
    /// older than the signature, nor than they may be.
    pub(super) fn of(&self, signature: Signature<'_>, now: Timestamp, max_age: Option<MaxAge>) -> Known {
        let Signature { job, publisher, signing_time } = signature;
        let mut revoked = Vec::new();
        if self.parts.iter().any(|part| part.jobs.get(job) == Some(&JobState::Revoked)) {
            revoked.push(Finding::RevokedSignature { job: job.clone() });
        }
        let effective = self.parts.iter().filter_map(|part| match part.profiles.get(publisher) {
            Some(ProfileState::Revoked { effective }) => Some(*effective),
            Some(ProfileState::Active) | None => None,
        });
        if let Some(effective) = effective.min().filter(|effective| *effective <= signing_time) {
            revoked.push(Finding::RevokedProfile { publisher: publisher.clone(), effective });
        }
        if !revoked.is_empty() {
            return Known::Revoked(revoked);
        }
        let clock = Clock { now, max_age };
        let job = self.doubt(|part| part.jobs.contains_key(job), signature, clock);
        let doubt =
            job.or_else(|| self.doubt(|part| part.profiles.contains_key(publisher), signature, clock));
        doubt.map_or(Known::Unrevoked, Known::Unknown)
    }

    /// Why nothing that names a part of the signature can be relied on; nothing where one can.
    fn doubt(
        &self,
        names: impl Fn(&Part) -> bool,
        signature: Signature<'_>,
        clock: Clock,
    ) -> Option<Unsettled> {
        let mut first = None;
        for part in self.parts.iter().filter(|part| names(part)) {
            let doubt = part.doubt(signature.signing_time, clock)?;
            first.get_or_insert(doubt);
        }
        Some(first.unwrap_or_else(|| self.silence(signature)))
    }

    /// Why nothing names a signature: it is newer than all that is known, or nobody looked.
    fn silence(&self, signature: Signature<'_>) -> Unsettled {
        let Signature { job, signing_time, .. } = signature;
        let newest = self.parts.iter().map(|part| part.complete_until).max();
        match newest.filter(|newest| *newest < signing_time) {
            Some(complete_until) => Unsettled::RevocationTooOld { complete_until, signing_time },
            None => Unsettled::RevocationNotCovered { job: job.clone() },
        }
    }
}

impl From<Part> for Revocations {
    fn from(part: Part) -> Self {
        Self { parts: vec![part] }
    }
}

impl Part {
    /// Why what it does not say can't be relied on.
    fn doubt(&self, signing_time: Timestamp, Clock { now, max_age }: Clock) -> Option<Unsettled> {
        let complete_until = self.complete_until;
        let known_at = match &self.voucher {
            Voucher::Nobody => return Some(Unsettled::RevocationUnvouched),
            Voucher::Caller => complete_until,
            Voucher::Signature { signed_at, .. } => complete_until.max(*signed_at),
        };
        if known_at > now {
            return Some(Unsettled::RevocationAhead { known_at, now });
        }
        if complete_until < signing_time {
            return Some(Unsettled::RevocationTooOld { complete_until, signing_time });
        }
        let max_age = max_age.filter(|max_age| max_age.is_exceeded(complete_until, now))?;
        Some(Unsettled::RevocationStale { complete_until, now, max_age })
    }
}
