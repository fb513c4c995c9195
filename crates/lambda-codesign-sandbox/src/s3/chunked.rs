//! The `aws-chunked` content encoding: `SIZE[;chunk-signature=...]` CRLF, bytes, CRLF, and so on to a chunk of size 0,
//! then trailers and an empty line (S3 API reference, "Signature calculations ... multiple chunks").
//!
//! Signatures of chunks are passed over, as all signatures are.

use bytes::Bytes;

/// The longest line: a size, a signature, a checksum, and room.
const LINE: usize = 1024;
/// The most trailers; one checksum and one signature are sent.
const TRAILERS: usize = 8;

/// Why a body is not `aws-chunked`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChunkFault {
    /// It breaks the format.
    Malformed,
    /// It ends before its last line.
    Incomplete,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Size,
    Data { left: u64 },
    DataEnd,
    Trailer,
    Done,
}

/// Takes the chunks off a body as it comes, holding one line at most.
pub(super) struct Decoder {
    state: State,
    line: Vec<u8>,
    trailers: Vec<(String, String)>,
}

impl Decoder {
    pub(super) const fn new() -> Self {
        Self { state: State::Size, line: Vec::new(), trailers: Vec::new() }
    }

    /// Takes the next bytes of an object off `input`; none where all input is used up.
    pub(super) fn next(&mut self, input: &mut Bytes) -> Result<Option<Bytes>, ChunkFault> {
        while !input.is_empty() {
            match self.state {
                State::Data { left } => return Ok(Some(self.data(left, input))),
                State::Done => return Err(ChunkFault::Malformed),
                State::Size | State::DataEnd | State::Trailer => {
                    let Some(line) = self.line(input)? else { return Ok(None) };
                    self.state = self.after(&line)?;
                }
            }
        }
        Ok(None)
    }

    fn data(&mut self, left: u64, input: &mut Bytes) -> Bytes {
        let take = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
        let bytes = input.split_to(take);
        let left = left.saturating_sub(u64::try_from(take).unwrap_or(u64::MAX));
        self.state = if left == 0 { State::DataEnd } else { State::Data { left } };
        bytes
    }

    /// A line without its CRLF, once it is whole.
    fn line(&mut self, input: &mut Bytes) -> Result<Option<String>, ChunkFault> {
        let end = input.iter().position(|byte| *byte == b'\n');
        let part = input.split_to(end.map_or(input.len(), |end| end.saturating_add(1)));
        if self.line.len().saturating_add(part.len()) > LINE {
            return Err(ChunkFault::Malformed);
        }
        self.line.extend_from_slice(&part);
        if end.is_none() {
            return Ok(None);
        }
        let line = std::mem::take(&mut self.line);
        let line = line.strip_suffix(b"\r\n").ok_or(ChunkFault::Malformed)?;
        std::str::from_utf8(line).map(|line| Some(line.to_owned())).map_err(|_| ChunkFault::Malformed)
    }

    fn after(&mut self, line: &str) -> Result<State, ChunkFault> {
        match self.state {
            State::DataEnd if line.is_empty() => Ok(State::Size),
            State::Size => match size(line)? {
                0 => Ok(State::Trailer),
                left => Ok(State::Data { left }),
            },
            State::Trailer if line.is_empty() => Ok(State::Done),
            State::Trailer if self.trailers.len() < TRAILERS => {
                let (name, value) = line.split_once(':').ok_or(ChunkFault::Malformed)?;
                self.trailers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
                Ok(State::Trailer)
            }
            State::Trailer | State::DataEnd | State::Data { .. } | State::Done => Err(ChunkFault::Malformed),
        }
    }

    /// The trailers of a body that has ended.
    pub(super) fn finish(&self) -> Result<&[(String, String)], ChunkFault> {
        match self.state {
            State::Done => Ok(&self.trailers),
            State::Size | State::Data { .. } | State::DataEnd | State::Trailer => Err(ChunkFault::Incomplete),
        }
    }
}

fn size(line: &str) -> Result<u64, ChunkFault> {
    let digits = line.split(';').next().unwrap_or_default();
    // `from_str_radix` takes a sign.
    if digits.len() > 16 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(ChunkFault::Malformed);
    }
    u64::from_str_radix(digits, 16).map_err(|_| ChunkFault::Malformed)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{ChunkFault, Decoder, LINE};

    type Decoded = (Vec<u8>, Vec<(String, String)>);

    /// Decodes a body that arrives in pieces of this size.
    fn decode(body: &[u8], piece: usize) -> Result<Decoded, ChunkFault> {
        let mut decoder = Decoder::new();
        let mut found = Vec::new();
        for piece in body.chunks(piece) {
            let mut input = Bytes::copy_from_slice(piece);
            while let Some(bytes) = decoder.next(&mut input)? {
                found.extend_from_slice(&bytes);
            }
        }
        decoder.finish().map(|trailers| (found, trailers.to_vec()))
    }

    #[test]
    fn chunks_and_trailers_come_off_however_the_body_arrives() {
        let body =
            b"5\r\nhello\r\n6;chunk-signature=00ff\r\n world\r\n0\r\nx-amz-checksum-crc32: DUoRhQ==\r\n\r\n";
        for piece in 1..=body.len() {
            let (bytes, trailers) = decode(body, piece).unwrap();
            assert_eq!(bytes, b"hello world");
            assert_eq!(trailers, [("x-amz-checksum-crc32".to_owned(), "DUoRhQ==".to_owned())]);
        }
    }

    #[test]
    fn an_empty_body_has_a_last_chunk_too() {
        assert_eq!(decode(b"0;chunk-signature=aa\r\n\r\n", 3).unwrap(), (Vec::new(), Vec::new()));
    }

    #[test]
    fn every_body_cut_short_is_incomplete() {
        let body = b"3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n";
        for end in 0..body.len() {
            assert_eq!(decode(&body[..end], 7), Err(ChunkFault::Incomplete), "{end} bytes");
        }
        decode(body, 7).unwrap();
    }

    #[test]
    fn what_breaks_the_format_is_refused() {
        let long = [b"1;".as_slice(), &[b'a'; LINE], b"\r\n"].concat();
        for body in [
            b"g\r\n".as_slice(),
            b"+1\r\na\r\n0\r\n\r\n",
            b"-1\r\n",
            b"\r\n",
            b"11112222333344445\r\n",
            b"1\na\r\n0\r\n\r\n",
            b"1\r\nab\r\n0\r\n\r\n",
            b"0\r\nno colon\r\n\r\n",
            b"0\r\n\r\nmore",
            &long,
        ] {
            let found = decode(body, 5);
            assert!(
                matches!(found, Err(ChunkFault::Malformed | ChunkFault::Incomplete)),
                "{:?}: {found:?}",
                String::from_utf8_lossy(body)
            );
        }
    }

    #[test]
    fn a_size_allocates_nothing() {
        assert_eq!(decode(b"ffffffffffffffff\r\nabc", 64), Err(ChunkFault::Incomplete));
    }
}
