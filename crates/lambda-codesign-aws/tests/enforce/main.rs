//! Plans by data and by chance, and their application to the sandbox.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what a helper of a test meets ends the test"
)]

mod model;
mod differences;
mod chance;
mod stand;
mod applied;
mod simulated;
mod many;
