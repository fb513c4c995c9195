//! The keys of certificates: P-384, named, uncompressed, on the curve (RFC 5480 2, SEC 1 2.3.4).

use super::{Mutation, certificate_malformed, signature_invalid};
use crate::authority::Member;
use crate::key::{INFINITY, Key, compressed, explicit_p384, off_curve, spki};
use crate::{der, oid};

pub(super) const ROWS: &[Mutation] = &[
    certificate_malformed("the leaf's key is compressed", |p| point(&mut p.authority.leaf, compressed)),
    certificate_malformed("the leaf's key is in the hybrid form", |p| {
        point(&mut p.authority.leaf, |point| [&[6 | (point[96] & 1)], &point[1..]].concat());
    }),
    certificate_malformed("the leaf's key is the point at infinity", |p| {
        point(&mut p.authority.leaf, |_| INFINITY.to_vec());
    }),
    signature_invalid("the leaf's key is off the curve", |p| point(&mut p.authority.leaf, off_curve)),
    signature_invalid("the leaf's key is the origin", |p| {
        point(&mut p.authority.leaf, |_| [&[4], [0; 96].as_slice()].concat());
    }),
    signature_invalid("the leaf's key has coordinates above the field's prime", |p| {
        point(&mut p.authority.leaf, |_| [&[4], [0xff; 96].as_slice()].concat());
    }),
    certificate_malformed("the leaf's key lacks its last octet", |p| {
        point(&mut p.authority.leaf, |point| point[..96].to_vec());
    }),
    certificate_malformed("the leaf's key has an octet too many", |p| {
        point(&mut p.authority.leaf, |point| [point, &[0]].concat());
    }),
    certificate_malformed("the leaf's key is empty", |p| point(&mut p.authority.leaf, |_| Vec::new())),
    certificate_malformed("the leaf's key has unused bits", |p| {
        let key = p.authority.leaf.key.point();
        let algorithm = der::sequence(&[der::oid(oid::EC_PUBLIC_KEY), der::oid(oid::P384)]);
        p.authority.leaf.certificate.spki = der::sequence(&[algorithm, der::bit_string(1, &key)]);
    }),
    certificate_malformed("the leaf's curve is spelled out", |p| {
        parameters(&mut p.authority.leaf, &explicit_p384())
    }),
    certificate_malformed("the leaf's curve is missing", |p| parameters(&mut p.authority.leaf, &[])),
    certificate_malformed("the leaf's curve is NULL", |p| parameters(&mut p.authority.leaf, &der::null())),
    certificate_malformed("the leaf's curve is said to be P-256", |p| {
        parameters(&mut p.authority.leaf, &der::oid(oid::P256));
    }),
    certificate_malformed("the leaf's key is on P-256, and signs", |p| {
        p.authority.leaf.rekey(Key::p256("leaf"))
    }),
    certificate_malformed("the leaf's key is on P-521, and signs", |p| {
        p.authority.leaf.rekey(Key::p521("leaf"))
    }),
    certificate_malformed("the leaf's key is one of RSA", |p| {
        let algorithm = der::sequence(&[der::oid("1.2.840.113549.1.1.1"), der::null()]);
        let key = der::sequence(&[der::unsigned(&[0xc5; 256]), der::unsigned(&[1, 0, 1])]);
        p.authority.leaf.certificate.spki = der::sequence(&[algorithm, der::bit_string(0, &key)]);
    }),
    certificate_malformed("the leaf's key is one of Ed25519", |p| {
        let algorithm = der::sequence(&[der::oid("1.3.101.112")]);
        p.authority.leaf.certificate.spki = der::sequence(&[algorithm, der::bit_string(0, &[9; 32])]);
    }),
    certificate_malformed("the key of the authority above the leaf is on P-256, and signs", |p| {
        p.authority.lower.rekey(Key::p256("lower"));
        p.authority.lower.certify(&mut p.authority.leaf.certificate);
    }),
    certificate_malformed("the key of the authority above the leaf is on P-521, and signs", |p| {
        p.authority.lower.rekey(Key::p521("lower"));
        p.authority.lower.certify(&mut p.authority.leaf.certificate);
    }),
    certificate_malformed("the key of the authority beneath the root is compressed", |p| {
        point(&mut p.authority.upper, compressed);
    }),
    certificate_malformed("the curve of the authority above the leaf is spelled out", |p| {
        parameters(&mut p.authority.lower, &explicit_p384());
    }),
];

fn point(member: &mut Member, change: fn(&[u8]) -> Vec<u8>) {
    member.certificate.spki = spki(&der::oid(oid::P384), &change(&member.key.point()));
}

fn parameters(member: &mut Member, parameters: &[u8]) {
    member.certificate.spki = spki(parameters, &member.key.point());
}
