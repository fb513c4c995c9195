//! How many signers there are, and what each says of itself (RFC 5652 5.3).

use super::{Mutation, envelope_malformed, not_code_signing, not_identified};
use crate::authority::Authority;
use crate::certificate::{attribute, key_identifier};
use crate::cms::{Certificate, Claims, SignerSpec};
use crate::package::SignedPackage;
use crate::{der, oid};

pub(super) const ROWS: &[Mutation] = &[
    envelope_malformed("there is no signer", |p| p.envelope.signers.clear()),
    envelope_malformed("the signer stands twice", |p| {
        let signer = p.envelope.signer().clone();
        p.envelope.signers.push(signer);
    }),
    envelope_malformed("a second signer by the same key states another profile", |p| {
        let claims =
            Claims { profile: Claims::standard().profile.replace("release", "debug"), ..Claims::standard() };
        let form = p.envelope.form;
        p.envelope.signers.push(SignerSpec::in_form(form, &claims));
    }),
    envelope_malformed("a signer whose signature fails stands first", |p| {
        let broken = broken(p.envelope.signer());
        p.envelope.signers.insert(0, broken);
    }),
    envelope_malformed("a signer whose signature fails stands last", |p| {
        let broken = broken(p.envelope.signer());
        p.envelope.signers.push(broken);
    }),
    envelope_malformed("another authority's signer stands first", |p| {
        let stranger = stranger(p);
        p.envelope.signers.insert(0, stranger);
    }),
    envelope_malformed("another authority's signer stands last", |p| {
        let stranger = stranger(p);
        p.envelope.signers.push(stranger);
    }),
    envelope_malformed("there are 10,000 signers", |p| {
        p.envelope.frames.signer_infos = |tag, content| der::tlv(tag, &content.repeat(10_000));
    }),
    envelope_malformed("a NULL stands in the signer's place", |p| {
        p.envelope.frames.signer_infos = |tag, _| der::tlv(tag, &der::null());
    }),
    envelope_malformed("the signer is empty", |p| p.envelope.signer().frame = |tag, _| der::tlv(tag, &[])),
    envelope_malformed("the signer has an indefinite length", |p| {
        p.envelope.signer().frame = der::indefinite
    }),
    envelope_malformed("the signer is never closed", |p| p.envelope.signer().frame = der::unclosed),
    envelope_malformed("the signer has a longer length than needed", |p| {
        p.envelope.signer().frame = |tag, content| der::long_form(tag, 4, content);
    }),
    envelope_malformed("the signer holds an end-of-contents", |p| {
        p.envelope.signer().frame = der::closed_in_definite;
    }),
    envelope_malformed("the signer has its tag in two octets", |p| p.envelope.signer().frame = der::high_tag),
    envelope_malformed("the signer is a set", |p| {
        p.envelope.signer().frame = |_, content| der::tlv(der::SET, content)
    }),
    envelope_malformed("the signer holds a nesting bomb", |p| {
        p.envelope.signer().frame = |tag, _| der::tlv(tag, &der::nested(der::SEQUENCE, 10_000));
    }),
    envelope_malformed("the signer has version 0", |p| p.envelope.signer().version = der::small(0)),
    envelope_malformed("the signer has version 3", |p| p.envelope.signer().version = der::small(3)),
    envelope_malformed("the signer has no version", |p| p.envelope.signer().version.clear()),
    envelope_malformed("the signer is named by its key, with version 3", |p| {
        name_by_key(p);
        p.envelope.signer().version = der::small(3);
    }),
    envelope_malformed("the signer is named by its key, with version 1", name_by_key),
    not_identified("the signer's serial number is no certificate's", |p| {
        let issuer = p.authority.leaf.certificate.issuer.clone();
        p.envelope.signer().identifier = Some(der::sequence(&[issuer, der::unsigned(&[0x5a; 16])]));
    }),
    not_identified("the signer's issuer is no certificate's", |p| {
        let leaf = p.authority.leaf.certificate.clone();
        p.envelope.signer().identifier = Some(der::sequence(&[leaf.subject, leaf.serial]));
    }),
    not_identified("the signer's issuer is an empty name", |p| {
        let serial = p.authority.leaf.certificate.serial.clone();
        p.envelope.signer().identifier = Some(der::sequence(&[der::sequence::<&[u8]>(&[]), serial]));
    }),
    not_identified("the signer's issuer has one attribute less than its certificate's", |p| {
        let name = attribute(oid::COMMON_NAME, der::utf8("Signer us-east-1 SUBORDINATE CA"));
        let serial = p.authority.leaf.certificate.serial.clone();
        p.envelope.signer().identifier = Some(der::sequence(&[der::sequence(&[name]), serial]));
    }),
    envelope_malformed("the signer's serial number is longer than needed", |p| {
        let leaf = &p.authority.leaf.certificate;
        let serial = der::tlv(der::INTEGER, &[&[0, 0], &leaf.serial[2..]].concat());
        p.envelope.signer().identifier = Some(der::sequence(&[&leaf.issuer, &serial]));
    }),
    envelope_malformed("the signer's identifier holds a third value", |p| {
        let leaf = &p.authority.leaf.certificate;
        p.envelope.signer().identifier = Some(der::sequence(&[&leaf.issuer, &leaf.serial, &der::null()]));
    }),
    not_code_signing("the signer is the authority above the leaf", |p| {
        let lower = &p.authority.lower;
        let identifier = der::sequence(&[&lower.certificate.issuer, &lower.certificate.serial]);
        let key = lower.key.clone();
        p.envelope.signer().identifier = Some(identifier);
        p.envelope.signer().key = Some(key);
    }),
    not_code_signing("the signer is the root", |p| {
        let root = &p.authority.root;
        let identifier = der::sequence(&[&root.certificate.issuer, &root.certificate.serial]);
        let key = root.key.clone();
        p.envelope.signer().identifier = Some(identifier);
        p.envelope.signer().key = Some(key);
        // Once, so that no more than one certificate answers to its name.
        p.envelope.certificates = Some(vec![Certificate::Leaf, Certificate::Root]);
    }),
    envelope_malformed("the signer's digest algorithm is SHA-256", |p| {
        p.envelope.signer().digest_algorithm = der::sequence(&[der::oid(oid::SHA256)]);
    }),
    envelope_malformed("the signer's digest algorithm is empty", |p| {
        p.envelope.signer().digest_algorithm = der::sequence::<&[u8]>(&[]);
    }),
    envelope_malformed("the signer's digest algorithm has parameters other than NULL", |p| {
        p.envelope.signer().digest_algorithm = der::sequence(&[der::oid(oid::SHA384), der::small(0)]);
    }),
    envelope_malformed("the signer's signature algorithm is ecdsa-with-SHA256", |p| {
        p.envelope.signer().signature_algorithm = der::sequence(&[der::oid(oid::ECDSA_WITH_SHA256)]);
    }),
    envelope_malformed("the signer's signature algorithm is the key's own", |p| {
        p.envelope.signer().signature_algorithm = der::sequence(&[der::oid(oid::EC_PUBLIC_KEY)]);
    }),
    envelope_malformed("the signer's signature algorithm has NULL parameters", |p| {
        p.envelope.signer().signature_algorithm =
            der::sequence(&[der::oid(oid::ECDSA_WITH_SHA384), der::null()]);
    }),
    envelope_malformed("the signature is missing", |p| {
        p.envelope.signer().signature_frame = |_, _| Vec::new()
    }),
    envelope_malformed("the signature is a BIT STRING", |p| {
        p.envelope.signer().signature_frame = |_, content| der::bit_string(0, content);
    }),
    envelope_malformed("the signature is in two segments", |p| {
        p.envelope.signer().signature_frame = der::segmented
    }),
    envelope_malformed("the signature has a longer length than needed", |p| {
        p.envelope.signer().signature_frame = |tag, content| der::long_form(tag, 2, content);
    }),
    envelope_malformed("an empty set of unsigned attributes follows", |p| {
        p.envelope.signer().unsigned_attributes = der::tlv(der::context(1), &[]);
    }),
    envelope_malformed("an unsigned attribute follows", |p| {
        let attribute = der::sequence(&[der::oid(oid::UNKNOWN_ATTRIBUTE), der::set(&[der::null()])]);
        p.envelope.signer().unsigned_attributes = der::tlv(der::context(1), &attribute);
    }),
    envelope_malformed("an unsigned attribute states another profile", |p| {
        let profile = der::utf8(&Claims::standard().profile.replace("release", "debug"));
        let attribute = der::sequence(&[der::oid(oid::PROFILE), der::set(&[profile])]);
        p.envelope.signer().unsigned_attributes = der::tlv(der::context(1), &attribute);
    }),
    envelope_malformed("something follows the signature", |p| {
        p.envelope.signer().unsigned_attributes = der::null();
    }),
];

fn broken(signer: &SignerSpec) -> SignerSpec {
    let mut broken = signer.clone();
    broken.signature = |mut signature| {
        signature.r[40] ^= 1;
        signature.der()
    };
    broken
}

/// A signer of another authority, whose certificate joins the bag.
fn stranger(p: &mut SignedPackage) -> SignerSpec {
    let other = Authority::seeded("stranger");
    let mut leaf = other.leaf.clone();
    leaf.certificate.serial = der::unsigned(&[0x33; 16]);
    let mut signer = SignerSpec::in_form(p.envelope.form, &Claims::standard());
    signer.identifier = Some(der::sequence(&[&leaf.certificate.issuer, &leaf.certificate.serial]));
    signer.key = Some(leaf.key.clone());
    p.envelope.certificates = Some(vec![
        Certificate::Leaf,
        Certificate::Lower,
        Certificate::Upper,
        Certificate::Root,
        Certificate::Raw(leaf.der()),
    ]);
    signer
}

fn name_by_key(p: &mut SignedPackage) {
    let identifier = der::tlv(0x80, &key_identifier(&p.authority.leaf.key));
    p.envelope.signer().identifier = Some(identifier);
}
