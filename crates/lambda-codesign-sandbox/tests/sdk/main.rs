//! The real SDK clients, over the wire, against a sandbox in this process.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "what a helper of a test meets ends the test"
)]

mod stand;

mod operations;
mod deployments;
mod jobs;
mod objects;
mod faults;
