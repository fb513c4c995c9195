//! C1 to C5: records that stand elsewhere than others say, or twice.

use super::super::{ZipForge, file};
use super::{Ambiguity, Mutation, Random, edit, insert};

/// Mutations of the whole archive.
macro_rules! archives {
    ($($ambiguity:ident $what:literal $apply:expr;)+) => {
        vec![$(Mutation { ambiguity: Ambiguity::$ambiguity, what: $what, apply: $apply }),+]
    };
}

pub(super) fn mutations() -> Vec<Mutation> {
    let mut mutations = tiling();
    mutations.extend(ends());
    mutations.extend(outside());
    mutations.extend(zip64());
    mutations
}

fn hidden() -> Vec<u8> {
    file("hidden.txt", "hidden").local_record()
}

/// A whole archive of another file.
fn other() -> Vec<u8> {
    ZipForge::of([file("other.txt", "other")]).build()
}

fn tiling() -> Vec<Mutation> {
    archives! {
        Tiling "bytes between entries" |zip, dice| edit(zip, dice, |entry, _| entry.after(&[0; 7]));
        Tiling "an entry between entries" |zip, dice| edit(zip, dice, |entry, _| entry.after(&hidden()));
        Tiling "bytes before the directory" |zip, dice| {
            let bytes = [vec![0; 5], hidden()];
            zip.before_directory(&bytes[dice.below(2)])
        };
        Tiling "bytes behind the directory" |zip, _| zip.after_directory(b"PK\x05\x05\x02\0ab");
        Tiling "an entry that is not listed" |zip, dice| {
            let mut listing: Vec<_> = (0..zip.entries.len()).collect();
            listing.remove(dice.below(listing.len()));
            zip.listing(&listing)
        };
        Tiling "another order in the directory" |zip, _| {
            let listing: Vec<_> = (0..zip.entries.len()).rev().collect();
            zip.listing(&listing)
        };
        Tiling "two names for one record" |zip, dice| {
            insert(zip, dice, file("again.txt", "text").listed_only())
        };
        Tiling "a stored archive" |zip, dice| insert(zip, dice, file("inner.zip", other()));
        Tiling "an offset that is off by one" |zip, dice| edit(zip, dice, |entry, _| {
            entry.central(|central| central.local_offset = central.local_offset.wrapping_add(1))
        });
    }
}

fn ends() -> Vec<Mutation> {
    archives! {
        EndRecords "a comment" |zip, _| zip.comment(b"a comment, of some bytes \0\xff");
        EndRecords "an end record in the comment" |zip, _| zip.comment(&other()[other().len() - 22..]);
        EndRecords "an archive in the comment" |zip, _| zip.comment(&other());
        EndRecords "an end record in the comment that does not end" |zip, _| {
            zip.comment(&[&other()[other().len() - 22..other().len() - 2], b"\x09\0"].concat())
        };
        EndRecords "a last body that ends the file" |zip, _| {
            let inner = ZipForge::of([file("inner.txt", "x")]).end(|end| end.comment_length = Some(22 + 46 + 9));
            zip.entry(file("inner.zip", inner.build()))
        };
        EndRecords "an end record in the comment of an entry" |zip, dice| edit(zip, dice, |entry, _| {
            entry.central(|central| central.comment = other()[other().len() - 22..].to_vec())
        });
        EndRecords "an archive in the comment of an entry" |zip, dice| edit(zip, dice, |entry, _| {
            entry.central(|central| central.comment = other())
        });
        EndRecords "a locator in the comment of the last entry" |zip, _| {
            zip.entry(file("z.txt", "z").central(|central| central.comment = [&b"PK\x06\x07"[..], &[0; 16]].concat()))
        };
        EndRecords "a comment longer than the file" |zip, _| zip.end(|end| end.comment_length = Some(9));
        Counts "another count" |zip, dice| {
            let by = dice.one_of(&[1, u16::MAX]);
            zip.end(move |end| {
                end.entries = end.entries.wrapping_add(by);
                end.entries_on_disk = end.entries;
            })
        };
        Counts "another count on this disk" |zip, _| {
            zip.end(|end| end.entries_on_disk = end.entries_on_disk.wrapping_sub(1))
        };
        Counts "another size of the directory" |zip, dice| {
            let by = dice.one_of(&[1, 46, u32::MAX]);
            zip.end(move |end| end.directory_size = end.directory_size.wrapping_add(by))
        };
        Counts "another offset of the directory" |zip, dice| {
            let by = dice.one_of(&[1, u32::MAX]);
            zip.end(move |end| end.directory_offset = end.directory_offset.wrapping_add(by))
        };
        Counts "a count in ZIP64 alone" |zip, _| {
            zip.zip64().end(|end| (end.entries, end.entries_on_disk) = (u16::MAX, u16::MAX))
        };
        Counts "on another disk" |zip, _| zip.end(|end| end.disk = 1);
        Counts "no entries" |zip, _| zip.end(|end| (end.entries, end.entries_on_disk) = (0, 0));
    }
}

/// A prefix that no offset counts.
fn uncounted(zip: ZipForge, prefix: &[u8]) -> ZipForge {
    let by = prefix.len() as u32;
    let mut zip = zip.prefix(prefix);
    zip.entries = zip
        .entries
        .into_iter()
        .map(|entry| {
            entry.central(move |central| central.local_offset = central.local_offset.wrapping_sub(by))
        })
        .collect();
    zip.end(move |end| end.directory_offset = end.directory_offset.wrapping_sub(by))
}

fn outside() -> Vec<Mutation> {
    archives! {
        Outside "a launcher line" |zip, _| zip.prefix(b"#!/usr/bin/env python3\n");
        Outside "a launcher line that no offset counts" |zip, _| uncounted(zip, b"#!/usr/bin/env python3\n");
        Outside "an entry in front" |zip, _| zip.prefix(&hidden());
        Outside "an archive in front that no offset counts" |zip, _| uncounted(zip, &other());
        Outside "an archive in front" |zip, _| zip.prefix(&other());
        Outside "an archive as the first body" |mut zip, _| {
            zip.entries.insert(0, file("0.zip", other()));
            zip
        };
        Outside "an archive as the last body" |zip, _| zip.entry(file("z.zip", other()));
        Outside "a newline behind" |zip, _| zip.suffix(b"\n");
        Outside "zeros behind" |zip, _| zip.suffix(&[0; 512]);
        Outside "an archive behind" |zip, _| zip.suffix(&other());
    }
}

fn sentinels(zip: ZipForge, dice: &mut Random) -> ZipForge {
    match dice.below(3) {
        0 => zip.end(|end| end.directory_offset = u32::MAX),
        1 => zip.end(|end| (end.entries, end.entries_on_disk) = (u16::MAX, u16::MAX)),
        _ => zip.end(|end| (end.directory_size, end.disk) = (u32::MAX, u16::MAX)),
    }
}

fn zip64() -> Vec<Mutation> {
    archives! {
        Zip64 "end records" |zip, _| zip.zip64();
        Zip64 "end records and sentinels" |zip, dice| sentinels(zip.zip64(), dice);
        Zip64 "sentinels and no end record" sentinels;
        Zip64 "another count" |zip, _| {
            zip.zip64_end(|end| (end.entries, end.entries_on_disk) = (end.entries.wrapping_sub(1), end.entries.wrapping_sub(1)))
        };
        Zip64 "another offset" |zip, _| zip.zip64_end(|end| end.directory_offset = end.directory_offset.wrapping_sub(1));
        Zip64 "another offset behind a sentinel" |zip, _| {
            zip.zip64_end(|end| end.directory_offset = 0).end(|end| end.directory_offset = u32::MAX)
        };
        Zip64 "a locator that points elsewhere" |zip, dice| {
            let by = dice.one_of(&[1, 56, u64::MAX]);
            zip.zip64_locator(move |locator| locator.offset = locator.offset.wrapping_add(by))
        };
        Zip64 "extensible data" |zip, _| {
            zip.zip64_end(|end| (end.extensible, end.size_of_record) = (vec![0; 20], 64))
        };
        Zip64 "bytes before the locator" |zip, _| zip.after_zip64_end(b"bytes");
    }
}
