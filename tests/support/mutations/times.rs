//! The times that are stated: GeneralizedTime with milliseconds, in UTC (FORMAT.md "The envelope").

use super::Stage::Claims;
use super::{Mutation, accepted, claims_malformed, envelope_malformed};
use crate::{der, oid};

pub(super) const ROWS: &[Mutation] = &[
    accepted(Claims, "the signing time's milliseconds end in a zero", |p| {
        p.envelope.signer().state(oid::SIGNING_TIME, der::generalized("20261101091926.120Z"));
    }),
    accepted(Claims, "the signing time's milliseconds are zero", |p| {
        p.envelope.signer().state(oid::SIGNING_TIME, der::generalized("20261101091926.000Z"));
    }),
    accepted(Claims, "the signing time has no fraction", |p| signed(p, "20261101091926Z")),
    accepted(Claims, "the signing time has tenths", |p| signed(p, "20261101091926.8Z")),
    envelope_malformed("the signing time has microseconds", |p| signed(p, "20261101091926.806123Z")),
    envelope_malformed("the signing time has an empty fraction", |p| signed(p, "20261101091926.Z")),
    envelope_malformed("the signing time has a comma", |p| signed(p, "20261101091926,806Z")),
    envelope_malformed("the signing time has no seconds", |p| signed(p, "202611010919Z")),
    envelope_malformed("the signing time has no Z", |p| signed(p, "20261101091926.806")),
    envelope_malformed("the signing time has an offset of zero", |p| signed(p, "20261101091926.806+0000")),
    envelope_malformed("the signing time has an offset", |p| signed(p, "20261101101926.806+0100")),
    envelope_malformed("the signing time has a small z", |p| signed(p, "20261101091926.806z")),
    envelope_malformed("the signing time is in a leap second", |p| signed(p, "20261101235960.000Z")),
    envelope_malformed("the signing time is in hour 24", |p| signed(p, "20261101240000.000Z")),
    envelope_malformed("the signing time is on no day", |p| signed(p, "20261131091926.806Z")),
    envelope_malformed("the signing time is on February 29 of no leap year", |p| {
        signed(p, "20270229091926.806Z")
    }),
    envelope_malformed("the signing time is in month 0", |p| signed(p, "20260001091926.806Z")),
    envelope_malformed("the signing time has a space", |p| signed(p, "20261101 91926.806Z")),
    envelope_malformed("the signing time has a sign", |p| signed(p, "+0261101091926.806Z")),
    envelope_malformed("the signing time has a NUL at its end", |p| signed(p, "20261101091926.806Z\0")),
    envelope_malformed("the signing time has digits that are not ASCII", |p| {
        signed(p, "2026110109192\u{0666}.806Z");
    }),
    envelope_malformed("the signing time is empty", |p| signed(p, "")),
    envelope_malformed("the signing time is a UTCTime", |p| {
        p.envelope.signer().state(oid::SIGNING_TIME, der::utc("261101091926Z"));
    }),
    envelope_malformed("the signing time is text", |p| {
        p.envelope.signer().state(oid::SIGNING_TIME, der::utf8("20261101091926.806Z"));
    }),
    super::refused(Claims, "signed-in-the-future", "the signing time lies one millisecond ahead", |p| {
        p.authority.leaf.certificate.set_validity("2026-11-01T08:19:26Z", "2026-11-22T09:19:26Z");
        signed(p, "20261120000000.001Z");
    }),
    accepted(Claims, "the signing time is the time of verification", |p| {
        p.authority.leaf.certificate.set_validity("2026-11-01T08:19:26Z", "2026-11-22T09:19:26Z");
        signed(p, "20261120000000.000Z");
    }),
    accepted(Claims, "the expiry lies 135 months after the signing time", |p| {
        expires(p, "20380201091926.806Z")
    }),
    accepted(Claims, "the expiry lies 135 months and a millisecond after the signing time", |p| {
        expires(p, "20380201091926.807Z");
    }),
    envelope_malformed("the expiry lies in the year 9999", |p| expires(p, "99991231235959.999Z")),
    claims_malformed("the expiry is the signing time", |p| expires(p, "20261101091926.806Z")),
    claims_malformed("the expiry lies a millisecond before the signing time", |p| {
        expires(p, "20261101091926.805Z")
    }),
    claims_malformed("the expiry lies in the year 0", |p| expires(p, "00000101000000.000Z")),
    accepted(Claims, "the expiry has no fraction", |p| expires(p, "20370201091926Z")),
    envelope_malformed("the expiry has an offset", |p| expires(p, "20370201091926.806+0000")),
    envelope_malformed("the expiry is in a leap second", |p| expires(p, "20361231235960.000Z")),
    envelope_malformed("the expiry is a UTCTime", |p| {
        p.envelope.signer().state(oid::EXPIRY, der::utc("370201091926Z"));
    }),
];

fn signed(p: &mut crate::package::SignedPackage, text: &str) {
    p.envelope.signer().state(oid::SIGNING_TIME, der::generalized(text));
}

fn expires(p: &mut crate::package::SignedPackage, text: &str) {
    p.envelope.signer().state(oid::EXPIRY, der::generalized(text));
}
