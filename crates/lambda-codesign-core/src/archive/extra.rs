//! Extra fields (APPNOTE 4.5): well-formed, each at most once, and none that tells of another entry.

use super::defect::{ExtraDefect, Zip64Defect};
use super::error::{ArchiveError, EntryName, Record};
use super::records::{
    EXTRA_AES, EXTRA_STREAMED_ATTRIBUTES, EXTRA_STRONG_ENCRYPTION, EXTRA_UNICODE_PATH, EXTRA_ZIP64,
};

/// Which header extra fields belong to.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) name: &'a [u8],
    pub(super) record: Record,
    pub(super) offset: usize,
}

impl Owner<'_> {
    pub(super) fn entry(&self) -> EntryName {
        EntryName::new(self.name)
    }

    fn refuses(&self, defect: ExtraDefect) -> ArchiveError {
        ArchiveError::ExtraField { entry: self.entry(), record: self.record, offset: self.offset, defect }
    }

    pub(super) fn refuses_zip64(&self, defect: Zip64Defect) -> ArchiveError {
        ArchiveError::Zip64 { record: self.record, offset: self.offset, defect }
    }
}

/// The fields that say something of the entry's reading; the others may say what they like.
#[derive(Clone, Copy, Default)]
pub(super) struct Extra<'a> {
    pub(super) zip64: Option<&'a [u8]>,
}

impl<'a> Extra<'a> {
    /// Reads the list and applies the rules for each field.
    pub(super) fn read(bytes: &'a [u8], owner: Owner<'_>) -> Result<Self, ArchiveError> {
        let mut extra = Self::default();
        let mut ids = Vec::new();
        let mut rest = bytes;
        while let Some((field, after)) = Field::next(rest).map_err(|defect| owner.refuses(defect))? {
            ids.push(field.id);
            rest = after;
            match field.id {
                EXTRA_ZIP64 => extra.zip64 = Some(field.data),
                EXTRA_UNICODE_PATH => unicode_path(field.data, owner)?,
                EXTRA_STRONG_ENCRYPTION | EXTRA_AES => return Err(encrypted(owner)),
                EXTRA_STREAMED_ATTRIBUTES => return Err(owner.refuses(ExtraDefect::StreamedAttributes)),
                _ => {}
            }
        }
        tail(rest).map_err(|defect| owner.refuses(defect))?;
        each_once(ids).map_err(|defect| owner.refuses(defect))?;
        Ok(extra)
    }
}

struct Field<'a> {
    id: u16,
    data: &'a [u8],
}

impl<'a> Field<'a> {
    /// The first field of the list, and the list after it; none where fewer than four bytes are left.
    fn next(list: &'a [u8]) -> Result<Option<(Self, &'a [u8])>, ExtraDefect> {
        let Some((&[id0, id1, size0, size1], rest)) = list.split_first_chunk() else {
            return Ok(None);
        };
        let id = u16::from_le_bytes([id0, id1]);
        let size = usize::from(u16::from_le_bytes([size0, size1]));
        let too_long = ExtraDefect::TooLong { id, expected: rest.len(), actual: size };
        let (data, rest) = rest.split_at_checked(size).ok_or(too_long)?;
        Ok(Some((Self { id, data }, rest)))
    }
}

/// What is left after the last field is nothing, or the padding of 1 to 3 zeros with which Android's tools align bodies.
fn tail(rest: &[u8]) -> Result<(), ExtraDefect> {
    if rest.iter().any(|&byte| byte != 0) {
        return Err(ExtraDefect::Tail { actual: rest.len() });
    }
    Ok(())
}

fn each_once(mut ids: Vec<u16>) -> Result<(), ExtraDefect> {
    ids.sort_unstable();
    let twice = ids.array_windows().find(|[one, other]| one == other);
    twice.map_or(Ok(()), |&[id, _]| Err(ExtraDefect::Twice { id }))
}

/// A3: the Unicode Path (APPNOTE 4.6.9) is of version 1, for this name, and the same name.
fn unicode_path(data: &[u8], owner: Owner<'_>) -> Result<(), ArchiveError> {
    let Some((&[version, c0, c1, c2, c3], path)) = data.split_first_chunk() else {
        return Err(owner.refuses(ExtraDefect::UnicodePath));
    };
    if path != owner.name {
        return Err(ArchiveError::NameMismatch {
            entry: owner.entry(),
            record: owner.record,
            offset: owner.offset,
            actual: EntryName::new(path),
        });
    }
    // Another checksum says that the field was written for another name, and readers then ignore it.
    if version != 1 || u32::from_le_bytes([c0, c1, c2, c3]) != crc32fast::hash(owner.name) {
        return Err(owner.refuses(ExtraDefect::UnicodePath));
    }
    Ok(())
}

/// A5: no field of encryption either.
fn encrypted(owner: Owner<'_>) -> ArchiveError {
    ArchiveError::Encrypted { entry: owner.entry(), record: owner.record, offset: owner.offset }
}
