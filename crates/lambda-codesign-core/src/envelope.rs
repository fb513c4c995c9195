//! Stage 3: the signature entry, a PEM block around CMS SignedData (FORMAT.md, "The envelope"; RFC 5652).

pub(crate) mod pem;
pub(crate) mod ber;
pub(crate) mod name;
mod cms;
mod attributes;
mod time;
mod error;

pub use attributes::{SignedAttributes, UnknownAttribute};
pub use ber::{BerError, BerProblem};
pub use error::{AttributeKind, EnvelopeError, Part};
pub use pem::PemProblem;

use crate::chain::VerifiedSigner;

/// A signature entry larger than this is refused unread; genuine ones have 3 to 6 KiB.
pub const MAX_ENVELOPE_SIZE: usize = 64 * 1024;

/// A well-formed envelope in the one form that AWS Signer writes.
///
/// Holding one proves the form: exactly one signer, every required signed attribute once and with one value,
/// no content, no unsigned attributes. It proves nothing that the envelope says.
#[derive(Debug, Clone)]
pub struct UnverifiedEnvelope {
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) serial: Vec<u8>,
    pub(crate) signed: Vec<u8>,
    pub(crate) attributes: SignedAttributes,
    pub(crate) signature: Vec<u8>,
}

impl UnverifiedEnvelope {
    /// Reads the body of a signature entry, an `.SF` file.
    ///
    /// # Errors
    ///
    /// [`EnvelopeError`] for anything but the form of FORMAT.md. Work and memory are linear in the bytes, of
    /// which at most [`MAX_ENVELOPE_SIZE`] are read.
    pub fn parse(entry: &[u8]) -> Result<Self, EnvelopeError> {
        if entry.len() > MAX_ENVELOPE_SIZE {
            return Err(EnvelopeError::TooLarge { size: entry.len() });
        }
        cms::read(&pem::decode(entry)?)
    }

    /// What the signed attributes say, if one believed them.
    #[must_use]
    pub const fn claimed(&self) -> &SignedAttributes {
        &self.attributes
    }

    /// The certificates as they came, in DER, in the order of the bag.
    pub fn certificates(&self) -> impl Iterator<Item = &[u8]> {
        self.certificates.iter().map(Vec::as_slice)
    }

    /// The issuer that the SignerInfo names, in DER (RFC 5652 5.3, `sid`).
    #[must_use]
    pub fn issuer(&self) -> &[u8] {
        &self.issuer
    }

    /// The serial number that the SignerInfo names, as the content octets of its DER.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// The signed attributes as they came, under the tag with which they are signed (RFC 5652 5.4).
    #[must_use]
    pub fn signed(&self) -> &[u8] {
        &self.signed
    }

    /// The signature's bytes.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Verifies the signature over the signed attributes, as they came, under the signer's key (RFC 5652 5.4).
    ///
    /// # Errors
    ///
    /// [`SignatureError`] where the signer is not the one that the envelope names, or the signature does not fit.
    pub fn verify(self, signer: &VerifiedSigner) -> Result<VerifiedEnvelope, SignatureError> {
        if !signer.is_named_by(&self.issuer, &self.serial) {
            return Err(SignatureError::OtherSigner);
        }
        signer.key().verify(&self.signed, &self.signature).map_err(|_| SignatureError::Invalid)?;
        Ok(VerifiedEnvelope { attributes: self.attributes, signer: signer.fingerprint() })
    }
}

/// Signed attributes that a [`VerifiedSigner`] signed.
///
/// Holding one proves that the holder of that certificate's key made this statement. It does not prove that
/// the statement fits a package: see [`crate::package::VerifiedPackage::bind`].
#[derive(Debug, Clone)]
pub struct VerifiedEnvelope {
    pub(crate) attributes: SignedAttributes,
    pub(crate) signer: [u8; 32],
}

/// Why a well-formed envelope is not its signer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The signature does not fit the signed attributes and the signer's key.
    #[error("the signature over the signed attributes is not the signer's")]
    Invalid,
    /// The envelope names another certificate than the signer's.
    #[error("the envelope names another certificate than the one it was to be verified with")]
    OtherSigner,
}
