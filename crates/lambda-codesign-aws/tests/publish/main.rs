//! Publishing with the real clients, against the sandbox.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod stand;
mod functions;
mod refusals;
mod layers;
mod faults;
mod others;
