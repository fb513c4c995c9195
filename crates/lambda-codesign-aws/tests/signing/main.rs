//! Signing with the real clients, against the sandbox.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't go on fails")]

mod stand;
mod jobs;
mod refusals;
mod faults;
