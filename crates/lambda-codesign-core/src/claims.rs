//! Stage 5: the verified attributes, read as the statement that AWS Signer makes.

mod arn;
mod pattern;

pub use arn::{AccountId, ArnError, ProfileVersionArn, SigningJobArn};
pub use pattern::{PatternError, PublisherPattern};

use jiff::{Span, Timestamp, tz::TimeZone};

use crate::envelope::{SignedAttributes, UnknownAttribute, VerifiedEnvelope};

/// The longest lifetime that a signing profile can give (BEHAVIOUR.md, PutSigningProfile).
const MAX_LIFETIME_MONTHS: i64 = 135;

/// An authentic statement: this job signed content of this digest with this profile version at this time.
///
/// Holding one proves that the signer of the [`VerifiedEnvelope`] said so. It does not prove that the statement
/// is about any package at hand, nor that it is current, unrevoked or wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    digest: ClaimedDigest,
    signing_time: Timestamp,
    expires: Timestamp,
    job: SigningJobArn,
    profile: ProfileVersionArn,
    unknown: Vec<UnknownAttribute>,
    signer: [u8; 32],
}

/// The digest that the signer signed; another type than the one computed from a package's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimedDigest(pub(crate) [u8; 48]);

impl ClaimedDigest {
    /// The 48 bytes of the message digest attribute.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 48] {
        &self.0
    }
}

/// Why verified attributes are not a statement of AWS Signer's form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimsError {
    /// The job's ARN breaks its grammar.
    #[error("the signing job ARN in the signature is malformed: {0}")]
    JobArn(ArnError),
    /// The profile version's ARN breaks its grammar.
    #[error("the signing profile version ARN in the signature is malformed: {0}")]
    ProfileArn(ArnError),
    /// The signature ends before it begins.
    #[error("the signature expires at {expires}, which is not after its signing time {signing_time}")]
    ExpiresBeforeSigning {
        /// The signed expiry.
        expires: Timestamp,
        /// The signed signing time.
        signing_time: Timestamp,
    },
    /// The signature lives longer than any profile can make it.
    #[error(
        "the signature expires at {expires}, more than {MAX_LIFETIME_MONTHS} months after its signing time {signing_time}"
    )]
    LivesTooLong {
        /// The signed expiry.
        expires: Timestamp,
        /// The signed signing time.
        signing_time: Timestamp,
    },
}

impl Claims {
    /// Reads the statement out of verified attributes.
    ///
    /// # Errors
    ///
    /// [`ClaimsError`] where an ARN breaks the grammar of FORMAT.md, "The envelope", or the lifetime is not one
    /// that a signing profile can give.
    pub fn decode(envelope: &VerifiedEnvelope) -> Result<Self, ClaimsError> {
        let SignedAttributes {
            message_digest,
            signing_time,
            expires,
            signing_job_arn,
            signing_profile_version_arn,
            unknown,
        } = &envelope.attributes;
        check_lifetime(*signing_time, *expires)?;
        Ok(Self {
            digest: ClaimedDigest(*message_digest),
            signing_time: *signing_time,
            expires: *expires,
            job: signing_job_arn.parse().map_err(ClaimsError::JobArn)?,
            profile: signing_profile_version_arn.parse().map_err(ClaimsError::ProfileArn)?,
            unknown: unknown.clone(),
            signer: envelope.signer,
        })
    }

    /// The digest that was signed.
    #[must_use]
    pub const fn digest(&self) -> ClaimedDigest {
        self.digest
    }

    /// When the signature was made.
    #[must_use]
    pub const fn signing_time(&self) -> Timestamp {
        self.signing_time
    }

    /// When it ends; it no longer holds at that very time.
    #[must_use]
    pub const fn expires(&self) -> Timestamp {
        self.expires
    }

    /// The signing job.
    #[must_use]
    pub const fn job(&self) -> &SigningJobArn {
        &self.job
    }

    /// The version of the signing profile: the publisher.
    #[must_use]
    pub const fn profile(&self) -> &ProfileVersionArn {
        &self.profile
    }

    /// What else was signed that this version does not know.
    #[must_use]
    pub fn unknown(&self) -> &[UnknownAttribute] {
        &self.unknown
    }

    /// SHA-256 of the certificate whose key signed this.
    pub(crate) const fn signer(&self) -> &[u8; 32] {
        &self.signer
    }
}

fn check_lifetime(signing_time: Timestamp, expires: Timestamp) -> Result<(), ClaimsError> {
    if expires <= signing_time {
        return Err(ClaimsError::ExpiresBeforeSigning { expires, signing_time });
    }
    // A day of grace, since nobody has published in which zone AWS counts months.
    let span = Span::new().months(MAX_LIFETIME_MONTHS).days(1);
    let latest = TimeZone::UTC.to_datetime(signing_time).checked_add(span);
    if latest.is_ok_and(|latest| TimeZone::UTC.to_datetime(expires) <= latest) {
        Ok(())
    } else {
        Err(ClaimsError::LivesTooLong { expires, signing_time })
    }
}
