//! As much of BER's writing as the envelope needs (X.690 8.1).

/// The tags that the envelope has.
#[derive(Clone, Copy)]
pub(crate) enum Tag {
    Integer,
    OctetString,
    Utf8String,
    GeneralizedTime,
    Sequence,
    Set,
    Context0,
    Context1,
}

impl Tag {
    const fn byte(self) -> u8 {
        match self {
            Self::Integer => 0x02,
            Self::OctetString => 0x04,
            Self::Utf8String => 0x0c,
            Self::GeneralizedTime => 0x18,
            Self::Sequence => 0x30,
            Self::Set => 0x31,
            Self::Context0 => 0xa0,
            Self::Context1 => 0xa1,
        }
    }
}

/// One value in DER: definite length, in its shortest form (X.690 10.1).
pub(crate) fn definite(tag: Tag, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut value = vec![tag.byte()];
    let octets = length.to_be_bytes();
    let significant = octets.iter().skip_while(|octet| **octet == 0);
    if length >= 0x80 {
        let count = u8::try_from(significant.clone().count()).unwrap_or(u8::MAX);
        value.push(0x80 | count);
        value.extend(significant);
    } else {
        value.push(octets.last().copied().unwrap_or_default());
    }
    for part in parts {
        value.extend_from_slice(part);
    }
    value
}

/// One constructed value of indefinite length (X.690 8.1.3.6).
pub(crate) fn indefinite(tag: Tag, parts: &[&[u8]]) -> Vec<u8> {
    let mut value = vec![tag.byte(), 0x80];
    for part in parts {
        value.extend_from_slice(part);
    }
    value.extend_from_slice(&[0, 0]);
    value
}

/// The content octets of a `SET OF`: its elements in ascending order of their encodings (X.690 11.6).
pub(crate) fn sorted(mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort();
    elements.concat()
}

#[cfg(test)]
mod tests {
    use super::{Tag, definite, indefinite};

    #[test]
    fn lengths_take_their_shortest_form() {
        assert_eq!(definite(Tag::OctetString, &[]), [4, 0]);
        assert_eq!(definite(Tag::OctetString, &[&[1; 127]])[..2], [4, 127]);
        assert_eq!(definite(Tag::OctetString, &[&[1; 100], &[1; 28]])[..3], [4, 0x81, 128]);
        assert_eq!(definite(Tag::OctetString, &[&[1; 256]])[..4], [4, 0x82, 1, 0]);
        assert_eq!(definite(Tag::OctetString, &[&[1; 65536]])[..5], [4, 0x83, 1, 0, 0]);
        assert_eq!(indefinite(Tag::Sequence, &[&[5, 0]]), [0x30, 0x80, 5, 0, 0, 0]);
    }
}
