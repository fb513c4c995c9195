//! What inflating finds out: sizes, checksums and the end of the deflate stream.

use std::fs;
use std::path::Path;

use lambda_codesign_core::archive::{Archive, ArchiveError, Entry, Limits, Method, Sink};
use lambda_codesign_core::code::Code;
use lambda_codesign_tests::zip::{EntryForge, ZipForge, deflate, file};

use super::check::{admits, entry_case, judge, refuses, says, three};

fn text() -> String {
    "the quick brown fox jumps over the lazy dog\n".repeat(50)
}

fn deflated() -> EntryForge {
    file("m", text()).deflated()
}

fn declare(entry: EntryForge, change: i32) -> EntryForge {
    entry
        .local(move |local| local.size = local.size.wrapping_add_signed(change))
        .central(move |central| central.size = central.size.wrapping_add_signed(change))
}

#[test]
fn what_is_handed_on_is_what_was_packed() {
    let body = text();
    let zip = ZipForge::of([
        file("stored", &body),
        file("deflated", &body).deflated(),
        file("empty", ""),
        file("empty, deflated", "").deflated(),
        file("large", vec![7; 1 << 20]).deflated(),
    ]);
    let unpacked = admits("all kinds", &zip.build());
    let expected = [
        ("stored", body.clone().into_bytes()),
        ("deflated", body.into_bytes()),
        ("empty", vec![]),
        ("empty, deflated", vec![]),
        ("large", vec![7; 1 << 20]),
    ];
    assert_eq!(unpacked.entries, expected.map(|(name, body)| (name.to_owned(), body)));
}

#[test]
fn records_are_spans_of_the_package() {
    let zip = three(deflated().described()).build();
    let archive = Archive::parse(&zip, &Limits::default()).expect("it is admitted");
    let mut end = 0;
    for entry in archive.entries() {
        assert_eq!(entry.offset(), end);
        assert_eq!(entry.record(), &zip[end..end + entry.record().len()]);
        end += entry.record().len();
    }
    assert!(zip[end..].starts_with(b"PK\x01\x02"), "they reach to the directory");
    let [first, middle, _] = archive.entries() else { panic!("there are three") };
    assert_eq!((first.method(), first.size(), first.compressed_size()), (Method::Stored, 14, 14));
    assert_eq!((middle.method(), middle.size()), (Method::Deflated, text().len() as u64));
    assert_eq!(archive.uncompressed_size(), 14 + 13 + text().len() as u64);
}

#[test]
fn checksums() {
    let broken = |entry: EntryForge| entry.local(|local| local.crc ^= 1).central(|central| central.crc ^= 1);
    entry_case(Code::ArchiveCrcMismatch, "stored", || file("m", "middle"), broken);
    entry_case(Code::ArchiveCrcMismatch, "deflated", deflated, broken);
}

#[test]
fn sizes() {
    for change in [1, 1000, 100_000] {
        entry_case(Code::ArchiveSizeMismatch, "declared too large", deflated, |entry| declare(entry, change));
    }
    for change in [-1, -1000] {
        entry_case(Code::ArchiveSizeMismatch, "declared too small", deflated, |entry| declare(entry, change));
    }
    let hidden = ZipForge::of([declare(deflated(), -1)]).build();
    says(
        "one byte is too much",
        &hidden,
        Code::ArchiveSizeMismatch,
        "\"m\", at offset 31, has more than the 2199 bytes that are declared",
    );
}

/// Counts what it is handed, and keeps nothing.
#[derive(Default)]
struct Counter(usize);

impl<'a> Sink<'a> for Counter {
    fn entry(&mut self, _: &Entry<'a>) {}

    fn body(&mut self, chunk: &[u8]) {
        self.0 += chunk.len();
    }
}

#[test]
fn nothing_is_inflated_past_its_declared_size() {
    for declared in [0_u32, 1, 65_535, 65_536, 65_537, 100_000] {
        let bomb = file("m", vec![0; 10 << 20])
            .deflated()
            .local(move |local| local.size = declared)
            .central(move |central| (central.size, central.crc) = (declared, central.crc));
        let bomb = if declared == 0 {
            bomb.local(|local| local.crc = 0).central(|central| central.crc = 0)
        } else {
            bomb
        };
        let zip = ZipForge::of([bomb]).build();
        let archive = Archive::parse(&zip, &Limits::default()).expect("its records agree");
        let mut counter = Counter::default();
        let error = archive.unpack(&mut counter).expect_err("it is larger");
        assert!(matches!(error, ArchiveError::Longer { .. }), "{error}");
        assert!(counter.0 <= declared as usize, "{} of {declared} bytes were handed on", counter.0);
    }
}

#[test]
fn streams() {
    let stream = deflate(text().as_bytes());
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut stream = stream.clone();
        change(&mut stream);
        three(file("m", text()).stream(&stream)).build()
    };
    admits("unchanged", &with(&|_| {}));
    refuses("a byte behind it", &with(&|stream| stream.push(0)), Code::ArchiveDeflateTrailing);
    refuses(
        "a stream behind it",
        &with(&|stream| stream.extend(deflate(b"x"))),
        Code::ArchiveDeflateTrailing,
    );
    refuses(
        "its last byte cut off",
        &with(&|stream| {
            stream.pop();
        }),
        Code::ArchiveDeflateMalformed,
    );
    refuses("cut in half", &with(&|stream| stream.truncate(20)), Code::ArchiveDeflateMalformed);
    refuses("no bytes", &with(&Vec::clear), Code::ArchiveDeflateMalformed);
    refuses("a reserved block", &with(&|stream| stream[0] = 7), Code::ArchiveDeflateMalformed);
}

/// Blocks of which nothing comes, such as a flush leaves behind (RFC 1951, 3.2.4), end no stream before its last one.
#[test]
fn blocks_without_output() {
    let stored = |last: u8, body: &[u8]| {
        let length = (body.len() as u16).to_le_bytes();
        [&[last][..], &length, &length.map(|byte| !byte), body].concat()
    };
    let flush = stored(0, b"");
    let body = text();
    let stream = deflate(body.as_bytes());
    let letters: Vec<u8> =
        body.bytes().flat_map(|letter| [stored(0, &[letter]), flush.clone()].concat()).collect();
    for (label, stream) in [
        ("first", [flush.clone(), stream.clone()].concat()),
        ("first, thrice", [flush.repeat(3), stream].concat()),
        ("between and last, stored", [letters.clone(), stored(1, b"")].concat()),
        ("between and last, with the fixed codes", [letters, fixed_block(b"").bytes].concat()),
    ] {
        let unpacked = admits(label, &three(file("m", &body).stream(&stream)).build());
        assert_eq!(unpacked.entries[1].1, body.as_bytes(), "{label}");
    }
}

/// Bits behind the end of the stream, one by one, at every place where it can end in its byte.
#[test]
fn bits_behind_the_stream() {
    let mut seen = [0; 9];
    for length in 0..200_usize {
        let body: Vec<u8> = (0..length).map(|at| (at * 167 % 256) as u8).collect();
        let stream = fixed_block(&body);
        admits("unchanged", &three(file("m", &body).stream(&stream.bytes)).build());
        seen[stream.bits_in_last] += 1;
        for bit in stream.bits_in_last..8 {
            let mut bytes = stream.bytes.clone();
            *bytes.last_mut().expect("it has a block") |= 1 << bit;
            refuses(
                "a bit behind it",
                &three(file("m", &body).stream(&bytes)).build(),
                Code::ArchiveDeflateTrailing,
            );
        }
    }
    assert!(seen[1..].iter().all(|&times| times > 0), "ends at every bit: {seen:?}");
}

struct FixedBlock {
    bytes: Vec<u8>,
    bits_in_last: usize,
}

/// One block of literals with the fixed codes (RFC 1951, 3.2.6).
fn fixed_block(body: &[u8]) -> FixedBlock {
    let mut bits = vec![1, 1, 0];
    let mut code = |value: u32, width: u32| bits.extend((0..width).rev().map(|bit| value >> bit & 1));
    for &byte in body {
        match u32::from(byte) {
            low @ 0..144 => code(0b0011_0000 + low, 8),
            high => code(0b1_1001_0000 + high - 144, 9),
        }
    }
    code(0, 7);
    let bytes = bits.chunks(8).map(|byte| byte.iter().enumerate().map(|(at, bit)| (bit << at) as u8).sum());
    FixedBlock { bytes: bytes.collect(), bits_in_last: (bits.len() - 1) % 8 + 1 }
}

/// The deflate streams of the corpus malo, each as the body of an entry.
#[test]
fn malo_deflate() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/corpora/malo/deflate");
    let (trailing, malformed) = (Some(Code::ArchiveDeflateTrailing), Some(Code::ArchiveDeflateMalformed));
    let decided = [
        ("accept/dynamic_huffman", None),
        ("accept/empty", None),
        ("accept/fixed_huffman", None),
        ("accept/long_backref", None),
        ("accept/mixed", None),
        ("accept/overlap_backref", None),
        ("accept/stored", None),
        ("accept/stored_two_blocks", None),
        // Set bits of the padding before a stored block, which every decoder skips: none could read anything else.
        ("iffy/nonzero_padding", None),
        ("malicious/two_streams", trailing),
        ("reject/bad_symbol", malformed),
        ("reject/distance_before_start", malformed),
        ("reject/dynamic_empty_clen", malformed),
        ("reject/dynamic_oversubscribed_clen", malformed),
        ("reject/dynamic_rle_no_prev", malformed),
        ("reject/nlen_mismatch", malformed),
        ("reject/non_final_flush", malformed),
        ("reject/reserved_btype", malformed),
        ("reject/trailing_garbage", trailing),
        ("reject/truncated_dynamic", malformed),
        ("reject/truncated_fixed", malformed),
        ("reject/truncated_fixed_midcode", malformed),
        ("reject/truncated_stored", malformed),
    ];
    let mut files = 0;
    for group in ["accept", "iffy", "malicious", "reject"] {
        files += fs::read_dir(folder.join(group)).expect("the corpus is there").count();
    }
    assert_eq!(files, decided.len(), "every file is decided");
    for (name, code) in decided {
        let stream = fs::read(folder.join(format!("{name}.deflate"))).expect("the corpus is there");
        // What another decoder makes of the stream, as far as it goes.
        let body = miniz_oxide::inflate::decompress_to_vec(&stream).unwrap_or_else(|error| error.output);
        let judged = judge(&three(file("m", body).stream(&stream)).build());
        assert_eq!(judged.err().map(|error| error.code()), code, "{name}");
    }
}
