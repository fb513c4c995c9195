//! A reader of the BER that AWS Signer writes: DER, but for indefinite lengths where the caller admits them.
//!
//! It never recurses and allocates nothing; an element keeps the bytes it was read from. Long-form tags and
//! lengths that are longer than needed are refused everywhere (X.690 8.1.2.4, 10.1).

use core::fmt;

/// How deep indefinite lengths may nest; genuine envelopes have four levels.
const MAX_INDEFINITE_DEPTH: usize = 8;
/// How deep the elements of a DER structure may nest; genuine certificates have seven levels.
const MAX_DER_DEPTH: usize = 24;

/// Identifier octets (X.690 8.1.2) of the types that the format has.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
    pub(crate) const CONTEXT_0: u8 = 0xa0;
    pub(crate) const CONTEXT_1: u8 = 0xa1;
    /// The bit that says an element is made of elements.
    pub(crate) const CONSTRUCTED: u8 = 0x20;
    /// The bits of the class, none of which is set on a type that X.680 defines.
    pub(crate) const CLASS: u8 = 0xc0;
    pub(crate) const PRIMITIVE_SEQUENCE: u8 = SEQUENCE & !CONSTRUCTED;
    pub(crate) const PRIMITIVE_SET: u8 = SET & !CONSTRUCTED;
}

/// What is wrong with an encoding, and at which offset of the decoded bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BerError {
    /// Offset of the element in the DER or BER bytes.
    pub offset: usize,
    /// What is wrong there.
    pub problem: BerProblem,
}

/// The ways in which an encoding can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BerProblem {
    /// The bytes end inside an element.
    Truncated,
    /// Another type was expected.
    Tag {
        /// The identifier octet that the format has here.
        expected: u8,
        /// The one that was read.
        actual: u8,
    },
    /// A tag number above 30, which the format has nowhere.
    LongTag,
    /// A length that is not in its shortest form, or has more than four bytes.
    Length,
    /// An indefinite length where only DER may stand.
    Indefinite,
    /// An indefinite length without its end-of-contents octets.
    Unclosed,
    /// Elements nested deeper than any genuine envelope.
    Depth,
    /// Bytes after the last element that the format has here.
    Trailing,
    /// A value that DER writes in another way.
    NotDer,
}

impl fmt::Display for BerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problem {
            BerProblem::Truncated => f.write_str("an element runs past the end")?,
            BerProblem::Tag { expected, actual } => {
                write!(f, "type 0x{actual:02x} stands where 0x{expected:02x} belongs")?;
            }
            BerProblem::LongTag => f.write_str("a tag is in the long form")?,
            BerProblem::Length => f.write_str("a length is not in its shortest form")?,
            BerProblem::Indefinite => f.write_str("an indefinite length stands where DER is required")?,
            BerProblem::Unclosed => f.write_str("an indefinite length is never closed")?,
            BerProblem::Depth => f.write_str("elements are nested too deep")?,
            BerProblem::Trailing => f.write_str("bytes follow where the structure ends")?,
            BerProblem::NotDer => f.write_str("a value is not in its DER form")?,
        }
        write!(f, " (offset {})", self.offset)
    }
}

/// One element: its content, and the bytes it was read from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    offset: usize,
    raw: &'a [u8],
    content_offset: usize,
    content: &'a [u8],
}

impl<'a> Element<'a> {
    /// The content octets; for an indefinite length without the end-of-contents octets.
    pub(crate) const fn content(&self) -> &'a [u8] {
        self.content
    }

    /// The whole encoding as it came.
    pub(crate) const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// A reader over the content.
    pub(crate) const fn reader(&self) -> Reader<'a> {
        Reader { rest: self.content, offset: self.content_offset }
    }

    /// Whether the element is of this type.
    pub(crate) fn is(&self, tag: u8) -> bool {
        self.raw.first() == Some(&tag)
    }

    /// That the content is not in its DER form.
    pub(crate) const fn not_der(&self) -> BerError {
        BerError { offset: self.offset, problem: BerProblem::NotDer }
    }

    /// An error whose offset counts from this element, counted from the beginning instead.
    pub(crate) const fn shift(&self, error: BerError) -> BerError {
        BerError { offset: self.offset.saturating_add(error.offset), ..error }
    }
}

/// Reads elements one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    offset: usize,
}

/// Identifier and length octets.
struct Header {
    tag: u8,
    /// `None` for the indefinite form.
    length: Option<usize>,
    size: usize,
}

impl<'a> Reader<'a> {
    /// A reader over a whole encoding.
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, offset: 0 }
    }

    /// Whether everything has been read.
    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Whether an element of this type comes next.
    pub(crate) fn next_is(&self, tag: u8) -> bool {
        self.rest.first() == Some(&tag)
    }

    /// The next element, of this type and of definite length.
    pub(crate) fn der(&mut self, tag: u8) -> Result<Element<'a>, BerError> {
        let header = self.header_of(tag)?;
        match header.length {
            Some(length) => self.take(&header, length, 0),
            None => Err(self.error(BerProblem::Indefinite)),
        }
    }

    /// The next element, of whatever type, of definite length.
    pub(crate) fn der_any(&mut self) -> Result<Element<'a>, BerError> {
        let tag = self.rest.first().copied().ok_or(self.error(BerProblem::Truncated))?;
        self.der(tag)
    }

    /// The next element, of this type and of definite or indefinite length.
    pub(crate) fn ber(&mut self, tag: u8) -> Result<Element<'a>, BerError> {
        let header = self.header_of(tag)?;
        match header.length {
            Some(length) => self.take(&header, length, 0),
            None => {
                let length = self.indefinite_length(&header)?;
                self.take(&header, length, END_OF_CONTENTS.len())
            }
        }
    }

    /// That nothing is left.
    pub(crate) const fn finish(self) -> Result<(), BerError> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.error(BerProblem::Trailing)) }
    }

    const fn error(&self, problem: BerProblem) -> BerError {
        BerError { offset: self.offset, problem }
    }

    fn header_of(&self, expected: u8) -> Result<Header, BerError> {
        let header = read_header(self.rest).map_err(|problem| self.error(problem))?;
        if header.tag == expected {
            Ok(header)
        } else {
            Err(self.error(BerProblem::Tag { expected, actual: header.tag }))
        }
    }

    fn take(&mut self, header: &Header, length: usize, trailer: usize) -> Result<Element<'a>, BerError> {
        let truncated = self.error(BerProblem::Truncated);
        let size = header.size.checked_add(length).and_then(|s| s.checked_add(trailer)).ok_or(truncated)?;
        let (raw, rest) = self.rest.split_at_checked(size).ok_or(truncated)?;
        let content = raw.get(header.size..size.saturating_sub(trailer)).ok_or(truncated)?;
        let element = Element {
            offset: self.offset,
            raw,
            content_offset: self.offset.saturating_add(header.size),
            content,
        };
        self.rest = rest;
        self.offset = self.offset.saturating_add(size);
        Ok(element)
    }

    /// The length of the contents up to the matching end-of-contents octets, found in one pass: an element
    /// of definite length is stepped over, whatever it holds.
    fn indefinite_length(&self, header: &Header) -> Result<usize, BerError> {
        let unclosed = self.error(BerProblem::Unclosed);
        let mut depth: usize = 1;
        let mut at = header.size;
        loop {
            let rest = self.rest.get(at..).ok_or(unclosed)?;
            if rest.starts_with(&END_OF_CONTENTS) {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Ok(at.saturating_sub(header.size));
                }
                at = at.saturating_add(END_OF_CONTENTS.len());
                continue;
            }
            if rest.is_empty() {
                return Err(unclosed);
            }
            let here = self.offset.saturating_add(at);
            let inner = read_header(rest).map_err(|problem| BerError { offset: here, problem })?;
            at = at.saturating_add(inner.size);
            match inner.length {
                Some(length) => at = at.checked_add(length).ok_or(unclosed)?,
                None => depth = depth.saturating_add(1),
            }
            if depth > MAX_INDEFINITE_DEPTH {
                return Err(BerError { offset: here, problem: BerProblem::Depth });
            }
        }
    }
}

const END_OF_CONTENTS: [u8; 2] = [0, 0];

fn read_header(bytes: &[u8]) -> Result<Header, BerProblem> {
    let (&tag, rest) = bytes.split_first().ok_or(BerProblem::Truncated)?;
    if tag & 0x1f == 0x1f {
        return Err(BerProblem::LongTag);
    }
    let (&first, rest) = rest.split_first().ok_or(BerProblem::Truncated)?;
    match first {
        0x00..=0x7f => Ok(Header { tag, length: Some(usize::from(first)), size: 2 }),
        0x80 if tag & tag::CONSTRUCTED != 0 => Ok(Header { tag, length: None, size: 2 }),
        0x81..=0x84 => {
            let count = usize::from(first & 0x7f);
            let octets = rest.get(..count).ok_or(BerProblem::Truncated)?;
            let length = octets.iter().fold(0_u64, |length, octet| (length << 8) | u64::from(*octet));
            let shortest =
                if length < 0x80 { 0 } else { usize::try_from(8 - length.leading_zeros() / 8).unwrap_or(0) };
            if shortest != count {
                return Err(BerProblem::Length);
            }
            let length = usize::try_from(length).map_err(|_| BerProblem::Length)?;
            Ok(Header { tag, length: Some(length), size: count.saturating_add(2) })
        }
        0x80 | 0x85..=0xff => Err(BerProblem::Length),
    }
}

/// That `bytes` are one DER element all the way down: definite, shortest lengths, shortest integers and object
/// identifiers, empty nulls, strings in one piece, and booleans of 0xff alone: every BOOLEAN of the format is FALSE by
/// default, which DER leaves out (X.690 8.19.2, 10, 11).
pub(crate) fn check_der(bytes: &[u8]) -> Result<(), BerError> {
    let mut ends = [0_usize; MAX_DER_DEPTH];
    let mut depth = 0_usize;
    let mut at = 0_usize;
    loop {
        let error = |problem| BerError { offset: at, problem };
        let limit = depth.checked_sub(1).and_then(|top| ends.get(top)).copied().unwrap_or(bytes.len());
        let header = read_header(bytes.get(at..limit).unwrap_or_default()).map_err(error)?;
        let length = header.length.ok_or(error(BerProblem::Indefinite))?;
        let start = at.saturating_add(header.size);
        let end =
            start.checked_add(length).filter(|end| *end <= limit).ok_or(error(BerProblem::Truncated))?;
        if header.tag & tag::CONSTRUCTED == 0 {
            let content = bytes.get(start..end).unwrap_or_default();
            check_primitive(header.tag, content).map_err(error)?;
            at = end;
        } else {
            if header.tag & tag::CLASS == 0 && !matches!(header.tag, tag::SEQUENCE | tag::SET) {
                return Err(error(BerProblem::NotDer));
            }
            *ends.get_mut(depth).ok_or(error(BerProblem::Depth))? = end;
            depth = depth.saturating_add(1);
            at = start;
        }
        while depth > 0 && ends.get(depth.saturating_sub(1)) == Some(&at) {
            depth = depth.saturating_sub(1);
        }
        if depth == 0 {
            return if at == bytes.len() {
                Ok(())
            } else {
                Err(BerError { offset: at, problem: BerProblem::Trailing })
            };
        }
    }
}

fn check_primitive(tag: u8, content: &[u8]) -> Result<(), BerProblem> {
    let der = match tag {
        tag::BOOLEAN => matches!(content, [0xff]),
        tag::INTEGER => match content {
            [] => false,
            [0x00, second, ..] => *second >= 0x80,
            [0xff, second, ..] => *second < 0x80,
            [..] => true,
        },
        tag::NULL => content.is_empty(),
        tag::OBJECT_IDENTIFIER => is_shortest_identifier(content),
        // X.690 8.9.1, 8.11.1: these two are always constructed.
        tag::PRIMITIVE_SEQUENCE | tag::PRIMITIVE_SET => false,
        // End-of-contents octets have no place in a definite length.
        0x00 => false,
        _ => true,
    };
    if der { Ok(()) } else { Err(BerProblem::NotDer) }
}

/// X.690 8.19.2: there is an arc, the last one ends, and none begins with an octet that adds nothing to it.
fn is_shortest_identifier(content: &[u8]) -> bool {
    let ends = |octet: &u8| octet & 0x80 == 0;
    let mut arcs = content.split_inclusive(ends);
    content.last().is_some_and(ends) && arcs.all(|arc| arc.first() != Some(&0x80))
}

#[cfg(test)]
mod tests {
    use super::{
        BerError, BerProblem, MAX_DER_DEPTH, MAX_INDEFINITE_DEPTH, Reader, check_der, read_header, tag,
    };

    fn header(bytes: &[u8]) -> Result<(Option<usize>, usize), BerProblem> {
        read_header(bytes).map(|header| (header.length, header.size))
    }

    fn der(bytes: &[u8]) -> Result<(), BerProblem> {
        check_der(bytes).map_err(|error| error.problem)
    }

    #[test]
    fn a_length_is_in_its_shortest_form() {
        for (octets, length) in [
            (&[0x00][..], 0),
            (&[0x7f], 0x7f),
            (&[0x81, 0x80], 0x80),
            (&[0x81, 0xff], 0xff),
            (&[0x82, 0x01, 0x00], 0x100),
            (&[0x82, 0xff, 0xff], 0xffff),
            (&[0x83, 0x01, 0x02, 0x03], 0x01_02_03),
            (&[0x84, 0xff, 0xfe, 0xfd, 0xfc], 0xff_fe_fd_fc),
        ] {
            let bytes = [&[tag::OCTET_STRING], octets].concat();
            assert_eq!(header(&bytes), Ok((Some(length), bytes.len())), "{octets:02x?}");
            for cut in 0..bytes.len() {
                assert_eq!(header(bytes.get(..cut).unwrap()), Err(BerProblem::Truncated), "{octets:02x?}");
            }
        }
        for octets in [
            &[0x81, 0x00][..],
            &[0x81, 0x7f],
            &[0x82, 0x00, 0xff],
            &[0x83, 0x00, 0xff, 0xff],
            &[0x84, 0x00, 0xff, 0xff, 0xff],
            &[0x85, 0x01, 0x00, 0x00, 0x00, 0x00],
            &[0xff],
        ] {
            let bytes = [&[tag::OCTET_STRING], octets].concat();
            assert_eq!(header(&bytes), Err(BerProblem::Length), "{octets:02x?}");
        }
    }

    #[test]
    fn a_primitive_type_has_a_definite_length_and_a_tag_one_octet() {
        assert_eq!(header(&[tag::SEQUENCE, 0x80]), Ok((None, 2)));
        assert_eq!(header(&[tag::CONTEXT_0, 0x80]), Ok((None, 2)));
        assert_eq!(header(&[tag::OCTET_STRING, 0x80]), Err(BerProblem::Length));
        assert_eq!(header(&[0x80, 0x80]), Err(BerProblem::Length));
        for long in [0x1f, 0x3f, 0xbf, 0xff] {
            assert_eq!(header(&[long, 0x00]), Err(BerProblem::LongTag));
        }
        assert_eq!(header(&[0x1e, 0x00]), Ok((Some(0), 2)));
    }

    #[test]
    fn indefinite_lengths_nest_so_far_and_are_closed() {
        let nested = |depth: usize| [[tag::SEQUENCE, 0x80].repeat(depth), [0, 0].repeat(depth)].concat();
        let read = |bytes: &[u8]| {
            let mut reader = Reader::new(bytes);
            let element = reader.ber(tag::SEQUENCE)?;
            reader.finish()?;
            Ok::<_, BerError>(element.content().len())
        };
        let deepest = nested(MAX_INDEFINITE_DEPTH);
        assert_eq!(read(&deepest), Ok(deepest.len() - 4));
        let offset = 2 * MAX_INDEFINITE_DEPTH;
        assert_eq!(
            read(&nested(MAX_INDEFINITE_DEPTH + 1)),
            Err(BerError { offset, problem: BerProblem::Depth })
        );
        let unclosed = Err(BerError { offset: 0, problem: BerProblem::Unclosed });
        assert_eq!(read(deepest.get(..deepest.len() - 2).unwrap()), unclosed);
        assert_eq!(read(&[tag::SEQUENCE, 0x80, tag::OCTET_STRING, 5, 0, 0]), unclosed);
        // An end inside an element of definite length is none.
        assert_eq!(read(&[tag::SEQUENCE, 0x80, tag::OCTET_STRING, 2, 0, 0, 0, 0]), Ok(4));
        let trailing = Err(BerError { offset: 4, problem: BerProblem::Trailing });
        assert_eq!(read(&[tag::SEQUENCE, 0x80, 0, 0, 0]), trailing);
    }

    #[test]
    fn values_are_in_their_der_form() {
        for sound in [
            &[0x01, 1, 0xff][..],
            &[0x02, 1, 0x00],
            &[0x02, 2, 0x00, 0x80],
            &[0x02, 2, 0xff, 0x7f],
            &[0x02, 2, 0x01, 0x00],
            &[0x04, 0],
            &[0x05, 0],
            &[0x06, 1, 0x2a],
            &[0x06, 3, 0x2a, 0x81, 0x00],
            &[0x30, 0],
            &[0x31, 2, 0x05, 0],
            &[0xa0, 2, 0x05, 0],
            &[0x80, 1, 0x00],
        ] {
            assert_eq!(der(sound), Ok(()), "{sound:02x?}");
        }
        for wrong in [
            &[0x01, 1, 0x01][..],
            &[0x01, 1, 0x00],
            &[0x01, 0],
            &[0x01, 2, 0xff, 0xff],
            &[0x02, 0],
            &[0x02, 2, 0x00, 0x7f],
            &[0x02, 2, 0xff, 0x80],
            &[0x05, 1, 0x00],
            &[0x06, 0],
            &[0x06, 2, 0x2a, 0x80],
            &[0x06, 3, 0x2a, 0x80, 0x01],
            &[0x06, 2, 0x80, 0x01],
            &[0x10, 0],
            &[0x11, 0],
            &[0x30, 2, 0x00, 0x00],
            &[0x24, 0],
            &[0x2c, 2, 0x0c, 0],
        ] {
            assert_eq!(der(wrong), Err(BerProblem::NotDer), "{wrong:02x?}");
        }
        assert_eq!(der(&[0x30, 0x80, 0, 0]), Err(BerProblem::Indefinite));
        assert_eq!(der(&[0x30, 2, 0x04, 1, 0]), Err(BerProblem::Truncated));
        assert_eq!(der(&[0x30, 3, 0x04, 0]), Err(BerProblem::Truncated));
        assert_eq!(der(&[0x30, 0, 0]), Err(BerProblem::Trailing));
        assert_eq!(der(&[0x05, 0, 0x05, 0]), Err(BerProblem::Trailing));
        assert_eq!(der(&[]), Err(BerProblem::Truncated));
    }

    #[test]
    fn offsets_count_from_the_beginning() {
        let mut reader = Reader::new(&[tag::NULL, 0, tag::SEQUENCE, 2, tag::NULL, 0]);
        reader.der(tag::NULL).unwrap();
        let element = reader.der(tag::SEQUENCE).unwrap();
        assert_eq!(element.not_der(), BerError { offset: 2, problem: BerProblem::NotDer });
        let inner = check_der(&[tag::SEQUENCE, 2, tag::NULL, 1]).unwrap_err();
        assert_eq!(inner, BerError { offset: 2, problem: BerProblem::Truncated });
        assert_eq!(element.shift(inner), BerError { offset: 4, problem: BerProblem::Truncated });
        let actual = element.reader().der(tag::INTEGER).unwrap_err();
        let problem = BerProblem::Tag { expected: tag::INTEGER, actual: tag::NULL };
        assert_eq!(actual, BerError { offset: 4, problem });
    }

    #[test]
    fn elements_nest_so_far() {
        let nested = |depth: usize| {
            (0..depth).rev().fold(Vec::new(), |inner: Vec<u8>, _| {
                [&[tag::SEQUENCE, u8::try_from(inner.len()).unwrap()][..], &inner].concat()
            })
        };
        assert_eq!(der(&nested(MAX_DER_DEPTH)), Ok(()));
        assert_eq!(der(&nested(MAX_DER_DEPTH + 1)), Err(BerProblem::Depth));
    }
}
