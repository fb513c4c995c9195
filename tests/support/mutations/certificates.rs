//! Each certificate by itself: DER, and the profile of RFC 5280 4.1 and 4.2.

use super::Stage::Chain;
use super::{Mutation, accepted, certificate_malformed, envelope_malformed, untrusted};
use crate::certificate::{Critical, attribute, authority_name, leaf_name};
use crate::{der, oid};

pub(super) const ROWS: &[Mutation] = &[
    envelope_malformed("the leaf has an indefinite length", |p| {
        p.authority.leaf.certificate.frame = der::indefinite
    }),
    envelope_malformed("the leaf has a longer length than needed", |p| {
        p.authority.leaf.certificate.frame = |tag, content| der::long_form(tag, 4, content);
    }),
    envelope_malformed("the leaf's signed part has an indefinite length", |p| {
        p.authority.leaf.certificate.tbs_frame = der::indefinite;
    }),
    envelope_malformed("the leaf's signed part has a longer length than needed", |p| {
        p.authority.leaf.certificate.tbs_frame = |tag, content| der::long_form(tag, 4, content);
    }),
    certificate_malformed("a NULL follows the leaf's signature within it", |p| {
        p.authority.leaf.certificate.frame = |tag, content| der::tlv(tag, &[content, &der::null()].concat());
    }),
    certificate_malformed("a NULL follows the leaf's extensions", |p| {
        p.authority.leaf.certificate.tbs_frame =
            |tag, content| der::tlv(tag, &[content, &der::null()].concat());
    }),
    envelope_malformed("the authority above the leaf has an indefinite length", |p| {
        p.authority.lower.certificate.frame = der::indefinite;
    }),
    certificate_malformed("the leaf has no version", |p| p.authority.leaf.certificate.version.clear()),
    certificate_malformed("the leaf has version 1, spelled out", |p| {
        p.authority.leaf.certificate.version = der::tlv(der::context(0), &der::small(0));
    }),
    certificate_malformed("the leaf has version 2", |p| {
        p.authority.leaf.certificate.version = der::tlv(der::context(0), &der::small(1));
    }),
    certificate_malformed("the leaf has version 4", |p| {
        p.authority.leaf.certificate.version = der::tlv(der::context(0), &der::small(3));
    }),
    certificate_malformed("the authority above the leaf has version 1 and no extensions", |p| {
        p.authority.lower.certificate.version.clear();
        p.authority.lower.certificate.extensions.clear();
    }),
    certificate_malformed("the leaf's serial number is negative", |p| {
        p.authority.leaf.certificate.serial = der::tlv(der::INTEGER, &[0x80; 16]);
    }),
    envelope_malformed("the leaf's serial number is empty", |p| {
        p.authority.leaf.certificate.serial = der::tlv(der::INTEGER, &[]);
    }),
    certificate_malformed("the leaf's serial number has 21 octets", |p| {
        p.authority.leaf.certificate.serial = der::unsigned(&[0x11; 21]);
    }),
    certificate_malformed("the authority above the leaf has a serial number of 10,000 octets", |p| {
        p.authority.lower.certificate.serial = der::unsigned(&[0x11; 10_000]);
    }),
    accepted(Chain, "the leaf's serial number has 20 octets", |p| {
        p.authority.leaf.certificate.serial = der::unsigned(&[0x11; 20]);
    }),
    certificate_malformed("the leaf says ecdsa-with-SHA256 outside what is signed", |p| {
        p.authority.leaf.certificate.outer_algorithm = der::sequence(&[der::oid(oid::ECDSA_WITH_SHA256)]);
    }),
    certificate_malformed("the leaf says ecdsa-with-SHA256 inside what is signed", |p| {
        p.authority.leaf.certificate.inner_algorithm = der::sequence(&[der::oid(oid::ECDSA_WITH_SHA256)]);
    }),
    certificate_malformed("the leaf's algorithm has NULL parameters outside what is signed", |p| {
        p.authority.leaf.certificate.outer_algorithm =
            der::sequence(&[der::oid(oid::ECDSA_WITH_SHA384), der::null()]);
    }),
    certificate_malformed("the leaf's algorithm has NULL parameters in both places", |p| {
        let algorithm = der::sequence(&[der::oid(oid::ECDSA_WITH_SHA384), der::null()]);
        p.authority.leaf.certificate.inner_algorithm = algorithm.clone();
        p.authority.leaf.certificate.outer_algorithm = algorithm;
    }),
    certificate_malformed(
        "the authority above the leaf says ecdsa-with-SHA256 outside what is signed",
        |p| {
            p.authority.lower.certificate.outer_algorithm =
                der::sequence(&[der::oid(oid::ECDSA_WITH_SHA256)]);
        },
    ),
    certificate_malformed("the leaf's signature has unused bits", |p| {
        p.authority.leaf.certificate.unused_bits = 1
    }),
    certificate_malformed("the leaf's signature has 8 unused bits", |p| {
        p.authority.leaf.certificate.unused_bits = 8
    }),
    certificate_malformed("the signature of the authority above the leaf has unused bits", |p| {
        p.authority.lower.certificate.unused_bits = 7;
    }),
    untrusted("one bit of the leaf's signature is flipped", |p| {
        p.authority.leaf.certificate.signature = |mut signature| {
            signature.s[20] ^= 1;
            signature.der()
        };
    }),
    untrusted("one bit of the signature of the authority above the leaf is flipped", |p| {
        p.authority.lower.certificate.signature = |mut signature| {
            signature.s[20] ^= 1;
            signature.der()
        };
    }),
    untrusted("the leaf's signature is zero", |p| {
        p.authority.leaf.certificate.signature = |_| der::sequence(&[der::small(0), der::small(0)]);
    }),
    untrusted("the leaf's signature is empty", |p| p.authority.leaf.certificate.signature = |_| Vec::new()),
    untrusted("the leaf's signature lacks the octet that keeps s from being negative", |p| {
        p.authority.leaf.certificate.signature = |signature| {
            let signature = signature.high();
            der::sequence(&[der::unsigned(&signature.r), der::tlv(der::INTEGER, &signature.s)])
        };
    }),
    untrusted("an octet follows the sequence of the leaf's signature", |p| {
        p.authority.leaf.certificate.signature = |signature| [signature.der().as_slice(), &[0]].concat();
    }),
    certificate_malformed("the leaf has the same extension twice", |p| {
        let extension = p.authority.leaf.certificate.extension(oid::EXTENDED_KEY_USAGE).clone();
        p.authority.leaf.certificate.extensions.push(extension);
    }),
    certificate_malformed("the authority above the leaf has its constraints twice", |p| {
        let extension = p.authority.lower.certificate.extension(oid::BASIC_CONSTRAINTS).clone();
        p.authority.lower.certificate.extensions.push(extension);
    }),
    certificate_malformed("the leaf has an unknown extension twice", |p| {
        p.authority.leaf.certificate.add(oid::UNKNOWN_EXTENSION, Critical::Absent, der::null());
        p.authority.leaf.certificate.add(oid::UNKNOWN_EXTENSION, Critical::Absent, der::null());
    }),
    envelope_malformed("the leaf spells out that an extension is not critical", |p| {
        p.authority.leaf.certificate.extension(oid::BASIC_CONSTRAINTS).critical = Critical::SpelledOutNo;
    }),
    certificate_malformed("an octet follows the value of the leaf's extended key usage", |p| {
        p.authority.leaf.certificate.extension(oid::EXTENDED_KEY_USAGE).value.push(0);
    }),
    certificate_malformed("an octet follows the constraints of the authority above the leaf", |p| {
        p.authority.lower.certificate.extension(oid::BASIC_CONSTRAINTS).value.push(0);
    }),
    certificate_malformed(
        "the constraints of the authority above the leaf have a true that is not 255",
        |p| {
            let value = der::sequence(&[der::boolean(1), der::small(0)]);
            p.authority.lower.certificate.extension(oid::BASIC_CONSTRAINTS).value = value;
        },
    ),
    accepted(Chain, "the leaf has an unknown extension", |p| {
        p.authority.leaf.certificate.add(oid::UNKNOWN_EXTENSION, Critical::Absent, der::null());
    }),
    certificate_malformed("the leaf has an unknown critical extension", |p| {
        p.authority.leaf.certificate.add(oid::UNKNOWN_EXTENSION, Critical::Yes, der::null());
    }),
    certificate_malformed("the authority above the leaf has an unknown critical extension", |p| {
        p.authority.lower.certificate.add(oid::UNKNOWN_EXTENSION, Critical::Yes, der::null());
    }),
    certificate_malformed("the authority beneath the root has an unknown critical extension", |p| {
        p.authority.upper.certificate.add(oid::UNKNOWN_EXTENSION, Critical::Yes, der::null());
    }),
    accepted(Chain, "the leaf does not say which key signed it", |p| {
        p.authority.leaf.certificate.remove(oid::AUTHORITY_KEY_IDENTIFIER);
    }),
    accepted(Chain, "the leaf does not identify its own key", |p| {
        p.authority.leaf.certificate.remove(oid::SUBJECT_KEY_IDENTIFIER);
    }),
    certificate_malformed("the leaf has unique identifiers", |p| {
        let identifier = der::tlv(0x81, &[0, 1, 2, 3]);
        p.authority.leaf.certificate.spki.extend_from_slice(&identifier);
    }),
    accepted(Chain, "the leaf's subject has other names and an escape", |p| {
        p.authority.leaf.certificate.subject = leaf_name("signer\u{1b}[2J");
    }),
    accepted(Chain, "the leaf's subject is empty", |p| {
        p.authority.leaf.certificate.subject = der::sequence::<&[u8]>(&[]);
    }),
    envelope_malformed("the leaf's subject names a type with a padded arc", |p| {
        let padded = [der::tlv(0x06, &[0x55, 0x04, 0x80, 0x03]), der::utf8("signer")];
        p.authority.leaf.certificate.subject = der::sequence(&[der::set(&[der::sequence(&padded)])]);
    }),
    untrusted("the leaf's issuer differs from its issuer's subject in a string's type", |p| {
        let named = |value| attribute(oid::COMMON_NAME, value);
        let text = "Signer us-east-1 SUBORDINATE CA";
        let name = authority_name(text);
        let end = name.len() - named(der::utf8(text)).len();
        let issuer = [&name[2..end], &named(der::printable(text))].concat();
        p.authority.leaf.certificate.issuer = der::tlv(der::SEQUENCE, &issuer);
    }),
    untrusted("the leaf's issuer differs from its issuer's subject in case", |p| {
        p.authority.leaf.certificate.issuer = authority_name("signer us-east-1 subordinate ca");
    }),
];
