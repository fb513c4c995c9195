//! The structures around the signers: BER (X.690) and SignedData (RFC 5652 5.1).

use super::Stage::Envelope;
use super::{Mutation, accepted, envelope_malformed};
use crate::cms::Frames;
use crate::{der, oid};

/// Rows for each frame around the signers, whose lengths may be indefinite.
macro_rules! frames {
    ($($frame:ident $what:literal)+) => {
        /// Every frame around the signers, framed in every way that no BER reader may take.
        pub(super) const FRAMES: &[Mutation] = &[$(
            envelope_malformed(concat!($what, " is never closed"), |p| {
                // The others definite, since an indefinite one around it would lend it its end.
                p.envelope.frames = Frames::definite();
                p.envelope.frames.$frame = der::unclosed;
            }),
            envelope_malformed(concat!($what, " has a definite length and an end-of-contents"), |p| {
                p.envelope.frames.$frame = der::closed_in_definite;
            }),
            envelope_malformed(concat!($what, " has its tag in two octets"), |p| {
                p.envelope.frames.$frame = der::high_tag;
            }),
            envelope_malformed(concat!($what, " claims 2^64 - 1 octets"), |p| {
                p.envelope.frames.$frame = |tag, content| {
                    der::claimed(tag, &[0x88, 255, 255, 255, 255, 255, 255, 255, 255], content)
                };
            }),
            envelope_malformed(concat!($what, " claims one octet more than there is"), |p| {
                p.envelope.frames.$frame = |tag, content| {
                    let whole = der::long_form(tag, 4, &[content, &[0]].concat());
                    whole[..whole.len() - 1].to_vec()
                };
            }),
            envelope_malformed(concat!($what, " has its length in 126 octets"), |p| {
                p.envelope.frames.$frame = |tag, content| der::long_form(tag, 126, content);
            }),
            envelope_malformed(concat!($what, " has the reserved length octet"), |p| {
                p.envelope.frames.$frame = |tag, content| der::claimed(tag, &[0xff], content);
            }),
            envelope_malformed(concat!($what, " is primitive"), |p| {
                p.envelope.frames.$frame = |tag, content| der::tlv(tag & !der::CONSTRUCTED, content);
            }),
            envelope_malformed(concat!($what, " is primitive and of indefinite length"), |p| {
                p.envelope.frames.$frame = |tag, content| der::indefinite(tag & !der::CONSTRUCTED, content);
            }),
            envelope_malformed(concat!($what, " has another class"), |p| {
                p.envelope.frames.$frame = |tag, content| der::tlv(tag ^ 0x40, content);
            }),
            envelope_malformed(concat!($what, " holds a nesting bomb"), |p| {
                p.envelope.frames.$frame = |tag, _| [&[tag, 0x80], der::nested(tag, 10_000).as_slice()].concat();
            }),
        )+];
    };
}

frames! {
    content_info "the content info"
    content "the content's [0]"
    signed_data "the signed data"
    encapsulated "the encapsulated content info"
    certificates "the set of certificates"
    signer_infos "the set of signers"
}

pub(super) const ROWS: &[Mutation] = &[
    accepted(Envelope, "every length is definite", |p| p.envelope.frames = Frames::definite()),
    envelope_malformed("the set of signers has an indefinite length", |p| {
        p.envelope.frames.signer_infos = der::indefinite;
    }),
    envelope_malformed("the envelope is 10,000 values within each other, unclosed", |p| {
        p.envelope.edit = |_| der::nested(der::SEQUENCE, 10_000);
    }),
    envelope_malformed("the envelope is 10,000 values within each other, closed", |p| {
        p.envelope.edit = |_| [der::nested(der::SEQUENCE, 10_000), vec![0; 20_000]].concat();
    }),
    envelope_malformed("the envelope is one end-of-contents", |p| {
        p.envelope.edit = |_| der::END_OF_CONTENTS.to_vec();
    }),
    envelope_malformed("the envelope is one octet", |p| p.envelope.edit = |_| vec![der::SEQUENCE]),
    envelope_malformed("the envelope's last octet is missing", |p| {
        p.envelope.edit = |ber| ber[..ber.len() - 1].to_vec();
    }),
    envelope_malformed("one octet follows the envelope", |p| p.envelope.trailing = vec![0]),
    envelope_malformed("an end-of-contents follows the envelope", |p| {
        p.envelope.trailing = der::END_OF_CONTENTS.to_vec();
    }),
    envelope_malformed("another structure follows the envelope", |p| p.envelope.trailing = der::null()),
    envelope_malformed("the envelope stands twice", |p| p.envelope.edit = |ber| ber.repeat(2)),
    envelope_malformed("the content type is enveloped data", |p| {
        p.envelope.content_type = der::oid(oid::ENVELOPED_DATA);
    }),
    envelope_malformed("the content type is missing", |p| p.envelope.content_type.clear()),
    envelope_malformed("the signed data has version 0", |p| p.envelope.version = der::small(0)),
    envelope_malformed("the signed data has version 3", |p| p.envelope.version = der::small(3)),
    envelope_malformed("the signed data has a version in two octets", |p| {
        p.envelope.version = der::tlv(der::INTEGER, &[0, 1]);
    }),
    envelope_malformed("the signed data has a version of 2^64 + 1", |p| {
        p.envelope.version = der::unsigned(&[1, 0, 0, 0, 0, 0, 0, 0, 1]);
    }),
    envelope_malformed("no digest algorithm is listed", |p| p.envelope.digest_algorithms.clear()),
    envelope_malformed("SHA-256 is the digest algorithm listed", |p| {
        p.envelope.digest_algorithms = vec![der::sequence(&[der::oid(oid::SHA256)])];
    }),
    envelope_malformed("SHA-256 is listed beside SHA-384", |p| {
        p.envelope.digest_algorithms.insert(0, der::sequence(&[der::oid(oid::SHA256)]));
    }),
    envelope_malformed("SHA-384 is listed twice", |p| {
        let listed = p.envelope.digest_algorithms[0].clone();
        p.envelope.digest_algorithms.push(listed);
    }),
    envelope_malformed("the digest algorithm has parameters other than NULL", |p| {
        p.envelope.digest_algorithms = vec![der::sequence(&[der::oid(oid::SHA384), der::small(0)])];
    }),
    envelope_malformed("the digest algorithm has two parameters", |p| {
        p.envelope.digest_algorithms =
            vec![der::sequence(&[der::oid(oid::SHA384), der::null(), der::null()])];
    }),
    envelope_malformed("the digest algorithm's NULL has content", |p| {
        p.envelope.digest_algorithms = vec![der::sequence(&[der::oid(oid::SHA384), der::tlv(5, &[0])])];
    }),
    accepted(Envelope, "the parameters are absent in one place and NULL in another", |p| {
        p.envelope.digest_algorithms = vec![der::sequence(&[der::oid(oid::SHA384)])];
        p.envelope.signer().digest_algorithm = der::sequence(&[der::oid(oid::SHA384), der::null()]);
    }),
    envelope_malformed("the encapsulated content is signed data", |p| {
        p.envelope.encapsulated = vec![der::oid(oid::SIGNED_DATA)];
    }),
    envelope_malformed("the encapsulated content has no type", |p| p.envelope.encapsulated.clear()),
    envelope_malformed("the inner digest stands in the envelope as content", |p| {
        let content = der::octet_string(&p.inner());
        p.envelope.encapsulated.push(der::tlv(der::context(0), &content));
    }),
    envelope_malformed("empty content stands in the envelope", |p| {
        p.envelope.encapsulated.push(der::tlv(der::context(0), &der::octet_string(&[])));
    }),
    envelope_malformed("an empty [0] stands where content would", |p| {
        p.envelope.encapsulated.push(der::tlv(der::context(0), &[]));
    }),
    envelope_malformed("revocation lists stand in the envelope", |p| {
        p.envelope.crls = der::tlv(der::context(1), &der::sequence(&[der::null()]));
    }),
    envelope_malformed("an empty set of revocation lists stands in the envelope", |p| {
        p.envelope.crls = der::tlv(der::context(1), &[]);
    }),
    envelope_malformed("something follows the signers", |p| p.envelope.after_signers = der::null()),
    envelope_malformed("a second set of signers follows", |p| {
        p.envelope.after_signers = der::set::<&[u8]>(&[])
    }),
];
