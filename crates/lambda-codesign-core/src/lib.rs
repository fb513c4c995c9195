//! Verifies AWS Lambda deployment packages signed by AWS Signer: bytes in, [`Verdict`] out.
//!
//! The crate only computes. It opens no file and no socket, reads no clock and no environment, and holds no state but
//! the cache that the caller owns: roots, policy, revocation facts, limits and the time are arguments.
//!
//! ```
//! use lambda_codesign_core::chain::TrustRoots;
//! use lambda_codesign_core::policy::{Evidence, Policy, Publishers};
//! use lambda_codesign_core::verdict::{Decision, Status};
//! use lambda_codesign_core::Verifier;
//!
//! let releases = "arn:aws:signer:*:123456789012:/signing-profiles/release_builds/*".parse()?;
//! let verifier = Verifier::new(TrustRoots::aws(), Policy::new(Publishers::Only(vec![releases])));
//!
//! let evidence = Evidence { now: "2026-11-20T00:00:00Z".parse()?, revocations: None };
//! let verdict = verifier.verify(b"not a zip", evidence);
//!
//! assert_eq!(verdict.decision(), Decision::Block);
//! assert_eq!(verdict.status(), Status::Invalid);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! # What a verdict proves
//!
//! `VALID` means: the archive has exactly one reading; every name and unpacked byte of it, in this order, is what a
//! signer signed whose certificate led to a trusted root at the signing time; the signature has not expired; and no other
//! check that was made failed. It does not mean that the code is good, nor, where the warning
//! `boundary-unproven` stands, where one file ends and the next begins. What was not checked is `skipped` or
//! `unknown` in the verdict, never a pass.
//!
//! # The flow
//!
//! [`verify`] is the whole of it, and each stage is a module: [`archive`], [`digest`], [`envelope`], [`chain`],
//! [`claims`], [`manifest`], [`package`], [`policy`], [`verdict`], [`report`]. Each hands on a type that can be made in
//! one place only and whose documentation says what holding one proves.

#[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
compile_error!("lambda-codesign-core needs the feature `ring` or `aws-lc-rs`");

pub mod verify;
pub mod archive;
pub mod digest;
pub mod envelope;
pub mod chain;
pub mod claims;
pub mod manifest;
pub mod package;
pub mod policy;
pub mod snapshot;
pub mod verdict;
pub mod finding;
pub mod report;
pub mod code;
pub mod ecdsa;
pub mod text;
pub mod wildcard;
mod provider;

pub use verdict::Verdict;
pub use verify::Verifier;
