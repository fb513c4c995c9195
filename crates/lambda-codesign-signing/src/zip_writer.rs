//! The records that we write: sizes known beforehand, no data descriptors, no extra fields, one fixed time.

use crate::deflate::{Method, Stored};
use lambda_codesign_core::archive::EntryKind;

/// Version 2.0, which directories and deflate need (APPNOTE 4.4.3.2), made by Unix (4.4.2.2).
const VERSION: u16 = 20;
const MADE_BY_UNIX: u16 = 3 << 8;

/// The name is UTF-8 (APPNOTE 4.4.4 bit 11).
const UTF_8: u16 = 1 << 11;

/// 1980-01-01 00:00:00, the earliest that a DOS time can say (APPNOTE 4.4.6).
const TIME: u16 = 0;
const DATE: u16 = 1 << 5 | 1;

/// The DOS directory bit of the external attributes (APPNOTE 4.4.15).
const DOS_DIRECTORY: u16 = 0x10;

/// An entry to be written.
pub(crate) struct NewEntry<'a> {
    pub(crate) name: EntryName<'a>,
    pub(crate) kind: EntryKind,
    /// Permission bits.
    pub(crate) mode: u16,
    pub(crate) body: &'a Stored,
}

/// The type bits of a Unix mode (POSIX `sys/stat.h`).
const fn type_bits(kind: EntryKind) -> u16 {
    match kind {
        EntryKind::File => 0o100_000,
        EntryKind::Directory => 0o040_000,
        EntryKind::Symlink => 0o120_000,
    }
}

/// A name that is at most 65,535 bytes long.
#[derive(Clone, Copy)]
pub(crate) struct EntryName<'a> {
    text: &'a str,
    length: u16,
}

impl<'a> EntryName<'a> {
    /// The name, unless it is longer than the field of its length can say.
    pub(crate) fn new(text: &'a str) -> Option<Self> {
        u16::try_from(text.len()).ok().map(|length| Self { text, length })
    }

    fn flags(self) -> u16 {
        if self.text.is_ascii() { 0 } else { UTF_8 }
    }
}

/// A fixed-layout record, field after field, little endian (APPNOTE 4.4.1.1).
struct Fields(Vec<u8>);

impl Fields {
    fn begin(signature: u32) -> Self {
        Self(signature.to_le_bytes().to_vec())
    }

    fn u16s(mut self, values: &[u16]) -> Self {
        self.0.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        self
    }

    fn u32s(mut self, values: &[u32]) -> Self {
        self.0.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        self
    }

    fn bytes(mut self, bytes: &[u8]) -> Vec<u8> {
        self.0.extend_from_slice(bytes);
        self.0
    }
}

impl NewEntry<'_> {
    const fn method(&self) -> u16 {
        match self.body.method {
            Method::Stored => 0,
            Method::Deflated => 8,
        }
    }

    fn sizes(&self) -> [u32; 3] {
        // A `Stored` is never longer than the body, whose size is 32 bits wide.
        let compressed = u32::try_from(self.body.data.len()).unwrap_or(self.body.size);
        [self.body.crc, compressed, self.body.size]
    }

    /// The local header and the data (APPNOTE 4.3.7, 4.3.8).
    pub(crate) fn local_record(&self) -> Vec<u8> {
        let mut record = Fields::begin(0x0403_4b50)
            .u16s(&[VERSION, self.name.flags(), self.method(), TIME, DATE])
            .u32s(&self.sizes())
            .u16s(&[self.name.length, 0])
            .bytes(self.name.text.as_bytes());
        record.extend_from_slice(&self.body.data);
        record
    }

    /// The record in the central directory of an entry at `offset` (APPNOTE 4.3.12).
    pub(crate) fn central_record(&self, offset: u32) -> Vec<u8> {
        let dos = match self.kind {
            EntryKind::Directory => DOS_DIRECTORY,
            EntryKind::File | EntryKind::Symlink => 0,
        };
        Fields::begin(0x0201_4b50)
            .u16s(&[MADE_BY_UNIX | VERSION, VERSION, self.name.flags(), self.method(), TIME, DATE])
            .u32s(&self.sizes())
            .u16s(&[self.name.length, 0, 0, 0, 0, dos, type_bits(self.kind) | self.mode & 0o7777])
            .u32s(&[offset])
            .bytes(self.name.text.as_bytes())
    }
}

/// The end record without ZIP64 (APPNOTE 4.3.16).
pub(crate) struct End<'a> {
    pub(crate) entries: u16,
    pub(crate) directory_size: u32,
    pub(crate) directory_offset: u32,
    pub(crate) comment: &'a [u8],
}

impl End<'_> {
    /// The record, or none where the comment is longer than its length can say.
    pub(crate) fn record(&self) -> Option<Vec<u8>> {
        let comment = u16::try_from(self.comment.len()).ok()?;
        Some(
            Fields::begin(0x0605_4b50)
                .u16s(&[0, 0, self.entries, self.entries])
                .u32s(&[self.directory_size, self.directory_offset])
                .u16s(&[comment])
                .bytes(self.comment),
        )
    }
}

/// The archive grew past what a zip without ZIP64 can say: 65,534 entries or 4 GiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Overflow;

/// How far an archive was written.
pub(crate) struct Mark {
    length: usize,
    directory: Vec<u8>,
    entries: u16,
}

impl Mark {
    /// Behind the last of so many entries, whose central records these are.
    pub(crate) fn behind(length: usize, directory: Vec<u8>, entries: usize) -> Result<Self, Overflow> {
        u32::try_from(length).map_err(|_| Overflow)?;
        let entries = u16::try_from(entries).ok().filter(|count| *count < u16::MAX).ok_or(Overflow)?;
        Ok(Self { length, directory, entries })
    }

    /// Takes a finished archive back to where it was when this mark was made.
    pub(crate) fn resume(self, mut finished: Vec<u8>) -> ZipWriter {
        finished.truncate(self.length);
        ZipWriter { bytes: finished, directory: self.directory, entries: self.entries }
    }
}

/// An archive being written from its first entry to its end record.
#[derive(Default)]
pub(crate) struct ZipWriter {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    entries: u16,
}

impl ZipWriter {
    /// An archive that will have about so many bytes.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), ..Self::default() }
    }

    /// Writes one entry behind those written.
    pub(crate) fn add(&mut self, entry: &NewEntry<'_>) -> Result<(), Overflow> {
        let offset = u32::try_from(self.bytes.len()).map_err(|_| Overflow)?;
        self.entries = self.entries.checked_add(1).filter(|count| *count < u16::MAX).ok_or(Overflow)?;
        self.bytes.extend_from_slice(&entry.local_record());
        self.directory.extend_from_slice(&entry.central_record(offset));
        Ok(())
    }

    /// Remembers how far it is, to go on from there once it is finished.
    pub(crate) fn mark(&self) -> Mark {
        Mark { length: self.bytes.len(), directory: self.directory.clone(), entries: self.entries }
    }

    /// Copies an entry's local record from elsewhere, with the central record that speaks of it at its new offset.
    pub(crate) fn copy(
        &mut self,
        local: &[u8],
        central: impl FnOnce(u32) -> Vec<u8>,
    ) -> Result<(), Overflow> {
        let offset = u32::try_from(self.bytes.len()).map_err(|_| Overflow)?;
        self.entries = self.entries.checked_add(1).filter(|count| *count < u16::MAX).ok_or(Overflow)?;
        self.bytes.extend_from_slice(local);
        self.directory.extend_from_slice(&central(offset));
        Ok(())
    }

    /// The whole archive.
    pub(crate) fn finish(mut self, comment: &[u8]) -> Result<Vec<u8>, Overflow> {
        let end = End {
            entries: self.entries,
            directory_size: u32::try_from(self.directory.len()).map_err(|_| Overflow)?,
            directory_offset: u32::try_from(self.bytes.len()).map_err(|_| Overflow)?,
            comment,
        };
        let end = end.record().ok_or(Overflow)?;
        self.bytes.append(&mut self.directory);
        self.bytes.extend_from_slice(&end);
        Ok(self.bytes)
    }
}
