//! Bodies: inflated once, in bounded memory, and held to what the records declare.

use core::num::NonZeroUsize;

use crc32fast::Hasher;
use zlib_rs::{Inflate, InflateFlush, Status};

use super::entry::{Entry, Method};
use super::error::ArchiveError;
use super::kinds::EntryKind;
use super::last_bit::{self, LastBlock};
use super::links;
use super::output::{Discarded, Output, Whole};
use super::records::wide;

/// The window of deflate, as a power of two (RFC 1951, 2).
const WINDOW_BITS: u8 = 15;

/// Reads bodies one after the other, with one decoder.
pub(super) struct Bodies {
    inflate: Inflate,
    last_block: LastBlock,
}

impl Bodies {
    pub(super) fn new() -> Self {
        Self { inflate: Inflate::new(false, WINDOW_BITS), last_block: LastBlock::default() }
    }

    /// Hands on the entry's body in parts; what was handed on counts only if this returns `Ok`.
    pub(super) fn read<'a>(
        &mut self,
        entry: &Entry<'a>,
        output: &mut impl Output<'a>,
    ) -> Result<(), ArchiveError> {
        match entry.kind() {
            EntryKind::File | EntryKind::Directory => self.checked(entry, output),
            EntryKind::Symlink => {
                // At most 1,024 bytes (A4), so no target is handed on before it was looked at.
                let mut target = Whole::default();
                self.checked(entry, &mut target)?;
                let target = target.into_body();
                links::stays_inside(entry, &target)?;
                hand_on(&target, output);
                Ok(())
            }
        }
    }

    fn checked<'a>(&mut self, entry: &Entry<'a>, output: &mut impl Output<'a>) -> Result<(), ArchiveError> {
        let body = entry.body();
        match (entry.method(), body.split_last()) {
            // Of the declared size by A2.
            (Method::Stored, _) => {
                output.in_place(body);
                checksum(entry, crc32fast::hash(body))
            }
            (Method::Deflated, None) => Err(malformed(entry)),
            (Method::Deflated, Some((&last, head))) => {
                let inflated = self.inflate(entry, output);
                one_stream(entry, &inflated)?;
                if self.last_block.reaches_highest_bit(body) {
                    return Ok(());
                }
                self.no_trailing_bits(entry, head, last, &inflated)
            }
        }
    }

    fn inflate<'a>(&mut self, entry: &Entry<'a>, output: &mut impl Output<'a>) -> Inflated {
        let Self { inflate, last_block } = self;
        inflate.reset(false);
        last_block.begin();
        let flush = if last_bit::is_one_block(entry.body()) {
            // Where all of the output has room at once, nothing of it is kept for what could follow.
            InflateFlush::Finish
        } else {
            InflateFlush::Block
        };
        let mut pass =
            Pass { inflate, last_block, flush, declared: entry.size(), size: 0, crc: Hasher::new() };
        let stop = pass.feed(entry.body(), output);
        Inflated { stop, size: pass.size, crc: pass.crc.finalize() }
    }

    /// No bit is set in the last byte behind the end of the stream, found out by a second way through it.
    ///
    /// The decoder does not tell how many bits of it belong to the stream. But a bit that does not can be cleared
    /// without a trace, and any other can't: it would change the end or the output, and the CRC-32 with it. So the
    /// highest bit that is set is cleared, and the stream inflated once more.
    fn no_trailing_bits(
        &mut self,
        entry: &Entry<'_>,
        head: &[u8],
        last: u8,
        inflated: &Inflated,
    ) -> Result<(), ArchiveError> {
        // The stream reaches into its last byte, so the lowest bit there belongs to it.
        let Some(highest @ 1..) = last.checked_ilog2() else {
            return Ok(());
        };
        let cleared = last & !(1 << highest);
        if self.inflate_parts(entry.size(), head, cleared) == *inflated {
            let offset = entry.body_offset().saturating_add(head.len());
            return Err(ArchiveError::DeflateTrailingBits { entry: entry.shown(), offset, actual: last });
        }
        Ok(())
    }

    /// What comes of the bytes `head` and then the byte `last`.
    fn inflate_parts(&mut self, declared: u64, head: &[u8], last: u8) -> Inflated {
        let Self { inflate, last_block } = self;
        inflate.reset(false);
        let flush = InflateFlush::NoFlush;
        let mut pass = Pass { inflate, last_block, flush, declared, size: 0, crc: Hasher::new() };
        let mut discarded = Discarded::default();
        let stop = match pass.feed(head, &mut discarded) {
            Stop::Ended { unread } => Stop::Ended { unread: unread.saturating_add(1) },
            Stop::Starved => pass.feed(&[last], &mut discarded),
            stop @ (Stop::Longer | Stop::Malformed) => stop,
        };
        Inflated { stop, size: pass.size, crc: pass.crc.finalize() }
    }
}

/// What came of inflating a body.
#[derive(PartialEq, Eq)]
struct Inflated {
    stop: Stop,
    size: u64,
    crc: u32,
}

/// Why inflating stopped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// The stream ended, before this many bytes.
    Ended { unread: usize },
    /// The stream goes on, the bytes do not.
    Starved,
    /// It went one byte past the declared size, and no further.
    Longer,
    /// It is no deflate stream (RFC 1951).
    Malformed,
}

/// One way through a stream.
struct Pass<'p> {
    inflate: &'p mut Inflate,
    last_block: &'p mut LastBlock,
    flush: InflateFlush,
    declared: u64,
    size: u64,
    crc: Hasher,
}

/// What one call of the decoder did.
struct Step {
    status: Status,
    /// The bytes of the input that it read.
    taken: usize,
    /// The bytes of output that it made.
    made: usize,
    /// Whether it made as many as there was room for.
    filled: Filled,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Filled {
    Wholly,
    InPart,
}

impl Pass<'_> {
    /// Inflates the next bytes of the stream, until they or the stream end.
    fn feed<'a>(&mut self, input: &[u8], output: &mut impl Output<'a>) -> Stop {
        let mut rest = input;
        loop {
            // One byte more than are left shows a stream that is longer.
            let left = self.declared.saturating_sub(self.size);
            let wanted = NonZeroUsize::MIN.saturating_add(usize::try_from(left).unwrap_or(usize::MAX));
            let Some(step) = self.step(rest, output.room(wanted)) else {
                return Stop::Malformed;
            };
            rest = rest.get(step.taken..).unwrap_or_default();
            self.size = self.size.saturating_add(wide(step.made));
            if self.size > self.declared {
                return Stop::Longer;
            }
            output.filled(step.made);
            match step.status {
                Status::StreamEnd => return Stop::Ended { unread: rest.len() },
                Status::Ok | Status::BufError if step.taken == 0 && step.made == 0 => return Stop::Starved,
                Status::Ok | Status::BufError => {
                    self.stopped(input.len().saturating_sub(rest.len()), rest, &step)
                }
            }
        }
    }

    /// Notes a stop after so many bytes: with input and room left, it is where a block ends.
    fn stopped(&mut self, read: usize, rest: &[u8], step: &Step) {
        match (self.flush, rest, step.filled) {
            (InflateFlush::Block, [_, ..], Filled::InPart) => self.last_block.begins_at(read),
            (InflateFlush::Block, _, _) => self.last_block.may_begin_at(read),
            (_, _, _) => {}
        }
    }

    /// Fills the room once.
    fn step(&mut self, input: &[u8], room: &mut [u8]) -> Option<Step> {
        let (taken, made) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(input, room, self.flush).ok()?;
        let taken = usize::try_from(self.inflate.total_in().checked_sub(taken)?).ok()?;
        let made = usize::try_from(self.inflate.total_out().checked_sub(made)?).ok()?;
        self.crc.update(room.get(..made)?);
        let filled = if made == room.len() { Filled::Wholly } else { Filled::InPart };
        Some(Step { status, taken, made, filled })
    }
}

fn hand_on<'a>(mut body: &[u8], output: &mut impl Output<'a>) {
    while let Some(wanted) = NonZeroUsize::new(body.len()) {
        let room = output.room(wanted);
        let (now, later) = body.split_at(room.len().min(body.len()));
        room.iter_mut().zip(now).for_each(|(to, from)| *to = *from);
        output.filled(now.len());
        body = later;
    }
}

/// A2: the body is one deflate stream to its last byte, of the declared size and CRC-32.
fn one_stream(entry: &Entry<'_>, inflated: &Inflated) -> Result<(), ArchiveError> {
    let (name, offset, expected) = (|| entry.shown(), entry.body_offset(), entry.size());
    match inflated.stop {
        Stop::Ended { .. } if inflated.size != expected => {
            Err(ArchiveError::SizeMismatch { entry: name(), offset, expected, actual: inflated.size })
        }
        Stop::Ended { unread: 0 } => checksum(entry, inflated.crc),
        Stop::Ended { unread } => {
            let length = entry.body().len();
            let actual = length.saturating_sub(unread);
            Err(ArchiveError::DeflateTrailingBytes { entry: name(), offset, expected: length, actual })
        }
        Stop::Longer => Err(ArchiveError::Longer { entry: name(), offset, expected }),
        Stop::Starved | Stop::Malformed => Err(malformed(entry)),
    }
}

fn malformed(entry: &Entry<'_>) -> ArchiveError {
    let (offset, length) = (entry.body_offset(), entry.body().len());
    ArchiveError::DeflateMalformed { entry: entry.shown(), offset, length }
}

fn checksum(entry: &Entry<'_>, actual: u32) -> Result<(), ArchiveError> {
    let expected = entry.crc();
    if actual != expected {
        let (entry, offset) = (entry.shown(), entry.body_offset());
        return Err(ArchiveError::CrcMismatch { entry, offset, expected, actual });
    }
    Ok(())
}
