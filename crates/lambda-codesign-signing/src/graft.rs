//! A signature taken off a package, and put on a rebuilt one.

use lambda_codesign_core::archive::{Archive, ArchiveError, Limits};
use lambda_codesign_core::digest::Threads;
use lambda_codesign_core::envelope::{EnvelopeError, MAX_ENVELOPE_SIZE, UnverifiedEnvelope};

use crate::manifest::Manifest;
use crate::prepare::{ManifestState, PrepareError, Prepared};

/// A package with a signature that was published elsewhere.
#[derive(Debug)]
pub struct Grafted {
    /// The zip.
    pub bytes: Vec<u8>,
    /// Whether it has a manifest; without one, boundaries are unproven.
    pub manifest: ManifestState,
}

/// Why a signature was not taken off or put on.
#[derive(Debug, thiserror::Error)]
pub enum GraftError {
    /// The package is not a zip with exactly one reading.
    #[error("the package can't be read: {0}")]
    Archive(#[from] ArchiveError),
    /// The package carries no signature.
    #[error("the package carries no signature")]
    Unsigned,
    /// The package can't take a signature.
    #[error(transparent)]
    Package(#[from] PrepareError),
    /// The file is not a signature entry.
    #[error("the signature is malformed: {0}")]
    Malformed(#[from] EnvelopeError),
    /// The signature was made over other content.
    #[error("the signature was made over other content than this package's")]
    DoesNotHold,
}

impl GraftError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Archive(_) => "Check that the file is the whole package.",
            Self::Unsigned => "Give the signed package.",
            Self::Package(error) => error.remedy(),
            Self::Malformed(_) => "Give the file that `lambda-codesign signature extract` writes.",
            Self::DoesNotHold => {
                "Compare this package with the signed one by `lambda-codesign diff`, and rebuild it alike."
            }
        }
    }
}

/// The body of the signature entry.
///
/// # Errors
/// The package can't be read, or carries no signature.
pub fn extract(package: &[u8]) -> Result<Vec<u8>, GraftError> {
    let archive = Archive::parse(package, &Limits::default())?;
    let entry = archive.signature_entry().ok_or(GraftError::Unsigned)?;
    Ok(archive.read(entry, MAX_ENVELOPE_SIZE)?)
}

/// Puts a signature on an unsigned package whose content it was made over: as it is, or with the manifest that signing
/// puts in front.
///
/// That the digest holds says nothing of who signed: verify the result.
///
/// # Errors
/// The package can't be signed, or the signature was made over other content.
pub fn attach(package: &[u8], signature: &[u8]) -> Result<Grafted, GraftError> {
    let envelope = UnverifiedEnvelope::parse(signature)?;
    let claimed = envelope.claimed().message_digest;
    for manifest in [Manifest::Omit, Manifest::Write] {
        let prepared = Prepared::read(package, manifest, Threads::One)?;
        if *prepared.digest().outer() == claimed {
            let manifest = prepared.manifest();
            return Ok(Grafted { bytes: prepared.with_signature(signature)?, manifest });
        }
    }
    Err(GraftError::DoesNotHold)
}
