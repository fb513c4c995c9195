//! Fixed work by name, for `.ci/instructions` to count: only what happens in [`measured`] counts.

use std::env;
use std::hint::black_box;
use std::process::ExitCode;

use lambda_codesign_benches::{Packed, Signed, archive, evidence};
use lambda_codesign_core::archive::{Archive, Limits};
use lambda_codesign_core::chain::{ChainCache, VerifiedSigner};
use lambda_codesign_core::envelope::UnverifiedEnvelope;

/// The counter is switched on here, by this name.
#[inline(never)]
fn measured(work: &dyn Fn()) {
    work();
}

fn records() {
    let zip = archive(5_000, 40, Packed::Deflated);
    measured(&|| drop(black_box(Archive::parse(&zip, &Limits::default()).expect("admitted"))));
}

fn digest(files: usize, each: usize, packed: Packed) {
    let zip = archive(files, each, packed);
    let archive = Archive::parse(&zip, &Limits::default()).expect("admitted");
    measured(&|| drop(black_box(archive.content_digest().expect("sound"))));
}

fn envelope() {
    let signed = Signed::of_testdata();
    measured(&|| {
        for _ in 0..100 {
            black_box(UnverifiedEnvelope::parse(&signed.signature).expect("well formed"));
        }
    });
}

fn chain() {
    let signed = Signed::of_testdata();
    let (roots, none) = (signed.roots(), ChainCache::with_capacity(0));
    let envelope = UnverifiedEnvelope::parse(&signed.signature).expect("well formed");
    let time = envelope.claimed().signing_time;
    measured(&|| {
        black_box(VerifiedSigner::from_path(&envelope, &roots, time, &none).expect("a path"));
    });
}

fn whole() {
    let signed = Signed::of_testdata();
    let verifier = signed.verifier();
    measured(&|| drop(black_box(verifier.verify(&signed.package, evidence()))));
}

fn main() -> ExitCode {
    match env::args().nth(1).as_deref() {
        Some("records") => records(),
        Some("many-small") => digest(1_000, 3_000, Packed::Deflated),
        Some("few-large") => digest(2, 1_500_000, Packed::Deflated),
        Some("stored") => digest(20, 150_000, Packed::Stored),
        Some("envelope") => envelope(),
        Some("chain") => chain(),
        Some("whole") => whole(),
        _ => return ExitCode::FAILURE,
    }
    ExitCode::SUCCESS
}
