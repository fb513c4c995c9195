//! AWS Signer, Lambda's part in code signing and the S3 they need, in one process on loopback.
//!
//! It signs for real, with an authority of its own, and judges each deployment with the verifier itself, in the words of
//! the live services (BEHAVIOUR.md). What it signed holds against its trust root and nobody else's.

pub mod options;
pub mod records;

mod fault;
mod sigv4;
mod store;
mod world;

mod lambda;
mod s3;
mod signer;
mod sts;

mod server;

pub use options::{Faults, Options, Signatures};
pub use server::{Sandbox, StartError};
