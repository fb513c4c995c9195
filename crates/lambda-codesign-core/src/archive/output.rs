//! Where bodies go: to a sink, chunk by chunk, or into memory.

use core::num::NonZeroUsize;

use super::Sink;
use super::entry::Entry;

/// Takes bodies. What it took of one counts only once its reader returned `Ok`.
pub(crate) trait Output<'a> {
    /// Room for a whole body to be inflated into: so many bytes, or none where they are too many to be had at once. Then
    /// the body comes in parts.
    fn room(&mut self, _wanted: NonZeroUsize) -> Option<&mut [u8]> {
        None
    }
    /// So many bytes of the room are the body.
    fn filled(&mut self, _bytes: usize) {}
    /// The next bytes of the body.
    fn part(&mut self, bytes: &[u8]);
    /// The whole body, as it stands in the package.
    fn in_place(&mut self, bytes: &'a [u8]);
}

/// Takes the entries of an archive with their bodies, in order.
pub(crate) trait Unpacked<'a>: Output<'a> {
    /// The next entry begins.
    fn entry(&mut self, entry: &Entry<'a>);
}

/// Hands every part to a sink as soon as it is inflated.
pub(super) struct Parts<'s, S> {
    sink: &'s mut S,
}

impl<'s, S> Parts<'s, S> {
    pub(super) const fn to(sink: &'s mut S) -> Self {
        Self { sink }
    }
}

impl<'a, S: Sink<'a>> Unpacked<'a> for Parts<'_, S> {
    fn entry(&mut self, entry: &Entry<'a>) {
        self.sink.entry(entry);
    }
}

impl<'a, S: Sink<'a>> Output<'a> for Parts<'_, S> {
    fn part(&mut self, bytes: &[u8]) {
        self.sink.body(bytes);
    }

    fn in_place(&mut self, bytes: &'a [u8]) {
        self.sink.body(bytes);
    }
}

/// Keeps one body, in memory that grows as it comes.
#[derive(Default)]
pub(super) struct Whole(Vec<u8>);

impl Whole {
    pub(super) fn into_body(self) -> Vec<u8> {
        self.0
    }
}

impl Output<'_> for Whole {
    fn part(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn in_place(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
}
