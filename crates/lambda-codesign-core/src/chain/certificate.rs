//! A certificate, read once into the fields that the chain is judged by.

use core::fmt::Write as _;

use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use sha2::{Digest, Sha256, Sha384};
use webpki::EndEntityCert;
use x509_parser::objects::{oid_registry, oid2abbrev};
use x509_parser::prelude::{FromDer, X509Certificate, X509Name, X509Version};

use super::error::CertificateProblem;
use crate::ecdsa::P384PublicKey;
use crate::envelope::ber::{BerError, Reader, tag};
use crate::envelope::name;

/// An X.509 certificate with a P-384 key.
///
/// Holding one proves its form; not who issued it, nor that it is valid at any time.
#[derive(Debug, Clone)]
pub struct Certificate {
    der: Vec<u8>,
    issuer: Name,
    subject: Name,
    serial: Vec<u8>,
    not_before: Timestamp,
    not_after: Timestamp,
    key: P384PublicKey,
    usage: Usage,
    sha256: [u8; 32],
    tbs_sha384: [u8; 48],
}

/// A distinguished name: its DER, and its text in the form of RFC 4514.
#[derive(Debug, Clone)]
struct Name {
    der: Vec<u8>,
    text: String,
}

/// What the extensions allow.
#[derive(Debug, Clone)]
struct Usage {
    authority: bool,
    path_length: Option<u32>,
    digital_signature: bool,
    key_cert_sign: bool,
    key_purposes: KeyPurposes,
}

/// What extendedKeyUsage allows (RFC 5280 4.2.1.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyPurposes {
    /// The extension is absent.
    Any,
    /// It is critical and names codeSigning.
    CodeSigning,
    /// It names codeSigning, but may be ignored.
    CodeSigningUncritical,
    /// It does not name codeSigning; anyExtendedKeyUsage is not enough.
    Others,
}

impl Certificate {
    /// Reads one certificate in DER.
    ///
    /// # Errors
    ///
    /// [`CertificateProblem`] for another version than 3, bytes that follow, extensions that stand twice or can't
    /// be read, and any key but an uncompressed P-384 point.
    pub fn parse(der: &[u8]) -> Result<Self, CertificateProblem> {
        let malformed = CertificateProblem::Malformed;
        let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| malformed)?;
        if !rest.is_empty() || certificate.version() != X509Version::V3 || !is_read_by_webpki(der) {
            return Err(malformed);
        }
        check_validity(certificate.tbs_certificate.as_ref()).map_err(|_| malformed)?;
        Ok(Self {
            issuer: Name::read(certificate.issuer())?,
            subject: Name::read(certificate.subject())?,
            serial: serial(certificate.raw_serial())?.to_vec(),
            not_before: timestamp(certificate.validity().not_before.timestamp()),
            not_after: timestamp(certificate.validity().not_after.timestamp()),
            key: P384PublicKey::from_spki(certificate.public_key().raw)
                .map_err(|_| CertificateProblem::Key)?,
            usage: Usage::read(&certificate)?,
            sha256: Sha256::digest(der).into(),
            tbs_sha384: Sha384::digest(certificate.tbs_certificate.as_ref()).into(),
            der: der.to_vec(),
        })
    }

    /// The certificate as it came.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The subject in the form of RFC 4514, such as `CN=signer,O=AWS`; not yet safe to show.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject.text
    }

    /// The issuer in the form of RFC 4514; not yet safe to show.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer.text
    }

    /// The serial number's content octets, big-endian, with the leading zero that DER may need.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// First moment of the validity, which is part of it (RFC 5280 4.1.2.5).
    #[must_use]
    pub const fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// Last moment of the validity, which is part of it (RFC 5280 4.1.2.5).
    #[must_use]
    pub const fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// SHA-256 of the whole certificate.
    #[must_use]
    pub const fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// SHA-384 of the TBSCertificate, one half of a certificate hash (FORMAT.md, "Revocation identifiers").
    #[must_use]
    pub const fn tbs_sha384(&self) -> &[u8; 48] {
        &self.tbs_sha384
    }

    pub(crate) const fn key(&self) -> &P384PublicKey {
        &self.key
    }

    pub(super) fn is_named_by(&self, issuer: &[u8], serial: &[u8]) -> bool {
        self.issuer.der == issuer && self.serial == serial
    }

    pub(super) fn is_self_issued(&self) -> bool {
        self.issuer.der == self.subject.der
    }

    /// Certificates count whole seconds, the last one to its end.
    pub(super) fn is_valid_at(&self, time: Timestamp) -> bool {
        (self.not_before.as_second()..=self.not_after.as_second()).contains(&time.as_second())
    }

    pub(super) const fn is_authority(&self) -> bool {
        self.usage.authority
    }

    pub(super) const fn path_length(&self) -> Option<u32> {
        self.usage.path_length
    }

    pub(super) const fn may_sign_data(&self) -> bool {
        self.usage.digital_signature
    }

    pub(super) const fn may_sign_certificates(&self) -> bool {
        self.usage.key_cert_sign
    }

    pub(super) const fn is_for_code_signing_alone(&self) -> bool {
        matches!(self.usage.key_purposes, KeyPurposes::CodeSigning)
    }

    pub(super) const fn admits_code_signing(&self) -> bool {
        !matches!(self.usage.key_purposes, KeyPurposes::Others)
    }

    pub(super) fn issuer_der(&self) -> &[u8] {
        &self.issuer.der
    }

    pub(super) fn subject_der(&self) -> &[u8] {
        &self.subject.der
    }
}

/// `x509-parser` asks neither for the class of a tag nor for the end of a sequence: what it reads, `webpki` has to read
/// too. A critical extension that is not known stands in the way of a path alone, not of every bag.
fn is_read_by_webpki(der: &[u8]) -> bool {
    matches!(
        EndEntityCert::try_from(&CertificateDer::from(der)),
        Ok(_) | Err(webpki::Error::UnsupportedCriticalExtension)
    )
}

/// That both times are written as RFC 5280 4.1.2.5 has them: to the second, in UTC, as UTCTime until 2049 and as
/// GeneralizedTime from 2050 on.
fn check_validity(tbs: &[u8]) -> Result<(), BerError> {
    let mut fields = Reader::new(tbs).der(tag::SEQUENCE)?.reader();
    for before in [tag::CONTEXT_0, tag::INTEGER, tag::SEQUENCE, tag::SEQUENCE] {
        fields.der(before)?;
    }
    let mut times = fields.der(tag::SEQUENCE)?.reader();
    for _ in ["notBefore", "notAfter"] {
        let (of, length, earliest) = if times.next_is(tag::UTC_TIME) {
            (tag::UTC_TIME, 12, "")
        } else {
            (tag::GENERALIZED_TIME, 14, "2050")
        };
        let time = times.der(of)?;
        match time.content().split_last() {
            Some((b'Z', digits))
                if digits.len() == length
                    && digits.iter().all(u8::is_ascii_digit)
                    && digits >= earliest.as_bytes() => {}
            Some(_) | None => return Err(time.not_der()),
        }
    }
    times.finish()
}

/// A time that jiff can't hold is past any that matters: `99991231235959Z` means no end (RFC 5280 4.1.2.5).
fn timestamp(seconds: i64) -> Timestamp {
    let bound = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_second(seconds).unwrap_or(bound)
}

/// Positive, in at most 20 octets (RFC 5280 4.1.2.2).
fn serial(serial: &[u8]) -> Result<&[u8], CertificateProblem> {
    match serial {
        [first, ..] if *first < 0x80 && serial.len() <= 20 && serial != [0] => Ok(serial),
        _ => Err(CertificateProblem::Serial),
    }
}

impl Usage {
    fn read(certificate: &X509Certificate<'_>) -> Result<Self, CertificateProblem> {
        let unreadable = |_| CertificateProblem::Extension;
        certificate.extensions_map().map_err(unreadable)?;
        let constraints =
            certificate.basic_constraints().map_err(unreadable)?.map(|extension| extension.value);
        let key_usage = certificate.key_usage().map_err(unreadable)?.map(|extension| extension.value);
        let extended = certificate.extended_key_usage().map_err(unreadable)?;
        Ok(Self {
            authority: constraints.is_some_and(|constraints| constraints.ca),
            path_length: constraints.and_then(|constraints| constraints.path_len_constraint),
            digital_signature: key_usage.is_some_and(|usage| usage.digital_signature()),
            key_cert_sign: key_usage.is_some_and(|usage| usage.key_cert_sign()),
            key_purposes: match extended {
                None => KeyPurposes::Any,
                Some(extension) if !extension.value.code_signing => KeyPurposes::Others,
                Some(extension) if extension.critical => KeyPurposes::CodeSigning,
                Some(_) => KeyPurposes::CodeSigningUncritical,
            },
        })
    }
}

impl Name {
    fn read(of: &X509Name<'_>) -> Result<Self, CertificateProblem> {
        name::check(of.as_raw()).map_err(|_| CertificateProblem::Malformed)?;
        Ok(Self { der: of.as_raw().to_vec(), text: rfc4514(of) })
    }
}

/// RFC 4514 2: the relative names from last to first.
fn rfc4514(name: &X509Name<'_>) -> String {
    let rdns: Vec<_> = name.iter_rdn().collect();
    let mut text = String::new();
    for rdn in rdns.into_iter().rev() {
        for (index, attribute) in rdn.iter().enumerate() {
            match (index, text.is_empty()) {
                (0, true) => {}
                (0, false) => text.push(','),
                (_, _) => text.push('+'),
            }
            match oid2abbrev(attribute.attr_type(), oid_registry()) {
                Ok(abbreviation) => text.push_str(abbreviation),
                Err(_) => text.push_str(&attribute.attr_type().to_id_string()),
            }
            text.push('=');
            match attribute.as_str() {
                Ok(value) => push_escaped(&mut text, value),
                Err(_) => attribute.as_slice().iter().fold(&mut text, |text, byte| {
                    let _ = write!(text, "\\{byte:02X}");
                    text
                }),
            };
        }
    }
    text
}

/// RFC 4514 2.4.
fn push_escaped<'t>(text: &'t mut String, value: &str) -> &'t mut String {
    for (index, character) in value.char_indices() {
        let special = matches!(character, '"' | '+' | ',' | ';' | '<' | '>' | '\\');
        let leading = index == 0 && matches!(character, ' ' | '#');
        if special || leading {
            text.push('\\');
        }
        text.push(character);
    }
    text
}
