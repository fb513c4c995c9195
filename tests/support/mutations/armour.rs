//! The PEM around the envelope (RFC 7468).

use super::Stage::Envelope;
use super::{Mutation, accepted, envelope_malformed};
use crate::cms::Form;
use crate::der;
use crate::pem::{block, pkcs7, wrapped};

pub(super) const ROWS: &[Mutation] = &[
    accepted(Envelope, "nothing is changed", |_| {}),
    accepted(Envelope, "the PEM has no newline at its end", |p| {
        p.envelope.armour = |ber| pkcs7(ber).trim_ascii_end().to_vec();
    }),
    accepted(Envelope, "the PEM's lines end in CR LF", |p| {
        p.envelope.armour = |ber| block("PKCS7", ber).replace('\n', "\r\n").into();
    }),
    accepted(Envelope, "the PEM's lines end in CR LF and LF by turns", |p| {
        p.envelope.armour = |ber| block("PKCS7", ber).replacen('\n', "\r\n", 3).into();
    }),
    envelope_malformed("text stands before the PEM", |p| {
        p.envelope.armour = |ber| [b"subject=CN=signer\n".as_slice(), &pkcs7(ber)].concat();
    }),
    envelope_malformed("an empty line stands before the PEM", |p| {
        p.envelope.armour = |ber| [b"\n".as_slice(), &pkcs7(ber)].concat();
    }),
    envelope_malformed("a space stands before the PEM", |p| {
        p.envelope.armour = |ber| [b" ".as_slice(), &pkcs7(ber)].concat();
    }),
    envelope_malformed("a byte-order mark stands before the PEM", |p| {
        p.envelope.armour = |ber| [b"\xef\xbb\xbf".as_slice(), &pkcs7(ber)].concat();
    }),
    envelope_malformed("text stands after the PEM", |p| {
        p.envelope.armour = |ber| [pkcs7(ber).as_slice(), b"more\n"].concat();
    }),
    envelope_malformed("a NUL stands after the PEM", |p| {
        p.envelope.armour = |ber| [pkcs7(ber).as_slice(), b"\0"].concat();
    }),
    envelope_malformed("the PEM block stands twice", |p| p.envelope.armour = |ber| pkcs7(ber).repeat(2)),
    envelope_malformed("an empty PEM block stands first", |p| {
        p.envelope.armour = |ber| [pkcs7(&[]), pkcs7(ber)].concat();
    }),
    envelope_malformed("an empty PEM block stands last", |p| {
        p.envelope.armour = |ber| [pkcs7(ber), pkcs7(&[])].concat();
    }),
    envelope_malformed("a certificate's PEM block stands after the signature's", |p| {
        p.envelope.armour = |ber| [pkcs7(ber), block("CERTIFICATE", ber).into()].concat();
    }),
    envelope_malformed("the PEM label is CMS", |p| p.envelope.armour = |ber| block("CMS", ber).into()),
    envelope_malformed("the PEM label is PKCS #7 SIGNED DATA", |p| {
        p.envelope.armour = |ber| block("PKCS #7 SIGNED DATA", ber).into();
    }),
    envelope_malformed("the PEM label is CERTIFICATE", |p| {
        p.envelope.armour = |ber| block("CERTIFICATE", ber).into();
    }),
    envelope_malformed("the PEM label is in lower case", |p| {
        p.envelope.armour = |ber| block("pkcs7", ber).into();
    }),
    envelope_malformed("the PEM label is empty", |p| p.envelope.armour = |ber| block("", ber).into()),
    envelope_malformed("the PEM begins and ends with different labels", |p| {
        p.envelope.armour = |ber| block("PKCS7", ber).replace("END PKCS7", "END CMS").into();
    }),
    envelope_malformed("the PEM never ends", |p| {
        p.envelope.armour = |ber| block("PKCS7", ber).replace("-----END PKCS7-----\n", "").into();
    }),
    envelope_malformed("the PEM never begins", |p| {
        p.envelope.armour = |ber| block("PKCS7", ber).replace("-----BEGIN PKCS7-----\n", "").into();
    }),
    envelope_malformed("the PEM's boundary has four dashes", |p| {
        p.envelope.armour = |ber| block("PKCS7", ber).replace("-----BEGIN", "----BEGIN").into();
    }),
    envelope_malformed("the PEM has a header", |p| {
        p.envelope.armour = |ber| {
            block("PKCS7", ber).replacen("PKCS7-----\n", "PKCS7-----\nProc-Type: 4,ENCRYPTED\n\n", 1).into()
        };
    }),
    envelope_malformed("the PEM has an empty line within", |p| {
        p.envelope.armour = |ber| block("PKCS7", ber).replacen("\nM", "\n\nM", 1).into();
    }),
    envelope_malformed("the PEM has an asterisk for a letter", |p| {
        p.envelope.armour = |ber| block("PKCS7", ber).replacen("\nM", "\n*", 1).into();
    }),
    envelope_malformed("the PEM has a space for a letter", |p| {
        p.envelope.armour = |ber| block("PKCS7", ber).replacen("\nM", "\n ", 1).into();
    }),
    envelope_malformed("the PEM has a byte that is not ASCII", |p| {
        p.envelope.armour = |ber| block("PKCS7", ber).replacen("\nM", "\n\u{c1}", 1).into();
    }),
    envelope_malformed("the PEM's lines have 76 characters", |p| {
        p.envelope.armour = |ber| wrapped("PKCS7", ber, 76).into();
    }),
    envelope_malformed("the PEM's content is one line", |p| {
        p.envelope.armour = |ber| wrapped("PKCS7", ber, usize::MAX >> 1).into();
    }),
    envelope_malformed("the PEM lacks one letter", |p| {
        p.envelope.armour = |ber| block("PKCS7", ber).replacen("\nM", "\n", 1).into();
    }),
    envelope_malformed("the PEM holds nothing", |p| p.envelope.armour = |_| pkcs7(&[])),
    envelope_malformed("the signature entry is empty", |p| p.envelope.armour = |_| Vec::new()),
    envelope_malformed("the signature entry is BER without PEM", |p| p.envelope.armour = <[u8]>::to_vec),
    envelope_malformed("the PEM's last letter has bits that encode nothing", |p| {
        if !p.signature().contains(&b'=') {
            // A frame that is two octets longer or shorter leaves the last group incomplete.
            p.envelope.frames.encapsulated = match p.envelope.form {
                Form::Of2022 => der::tlv,
                Form::Of2024 => der::indefinite,
            };
        }
        p.envelope.armour = |ber| block("PKCS7", ber).replacen("A=", "B=", 1).into();
    }),
];
