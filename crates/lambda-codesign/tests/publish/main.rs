//! `publish`, `config` and `verify` of what is deployed, as processes, against the sandbox in this one.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what a helper of a test meets ends the test"
)]

mod stand;
mod objects;
mod publishing;
mod configs;
mod deployed;
mod revoking;
mod snapshots;
mod terraform;
mod vendoring;
mod audits;
mod fleet;
