//! Local headers, read where the directory says that they are.

use super::defect::Zip64Defect;
use super::directory::{DirectoryHeader, Local};
use super::error::{ArchiveError, Record};
use super::extra::{Extra, Owner};
use super::records::{Cursor, FLAG_DATA_DESCRIPTOR, LOCAL_FILE_HEADER_SIGNATURE};
use super::zip64;

/// A local header (APPNOTE 4.3.7), its sizes widened by its ZIP64 extra field.
pub(super) struct LocalHeader<'a> {
    pub(super) offset: usize,
    pub(super) version_needed: u16,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) compressed_size: u64,
    pub(super) size: u64,
    pub(super) name: &'a [u8],
    pub(super) has_zip64: bool,
    /// Where the body begins.
    pub(super) body: usize,
}

impl LocalHeader<'_> {
    /// Whether a data descriptor follows the body (APPNOTE 4.4.4, bit 3).
    pub(super) fn has_descriptor(&self) -> bool {
        self.flags & FLAG_DATA_DESCRIPTOR != 0
    }
}

/// An entry as both its headers tell of it, while they are held to each other.
pub(super) struct Pair<'h, 'a> {
    pub(super) directory: &'h DirectoryHeader<'a>,
    pub(super) local: LocalHeader<'a>,
}

impl Pair<'_, '_> {
    pub(super) fn is_zip64(&self) -> bool {
        self.local.has_zip64 || self.directory.has_zip64
    }
}

/// An entry whose headers agree: what the directory says, and what only the local header tells.
pub(super) struct Agreed<'a> {
    pub(super) directory: DirectoryHeader<'a>,
}

impl Agreed<'_> {
    /// Where the local header begins.
    pub(super) fn offset(&self) -> usize {
        address(self.directory.local_offset)
    }

    /// Where the body begins.
    pub(super) const fn body(&self) -> usize {
        self.directory.local.body
    }

    pub(super) const fn has_descriptor(&self) -> bool {
        self.directory.local.has_descriptor
    }

    pub(super) const fn is_zip64(&self) -> bool {
        self.directory.local.is_zip64
    }
}

/// Reads the local header of each entry, before the directory, and holds the two to each other.
///
/// A header that can't be read comes before any that does not agree. No more is kept of one than the directory leaves open.
pub(super) fn agreed<'a>(
    bytes: &'a [u8],
    directory_offset: usize,
    headers: Vec<DirectoryHeader<'a>>,
    agree: impl Fn(&Pair<'_, 'a>) -> Result<(), ArchiveError>,
) -> Result<Vec<Agreed<'a>>, ArchiveError> {
    let before = bytes.get(..directory_offset).unwrap_or_default();
    let mut all_agree = Ok(());
    let both = |mut directory: DirectoryHeader<'a>| {
        let pair = Pair { local: header(before, directory.local_offset)?, directory: &directory };
        if all_agree.is_ok() {
            all_agree = agree(&pair);
        }
        let (body, has_descriptor, is_zip64) =
            (pair.local.body, pair.local.has_descriptor(), pair.is_zip64());
        directory.local = Local { body, has_descriptor, is_zip64 };
        Ok(Agreed { directory })
    };
    let agreed = headers.into_iter().map(both).collect::<Result<_, _>>()?;
    all_agree.map(|()| agreed)
}

/// An offset past the address space is past the file.
fn address(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

fn header(bytes: &[u8], offset: u64) -> Result<LocalHeader<'_>, ArchiveError> {
    let offset = address(offset);
    let mut cursor = Cursor::new(bytes, offset..bytes.len(), Record::LocalHeader);
    cursor.signature(LOCAL_FILE_HEADER_SIGNATURE)?;
    let (version_needed, flags, method) = (cursor.u16()?, cursor.u16()?, cursor.u16()?);
    let _time_and_date = cursor.u32()?;
    let crc = cursor.u32()?;
    let (compressed_size, size) = (cursor.u32()?, cursor.u32()?);
    let (name_length, extra_length) = (cursor.u16()?, cursor.u16()?);
    let name = cursor.bytes(usize::from(name_length))?;
    let extra = cursor.bytes(usize::from(extra_length))?;

    let owner = Owner { name, record: Record::LocalHeader, offset };
    let extra = Extra::read(extra, owner)?;
    let [size, compressed_size] = widened([size, compressed_size], extra, owner)?;
    Ok(LocalHeader {
        offset,
        version_needed,
        flags,
        method,
        crc,
        compressed_size,
        size,
        name,
        has_zip64: extra.zip64.is_some(),
        body: cursor.offset(),
    })
}

/// The fields that ZIP64 may widen in a local header (APPNOTE 4.5.3).
fn widened(narrow: [u32; 2], extra: Extra<'_>, owner: Owner<'_>) -> Result<[u64; 2], ArchiveError> {
    let values = match extra.zip64.map(|data| (data.as_chunks(), data.len())) {
        Some(((values, &[]), _)) => Some(values),
        None => None,
        Some((_, actual)) => return Err(owner.refuses_zip64(Zip64Defect::Length { actual })),
    };
    zip64::widen(narrow, values).map_err(|defect| owner.refuses_zip64(defect))
}
