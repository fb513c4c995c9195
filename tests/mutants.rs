//! The tests that tell mutants of the verifier apart, in one binary, so that a mutant costs one link: `.ci/mutants` says
//! which modules hold an area. They are run by name, so that the dearest comes last.

#[path = "archive/main.rs"]
mod archive;
#[path = "boundaries.rs"]
mod boundaries;
#[path = "cache.rs"]
mod cache;
#[path = "cases.rs"]
mod cases;
#[path = "chain.rs"]
mod chain;
#[path = "digest.rs"]
mod digest;
#[path = "envelope.rs"]
mod envelope;
#[path = "genuine.rs"]
mod genuine;
#[path = "mutations.rs"]
mod mutations;
#[path = "oracle.rs"]
mod oracle;
#[path = "snapshot.rs"]
mod snapshot;
#[path = "vectors.rs"]
mod vectors;
#[path = "properties.rs"]
mod whole;
