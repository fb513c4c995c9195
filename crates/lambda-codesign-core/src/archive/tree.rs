//! B1 and B3 across entries: each name once, and no file or link where another entry has a directory.

use core::cmp::Ordering;

use super::directory::DirectoryHeader;
use super::entry::Entry;
use super::error::ArchiveError;
use super::kinds::EntryKind;

/// B1: no name twice.
pub(super) fn no_duplicates(headers: &[DirectoryHeader<'_>]) -> Result<(), ArchiveError> {
    if headers.is_sorted_by(|one, other| one.name < other.name) {
        return Ok(());
    }
    let mut by_name: Vec<_> = headers.iter().collect();
    by_name.sort_by_key(|header| header.name);
    for [one, other] in by_name.array_windows() {
        if one.name == other.name {
            return Err(ArchiveError::DuplicateEntry {
                entry: one.entry(),
                first: one.offset,
                second: other.offset,
            });
        }
    }
    Ok(())
}

/// B3 and A4: no entry below a file (by its name, or as the directory of the file's name) or below a symbolic link.
pub(super) fn directories_are_directories(entries: &[Entry<'_>]) -> Result<(), ArchiveError> {
    let mut by_path: Vec<_> = entries.iter().collect();
    by_path.sort_by(|one, other| compare_paths(one.name(), other.name()));
    for [one, other] in by_path.array_windows() {
        // In this order what stands below a name comes directly after it.
        let below = other.name().strip_prefix(one.name()).is_some_and(|rest| rest.starts_with('/'));
        let (entry, offset) = (other.shown(), other.listed_at());
        match one.kind() {
            EntryKind::File if below => {
                return Err(ArchiveError::PathConflict { file: one.shown(), entry, offset });
            }
            EntryKind::Symlink if below => {
                return Err(ArchiveError::BelowLink { entry, offset, link: one.shown() });
            }
            EntryKind::File | EntryKind::Directory | EntryKind::Symlink => {}
        }
    }
    Ok(())
}

/// Part by part, so that a directory's entries stand together, directly after it.
pub(super) fn compare_paths(one: &str, other: &str) -> Ordering {
    // A part ends before any byte that could go on; no byte of UTF-8 is 0xff (Unicode 16.0, 3.9).
    let rank = |byte: u8| if byte == b'/' { 0 } else { byte.saturating_add(1) };
    let same = shared_chunks(one.as_bytes(), other.as_bytes());
    one.bytes().skip(same).map(rank).cmp(other.bytes().skip(same).map(rank))
}

/// A length up to which both are the same, in steps that are compared at once: neighbours share most of their paths.
fn shared_chunks(one: &[u8], other: &[u8]) -> usize {
    const STEP: usize = 8;
    let chunks = one.as_chunks::<STEP>().0.iter().zip(other.as_chunks::<STEP>().0);
    chunks.take_while(|(one, other)| one == other).count().saturating_mul(STEP)
}

#[cfg(test)]
mod tests {
    use super::compare_paths;

    #[test]
    fn paths_are_in_the_order_of_their_parts() {
        let names =
            ["", "a", "a/", "a/b", "a!", "a!/b", "ab", "a/b/c", "a\u{0}", "\u{10ffff}", "z/\u{7f}", "/a"];
        for one in names {
            for other in names {
                assert_eq!(
                    compare_paths(one, other),
                    one.split('/').cmp(other.split('/')),
                    "{one:?} {other:?}"
                );
            }
        }
    }
}
