//! Where in its last byte a deflate stream ends (RFC 1951), without a second way through it.
//!
//! The decoder tells the last byte that it read, not how many bits of it. But every stream ends with the end-of-block
//! code of its last block, the header of that block says what this code is, and the decoder stops where a block ends.
//! So the stream ends at one of the few places in its last byte at which these bits stand.

/// The symbol that ends a block (RFC 1951, 3.2.5).
const END_OF_BLOCK: usize = 256;
/// The most bits of a code (RFC 1951, 3.2.7).
const MOST_BITS: usize = 15;
/// The order in which the lengths of the code for code lengths come (RFC 1951, 3.2.7).
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
/// Places that are looked at; where there are more, a second way through the stream tells.
const MOST_PLACES: usize = 6;

/// Where the last block of a stream can begin, as far as the decoder's stops tell.
///
/// A place is the number of bytes read at a stop. Of the last of them up to seven bits may not have been used.
#[derive(Default)]
pub(super) struct LastBlock {
    /// The last stop at which a block surely ended, and those behind it at which one may have.
    now: Vec<usize>,
    /// The same before that stop, which can be the end of the stream.
    before: Vec<usize>,
}

/// Whether the first block of the stream is its last (RFC 1951, 3.2.3).
pub(super) fn is_one_block(stream: &[u8]) -> bool {
    stream.first().is_some_and(|first| first & 1 == 1)
}

impl LastBlock {
    /// The next stream begins, and a block with it.
    pub(super) fn begin(&mut self) {
        self.now.clear();
        self.before.clear();
        self.now.push(0);
    }

    /// The decoder stopped after so many bytes, and had both input and room left: a block ended.
    pub(super) fn begins_at(&mut self, read: usize) {
        core::mem::swap(&mut self.now, &mut self.before);
        self.now.clear();
        self.now.push(read);
    }

    /// The decoder stopped after so many bytes, for whatever reason.
    pub(super) fn may_begin_at(&mut self, read: usize) {
        if self.now.len() <= MOST_PLACES {
            self.now.push(read);
        }
    }

    /// Whether the highest bit that is set in the last byte surely belongs to the stream, which is known to end in
    /// that byte. Where this is false, the bit may still do.
    pub(super) fn reaches_highest_bit(&self, stream: &[u8]) -> bool {
        let Some(highest) = stream.last().and_then(|last| last.checked_ilog2()) else {
            return true;
        };
        if self.now.len().max(self.before.len()) > MOST_PLACES {
            return false;
        }
        let mut found = false;
        for end in self.ends(stream).flat_map(|end| end.places(stream)) {
            if end <= highest {
                return false;
            }
            found = true;
        }
        found
    }

    /// How a last block that could begin at one of the places would end.
    fn ends(&self, stream: &[u8]) -> impl Iterator<Item = End> {
        let places = self.before.iter().chain(&self.now);
        let one_block = is_one_block(stream);
        places.flat_map(move |place| {
            let most_unused = if one_block { 0 } else { 7 };
            (0..=most_unused).filter_map(move |unused| {
                Bits::at(stream, place.checked_mul(8)?.checked_sub(unused)?)?.last_block_end()
            })
        })
    }
}

/// How a block ends.
enum End {
    /// With the last byte of a stored block.
    Stored,
    /// With this code, the first bit lowest.
    Code { bits: u32, length: u32 },
}

impl End {
    /// After which bits of its last byte, counted from 1, the stream can end so.
    fn places(self, stream: &[u8]) -> impl Iterator<Item = u32> {
        // A code has at most 15 bits, so three bytes have it wherever in the last of them it ends.
        let tail = stream.iter().rev().take(3).fold(0_u32, |tail, byte| tail << 8 | u32::from(*byte));
        let length = u32::try_from(stream.len().min(3)).unwrap_or(3).saturating_mul(8);
        (1..=8).filter(move |end| match self {
            Self::Stored => *end == 8,
            Self::Code { bits, length: code } => {
                let from = length.saturating_sub(8).saturating_add(*end).checked_sub(code);
                from.is_some_and(|from| tail >> from & mask(code) == bits)
            }
        })
    }
}

const fn mask(bits: u32) -> u32 {
    (1 << bits) - 1
}

/// Reads bits, the lowest of a byte first (RFC 1951, 3.1.1).
struct Bits<'a> {
    rest: &'a [u8],
    held: u32,
    count: u32,
}

impl<'a> Bits<'a> {
    fn at(stream: &'a [u8], bit: usize) -> Option<Self> {
        let mut bits = Self { rest: stream.get(bit / 8..)?, held: 0, count: 0 };
        bits.take(u32::try_from(bit % 8).ok()?)?;
        Some(bits)
    }

    /// Holds at least so many bits, where there are as many; at most 24.
    fn hold(&mut self, count: u32) {
        while self.count < count
            && let [next, rest @ ..] = self.rest
        {
            self.held |= u32::from(*next) << self.count;
            self.count = self.count.saturating_add(8);
            self.rest = rest;
        }
    }

    fn take(&mut self, count: u32) -> Option<u32> {
        self.hold(count);
        self.count = self.count.checked_sub(count)?;
        let taken = self.held & mask(count);
        self.held >>= count;
        Some(taken)
    }

    /// How the block that begins here ends, if it is the last one of its stream (RFC 1951, 3.2.3).
    fn last_block_end(mut self) -> Option<End> {
        match (self.take(1)?, self.take(2)?) {
            (1, 0) => Some(End::Stored),
            // The fixed code (3.2.6).
            (1, 1) => Some(End::Code { bits: 0, length: 7 }),
            (1, 2) => self.dynamic_end(),
            (_, _) => None,
        }
    }

    /// The end-of-block code of a block with codes of its own (RFC 1951, 3.2.7).
    fn dynamic_end(mut self) -> Option<End> {
        let literals = usize::try_from(self.take(5)?).ok()?.checked_add(257)?;
        self.take(5)?;
        let code = self.code_lengths_code()?;
        let (mut at, mut last, mut counts) = (0_usize, None, Counts::default());
        while at < literals {
            let (length, times) = self.code_length(&code, last)?;
            counts.add(at, times.min(literals.saturating_sub(at)), length)?;
            (at, last) = (at.checked_add(times)?, Some(length));
        }
        counts.end_of_block()
    }

    /// The code for code lengths, as a table by the next seven bits: the symbol, and the bits that are its own.
    fn code_lengths_code(&mut self) -> Option<[(u8, u8); 128]> {
        let given = usize::try_from(self.take(4)?).ok()?.checked_add(4)?;
        let mut lengths = [0_u8; 19];
        for symbol in ORDER.into_iter().take(given) {
            *lengths.get_mut(symbol)? = u8::try_from(self.take(3)?).ok()?;
        }
        let mut table = [(0, 0); 128];
        let mut next = 0_u32;
        for length in 1..=7_u8 {
            for (symbol, _) in (0_u8..).zip(lengths).filter(|(_, of)| *of == length) {
                let first = reversed(next >> (7 - u32::from(length)), u32::from(length));
                let step = 1_usize << length;
                let places = table.iter_mut().skip(usize::try_from(first).ok()?).step_by(step);
                places.for_each(|place| *place = (symbol, length));
                next = next.checked_add(128 >> length)?;
            }
        }
        Some(table)
    }

    /// The next code length, and how often it comes (RFC 1951, 3.2.7).
    fn code_length(&mut self, code: &[(u8, u8); 128], last: Option<u8>) -> Option<(u8, usize)> {
        // A symbol and its further bits are 14 at most.
        self.hold(14);
        let (symbol, bits) = *code.get(usize::try_from(self.held & mask(7)).ok()?)?;
        if bits == 0 {
            return None;
        }
        self.take(u32::from(bits))?;
        let (length, further, least) = match symbol {
            16 => (last?, 2, 3),
            17 => (0, 3, 3),
            18 => (0, 7, 11),
            length => return Some((length, 1)),
        };
        let times = usize::try_from(self.take(further)?).ok()?;
        Some((length, times.checked_add(least)?))
    }
}

/// What of the code lengths of literals and lengths of matches tells the code of the symbol that ends a block.
#[derive(Default)]
struct Counts {
    /// How many symbols have a code of each length.
    all: [u32; MOST_BITS + 1],
    /// The length of the end-of-block code, and how many symbols before it have one as long.
    end: Option<(u8, u32)>,
}

impl Counts {
    /// So many symbols, from `at` on, have codes of this length.
    fn add(&mut self, at: usize, times: usize, length: u8) -> Option<()> {
        let count = self.all.get_mut(usize::from(length))?;
        if let Some(before) = END_OF_BLOCK.checked_sub(at).filter(|before| *before < times) {
            self.end = Some((length, count.checked_add(u32::try_from(before).ok()?)?));
        }
        *count = count.checked_add(u32::try_from(times).ok()?)?;
        Some(())
    }

    /// The code, by RFC 1951, 3.2.2.
    fn end_of_block(&self) -> Option<End> {
        let (own, ahead) = self.end.filter(|(own, _)| *own > 0)?;
        let shorter = self.all.iter().take(usize::from(own)).skip(1);
        let first = shorter.fold(0_u32, |code, count| code.saturating_add(*count) << 1);
        let (code, length) = (first.checked_add(ahead)?, u32::from(own));
        (code <= mask(length)).then(|| End::Code { bits: reversed(code, length), length })
    }
}

/// Codes stand in the stream with their highest bit first (RFC 1951, 3.1.1).
const fn reversed(code: u32, length: u32) -> u32 {
    code.reverse_bits() >> (32 - length)
}

#[cfg(test)]
mod tests {
    use zlib_rs::{Deflate, DeflateFlush, Inflate, InflateFlush, Status};

    use super::{LastBlock, is_one_block};

    /// Text whose letters are as many as wanted.
    fn text(seed: u32, length: usize, letters: u32) -> Vec<u8> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            u8::try_from((state >> 16) % letters).unwrap()
        };
        (0..length).map(|_| next()).collect()
    }

    fn deflated(text: &[u8], level: i32) -> Vec<u8> {
        let mut stream = vec![0; text.len() * 2 + 100];
        let mut deflate = Deflate::new(level, false, 15);
        assert_eq!(deflate.compress(text, &mut stream, DeflateFlush::Finish), Ok(Status::StreamEnd));
        stream.truncate(usize::try_from(deflate.total_out()).unwrap());
        stream
    }

    /// Where the last block can begin, by a decoder that has so much room at once.
    fn stops(stream: &[u8], room: usize) -> LastBlock {
        let mut last_block = LastBlock::default();
        last_block.begin();
        let (mut inflate, mut output) = (Inflate::new(false, 15), vec![0; room]);
        let mut read = 0;
        loop {
            let made = inflate.total_out();
            let status = inflate.decompress(&stream[read..], &mut output, InflateFlush::Block).unwrap();
            read = usize::try_from(inflate.total_in()).unwrap();
            let made = usize::try_from(inflate.total_out() - made).unwrap();
            match status {
                Status::StreamEnd => return last_block,
                Status::Ok | Status::BufError if is_one_block(stream) => {}
                Status::Ok | Status::BufError if made < room && read < stream.len() => {
                    last_block.begins_at(read);
                }
                Status::Ok | Status::BufError => last_block.may_begin_at(read),
            }
        }
    }

    /// Whether the text is all that comes of the stream, to its last byte.
    fn inflates_to(stream: &[u8], text: &[u8]) -> bool {
        let mut output = vec![0; text.len() + 1];
        let mut inflate = Inflate::new(false, 15);
        let status = inflate.decompress(stream, &mut output, InflateFlush::Finish);
        let ended =
            status == Ok(Status::StreamEnd) && inflate.total_in() == u64::try_from(stream.len()).unwrap();
        ended && inflate.total_out() == u64::try_from(text.len()).unwrap() && output.starts_with(text)
    }

    #[test]
    fn a_bit_behind_the_stream_is_never_taken_for_one_of_it() {
        let (mut told, mut streams) = (0, 0);
        for (seed, length) in (0..).zip([0, 1, 2, 9, 70, 300, 301, 302, 5_000, 40_000, 200_000]) {
            for letters in [1, 2, 5, 60, 256] {
                for level in [0, 1, 6, 9] {
                    let text = text(seed + letters, length, letters);
                    let stream = deflated(&text, level);
                    streams += 1;
                    told += usize::from(stops(&stream, 300_000).reaches_highest_bit(&stream));
                    for bit in 0..8 {
                        let mut set = stream.clone();
                        *set.last_mut().unwrap() |= 1 << bit;
                        if !inflates_to(&set, &text) {
                            continue;
                        }
                        let mut cleared = set.clone();
                        *cleared.last_mut().unwrap() &= !(1 << set.last().unwrap().ilog2());
                        let is_of_the_stream = !inflates_to(&cleared, &text);
                        for room in [1_usize, 700, 65_536, 300_000] {
                            if room < length / 1000 {
                                continue;
                            }
                            let reaches = stops(&set, room).reaches_highest_bit(&set);
                            assert!(!reaches || is_of_the_stream, "{length} {letters} {level} {bit} {room}");
                        }
                    }
                }
            }
        }
        assert!(told * 10 > streams * 9, "{told} of {streams} need no second way");
    }
}
