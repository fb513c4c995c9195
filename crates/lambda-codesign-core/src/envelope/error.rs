//! What can be wrong with an envelope's form.

use core::fmt;

use super::{BerError, MAX_ENVELOPE_SIZE, PemProblem};

/// A part of the envelope, by the name that RFC 5652 gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// RFC 5652 3.
    ContentInfo,
    /// RFC 5652 5.1.
    SignedData,
    /// RFC 5652 5.1, `digestAlgorithms`.
    DigestAlgorithms,
    /// RFC 5652 5.2.
    EncapsulatedContentInfo,
    /// RFC 5652 5.1, `certificates`.
    Certificates,
    /// RFC 5652 5.3.
    SignerInfo,
    /// RFC 5652 5.3, `sid`.
    SignerIdentifier,
    /// RFC 5652 5.3, `signedAttrs`.
    SignedAttributes,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ContentInfo => "the ContentInfo",
            Self::SignedData => "the SignedData",
            Self::DigestAlgorithms => "the digestAlgorithms",
            Self::EncapsulatedContentInfo => "the EncapsulatedContentInfo",
            Self::Certificates => "the certificates",
            Self::SignerInfo => "the SignerInfo",
            Self::SignerIdentifier => "the SignerIdentifier",
            Self::SignedAttributes => "the signed attributes",
        })
    }
}

/// The signed attributes of FORMAT.md, "The envelope".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeKind {
    /// 1.2.840.113549.1.9.3, RFC 5652 11.1.
    ContentType,
    /// 1.2.840.113549.1.9.4, RFC 5652 11.2.
    MessageDigest,
    /// 1.2.840.113549.1.9.5, RFC 5652 11.3.
    SigningTime,
    /// 1.2.840.113549.1.9.52, RFC 6211 2.
    AlgorithmProtection,
    /// 1.3.187.137.1.2.
    SigningJobArn,
    /// 1.3.187.137.1.3.
    SignatureExpiry,
    /// 1.3.187.137.1.4.
    SigningProfileVersionArn,
}

impl fmt::Display for AttributeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ContentType => "content type",
            Self::MessageDigest => "message digest",
            Self::SigningTime => "signing time",
            Self::AlgorithmProtection => "algorithm protection",
            Self::SigningJobArn => "signing job ARN",
            Self::SignatureExpiry => "signature expiry",
            Self::SigningProfileVersionArn => "signing profile version ARN",
        })
    }
}

/// Why a signature entry is not an envelope in the form of FORMAT.md.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// More bytes than any genuine envelope has.
    #[error("the signature entry has {size} bytes, where at most {MAX_ENVELOPE_SIZE} are read")]
    TooLarge {
        /// Bytes of the entry.
        size: usize,
    },
    /// Not one PEM block with the label `PKCS7`.
    #[error("the signature entry is not one PEM block: {0}")]
    Pem(PemProblem),
    /// The encoding breaks the form.
    #[error("{part} of the signature: {error}")]
    Encoding {
        /// Where.
        part: Part,
        /// What.
        error: BerError,
    },
    /// A version other than 1.
    #[error("{0} of the signature is not of version 1")]
    Version(Part),
    /// Another content type than the format's.
    #[error("{0} of the signature has another content type than the format's")]
    ContentType(Part),
    /// A digest algorithm other than SHA-384.
    #[error("{0} of the signature names another digest algorithm than SHA-384")]
    DigestAlgorithm(Part),
    /// A signature algorithm other than ecdsa-with-SHA384.
    #[error("{0} of the signature names another signature algorithm than ecdsa-with-SHA384")]
    SignatureAlgorithm(Part),
    /// Content inside the envelope, which is detached in the format.
    #[error("the signature carries content of its own")]
    ContentPresent,
    /// No SignerInfo, or more than one.
    #[error("the signature has {found} signers, where exactly one belongs")]
    SignerCount {
        /// How many there are; 2 means 2 or more.
        found: usize,
    },
    /// Attributes that nobody signed.
    #[error("the signature carries unsigned attributes")]
    UnsignedAttributes,
    /// The signed attributes are not in the order of DER (X.690 11.6).
    #[error("the signed attributes are not in the order of DER")]
    AttributeOrder,
    /// More attributes than any genuine envelope has.
    #[error("the signature has more than {limit} signed attributes")]
    TooManyAttributes {
        /// How many are read.
        limit: usize,
    },
    /// A required attribute is absent.
    #[error("the signed attribute {0} is missing")]
    AttributeMissing(AttributeKind),
    /// An attribute stands twice.
    #[error("the signed attributes hold one type twice")]
    AttributeTwice,
    /// An attribute has no value or several.
    #[error("a signed attribute does not have exactly one value")]
    AttributeValues,
    /// An attribute's value is not of the type and form that AWS Signer writes.
    #[error("the signed attribute {0} does not have the form that AWS Signer writes")]
    AttributeValue(AttributeKind),
}
