//! Whatever the bytes are, the archive stage answers, and what it admits it has read as it was packed.

use std::collections::BTreeMap;

use lambda_codesign_core::archive::{Archive, Entry, Limits, Sink};
use lambda_codesign_tests::zip::{EntryForge, ZipForge, directory, file, symlink};
use proptest::prelude::*;
use proptest::sample::Index;

use super::check::judge;

/// Counts what it is handed.
#[derive(Default)]
struct Counter {
    entries: usize,
    bytes: u64,
}

impl<'a> Sink<'a> for Counter {
    fn entry(&mut self, _: &Entry<'a>) {
        self.entries += 1;
    }

    fn body(&mut self, chunk: &[u8]) {
        self.bytes += chunk.len() as u64;
    }
}

/// The bytes are admitted or refused; the work stays within what they declare, the memory within what they are.
fn answers(bytes: &[u8]) -> bool {
    let limits = Limits { uncompressed_size: 1 << 20, ..Limits::default() };
    let Ok(archive) = Archive::parse(bytes, &limits) else {
        return false;
    };
    assert!(archive.entries().len() <= bytes.len() / (46 + 30), "an entry without its headers");
    assert!(archive.uncompressed_size() <= limits.uncompressed_size);
    let mut counter = Counter::default();
    let unpacked = archive.unpack(&mut counter);
    assert!(counter.bytes <= archive.uncompressed_size(), "more was handed on than declared");
    if unpacked.is_ok() {
        assert_eq!(counter.bytes, archive.uncompressed_size());
        assert_eq!(counter.entries, archive.entries().len());
    }
    unpacked.is_ok()
}

#[derive(Clone, Copy, Debug)]
enum Writer {
    Stored,
    Deflated,
    Streamed,
    StreamedUnsigned,
}

fn forge(name: &str, body: &[u8], writer: Writer) -> EntryForge {
    let entry = file(name, body);
    match writer {
        Writer::Stored => entry,
        Writer::Deflated => entry.deflated(),
        Writer::Streamed => entry.deflated().described(),
        Writer::StreamedUnsigned => entry.deflated().descriptor(|descriptor| descriptor.signature = None),
    }
}

fn writer() -> impl Strategy<Value = Writer> {
    prop_oneof![
        Just(Writer::Stored),
        Just(Writer::Deflated),
        Just(Writer::Streamed),
        Just(Writer::StreamedUnsigned)
    ]
}

fn contents() -> impl Strategy<Value = BTreeMap<String, (Vec<u8>, Writer)>> {
    let name = "[a-z]{1,8}(/[a-z]{1,8}){0,2}\\.[a-z]{2}";
    let body = prop::collection::vec(prop_oneof![Just(b'a'), any::<u8>()], 0..300);
    prop::collection::btree_map(name, (body, writer()), 1..8)
}

fn packed(contents: &BTreeMap<String, (Vec<u8>, Writer)>) -> Vec<u8> {
    let files = contents.iter().map(|(name, (body, writer))| forge(name, body, *writer));
    ZipForge::of(files).build()
}

/// One archive with every kind of record.
fn all_kinds() -> ZipForge {
    ZipForge::of([
        directory("d/"),
        forge("d/deflated", &[b'x'; 400], Writer::Deflated),
        forge("d/streamed", &[b'y'; 400], Writer::Streamed),
        forge("stored", b"stored", Writer::Stored),
        symlink("d/l", "../stored"),
    ])
    .zip64()
    .comment(b"a comment")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn arbitrary_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(!answers(&bytes), "no archive comes about by chance");
    }

    #[test]
    fn an_end_record_over_arbitrary_bytes_is_answered(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        entries in any::<u16>(),
        size in any::<u32>(),
        offset in any::<u32>(),
    ) {
        let zip = ZipForge::new().prefix(&bytes).end(move |end| {
            (end.entries, end.entries_on_disk) = (entries, entries);
            (end.directory_size, end.directory_offset) = (size, offset);
        });
        prop_assert!(!answers(&zip.build()));
    }

    #[test]
    fn what_is_packed_is_unpacked(contents in contents()) {
        let unpacked = judge(&packed(&contents));
        let unpacked = unpacked.map_err(|error| TestCaseError::fail(error.to_string()))?;
        let expected: Vec<_> = contents.into_iter().map(|(name, (body, _))| (name, body)).collect();
        prop_assert_eq!(unpacked.entries, expected);
    }

    #[test]
    fn changed_bytes_are_answered(changes in prop::collection::vec((any::<Index>(), any::<u8>()), 1..4)) {
        let mut zip = all_kinds().build();
        for (at, byte) in changes {
            *at.get_mut(&mut zip) = byte;
        }
        answers(&zip);
    }

    #[test]
    fn moved_bytes_are_answered(from in any::<Index>(), to in any::<Index>(), length in 1_usize..80) {
        let mut zip = all_kinds().build();
        let from = from.index(zip.len());
        let moved: Vec<_> = zip.drain(from..zip.len().min(from + length)).collect();
        let to = to.index(zip.len() + 1);
        zip.splice(to..to, moved);
        answers(&zip);
    }
}

/// Every byte of every record is looked at: changing it is refused, or leaves names and bodies as they were.
#[test]
fn no_single_bit_changes_what_is_read() {
    let zip = all_kinds().build();
    let before = judge(&zip).expect("it is admitted");
    let (mut refused, mut unread) = (0, 0);
    for at in 0..zip.len() {
        for bit in 0..8 {
            let mut changed = zip.clone();
            changed[at] ^= 1 << bit;
            match judge(&changed) {
                Err(_) => refused += 1,
                Ok(after) => {
                    assert_eq!(after.entries, before.entries, "bit {bit} of byte {at}");
                    unread += 1;
                }
            }
        }
    }
    assert!(refused > 0 && unread > 0, "times, attributes and comments are not part of the reading");
}

/// As many entries as are allowed, and one more.
#[test]
fn many_entries() {
    let files = |count: usize| ZipForge::of((0..count).map(|at| file(format!("{at}"), ""))).build();
    let most = files(65_534);
    assert_eq!(judge(&most).map(|unpacked| unpacked.entries.len()), Ok(65_534));
    assert!(judge(&files(65_535)).is_err());
}
