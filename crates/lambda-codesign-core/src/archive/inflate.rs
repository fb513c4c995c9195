//! Bodies: inflated once, in bounded memory, and held to what the records declare.

use core::num::NonZeroUsize;

use super::entry::{Entry, Method};
use super::error::ArchiveError;
use super::kinds::EntryKind;
use super::links;
use super::output::{Output, Whole};
use super::stream::{Body, Inflated, LastBits, Stop, Stream, WINDOW};

/// Where bodies are inflated that nobody has room for: the window, and as much as a few copies of it are worth.
const SCRATCH: usize = WINDOW + 224 * 1024;

/// Reads bodies one after the other, with one decoder.
pub(super) struct Bodies {
    stream: Stream,
    scratch: Box<[u8]>,
}

impl Bodies {
    pub(super) fn new() -> Self {
        Self { stream: Stream::new(), scratch: Box::default() }
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
                output.part(&target);
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
                let inflated = self.inflate(Body { head, last, declared: entry.size() }, output);
                one_stream(entry, &inflated)?;
                match inflated.bits {
                    LastBits::OfTheStream => Ok(()),
                    LastBits::Behind => {
                        let offset = entry.body_offset().saturating_add(head.len());
                        Err(ArchiveError::DeflateTrailingBits { entry: entry.shown(), offset, actual: last })
                    }
                }
            }
        }
    }

    fn inflate<'a>(&mut self, body: Body<'_>, output: &mut impl Output<'a>) -> Inflated {
        // One byte more than are declared shows a stream that is longer.
        let wanted = usize::try_from(body.declared).ok().and_then(|size| NonZeroUsize::MIN.checked_add(size));
        if let Some(room) = wanted.and_then(|wanted| output.room(wanted)) {
            let inflated = self.stream.whole(body, room);
            output.filled(usize::try_from(inflated.size).unwrap_or(usize::MAX));
            return inflated;
        }
        // A small body is inflated at once too, in no more than it needs.
        let needed = wanted.map_or(SCRATCH, |wanted| wanted.get().min(SCRATCH));
        if self.scratch.len() < needed {
            self.scratch = vec![0; needed.next_power_of_two().min(SCRATCH)].into();
        }
        self.stream.in_parts(body, &mut self.scratch, output)
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
        Stop::Malformed => Err(malformed(entry)),
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
