//! The wire format's numbers, by the names of APPNOTE.TXT 6.3.10, and the one way to read them.

use core::ops::Range;

use super::error::{ArchiveError, Record};

/// 4.3.7.
pub(super) const LOCAL_FILE_HEADER_SIGNATURE: u32 = 0x0403_4b50;
/// 4.3.9.3.
pub(super) const DATA_DESCRIPTOR_SIGNATURE: u32 = 0x0807_4b50;
/// 4.3.12.
pub(super) const CENTRAL_FILE_HEADER_SIGNATURE: u32 = 0x0201_4b50;
/// 4.3.14.
pub(super) const ZIP64_END_OF_CENTRAL_DIR_SIGNATURE: u32 = 0x0606_4b50;
/// 4.3.15.
pub(super) const ZIP64_END_OF_CENTRAL_DIR_LOCATOR_SIGNATURE: u32 = 0x0706_4b50;
/// 4.3.16.
pub(super) const END_OF_CENTRAL_DIR_SIGNATURE: u32 = 0x0605_4b50;

/// The end record without its comment (4.3.16).
pub(super) const END_OF_CENTRAL_DIR_LENGTH: usize = 22;
/// The locator (4.3.15).
pub(super) const ZIP64_LOCATOR_LENGTH: usize = 20;
/// The ZIP64 end record of version 1 (4.3.14).
pub(super) const ZIP64_END_LENGTH: usize = 56;
/// What the ZIP64 end record of version 1 states as its size: its length without the first 12 bytes (4.3.14.1).
pub(super) const ZIP64_END_SIZE_OF_RECORD: u64 = 44;

/// Stands where ZIP64 has the value (4.4.1.4).
pub(super) const SENTINEL_16: u16 = 0xffff;
/// Stands where ZIP64 has the value (4.4.1.4).
pub(super) const SENTINEL_32: u32 = 0xffff_ffff;

/// The greatest version needed to extract: ZIP64 (4.4.3.2).
pub(super) const VERSION_ZIP64: u16 = 45;

/// Flag bit 3: CRC-32 and sizes stand in a data descriptor (4.4.4).
pub(super) const FLAG_DATA_DESCRIPTOR: u16 = 1 << 3;
/// Flag bit 11: name and comment are UTF-8 (4.4.4).
pub(super) const FLAG_UTF8: u16 = 1 << 11;
/// Flag bits 0, 6 and 13: encryption, strong encryption, masked headers (4.4.4).
pub(super) const FLAGS_ENCRYPTION: u16 = 1 | 1 << 6 | 1 << 13;
/// Flag bits 1 and 2, which tell how hard the compressor tried, and the two that are read (4.4.4).
pub(super) const FLAGS_READ: u16 = 1 << 1 | 1 << 2 | FLAG_DATA_DESCRIPTOR | FLAG_UTF8;

/// Compression method 0 (4.4.5).
pub(super) const METHOD_STORED: u16 = 0;
/// Compression method 8 (4.4.5).
pub(super) const METHOD_DEFLATED: u16 = 8;

/// The host of a version made by (4.4.2): Unix.
pub(super) const HOST_UNIX: u8 = 3;
/// The host of a version made by (4.4.2): OS X (Darwin).
pub(super) const HOST_DARWIN: u8 = 19;

/// Header ID of the ZIP64 extended information (4.5.3).
pub(super) const EXTRA_ZIP64: u16 = 0x0001;
/// Header ID of the strong encryption header (4.5.12).
pub(super) const EXTRA_STRONG_ENCRYPTION: u16 = 0x0017;
/// Header ID of the streamed attributes that libarchive writes and heeds (Info-ZIP, proginfo/extrafld.txt).
pub(super) const EXTRA_STREAMED_ATTRIBUTES: u16 = 0x6c78;
/// Header ID of the Unicode Path (4.6.9).
pub(super) const EXTRA_UNICODE_PATH: u16 = 0x7075;
/// Header ID of the AES encryption of WinZip (appendix E).
pub(super) const EXTRA_AES: u16 = 0x9901;

/// Reads numbers, little-endian (4.4.1.1), and bytes of one record, and never past the bytes that the record may take.
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
    offset: usize,
    record: Record,
}

impl<'a> Cursor<'a> {
    /// Over the bytes of `range` that exist.
    pub(super) fn new(bytes: &'a [u8], range: Range<usize>, record: Record) -> Self {
        let end = range.end.min(bytes.len());
        Self { rest: bytes.get(range.start..end).unwrap_or_default(), offset: range.start, record }
    }

    /// Where the next byte stands in the package.
    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], ArchiveError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| self.truncated(count))?;
        self.advance(count, rest);
        Ok(taken)
    }

    pub(super) fn u16(&mut self) -> Result<u16, ArchiveError> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, ArchiveError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, ArchiveError> {
        self.array().map(u64::from_le_bytes)
    }

    /// The signature that the record must begin with.
    pub(super) fn signature(&mut self, expected: u32) -> Result<(), ArchiveError> {
        let offset = self.offset;
        let actual = self.u32()?;
        if actual != expected {
            return Err(ArchiveError::NotARecord { record: self.record, offset, expected, actual });
        }
        Ok(())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ArchiveError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or_else(|| self.truncated(N))?;
        self.advance(N, rest);
        Ok(*taken)
    }

    fn advance(&mut self, count: usize, rest: &'a [u8]) {
        self.rest = rest;
        self.offset = self.offset.saturating_add(count);
    }

    fn truncated(&self, expected: usize) -> ArchiveError {
        ArchiveError::Truncated {
            record: self.record,
            offset: self.offset,
            expected,
            actual: self.rest.len(),
        }
    }
}

/// Whether a record with this signature begins at the offset.
pub(super) fn signature_at(bytes: &[u8], offset: usize, signature: u32) -> bool {
    bytes.get(offset..).is_some_and(|rest| rest.starts_with(&signature.to_le_bytes()))
}

/// A length or an offset in memory as the 64 bits in which the format counts.
pub(super) fn wide(number: usize) -> u64 {
    // No platform has wider addresses; one that did would find its numbers too large rather than cut off.
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Cursor, Record, signature_at};
    use crate::archive::ArchiveError;

    #[test]
    fn a_cursor_stops_where_its_record_must() {
        let mut cursor = Cursor::new(b"xx\x01\x02\x03\x04\x05\x06yy", 2..8, Record::EndRecord);
        assert_eq!(cursor.u16(), Ok(0x0201));
        assert_eq!(cursor.offset(), 4);
        assert_eq!(cursor.bytes(3), Ok(&b"\x03\x04\x05"[..]));
        let cut = ArchiveError::Truncated { record: Record::EndRecord, offset: 7, expected: 4, actual: 1 };
        assert_eq!(cursor.u32(), Err(cut));
        assert_eq!(cursor.bytes(1), Ok(&b"\x06"[..]));
        assert_eq!(cursor.bytes(0), Ok(&b""[..]));
    }

    #[test]
    fn a_range_outside_the_bytes_is_empty() {
        assert!(Cursor::new(b"abc", 9..12, Record::EndRecord).u16().is_err());
        assert!(!signature_at(b"abc", 9, 0));
    }
}
