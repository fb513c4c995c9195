//! The records of an archive that the verifier admitted, to be copied byte for byte.

use core::ops::Range;

use lambda_codesign_core::archive::{Archive, Entry};

/// An admitted archive, and where its central records and its comment stand.
pub(crate) struct Records<'a> {
    central: Vec<Central<'a>>,
    /// The archive's comment.
    pub(crate) comment: &'a [u8],
}

/// The bytes are not those of the archive, or the archive was admitted though it does not have its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the archive's directory does not stand behind its last entry")]
pub struct RecordsError;

/// A record of the central directory (APPNOTE 4.3.12).
#[derive(Clone, Copy)]
pub(crate) struct Central<'a>(&'a [u8]);

const CENTRAL: u32 = 0x0201_4b50;
const CENTRAL_LENGTH: usize = 46;
const ZIP64_END: u32 = 0x0606_4b50;
const ZIP64_LOCATOR_LENGTH: usize = 20;
const END: u32 = 0x0605_4b50;
const END_LENGTH: usize = 22;
const ZIP64_EXTRA: u16 = 1;

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().copied().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().copied().map(u64::from_le_bytes)
}

fn length_at(bytes: &[u8], at: usize) -> Option<usize> {
    u16_at(bytes, at).map(usize::from)
}

/// A package from its directory on, which names every entry, or all of it where that is not told at once.
pub(crate) fn from_directory(package: &[u8]) -> &[u8] {
    // The longest comment.
    let from = package.len().saturating_sub(END_LENGTH + usize::from(u16::MAX));
    let directory = || {
        let end = from + memchr::memmem::rfind(package.get(from..)?, &END.to_le_bytes())?;
        let directory = package.get(usize::try_from(u32_at(package, end + 16)?).ok()?..)?;
        (u32_at(directory, 0)? == CENTRAL).then_some(directory)
    };
    directory().unwrap_or(package)
}

impl<'a> Records<'a> {
    /// The records of `archive`, which was read from `bytes`.
    pub(crate) fn of(bytes: &'a [u8], archive: &Archive<'a>) -> Result<Self, RecordsError> {
        let last = archive.entries().last().ok_or(RecordsError)?;
        let directory = bytes.get(last.offset() + last.record().len()..).ok_or(RecordsError)?;
        Self::read(directory, archive.entries().len()).ok_or(RecordsError)
    }

    fn read(mut rest: &'a [u8], count: usize) -> Option<Self> {
        let mut central = Vec::new();
        for _ in 0..count {
            let (record, behind) = Central::split(rest)?;
            central.push(record);
            rest = behind;
        }
        if u32_at(rest, 0)? == ZIP64_END {
            // The record counts its size from behind the size's own field (APPNOTE 4.3.14.1).
            let size = usize::try_from(u64_at(rest, 4)?).ok()?;
            rest = rest.get(size.checked_add(12 + ZIP64_LOCATOR_LENGTH)?..)?;
        }
        if u32_at(rest, 0)? != END {
            return None;
        }
        Some(Self { central, comment: rest.get(END_LENGTH..)? })
    }

    /// The central records, in order, as they stand.
    pub(crate) fn directory(&self) -> Vec<u8> {
        self.central.iter().map(|central| central.0).collect::<Vec<_>>().concat()
    }

    /// Each entry with its central record, in order.
    pub(crate) fn with_central<'b>(
        &'b self,
        archive: &'b Archive<'a>,
    ) -> impl Iterator<Item = (&'b Entry<'a>, Central<'a>)> {
        archive.entries().iter().zip(self.central.iter().copied())
    }
}

impl<'a> Central<'a> {
    fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        if u32_at(bytes, 0)? != CENTRAL {
            return None;
        }
        let variable: [usize; 3] = [length_at(bytes, 28)?, length_at(bytes, 30)?, length_at(bytes, 32)?];
        let (record, behind) = bytes.split_at_checked(CENTRAL_LENGTH + variable.iter().sum::<usize>())?;
        Some((Self(record), behind))
    }

    /// The record for the same entry at another offset; every other byte stays.
    pub(crate) fn moved_to(self, offset: u32) -> Vec<u8> {
        let mut record = self.0.to_vec();
        let field = if u32_at(self.0, 42) == Some(u32::MAX) { self.zip64_offset() } else { None };
        match field {
            Some(field) => put(&mut record, field, &u64::from(offset).to_le_bytes()),
            None => put(&mut record, 42..46, &offset.to_le_bytes()),
        }
        record
    }

    /// Where the ZIP64 extra field keeps the offset: behind the sizes that it has (APPNOTE 4.5.3).
    fn zip64_offset(self) -> Option<Range<usize>> {
        let begin = CENTRAL_LENGTH + length_at(self.0, 28)?;
        let end = begin + length_at(self.0, 30)?;
        let mut at = begin;
        while at + 4 <= end {
            let length = length_at(self.0, at + 2)?;
            if u16_at(self.0, at)? == ZIP64_EXTRA {
                let sizes = [20, 24].iter().filter(|field| u32_at(self.0, **field) == Some(u32::MAX)).count();
                let field = at + 4 + 8 * sizes;
                return (field + 8 <= at + 4 + length).then_some(field..field + 8);
            }
            at += 4 + length;
        }
        None
    }

    /// The DOS time and date.
    pub(crate) fn time(self) -> (u16, u16) {
        (u16_at(self.0, 12).unwrap_or_default(), u16_at(self.0, 14).unwrap_or_default())
    }

    /// The extra fields, then the comment.
    pub(crate) fn extra_and_comment(self) -> (&'a [u8], &'a [u8]) {
        let lengths = (length_at(self.0, 28), length_at(self.0, 30));
        let (Some(name), Some(extra)) = lengths else {
            return (&[], &[]);
        };
        let rest = self.0.get(CENTRAL_LENGTH + name..).unwrap_or_default();
        rest.split_at_checked(extra).unwrap_or_default()
    }
}

/// The extra fields of a local record (APPNOTE 4.3.7).
pub(crate) fn local_extra(record: &[u8]) -> &[u8] {
    let lengths = (length_at(record, 26), length_at(record, 28));
    let (Some(name), Some(extra)) = lengths else {
        return &[];
    };
    record.get(30 + name..30 + name + extra).unwrap_or_default()
}

fn put(record: &mut [u8], at: Range<usize>, bytes: &[u8]) {
    if let Some(field) = record.get_mut(at) {
        field.copy_from_slice(bytes);
    }
}
