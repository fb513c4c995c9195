//! The path from the leaf to a trusted root (RFC 5280 6.1): issuers, cycles, crossings, lengths.

use super::Stage::Chain;
use super::{Mutation, accepted, not_authorized, not_code_signing, untrusted};
use crate::authority::{Authority, Member};
use crate::certificate::{Critical, authority_constraints, authority_name};
use crate::cms::Certificate::{Leaf, Lower, Raw, Root, Upper};
use crate::key::Key;
use crate::package::SignedPackage;
use crate::{der, oid};

pub(super) const ROWS: &[Mutation] = &[
    untrusted("two authorities issued each other, and none was issued by the root", |p| {
        let lower = p.authority.lower.clone();
        lower.certify(&mut p.authority.upper.certificate);
        let constraints = authority_constraints(None);
        p.authority.upper.certificate.extension(oid::BASIC_CONSTRAINTS).value.clone_from(&constraints);
        p.authority.lower.certificate.extension(oid::BASIC_CONSTRAINTS).value = constraints;
    }),
    untrusted("the authority beneath the root issued itself", |p| {
        let upper = p.authority.upper.clone();
        upper.certify(&mut p.authority.upper.certificate);
    }),
    untrusted("the leaf issued itself", |p| {
        let leaf = p.authority.leaf.clone();
        leaf.certify(&mut p.authority.leaf.certificate);
    }),
    accepted(Chain, "two authorities issued each other beside the true path", |p| {
        let mut upper = p.authority.upper.clone();
        p.authority.lower.certify(&mut upper.certificate);
        p.envelope.certificates = Some(vec![Leaf, Lower, Raw(upper.der()), Upper, Root]);
    }),
    accepted(Chain, "a root that is not trusted certifies the same authority, and stands first", |p| {
        let crossed = crossed(&p.authority);
        p.envelope.certificates = Some(vec![Leaf, Lower, crossed, Upper, Root]);
    }),
    accepted(Chain, "a root that is not trusted certifies the same authority, and stands last", |p| {
        let crossed = crossed(&p.authority);
        p.envelope.certificates = Some(vec![Leaf, Lower, Upper, Root, crossed]);
    }),
    untrusted("only a root that is not trusted certifies the authority", |p| {
        let crossed = crossed(&p.authority);
        let root = Raw(Authority::seeded("foreign").root.der());
        p.envelope.certificates = Some(vec![Leaf, Lower, crossed, root]);
    }),
    accepted(Chain, "an expired certificate of the same authority stands first", |p| {
        let mut expired = p.authority.lower.clone();
        expired.certificate.serial = der::unsigned(&[0x44; 16]);
        expired.certificate.set_validity("2026-01-01T00:00:00Z", "2026-10-31T00:00:00Z");
        p.envelope.certificates = Some(vec![Leaf, Raw(expired.der()), Lower, Upper, Root]);
    }),
    untrusted("the authority beneath the root was signed by another key under the root's name", |p| {
        p.authority.upper.certificate.signed_by = Key::p384("stranger");
    }),
    untrusted("the authority above the leaf was signed by another key under its issuer's name", |p| {
        p.authority.lower.certificate.signed_by = Key::p384("stranger");
    }),
    untrusted("the leaf was signed by another key under its issuer's name", |p| {
        p.authority.leaf.certificate.signed_by = Key::p384("stranger");
    }),
    untrusted("a self-signed authority has the name of the authority above the leaf", |p| {
        let mut stranger =
            Member { key: Key::p384("stranger"), certificate: p.authority.lower.certificate.clone() };
        stranger.rekey(Key::p384("stranger"));
        let itself = stranger.clone();
        stranger.certificate.issuer = itself.certificate.subject.clone();
        itself.certify(&mut stranger.certificate);
        itself.certify(&mut p.authority.leaf.certificate);
        p.envelope.certificates = Some(vec![Leaf, Raw(stranger.der()), Lower, Upper, Root]);
    }),
    accepted(Chain, "the root issued the leaf itself", |p| {
        let root = p.authority.root.clone();
        root.certify(&mut p.authority.leaf.certificate);
    }),
    accepted(Chain, "the authority beneath the root issued the leaf itself", |p| {
        let upper = p.authority.upper.clone();
        upper.certify(&mut p.authority.leaf.certificate);
    }),
    not_authorized("a leaf issued the leaf", |p| {
        let mut issuer = p.authority.lower.leaf("issuer", Key::p384("issuing leaf"));
        issuer.certificate.set_validity("2026-10-02T08:19:26Z", "2026-11-04T09:19:26Z");
        issuer.certify(&mut p.authority.leaf.certificate);
        p.envelope.certificates = Some(vec![Leaf, Raw(issuer.der()), Lower, Upper, Root]);
    }),
    not_code_signing("the leaf is an authority", |p| {
        let constraints = p.authority.leaf.certificate.extension(oid::BASIC_CONSTRAINTS);
        constraints.critical = Critical::Yes;
        constraints.value = authority_constraints(None);
    }),
    not_code_signing("the leaf is an authority that may sign certificates", |p| {
        let leaf = &mut p.authority.leaf.certificate;
        leaf.extension(oid::BASIC_CONSTRAINTS).critical = Critical::Yes;
        leaf.extension(oid::BASIC_CONSTRAINTS).value = authority_constraints(None);
        leaf.extension(oid::KEY_USAGE).value = crate::certificate::key_usage(1, 0x86);
    }),
    accepted(Chain, "the leaf has no constraints", |p| {
        p.authority.leaf.certificate.remove(oid::BASIC_CONSTRAINTS)
    }),
    not_authorized("the authority above the leaf has no constraints", |p| {
        p.authority.lower.certificate.remove(oid::BASIC_CONSTRAINTS);
    }),
    not_authorized("the authority above the leaf is none by its constraints", |p| {
        let value = der::sequence::<&[u8]>(&[]);
        p.authority.lower.certificate.extension(oid::BASIC_CONSTRAINTS).value = value;
    }),
    not_authorized("the authority beneath the root has no constraints", |p| {
        p.authority.upper.certificate.remove(oid::BASIC_CONSTRAINTS);
    }),
    untrusted("the root has no constraints", |p| p.authority.root.certificate.remove(oid::BASIC_CONSTRAINTS)),
    untrusted("the root is none by its constraints", |p| {
        let value = der::sequence::<&[u8]>(&[]);
        p.authority.root.certificate.extension(oid::BASIC_CONSTRAINTS).value = value;
    }),
    not_authorized("the authority beneath the root allows a path of 0", |p| {
        length(&mut p.authority.upper, Some(0))
    }),
    not_authorized("the root allows a path of 1", |p| length(&mut p.authority.root, Some(1))),
    not_authorized("the root allows a path of 0", |p| length(&mut p.authority.root, Some(0))),
    accepted(Chain, "the root allows a path of 2", |p| length(&mut p.authority.root, Some(2))),
    accepted(Chain, "the authority beneath the root allows any path", |p| {
        length(&mut p.authority.upper, None)
    }),
    accepted(Chain, "the authority above the leaf allows any path", |p| length(&mut p.authority.lower, None)),
    accepted(Chain, "the authority above the leaf allows a longer path than the one above it", |p| {
        length(&mut p.authority.lower, Some(127));
    }),
    not_authorized("an authority stands beneath one that allows a path of 0", |p| {
        length(&mut p.authority.upper, None);
        insert_authority(p, "Signer us-east-1 DEEPER CA");
    }),
    not_authorized("two authorities stand beneath one that allows a path of 1", |p| {
        length(&mut p.authority.lower, None);
        insert_authority(p, "Signer us-east-1 DEEPER CA");
    }),
    accepted(Chain, "three authorities stand beneath each other, none of them limited", |p| {
        length(&mut p.authority.upper, None);
        length(&mut p.authority.lower, None);
        insert_authority(p, "Signer us-east-1 DEEPER CA");
    }),
    untrusted("an authority issued itself anew beneath one that allows a path of 0", |p| {
        insert_authority(p, "Signer us-east-1 SUBORDINATE CA");
    }),
    not_authorized("the name constraints above the leaf exclude its name", |p| {
        let excluded = p.authority.leaf.certificate.subject.clone();
        constrain(&mut p.authority.lower, 1, &excluded);
    }),
    not_authorized("the name constraints above the leaf permit only another name", |p| {
        constrain(&mut p.authority.lower, 0, &authority_name("another"));
    }),
];

/// The authority beneath the root, as certified by a root that is not trusted.
fn crossed(authority: &Authority) -> crate::cms::Certificate {
    let mut upper = authority.upper.clone();
    Authority::seeded("foreign").root.certify(&mut upper.certificate);
    upper.certificate.serial = der::unsigned(&[0x55; 16]);
    Raw(upper.der())
}

fn length(member: &mut Member, path_length: Option<u8>) {
    member.certificate.extension(oid::BASIC_CONSTRAINTS).value = authority_constraints(path_length);
}

/// Puts an authority with this name between the leaf and the one above it.
fn insert_authority(p: &mut SignedPackage, name: &str) {
    let mut deeper = p.authority.lower.subordinate(name, Key::p384("deeper"), 0);
    deeper.certificate.serial = der::unsigned(&[0x66; 16]);
    deeper.certificate.set_validity("2026-10-02T08:19:26Z", "2027-07-02T09:19:26Z");
    deeper.certify(&mut p.authority.leaf.certificate);
    p.envelope.certificates = Some(vec![Leaf, Raw(deeper.der()), Lower, Upper, Root]);
}

/// Name constraints with one directory name: `[0]` permits it, `[1]` excludes it (RFC 5280 4.2.1.10).
fn constrain(member: &mut Member, kind: u8, name: &[u8]) {
    let subtree = der::sequence(&[der::tlv(der::context(4), name)]);
    let value = der::sequence(&[der::tlv(der::context(kind), &subtree)]);
    member.certificate.add(oid::NAME_CONSTRAINTS, Critical::Yes, value);
}
