//! A2: a data descriptor says what the directory says, and no reader of a stream would find it elsewhere.

use super::defect::{DescriptorDefect, Zip64Defect};
use super::error::{ArchiveError, Field, Record};
use super::local::{Agreed, Pair};
use super::records::{Cursor, DATA_DESCRIPTOR_SIGNATURE, METHOD_STORED, SENTINEL_32};
use core::ops::Range;

/// C5: an entry with a descriptor has ZIP64 values only if its sizes need them.
///
/// Java's `ZipInputStream` takes the descriptor's sizes for 64 bits wide where the sizes it saw are, and for 32 else.
pub(super) fn no_unneeded_zip64(pair: &Pair<'_, '_>) -> Result<(), ArchiveError> {
    let sentinel = u64::from(SENTINEL_32);
    let needed = pair.directory.size >= sentinel || pair.directory.compressed_size >= sentinel;
    if pair.local.has_descriptor() && pair.is_zip64() && !needed {
        return Err(ArchiveError::Zip64 {
            record: Record::LocalHeader,
            offset: pair.local.offset,
            defect: Zip64Defect::WithDescriptor,
        });
    }
    Ok(())
}

/// The descriptor fills the space from the body to the next record, with the directory's values (APPNOTE 4.3.9).
pub(super) fn fills(bytes: &[u8], entry: &Agreed<'_>, space: Range<usize>) -> Result<(), ArchiveError> {
    let refuses = |defect| {
        let (entry, offset) = (entry.directory.entry(), space.start);
        ArchiveError::Descriptor { entry, offset, defect }
    };
    let sizes = if entry.is_zip64() { 16 } else { 8 };
    let mut cursor = Cursor::new(bytes, space.clone(), Record::DataDescriptor);
    let signature = match space.len().checked_sub(sizes) {
        Some(8) => Some(cursor.u32()?),
        Some(4) => None,
        Some(_) | None => {
            return Err(refuses(DescriptorDefect::Length { expected: sizes + 8, actual: space.len() }));
        }
    };
    let crc = cursor.u32()?;
    let mut size = || {
        if sizes == 16 { cursor.u64() } else { cursor.u32().map(u64::from) }
    };
    let (compressed_size, size) = (size()?, size()?);
    agrees(entry, [u64::from(crc), compressed_size, size])
        .and_then(|()| signed(entry, signature))
        .and_then(|()| not_in_stored(bytes, entry, space.start))
        .map_err(refuses)
}

fn agrees(entry: &Agreed<'_>, [crc, compressed_size, size]: [u64; 3]) -> Result<(), DescriptorDefect> {
    let fields = [
        (Field::Crc, u64::from(entry.directory.crc), crc),
        (Field::CompressedSize, entry.directory.compressed_size, compressed_size),
        (Field::Size, entry.directory.size, size),
    ];
    for (field, expected, actual) in fields {
        if expected != actual {
            return Err(DescriptorDefect::Disagrees { field, expected, actual });
        }
    }
    Ok(())
}

/// The signature is optional (APPNOTE 4.3.9.3), as long as a reader of a stream can tell whether it is there.
fn signed(entry: &Agreed<'_>, signature: Option<u32>) -> Result<(), DescriptorDefect> {
    match signature {
        Some(DATA_DESCRIPTOR_SIGNATURE) => Ok(()),
        Some(actual) => Err(DescriptorDefect::Signature { actual }),
        None if entry.directory.method == METHOD_STORED => Err(DescriptorDefect::StoredUnsigned),
        None if entry.directory.crc == DATA_DESCRIPTOR_SIGNATURE => Err(DescriptorDefect::CrcLikeSignature),
        None => Ok(()),
    }
}

/// A stored body before a descriptor holds no descriptor's signature: readers of a stream end there, and would take
/// what follows it for entries.
fn not_in_stored(bytes: &[u8], entry: &Agreed<'_>, end: usize) -> Result<(), DescriptorDefect> {
    if entry.directory.method != METHOD_STORED {
        return Ok(());
    }
    let body = bytes.get(entry.body()..end).unwrap_or_default();
    let signature = DATA_DESCRIPTOR_SIGNATURE.to_le_bytes();
    match body.array_windows().position(|window| *window == signature) {
        Some(at) => Err(DescriptorDefect::StoredSignature { at: entry.body().saturating_add(at) }),
        None => Ok(()),
    }
}
