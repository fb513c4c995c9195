//! The command line as people and machines see it, in an empty home.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by a panic, helpers included"
)]

mod running;
mod serverless;
mod statics;
mod static_table;
mod reading;
mod policy;
mod reports;
mod making;
mod comparing;
mod artifacts;
mod events;
mod templates;
mod archived;
