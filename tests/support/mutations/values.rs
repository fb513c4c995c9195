//! The signature's value: r and s, and how they are encoded (RFC 3279 2.2.3, SEC 1 4.1.4).

use super::Stage::Signature;
use super::{Mutation, accepted, signature_invalid};
use crate::der;
use crate::key::{ORDER, plus};

pub(super) const ROWS: &[Mutation] = &[
    accepted(Signature, "s is the order less s, which holds too", |p| {
        p.envelope.signer().signature = |signature| signature.mirrored().der();
    }),
    signature_invalid("one bit of r is flipped", |p| {
        p.envelope.signer().signature = |mut signature| {
            signature.r[20] ^= 1;
            signature.der()
        };
    }),
    signature_invalid("one bit of s is flipped", |p| {
        p.envelope.signer().signature = |mut signature| {
            signature.s[20] ^= 1;
            signature.der()
        };
    }),
    signature_invalid("r and s are exchanged", |p| {
        p.envelope.signer().signature =
            |signature| der::sequence(&[der::unsigned(&signature.s), der::unsigned(&signature.r)]);
    }),
    signature_invalid("r is zero", |p| {
        p.envelope.signer().signature =
            |signature| der::sequence(&[der::small(0), der::unsigned(&signature.s)]);
    }),
    signature_invalid("s is zero", |p| {
        p.envelope.signer().signature =
            |signature| der::sequence(&[der::unsigned(&signature.r), der::small(0)]);
    }),
    signature_invalid("r and s are zero", |p| {
        p.envelope.signer().signature = |_| der::sequence(&[der::small(0), der::small(0)]);
    }),
    signature_invalid("r and s are zero as empty integers", |p| {
        p.envelope.signer().signature = |_| der::sequence(&[[der::INTEGER, 0], [der::INTEGER, 0]]);
    }),
    signature_invalid("r and s are one", |p| {
        p.envelope.signer().signature = |_| der::sequence(&[der::small(1), der::small(1)]);
    }),
    signature_invalid("r is the order", |p| {
        p.envelope.signer().signature =
            |signature| der::sequence(&[der::unsigned(&ORDER), der::unsigned(&signature.s)]);
    }),
    signature_invalid("s is the order", |p| {
        p.envelope.signer().signature =
            |signature| der::sequence(&[der::unsigned(&signature.r), der::unsigned(&ORDER)]);
    }),
    signature_invalid("r is larger by the order", |p| {
        p.envelope.signer().signature = |signature| {
            der::sequence(&[der::unsigned(&plus(&signature.r, &ORDER)), der::unsigned(&signature.s)])
        };
    }),
    signature_invalid("s is larger by the order", |p| {
        p.envelope.signer().signature = |signature| {
            der::sequence(&[der::unsigned(&signature.r), der::unsigned(&plus(&signature.s, &ORDER))])
        };
    }),
    signature_invalid("r is 2^384 - 1", |p| {
        p.envelope.signer().signature =
            |signature| der::sequence(&[der::unsigned(&[0xff; 48]), der::unsigned(&signature.s)]);
    }),
    signature_invalid("r has 10,000 octets", |p| {
        p.envelope.signer().signature =
            |signature| der::sequence(&[der::unsigned(&[0x7f; 10_000]), der::unsigned(&signature.s)]);
    }),
    signature_invalid("s lacks the octet that keeps it from being negative", |p| {
        p.envelope.signer().signature = |signature| {
            let signature = signature.high();
            der::sequence(&[der::unsigned(&signature.r), der::tlv(der::INTEGER, &signature.s)])
        };
    }),
    signature_invalid("r is minus one", |p| {
        p.envelope.signer().signature =
            |signature| der::sequence(&[der::tlv(der::INTEGER, &[0xff]), der::unsigned(&signature.s)]);
    }),
    signature_invalid("r has a zero octet more than needed", |p| {
        p.envelope.signer().signature = |signature| {
            let padded = [&[0, 0], signature.r.as_slice()].concat();
            der::sequence(&[der::tlv(der::INTEGER, &padded), der::unsigned(&signature.s)])
        };
    }),
    signature_invalid("r's length is in a longer form than needed", |p| {
        p.envelope.signer().signature = |signature| {
            let r = der::unsigned(&signature.r);
            der::sequence(&[der::long_form(der::INTEGER, 1, &r[2..]), der::unsigned(&signature.s)])
        };
    }),
    signature_invalid("the length of r and s is in a longer form than needed", |p| {
        p.envelope.signer().signature = |signature| der::long_form(der::SEQUENCE, 2, &signature.der()[2..]);
    }),
    signature_invalid("r and s have an indefinite length", |p| {
        p.envelope.signer().signature = |signature| der::indefinite(der::SEQUENCE, &signature.der()[2..]);
    }),
    signature_invalid("a third number follows r and s", |p| {
        p.envelope.signer().signature = |signature| {
            der::sequence(&[der::unsigned(&signature.r), der::unsigned(&signature.s), der::small(0)])
        };
    }),
    signature_invalid("an octet follows the signature's sequence", |p| {
        p.envelope.signer().signature = |signature| [signature.der().as_slice(), &[0]].concat();
    }),
    signature_invalid("s is missing", |p| {
        p.envelope.signer().signature = |signature| der::sequence(&[der::unsigned(&signature.r)]);
    }),
    signature_invalid("r and s are a set", |p| {
        p.envelope.signer().signature = |signature| der::tlv(der::SET, &signature.der()[2..]);
    }),
    signature_invalid("r and s stand in 96 octets without a sequence", |p| {
        p.envelope.signer().signature = |signature| [signature.r, signature.s].concat();
    }),
    signature_invalid("the signature is empty", |p| p.envelope.signer().signature = |_| Vec::new()),
    signature_invalid("the signature is an empty sequence", |p| {
        p.envelope.signer().signature = |_| der::sequence::<&[u8]>(&[]);
    }),
    signature_invalid("the signature is another key's", |p| {
        p.envelope.signer().key = Some(crate::key::Key::p384("stranger"));
    }),
];
