//! C5: ZIP64 says what the other records say, and never anything that only readers who heed it would read.

use super::defect::Zip64Defect;
use super::end::EndRecord;
use super::error::{ArchiveError, Record};
use super::features;
use super::records::{
    Cursor, SENTINEL_16, SENTINEL_32, ZIP64_END_LENGTH, ZIP64_END_OF_CENTRAL_DIR_LOCATOR_SIGNATURE,
    ZIP64_END_OF_CENTRAL_DIR_SIGNATURE, ZIP64_END_SIZE_OF_RECORD, ZIP64_LOCATOR_LENGTH, signature_at, wide,
};

/// What the end records together say of the directory.
pub(super) struct Totals {
    /// Where the first of them begins.
    pub(super) offset: usize,
    pub(super) entries_on_disk: u64,
    pub(super) entries: u64,
    pub(super) directory_size: u64,
    pub(super) directory_offset: u64,
    form: Form,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Zip32,
    Zip64,
}

impl Totals {
    pub(super) fn is_zip64(&self) -> bool {
        self.form == Form::Zip64
    }
}

/// The end record's values, from the ZIP64 end record where there is one.
pub(super) fn totals(bytes: &[u8], record: &EndRecord) -> Result<Totals, ArchiveError> {
    let locator = record.offset.checked_sub(ZIP64_LOCATOR_LENGTH);
    let totals = match locator {
        Some(at) if signature_at(bytes, at, ZIP64_END_OF_CENTRAL_DIR_LOCATOR_SIGNATURE) => {
            zip64_end(bytes, locator_to_record_before(bytes, at)?)?
        }
        Some(_) | None => Totals {
            offset: record.offset,
            entries_on_disk: u64::from(record.entries_on_disk),
            entries: u64::from(record.entries),
            directory_size: u64::from(record.directory_size),
            directory_offset: u64::from(record.directory_offset),
            form: Form::Zip32,
        },
    };
    end_records_agree(record, &totals)?;
    Ok(totals)
}

/// The locator points at the record that ends where it begins, on the only disk (APPNOTE 4.3.15).
fn locator_to_record_before(bytes: &[u8], at: usize) -> Result<usize, ArchiveError> {
    let record = Record::Zip64Locator;
    let mut cursor = Cursor::new(bytes, at..bytes.len(), record);
    cursor.signature(ZIP64_END_OF_CENTRAL_DIR_LOCATOR_SIGNATURE)?;
    let disk = cursor.u32()?;
    let offset = cursor.u64()?;
    let disks = cursor.u32()?;
    if disk != 0 || disks > 1 {
        return Err(ArchiveError::MultiDisk { record, offset: at, actual: disk.max(disks) });
    }
    let expected = at.saturating_sub(ZIP64_END_LENGTH);
    if offset != wide(expected) {
        let defect = Zip64Defect::Locator { expected, actual: offset };
        return Err(ArchiveError::Zip64 { record, offset: at, defect });
    }
    Ok(expected)
}

/// The ZIP64 end record of version 1, without extensible data (APPNOTE 4.3.14).
fn zip64_end(bytes: &[u8], offset: usize) -> Result<Totals, ArchiveError> {
    let record = Record::Zip64EndRecord;
    let mut cursor = Cursor::new(bytes, offset..offset.saturating_add(ZIP64_END_LENGTH), record);
    cursor.signature(ZIP64_END_OF_CENTRAL_DIR_SIGNATURE)?;
    let size = cursor.u64()?;
    if size != ZIP64_END_SIZE_OF_RECORD {
        let defect = Zip64Defect::Version { expected: ZIP64_END_SIZE_OF_RECORD, actual: size };
        return Err(ArchiveError::Zip64 { record, offset, defect });
    }
    let _made_by = cursor.u16()?;
    features::version_needed(record, offset, cursor.u16()?)?;
    for disk in [cursor.u32()?, cursor.u32()?] {
        if disk != 0 {
            return Err(ArchiveError::MultiDisk { record, offset, actual: disk });
        }
    }
    Ok(Totals {
        offset,
        entries_on_disk: cursor.u64()?,
        entries: cursor.u64()?,
        directory_size: cursor.u64()?,
        directory_offset: cursor.u64()?,
        form: Form::Zip64,
    })
}

/// Each field of the end record has the sentinel or the ZIP64 value, and the sentinel only where ZIP64 is.
fn end_records_agree(record: &EndRecord, totals: &Totals) -> Result<(), ArchiveError> {
    let short = |field: u16| (u64::from(field), field == SENTINEL_16);
    let long = |field: u32| (u64::from(field), field == SENTINEL_32);
    let views = [
        (short(record.entries_on_disk), totals.entries_on_disk),
        (short(record.entries), totals.entries),
        (long(record.directory_size), totals.directory_size),
        (long(record.directory_offset), totals.directory_offset),
    ];
    for ((narrow, is_sentinel), wide) in views {
        let defect = match (is_sentinel, totals.form) {
            (true, Form::Zip32) => Zip64Defect::Missing,
            (false, _) if narrow != wide => Zip64Defect::Disagrees { expected: narrow, actual: wide },
            (true, Form::Zip64) | (false, _) => continue,
        };
        return Err(ArchiveError::Zip64 { record: Record::EndRecord, offset: record.offset, defect });
    }
    Ok(())
}

/// The values of a header's fields, widened by its ZIP64 extra field (APPNOTE 4.5.3).
///
/// A value stands there for each field that has the sentinel, in the fields' order. Some writers give all, or give them
/// where no field needs one: then they must repeat the fields from the first on, so that a reader who counts from the
/// first field and one who counts the sentinels find the same.
pub(super) fn widen<const N: usize>(
    narrow: [u32; N],
    values: Option<&[[u8; 8]]>,
) -> Result<[u64; N], Zip64Defect> {
    let mut fields = narrow.map(u64::from);
    let Some(values) = values else {
        return if narrow.contains(&SENTINEL_32) { Err(Zip64Defect::Missing) } else { Ok(fields) };
    };
    let mut called_for = values.iter().copied().map(u64::from_le_bytes);
    for (field, narrow) in fields.iter_mut().zip(narrow) {
        if narrow == SENTINEL_32 {
            *field = called_for.next().ok_or(Zip64Defect::Missing)?;
        }
    }
    if called_for.next().is_some() {
        repeats(values, &fields)?;
    }
    Ok(fields)
}

fn repeats(values: &[[u8; 8]], fields: &[u64]) -> Result<(), Zip64Defect> {
    if values.len() > fields.len() {
        return Err(Zip64Defect::Length { actual: values.as_flattened().len() });
    }
    for (value, &expected) in values.iter().zip(fields) {
        let actual = u64::from_le_bytes(*value);
        if actual != expected {
            return Err(Zip64Defect::Disagrees { expected, actual });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Zip64Defect, widen};

    const SENTINEL: u32 = u32::MAX;

    fn check<const N: usize>(narrow: [u32; N], values: &[u64], expected: Result<[u64; N], Zip64Defect>) {
        let values: Vec<_> = values.iter().map(|value| value.to_le_bytes()).collect();
        assert_eq!(widen(narrow, Some(&values)), expected, "{narrow:?} widened by {values:?}");
    }

    #[test]
    fn every_way_to_count_the_values_finds_the_same() {
        let disagrees = |expected, actual| Err(Zip64Defect::Disagrees { expected, actual });
        check([SENTINEL, 7], &[9], Ok([9, 7]));
        check([7, SENTINEL], &[9], Ok([7, 9]));
        check([SENTINEL, SENTINEL], &[8, 9], Ok([8, 9]));
        check([8, 9], &[8, 9], Ok([8, 9]));
        check([8, 9], &[8], Ok([8, 9]));
        check([8, 9], &[], Ok([8, 9]));
        check([8, SENTINEL], &[8, 9], disagrees(8, 9));
        check([8, 9], &[8, 10], disagrees(9, 10));
        check([SENTINEL, 9], &[8, 10], disagrees(9, 10));
        check([SENTINEL, SENTINEL], &[8], Err(Zip64Defect::Missing));
        check([8, 9], &[8, 9, 0], Err(Zip64Defect::Length { actual: 24 }));
        assert_eq!(widen([8, SENTINEL], None), Err(Zip64Defect::Missing));
        assert_eq!(widen([8, 9], None), Ok([8, 9]));
    }
}
