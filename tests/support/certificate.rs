//! Certificates, field by field (RFC 5280 4.1).

use sha2::{Digest, Sha256};

use crate::key::{Ecdsa, Key};
use crate::{der, oid};

/// One extension; its value is the content of the OCTET STRING.
#[derive(Clone)]
pub struct Extension {
    pub oid: &'static str,
    pub critical: Critical,
    pub value: Vec<u8>,
}

/// What stands in an extension's `critical`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Critical {
    /// Nothing, which means false.
    Absent,
    Yes,
    /// False, spelled out, which DER forbids.
    SpelledOutNo,
}

/// Everything that a certificate says and how it is encoded. Whole fields are DER, so that any of them can be
/// anything.
#[derive(Clone)]
pub struct CertificateSpec {
    /// The `[0]` and what is in it; empty for the first version.
    pub version: Vec<u8>,
    pub serial: Vec<u8>,
    pub inner_algorithm: Vec<u8>,
    pub issuer: Vec<u8>,
    pub not_before: Vec<u8>,
    pub not_after: Vec<u8>,
    pub subject: Vec<u8>,
    pub spki: Vec<u8>,
    pub extensions: Vec<Extension>,
    pub outer_algorithm: Vec<u8>,
    pub signed_by: Key,
    /// How the two numbers become the signature's bytes.
    pub signature: fn(Ecdsa) -> Vec<u8>,
    pub unused_bits: u8,
    /// How the to-be-signed part is framed; the signature is over what this gives.
    pub tbs_frame: der::Frame,
    /// How the certificate is framed.
    pub frame: der::Frame,
}

impl CertificateSpec {
    /// A certificate of the third version, with ecdsa-with-SHA384 in both places and no extension.
    pub fn new(subject: Vec<u8>, key: &Key, issuer: Vec<u8>, signed_by: &Key) -> Self {
        Self {
            version: der::tlv(der::context(0), &der::small(2)),
            serial: der::unsigned(&serial(&subject)),
            inner_algorithm: der::sequence(&[der::oid(oid::ECDSA_WITH_SHA384)]),
            issuer,
            not_before: der::utc("261002091926Z"),
            not_after: der::utc("271002091926Z"),
            subject,
            spki: key.spki(),
            extensions: Vec::new(),
            outer_algorithm: der::sequence(&[der::oid(oid::ECDSA_WITH_SHA384)]),
            signed_by: signed_by.clone(),
            signature: Ecdsa::der,
            unused_bits: 0,
            tbs_frame: der::tlv,
            frame: der::tlv,
        }
    }

    /// Valid from one time to the other, each `YYYY-MM-DDTHH:MM:SSZ`, as UTCTime until 2049 and as
    /// GeneralizedTime from 2050 on (RFC 5280 4.1.2.5).
    pub fn set_validity(&mut self, not_before: &str, not_after: &str) {
        self.not_before = time(not_before);
        self.not_after = time(not_after);
    }

    /// The extension, to be changed.
    pub fn extension(&mut self, oid: &str) -> &mut Extension {
        self.extensions.iter_mut().find(|extension| extension.oid == oid).expect("the certificate has it")
    }

    pub fn remove(&mut self, oid: &str) {
        let before = self.extensions.len();
        self.extensions.retain(|extension| extension.oid != oid);
        assert_ne!(self.extensions.len(), before, "there was nothing to remove");
    }

    pub fn add(&mut self, oid: &'static str, critical: Critical, value: Vec<u8>) {
        self.extensions.push(Extension { oid, critical, value });
    }

    /// The part that is signed.
    pub fn tbs(&self) -> Vec<u8> {
        let extensions: Vec<_> = self.extensions.iter().map(extension).collect();
        let extensions = match extensions.as_slice() {
            [] => Vec::new(),
            some => der::tlv(der::context(3), &der::sequence(some)),
        };
        let parts = [
            self.version.as_slice(),
            &self.serial,
            &self.inner_algorithm,
            &self.issuer,
            &der::sequence(&[&self.not_before, &self.not_after]),
            &self.subject,
            &self.spki,
            &extensions,
        ];
        (self.tbs_frame)(der::SEQUENCE, &parts.concat())
    }

    /// The whole certificate.
    pub fn der(&self) -> Vec<u8> {
        let tbs = self.tbs();
        let signature = (self.signature)(self.signed_by.sign(&tbs));
        let signature = der::bit_string(self.unused_bits, &signature);
        (self.frame)(der::SEQUENCE, &[tbs, self.outer_algorithm.clone(), signature].concat())
    }
}

/// Sixteen octets that follow from the subject, as random and as long as AWS's.
fn serial(subject: &[u8]) -> [u8; 16] {
    let hash = Sha256::digest(subject);
    core::array::from_fn(|at| hash[at] | u8::from(at == 0))
}

fn time(rfc3339: &str) -> Vec<u8> {
    let text = der::generalized_text(rfc3339);
    match text.strip_prefix("20") {
        Some(short) if short < "50" => der::utc(short),
        _ => der::generalized(&text),
    }
}

fn extension(extension: &Extension) -> Vec<u8> {
    let critical = match extension.critical {
        Critical::Absent => Vec::new(),
        Critical::Yes => der::boolean(0xff),
        Critical::SpelledOutNo => der::boolean(0),
    };
    der::sequence(&[der::oid(extension.oid), critical, der::octet_string(&extension.value)])
}

/// A distinguished name as AWS's authorities write theirs: C, O, OU, ST, CN.
pub fn authority_name(common_name: &str) -> Vec<u8> {
    der::sequence(&[
        attribute(oid::COUNTRY, der::printable("US")),
        attribute(oid::ORGANIZATION, der::utf8("AWS")),
        attribute(oid::ORGANIZATIONAL_UNIT, der::utf8("Cryptography")),
        attribute(oid::STATE, der::utf8("WA")),
        attribute(oid::COMMON_NAME, der::utf8(common_name)),
    ])
}

/// A distinguished name as AWS's leaves have it: C, ST, L, O, OU, CN.
pub fn leaf_name(common_name: &str) -> Vec<u8> {
    der::sequence(&[
        attribute(oid::COUNTRY, der::printable("US")),
        attribute(oid::STATE, der::utf8("WA")),
        attribute(oid::LOCALITY, der::utf8("Seattle")),
        attribute(oid::ORGANIZATION, der::utf8("AWS")),
        attribute(oid::ORGANIZATIONAL_UNIT, der::utf8("Cryptography")),
        attribute(oid::COMMON_NAME, der::utf8(common_name)),
    ])
}

/// One relative distinguished name of one attribute.
pub fn attribute(oid: &str, value: Vec<u8>) -> Vec<u8> {
    der::set(&[der::sequence(&[der::oid(oid), value])])
}

/// The value of basicConstraints for an authority; no length means no limit.
pub fn authority_constraints(path_length: Option<u8>) -> Vec<u8> {
    der::sequence(&[der::boolean(0xff), path_length.map(der::small).unwrap_or_default()])
}

/// The value of keyUsage with one octet of bits, the lowest `unused` of them not in use.
pub fn key_usage(unused: u8, bits: u8) -> Vec<u8> {
    der::bit_string(unused, &[bits])
}

/// digitalSignature alone, in keyUsage (RFC 5280 4.2.1.3).
pub const DIGITAL_SIGNATURE: (u8, u8) = (7, 0x80);
/// digitalSignature, keyCertSign and cRLSign, as AWS's authorities have them.
pub const AUTHORITY_USAGE: (u8, u8) = (1, 0x86);

/// The value of extKeyUsage.
pub fn extended_usage(purposes: &[&str]) -> Vec<u8> {
    let purposes: Vec<_> = purposes.iter().map(|purpose| der::oid(purpose)).collect();
    der::sequence(&purposes)
}

/// A key identifier: the leftmost 20 octets of SHA-256 over the point (RFC 7093 2, method 1).
pub fn key_identifier(key: &Key) -> [u8; 20] {
    let hash = Sha256::digest(key.point());
    core::array::from_fn(|at| hash[at])
}

/// The value of subjectKeyIdentifier.
pub fn subject_key(identifier: &[u8]) -> Vec<u8> {
    der::octet_string(identifier)
}

/// The value of authorityKeyIdentifier with the key's identifier alone.
pub fn authority_key(identifier: &[u8]) -> Vec<u8> {
    der::sequence(&[der::tlv(0x80, identifier)])
}
