//! What can go wrong with a profile.

use std::io;

use jiff::Timestamp;
use lambda_codesign_core::text::Escaped;

use crate::authority::AuthorityError;
use crate::key::KeyError;
use crate::name::{JobId, ProfileName};
use crate::output::OutputError;
use crate::shown::ShownPath;
use crate::validity::ValidityError;

/// Why a profile could not be made, read, used or changed; what stood on disk before stands there still.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// A file or folder could not be read or made.
    #[error("{path} can't be used: {source}")]
    Unusable {
        /// Which.
        path: ShownPath,
        /// What the system said.
        source: io::Error,
    },
    /// A file could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A path of the store is not of the kind that it must be.
    #[error("{path} is not {wanted}")]
    WrongKind {
        /// Which.
        path: ShownPath,
        /// What it must be.
        wanted: &'static str,
    },
    /// Another user owns a file or folder of the store.
    #[error("{path} belongs to user {owner}, and you are user {user}")]
    NotYours {
        /// Which.
        path: ShownPath,
        /// Its owner's id.
        owner: u32,
        /// This process's user id.
        user: u32,
    },
    /// Others can write a folder, or read a key.
    #[error("{path} is open to other users (mode {mode:04o})")]
    OpenToOthers {
        /// Which.
        path: ShownPath,
        /// Its permission bits.
        mode: u32,
    },
    /// The system does not tell who can read a key.
    #[error("this system does not tell who can read a file, so no private key is kept on it")]
    Unguarded,
    /// A file of a profile is gone.
    #[error("{0} is missing, and the profile can't be used without it")]
    Missing(ShownPath),
    /// A file of a profile does not say what it must.
    #[error("{path} is damaged: {}", Escaped(.reason.as_bytes()))]
    Damaged {
        /// Which.
        path: ShownPath,
        /// What is wrong with it.
        reason: String,
    },
    /// A key or certificate read from a file does not hold.
    #[error("{path} is damaged: {source}")]
    DamagedKey {
        /// The key's file.
        path: ShownPath,
        /// What is wrong with it.
        source: AuthorityError,
    },
    /// The authority can't sign at this time.
    #[error(transparent)]
    Authority(AuthorityError),
    /// The provider gave no randomness.
    #[error(transparent)]
    Key(KeyError),
    /// The signature's period can't be computed.
    #[error(transparent)]
    Validity(ValidityError),
    /// The name is taken; a canceled or revoked profile keeps its name (BEHAVIOUR.md "Signer").
    #[error("Profile with name {0} already exists")]
    Exists(ProfileName),
    /// There is no such profile.
    #[error("there is no profile local:{name} in {store}")]
    Unknown {
        /// The name asked for.
        name: ProfileName,
        /// Where it was looked for.
        store: ShownPath,
    },
    /// The profile is canceled and signs no more.
    #[error("the profile local:{0} is canceled and signs no more")]
    Canceled(ProfileName),
    /// The profile is revoked and signs no more.
    #[error("the profile local:{0} is revoked and signs no more")]
    Revoked(ProfileName),
    /// A revoked profile can't be canceled (BEHAVIOUR.md "Signer").
    #[error("Signing Profile {0} cannot be canceled because it has been revoked")]
    CancelRevoked(ProfileName),
    /// A revocation takes effect in the past.
    #[error("the effective time {effective} lies after {now}, and a revocation takes effect in the past")]
    EffectiveInFuture {
        /// The time given.
        effective: Timestamp,
        /// The time now.
        now: Timestamp,
    },
    /// A revocation only moves earlier.
    #[error(
        "the effective time {effective} lies after the recorded {recorded}, and a revocation only moves earlier"
    )]
    EffectiveMovesLater {
        /// The time given.
        effective: Timestamp,
        /// The time recorded.
        recorded: Timestamp,
    },
    /// The profile has no such job.
    #[error("the profile local:{name} has no job {job}")]
    UnknownJob {
        /// The profile.
        name: ProfileName,
        /// The id asked for.
        job: JobId,
    },
    /// The passphrase is empty.
    #[error("the passphrase is empty")]
    EmptyPassphrase,
    /// The profile could not be encrypted.
    #[error("the profile can't be encrypted")]
    NotEncrypted,
    /// The export can't be decrypted with this passphrase.
    #[error(
        "the export can't be decrypted: the passphrase is wrong, or the file is not an export or is damaged"
    )]
    NotDecrypted,
    /// The export decrypts, but its content does not hold.
    #[error("the export is damaged: {}", Escaped(.0.as_bytes()))]
    DamagedExport(String),
    /// A certificate or key can't be written as PEM.
    #[error("a certificate or key can't be written as PEM")]
    Pem,
}

impl ProfileError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Unusable { .. } => "Check that the path exists and that you may read and write it.",
            Self::Output(error) => error.remedy(),
            Self::WrongKind { .. } => "Move what stands there away, or give another profile folder.",
            Self::NotYours { .. } => "Use a profile folder of your own.",
            Self::OpenToOthers { .. } => {
                "Take the others' rights away with `chmod go-rwx`, and create a new profile if they may have used it."
            }
            Self::Unguarded => "Sign with a profile of AWS Signer, or with an ephemeral one in memory.",
            Self::Missing(_) | Self::Damaged { .. } | Self::DamagedKey { .. } => {
                "Restore the profile's folder from a backup or an export, or create a new profile."
            }
            Self::Authority(error) => error.remedy(),
            Self::Key(_) | Self::Pem | Self::NotEncrypted => "Try again; if it stays so, report it.",
            Self::Validity(error) => error.remedy(),
            Self::Exists(_) => "Take another name: a name is never used twice.",
            Self::Unknown { .. } => {
                "Create it with `lambda-codesign profile create`, or give the folder that has it."
            }
            Self::Canceled(_) | Self::Revoked(_) => "Create a profile under a new name.",
            Self::CancelRevoked(_) => "Leave it: a revoked profile signs no more.",
            Self::EffectiveInFuture { .. } | Self::EffectiveMovesLater { .. } => "Give an earlier time.",
            Self::UnknownJob { .. } => "Look the job up with `lambda-codesign profile show`.",
            Self::EmptyPassphrase => "Give a passphrase of several words.",
            Self::NotDecrypted | Self::DamagedExport(_) => {
                "Check the passphrase, or export the profile again."
            }
        }
    }
}
