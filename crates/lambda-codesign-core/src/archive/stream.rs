//! One deflate stream (RFC 1951) to its last bit.

use crc32fast::Hasher;
use sirocco::Format;
use sirocco::inflate::{Decoder, Progress};

use super::output::Output;
use super::records::wide;

/// How far back a match reaches (RFC 1951, 2).
pub(super) const WINDOW: usize = 32 * 1024;

/// A body to be inflated.
#[derive(Clone, Copy)]
pub(super) struct Body<'b> {
    /// All but the last byte.
    pub(super) head: &'b [u8],
    pub(super) last: u8,
    /// The size that the records declare.
    pub(super) declared: u64,
}

/// What came of inflating a body.
pub(super) struct Inflated {
    pub(super) stop: Stop,
    pub(super) size: u64,
    pub(super) crc: u32,
    pub(super) bits: LastBits,
}

impl Inflated {
    /// Something that is no such stream, whatever came of it.
    const fn refused(stop: Stop) -> Self {
        Self { stop, size: 0, crc: 0, bits: LastBits::OfTheStream }
    }
}

/// Why inflating stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stop {
    /// The stream ended, before this many bytes.
    Ended { unread: usize },
    /// It went past the declared size, and no further than one byte.
    Longer,
    /// It is no deflate stream (RFC 1951), or goes on where the bytes do not.
    Malformed,
}

/// Whose the bits are that are set in the last byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum LastBits {
    OfTheStream,
    /// One is set behind the end of the stream.
    Behind,
}

/// A decoder that is stopped before the last byte of a stream, so that this byte can be tried in several ways.
///
/// No decoder tells how many bits of the last byte belong to the stream. But a bit behind its end can be turned over without
/// a trace.
pub(super) struct Stream {
    decoder: Box<Decoder>,
    before_last: Box<Decoder>,
    /// What the last byte made.
    made: Vec<u8>,
}

impl Stream {
    pub(super) fn new() -> Self {
        let decoder = || Box::new(Decoder::new(Format::Deflate));
        Self { decoder: decoder(), before_last: decoder(), made: Vec::new() }
    }

    /// Inflates a body into room for one byte more than are declared.
    pub(super) fn whole(&mut self, body: Body<'_>, room: &mut [u8]) -> Inflated {
        let Body { head, last, declared } = body;
        self.decoder.reset();
        let Ok(step) = self.decoder.decompress(head, room, false) else {
            return Inflated::refused(Stop::Malformed);
        };
        let (at, done, unread) = (step.output.len(), step.done, head.len().saturating_sub(step.consumed));
        let end = match (done, unread) {
            _ if wide(at) > declared => return Inflated::refused(Stop::Longer),
            (true, unread) => End::before(unread),
            (false, 0) => self.end(last, room, at),
            (false, _) => End::malformed(),
        };
        let size = at.saturating_add(end.made);
        if wide(size) > declared {
            return Inflated::refused(Stop::Longer);
        }
        let crc = crc32fast::hash(room.get(..size).unwrap_or_default());
        Inflated { stop: end.stop, size: wide(size), crc, bits: end.bits }
    }

    /// Inflates a body that nobody has room for, part by part.
    pub(super) fn in_parts<'a>(
        &mut self,
        body: Body<'_>,
        scratch: &mut [u8],
        output: &mut impl Output<'a>,
    ) -> Inflated {
        let mut crc = Hasher::new();
        let mut hand_on = |part: &[u8]| {
            crc.update(part);
            output.part(part);
        };
        let (end, at, size) = match head_in_parts(&mut self.decoder, body, scratch, &mut hand_on) {
            Head::Refused(stop) => return Inflated::refused(stop),
            Head::Ended { unread, size } => (End::before(unread), 0, size),
            Head::Read { at, size } => {
                let end = self.end(body.last, up_to(scratch, at, body.declared.saturating_sub(size)), at);
                (end, at, size)
            }
        };
        let size = size.saturating_add(wide(end.made));
        if size > body.declared {
            return Inflated::refused(Stop::Longer);
        }
        hand_on(scratch.get(at..at.saturating_add(end.made)).unwrap_or_default());
        Inflated { stop: end.stop, size, crc: crc.finalize(), bits: end.bits }
    }

    /// The end of a stream by its last byte, behind so many bytes of output.
    fn end(&mut self, last: u8, room: &mut [u8], at: usize) -> End {
        self.before_last.clone_from(&self.decoder);
        match self.decoder.decompress(&[last], room, true) {
            Ok(Progress { consumed: 1, output, done: true, .. }) => {
                self.made.clear();
                self.made.extend_from_slice(output);
                let (stop, made) = (Stop::Ended { unread: 0 }, output.len());
                End { stop, made, bits: self.last_bits(last, room, at) }
            }
            Ok(Progress { output, done: true, .. }) => End { made: output.len(), ..End::before(0) },
            // There is no room for more: the caller sees by the size that the stream is longer.
            Ok(Progress { output, .. }) => End { made: output.len(), ..End::malformed() },
            Err(_) => End::malformed(),
        }
    }

    /// Whose the highest bit is that is set in the last byte, in which the stream ended.
    ///
    /// If it stands behind the stream, nothing changes where it or one above it is turned over. If it belongs to the
    /// stream, so does the stream's last bit, which is this one or one above: the last of an end-of-block code, without
    /// which there is another symbol or none, or one of a stored block's.
    fn last_bits(&mut self, last: u8, room: &mut [u8], at: usize) -> LastBits {
        // The stream reaches into its last byte, so the lowest bit there belongs to it.
        let Some(highest @ 1..) = last.checked_ilog2() else {
            return LastBits::OfTheStream;
        };
        let is_behind = (highest..8).all(|bit| self.is_the_same_with(last ^ 1 << bit, room));
        room.iter_mut().skip(at).zip(&self.made).for_each(|(to, from)| *to = *from);
        if is_behind { LastBits::Behind } else { LastBits::OfTheStream }
    }

    /// Whether the stream ends with this last byte too, and makes the same of it.
    fn is_the_same_with(&mut self, last: u8, room: &mut [u8]) -> bool {
        self.decoder.clone_from(&self.before_last);
        let step = self.decoder.decompress(&[last], room, true);
        matches!(step, Ok(Progress { consumed: 1, output, done: true, .. }) if output == self.made)
    }
}

/// What came of all but the last byte of a body.
enum Head {
    Refused(Stop),
    /// The stream ended before so many bytes of it.
    Ended {
        unread: usize,
        size: u64,
    },
    /// All of it is read; what comes next goes to the scratch from here.
    Read {
        at: usize,
        size: u64,
    },
}

fn head_in_parts(
    decoder: &mut Decoder,
    body: Body<'_>,
    scratch: &mut [u8],
    hand_on: &mut impl FnMut(&[u8]),
) -> Head {
    decoder.reset();
    let (mut rest, mut at, mut size) = (body.head, 0_usize, 0_u64);
    loop {
        let room = up_to(scratch, at, body.declared.saturating_sub(size));
        let Ok(Progress { consumed, output, done, full, .. }) = decoder.decompress(rest, room, false) else {
            return Head::Refused(Stop::Malformed);
        };
        (at, size) = (at.saturating_add(output.len()), size.saturating_add(wide(output.len())));
        rest = rest.get(consumed..).unwrap_or_default();
        if size > body.declared {
            return Head::Refused(Stop::Longer);
        }
        hand_on(output);
        if done {
            return Head::Ended { unread: rest.len(), size };
        }
        // The window alone stays: the last byte and the bits before it make far less than there is room for then.
        at = at.saturating_sub(decoder.make_room(scratch));
        match rest {
            _ if full => {}
            [] => return Head::Read { at, size },
            [_, ..] => return Head::Refused(Stop::Malformed),
        }
    }
}

/// The scratch, of which what stands before `at` is taken, up to one byte more than are left of the declared size.
fn up_to(scratch: &mut [u8], at: usize, left: u64) -> &mut [u8] {
    let left = usize::try_from(left).unwrap_or(usize::MAX);
    let end = at.saturating_add(left).saturating_add(1).min(scratch.len());
    scratch.get_mut(..end).unwrap_or_default()
}

/// How a stream ended, and the bytes that were made on the way.
struct End {
    stop: Stop,
    made: usize,
    bits: LastBits,
}

impl End {
    /// Before the last byte, and so many before that.
    const fn before(unread: usize) -> Self {
        let unread = unread.saturating_add(1);
        Self { stop: Stop::Ended { unread }, made: 0, bits: LastBits::OfTheStream }
    }

    const fn malformed() -> Self {
        Self { stop: Stop::Malformed, made: 0, bits: LastBits::OfTheStream }
    }
}

#[cfg(test)]
mod tests {
    use zlib_rs::{Deflate, DeflateFlush, Inflate, InflateFlush, Status};

    use super::super::output::Whole;
    use super::{Body, Inflated, LastBits, Stop, Stream, WINDOW};

    /// Letters, as many as wanted.
    struct Letters(u32);

    impl Letters {
        fn next(&mut self, of: u32) -> u32 {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.0 >> 16) % of
        }

        fn text(seed: u32, length: usize, letters: u32) -> Vec<u8> {
            let mut random = Self(seed);
            (0..length).map(|_| u8::try_from(random.next(letters)).unwrap()).collect()
        }
    }

    fn deflated(text: &[u8], level: i32) -> Vec<u8> {
        let mut stream = vec![0; text.len() * 2 + 100];
        let mut deflate = Deflate::new(level, false, 15);
        assert_eq!(deflate.compress(text, &mut stream, DeflateFlush::Finish), Ok(Status::StreamEnd));
        stream.truncate(usize::try_from(deflate.total_out()).unwrap());
        stream
    }

    /// What zlib makes of the stream where it ends with its last byte, and no more than wanted comes of it.
    fn by_zlib(stream: &[u8], at_most: usize) -> Option<Vec<u8>> {
        let mut output = vec![0; at_most + 1];
        let mut inflate = Inflate::new(false, 15);
        let status = inflate.decompress(stream, &mut output, InflateFlush::Finish).ok()?;
        output.truncate(usize::try_from(inflate.total_out()).unwrap());
        let ends = status == Status::StreamEnd && inflate.total_in() == u64::try_from(stream.len()).unwrap();
        (ends && output.len() <= at_most).then_some(output)
    }

    /// What we make of it, the same at once and in parts.
    fn by_us(own: &mut Stream, stream: &[u8], declared: usize) -> (Inflated, Vec<u8>) {
        let (last, head) = stream.split_last().unwrap();
        let body = Body { head, last: *last, declared: u64::try_from(declared).unwrap() };
        let mut room = vec![0; declared + 1];
        let whole = own.whole(body, &mut room);
        let (mut scratch, mut kept) = (vec![0; WINDOW + 17_000], Whole::default());
        let parts = own.in_parts(body, &mut scratch, &mut kept);
        assert_eq!(
            (whole.stop, whole.size, whole.crc, whole.bits),
            (parts.stop, parts.size, parts.crc, parts.bits)
        );
        room.truncate(usize::try_from(whole.size).unwrap());
        if whole.stop == (Stop::Ended { unread: 0 }) {
            assert!(room == kept.into_body() && whole.crc == crc32fast::hash(&room));
        }
        (whole, room)
    }

    #[test]
    fn a_bit_is_behind_the_stream_if_nothing_changes_without_it() {
        let (mut own, mut behind, mut of_the_stream) = (Stream::new(), 0, 0);
        for (seed, length) in (0..).zip([0, 1, 2, 9, 70, 300, 301, 302, 5_000, 40_000, 200_000]) {
            for letters in [1, 2, 5, 60, 256] {
                for level in [0, 1, 6, 9] {
                    let text = Letters::text(seed + letters, length, letters);
                    let stream = deflated(&text, level);
                    for bit in 0..8 {
                        let mut set = stream.clone();
                        *set.last_mut().unwrap() |= 1 << bit;
                        if by_zlib(&set, length).as_deref() != Some(&text) {
                            continue;
                        }
                        let mut cleared = set.clone();
                        *cleared.last_mut().unwrap() &= !(1 << set.last().unwrap().ilog2());
                        let expected = if by_zlib(&cleared, length).as_deref() == Some(&text) {
                            behind += 1;
                            LastBits::Behind
                        } else {
                            of_the_stream += 1;
                            LastBits::OfTheStream
                        };
                        let (inflated, output) = by_us(&mut own, &set, length);
                        assert_eq!(inflated.bits, expected, "{length} {letters} {level} {bit}");
                        assert!(inflated.stop == (Stop::Ended { unread: 0 }) && output == text);
                    }
                }
            }
        }
        assert!(behind > 200 && of_the_stream > 200, "{behind} {of_the_stream}");
    }

    /// Bits in the order in which RFC 1951, 3.1.1 has them.
    #[derive(Default)]
    struct BitWriter {
        bytes: Vec<u8>,
        count: usize,
    }

    impl BitWriter {
        fn put(&mut self, value: u32, bits: usize) {
            for bit in 0..bits {
                if self.count.is_multiple_of(8) {
                    self.bytes.push(0);
                }
                let one = u8::try_from(value >> bit & 1).unwrap();
                *self.bytes.last_mut().unwrap() |= one << (self.count % 8);
                self.count += 1;
            }
        }
    }

    /// Twenty times `a`, and a last block of matches of three bytes, six bytes back, whose code for its end is 0: the
    /// highest bit that is set is one of the last distance's, and without it the match is one of five bytes back.
    fn ends_with_a_distance(matches: usize) -> BitWriter {
        let mut bits = BitWriter { bytes: [&[0, 20, 0, 235, 255][..], &[b'a'; 20]].concat(), count: 25 * 8 };
        for (value, count) in [(1, 1), (2, 2), (1, 5), (4, 5), (14, 4)] {
            bits.put(value, count);
        }
        // The code for code lengths: 1 is "0", 17 is "10", 18 is "11".
        for length in [0, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] {
            bits.put(length, 3);
        }
        // 256 zeros, the two codes of one bit for 256 and 257, four zeros, and that for the distances from five.
        for (value, count) in [(3, 2), (127, 7), (3, 2), (107, 7), (0, 1), (0, 1), (1, 2), (1, 3), (0, 1)] {
            bits.put(value, count);
        }
        for _ in 0..matches {
            for bit in [1, 0, 1] {
                bits.put(bit, 1);
            }
        }
        bits.put(0, 1);
        bits
    }

    #[test]
    fn a_bit_without_which_the_same_bytes_are_copied_from_elsewhere_is_one_of_the_stream() {
        let (mut own, mut told_by_output) = (Stream::new(), 0);
        for matches in 1..=16 {
            let BitWriter { bytes: stream, count } = ends_with_a_distance(matches);
            let text = vec![b'a'; 20 + matches * 3];
            assert_eq!(by_zlib(&stream, text.len()).as_deref(), Some(text.as_slice()));
            let (inflated, output) = by_us(&mut own, &stream, text.len());
            assert_eq!((inflated.bits, output), (LastBits::OfTheStream, text.clone()), "{matches}");

            let mut cleared = stream.clone();
            let last = cleared.last_mut().unwrap();
            if let Some(highest) = last.checked_ilog2() {
                *last &= !(1 << highest);
                told_by_output += usize::from(by_zlib(&cleared, text.len()).as_deref() != Some(&text));
            }
            if !count.is_multiple_of(8) {
                let mut set = stream;
                *set.last_mut().unwrap() |= 1 << (count % 8);
                assert_eq!(by_us(&mut own, &set, text.len()).0.bits, LastBits::Behind, "{matches}");
            }
        }
        assert!(told_by_output < 16, "the output tells of each distance");
    }

    /// In the last byte a literal twice, and a match that could copy it from one byte further.
    #[test]
    fn so_is_one_without_which_they_are_copied_from_what_the_last_byte_made() {
        let stream = [0x0d, 0xc1, 0x01, 0x01, 0, 0, 0, 0x80, 0x90, 0xad, 0xfd, 0x3f, 0x21, 0x5a, 0x75];
        let text = by_zlib(&stream, 100).unwrap();
        let (inflated, output) = by_us(&mut Stream::new(), &stream, text.len());
        assert_eq!((inflated.bits, output), (LastBits::OfTheStream, text));
    }

    #[test]
    fn what_zlib_takes_is_taken_and_nothing_else() {
        let (mut own, mut taken, mut refused) = (Stream::new(), 0, 0);
        let mut random = Letters(7);
        for (seed, length) in (0..).zip([1_usize, 40, 400, 2_000, 60_000]) {
            for (letters, level) in [(2, 6), (20, 1), (20, 9), (256, 0), (60, 6)] {
                let stream = deflated(&Letters::text(seed, length, letters), level);
                for _ in 0..300 {
                    let mut changed = stream.clone();
                    for _ in 0..=random.next(3) {
                        let within = u32::try_from(changed.len().min(4_000)).unwrap();
                        let at = usize::try_from(random.next(within)).unwrap();
                        changed[at] ^= u8::try_from(random.next(255) + 1).unwrap();
                    }
                    if random.next(4) == 0 {
                        let cut = usize::try_from(random.next(20)).unwrap();
                        changed.truncate(changed.len().saturating_sub(cut).max(1));
                    }
                    let at_most = length + usize::try_from(random.next(300)).unwrap();
                    let (inflated, output) = by_us(&mut own, &changed, at_most);
                    let ours = (inflated.stop == Stop::Ended { unread: 0 }).then_some(output);
                    assert!(ours == by_zlib(&changed, at_most), "{length} {letters} {level} {changed:?}");
                    if ours.is_some() { taken += 1 } else { refused += 1 }
                }
            }
        }
        assert!(taken > 500 && refused > 500, "{taken} {refused}");
    }
}
