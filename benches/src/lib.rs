//! Inputs that are the same on every machine: a signed package of testdata, and archives made from a seed.

use std::io::{Cursor, Write as _};
use std::path::Path;

use lambda_codesign_core::Verifier;
use lambda_codesign_core::chain::{ChainCache, TrustRoots, Vouches};
use lambda_codesign_core::policy::{Evidence, Policy, Publishers};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// A signed package and the root that vouches for it.
pub struct Signed {
    /// The zip.
    pub package: Vec<u8>,
    /// The body of its signature entry.
    pub signature: Vec<u8>,
    root: Vec<u8>,
}

impl Signed {
    /// The small package of testdata that has a manifest.
    pub fn of_testdata() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/accepted/manifest-2024");
        let read = |name| std::fs::read(folder.join(name)).expect("testdata is there");
        let package: Vec<u8> = read("package.zip");
        let mut archive = zip::ZipArchive::new(Cursor::new(package.as_slice())).expect("a zip");
        let mut entry =
            archive.by_name("META_INF/aws_signer_signature_v1.0.SF").expect("the package is signed");
        let mut signature = Vec::new();
        std::io::copy(&mut entry, &mut signature).expect("the entry inflates");
        drop(entry);
        drop(archive);
        Self { package, signature, root: read("root.pem") }
    }

    /// The roots that its verifier trusts.
    pub fn roots(&self) -> TrustRoots {
        let mut roots = TrustRoots::none();
        roots.add_pem(&self.root, &Vouches::All).expect("a root");
        roots
    }

    /// A verifier that allows it, without a cache of chains.
    pub fn verifier(&self) -> Verifier {
        let verifier = Verifier::new(self.roots(), Policy::new(Publishers::Any));
        Verifier { cache: ChainCache::with_capacity(0), ..verifier }
    }
}

/// The evidence of a moment at which the package of testdata is valid.
pub fn evidence() -> Evidence<'static> {
    Evidence { now: "2026-11-20T00:00:00Z".parse().expect("a time"), revocations: None }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % bound as u64) as usize
    }
}

/// Text that deflates about as well as source code does: a few names and a few phrases, over and over, then others.
fn text(random: &mut Random, length: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(length + 100);
    while text.len() < length {
        let word = |random: &mut Random| -> Vec<u8> {
            (0..2 + random.below(9)).map(|_| b"etaoinshrdlcumwfgypbvk_"[random.below(23)]).collect()
        };
        let words: Vec<_> = (0..40).map(|_| word(random)).collect();
        let phrases: Vec<Vec<u8>> = (0..14)
            .map(|_| (0..5).flat_map(|_| [&words[random.below(40)][..], b"("].concat()).collect())
            .collect();
        for _ in 0..50 {
            text.extend_from_slice(&words[random.below(40)]);
            text.extend_from_slice(b" = ");
            text.extend_from_slice(&phrases[random.below(14)]);
            text.extend_from_slice(b"\n    ");
        }
    }
    text.truncate(length);
    text
}

/// How the files of an archive stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packed {
    /// Deflated.
    Deflated,
    /// As they are.
    Stored,
}

/// An unsigned archive of so many files of so many bytes each.
pub fn archive(files: usize, each: usize, packed: Packed) -> Vec<u8> {
    let mut random = Random(384);
    let method = match packed {
        Packed::Deflated => CompressionMethod::Deflated,
        Packed::Stored => CompressionMethod::Stored,
    };
    let options = SimpleFileOptions::default()
        .compression_method(method)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for number in 0..files {
        let name = format!("node_modules/p{:03}/lib/{number:05}.js", number / 50);
        writer.start_file(name, options).expect("an entry is started");
        writer.write_all(&text(&mut random, each)).expect("an entry is written");
    }
    writer.finish().expect("an archive").into_inner()
}
