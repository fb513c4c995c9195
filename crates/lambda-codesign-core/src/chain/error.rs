//! Why certificates do not lead to a trusted root.

use core::fmt;

use jiff::Timestamp;

use super::{Bag, Certificate, MAX_CERTIFICATES, MAX_NAMESAKES};
use crate::text::Escaped;

/// A certificate's subject in the form of RFC 4514, made safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject(Box<str>);

impl From<&str> for Subject {
    fn from(subject: &str) -> Self {
        Self(subject.into())
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", Escaped(self.0.as_bytes()))
    }
}

/// What is wrong with a single certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateProblem {
    /// Not an X.509 certificate of version 3 and nothing else.
    #[error("it is not an X.509 certificate of version 3 in DER")]
    Malformed,
    /// An extension stands twice, or can't be read (RFC 5280 4.2).
    #[error("an extension is malformed or stands twice")]
    Extension,
    /// A serial number that is not positive, or has more than 20 octets (RFC 5280 4.1.2.2).
    #[error("its serial number is not positive, or longer than 20 octets")]
    Serial,
    /// Another key than an uncompressed P-384 point.
    #[error("its key is not an uncompressed point of the named curve P-384")]
    Key,
}

/// Why a certificate may not sign code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UsageProblem {
    /// It is a CA.
    #[error("it is a certificate of an authority")]
    Authority,
    /// keyUsage without digitalSignature, or with keyCertSign (RFC 5280 4.2.1.3).
    #[error("its keyUsage lacks digitalSignature, or has keyCertSign")]
    KeyUsage,
    /// No critical extendedKeyUsage with codeSigning (RFC 5280 4.2.1.12).
    #[error("it has no critical extendedKeyUsage with codeSigning")]
    ExtendedKeyUsage,
}

/// Why a certificate may not issue the one below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssuerProblem {
    /// basicConstraints without cA (RFC 5280 4.2.1.9).
    #[error("it is not an authority")]
    NotAuthority,
    /// keyUsage without keyCertSign (RFC 5280 4.2.1.3).
    #[error("its keyUsage lacks keyCertSign")]
    KeyUsage,
    /// More intermediates below it than its pathLenConstraint (RFC 5280 4.2.1.9).
    #[error("its path length allows fewer authorities below it")]
    PathLength,
    /// extendedKeyUsage without codeSigning (RFC 5280 4.2.1.12).
    #[error("its extendedKeyUsage does not admit code signing")]
    ExtendedKeyUsage,
    /// The names below it are outside its nameConstraints (RFC 5280 4.2.1.10).
    #[error("its name constraints do not admit the names below it")]
    NameConstraints,
}

/// Why there is no path from the signer to a trusted root.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// More certificates than are looked at.
    #[error("the signature carries {count} certificates, where at most {MAX_CERTIFICATES} are looked at")]
    TooMany {
        /// How many it carries.
        count: usize,
    },
    /// More authorities of one name than paths are looked for among.
    #[error(
        "the signature carries {count} certificates of the authority {subject}, where at most {MAX_NAMESAKES} are looked at"
    )]
    Namesakes {
        /// The name that they share.
        subject: Subject,
        /// How many bear it.
        count: usize,
    },
    /// A certificate can't be used.
    #[error("certificate {index} of the signature can't be used: {problem}")]
    Certificate {
        /// Its place in the bag, from 0.
        index: usize,
        /// What is wrong with it.
        problem: CertificateProblem,
    },
    /// No certificate, or several, bear the issuer and serial number that the SignerInfo names.
    #[error(
        "{found} certificates of the signature bear the signer's issuer and serial number, where exactly one must"
    )]
    SignerNotIdentified {
        /// How many do.
        found: usize,
    },
    /// The leaf may not sign code.
    #[error("the signer's certificate may not sign code: {0}")]
    NotCodeSigning(UsageProblem),
    /// A certificate was not valid at the signing time.
    #[error(
        "the certificate {subject} was valid from {not_before} to {not_after}, not at the signing time {time}"
    )]
    NotValid {
        /// Whose certificate.
        subject: Subject,
        /// First moment of its validity.
        not_before: Timestamp,
        /// Last moment of its validity.
        not_after: Timestamp,
        /// The time that it was checked for.
        time: Timestamp,
    },
    /// An issuer on the path may not issue.
    #[error("the authority {subject} may not issue what it issued: {problem}")]
    Issuer {
        /// Whose certificate.
        subject: Subject,
        /// Why not.
        problem: IssuerProblem,
    },
    /// The path would be longer than any genuine one.
    #[error("the signer's certificate is more than 8 certificates away from a root")]
    TooDeep,
    /// A certificate has a critical extension or a structure that the path can't be checked with.
    #[error("a certificate of the signature has a critical extension or a form that is not known here")]
    Unsupported,
    /// No path leads to a trusted root.
    #[error("the signer's certificate does not lead to a trusted root")]
    Untrusted,
}

impl ChainError {
    pub(super) fn not_valid(certificate: &Certificate, time: Timestamp) -> Self {
        Self::NotValid {
            subject: certificate.subject().into(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            time,
        }
    }

    /// About the leaf's issuer, where `webpki` does not say about whom.
    pub(super) fn issuer(bag: &Bag, problem: IssuerProblem) -> Self {
        Self::Issuer { subject: bag.leaf.issuer().into(), problem }
    }
}
