//! The certificates that the envelope carries: a bag from which nothing is trusted.

use super::Stage::{Chain, Signer};
use super::{
    Mutation, accepted, certificate_malformed, envelope_malformed, not_identified, too_large, untrusted,
};
use crate::authority::Authority;
use crate::certificate::{CertificateSpec, authority_constraints};
use crate::cms::Certificate::{self, Leaf, Lower, Raw, Root, Upper};
use crate::key::Key;
use crate::package::SignedPackage;
use crate::{der, oid};

pub(super) const ROWS: &[Mutation] = &[
    accepted(Chain, "the bag is reversed", |p| carry(p, [Root, Upper, Lower, Leaf])),
    accepted(Chain, "the bag is shuffled", |p| carry(p, [Upper, Leaf, Root, Lower])),
    accepted(Chain, "the bag lacks the root", |p| carry(p, [Leaf, Lower, Upper])),
    accepted(Chain, "the bag has the authority above the leaf twice", |p| {
        carry(p, [Leaf, Lower, Lower, Upper, Root])
    }),
    accepted(Chain, "the bag has the leaf twice", |p| carry(p, [Leaf, Leaf, Lower, Upper, Root])),
    not_identified("the bag lacks the leaf", |p| carry(p, [Lower, Upper, Root])),
    not_identified("the bag is empty", |p| carry(p, [])),
    envelope_malformed("there is no bag", |p| p.envelope.certificates = None),
    untrusted("the bag lacks the authority above the leaf", |p| carry(p, [Leaf, Upper, Root])),
    untrusted("the bag lacks the authority beneath the root", |p| carry(p, [Leaf, Lower, Root])),
    untrusted("the bag has the leaf alone", |p| carry(p, [Leaf])),
    accepted(Signer, "another authority's leaf stands last in the bag", |p| {
        let foreign = foreign_leaf();
        carry(p, [Leaf, Lower, Upper, Root, foreign]);
    }),
    accepted(Signer, "another authority's leaf stands first in the bag", |p| {
        let foreign = foreign_leaf();
        carry(p, [foreign, Leaf, Lower, Upper, Root]);
    }),
    accepted(Signer, "another issuer's certificate has the leaf's serial number", |p| {
        let mut other = Authority::seeded("foreign").upper;
        other.certificate.serial = p.authority.leaf.certificate.serial.clone();
        carry(p, [Raw(other.der()), Leaf, Lower, Upper, Root]);
    }),
    accepted(Signer, "another certificate of the leaf's issuer stands in the bag", |p| {
        let mut other = p.authority.lower.leaf("other", Key::p384("other leaf"));
        other.certificate.set_validity("2026-11-01T08:19:26Z", "2026-11-04T09:19:26Z");
        carry(p, [Raw(other.der()), Leaf, Lower, Upper, Root]);
    }),
    not_identified("another's certificate with the leaf's issuer and serial number stands first", |p| {
        let double = double();
        carry(p, [double, Leaf, Lower, Upper, Root]);
    }),
    not_identified("another's certificate with the leaf's issuer and serial number stands last", |p| {
        let double = double();
        carry(p, [Leaf, Lower, Upper, Root, double]);
    }),
    untrusted("another's certificate with the leaf's issuer and serial number stands in its place", |p| {
        let double = double();
        carry(p, [double, Lower, Upper, Root]);
        p.envelope.signer().key = Some(Authority::seeded("foreign").leaf.key);
    }),
    untrusted("everything is another authority's, its root in the bag", |p| {
        p.trusted = vec![Raw(p.authority.root.der())];
        p.authority = Authority::seeded("foreign");
    }),
    untrusted("everything is another authority's, both roots in the bag", |p| {
        let root = p.authority.root.der();
        p.trusted = vec![Raw(root.clone())];
        p.authority = Authority::seeded("foreign");
        carry(p, [Leaf, Lower, Upper, Root, Raw(root)]);
    }),
    untrusted("the leaf signed itself", |p| {
        let leaf = &mut p.authority.leaf;
        leaf.certificate.issuer = leaf.certificate.subject.clone();
        leaf.certificate.signed_by = leaf.key.clone();
        carry(p, [Leaf]);
    }),
    untrusted("the leaf signed itself under the root's name", |p| {
        let root = p.authority.root.certificate.subject.clone();
        let leaf = &mut p.authority.leaf;
        leaf.certificate.issuer = root.clone();
        leaf.certificate.subject = root;
        leaf.certificate.signed_by = leaf.key.clone();
    }),
    accepted(Chain, "two roots are trusted, the other one first", |p| {
        p.trusted = vec![Raw(Authority::seeded("foreign").root.der()), Root];
    }),
    accepted(Chain, "three certificates bear the name of the authority above the leaf", |p| {
        crowd(p, 5);
    }),
    too_large("four certificates bear the name of the authority above the leaf", |p| {
        crowd(p, 6);
    }),
    too_large("14 authorities of two names could have issued each other", mesh),
    too_large("the bag has 20 certificates", |p| crowd(p, 20)),
    envelope_malformed("the bag has 100 certificates", |p| crowd(p, 100)),
    envelope_malformed("the bag has 10,000 certificates", |p| crowd(p, 10_000)),
    envelope_malformed("a NULL stands in the bag", |p| {
        carry(p, [Leaf, Lower, Upper, Root, Raw(der::null())])
    }),
    envelope_malformed("an attribute certificate stands in the bag", |p| {
        carry(p, [Leaf, Lower, Upper, Root, Raw(der::tlv(der::context(2), &der::small(1)))]);
    }),
    envelope_malformed("an end-of-contents stands in the bag", |p| {
        carry(p, [Leaf, Lower, Upper, Root, Raw(der::END_OF_CONTENTS.to_vec())]);
    }),
    envelope_malformed("the bag's last certificate is cut short", |p| {
        let root = p.authority.root.der();
        carry(p, [Leaf, Lower, Upper, Raw(root[..root.len() - 1].to_vec())]);
    }),
    certificate_malformed("an empty sequence stands in the bag", |p| {
        carry(p, [Leaf, Lower, Upper, Root, Raw(der::sequence::<&[u8]>(&[]))]);
    }),
    envelope_malformed("a certificate that nobody needs has an indefinite length", |p| {
        let mut other = Authority::seeded("foreign").upper;
        other.certificate.frame = der::indefinite;
        carry(p, [Leaf, Lower, Upper, Root, Raw(other.der())]);
    }),
    certificate_malformed("a certificate that nobody needs goes on after its signature", |p| {
        unneeded(p, |c| {
            c.frame = |tag, content| der::tlv(tag, &[content, &der::null()].concat());
        });
    }),
    certificate_malformed("a certificate that nobody needs has a body of another class", |p| {
        unneeded(p, |c| {
            c.tbs_frame = |tag, content| der::tlv(tag | 0x40, content);
        });
    }),
    certificate_malformed("a certificate that nobody needs has a time without seconds", |p| {
        unneeded(p, |c| c.not_before = der::utc("2610020819Z"));
    }),
    certificate_malformed("a certificate that nobody needs has a time with an offset", |p| {
        unneeded(p, |c| c.not_before = der::utc("261002081926+0000"));
    }),
    certificate_malformed("a certificate that nobody needs has a GeneralizedTime before 2050", |p| {
        unneeded(p, |c| c.not_before = der::generalized("20261002081926Z"));
    }),
    certificate_malformed("a certificate that nobody needs has a subject of sequences", |p| {
        unneeded(p, |c| {
            let pair = [der::oid(oid::COMMON_NAME), der::utf8("another")];
            c.subject = der::sequence(&[der::sequence(&[der::sequence(&pair)])]);
        });
    }),
    certificate_malformed("a certificate that nobody needs has a name of three parts", |p| {
        unneeded(p, |c| {
            let triple = [der::oid(oid::COMMON_NAME), der::utf8("another"), der::null()];
            c.subject = der::sequence(&[der::set(&[der::sequence(&triple)])]);
        });
    }),
    certificate_malformed("the root's times are GeneralizedTime before 2050", |p| {
        p.authority.root.certificate.not_before = der::generalized("20261002081926Z");
    }),
    accepted(Chain, "a certificate that nobody needs has a critical extension that nobody knows", |p| {
        let mut other = Authority::seeded("foreign").upper;
        other.certificate.add(oid::UNKNOWN_EXTENSION, crate::certificate::Critical::Yes, der::null());
        carry(p, [Leaf, Lower, Upper, Root, Raw(other.der())]);
    }),
];

fn carry<const N: usize>(p: &mut SignedPackage, certificates: [Certificate; N]) {
    p.envelope.certificates = Some(certificates.to_vec());
}

/// Puts another authority's certificate at the bag's end, changed.
fn unneeded(p: &mut SignedPackage, change: fn(&mut CertificateSpec)) {
    let mut other = Authority::seeded("foreign").upper.certificate;
    change(&mut other);
    carry(p, [Leaf, Lower, Upper, Root, Raw(other.der())]);
}

/// A leaf of another authority with a serial number of its own.
fn foreign_leaf() -> Certificate {
    let mut leaf = Authority::seeded("foreign").leaf;
    leaf.certificate.serial = der::unsigned(&[0x33; 16]);
    Raw(leaf.der())
}

/// A leaf of another authority whose issuer and serial number are those of the signer's.
fn double() -> Certificate {
    Raw(Authority::seeded("foreign").leaf.der())
}

/// Authorities of two names and 14 keys, each issued by the other name: any one could stand above seven others.
fn mesh(p: &mut SignedPackage) {
    let (one, other) = (p.authority.lower.clone(), p.authority.upper.clone());
    let mut bag = vec![Leaf];
    for number in 0..7_u8 {
        for (member, issuer) in [(&one, &other), (&other, &one)] {
            let mut authority = member.clone();
            authority.rekey(Key::p384(&format!("mesh {number}")));
            issuer.certify(&mut authority.certificate);
            authority.certificate.serial = der::unsigned(&[0x77, number]);
            authority.certificate.extension(oid::BASIC_CONSTRAINTS).value = authority_constraints(None);
            bag.push(Raw(authority.der()));
        }
    }
    p.envelope.certificates = Some(bag);
}

/// The chain among authorities that all bear the issuer's name and key identifier, and whose signatures all fail.
fn crowd(p: &mut SignedPackage, number: u16) {
    let lower = p.authority.lower.der();
    let (body, last) = lower.split_at(lower.len() - 2);
    let last = u16::from_be_bytes([last[0], last[1]]);
    let mut bag = vec![Leaf, Upper];
    bag.extend((1..number - 2).map(|at| Raw([body, &(last ^ at).to_be_bytes()].concat())));
    bag.push(Lower);
    p.envelope.certificates = Some(bag);
}
