//! Where bodies go: to a sink, chunk by chunk, or into memory.

use core::num::NonZeroUsize;

use super::Sink;
use super::entry::Entry;

/// The bytes that are inflated at once.
const BUFFER: usize = 64 * 1024;
/// The same for those that nobody wants.
const DISCARDED: usize = 4 * 1024;

/// Takes bodies. What it took of one counts only once its reader returned `Ok`.
pub(crate) trait Output<'a> {
    /// Room for the next inflated bytes: not none, and not much more than `wanted`, the most that may come.
    fn room(&mut self, wanted: NonZeroUsize) -> &mut [u8];
    /// So many bytes of the room hold the next bytes of the body.
    fn filled(&mut self, bytes: usize);
    /// The next bytes of the body, as they stand in the package.
    fn in_place(&mut self, bytes: &'a [u8]);
}

/// Takes the entries of an archive with their bodies, in order.
pub(crate) trait Unpacked<'a>: Output<'a> {
    /// The next entry begins.
    fn entry(&mut self, entry: &Entry<'a>);
}

/// Hands every chunk to a sink as soon as it is inflated.
pub(super) struct Chunks<'s, S> {
    sink: &'s mut S,
    buffer: Box<[u8]>,
}

impl<'s, S> Chunks<'s, S> {
    pub(super) fn to(sink: &'s mut S) -> Self {
        Self { sink, buffer: vec![0; BUFFER].into() }
    }
}

impl<'a, S: Sink<'a>> Unpacked<'a> for Chunks<'_, S> {
    fn entry(&mut self, entry: &Entry<'a>) {
        self.sink.entry(entry);
    }
}

impl<'a, S: Sink<'a>> Output<'a> for Chunks<'_, S> {
    fn room(&mut self, wanted: NonZeroUsize) -> &mut [u8] {
        let room = wanted.get().min(self.buffer.len());
        self.buffer.get_mut(..room).unwrap_or_default()
    }

    fn filled(&mut self, bytes: usize) {
        self.sink.body(self.buffer.get(..bytes).unwrap_or_default());
    }

    fn in_place(&mut self, bytes: &'a [u8]) {
        self.sink.body(bytes);
    }
}

/// Keeps one body, in memory that grows as it comes.
#[derive(Default)]
pub(super) struct Whole {
    bytes: Vec<u8>,
    length: usize,
}

impl Whole {
    pub(super) fn into_body(mut self) -> Vec<u8> {
        self.bytes.truncate(self.length);
        self.bytes
    }
}

impl Output<'_> for Whole {
    fn room(&mut self, wanted: NonZeroUsize) -> &mut [u8] {
        self.bytes.resize(self.length.saturating_add(wanted.get().min(BUFFER)), 0);
        self.bytes.get_mut(self.length..).unwrap_or_default()
    }

    fn filled(&mut self, bytes: usize) {
        self.length = self.length.saturating_add(bytes);
    }

    fn in_place(&mut self, bytes: &[u8]) {
        self.bytes.truncate(self.length);
        self.bytes.extend_from_slice(bytes);
        self.length = self.bytes.len();
    }
}

/// Takes a body for nothing.
pub(super) struct Discarded([u8; DISCARDED]);

impl Default for Discarded {
    fn default() -> Self {
        Self([0; DISCARDED])
    }
}

impl Output<'_> for Discarded {
    fn room(&mut self, wanted: NonZeroUsize) -> &mut [u8] {
        let room = wanted.get().min(DISCARDED);
        self.0.get_mut(..room).unwrap_or_default()
    }

    fn filled(&mut self, _: usize) {}

    fn in_place(&mut self, _: &[u8]) {}
}
