//! How large a package may be, and whose limits these are.

use super::error::{ArchiveError, Quantity};
use super::records::wide;

/// The sizes past which a package is refused, whatever it holds.
///
/// They bound memory too: an entry that is there, with its two headers of 76 bytes and more, takes at most 1,024 bytes
/// while it is read, and the folded form of its name; inflating takes one buffer of 256 KiB for each
/// thread, and what [`Workers`](crate::digest::Workers) say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The bytes of the zip itself. Ours: Lambda's limit on what is unzipped, and headroom for the records.
    pub package_size: u64,
    /// The bytes of all entries once inflated. Lambda's: 250 MiB, layers included (Lambda developer guide, "Quotas").
    pub uncompressed_size: u64,
    /// The number of entries. Ours: 65,535 is the sentinel of APPNOTE 4.4.1.4, so one less needs no ZIP64.
    pub entries: u32,
}

impl Limits {
    /// Why a package of so many bytes is refused; for one that is larger than [`Limits::package_size`] and not read.
    #[must_use]
    pub const fn too_large(&self, size: u64) -> ArchiveError {
        ArchiveError::TooLarge { quantity: Quantity::PackageSize, actual: size, limit: self.package_size }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { package_size: 335_544_320, uncompressed_size: 262_144_000, entries: 65_534 }
    }
}

/// The package's bytes are within the limit.
pub(super) fn package_size(bytes: &[u8], limits: &Limits) -> Result<(), ArchiveError> {
    within(Quantity::PackageSize, wide(bytes.len()), limits.package_size)
}

/// The number of entries is within the limit.
pub(super) fn entries(count: u64, limits: &Limits) -> Result<(), ArchiveError> {
    within(Quantity::Entries, count, u64::from(limits.entries))
}

/// The declared sizes together are within the limit; inflating then holds every entry to its own.
pub(super) fn uncompressed_size(
    sizes: impl Iterator<Item = u64>,
    limits: &Limits,
) -> Result<u64, ArchiveError> {
    let total = sizes.fold(0, u64::saturating_add);
    within(Quantity::UncompressedSize, total, limits.uncompressed_size)?;
    Ok(total)
}

/// The entry is no larger than its reader asked for.
pub(super) fn entry_size(size: u64, at_most: usize) -> Result<(), ArchiveError> {
    within(Quantity::EntrySize, size, wide(at_most))
}

fn within(quantity: Quantity, actual: u64, limit: u64) -> Result<(), ArchiveError> {
    if actual > limit {
        return Err(ArchiveError::TooLarge { quantity, actual, limit });
    }
    Ok(())
}
