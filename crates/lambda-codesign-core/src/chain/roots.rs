//! The trusted roots, and the publishers that each vouches for.

use std::sync::Arc;

use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, TrustAnchor};
use sha2::{Digest, Sha256};
use x509_parser::pem::Pem;

use super::Certificate;
use super::error::CertificateProblem;
use crate::claims::{ProfileVersionArn, PublisherPattern};
use crate::envelope::ber::check_der;

/// The root of AWS Signer, the same in 2022, 2024 and 2026 (FORMAT.md, "The chain").
const AWS_ROOT: &[u8] = include_bytes!("../../roots/aws-signer-root.pem");
/// SHA-256 of its DER, as published with it.
const AWS_ROOT_SHA256: [u8; 32] = [
    0x41, 0x02, 0x20, 0xa7, 0x2b, 0xba, 0x45, 0x76, 0x76, 0x7b, 0xa5, 0x94, 0x1b, 0x69, 0x4a, 0x9b, 0xdd,
    0xc4, 0x08, 0x17, 0xf7, 0x69, 0x57, 0xf6, 0x91, 0x9f, 0xda, 0xc8, 0x9a, 0x78, 0x49, 0xc7,
];
/// The account that local profiles sign as, which no AWS customer has (CLI.md, "Local commands").
pub const LOCAL_ACCOUNT: &str = "000000000000";

/// The publishers that a root vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Vouches {
    /// Any publisher.
    All,
    /// Any publisher of a real account: not those of local profiles.
    AllButLocal,
    /// The publishers of a pattern.
    Matching(PublisherPattern),
}

/// A root that is trusted to vouch for some publishers.
///
/// Holding one proves that somebody chose to trust it, and that it is a P-384 authority that issued itself.
#[derive(Debug, Clone)]
pub struct TrustRoot {
    certificate: Certificate,
    anchor: TrustAnchor<'static>,
    vouches: Vec<Vouches>,
}

/// The set of trusted roots: an argument of every verification, never taken from a package.
#[derive(Debug, Clone, Default)]
pub struct TrustRoots {
    roots: Vec<Arc<TrustRoot>>,
}

/// Why a file is not a trust root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RootError {
    /// No PEM block in it, or a broken one.
    #[error("it holds no PEM block, or a broken one")]
    NotPem,
    /// A block with another label than `CERTIFICATE`.
    #[error("it holds a PEM block that is not a certificate")]
    NotCertificate,
    /// A certificate that can't be used.
    #[error("its certificate can't be used: {0}")]
    Certificate(CertificateProblem),
    /// Not a root: issued by another, or without the right to issue.
    #[error(
        "its certificate is not a root: it must have issued itself, be an authority with keyCertSign and not be for other purposes than code signing"
    )]
    NotRoot,
}

impl Vouches {
    fn covers(&self, publisher: &ProfileVersionArn) -> bool {
        match self {
            Self::All => true,
            Self::AllButLocal => publisher.account().as_str() != LOCAL_ACCOUNT,
            Self::Matching(pattern) => pattern.matches(publisher),
        }
    }
}

impl TrustRoot {
    /// The root's certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Whether this is AWS Signer's own root, under which any AWS customer can sign.
    #[must_use]
    pub fn is_aws(&self) -> bool {
        *self.certificate.sha256() == AWS_ROOT_SHA256
    }

    /// Whether it is trusted to vouch for this publisher; AWS's root never vouches for local profiles.
    #[must_use]
    pub fn vouches_for(&self, publisher: &ProfileVersionArn) -> bool {
        let local_under_aws = self.is_aws() && publisher.account().as_str() == LOCAL_ACCOUNT;
        !local_under_aws && self.vouches.iter().any(|vouches| vouches.covers(publisher))
    }

    /// Takes over what an addition of the same root vouches for; what is said of AWS's root in so many words
    /// replaces what is built in, so that it can be narrowed.
    fn add(&mut self, vouches: Vec<Vouches>) {
        if self.is_aws() {
            self.vouches.retain(|known| *known != Vouches::AllButLocal);
        }
        self.vouches.extend(vouches);
    }

    pub(super) const fn anchor(&self) -> &TrustAnchor<'static> {
        &self.anchor
    }

    fn read(der: &[u8], vouches: Vouches) -> Result<Self, RootError> {
        check_der(der).map_err(|_| RootError::Certificate(CertificateProblem::Malformed))?;
        let certificate = Certificate::parse(der).map_err(RootError::Certificate)?;
        let is_root = certificate.is_self_issued()
            && certificate.is_authority()
            && certificate.may_sign_certificates()
            && certificate.admits_code_signing();
        if !is_root {
            return Err(RootError::NotRoot);
        }
        let source = CertificateDer::from(der);
        let anchor = webpki::anchor_from_trusted_cert(&source)
            .map_err(|_| RootError::Certificate(CertificateProblem::Malformed))?
            .to_owned();
        Ok(Self { certificate, anchor, vouches: vec![vouches] })
    }
}

impl TrustRoots {
    /// No root at all: nothing verifies.
    #[must_use]
    pub const fn none() -> Self {
        Self { roots: Vec::new() }
    }

    /// AWS Signer's root, vouching for any account's profiles but local ones.
    ///
    /// Other partitions may have roots of their own, which are not built in.
    #[must_use]
    pub fn aws() -> Self {
        let mut roots = Self::none();
        // A test holds the built-in file to its published fingerprint; a damaged one trusts nothing.
        let _ = roots.add_pem(AWS_ROOT, &Vouches::AllButLocal);
        roots
    }

    /// Adds every certificate of a PEM file; a root that is there already vouches for these publishers too, and
    /// AWS's built-in root for these alone.
    ///
    /// # Errors
    ///
    /// [`RootError`] where the file holds anything but roots in PEM; nothing is added then.
    pub fn add_pem(&mut self, pem: &[u8], vouches: &Vouches) -> Result<(), RootError> {
        let mut added = Vec::new();
        for block in Pem::iter_from_buffer(pem) {
            let block = block.map_err(|_| RootError::NotPem)?;
            if block.label != "CERTIFICATE" {
                return Err(RootError::NotCertificate);
            }
            added.push(TrustRoot::read(&block.contents, vouches.clone())?);
        }
        if added.is_empty() {
            return Err(RootError::NotPem);
        }
        for root in added {
            match self.roots.iter_mut().find(|known| known.certificate.der() == root.certificate.der()) {
                Some(known) => Arc::make_mut(known).add(root.vouches),
                None => self.roots.push(Arc::new(root)),
            }
        }
        Ok(())
    }

    /// Without AWS Signer's own root.
    #[must_use]
    pub fn without_aws(mut self) -> Self {
        self.roots.retain(|root| !root.is_aws());
        self
    }

    /// The roots, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &TrustRoot> {
        self.roots.iter().map(Arc::as_ref)
    }

    /// The root behind an anchor; one that is valid at `time`, where several share subject and key.
    pub(super) fn at_anchor(&self, anchor: &TrustAnchor<'_>, time: Timestamp) -> Option<&Arc<TrustRoot>> {
        let behind = || self.roots.iter().filter(|root| root.anchor == *anchor);
        behind().find(|root| root.certificate.is_valid_at(time)).or_else(|| behind().next())
    }

    pub(super) fn named(&self, subject_der: &[u8]) -> usize {
        self.roots.iter().filter(|root| root.certificate.subject_der() == subject_der).count()
    }

    /// Everything that an answer may depend on.
    pub(super) fn fingerprint(&self, into: &mut Sha256) {
        for root in &self.roots {
            into.update(root.certificate.sha256());
            for vouches in &root.vouches {
                match vouches {
                    Vouches::All => into.update("all\n"),
                    Vouches::AllButLocal => into.update("all but local\n"),
                    Vouches::Matching(pattern) => into.update(format!("{pattern}\n")),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TrustRoots;

    #[test]
    fn the_built_in_root_is_the_published_one() {
        let roots = TrustRoots::aws();
        assert_eq!(roots.iter().map(super::TrustRoot::is_aws).collect::<Vec<_>>(), [true]);
    }

    #[test]
    fn the_built_in_root_vouches_for_any_account_but_that_of_local_profiles() {
        let roots = TrustRoots::aws();
        let aws = roots.iter().next().unwrap();
        let vouches = |account| {
            let text =
                format!("arn:aws:signer:us-east-1:{account}:/signing-profiles/release_builds/AbCdEf1234");
            aws.vouches_for(&text.parse().unwrap())
        };
        assert!(vouches("123456789012"));
        assert!(vouches("000000000001"));
        assert!(!vouches(super::LOCAL_ACCOUNT));
    }

    #[test]
    fn what_is_said_of_the_built_in_root_replaces_what_is_built_in() {
        let mut roots = TrustRoots::aws();
        let one = "arn:aws:signer:*:111111111111:/signing-profiles/*/*".parse().unwrap();
        let other = "arn:aws:signer:*:222222222222:/signing-profiles/*/*".parse().unwrap();
        for pattern in [one, other] {
            roots.add_pem(super::AWS_ROOT, &super::Vouches::Matching(pattern)).unwrap();
        }
        let aws = roots.iter().next().unwrap();
        let vouches = |account| {
            let text =
                format!("arn:aws:signer:us-east-1:{account}:/signing-profiles/release_builds/AbCdEf1234");
            aws.vouches_for(&text.parse().unwrap())
        };
        assert!(vouches("111111111111") && vouches("222222222222"));
        assert!(!vouches("123456789012"));
        assert_eq!(roots.iter().count(), 1);
    }
}
