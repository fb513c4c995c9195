//! A2 and A3: every record that describes an entry says the same of it.

use super::error::{ArchiveError, EntryName, Field, Record};
use super::local::Pair;
use super::records::{FLAG_DATA_DESCRIPTOR, METHOD_STORED};

/// A3: both headers have the name, byte for byte (APPNOTE 4.4.17).
pub(super) fn names(pair: &Pair<'_, '_>) -> Result<(), ArchiveError> {
    if pair.local.name != pair.directory.name {
        return Err(ArchiveError::NameMismatch {
            entry: pair.directory.entry(),
            record: Record::LocalHeader,
            offset: pair.local.offset,
            actual: EntryName::new(pair.local.name),
        });
    }
    Ok(())
}

/// Both headers have the flags and the method; the flag of a data descriptor may stand in the local header alone.
pub(super) fn flags_and_methods(pair: &Pair<'_, '_>) -> Result<(), ArchiveError> {
    let (directory, local) = (pair.directory, &pair.local);
    let expected = directory.flags | (local.flags & FLAG_DATA_DESCRIPTOR);
    same(pair, Field::Flags, u64::from(expected), u64::from(local.flags))?;
    same(pair, Field::Method, u64::from(directory.method), u64::from(local.method))
}

/// A2: both headers have the CRC-32 and the sizes; before a data descriptor the local ones may be zero (APPNOTE 4.4.4).
pub(super) fn sizes(pair: &Pair<'_, '_>) -> Result<(), ArchiveError> {
    let (directory, local) = (pair.directory, &pair.local);
    let fields = [
        (Field::Crc, u64::from(directory.crc), u64::from(local.crc)),
        (Field::CompressedSize, directory.compressed_size, local.compressed_size),
        (Field::Size, directory.size, local.size),
    ];
    for (field, expected, actual) in fields {
        if !(actual == 0 && local.has_descriptor()) {
            same(pair, field, expected, actual)?;
        }
    }
    Ok(())
}

/// A2: a stored body has its size (APPNOTE 4.4.8, 4.4.9).
pub(super) fn stored_size(pair: &Pair<'_, '_>) -> Result<(), ArchiveError> {
    let directory = pair.directory;
    if directory.method == METHOD_STORED && directory.compressed_size != directory.size {
        return Err(ArchiveError::SizeMismatch {
            entry: directory.entry(),
            offset: pair.local.body,
            expected: directory.size,
            actual: directory.compressed_size,
        });
    }
    Ok(())
}

/// The CRC-32 of nothing is 0.
pub(super) fn empty_crc(pair: &Pair<'_, '_>) -> Result<(), ArchiveError> {
    let directory = pair.directory;
    if directory.size == 0 && directory.crc != 0 {
        return Err(ArchiveError::CrcMismatch {
            entry: directory.entry(),
            offset: pair.local.body,
            expected: directory.crc,
            actual: 0,
        });
    }
    Ok(())
}

fn same(pair: &Pair<'_, '_>, field: Field, expected: u64, actual: u64) -> Result<(), ArchiveError> {
    if expected != actual {
        let (entry, offset) = (pair.directory.entry(), pair.local.offset);
        return Err(ArchiveError::HeaderMismatch { entry, field, offset, expected, actual });
    }
    Ok(())
}
