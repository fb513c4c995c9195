//! Stage 4: from the signer's certificate to a trusted root, at the signing time (FORMAT.md, "The chain").

mod certificate;
mod roots;
mod cache;
mod error;
mod remembering;

pub use cache::ChainCache;
pub use certificate::Certificate;
pub use error::{CertificateProblem, ChainError, IssuerProblem, Subject, UsageProblem};
pub use roots::{LOCAL_ACCOUNT, RootError, TrustRoot, TrustRoots, Vouches};

use core::cell::RefCell;
use core::time::Duration;
use std::sync::Arc;

use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, KeyUsage, VerifiedPath};

use crate::ecdsa::P384PublicKey;
use crate::envelope::UnverifiedEnvelope;
use crate::provider;

use remembering::Remembering;

/// The most certificates that are looked at; genuine envelopes carry 4 or 5.
pub const MAX_CERTIFICATES: usize = 16;
/// The most authorities of one name among them; genuine envelopes carry one, a renewal or a crossing adds one.
///
/// A path has at most six intermediates, and each is chosen among those that bear the issuer's name: without this
/// bound fourteen authorities of two names that issued each other make 55,000 paths, which spend no signature.
pub const MAX_NAMESAKES: usize = 3;

/// id-kp-codeSigning (RFC 5280 4.2.1.12), as the content octets of its DER.
const ID_KP_CODE_SIGNING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x03];

/// A certificate that leads to a trusted root and was allowed to sign code at the time it was checked for.
///
/// Holding one proves that. It does not prove that the certificate's key signed anything.
#[derive(Debug, Clone)]
pub struct VerifiedSigner {
    path: Arc<Path>,
    at: Timestamp,
}

/// The path that was found: from the leaf to the certificate below the root, and the root.
#[derive(Debug)]
struct Path {
    leaf: Arc<Certificate>,
    /// From the leaf's issuer to what the root issued; shared with other paths.
    authorities: Vec<Arc<Certificate>>,
    root: Arc<TrustRoot>,
}

impl Path {
    /// From the leaf to the root, both included.
    fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        [self.leaf.as_ref()].into_iter().chain(self.issuers())
    }

    fn issuers(&self) -> impl Iterator<Item = &Certificate> {
        self.authorities.iter().map(Arc::as_ref).chain([self.root.certificate()])
    }
}

impl VerifiedSigner {
    /// Finds the path from the certificate that the envelope names to one of the roots, all valid at `time`.
    ///
    /// Roots are never taken from the envelope: self-issued certificates in its bag are passed over.
    ///
    /// # Errors
    ///
    /// [`ChainError`] where there is no such path. At most [`MAX_CERTIFICATES`] certificates are looked at, of
    /// which at most [`MAX_NAMESAKES`] share a subject, and paths have at most 8 certificates with the root; the
    /// signatures tried are bounded too.
    pub fn from_path(
        envelope: &UnverifiedEnvelope,
        roots: &TrustRoots,
        time: Timestamp,
        cache: &ChainCache,
    ) -> Result<Self, ChainError> {
        if let Some(path) = cache.find(envelope, roots, time) {
            return Ok(Self { path, at: time });
        }
        let bag = Bag::read(envelope, cache)?;
        check_leaf(&bag.leaf)?;
        let path = Arc::new(find_path(&bag, roots, time, cache)?);
        cache.keep_authorities(&path.authorities);
        if bag.intermediates.len() == path.authorities.len() {
            cache.keep(envelope, roots, &path);
        }
        Ok(Self { path, at: time })
    }

    /// The certificates from the leaf to the root, both included.
    pub fn chain(&self) -> impl Iterator<Item = &Certificate> {
        self.path.certificates()
    }

    /// The root that the path leads to.
    #[must_use]
    pub fn root(&self) -> &TrustRoot {
        &self.path.root
    }

    /// The time at which every certificate of the path was valid.
    #[must_use]
    pub const fn checked_at(&self) -> Timestamp {
        self.at
    }

    /// The leaf's public key.
    pub(crate) fn key(&self) -> &P384PublicKey {
        self.path.leaf.key()
    }

    /// SHA-256 of the leaf.
    pub(crate) fn fingerprint(&self) -> [u8; 32] {
        *self.path.leaf.sha256()
    }

    /// Whether issuer and serial number are the leaf's, byte for byte (RFC 5652 10.2.4).
    pub(crate) fn is_named_by(&self, issuer: &[u8], serial: &[u8]) -> bool {
        self.path.leaf.is_named_by(issuer, serial)
    }
}

/// The certificates of an envelope that a path may use.
struct Bag {
    leaf: Arc<Certificate>,
    /// Each once, without the leaf and without self-issued ones.
    intermediates: Vec<Arc<Certificate>>,
}

impl Bag {
    fn read(envelope: &UnverifiedEnvelope, cache: &ChainCache) -> Result<Self, ChainError> {
        let count = envelope.certificates.len();
        if count > MAX_CERTIFICATES {
            return Err(ChainError::TooMany { count });
        }
        let (mut leaves, mut intermediates) = (Vec::new(), Vec::new());
        let mut seen: Vec<&[u8]> = Vec::new();
        for (index, der) in envelope.certificates().enumerate() {
            if seen.contains(&der) {
                continue;
            }
            seen.push(der);
            let certificate = match cache.authority(der) {
                Some(known) => known,
                None => Certificate::parse(der)
                    .map(Arc::new)
                    .map_err(|problem| ChainError::Certificate { index, problem })?,
            };
            if certificate.is_named_by(&envelope.issuer, &envelope.serial) {
                leaves.push(certificate);
            } else if !certificate.is_self_issued() {
                intermediates.push(certificate);
            }
        }
        check_namesakes(&intermediates)?;
        let found = leaves.len();
        match (leaves.pop(), leaves.is_empty()) {
            (Some(leaf), true) => Ok(Self { leaf, intermediates }),
            (Some(_) | None, _) => Err(ChainError::SignerNotIdentified { found }),
        }
    }
}

/// That the paths through these are few, whoever issued whom.
fn check_namesakes(intermediates: &[Arc<Certificate>]) -> Result<(), ChainError> {
    let namesakes = |of: &Certificate| {
        let same = |other: &&Arc<Certificate>| other.subject_der() == of.subject_der();
        intermediates.iter().filter(same).count()
    };
    match intermediates.iter().find(|of| namesakes(of) > MAX_NAMESAKES) {
        Some(of) => Err(ChainError::Namesakes { subject: of.subject().into(), count: namesakes(of) }),
        None => Ok(()),
    }
}

/// What FORMAT.md, "The chain", asks of the leaf beyond what any path needs.
fn check_leaf(leaf: &Certificate) -> Result<(), ChainError> {
    let refuse = |problem| Err(ChainError::NotCodeSigning(problem));
    if leaf.is_authority() {
        return refuse(error::UsageProblem::Authority);
    }
    if !leaf.may_sign_data() || leaf.may_sign_certificates() {
        return refuse(error::UsageProblem::KeyUsage);
    }
    // RFC 5280 4.2.1.12; anyExtendedKeyUsage is not enough.
    if !leaf.is_for_code_signing_alone() {
        return refuse(error::UsageProblem::ExtendedKeyUsage);
    }
    Ok(())
}

/// Lets `webpki` build the path; [`assemble`] has a say in each candidate, so that a path that breaks a rule of
/// ours does not hide one that keeps them all.
fn find_path(bag: &Bag, roots: &TrustRoots, time: Timestamp, cache: &ChainCache) -> Result<Path, ChainError> {
    let leaf_der = CertificateDer::from(bag.leaf.der());
    let end_entity = EndEntityCert::try_from(&leaf_der).map_err(|_| ChainError::Unsupported)?;
    let intermediates: Vec<_> = bag.intermediates.iter().map(|c| CertificateDer::from(c.der())).collect();
    let anchors: Vec<_> = roots.iter().map(|root| root.anchor().clone()).collect();
    let seconds = u64::try_from(time.as_second()).map_err(|_| ChainError::not_valid(&bag.leaf, time))?;
    let objection = RefCell::new(None);
    let candidate = |path: &VerifiedPath<'_>| match assemble(bag, roots, path, time) {
        Ok(_) => Ok(()),
        Err(error) => {
            objection.borrow_mut().get_or_insert(error);
            Err(webpki::Error::UnknownIssuer)
        }
    };
    let algorithm = Remembering { algorithm: provider::CHAIN_ALGORITHM, cache };
    let found = end_entity.verify_for_usage(
        &[&algorithm],
        &anchors,
        &intermediates,
        UnixTime::since_unix_epoch(Duration::from_secs(seconds)),
        KeyUsage::required_if_present(ID_KP_CODE_SIGNING),
        None,
        Some(&candidate),
    );
    match found {
        Ok(path) => assemble(bag, roots, &path, time),
        Err(error) => Err(objection.into_inner().unwrap_or_else(|| refusal(bag, time, &error))),
    }
}

/// The certificates of a path that `webpki` found, checked for what it leaves: the issuers' right to issue,
/// path lengths including the root's, and each validity to the millisecond, the root's included.
fn assemble(
    bag: &Bag,
    roots: &TrustRoots,
    path: &VerifiedPath<'_>,
    time: Timestamp,
) -> Result<Path, ChainError> {
    let mut authorities = Vec::new();
    for intermediate in path.intermediate_certificates() {
        let der = intermediate.der();
        let known = bag.intermediates.iter().find(|known| known.der() == der.as_ref());
        authorities.push(Arc::clone(known.ok_or(ChainError::Unsupported)?));
    }
    let root = Arc::clone(roots.at_anchor(path.anchor(), time).ok_or(ChainError::Untrusted)?);
    let path = Path { leaf: Arc::clone(&bag.leaf), authorities, root };
    for (below, issuer) in path.issuers().enumerate() {
        check_issuer(issuer, below)?;
    }
    if let Some(certificate) = path.certificates().find(|certificate| !certificate.is_valid_at(time)) {
        return Err(ChainError::not_valid(certificate, time));
    }
    Ok(path)
}

/// RFC 5280 4.2.1.3, 4.2.1.9: a CA with keyCertSign, and no more intermediates below it than it allows.
fn check_issuer(issuer: &Certificate, intermediates_below: usize) -> Result<(), ChainError> {
    let refuse = |problem| Err(ChainError::Issuer { subject: issuer.subject().into(), problem });
    if !issuer.is_authority() {
        return refuse(IssuerProblem::NotAuthority);
    }
    if !issuer.may_sign_certificates() {
        return refuse(IssuerProblem::KeyUsage);
    }
    match issuer.path_length() {
        Some(limit) if usize::try_from(limit).is_ok_and(|limit| intermediates_below > limit) => {
            refuse(IssuerProblem::PathLength)
        }
        Some(_) | None => Ok(()),
    }
}

/// What to say where `webpki` found no path.
fn refusal(bag: &Bag, time: Timestamp, error: &webpki::Error) -> ChainError {
    let out_of_time = || {
        let certificates = [&bag.leaf].into_iter().chain(&bag.intermediates);
        certificates.into_iter().find(|c| !c.is_valid_at(time)).map(|c| ChainError::not_valid(c, time))
    };
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "webpki's errors are open-ended; all others mean no trusted path"
    )]
    match error {
        webpki::Error::CertExpired { .. } | webpki::Error::CertNotValidYet { .. } => {
            out_of_time().unwrap_or(ChainError::Untrusted)
        }
        webpki::Error::InvalidCertValidity => ChainError::not_valid(&bag.leaf, time),
        webpki::Error::RequiredEkuNotFoundContext(_) => {
            ChainError::issuer(bag, IssuerProblem::ExtendedKeyUsage)
        }
        webpki::Error::BadDer
        | webpki::Error::BadDerTime
        | webpki::Error::ExtensionValueInvalid
        | webpki::Error::MalformedExtensions
        | webpki::Error::SignatureAlgorithmMismatch
        | webpki::Error::TrailingData(_)
        | webpki::Error::UnsupportedSignatureAlgorithmContext(_) => ChainError::Unsupported,
        webpki::Error::EndEntityUsedAsCa => ChainError::issuer(bag, IssuerProblem::NotAuthority),
        webpki::Error::PathLenConstraintViolated => ChainError::issuer(bag, IssuerProblem::PathLength),
        webpki::Error::NameConstraintViolation => ChainError::issuer(bag, IssuerProblem::NameConstraints),
        webpki::Error::MaximumPathDepthExceeded => ChainError::TooDeep,
        webpki::Error::UnsupportedCriticalExtension => ChainError::Unsupported,
        _ => ChainError::Untrusted,
    }
}
