//! Each stage on its own: `cargo bench -p lambda-codesign-benches`, of one `-- hash`.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use lambda_codesign_benches::{Packed, Signed, archive, evidence};
use lambda_codesign_core::archive::{Archive, Entry, Limits, Sink};
use lambda_codesign_core::chain::{ChainCache, VerifiedSigner};
use std::num::NonZeroUsize;

use lambda_codesign_core::digest::{Threads, Workers};
use lambda_codesign_core::envelope::UnverifiedEnvelope;

fn main() {
    divan::main();
}

/// Files, and the bytes of each: many small, and few large.
const SHAPES: [(usize, usize); 2] = [(5_000, 4_000), (4, 5_000_000)];

struct Nowhere;

impl<'a> Sink<'a> for Nowhere {
    fn entry(&mut self, _: &Entry<'a>) {}

    fn body(&mut self, chunk: &[u8]) {
        black_box(chunk);
    }
}

#[divan::bench(args = [100, 1_000, 10_000, 60_000])]
fn archive_of_entries(bencher: Bencher<'_, '_>, entries: usize) {
    let zip = archive(entries, 10, Packed::Stored);
    bencher.bench(|| Archive::parse(black_box(&zip), &Limits::default()).map(drop));
}

#[divan::bench(args = SHAPES)]
fn inflate(bencher: Bencher<'_, '_>, (files, each): (usize, usize)) {
    let zip = archive(files, each, Packed::Deflated);
    let archive = Archive::parse(&zip, &Limits::default()).expect("admitted");
    bencher.counter(BytesCount::new(files * each)).bench(|| archive.unpack(&mut Nowhere));
}

#[divan::bench(args = SHAPES)]
fn content_on_one_thread(bencher: Bencher<'_, '_>, (files, each): (usize, usize)) {
    content(bencher, (files, each), Threads::One);
}

#[divan::bench(args = SHAPES)]
fn content_on_several_threads(bencher: Bencher<'_, '_>, (files, each): (usize, usize)) {
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    content(bencher, (files, each), Threads::Several(Workers::for_cores(cores)));
}

fn content(bencher: Bencher<'_, '_>, (files, each): (usize, usize), threads: Threads) {
    let zip = archive(files, each, Packed::Deflated);
    let archive = Archive::parse(&zip, &Limits::default()).expect("admitted");
    bencher.counter(BytesCount::new(files * each)).bench(|| archive.content_digest_on(threads));
}

/// SHA-384 of 16 MiB by each implementation at hand.
mod hash {
    use divan::Bencher;
    use divan::counter::BytesCount;
    use sha2::Digest as _;

    fn of<R>(bencher: Bencher<'_, '_>, hash: impl Fn(&[u8]) -> R + Sync) {
        let bytes: Vec<u8> = (0..16_u32 << 20).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        bencher.counter(BytesCount::new(bytes.len())).bench(|| hash(&bytes));
    }

    #[divan::bench]
    fn own(bencher: Bencher<'_, '_>) {
        let hash = lambda_codesign_sha384::Sha384::new().expect("AVX2");
        of(bencher, |bytes| {
            let mut hash = hash.clone();
            hash.update(bytes);
            hash.finish()
        });
    }

    #[divan::bench]
    fn aws_lc_rs(bencher: Bencher<'_, '_>) {
        of(bencher, |bytes| aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA384, bytes));
    }

    #[divan::bench]
    fn ring(bencher: Bencher<'_, '_>) {
        of(bencher, |bytes| ring::digest::digest(&ring::digest::SHA384, bytes));
    }

    #[divan::bench]
    fn sha2(bencher: Bencher<'_, '_>) {
        of(bencher, |bytes| sha2::Sha384::digest(bytes));
    }

    #[divan::bench]
    fn sha2_sha256_of_the_file(bencher: Bencher<'_, '_>) {
        of(bencher, |bytes| sha2::Sha256::digest(bytes));
    }
}

/// The bodies of an archive by each decoder at hand, whole.
mod decoder {
    use divan::Bencher;
    use divan::counter::BytesCount;
    use lambda_codesign_benches::{Packed, archive};
    use lambda_codesign_core::archive::{Archive, Limits, Method};

    fn of(
        bencher: Bencher<'_, '_>,
        (files, each): (usize, usize),
        mut inflate: impl FnMut(&[u8], &mut [u8]),
    ) {
        let zip = archive(files, each, Packed::Deflated);
        let archive = Archive::parse(&zip, &Limits::default()).expect("admitted");
        let deflated = archive.entries().iter().filter(|entry| entry.method() == Method::Deflated);
        // The body ends its record, where sizes are known beforehand.
        let bodies: Vec<&[u8]> = deflated
            .map(|entry| {
                let size = usize::try_from(entry.compressed_size()).expect("it is small");
                &entry.record()[entry.record().len() - size..]
            })
            .collect();
        let mut room = vec![0; each + 1];
        bencher
            .counter(BytesCount::new(bodies.len() * each))
            .bench_local(|| bodies.iter().for_each(|body| inflate(body, &mut room)));
    }

    #[divan::bench(args = super::SHAPES)]
    fn sirocco(bencher: Bencher<'_, '_>, shape: (usize, usize)) {
        let mut decoder = sirocco::inflate::Decoder::new(sirocco::Format::Deflate);
        of(bencher, shape, |body, room| {
            decoder.reset();
            assert!(decoder.decompress(body, room, true).is_ok_and(|step| step.done));
        });
    }

    #[divan::bench(args = super::SHAPES)]
    fn zlib_rs(bencher: Bencher<'_, '_>, shape: (usize, usize)) {
        let mut decoder = zlib_rs::Inflate::new(false, 15);
        of(bencher, shape, |body, room| {
            decoder.reset(false);
            let status = decoder.decompress(body, room, zlib_rs::InflateFlush::Finish);
            assert_eq!(status, Ok(zlib_rs::Status::StreamEnd));
        });
    }
}

#[divan::bench]
fn envelope(bencher: Bencher<'_, '_>) {
    let signed = Signed::of_testdata();
    bencher.bench(|| UnverifiedEnvelope::parse(black_box(&signed.signature)).map(drop));
}

#[divan::bench(args = [0, 1])]
fn chain_with_a_cache_of(bencher: Bencher<'_, '_>, capacity: usize) {
    let signed = Signed::of_testdata();
    let (roots, cache) = (signed.roots(), ChainCache::with_capacity(capacity));
    let envelope = UnverifiedEnvelope::parse(&signed.signature).expect("well formed");
    let time = envelope.claimed().signing_time;
    bencher.bench(|| VerifiedSigner::from_path(&envelope, &roots, time, &cache).map(drop));
}

#[divan::bench]
fn whole(bencher: Bencher<'_, '_>) {
    let signed = Signed::of_testdata();
    let verifier = signed.verifier();
    bencher.bench(|| verifier.verify(black_box(&signed.package), evidence()));
}
