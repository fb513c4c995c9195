//! C1: the entries tile the file from its first byte to the directory, in the directory's order.

use core::ops::Range;

use super::descriptor;
use super::directory::DirectoryHeader;
use super::error::ArchiveError;
use super::local::Pair;
use super::records::wide;

/// Where an entry's local record stands: header, body and descriptor.
#[derive(Clone, Debug)]
pub(super) struct Extent {
    pub(super) record: Range<usize>,
    pub(super) body: Range<usize>,
}

/// No two entries of the directory have the same local header.
pub(super) fn no_shared_header(headers: &[DirectoryHeader<'_>]) -> Result<(), ArchiveError> {
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

/// The records of all entries, each directly after the one before it, from 0 to the directory.
pub(super) fn tile(bytes: &[u8], pairs: &[Pair<'_>], directory: usize) -> Result<Vec<Extent>, ArchiveError> {
    let mut by_offset: Vec<_> = pairs.iter().enumerate().collect();
    by_offset.sort_by_key(|(_, pair)| pair.local.offset);
    let nexts = by_offset.iter().skip(1).map(|(_, pair)| pair.local.offset).chain([directory]);

    let mut extents = Vec::with_capacity(pairs.len());
    let mut reached = 0;
    for ((_, pair), next) in by_offset.iter().zip(nexts) {
        no_bytes_between(reached, pair.local.offset)?;
        let extent = extent(bytes, pair, next)?;
        reached = extent.record.end;
        extents.push(extent);
    }
    no_bytes_between(reached, directory)?;
    in_directory_order(&by_offset)?;
    Ok(extents)
}

/// The record of one entry, which ends at or before the next one's beginning.
fn extent(bytes: &[u8], pair: &Pair<'_>, next: usize) -> Result<Extent, ArchiveError> {
    let end = wide(pair.local.body).saturating_add(pair.directory.compressed_size);
    let overlap = || ArchiveError::Overlap { entry: pair.directory.entry(), end, next: wide(next) };
    let body_end = usize::try_from(end).ok().filter(|&end| end <= next).ok_or_else(overlap)?;
    let end = if pair.local.has_descriptor() {
        descriptor::fills(bytes, pair, body_end..next)?;
        next
    } else {
        body_end
    };
    Ok(Extent { record: pair.local.offset..end, body: pair.local.body..body_end })
}

fn no_bytes_between(end: usize, next: usize) -> Result<(), ArchiveError> {
    match (end, wide(next)) {
        _ if end == next => Ok(()),
        (0, actual) => Err(ArchiveError::Prefix { actual }),
        (_, next) => Err(ArchiveError::Gap { offset: wide(end), end: next }),
    }
}

fn in_directory_order(by_offset: &[(usize, &Pair<'_>)]) -> Result<(), ArchiveError> {
    match by_offset.iter().enumerate().find(|(place, (listed, _))| place != listed) {
        None => Ok(()),
        Some((expected, &(actual, pair))) => Err(ArchiveError::Order {
            entry: pair.directory.entry(),
            offset: pair.local.offset,
            expected,
            actual,
        }),
    }
}
