//! Whether a file is still the one that was seen.

use std::fs::Metadata;

use crate::platform::State;

/// What changes when a file is written, replaced or renamed over.
///
/// Two equal stamps do not prove that nothing changed: a write within the file system's clock tick that keeps the size
/// leaves no trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    size: u64,
    state: State,
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self { size: metadata.len(), state: State::of(metadata) }
    }

    pub(super) const fn size(&self) -> u64 {
        self.size
    }
}
