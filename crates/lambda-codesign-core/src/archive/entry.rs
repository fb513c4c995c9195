//! An entry of an admitted archive.

use core::fmt;

use super::error::{ArchiveError, EntryName};
use super::kinds::{self, EntryKind};
use super::local::Agreed;
use super::names;
use super::records::{METHOD_STORED, wide};
use super::signature::SIGNATURE_ENTRY;

/// How an entry's body stands in the package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// As it is (APPNOTE 4.4.5, 0).
    Stored,
    /// As one deflate stream (APPNOTE 4.4.5, 8).
    Deflated,
}

/// An entry of an [`Archive`](super::Archive).
///
/// Holding one proves that its records agree, that its name is a safe path and that no other entry has it. Of its body
/// it proves nothing: size and checksum are what the records declare until
/// [`Archive::unpack`](super::Archive::unpack) or [`Archive::read`](super::Archive::read) has held the bytes to them.
#[derive(Clone)]
pub struct Entry<'a> {
    index: usize,
    name: &'a str,
    kind: EntryKind,
    mode: Option<u16>,
    method: Method,
    crc: u32,
    size: u64,
    /// Local header, body and descriptor.
    record: &'a [u8],
    /// The bytes of the local header, which are at most 30 and two times 65,535.
    header: u32,
    /// The bytes of the descriptor, which are at most 24.
    descriptor: u8,
    offset: usize,
    listed_at: usize,
}

impl<'a> Entry<'a> {
    /// An entry whose record ends there.
    pub(super) fn new(
        bytes: &'a [u8],
        index: usize,
        entry: &Agreed<'a>,
        end: usize,
    ) -> Result<Self, ArchiveError> {
        let (directory, offset) = (&entry.directory, entry.offset());
        let header = entry.body().saturating_sub(offset);
        let body_end = wide(entry.body()).saturating_add(directory.compressed_size);
        Ok(Self {
            index,
            name: names::admitted(directory)?,
            kind: kinds::kind(directory)?,
            mode: kinds::mode(directory),
            method: if directory.method == METHOD_STORED { Method::Stored } else { Method::Deflated },
            crc: directory.crc,
            size: directory.size,
            record: bytes.get(offset..end).unwrap_or_default(),
            header: u32::try_from(header).unwrap_or(u32::MAX),
            descriptor: u8::try_from(wide(end).saturating_sub(body_end)).unwrap_or(u8::MAX),
            offset,
            listed_at: directory.offset,
        })
    }

    /// Its place in the archive, from 0.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// Its name, as the local header and the directory have it, byte for byte; a directory's ends in `/`.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// What it unpacks to.
    #[must_use]
    pub fn kind(&self) -> EntryKind {
        self.kind
    }

    /// The permission bits (the lower twelve of `st_mode`), where it was written on Unix or macOS.
    #[must_use]
    pub fn mode(&self) -> Option<u16> {
        self.mode
    }

    /// How the body stands in the package.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// The size of the body once inflated, in bytes, as every record declares it.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The size of the body in the package, in bytes.
    #[must_use]
    pub fn compressed_size(&self) -> u64 {
        wide(self.body().len())
    }

    /// The CRC-32 of the body once inflated, as every record declares it.
    #[must_use]
    pub fn crc(&self) -> u32 {
        self.crc
    }

    /// Whether it is the signature's entry, by its exact name.
    #[must_use]
    pub fn is_signature(&self) -> bool {
        self.name == SIGNATURE_ENTRY
    }

    /// Its local record, to be copied byte for byte: local header, body and data descriptor.
    #[must_use]
    pub fn record(&self) -> &'a [u8] {
        self.record
    }

    /// Where its local record begins in the package.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The body as it stands in the package.
    pub(super) fn body(&self) -> &'a [u8] {
        let end = self.record.len().saturating_sub(usize::from(self.descriptor));
        self.record.get(self.header_length()..end).unwrap_or_default()
    }

    /// Where the body begins in the package.
    pub(super) fn body_offset(&self) -> usize {
        self.offset.saturating_add(self.header_length())
    }

    fn header_length(&self) -> usize {
        usize::try_from(self.header).unwrap_or(usize::MAX)
    }

    /// Where its directory header begins in the package.
    pub(super) fn listed_at(&self) -> usize {
        self.listed_at
    }

    /// Its name, for messages.
    pub(super) fn shown(&self) -> EntryName {
        EntryName::new(self.name.as_bytes())
    }
}

/// Without the bytes, which may be many.
impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("mode", &self.mode)
            .field("method", &self.method)
            .field("size", &self.size)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}
