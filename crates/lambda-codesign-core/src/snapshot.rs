//! A revocation snapshot as a file: what one account's Signer knew in one region, and who vouches for it.
//!
//! A snapshot is JSON (docs/schema/revocations-v1.json). Signed, it stands as a string in a document of its own beside an
//! envelope of the form that packages have (docs/schema/signed-revocations-v1.json). The content under that signature is 78
//! bytes long and names its purpose, that under a package's 48, so that neither can pass as the other.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest as _, Sha384};

use crate::chain::TrustRoots;
use crate::claims::{AccountId, ArnError, ProfileVersionArn, SigningJobArn};
use crate::finding::Finding;
use crate::policy::{JobState, Part, Policy, ProfileState, Publishers, Revocations, Voucher};
use crate::verdict::Seen;
use crate::verify::Verifier;

/// What stands before the snapshot's hash in what is signed, its end included.
const PURPOSE: &[u8; 30] = b"lambda-codesign revocations v1";

/// A snapshot that was read.
///
/// Holding one proves its form, and, where its voucher is a [`Voucher::Signature`], that this profile version signed these
/// very bytes under a pinned root. It does not prove that the facts are true or fresh: judging asks for the latter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    account: AccountId,
    region: String,
    facts: Part,
}

/// Why a file is not a snapshot that can be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// Not JSON of the documented shape.
    #[error("it is not a revocation snapshot: {0}")]
    Json(#[from] serde_json::Error),
    /// Another schema or version.
    #[error("its schema is neither {} nor {}", Snapshot::SCHEMA, Snapshot::SIGNED_SCHEMA)]
    Schema,
    /// A signed one, where it was to be one that nobody has signed yet.
    #[error("it is signed already")]
    Signed,
    /// A malformed account.
    #[error("its account is malformed: {0}")]
    Account(ArnError),
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
    /// A signature that does not hold under the pinned roots.
    #[error("its signature does not hold: {0}")]
    Signature(Box<Finding>),
    /// A genuine signature over something else.
    #[error(
        "its signature is not about this snapshot: it was changed after it was signed, or the signature is of something else"
    )]
    OtherContent,
    /// A signature that has ended.
    #[error("its signature expired at {expires}; it is {now}")]
    Expired {
        /// When it ended.
        expires: Timestamp,
        /// The time of the check.
        now: Timestamp,
    },
    /// A snapshot that was signed before the time until which it says to be complete.
    #[error("it says to be complete until {complete_until}, and was signed before, at {signed_at}")]
    Foresight {
        /// Until when it says to be complete.
        complete_until: Timestamp,
        /// When it was signed.
        signed_at: Timestamp,
    },
}

#[derive(Deserialize)]
struct Kind {
    schema: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignedFile {
    #[serde(rename = "schema")]
    _schema: String,
    snapshot: String,
    signature: String,
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

impl Snapshot {
    /// The schema that a snapshot names.
    pub const SCHEMA: &str = "lambda-codesign/revocations/v1";
    /// The schema that a signed one names.
    pub const SIGNED_SCHEMA: &str = "lambda-codesign/signed-revocations/v1";

    /// Reads a snapshot file, signed or not, as of `now`. Roots that packages are verified against are not meant here: with
    /// none pinned, nobody vouches for the snapshot, whatever its signature.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`] for anything that is not a snapshot of this version, unknown fields included, and for one whose
    /// signature does not hold under the pinned roots.
    pub fn read(file: &[u8], pinned: &TrustRoots, now: Timestamp) -> Result<Self, SnapshotError> {
        match Self::unsigned(file) {
            Err(SnapshotError::Signed) => {}
            unsigned => return unsigned,
        }
        let signed: SignedFile = serde_json::from_slice(file)?;
        let snapshot = Self::plain(signed.snapshot.as_bytes())?;
        if pinned.iter().next().is_none() {
            return Ok(snapshot);
        }
        snapshot.vouched_for_by(&signed, pinned, now)
    }

    /// Reads a snapshot that nobody has signed yet.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`] as for [`read`](Self::read), and for a signed one.
    pub fn unsigned(file: &[u8]) -> Result<Self, SnapshotError> {
        let kind: Kind = serde_json::from_slice(file)?;
        match kind.schema.as_str() {
            Self::SCHEMA => Self::plain(file),
            Self::SIGNED_SCHEMA => Err(SnapshotError::Signed),
            _ => Err(SnapshotError::Schema),
        }
    }

    /// What a signature over a snapshot is about: the detached content of its envelope.
    #[must_use]
    pub fn signed_content(snapshot: &[u8]) -> [u8; 78] {
        let mut content = [0; 78];
        let (purpose, hash) = content.split_at_mut(PURPOSE.len());
        purpose.copy_from_slice(PURPOSE);
        hash.copy_from_slice(&Sha384::digest(snapshot));
        content
    }

    /// The account whose jobs and profiles it names.
    #[must_use]
    pub const fn account(&self) -> &AccountId {
        &self.account
    }

    /// Their region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Until when it is complete.
    #[must_use]
    pub const fn complete_until(&self) -> Timestamp {
        self.facts.complete_until
    }

    /// Who vouches for it.
    #[must_use]
    pub const fn voucher(&self) -> &Voucher {
        &self.facts.voucher
    }

    /// As packages are judged by it.
    #[must_use]
    pub fn into_revocations(self) -> Revocations {
        Revocations::from(self.facts)
    }

    fn vouched_for_by(
        mut self,
        file: &SignedFile,
        pinned: &TrustRoots,
        now: Timestamp,
    ) -> Result<Self, SnapshotError> {
        let verifier = Verifier::new(pinned.clone(), Policy::new(Publishers::Any));
        let statement = verifier
            .authenticate_signature(file.signature.as_bytes(), &mut Seen::unread(0))
            .map_err(|finding| SnapshotError::Signature(Box::new(finding)))?;
        let claims = statement.claims();
        let digest = Sha384::digest(Self::signed_content(file.snapshot.as_bytes()));
        if claims.digest().as_bytes().as_slice() != digest.as_slice() {
            return Err(SnapshotError::OtherContent);
        }
        let (signed_at, expires) = (claims.signing_time(), claims.expires());
        if expires <= now {
            return Err(SnapshotError::Expired { expires, now });
        }
        let complete_until = self.facts.complete_until;
        if complete_until > signed_at {
            return Err(SnapshotError::Foresight { complete_until, signed_at });
        }
        self.facts.voucher = Voucher::Signature { signer: claims.profile().clone(), signed_at };
        Ok(self)
    }

    fn plain(json: &[u8]) -> Result<Self, SnapshotError> {
        let file: File = serde_json::from_slice(json)?;
        if file.schema != Self::SCHEMA {
            return Err(SnapshotError::Schema);
        }
        let facts = Part {
            complete_until: time(&file.complete_until)?,
            voucher: Voucher::Nobody,
            jobs: jobs(&file)?,
            profiles: profiles(&file)?,
        };
        let account = file.account.parse().map_err(SnapshotError::Account)?;
        Ok(Self { account, region: file.region, facts })
    }
}

fn jobs(file: &File) -> Result<BTreeMap<SigningJobArn, JobState>, SnapshotError> {
    let list = "job";
    let mut jobs = BTreeMap::new();
    for (index, row) in file.jobs.iter().enumerate() {
        let arn: SigningJobArn =
            row.arn.parse().map_err(|error| SnapshotError::Arn { list, index, error })?;
        let home = arn.account().as_str() == file.account && arn.region() == file.region;
        let state = match row.state {
            State::Active => JobState::Active,
            State::Revoked => JobState::Revoked,
        };
        if !home || jobs.insert(arn, state).is_some() {
            return Err(SnapshotError::Foreign { list, index });
        }
    }
    Ok(jobs)
}

fn profiles(file: &File) -> Result<BTreeMap<ProfileVersionArn, ProfileState>, SnapshotError> {
    let list = "profile";
    let mut profiles = BTreeMap::new();
    for (index, row) in file.profiles.iter().enumerate() {
        let arn: ProfileVersionArn =
            row.arn.parse().map_err(|error| SnapshotError::Arn { list, index, error })?;
        let home = arn.account().as_str() == file.account && arn.region() == file.region;
        let state = match (row.state, &row.effective) {
            (State::Active, None) => ProfileState::Active,
            (State::Revoked, Some(effective)) => ProfileState::Revoked { effective: time(effective)? },
            (State::Active, Some(_)) | (State::Revoked, None) => {
                return Err(SnapshotError::Effective { index });
            }
        };
        if !home || profiles.insert(arn, state).is_some() {
            return Err(SnapshotError::Foreign { list, index });
        }
    }
    Ok(profiles)
}

fn time(text: &str) -> Result<Timestamp, serde_json::Error> {
    text.parse().map_err(|_| serde::de::Error::custom("a time is not of RFC 3339"))
}

#[cfg(test)]
mod tests {
    use super::{Snapshot, SnapshotError};
    use crate::chain::TrustRoots;

    const JOB: &str =
        "arn:aws:signer:us-east-1:123456789012:/signing-jobs/11111111-2222-4333-8444-555555555555";
    const PROFILE: &str = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/release_builds/AbCdEf1234";

    fn read(jobs: &[String], profiles: &[String]) -> Result<Snapshot, SnapshotError> {
        let rows = |arns: &[String]| {
            let rows: Vec<_> =
                arns.iter().map(|arn| format!(r#"{{"arn":"{arn}","state":"active"}}"#)).collect();
            rows.join(",")
        };
        let json = format!(
            r#"{{"schema":"{}","account":"123456789012","region":"us-east-1",
                "complete_until":"2026-11-20T00:00:00Z","jobs":[{}],"profiles":[{}]}}"#,
            Snapshot::SCHEMA,
            rows(jobs),
            rows(profiles)
        );
        Snapshot::read(json.as_bytes(), &TrustRoots::none(), "2026-11-21T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn every_row_is_of_the_snapshot_s_account_and_region_and_stands_once() {
        assert!(read(&[JOB.to_owned()], &[PROFILE.to_owned()]).is_ok());
        for (from, to) in [("us-east-1", "us-east-2"), ("123456789012", "999999999999"), ("", "")] {
            let changed = |arn: &str| vec![arn.to_owned(), arn.replace(from, to)];
            assert!(
                matches!(read(&changed(JOB), &[]), Err(SnapshotError::Foreign { list: "job", index: 1 })),
                "{to}"
            );
            assert!(
                matches!(
                    read(&[], &changed(PROFILE)),
                    Err(SnapshotError::Foreign { list: "profile", index: 1 })
                ),
                "{to}"
            );
        }
    }
}
