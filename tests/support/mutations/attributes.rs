//! The signed attributes as a set: which there are, how they are stored and what the signature is over
//! (RFC 5652 5.3, 5.4, 11; RFC 6211).

use sha2::{Digest, Sha256};

use super::Stage::Envelope;
use super::{Mutation, accepted, envelope_malformed, signature_invalid, warned};
use crate::cms::{Attribute, MadeOver, Order, Value};
use crate::package::SignedPackage;
use crate::{der, digest, oid};

pub(super) const ROWS: &[Mutation] = &[
    envelope_malformed("no attributes are signed, and the signature is over the inner digest", |p| {
        p.envelope.signer().attributes = None;
        p.envelope.signer().made_over = MadeOver::Content;
    }),
    envelope_malformed(
        "the attributes' set is presented as the content of a signature without attributes",
        |p| {
            let inner = p.inner();
            let set = der::tlv(der::SET, &p.envelope.signer().attribute_bytes(&inner));
            p.envelope.encapsulated.push(der::tlv(der::context(0), &der::octet_string(&set)));
            p.envelope.signer().attributes = None;
            p.envelope.signer().made_over = MadeOver::Raw(set);
        },
    ),
    envelope_malformed("the signed attributes are empty", |p| p.envelope.signer().attributes().list.clear()),
    signature_invalid("the signature is over the stored [0]", |p| {
        p.envelope.signer().made_over = MadeOver::Stored;
    }),
    signature_invalid("the signature is over the inner digest, beside signed attributes", |p| {
        p.envelope.signer().made_over = MadeOver::Content;
    }),
    signature_invalid("the signature is over the outer digest, beside signed attributes", |p| {
        let outer = digest::outer(&p.inner());
        p.envelope.signer().made_over = MadeOver::Raw(outer.to_vec());
    }),
    signature_invalid("the signature is over the attributes without their set", |p| {
        let inner = p.inner();
        let bytes = p.envelope.signer().attribute_bytes(&inner);
        p.envelope.signer().made_over = MadeOver::Raw(bytes);
    }),
    signature_invalid("the signature is over the attributes as a sequence", |p| {
        let inner = p.inner();
        let bytes = p.envelope.signer().attribute_bytes(&inner);
        p.envelope.signer().made_over = MadeOver::Raw(der::tlv(der::SEQUENCE, &bytes));
    }),
    signature_invalid("the signature is over nothing", |p| {
        p.envelope.signer().made_over = MadeOver::Raw(Vec::new());
    }),
    envelope_malformed("the attributes are unsorted, and signed so", unsort),
    envelope_malformed("the attributes are unsorted, and signed sorted", |p| {
        unsort(p);
        p.envelope.signer().made_over = MadeOver::SortedSetOf;
    }),
    envelope_malformed("the attributes have an indefinite length", |p| {
        p.envelope.signer().attributes().frame = der::indefinite;
    }),
    envelope_malformed("the attributes have a longer length than needed", |p| {
        p.envelope.signer().attributes().frame = |tag, content| der::long_form(tag, 4, content);
    }),
    envelope_malformed("the attributes are stored as a plain set", |p| {
        p.envelope.signer().attributes().frame = |_, content| der::tlv(der::SET, content);
    }),
    envelope_malformed("the attributes are stored under [1]", |p| {
        p.envelope.signer().attributes().frame = |_, content| der::tlv(der::context(1), content);
    }),
    envelope_malformed("the attributes are stored twice", |p| {
        p.envelope.signer().attributes().frame = |tag, content| der::tlv(tag, content).repeat(2);
    }),
    envelope_malformed("an end-of-contents stands among the attributes", |p| {
        p.envelope.signer().attributes().frame = der::closed_in_definite;
    }),
    envelope_malformed("the attributes hold a nesting bomb", |p| {
        p.envelope.signer().attributes().frame = |tag, _| der::tlv(tag, &der::nested(der::SEQUENCE, 10_000));
    }),
    envelope_malformed("the content type is not stated", |p| p.envelope.signer().remove(oid::CONTENT_TYPE)),
    envelope_malformed("the message digest is not stated", |p| {
        p.envelope.signer().remove(oid::MESSAGE_DIGEST)
    }),
    envelope_malformed("the signing time is not stated", |p| p.envelope.signer().remove(oid::SIGNING_TIME)),
    envelope_malformed("the job is not stated", |p| p.envelope.signer().remove(oid::JOB)),
    envelope_malformed("the expiry is not stated", |p| p.envelope.signer().remove(oid::EXPIRY)),
    envelope_malformed("the profile is not stated", |p| p.envelope.signer().remove(oid::PROFILE)),
    accepted(Envelope, "the algorithms are not protected", |p| {
        p.envelope.signer().remove(oid::ALGORITHM_PROTECTION);
    }),
    envelope_malformed("the content type is stated twice", |p| double(p, oid::CONTENT_TYPE)),
    envelope_malformed("the message digest is stated twice", |p| double(p, oid::MESSAGE_DIGEST)),
    envelope_malformed("the signing time is stated twice", |p| double(p, oid::SIGNING_TIME)),
    envelope_malformed("the job is stated twice", |p| double(p, oid::JOB)),
    envelope_malformed("the expiry is stated twice", |p| double(p, oid::EXPIRY)),
    envelope_malformed("the profile is stated twice", |p| double(p, oid::PROFILE)),
    envelope_malformed("the algorithm protection stands twice", |p| double(p, oid::ALGORITHM_PROTECTION)),
    envelope_malformed("another message digest is stated first", |p| {
        another(p, oid::MESSAGE_DIGEST, der::octet_string(&[0; 48]));
    }),
    envelope_malformed("another message digest is stated last", |p| {
        another(p, oid::MESSAGE_DIGEST, der::octet_string(&[0xff; 48]));
    }),
    envelope_malformed("another profile is stated first", |p| {
        let other = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/a_lease_builds/AbCdEf1234";
        another(p, oid::PROFILE, der::utf8(other));
    }),
    envelope_malformed("another expiry is stated last", |p| {
        another(p, oid::EXPIRY, der::generalized("20370301091926.806Z"));
    }),
    envelope_malformed("the content type has two values", |p| {
        add(p, oid::CONTENT_TYPE, Value::Raw(der::oid(oid::ID_DATA)));
    }),
    envelope_malformed("the message digest has the same value twice", |p| {
        add(p, oid::MESSAGE_DIGEST, Value::Digest);
    }),
    envelope_malformed("the message digest has a wrong value and the right one", |p| {
        p.envelope.signer().attribute(oid::MESSAGE_DIGEST).values =
            vec![Value::Raw(der::octet_string(&[0; 48])), Value::Digest];
    }),
    envelope_malformed("the message digest has the right value and a wrong one", |p| {
        add(p, oid::MESSAGE_DIGEST, Value::Raw(der::octet_string(&[0xff; 48])));
    }),
    envelope_malformed("the signing time has two values", |p| {
        add(p, oid::SIGNING_TIME, Value::Raw(der::generalized("20261101091926.807Z")));
    }),
    envelope_malformed("the profile has two values", |p| {
        let other = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/s_lease_builds/AbCdEf1234";
        add(p, oid::PROFILE, Value::Raw(der::utf8(other)));
    }),
    envelope_malformed("the content type has no value", |p| no_value(p, oid::CONTENT_TYPE)),
    envelope_malformed("the message digest has no value", |p| no_value(p, oid::MESSAGE_DIGEST)),
    envelope_malformed("the signing time has no value", |p| no_value(p, oid::SIGNING_TIME)),
    envelope_malformed("the profile has no value", |p| no_value(p, oid::PROFILE)),
    envelope_malformed("the content type stated is signed data", |p| {
        p.envelope.signer().state(oid::CONTENT_TYPE, der::oid(oid::SIGNED_DATA));
    }),
    envelope_malformed("the content type stated is text", |p| {
        p.envelope.signer().state(oid::CONTENT_TYPE, der::utf8(oid::ID_DATA));
    }),
    envelope_malformed("the message digest has 47 octets", |p| {
        let outer = digest::outer(&p.inner());
        p.envelope.signer().state(oid::MESSAGE_DIGEST, der::octet_string(&outer[..47]));
    }),
    envelope_malformed("the message digest has 49 octets", |p| {
        let outer = digest::outer(&p.inner());
        p.envelope.signer().state(oid::MESSAGE_DIGEST, der::octet_string(&[&outer, [0].as_slice()].concat()));
    }),
    envelope_malformed("the message digest is SHA-256's", |p| {
        let outer = Sha256::digest(p.inner());
        p.envelope.signer().state(oid::MESSAGE_DIGEST, der::octet_string(&outer));
    }),
    envelope_malformed("the message digest is empty", |p| {
        p.envelope.signer().state(oid::MESSAGE_DIGEST, der::octet_string(&[]));
    }),
    envelope_malformed("the message digest is a BIT STRING", |p| {
        let outer = digest::outer(&p.inner());
        p.envelope.signer().state(oid::MESSAGE_DIGEST, der::bit_string(0, &outer));
    }),
    envelope_malformed("the message digest is in two segments", |p| {
        let outer = digest::outer(&p.inner());
        p.envelope.signer().state(oid::MESSAGE_DIGEST, der::segmented(der::OCTET_STRING, &outer));
    }),
    envelope_malformed("the message digest has a longer length than needed", |p| {
        let outer = digest::outer(&p.inner());
        p.envelope.signer().state(oid::MESSAGE_DIGEST, der::long_form(der::OCTET_STRING, 1, &outer));
    }),
    envelope_malformed("the protected digest algorithm is SHA-256", |p| {
        protect(p, oid::SHA256, oid::ECDSA_WITH_SHA384)
    }),
    envelope_malformed("the protected signature algorithm is ecdsa-with-SHA256", |p| {
        protect(p, oid::SHA384, oid::ECDSA_WITH_SHA256);
    }),
    envelope_malformed("a MAC algorithm is protected", |p| {
        let protected =
            [p.envelope.form.sha384(), der::tlv(der::context(2), &der::oid(oid::ECDSA_WITH_SHA384))];
        p.envelope.signer().state(oid::ALGORITHM_PROTECTION, der::sequence(&protected));
    }),
    envelope_malformed("no signature algorithm is protected", |p| {
        let protected = der::sequence(&[p.envelope.form.sha384()]);
        p.envelope.signer().state(oid::ALGORITHM_PROTECTION, protected);
    }),
    envelope_malformed("the algorithm protection is empty", |p| {
        p.envelope.signer().state(oid::ALGORITHM_PROTECTION, der::sequence::<&[u8]>(&[]));
    }),
    warned(Envelope, "unknown-attribute", "an unknown attribute is signed too", |p| {
        p.envelope
            .signer()
            .attributes()
            .list
            .push(Attribute::new(oid::UNKNOWN_ATTRIBUTE, der::utf8("\u{1b}[2J")));
    }),
    envelope_malformed("an unknown attribute is signed twice, with two values", |p| {
        unknown(p, der::utf8("the one"));
        unknown(p, der::utf8("the other"));
    }),
    envelope_malformed("an unknown attribute's string is in two pieces", |p| {
        unknown(p, der::segmented(der::UTF8_STRING, b"in two"));
    }),
    envelope_malformed("an unknown attribute's sequence is primitive", |p| {
        unknown(p, der::tlv(der::SEQUENCE & !der::CONSTRUCTED, &[]));
    }),
    envelope_malformed("an unknown attribute's set is primitive", |p| {
        unknown(p, der::tlv(der::SET & !der::CONSTRUCTED, &[]));
    }),
    envelope_malformed("an unknown attribute holds an object identifier without arcs", |p| {
        unknown(p, der::tlv(0x06, &[]));
    }),
    envelope_malformed("an unknown attribute holds an object identifier cut short", |p| {
        unknown(p, der::tlv(0x06, &[0x2a, 0x86]));
    }),
    envelope_malformed("an unknown attribute holds an object identifier with a padded arc", |p| {
        unknown(p, der::tlv(0x06, &[0x2a, 0x80, 0x01]));
    }),
    envelope_malformed("10,000 unknown attributes are signed too", |p| {
        for number in 0..10_000_u16 {
            let value = der::octet_string(&number.to_be_bytes());
            let oid = format!("{}.{number}", oid::UNKNOWN_ATTRIBUTE);
            p.envelope.signer().attributes().list.push(Attribute::new(&oid, value));
        }
    }),
    envelope_malformed("one attribute has 10,000 values", |p| {
        let values = (0..10_000_u16).map(|number| Value::Raw(der::octet_string(&number.to_be_bytes())));
        p.envelope
            .signer()
            .attributes()
            .list
            .push(Attribute { oid: oid::UNKNOWN_ATTRIBUTE.into(), values: values.collect() });
    }),
];

fn unsort(p: &mut SignedPackage) {
    let attributes = p.envelope.signer().attributes();
    attributes.list.reverse();
    attributes.order = Order::AsListed;
}

fn double(p: &mut SignedPackage, oid: &str) {
    let attribute = p.envelope.signer().attribute(oid).clone();
    p.envelope.signer().attributes().list.push(attribute);
}

/// States the same type again with another value, before or after the first as sorting has it.
fn another(p: &mut SignedPackage, oid: &str, value: Vec<u8>) {
    p.envelope.signer().attributes().list.push(Attribute::new(oid, value));
}

fn add(p: &mut SignedPackage, oid: &str, value: Value) {
    p.envelope.signer().attribute(oid).values.push(value);
}

fn no_value(p: &mut SignedPackage, oid: &str) {
    p.envelope.signer().attribute(oid).values.clear();
}

fn protect(p: &mut SignedPackage, digest: &str, signature: &str) {
    let protected = [der::sequence(&[der::oid(digest)]), der::tlv(der::context(1), &der::oid(signature))];
    p.envelope.signer().state(oid::ALGORITHM_PROTECTION, der::sequence(&protected));
}

/// Signs an attribute of a type that nobody defines, with this value.
fn unknown(p: &mut SignedPackage, value: Vec<u8>) {
    let attributes = p.envelope.signer().attributes();
    attributes.list.push(Attribute::new(oid::UNKNOWN_ATTRIBUTE, value));
}
