//! A local authority in the shape of AWS Signer's own (FORMAT.md "The chain").

use crate::certificate::{
    AUTHORITY_USAGE, CertificateSpec, Critical, DIGITAL_SIGNATURE, Extension, authority_constraints,
    authority_key, authority_name, extended_usage, key_identifier, key_usage, leaf_name, subject_key,
};
use crate::key::Key;
use crate::{der, oid, pem};

/// A key and the certificate that speaks for it.
#[derive(Clone)]
pub struct Member {
    pub key: Key,
    pub certificate: CertificateSpec,
}

impl Member {
    pub fn der(&self) -> Vec<u8> {
        self.certificate.der()
    }

    /// Gives the member another key, in its certificate and its subjectKeyIdentifier too. What the old key
    /// signed stays as it was.
    pub fn rekey(&mut self, key: Key) {
        self.certificate.spki = key.spki();
        self.certificate.extension(oid::SUBJECT_KEY_IDENTIFIER).value = subject_key(&key_identifier(&key));
        self.key = key;
    }
}

/// Four keys in a chain, from the root to the leaf that signs packages.
#[derive(Clone)]
pub struct Authority {
    pub root: Member,
    /// `Signer us-west-2 SUBORDINATE CA`, path length 1.
    pub upper: Member,
    /// `Signer us-east-1 SUBORDINATE CA`, path length 0.
    pub lower: Member,
    pub leaf: Member,
}

impl Authority {
    /// The authority that everything uses unless told: the leaf is valid around 2026-11-01T09:19:26Z.
    pub fn standard() -> Self {
        Self::seeded("standard")
    }

    /// An authority with the same names and times, and keys of its own.
    pub fn seeded(seed: &str) -> Self {
        let key = |role: &str| Key::p384(&[seed, " ", role].concat());
        let root_name = authority_name("Signer us-west-2 ROOT CA");
        let root_key = key("root");
        let mut root = CertificateSpec::new(root_name.clone(), &root_key, root_name, &root_key);
        root.set_validity("2026-10-02T08:19:26Z", "2126-10-02T09:19:26Z");
        root.add(oid::BASIC_CONSTRAINTS, Critical::Yes, authority_constraints(None));
        root.add(oid::SUBJECT_KEY_IDENTIFIER, Critical::Absent, subject_key(&key_identifier(&root_key)));
        root.add(oid::KEY_USAGE, Critical::Yes, key_usage(AUTHORITY_USAGE.0, AUTHORITY_USAGE.1));
        let root = Member { key: root_key, certificate: root };

        let mut upper = root.subordinate("Signer us-west-2 SUBORDINATE CA", key("upper"), 1);
        upper.certificate.set_validity("2026-10-02T08:19:26Z", "2031-10-02T09:19:26Z");
        let mut lower = upper.subordinate("Signer us-east-1 SUBORDINATE CA", key("lower"), 0);
        lower.certificate.set_validity("2026-10-02T08:19:26Z", "2027-07-02T09:19:26Z");
        let mut leaf = lower.leaf("signer", key("leaf"));
        leaf.certificate.set_validity("2026-11-01T08:19:26Z", "2026-11-04T09:19:26Z");
        Self { root, upper, lower, leaf }
    }

    /// The root as it is handed to a verifier.
    pub fn root_pem(&self) -> String {
        pem::certificate(&self.root.der())
    }
}

impl Member {
    /// An authority beneath this one, its validity still to be set.
    pub fn subordinate(&self, common_name: &str, key: Key, path_length: u8) -> Self {
        let mut member = self.issue(authority_name(common_name), key);
        let constraints = authority_constraints(Some(path_length));
        member.certificate.extensions.insert(0, critical(oid::BASIC_CONSTRAINTS, constraints));
        let (unused, bits) = AUTHORITY_USAGE;
        member.certificate.add(oid::KEY_USAGE, Critical::Yes, key_usage(unused, bits));
        member
    }

    /// A certificate for code signing beneath this authority, its validity still to be set.
    pub fn leaf(&self, common_name: &str, key: Key) -> Self {
        let mut member = self.issue(leaf_name(common_name), key);
        let not_an_authority = der::sequence::<&[u8]>(&[]);
        let constraints =
            Extension { oid: oid::BASIC_CONSTRAINTS, critical: Critical::Absent, value: not_an_authority };
        member.certificate.extensions.insert(0, constraints);
        let (unused, bits) = DIGITAL_SIGNATURE;
        member.certificate.add(oid::KEY_USAGE, Critical::Yes, key_usage(unused, bits));
        member.certificate.add(oid::EXTENDED_KEY_USAGE, Critical::Yes, extended_usage(&[oid::CODE_SIGNING]));
        member
    }

    /// Signs a certificate that was another's: issuer, authorityKeyIdentifier and signature become this one's.
    pub fn certify(&self, certificate: &mut CertificateSpec) {
        certificate.issuer = self.certificate.subject.clone();
        certificate.signed_by = self.key.clone();
        certificate.extension(oid::AUTHORITY_KEY_IDENTIFIER).value =
            authority_key(&key_identifier(&self.key));
    }

    fn issue(&self, subject: Vec<u8>, key: Key) -> Self {
        let issuer = self.certificate.subject.clone();
        let mut certificate = CertificateSpec::new(subject, &key, issuer, &self.key);
        let issuer_key = authority_key(&key_identifier(&self.key));
        certificate.add(oid::AUTHORITY_KEY_IDENTIFIER, Critical::Absent, issuer_key);
        certificate.add(oid::SUBJECT_KEY_IDENTIFIER, Critical::Absent, subject_key(&key_identifier(&key)));
        Self { key, certificate }
    }
}

fn critical(oid: &'static str, value: Vec<u8>) -> Extension {
    Extension { oid, critical: Critical::Yes, value }
}
