//! Writes BER, well formed or wrong on purpose (X.690).

/// How a value is framed: its tag octet and its content in, its encoding out.
pub type Frame = fn(u8, &[u8]) -> Vec<u8>;

pub const INTEGER: u8 = 0x02;
pub const BIT_STRING: u8 = 0x03;
pub const OCTET_STRING: u8 = 0x04;
pub const UTF8_STRING: u8 = 0x0c;
pub const PRINTABLE_STRING: u8 = 0x13;
pub const TELETEX_STRING: u8 = 0x14;
pub const IA5_STRING: u8 = 0x16;
pub const UTC_TIME: u8 = 0x17;
pub const GENERALIZED_TIME: u8 = 0x18;
pub const BMP_STRING: u8 = 0x1e;
pub const SEQUENCE: u8 = 0x30;
pub const SET: u8 = 0x31;
/// Set in the tag octet of a value made of other values (X.690 8.1.2.5).
pub const CONSTRUCTED: u8 = 0x20;
/// The end of a value of indefinite length (X.690 8.1.5).
pub const END_OF_CONTENTS: [u8; 2] = [0, 0];

/// The tag octet of the constructed, context-specific `[number]`.
pub const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// DER: the shortest definite length.
pub fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    match content.len() {
        length @ 0..0x80 => [&[tag, length as u8], content].concat(),
        length => {
            let octets = length.to_be_bytes();
            let zeros = octets.iter().take_while(|octet| **octet == 0).count();
            long_form(tag, octets.len() - zeros, content)
        }
    }
}

/// A definite length in `width` octets, more than are needed included.
pub fn long_form(tag: u8, width: usize, content: &[u8]) -> Vec<u8> {
    let mut length = vec![0; width.saturating_sub(size_of::<usize>())];
    let octets = content.len().to_be_bytes();
    length.extend_from_slice(&octets[octets.len().saturating_sub(width)..]);
    claimed(tag, &[&[0x80 | width as u8], length.as_slice()].concat(), content)
}

/// Any length octets at all, whatever the content.
pub fn claimed(tag: u8, length: &[u8], content: &[u8]) -> Vec<u8> {
    [&[tag], length, content].concat()
}

/// An indefinite length, closed.
pub fn indefinite(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, 0x80], content, &END_OF_CONTENTS].concat()
}

/// An indefinite length that never ends.
pub fn unclosed(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, 0x80], content].concat()
}

/// A definite length whose content ends in an end-of-contents that nothing asked for.
pub fn closed_in_definite(tag: u8, content: &[u8]) -> Vec<u8> {
    tlv(tag, &[content, &END_OF_CONTENTS].concat())
}

/// The tag number in a second octet, as only numbers from 31 on may be written (X.690 8.1.2.4).
pub fn high_tag(tag: u8, content: &[u8]) -> Vec<u8> {
    let short = tlv(tag, content);
    [&[tag | 0x1f, tag & 0x1f], &short[1..]].concat()
}

/// A string cut into two segments within a constructed one (X.690 8.7.3).
pub fn segmented(tag: u8, content: &[u8]) -> Vec<u8> {
    let (head, tail) = content.split_at(content.len() / 2);
    tlv(tag | CONSTRUCTED, &[tlv(tag, head), tlv(tag, tail)].concat())
}

/// `depth` values of indefinite length within each other, none of them closed.
pub fn nested(tag: u8, depth: usize) -> Vec<u8> {
    [tag, 0x80].repeat(depth)
}

pub fn sequence<T: AsRef<[u8]>>(parts: &[T]) -> Vec<u8> {
    tlv(SEQUENCE, &joined(parts))
}

/// A set in the order given.
pub fn set<T: AsRef<[u8]>>(parts: &[T]) -> Vec<u8> {
    tlv(SET, &joined(parts))
}

pub fn joined<T: AsRef<[u8]>>(parts: &[T]) -> Vec<u8> {
    parts.iter().flat_map(AsRef::as_ref).copied().collect()
}

/// The parts in the order of a DER `SET OF` (X.690 11.6), joined.
pub fn sorted<T: AsRef<[u8]>>(parts: &[T]) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = parts.iter().map(AsRef::as_ref).collect();
    parts.sort_unstable();
    parts.concat()
}

pub fn oid(dotted: &str) -> Vec<u8> {
    let arcs: Vec<u64> = dotted.split('.').map(|arc| arc.parse().expect("an arc is a number")).collect();
    let first = arcs[0] * 40 + arcs[1];
    let content: Vec<u8> = core::iter::once(&first).chain(&arcs[2..]).flat_map(|arc| base128(*arc)).collect();
    tlv(0x06, &content)
}

fn base128(arc: u64) -> Vec<u8> {
    let mut octets = vec![(arc & 0x7f) as u8];
    let mut rest = arc >> 7;
    while rest > 0 {
        octets.insert(0, (rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    octets
}

/// The unsigned number with these big-endian octets, in the shortest form.
pub fn unsigned(octets: &[u8]) -> Vec<u8> {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    match &octets[zeros..] {
        [] => tlv(INTEGER, &[0]),
        significant @ [0x80..=0xff, ..] => tlv(INTEGER, &[&[0], significant].concat()),
        significant => tlv(INTEGER, significant),
    }
}

pub fn small(number: u8) -> Vec<u8> {
    unsigned(&[number])
}

pub fn boolean(octet: u8) -> Vec<u8> {
    tlv(0x01, &[octet])
}

pub fn null() -> Vec<u8> {
    tlv(0x05, &[])
}

pub fn octet_string(content: &[u8]) -> Vec<u8> {
    tlv(OCTET_STRING, content)
}

pub fn bit_string(unused_bits: u8, content: &[u8]) -> Vec<u8> {
    tlv(BIT_STRING, &[&[unused_bits], content].concat())
}

pub fn utf8(text: &str) -> Vec<u8> {
    tlv(UTF8_STRING, text.as_bytes())
}

pub fn printable(text: &str) -> Vec<u8> {
    tlv(PRINTABLE_STRING, text.as_bytes())
}

/// A `GeneralizedTime` with whatever text is given.
pub fn generalized(text: &str) -> Vec<u8> {
    tlv(GENERALIZED_TIME, text.as_bytes())
}

/// A `UTCTime` with whatever text is given.
pub fn utc(text: &str) -> Vec<u8> {
    tlv(UTC_TIME, text.as_bytes())
}

/// The text of a `GeneralizedTime` for an RFC 3339 time in UTC, its fraction kept digit for digit.
pub fn generalized_text(rfc3339: &str) -> String {
    rfc3339.replace(['-', ':', 'T'], "")
}

#[cfg(test)]
mod tests {
    use super::{generalized_text, high_tag, long_form, oid, segmented, sorted, tlv, unsigned};

    #[test]
    fn lengths_take_the_width_they_need_or_are_given() {
        assert_eq!(tlv(0x04, &[7]), [0x04, 1, 7]);
        assert_eq!(tlv(0x04, &[0; 127])[..2], [0x04, 127]);
        assert_eq!(tlv(0x04, &[0; 128])[..3], [0x04, 0x81, 128]);
        assert_eq!(tlv(0x04, &[0; 0x1234])[..4], [0x04, 0x82, 0x12, 0x34]);
        assert_eq!(long_form(0x04, 2, &[7]), [0x04, 0x82, 0, 1, 7]);
        assert_eq!(long_form(0x04, 10, &[7]), [0x04, 0x8a, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 7]);
    }

    #[test]
    fn values_are_as_x690_has_them() {
        assert_eq!(oid("1.3.187.137.1.2"), [0x06, 7, 0x2b, 0x81, 0x3b, 0x81, 0x09, 1, 2]);
        assert_eq!(unsigned(&[0, 0x80]), [2, 2, 0, 0x80]);
        assert_eq!(unsigned(&[0, 0]), [2, 1, 0]);
        assert_eq!(high_tag(0x30, &[5, 0]), [0x3f, 0x10, 2, 5, 0]);
        assert_eq!(segmented(0x04, &[1, 2]), [0x24, 6, 0x04, 1, 1, 0x04, 1, 2]);
        assert_eq!(sorted(&[[2, 1], [1, 9]]), [1, 9, 2, 1]);
        assert_eq!(generalized_text("2026-11-01T09:19:26.800Z"), "20261101091926.800Z");
    }
}
