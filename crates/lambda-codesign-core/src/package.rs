//! This content, signed by that signer.

use crate::chain::VerifiedSigner;
use crate::claims::{Claims, ProfileVersionArn};
use crate::digest::ContentDigest;
use crate::manifest::{Boundaries, ManifestError};

/// A package whose content was signed by a trusted signer.
///
/// Holding one proves integrity and authenticity: the digest computed from the bytes is the one that was signed,
/// the signer led to a trusted root at the signing time, that root vouches for the publisher, and a manifest, where
/// there is one, fits. It does not prove that the signature is current, unrevoked or wanted: a policy judges that.
#[derive(Debug, Clone)]
pub struct VerifiedPackage {
    content: ContentDigest,
    boundaries: Boundaries,
    claims: Claims,
    signer: VerifiedSigner,
}

/// Why content, statement and signer do not belong together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// The statement was signed by another certificate's key than this signer's.
    #[error("the statement was not signed by this signer")]
    OtherSigner,
    /// The signer was checked for another time than the one it signed at.
    #[error("the signer was not checked for the signing time")]
    OtherTime,
    /// No trusted root vouches for this publisher.
    #[error("no trusted root that the signer leads to vouches for the publisher {publisher}")]
    NotVouchedFor {
        /// The publisher that the signature states.
        publisher: ProfileVersionArn,
    },
    /// The content is not what was signed.
    #[error("the content's digest is not the one that was signed")]
    Digest,
    /// The content is not what was signed, though the signature is genuine under AWS's own root.
    #[error(
        "the content's digest is not the one that was signed, though the signature is genuine under AWS's root: \
         either the package was changed after signing, or AWS Signer computes its digest otherwise than is known here \
         (if you are sure that nobody changed it, please report it)"
    )]
    DigestUnderAwsRoot,
    /// The manifest does not fit.
    #[error(transparent)]
    Manifest(ManifestError),
}

/// That the root which the signer leads to vouches for the publisher that the statement names.
pub(crate) fn is_vouched_for(claims: &Claims, signer: &VerifiedSigner) -> Result<(), BindError> {
    if signer.root().vouches_for(claims.profile()) {
        Ok(())
    } else {
        Err(BindError::NotVouchedFor { publisher: claims.profile().clone() })
    }
}

impl VerifiedPackage {
    /// Binds what was computed to what was signed and by whom.
    ///
    /// # Errors
    ///
    /// [`BindError`] where they do not belong together, or the package's manifest does not fit.
    pub fn bind(content: ContentDigest, claims: Claims, signer: VerifiedSigner) -> Result<Self, BindError> {
        if *claims.signer() != signer.fingerprint() {
            return Err(BindError::OtherSigner);
        }
        if claims.signing_time() != signer.checked_at() {
            return Err(BindError::OtherTime);
        }
        is_vouched_for(&claims, &signer)?;
        if !content.is(claims.digest()) {
            return Err(if signer.root().is_aws() {
                BindError::DigestUnderAwsRoot
            } else {
                BindError::Digest
            });
        }
        let boundaries = content.boundaries().map_err(|error| BindError::Manifest(error.clone()))?.clone();
        Ok(Self { content, boundaries, claims, signer })
    }

    /// The digests that were computed.
    #[must_use]
    pub const fn content(&self) -> &ContentDigest {
        &self.content
    }

    /// What is proved about the boundaries between the entries.
    #[must_use]
    pub const fn boundaries(&self) -> &Boundaries {
        &self.boundaries
    }

    /// What was signed.
    #[must_use]
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// Who signed it.
    #[must_use]
    pub const fn signer(&self) -> &VerifiedSigner {
        &self.signer
    }
}
