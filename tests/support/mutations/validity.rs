//! When each certificate is valid (RFC 5280 4.1.2.5). The standard package is signed at 2026-11-01T09:19:26.806Z.

use super::Stage::Chain;
use super::{Mutation, accepted, certificate_malformed, untimely};
use crate::der;

const EARLY: &str = "2026-10-02T08:19:26Z";

pub(super) const ROWS: &[Mutation] = &[
    untimely("the leaf ends one second before the signing time", |p| {
        p.authority.leaf.certificate.set_validity(EARLY, "2026-11-01T09:19:25Z");
    }),
    accepted(Chain, "the leaf ends in the second of the signing time", |p| {
        p.authority.leaf.certificate.set_validity(EARLY, "2026-11-01T09:19:26Z");
    }),
    untimely("the leaf begins one second after the signing time", |p| {
        p.authority.leaf.certificate.set_validity("2026-11-01T09:19:27Z", "2026-11-04T09:19:26Z");
    }),
    accepted(Chain, "the leaf begins in the second of the signing time", |p| {
        p.authority.leaf.certificate.set_validity("2026-11-01T09:19:26Z", "2026-11-04T09:19:26Z");
    }),
    untimely("the leaf is valid when verified, but was not when it signed", |p| {
        p.authority.leaf.certificate.set_validity("2026-11-19T00:00:00Z", "2026-11-22T01:00:00Z");
    }),
    untimely("the leaf ends before it begins", |p| {
        p.authority.leaf.certificate.set_validity("2026-11-04T09:19:26Z", EARLY);
    }),
    untimely("the authority above the leaf ends one second before the signing time", |p| {
        p.authority.lower.certificate.set_validity(EARLY, "2026-11-01T09:19:25Z");
    }),
    untimely("the authority above the leaf begins one second after the signing time", |p| {
        p.authority.lower.certificate.set_validity("2026-11-01T09:19:27Z", "2027-07-02T09:19:26Z");
    }),
    accepted(Chain, "the authority above the leaf ends in the second of the signing time", |p| {
        p.authority.lower.certificate.set_validity(EARLY, "2026-11-01T09:19:26Z");
    }),
    untimely("the authority beneath the root ends one second before the signing time", |p| {
        p.authority.upper.certificate.set_validity(EARLY, "2026-11-01T09:19:25Z");
    }),
    untimely("the authority beneath the root begins one second after the signing time", |p| {
        p.authority.upper.certificate.set_validity("2026-11-01T09:19:27Z", "2031-10-02T09:19:26Z");
    }),
    untimely("the root ends one second before the signing time", |p| {
        p.authority.root.certificate.set_validity(EARLY, "2026-11-01T09:19:25Z");
    }),
    untimely("the root begins one second after the signing time", |p| {
        p.authority.root.certificate.set_validity("2026-11-01T09:19:27Z", "2126-10-02T09:19:26Z");
    }),
    accepted(Chain, "the root ends in the year 9999", |p| {
        p.authority.root.certificate.set_validity(EARLY, "9999-12-31T23:59:59Z");
    }),
    certificate_malformed("the leaf's end has no seconds", |p| {
        p.authority.leaf.certificate.not_after = der::utc("2611040919Z");
    }),
    certificate_malformed("the leaf's end has an offset", |p| {
        p.authority.leaf.certificate.not_after = der::utc("261104091926+0000");
    }),
    certificate_malformed("the leaf's end has no Z", |p| {
        p.authority.leaf.certificate.not_after = der::utc("261104091926");
    }),
    certificate_malformed("the leaf's end has a fraction", |p| {
        p.authority.leaf.certificate.not_after = der::generalized("20261104091926.5Z");
    }),
    certificate_malformed("the leaf's end is on no day", |p| {
        p.authority.leaf.certificate.not_after = der::utc("261131091926Z");
    }),
    certificate_malformed("the leaf's end is text", |p| {
        p.authority.leaf.certificate.not_after = der::utf8("261104091926Z");
    }),
    certificate_malformed("the leaf's end is empty", |p| {
        p.authority.leaf.certificate.not_after = der::utc("")
    }),
];
