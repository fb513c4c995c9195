//! C3: the directory is a list of as many headers as the end record says, and nothing else.

use super::defect::Zip64Defect;
use super::end::End;
use super::error::{ArchiveError, Count, EntryName, Record};
use super::extra::{Extra, Owner};
use super::limits::{self, Limits};
use super::records::{CENTRAL_FILE_HEADER_SIGNATURE, Cursor, SENTINEL_16, signature_at, wide};
use super::zip64;

/// A directory header (APPNOTE 4.3.12), its sizes and offset widened by its ZIP64 extra field.
pub(super) struct DirectoryHeader<'a> {
    pub(super) offset: usize,
    pub(super) host: u8,
    pub(super) version_needed: u16,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) compressed_size: u64,
    pub(super) size: u64,
    pub(super) external_attributes: u32,
    pub(super) local_offset: u64,
    pub(super) name: &'a [u8],
    pub(super) has_zip64: bool,
    /// Room for what the local header tells, so that entries take the place of headers in memory.
    pub(super) local: Local,
}

/// What only the local header tells.
#[derive(Default)]
pub(super) struct Local {
    /// Where the body begins.
    pub(super) body: usize,
    /// Whether a data descriptor follows the body.
    pub(super) has_descriptor: bool,
    /// Whether either header has ZIP64 values.
    pub(super) is_zip64: bool,
}

impl DirectoryHeader<'_> {
    pub(super) fn entry(&self) -> EntryName {
        EntryName::new(self.name)
    }
}

/// Reads the directory.
pub(super) fn read<'a>(
    bytes: &'a [u8],
    end: &End,
    limits: &Limits,
) -> Result<Vec<DirectoryHeader<'a>>, ArchiveError> {
    limits::entries(end.entries, limits)?;
    let mut cursor = Cursor::new(bytes, end.directory.clone(), Record::DirectoryHeader);
    let mut headers = Vec::new();
    while cursor.offset() < end.directory.end && wide(headers.len()) < end.entries {
        headers.push(header(&mut cursor)?);
    }
    exact_count(bytes, end, cursor.offset(), headers.len())?;
    Ok(headers)
}

/// C3: the headers fill the directory, and are as many as the end record says.
fn exact_count(bytes: &[u8], end: &End, offset: usize, headers: usize) -> Result<(), ArchiveError> {
    let headers = wide(headers);
    let further = signature_at(bytes, offset, CENTRAL_FILE_HEADER_SIGNATURE);
    if headers < end.entries || (offset < end.directory.end && further) {
        let expected = headers.saturating_add(u64::from(further));
        let (count, actual) = (Count::Entries, end.entries);
        return Err(ArchiveError::CountMismatch { count, offset: end.offset, expected, actual });
    }
    if offset < end.directory.end {
        return Err(ArchiveError::Gap { offset: wide(offset), end: wide(end.directory.end) });
    }
    Ok(())
}

fn header<'a>(cursor: &mut Cursor<'a>) -> Result<DirectoryHeader<'a>, ArchiveError> {
    let offset = cursor.offset();
    cursor.signature(CENTRAL_FILE_HEADER_SIGNATURE)?;
    let [_version_made_by, host] = cursor.u16()?.to_le_bytes();
    let (version_needed, flags, method) = (cursor.u16()?, cursor.u16()?, cursor.u16()?);
    let _time_and_date = cursor.u32()?;
    let crc = cursor.u32()?;
    let (compressed_size, size) = (cursor.u32()?, cursor.u32()?);
    let (name_length, extra_length, comment_length) = (cursor.u16()?, cursor.u16()?, cursor.u16()?);
    let disk = cursor.u16()?;
    let _internal_attributes = cursor.u16()?;
    let external_attributes = cursor.u32()?;
    let local_offset = cursor.u32()?;
    let name = cursor.bytes(usize::from(name_length))?;
    let extra = cursor.bytes(usize::from(extra_length))?;
    let _comment = cursor.bytes(usize::from(comment_length))?;

    let owner = Owner { name, record: Record::DirectoryHeader, offset };
    let extra = Extra::read(extra, owner)?;
    let [size, compressed_size, local_offset] =
        widened([size, compressed_size, local_offset], extra, disk, owner)?;
    Ok(DirectoryHeader {
        offset,
        host,
        version_needed,
        flags,
        method,
        crc,
        compressed_size,
        size,
        external_attributes,
        local_offset,
        name,
        has_zip64: extra.zip64.is_some(),
        local: Local::default(),
    })
}

/// The fields that ZIP64 may widen, in its order; the disk, its last, must be the first (APPNOTE 4.4.13, 4.5.3).
fn widened(
    narrow: [u32; 3],
    extra: Extra<'_>,
    disk: u16,
    owner: Owner<'_>,
) -> Result<[u64; 3], ArchiveError> {
    let values = extra.zip64.map(|data| (data.as_chunks(), data.len()));
    let stated = match values {
        Some(((_, &[d0, d1, d2, d3]), _)) => Some(u32::from_le_bytes([d0, d1, d2, d3])),
        Some(((_, &[]), _)) | None => None,
        Some((_, actual)) => return Err(owner.refuses_zip64(Zip64Defect::Length { actual })),
    };
    let actual = match (disk, stated) {
        (SENTINEL_16, None) => return Err(owner.refuses_zip64(Zip64Defect::Missing)),
        (SENTINEL_16 | 0, Some(disk)) => disk,
        (disk, _) => u32::from(disk),
    };
    if actual != 0 {
        return Err(ArchiveError::MultiDisk { record: owner.record, offset: owner.offset, actual });
    }
    let values = values.map(|((values, _), _)| values);
    zip64::widen(narrow, values).map_err(|defect| owner.refuses_zip64(defect))
}
