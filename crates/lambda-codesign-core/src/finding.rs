//! What a verdict says: why a check failed, why it was not made, and what deserves attention.

use core::fmt;

use jiff::Timestamp;

use crate::archive::{ArchiveError, ArchiveWarning};
use crate::chain::{ChainError, LOCAL_ACCOUNT};
use crate::claims::{ClaimsError, ProfileVersionArn, SigningJobArn};
use crate::code::Code;
use crate::digest::CodeSha256;
use crate::envelope::{EnvelopeError, SignatureError, UnknownAttribute};
use crate::manifest::{Links, ManifestError, ModeChange, ModeChanges};
use crate::package::BindError;
use crate::policy::{Exception, MaxAge};
use crate::text::Escaped;

/// Why a check failed.
///
/// Its `Display` is one sentence of what was found and on what, in which nothing of the package's bytes can act on
/// a terminal or a report. [`Code::summary`] and [`Code::remedy`] say what it means and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The archive can't be read in exactly one way.
    Archive(ArchiveError),
    /// The package carries no signature.
    Unsigned,
    /// The signature entry is not an envelope.
    Envelope(EnvelopeError),
    /// The certificates lead to no trusted root.
    Chain(ChainError),
    /// The signature is not the signer's.
    Signature(SignatureError),
    /// The signed statement is not one of AWS Signer's.
    Claims(ClaimsError),
    /// Content, statement and signer do not belong together.
    Binding(BindError),
    /// The signing time lies ahead.
    SignedInTheFuture {
        /// The signed signing time.
        signing_time: Timestamp,
        /// The time of the check.
        now: Timestamp,
    },
    /// A manifest is required, and there is none.
    ManifestMissing,
    /// The signature has ended.
    Expired {
        /// The signed expiry.
        expires: Timestamp,
        /// The time of the check.
        now: Timestamp,
    },
    /// The publisher is not among those that the policy names.
    PublisherNotAllowed {
        /// Who signed.
        publisher: ProfileVersionArn,
    },
    /// The policy names no publisher, and any AWS customer can sign under AWS's root.
    PublishersNotGiven {
        /// Who signed.
        publisher: ProfileVersionArn,
    },
    /// The signature is older than the policy allows.
    NotBefore {
        /// The signed signing time.
        signing_time: Timestamp,
        /// The earliest that is allowed.
        not_before: Timestamp,
    },
    /// The lock lists neither this file nor this content.
    NotInLock {
        /// The hash of the file.
        code_sha256: CodeSha256,
    },
    /// The signing job was revoked.
    RevokedSignature {
        /// The job.
        job: SigningJobArn,
    },
    /// The signing profile was revoked before this signature was made.
    RevokedProfile {
        /// The profile version.
        publisher: ProfileVersionArn,
        /// From when on its signatures are revoked.
        effective: Timestamp,
    },
}

/// Why a check was skipped, or could not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unsettled {
    /// The package carries no signature to check.
    Unsigned,
    /// No revocation facts were given.
    RevocationNotChecked,
    /// The snapshot does not speak of this job and profile version.
    RevocationNotCovered {
        /// The job.
        job: SigningJobArn,
    },
    /// The snapshot ends before the signing time.
    RevocationTooOld {
        /// Until when the snapshot is complete.
        complete_until: Timestamp,
        /// The signed signing time.
        signing_time: Timestamp,
    },
    /// Nobody that is trusted to do so vouches for the snapshot.
    RevocationUnvouched,
    /// The snapshot claims to know what is still to come.
    RevocationAhead {
        /// Until when the snapshot claims to be complete, or when it was signed.
        known_at: Timestamp,
        /// The time of the check.
        now: Timestamp,
    },
    /// The snapshot is older than the policy allows.
    RevocationStale {
        /// Until when the snapshot is complete.
        complete_until: Timestamp,
        /// The time of the check.
        now: Timestamp,
        /// How old it may be.
        max_age: MaxAge,
    },
    /// The policy names no publisher, so the mismatch check was skipped.
    PublishersNotChecked,
    /// The check was skipped, since integrity failed or nothing is signed.
    IntegrityNotProven,
}

/// What deserves attention, though no check fails by it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// Nothing proves where one entry ends and the next begins.
    BoundaryUnproven,
    /// Permission bits are not as the manifest records them.
    ModeChanged(ModeChanges),
    /// Symbolic links of which nothing signed says that they are links.
    ModeUnproven(Links),
    /// The job ran elsewhere than the profile lives.
    CrossAccount {
        /// The job.
        job: SigningJobArn,
        /// The profile version.
        publisher: ProfileVersionArn,
    },
    /// A signed attribute that this version does not know.
    UnknownAttribute(UnknownAttribute),
    /// A check failed, and an exception of the policy lets it pass.
    Excepted(Exception),
    /// The archive is odd, though it has exactly one reading.
    Archive(ArchiveWarning),
}

impl Finding {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Archive(error) => error.code(),
            Self::Unsigned => Code::Unsigned,
            Self::Envelope(_) => Code::EnvelopeMalformed,
            Self::Chain(error) => error.code(),
            Self::Signature(SignatureError::Invalid | SignatureError::OtherSigner) => Code::SignatureInvalid,
            Self::Claims(error) => error.code(),
            Self::Binding(error) => error.code(),
            Self::SignedInTheFuture { .. } => Code::SignedInTheFuture,
            Self::ManifestMissing => Code::ManifestMissing,
            Self::Expired { .. } => Code::Expired,
            Self::PublisherNotAllowed { .. } => Code::PublisherNotAllowed,
            Self::PublishersNotGiven { .. } => Code::PublishersNotGiven,
            Self::NotBefore { .. } => Code::NotBefore,
            Self::NotInLock { .. } => Code::NotInLock,
            Self::RevokedSignature { .. } => Code::RevokedSignature,
            Self::RevokedProfile { .. } => Code::RevokedProfile,
        }
    }
}

impl Unsettled {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Unsigned => Code::Unsigned,
            Self::RevocationNotChecked => Code::RevocationNotChecked,
            Self::RevocationNotCovered { .. } => Code::RevocationNotCovered,
            Self::RevocationTooOld { .. } => Code::RevocationTooOld,
            Self::RevocationUnvouched => Code::RevocationUnvouched,
            Self::RevocationAhead { .. } => Code::RevocationAhead,
            Self::RevocationStale { .. } => Code::RevocationStale,
            Self::PublishersNotChecked => Code::PublishersNotChecked,
            Self::IntegrityNotProven => Code::IntegrityNotProven,
        }
    }
}

impl Warning {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::BoundaryUnproven => Code::BoundaryUnproven,
            Self::ModeChanged(_) => Code::ModeChanged,
            Self::ModeUnproven(_) => Code::ModeUnproven,
            Self::CrossAccount { .. } => Code::CrossAccountSignature,
            Self::UnknownAttribute(_) => Code::UnknownAttribute,
            Self::Excepted(_) => Code::Excepted,
            Self::Archive(warning) => warning.code(),
        }
    }
}

impl ChainError {
    const fn code(&self) -> Code {
        match self {
            Self::TooMany { .. } | Self::Namesakes { .. } | Self::TooDeep => Code::ChainTooLarge,
            Self::Certificate { .. } | Self::Unsupported => Code::CertificateMalformed,
            Self::SignerNotIdentified { .. } => Code::SignerNotIdentified,
            Self::NotCodeSigning(_) => Code::NotCodeSigning,
            Self::NotValid { .. } => Code::ChainNotValidAtSigningTime,
            Self::Issuer { .. } => Code::IssuerNotAuthorized,
            Self::Untrusted => Code::ChainUntrusted,
        }
    }
}

impl ClaimsError {
    const fn code(&self) -> Code {
        match self {
            Self::JobArn(_) | Self::ProfileArn(_) | Self::ExpiresBeforeSigning { .. } => {
                Code::ClaimsMalformed
            }
            Self::LivesTooLong { .. } => Code::LifetimeTooLong,
        }
    }
}

impl BindError {
    const fn code(&self) -> Code {
        match self {
            Self::OtherSigner => Code::SignatureInvalid,
            Self::OtherTime => Code::ChainNotValidAtSigningTime,
            Self::NotVouchedFor { .. } => Code::ChainUntrusted,
            Self::Digest | Self::DigestUnderAwsRoot => Code::DigestMismatch,
            Self::Manifest(error) => error.code(),
        }
    }
}

impl ManifestError {
    const fn code(&self) -> Code {
        match self {
            Self::Elsewhere { .. } | Self::BrokenUp | Self::Malformed { .. } => Code::ManifestDisplaced,
            Self::Entry { .. } | Self::Absent { .. } | Self::Unlisted { .. } | Self::TooLarge { .. } => {
                Code::ManifestMismatch
            }
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Archive(error) => error.fmt(f),
            Self::Unsigned => f.write_str("the package carries no signature"),
            Self::Envelope(error) => error.fmt(f),
            Self::Chain(error) => error.fmt(f),
            Self::Signature(error) => error.fmt(f),
            Self::Claims(error) => error.fmt(f),
            Self::Binding(error) => error.fmt(f),
            Self::SignedInTheFuture { signing_time, now } => {
                write!(f, "the signing time {signing_time} lies after the time of this check, {now}")
            }
            Self::ManifestMissing => f.write_str("a manifest is required, and the package has none"),
            Self::Expired { expires, now } => write!(f, "the signature expired at {expires}; it is {now}"),
            Self::PublisherNotAllowed { publisher } => not_allowed(f, publisher),
            Self::PublishersNotGiven { publisher } => {
                write!(
                    f,
                    "{publisher} signed under AWS's root, where anybody can, and no publisher was named"
                )
            }
            Self::NotBefore { signing_time, not_before } => {
                write!(f, "the signature was made at {signing_time}, before {not_before}")
            }
            Self::NotInLock { code_sha256 } => {
                write!(f, "the lock lists neither this file (CodeSha256 {code_sha256}) nor its content")
            }
            Self::RevokedSignature { job } => write!(f, "the signing job {job} was revoked"),
            Self::RevokedProfile { publisher, effective } => {
                write!(f, "signatures of {publisher} are revoked from {effective} on")
            }
        }
    }
}

impl fmt::Display for Unsettled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned => f.write_str("not checked: the package carries no signature"),
            Self::RevocationNotChecked => {
                f.write_str("revocation was not checked: no revocation facts were given")
            }
            Self::RevocationNotCovered { job } => {
                write!(f, "the revocation facts do not speak of {job} and its profile version")
            }
            Self::RevocationTooOld { complete_until, signing_time } => write!(
                f,
                "the revocation facts are complete until {complete_until}, and the signature was made at {signing_time}"
            ),
            Self::RevocationUnvouched => f.write_str(
                "the revocation facts name no revocation, and nobody that is trusted to do so vouches for them",
            ),
            Self::RevocationAhead { known_at, now } => {
                write!(f, "the revocation facts claim to be of {known_at}; it is {now}")
            }
            Self::RevocationStale { complete_until, now, max_age } => write!(
                f,
                "the revocation facts are complete until {complete_until}, it is {now}, and they may be {max_age} old"
            ),
            Self::PublishersNotChecked => f.write_str("publishers were not checked: none was named"),
            Self::IntegrityNotProven => f.write_str("not checked: nothing that the signature says is proved"),
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BoundaryUnproven => f.write_str(
                "the package has no manifest, so nothing proves where one file ends and the next begins",
            ),
            Self::ModeChanged(changes) => mode_changed(f, changes),
            Self::ModeUnproven(links) => mode_unproven(f, links),
            Self::CrossAccount { job, publisher } => {
                write!(f, "the signing job {job} did not run where its profile lives, {publisher}")
            }
            Self::UnknownAttribute(attribute) => {
                write!(f, "the signature has the attribute {attribute}, which is not known here")
            }
            Self::Excepted(exception) => write!(
                f,
                "`{}` is let pass until {}: {}",
                exception.code(),
                exception.until(),
                Escaped(exception.reason().as_bytes())
            ),
            Self::Archive(warning) => write!(f, "{warning}"),
        }
    }
}

fn not_allowed(f: &mut fmt::Formatter<'_>, publisher: &ProfileVersionArn) -> fmt::Result {
    write!(f, "{publisher} is not among the allowed publishers")?;
    if publisher.account().as_str() == LOCAL_ACCOUNT {
        f.write_str(" (it is a local profile)")?;
    }
    Ok(())
}

fn mode_changed(f: &mut fmt::Formatter<'_>, changes: &ModeChanges) -> fmt::Result {
    if let Some(ModeChange { name, recorded, found }) = &changes.first {
        write!(f, "\"{name}\" has ")?;
        match found {
            Some(mode) => write!(f, "the permission bits {mode:04o}")?,
            None => f.write_str("no permission bits")?,
        }
        write!(f, ", where the manifest records {recorded:04o}")?;
    }
    others(f, changes.count)
}

fn mode_unproven(f: &mut fmt::Formatter<'_>, links: &Links) -> fmt::Result {
    if let Some(name) = &links.first {
        write!(f, "\"{name}\" is a symbolic link, and nothing signed says so")?;
    }
    others(f, links.count)
}

fn others(f: &mut fmt::Formatter<'_>, count: usize) -> fmt::Result {
    match count.saturating_sub(1) {
        0 => Ok(()),
        1 => f.write_str(" (and 1 more entry)"),
        others => write!(f, " (and {others} more entries)"),
    }
}
