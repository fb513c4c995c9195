//! Signing a revocation snapshot, so that it can clear and not only revoke.

use jiff::Timestamp;
use lambda_codesign_core::snapshot::{Snapshot, SnapshotError};
use serde::Serialize;

use crate::envelope::{EnvelopeError, Statement, seal};
use crate::profile::{Profile, ProfileError};

/// A signed snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedSnapshot {
    /// The file (docs/schema/signed-revocations-v1.json).
    pub file: String,
    /// What the signature says.
    pub statement: Statement,
}

/// Why a snapshot was not signed.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotSignError {
    /// It is none.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// It says to be complete until a time that is still to come.
    #[error("it says to be complete until {0}, which is still to come")]
    Foresight(Timestamp),
    /// The profile can't sign.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The envelope could not be written.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The document could not be written.
    #[error("the signed document could not be written: {0}")]
    Document(#[from] serde_json::Error),
}

impl SnapshotSignError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Snapshot(_) => "Give a snapshot as `revocations fetch` writes it.",
            Self::Foresight(_) => "Check this machine's clock, and fetch the snapshot again.",
            Self::Profile(error) => error.remedy(),
            Self::Envelope(_) | Self::Document(_) => "Try again; if it stays so, report it.",
        }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    snapshot: &'a str,
    signature: &'a str,
}

/// Signs a snapshot at `now`, for the profile's period.
///
/// The job is not recorded, since nobody asks whether a snapshot's signature is revoked: its age limits it, and the root that
/// is pinned for it.
///
/// # Errors
/// It is no snapshot, or of a time to come, or the profile can't sign.
pub fn sign(snapshot: &str, profile: &Profile, now: Timestamp) -> Result<SignedSnapshot, SnapshotSignError> {
    let complete_until = Snapshot::unsigned(snapshot.as_bytes())?.complete_until();
    let job = profile.begin(now, None)?;
    if complete_until > job.statement.signed_at {
        return Err(SnapshotSignError::Foresight(complete_until));
    }
    let envelope = seal(job.credential, &job.statement, &Snapshot::signed_content(snapshot.as_bytes()))?;
    let signature = String::from_utf8_lossy(&envelope);
    let document = Document { schema: Snapshot::SIGNED_SCHEMA, snapshot, signature: &signature };
    Ok(SignedSnapshot { file: serde_json::to_string_pretty(&document)? + "\n", statement: job.statement })
}
