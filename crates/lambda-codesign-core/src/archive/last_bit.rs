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
        let mut lengths = [0_u8; 257 + 31];
        let mut at = 0;
        while at < literals {
            let (length, times) = self.code_length(&code, lengths.get(..at)?)?;
            let run = lengths.get_mut(at..at.saturating_add(times).min(literals))?;
            run.fill(length);
            at = at.checked_add(times)?;
        }
        end_of_block(lengths.get(..literals)?)
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
    fn code_length(&mut self, code: &[(u8, u8); 128], before: &[u8]) -> Option<(u8, usize)> {
        // A symbol and its further bits are 14 at most.
        self.hold(14);
        let (symbol, bits) = *code.get(usize::try_from(self.held & mask(7)).ok()?)?;
        if bits == 0 {
            return None;
        }
        self.take(u32::from(bits))?;
        let (length, further, least) = match symbol {
            16 => (*before.last()?, 2, 3),
            17 => (0, 3, 3),
            18 => (0, 7, 11),
            length => return Some((length, 1)),
        };
        let times = usize::try_from(self.take(further)?).ok()?;
        Some((length, times.checked_add(least)?))
    }
}

/// The code of the symbol that ends a block, among codes of these lengths (RFC 1951, 3.2.2).
fn end_of_block(lengths: &[u8]) -> Option<End> {
    let own = *lengths.get(END_OF_BLOCK).filter(|own| (1..=MOST_BITS).contains(&usize::from(**own)))?;
    let mut counts = [0_u32; MOST_BITS + 1];
    for length in lengths {
        let count = counts.get_mut(usize::from(*length))?;
        *count = count.saturating_add(1);
    }
    let shorter = counts.iter().take(usize::from(own)).skip(1);
    let first = shorter.fold(0_u32, |code, count| code.saturating_add(*count) << 1);
    let ahead = lengths.iter().take(END_OF_BLOCK).filter(|length| **length == own).count();
    let code = first.checked_add(u32::try_from(ahead).ok()?)?;
    let length = u32::from(own);
    (code <= mask(length)).then(|| End::Code { bits: reversed(code, length), length })
}

/// Codes stand in the stream with their highest bit first (RFC 1951, 3.1.1).
const fn reversed(code: u32, length: u32) -> u32 {
    code.reverse_bits() >> (32 - length)
}
