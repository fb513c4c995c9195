//! Signing a package with a local profile.

use std::thread;

use jiff::Timestamp;
use lambda_codesign_core::digest::{CodeSha256, FramedDigest, Threads};

use crate::envelope::{EnvelopeError, Statement, seal};
use crate::key::random;
use crate::manifest::Manifest;
use crate::prepare::{ManifestState, PrepareError, Prepared, admit};
use crate::profile::{JobRecord, Profile, ProfileError};
use crate::validity::Validity;

/// How to sign.
#[derive(Clone, Copy, Debug)]
pub struct SignRequest {
    /// The signing time.
    pub now: Timestamp,
    /// How long the signature lives; the profile's own period where it is not given.
    pub expires_in: Option<Validity>,
    /// Whether a package without a manifest gets one.
    pub manifest: Manifest,
    /// On how many threads the package is unpacked and hashed; the signed bytes do not depend on it.
    pub threads: Threads,
}

impl SignRequest {
    /// Signs now, for the profile's period, with a manifest, on the caller's thread.
    #[must_use]
    pub const fn at(now: Timestamp) -> Self {
        Self { now, expires_in: None, manifest: Manifest::Write, threads: Threads::One }
    }
}

/// A signed package, whose job the profile has recorded.
#[derive(Debug)]
pub struct Signed {
    /// The zip.
    pub bytes: Vec<u8>,
    /// What the signature says.
    pub statement: Statement,
    /// The digest that Lambda will show.
    pub code_sha256: CodeSha256,
    /// The digest that a lock file keeps.
    pub framed_sha384: FramedDigest,
    /// Whether it has a manifest.
    pub manifest: ManifestState,
}

/// Why a package was not signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The package can't be signed.
    #[error(transparent)]
    Package(#[from] PrepareError),
    /// The profile can't sign.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The envelope could not be written.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
}

impl SignError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Package(error) => error.remedy(),
            Self::Profile(error) => error.remedy(),
            Self::Envelope(_) => "Try again; if it stays so, report it.",
        }
    }
}

/// Signs a package. The job is recorded before the bytes are returned, so that no signature is ever at large that the
/// profile can't revoke.
///
/// # Errors
/// The package can't be signed, or the profile can't sign.
pub fn sign(package: &[u8], profile: &Profile, request: &SignRequest) -> Result<Signed, SignError> {
    let prepared = thread::scope(|scope| {
        if request.threads != Threads::One {
            // The first randomness of a process can take tens of milliseconds; where it fails, the key tells.
            drop(thread::Builder::new().spawn_scoped(scope, random::<1>));
        }
        Prepared::read(package, request.manifest, request.threads)
    })?;
    let job = profile.begin(request.now, request.expires_in)?;
    let signature = seal(job.credential, &job.statement, prepared.digest().inner())?;
    let (framed_sha384, manifest) = (prepared.digest().framed(), prepared.manifest());
    let bytes = prepared.not_admitted(&signature)?;
    let code_sha256 = admitted_and_hashed(&bytes, request.threads)?;
    profile.record(JobRecord {
        id: job.id,
        signed_at: job.statement.signed_at,
        expires: job.statement.expires,
        code_sha256,
        framed_sha384,
        revocation: None,
    })?;
    Ok(Signed { bytes, statement: job.statement, code_sha256, framed_sha384, manifest })
}

/// Holds the signed package to the rules, and hashes it beside where there is a second thread.
fn admitted_and_hashed(package: &[u8], threads: Threads) -> Result<CodeSha256, PrepareError> {
    let (admitted, hash) = threads.both(|| admit(package), || CodeSha256::of(package));
    admitted.map(|()| hash)
}
