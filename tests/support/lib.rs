//! Forges packages, signatures and certificates, right and wrong, without a line of the verifier's code.
//!
//! What stands here was written from FORMAT.md and the RFCs alone, so that a verifier and its tests can't
//! share a bug. Everything is deterministic: the same specification gives the same bytes.

pub mod der;
pub mod oid;
pub mod key;
pub mod certificate;
pub mod authority;
pub mod digest;
pub mod manifest;
pub mod cms;
pub mod pem;
pub mod snapshot;
pub mod package;
pub mod zip;
pub mod random;
pub mod tools;
pub mod cases;
pub mod mutations;
