//! Bodies: inflated once, in bounded memory, and held to what the records declare.

use crc32fast::Hasher;
use zlib_rs::{Inflate, InflateFlush, Status};

use super::entry::{Entry, Method};
use super::error::ArchiveError;
use super::kinds::EntryKind;
use super::links;
use super::records::wide;

/// The bytes that are handed on at once.
const BUFFER: usize = 64 * 1024;
/// The window of deflate, as a power of two (RFC 1951, 2).
const WINDOW_BITS: u8 = 15;

/// Reads bodies one after the other, with one decoder and one buffer.
pub(super) struct Bodies {
    inflate: Inflate,
    buffer: Box<[u8]>,
}

impl Bodies {
    pub(super) fn new() -> Self {
        Self { inflate: Inflate::new(false, WINDOW_BITS), buffer: vec![0; BUFFER].into() }
    }

    /// Hands on the entry's body in chunks; what was handed on counts only if this returns `Ok`.
    pub(super) fn read(
        &mut self,
        entry: &Entry<'_>,
        mut chunk: impl FnMut(&[u8]),
    ) -> Result<(), ArchiveError> {
        match entry.kind() {
            EntryKind::File | EntryKind::Directory => self.checked(entry, chunk),
            EntryKind::Symlink => {
                // At most 1,024 bytes (A4), so no target is handed on before it was looked at.
                let mut target = Vec::new();
                self.checked(entry, |part| target.extend_from_slice(part))?;
                links::stays_inside(entry, &target)?;
                chunk(&target);
                Ok(())
            }
        }
    }

    fn checked(&mut self, entry: &Entry<'_>, mut chunk: impl FnMut(&[u8])) -> Result<(), ArchiveError> {
        let body = entry.body();
        match (entry.method(), body.split_last()) {
            // Of the declared size by A2.
            (Method::Stored, _) => {
                chunk(body);
                checksum(entry, crc32fast::hash(body))
            }
            (Method::Deflated, None) => Err(malformed(entry)),
            (Method::Deflated, Some((&last, head))) => {
                let inflated = self.inflate(head, last, entry.size(), chunk);
                one_stream(entry, &inflated)?;
                self.no_trailing_bits(entry, head, last, &inflated)
            }
        }
    }

    /// Inflates the bytes `head` and then the byte `last`.
    fn inflate(&mut self, head: &[u8], last: u8, declared: u64, mut chunk: impl FnMut(&[u8])) -> Inflated {
        self.inflate.reset(false);
        let mut pass = Pass { bodies: self, declared, size: 0, crc: Hasher::new() };
        let stop = match pass.feed(head, &mut chunk) {
            Stop::Ended { unread } => Stop::Ended { unread: unread.saturating_add(1) },
            Stop::Starved => pass.feed(&[last], &mut chunk),
            stop @ (Stop::Longer | Stop::Malformed) => stop,
        };
        Inflated { stop, size: pass.size, crc: pass.crc.finalize() }
    }

    /// No bit is set in the last byte behind the end of the stream.
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
        if self.inflate(head, cleared, entry.size(), |_| {}) == *inflated {
            let offset = entry.body_offset().saturating_add(head.len());
            return Err(ArchiveError::DeflateTrailingBits { entry: entry.shown(), offset, actual: last });
        }
        Ok(())
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
struct Pass<'a> {
    bodies: &'a mut Bodies,
    declared: u64,
    size: u64,
    crc: Hasher,
}

impl Pass<'_> {
    /// Inflates the next bytes of the stream, until they or the stream end.
    fn feed(&mut self, mut input: &[u8], chunk: &mut impl FnMut(&[u8])) -> Stop {
        loop {
            let (status, taken, output) =
                match step(self.bodies, input, self.declared.saturating_sub(self.size)) {
                    Some(step) => step,
                    None => return Stop::Malformed,
                };
            input = input.get(taken..).unwrap_or_default();
            self.size = self.size.saturating_add(wide(output.len()));
            if self.size > self.declared {
                return Stop::Longer;
            }
            self.crc.update(output);
            chunk(output);
            match status {
                Status::StreamEnd => return Stop::Ended { unread: input.len() },
                Status::Ok | Status::BufError if taken == 0 && output.is_empty() => return Stop::Starved,
                Status::Ok | Status::BufError => {}
            }
        }
    }
}

/// Fills the buffer once, with at most one byte more than are left: the bytes taken, and the output.
fn step<'a>(bodies: &'a mut Bodies, input: &[u8], left: u64) -> Option<(Status, usize, &'a [u8])> {
    let Bodies { inflate, buffer } = bodies;
    let room = usize::try_from(left).unwrap_or(BUFFER).saturating_add(1).min(BUFFER);
    let output = buffer.get_mut(..room)?;
    let (taken, made) = (inflate.total_in(), inflate.total_out());
    let status = inflate.decompress(input, output, InflateFlush::NoFlush).ok()?;
    let taken = usize::try_from(inflate.total_in().checked_sub(taken)?).ok()?;
    let made = usize::try_from(inflate.total_out().checked_sub(made)?).ok()?;
    Some((status, taken, output.get(..made)?))
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
