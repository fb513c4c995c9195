//! Many packages with one verifier: threads share it, and the cache makes a batch pay for a chain once.
//!
//! `cargo run -p lambda-codesign-examples --example verify-many -- dist/*.zip`

use std::error::Error;
use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use lambda_codesign_core::Verifier;
use lambda_codesign_core::chain::TrustRoots;
use lambda_codesign_core::policy::{Evidence, Policy, Publishers};
use lambda_codesign_core::verdict::Status;

fn main() -> Result<(), Box<dyn Error>> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let verifier = Verifier::new(TrustRoots::aws(), Policy::new(Publishers::Any));
    let done = AtomicUsize::new(0);
    let results = verify_all(&paths, &verifier, |path| {
        let done = done.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        // Progress is nobody's answer: where it can't be shown, the work goes on.
        let _ = write!(std::io::stderr(), "\r{done} of {}: {path}\x1b[K", paths.len());
    });
    let mut out = std::io::stdout();
    for (path, status) in paths.iter().zip(results) {
        writeln!(out, "{path}: {}", status.map_or("could not be read", Status::as_str))?;
    }
    Ok(())
}

/// The status of each path, in their order; none where it could not be read.
fn verify_all(paths: &[String], verifier: &Verifier, progress: impl Fn(&str) + Sync) -> Vec<Option<Status>> {
    let evidence = Evidence { now: Timestamp::now(), revocations: None };
    let verify = |path: &String| {
        let package = std::fs::read(path).ok()?;
        let verdict = verifier.verify(&package, evidence);
        progress(path);
        Some(verdict.status())
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = paths.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = paths
            .chunks(share)
            .map(|share| scope.spawn(move || share.iter().map(verify).collect()))
            .collect();
        workers
            .into_iter()
            .zip(paths.chunks(share))
            .flat_map(|(worker, share)| worker.join().unwrap_or_else(|_| vec![None; share.len()]))
            .collect()
    })
}

#[test]
fn results_come_in_the_order_asked_for() {
    let paths = ["missing.zip".to_owned(), concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml").to_owned()];
    let verifier = Verifier::new(TrustRoots::aws(), Policy::new(Publishers::Any));
    assert_eq!(verify_all(&paths, &verifier, |_| {}), [None, Some(Status::Invalid)]);
}
