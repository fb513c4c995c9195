//! Whether a file is still the one that was seen.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;

/// What changes when a file is written, replaced or renamed over.
///
/// Two equal stamps do not prove that nothing changed: a write within the file system's clock tick that keeps the size
/// leaves no trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    device: u64,
    inode: u64,
    mode: u32,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            mode: metadata.mode(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// The device and inode: what the file is, whatever it holds.
    pub(super) const fn identity(&self) -> (u64, u64) {
        (self.device, self.inode)
    }

    /// Whether the owner may execute it.
    pub(super) const fn is_executable(&self) -> bool {
        self.mode & 0o100 != 0
    }
}
