//! What each certificate may be used for (RFC 5280 4.2.1.3, 4.2.1.12).

use super::Stage::Chain;
use super::{Mutation, accepted, certificate_malformed, not_authorized, not_code_signing, untrusted};
use crate::authority::Member;
use crate::certificate::{Critical, extended_usage, key_usage};
use crate::{der, oid};

pub(super) const ROWS: &[Mutation] = &[
    not_code_signing("the leaf has no extended key usage", |p| {
        p.authority.leaf.certificate.remove(oid::EXTENDED_KEY_USAGE);
    }),
    not_code_signing("the leaf has any extended key usage", |p| {
        purposes(&mut p.authority.leaf, &[oid::ANY_USAGE])
    }),
    not_code_signing("the leaf authenticates servers", |p| {
        purposes(&mut p.authority.leaf, &[oid::SERVER_AUTH])
    }),
    accepted(Chain, "the leaf authenticates servers and signs code", |p| {
        purposes(&mut p.authority.leaf, &[oid::SERVER_AUTH, oid::CODE_SIGNING]);
    }),
    not_code_signing("the leaf's extended key usage is not critical", |p| {
        p.authority.leaf.certificate.extension(oid::EXTENDED_KEY_USAGE).critical = Critical::Absent;
    }),
    not_code_signing("the leaf's extended key usage is empty", |p| purposes(&mut p.authority.leaf, &[])),
    not_code_signing("only the authority above the leaf signs code", |p| {
        p.authority.leaf.certificate.remove(oid::EXTENDED_KEY_USAGE);
        add_purposes(&mut p.authority.lower, &[oid::CODE_SIGNING]);
    }),
    accepted(Chain, "the authority above the leaf signs code too", |p| {
        add_purposes(&mut p.authority.lower, &[oid::CODE_SIGNING]);
    }),
    not_authorized("the authority above the leaf is for servers", |p| {
        add_purposes(&mut p.authority.lower, &[oid::SERVER_AUTH]);
    }),
    not_authorized("the authority above the leaf is for any purpose", |p| {
        add_purposes(&mut p.authority.lower, &[oid::ANY_USAGE]);
    }),
    not_authorized("the authority beneath the root is for servers", |p| {
        add_purposes(&mut p.authority.upper, &[oid::SERVER_AUTH]);
    }),
    untrusted("the root is for servers", |p| add_purposes(&mut p.authority.root, &[oid::SERVER_AUTH])),
    not_code_signing("the leaf has no key usage", |p| p.authority.leaf.certificate.remove(oid::KEY_USAGE)),
    not_code_signing("the leaf's key usage is empty", |p| usage(&mut p.authority.leaf, 7, 0)),
    not_code_signing("the leaf's key may only encipher keys", |p| usage(&mut p.authority.leaf, 5, 0x20)),
    not_code_signing("the leaf's key may sign certificates too", |p| usage(&mut p.authority.leaf, 2, 0x84)),
    accepted(Chain, "the leaf's key usage is not critical", |p| {
        p.authority.leaf.certificate.extension(oid::KEY_USAGE).critical = Critical::Absent;
    }),
    certificate_malformed("the leaf's key usage has unused bits that are set", |p| {
        usage(&mut p.authority.leaf, 7, 0xff);
    }),
    certificate_malformed("the leaf's key usage has 9 unused bits", |p| {
        usage(&mut p.authority.leaf, 9, 0x80)
    }),
    certificate_malformed("the leaf's key usage is no BIT STRING", |p| {
        p.authority.leaf.certificate.extension(oid::KEY_USAGE).value = der::octet_string(&[0x80]);
    }),
    not_authorized("the key of the authority above the leaf may not sign certificates", |p| {
        usage(&mut p.authority.lower, 7, 0x80);
    }),
    not_authorized("the key of the authority beneath the root may not sign certificates", |p| {
        usage(&mut p.authority.upper, 1, 0x82);
    }),
    untrusted("the root's key may not sign certificates", |p| usage(&mut p.authority.root, 1, 0x82)),
    not_authorized("the authority above the leaf has no key usage", |p| {
        p.authority.lower.certificate.remove(oid::KEY_USAGE);
    }),
    accepted(Chain, "the key of the authority above the leaf signs certificates alone", |p| {
        usage(&mut p.authority.lower, 2, 0x04);
    }),
];

fn purposes(member: &mut Member, purposes: &[&str]) {
    member.certificate.extension(oid::EXTENDED_KEY_USAGE).value = extended_usage(purposes);
}

fn add_purposes(member: &mut Member, purposes: &[&str]) {
    member.certificate.add(oid::EXTENDED_KEY_USAGE, Critical::Absent, extended_usage(purposes));
}

fn usage(member: &mut Member, unused: u8, bits: u8) {
    member.certificate.extension(oid::KEY_USAGE).value = key_usage(unused, bits);
}
