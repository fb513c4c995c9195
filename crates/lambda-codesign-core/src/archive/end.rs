//! C2 to C5: the one end record, and where it says that the directory stands.

use core::ops::Range;

use super::error::{ArchiveError, Count, Record};
use super::records::{
    CENTRAL_FILE_HEADER_SIGNATURE, Cursor, END_OF_CENTRAL_DIR_LENGTH, END_OF_CENTRAL_DIR_SIGNATURE,
    SENTINEL_16, signature_at, wide,
};
use super::zip64::{self, Totals};

/// Where the directory stands and how many entries it has, as every end record says.
#[derive(Debug)]
pub(super) struct End {
    /// The directory: it ends where the end records begin.
    pub(super) directory: Range<usize>,
    /// The entries that the directory must have, at least one.
    pub(super) entries: u64,
    /// Where the end record begins.
    pub(super) offset: usize,
}

impl End {
    /// Finds the end record and holds it and its ZIP64 twin to what they say of the directory.
    pub(super) fn find(bytes: &[u8]) -> Result<Self, ArchiveError> {
        let record = EndRecord::read(bytes, one_end_record(bytes)?)?;
        let totals = zip64::totals(bytes, &record)?;
        one_disk(&record, &totals)?;
        not_empty(&record, &totals)?;
        entries_on_disk(&record, &totals)?;
        Ok(Self {
            directory: directory_up_to_end(bytes, &record, &totals)?,
            entries: totals.entries,
            offset: record.offset,
        })
    }
}

/// The end record's fields (APPNOTE 4.3.16).
pub(super) struct EndRecord {
    pub(super) offset: usize,
    pub(super) disk: u16,
    pub(super) directory_disk: u16,
    pub(super) entries_on_disk: u16,
    pub(super) entries: u16,
    pub(super) directory_size: u32,
    pub(super) directory_offset: u32,
}

impl EndRecord {
    fn read(bytes: &[u8], offset: usize) -> Result<Self, ArchiveError> {
        let mut cursor = Cursor::new(bytes, offset..bytes.len(), Record::EndRecord);
        cursor.signature(END_OF_CENTRAL_DIR_SIGNATURE)?;
        Ok(Self {
            offset,
            disk: cursor.u16()?,
            directory_disk: cursor.u16()?,
            entries_on_disk: cursor.u16()?,
            entries: cursor.u16()?,
            directory_size: cursor.u32()?,
            directory_offset: cursor.u32()?,
        })
    }
}

/// C2 and C4: one end record, whose comment ends the file and holds no second signature of one.
///
/// The signature may stand in the last entry's body, as it does where that is a zip itself: no reader takes it for
/// the end as long as what follows it there is not a comment that ends the file.
fn one_end_record(bytes: &[u8]) -> Result<usize, ArchiveError> {
    let start = bytes.len().saturating_sub(END_OF_CENTRAL_DIR_LENGTH + usize::from(u16::MAX));
    let mut ending = None;
    let mut last = None;
    for offset in start..bytes.len() {
        if !signature_at(bytes, offset, END_OF_CENTRAL_DIR_SIGNATURE) {
            continue;
        }
        last = Some(offset);
        if comment_end(bytes, offset) == Ok(bytes.len()) {
            if let Some(first) = ending {
                return Err(ArchiveError::SecondEndRecord { first, second: offset });
            }
            ending = Some(offset);
        }
    }
    match (ending, last) {
        (Some(end), Some(last)) if last == end => Ok(end),
        (Some(first), Some(second)) => Err(ArchiveError::SecondEndRecord { first, second }),
        (_, None) => Err(ArchiveError::NoEndRecord { length: bytes.len() }),
        (None, Some(last)) => Err(not_at_the_end(bytes, last)),
    }
}

/// Where the comment of the end record ends by its length (APPNOTE 4.4.25).
fn comment_end(bytes: &[u8], offset: usize) -> Result<usize, ArchiveError> {
    let comment = offset.saturating_add(END_OF_CENTRAL_DIR_LENGTH);
    let mut cursor = Cursor::new(bytes, comment.saturating_sub(2)..comment, Record::EndRecord);
    let length = usize::from(cursor.u16()?);
    Ok(comment.saturating_add(length))
}

fn not_at_the_end(bytes: &[u8], offset: usize) -> ArchiveError {
    match comment_end(bytes, offset) {
        Err(error) => error,
        Ok(end) if end < bytes.len() => ArchiveError::TrailingBytes { expected: end, actual: bytes.len() },
        Ok(end) => ArchiveError::Truncated {
            record: Record::EndRecord,
            offset: bytes.len(),
            expected: end.saturating_sub(bytes.len()),
            actual: 0,
        },
    }
}

/// The disk numbers are 0, or the sentinel where ZIP64 says 0 (APPNOTE 4.4.19, 4.4.20).
fn one_disk(record: &EndRecord, totals: &Totals) -> Result<(), ArchiveError> {
    for disk in [record.disk, record.directory_disk] {
        if disk != 0 && !(disk == SENTINEL_16 && totals.is_zip64()) {
            let actual = u32::from(disk);
            return Err(ArchiveError::MultiDisk { record: Record::EndRecord, offset: record.offset, actual });
        }
    }
    Ok(())
}

/// The archive has entries: AWS Signer refuses one without (FORMAT.md "Where the signature is").
fn not_empty(record: &EndRecord, totals: &Totals) -> Result<(), ArchiveError> {
    if totals.entries == 0 && totals.directory_size == 0 {
        return Err(ArchiveError::Empty { offset: record.offset });
    }
    Ok(())
}

/// C3: all entries are on this disk (APPNOTE 4.4.21, 4.4.22).
fn entries_on_disk(record: &EndRecord, totals: &Totals) -> Result<(), ArchiveError> {
    if totals.entries_on_disk != totals.entries {
        return Err(ArchiveError::CountMismatch {
            count: Count::EntriesOnDisk,
            offset: record.offset,
            expected: totals.entries,
            actual: totals.entries_on_disk,
        });
    }
    Ok(())
}

/// C3 and C4: the directory ends where the end records begin, so that its offset can be counted from either end of the
/// file.
fn directory_up_to_end(
    bytes: &[u8],
    record: &EndRecord,
    totals: &Totals,
) -> Result<Range<usize>, ArchiveError> {
    let stated = totals.directory_offset.saturating_add(totals.directory_size);
    let between = wide(totals.offset).checked_sub(stated);
    match (usize::try_from(totals.directory_offset), between) {
        (Ok(start), Some(0)) => Ok(start..totals.offset),
        (_, between) => Err(directory_elsewhere(bytes, record, totals, between)),
    }
}

/// Which rule a directory breaks that is not where the end records say, by the headers that are there.
fn directory_elsewhere(
    bytes: &[u8],
    record: &EndRecord,
    totals: &Totals,
    between: Option<u64>,
) -> ArchiveError {
    let starts_at = |offset: u64| {
        usize::try_from(offset).is_ok_and(|offset| signature_at(bytes, offset, CENTRAL_FILE_HEADER_SIGNATURE))
    };
    let (offset, end) = (totals.directory_offset, wide(totals.offset));
    let stated = offset.saturating_add(totals.directory_size);
    match between {
        Some(actual) if starts_at(offset.saturating_add(actual)) && !starts_at(stated) => {
            ArchiveError::Prefix { actual }
        }
        Some(_) if starts_at(offset) && !starts_at(stated) => ArchiveError::Gap { offset: stated, end },
        Some(_) | None => {
            let count = Count::DirectoryEnd;
            ArchiveError::CountMismatch { count, offset: record.offset, expected: end, actual: stated }
        }
    }
}
