//! The book under docs/: its commands do what it says, and its links lead somewhere.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    reason = "a test fails by a panic, helpers included"
)]

mod pages;
mod sessions;
mod links;
mod blocks;
