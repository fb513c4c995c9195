//! A1 and A5, versions and flags: what is asked of a reader must be what every reader has.

use super::error::{ArchiveError, Record};
use super::local::Pair;
use super::records::{FLAGS_ENCRYPTION, FLAGS_READ, METHOD_DEFLATED, METHOD_STORED, VERSION_ZIP64};

/// Neither header needs a version beyond ZIP64's; they may need different ones (APPNOTE 4.4.3).
pub(super) fn versions(pair: &Pair<'_, '_>) -> Result<(), ArchiveError> {
    version_needed(Record::DirectoryHeader, pair.directory.offset, pair.directory.version_needed)?;
    version_needed(Record::LocalHeader, pair.local.offset, pair.local.version_needed)
}

/// The record needs no version beyond ZIP64's (APPNOTE 4.4.3).
pub(super) fn version_needed(record: Record, offset: usize, actual: u16) -> Result<(), ArchiveError> {
    if actual > VERSION_ZIP64 {
        let expected = VERSION_ZIP64;
        return Err(ArchiveError::UnsupportedVersion { record, offset, expected, actual });
    }
    Ok(())
}

/// A1: stored or deflated (APPNOTE 4.4.5).
pub(super) fn method(pair: &Pair<'_, '_>) -> Result<(), ArchiveError> {
    match pair.directory.method {
        METHOD_STORED | METHOD_DEFLATED => Ok(()),
        actual => Err(ArchiveError::UnsupportedMethod {
            entry: pair.directory.entry(),
            offset: pair.directory.offset,
            actual,
        }),
    }
}

/// A5: no flag of encryption in either header (APPNOTE 4.4.4).
pub(super) fn encryption(pair: &Pair<'_, '_>) -> Result<(), ArchiveError> {
    for (record, offset, flags) in flags_of(pair) {
        if flags & FLAGS_ENCRYPTION != 0 {
            return Err(ArchiveError::Encrypted { entry: pair.directory.entry(), record, offset });
        }
    }
    Ok(())
}

/// No reserved flag in either header, and none of patched data (APPNOTE 4.4.4).
pub(super) fn flags(pair: &Pair<'_, '_>) -> Result<(), ArchiveError> {
    for (record, offset, actual) in flags_of(pair) {
        let refused = actual & !(FLAGS_READ | FLAGS_ENCRYPTION);
        if refused != 0 {
            return Err(ArchiveError::Flags {
                entry: pair.directory.entry(),
                record,
                offset,
                actual,
                refused,
            });
        }
    }
    Ok(())
}

fn flags_of(pair: &Pair<'_, '_>) -> [(Record, usize, u16); 2] {
    [
        (Record::DirectoryHeader, pair.directory.offset, pair.directory.flags),
        (Record::LocalHeader, pair.local.offset, pair.local.flags),
    ]
}
