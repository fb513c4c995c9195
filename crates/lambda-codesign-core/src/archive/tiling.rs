//! C1: the entries tile the file from its first byte to the directory, in the directory's order.

use super::descriptor;
use super::directory::DirectoryHeader;
use super::error::ArchiveError;
use super::local::Agreed;
use super::records::wide;

/// No two entries of the directory have the same local header.
pub(super) fn no_shared_header(headers: &[DirectoryHeader<'_>]) -> Result<(), ArchiveError> {
    if headers.is_sorted_by(|one, other| one.local_offset < other.local_offset) {
        return Ok(());
    }
    let mut by_offset: Vec<_> = headers.iter().collect();
    by_offset.sort_by_key(|header| header.local_offset);
    for [one, other] in by_offset.array_windows() {
        if one.local_offset == other.local_offset {
            return Err(ArchiveError::SharedHeader {
                first: one.entry(),
                second: other.entry(),
                offset: one.local_offset,
            });
        }
    }
    Ok(())
}

/// The records of all entries, each directly after the one before it, from 0 to the directory: where each ends.
pub(super) fn tile(
    bytes: &[u8],
    entries: &[Agreed<'_>],
    directory: usize,
) -> Result<Vec<usize>, ArchiveError> {
    let mut by_offset: Vec<_> = entries.iter().enumerate().collect();
    by_offset.sort_by_key(|(_, entry)| entry.offset());
    let nexts = by_offset.iter().skip(1).map(|(_, entry)| entry.offset()).chain([directory]);

    let mut ends = Vec::with_capacity(entries.len());
    let mut reached = 0;
    for ((_, entry), next) in by_offset.iter().zip(nexts) {
        no_bytes_between(reached, entry.offset())?;
        reached = end(bytes, entry, next)?;
        ends.push(reached);
    }
    no_bytes_between(reached, directory)?;
    in_directory_order(&by_offset)?;
    Ok(ends)
}

/// Where the record of an entry ends, header, body and descriptor: at or before the next one's beginning.
fn end(bytes: &[u8], entry: &Agreed<'_>, next: usize) -> Result<usize, ArchiveError> {
    let end = wide(entry.body()).saturating_add(entry.directory.compressed_size);
    let overlap = || ArchiveError::Overlap { entry: entry.directory.entry(), end, next: wide(next) };
    let body_end = usize::try_from(end).ok().filter(|&end| end <= next).ok_or_else(overlap)?;
    if entry.has_descriptor() {
        descriptor::fills(bytes, entry, body_end..next)?;
        Ok(next)
    } else {
        Ok(body_end)
    }
}

fn no_bytes_between(end: usize, next: usize) -> Result<(), ArchiveError> {
    match (end, wide(next)) {
        _ if end == next => Ok(()),
        (0, actual) => Err(ArchiveError::Prefix { actual }),
        (_, next) => Err(ArchiveError::Gap { offset: wide(end), end: next }),
    }
}

fn in_directory_order(by_offset: &[(usize, &Agreed<'_>)]) -> Result<(), ArchiveError> {
    match by_offset.iter().enumerate().find(|(place, (listed, _))| place != listed) {
        None => Ok(()),
        Some((expected, &(actual, entry))) => Err(ArchiveError::Order {
            entry: entry.directory.entry(),
            offset: entry.offset(),
            expected,
            actual,
        }),
    }
}
