//! The signed attributes, and what they state.

use super::Form;
use crate::{der, digest, oid};

/// What a signature states beside the digest, each as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    pub job: String,
    pub profile: String,
    /// RFC 3339 with milliseconds.
    pub signed: String,
    /// RFC 3339 with milliseconds.
    pub expires: String,
}

impl Claims {
    pub fn standard() -> Self {
        Self {
            job: "arn:aws:signer:us-east-1:123456789012:/signing-jobs/11111111-2222-4333-8444-555555555555"
                .into(),
            profile: "arn:aws:signer:us-east-1:123456789012:/signing-profiles/release_builds/AbCdEf1234"
                .into(),
            signed: "2026-11-01T09:19:26.806Z".into(),
            expires: "2037-02-01T09:19:26.806Z".into(),
        }
    }
}

/// One value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// The outer digest of whatever is signed, as an OCTET STRING.
    Digest,
    /// These bytes.
    Raw(Vec<u8>),
}

/// A signed attribute: its type and its values, each to be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    pub oid: String,
    pub values: Vec<Value>,
}

impl Attribute {
    pub fn new(oid: &str, value: Vec<u8>) -> Self {
        Self { oid: oid.into(), values: vec![Value::Raw(value)] }
    }

    pub(super) fn der(&self, content: &[u8]) -> Vec<u8> {
        let values = self.values.iter().map(|value| match value {
            Value::Digest => der::octet_string(&digest::outer(content)),
            Value::Raw(bytes) => bytes.clone(),
        });
        let values = der::set(&values.collect::<Vec<_>>());
        der::sequence(&[der::oid(&self.oid), values])
    }
}

/// The seven attributes of a genuine signature.
pub(super) fn genuine(form: Form, claims: &Claims) -> Vec<Attribute> {
    let time = |rfc3339: &str| der::generalized(&der::generalized_text(rfc3339));
    let protection = [form.sha384(), der::tlv(der::context(1), &der::oid(oid::ECDSA_WITH_SHA384))];
    vec![
        Attribute::new(oid::CONTENT_TYPE, der::oid(oid::ID_DATA)),
        Attribute::new(oid::EXPIRY, time(&claims.expires)),
        Attribute::new(oid::SIGNING_TIME, time(&claims.signed)),
        Attribute::new(oid::ALGORITHM_PROTECTION, der::sequence(&protection)),
        Attribute { oid: oid::MESSAGE_DIGEST.into(), values: vec![Value::Digest] },
        Attribute::new(oid::JOB, der::utf8(&claims.job)),
        Attribute::new(oid::PROFILE, der::utf8(&claims.profile)),
    ]
}
