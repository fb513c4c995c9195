//! Stage 1: a zip with exactly one reading.
//!
//! Zip readers go by the directory at the end, by the local headers on the way, or by whatever looks like a record; they
//! differ wherever these do. So every record is held to every other, every byte belongs to one of them, and whatever two
//! readers could take differently is refused, each defect by the rule named after it. The section numbers are those of
//! APPNOTE.TXT 6.3.10.

mod limits;
mod records;
mod end;
mod zip64;
mod directory;
mod extra;
mod local;
mod features;
mod agreement;
mod tiling;
mod descriptor;
mod names;
mod kinds;
mod tree;
mod signature;
mod twins;
mod entry;
mod inflate;
mod stream;
mod output;
mod links;
mod error;
mod defect;
mod warning;

pub use defect::{
    DescriptorDefect, ExtraDefect, LinkDefect, NameDefect, SignatureDefect, TypeDefect, Zip64Defect,
};
pub use entry::{Entry, Method};
pub use error::{ArchiveError, Count, EntryName, Field, Quantity, Record};
pub use kinds::EntryKind;
pub use limits::Limits;
pub use signature::{SIGNATURE_DIRECTORY, SIGNATURE_ENTRY};
pub use warning::ArchiveWarning;

use end::End;
use inflate::Bodies;
use local::Pair;
pub(crate) use output::{Output, Unpacked};
use output::{Parts, Whole};

/// A zip archive within limits, of which every reader reads the same names in the same order.
///
/// Holding one proves that its records tile the file and agree, and that its names are safe paths. It does not prove
/// who made it, and of the bodies it proves only where they stand: [`unpack`](Self::unpack) and [`read`](Self::read)
/// hold them to their declared sizes and checksums.
#[derive(Clone, Debug)]
pub struct Archive<'a> {
    bytes: &'a [u8],
    entries: Vec<Entry<'a>>,
    warnings: Vec<ArchiveWarning>,
    uncompressed_size: u64,
}

/// Takes what an archive unpacks to. Nothing that it took counts unless [`Archive::unpack`] returned `Ok`.
pub trait Sink<'a> {
    /// The next entry begins.
    fn entry(&mut self, entry: &Entry<'a>);
    /// The next bytes of the current entry's body, once inflated; a chunk may be empty.
    fn body(&mut self, chunk: &[u8]);
}

impl<'a> Archive<'a> {
    /// Reads the records of a package and holds them to the rules; nothing is inflated.
    ///
    /// # Errors
    ///
    /// The first rule that is broken, in the order of the rules, not of the file.
    pub fn parse(bytes: &'a [u8], limits: &Limits) -> Result<Self, ArchiveError> {
        limits::package_size(bytes, limits)?;
        let end = End::find(bytes)?;
        let headers = directory::read(bytes, &end, limits)?;
        tree::no_duplicates(&headers)?;
        tiling::no_shared_header(&headers)?;
        let agreed = local::agreed(bytes, end.directory.start, headers, records_agree)?;
        let ends = tiling::tile(bytes, &agreed, end.directory.start)?;
        let sizes = agreed.iter().map(|entry| entry.directory.size);
        let uncompressed_size = limits::uncompressed_size(sizes, limits)?;
        let (encoding, odd_modes) = (names::encoding(&agreed), kinds::odd_modes(&agreed));
        // By value, so that entries take the room of what they are made from.
        let entries = agreed
            .into_iter()
            .zip(ends)
            .enumerate()
            .map(|(index, (entry, end))| Entry::new(bytes, index, &entry, end))
            .collect::<Result<Vec<_>, _>>()?;
        entries.iter().try_for_each(signature::not_confusable)?;
        tree::directories_are_directories(&entries)?;
        let (twins, not_last) = (twins::find(&entries), signature::not_last(&entries));
        let warnings = [encoding, twins, odd_modes, not_last].into_iter().flatten().collect();
        Ok(Self { bytes, entries, warnings, uncompressed_size })
    }

    /// The whole package.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The entries, in the order of the archive, which is the directory's too. There is at least one.
    #[must_use]
    pub fn entries(&self) -> &[Entry<'a>] {
        &self.entries
    }

    /// The entry of exactly the name [`SIGNATURE_ENTRY`], if the package has one; it has no second.
    #[must_use]
    pub fn signature_entry(&self) -> Option<&Entry<'a>> {
        self.entries.iter().find(|entry| entry.is_signature())
    }

    /// The declared sizes of all entries together, in bytes, which is what [`unpack`](Self::unpack) hands on.
    #[must_use]
    pub fn uncompressed_size(&self) -> u64 {
        self.uncompressed_size
    }

    /// What a policy may still refuse: at most one warning of each kind.
    #[must_use]
    pub fn warnings(&self) -> &[ArchiveWarning] {
        &self.warnings
    }

    /// Hands every entry and its body to the sink, in the archive's order, inflating each once in bounded memory.
    ///
    /// # Errors
    ///
    /// The first body that is not what its records declare, or the first symbolic link that leads out of the package.
    pub fn unpack(&self, sink: &mut impl Sink<'a>) -> Result<(), ArchiveError> {
        Unpacker::new().unpack(&self.entries, &mut Parts::to(sink))
    }

    /// The body of one entry of this archive, held to what its records declare.
    ///
    /// # Errors
    ///
    /// A declared size of more than `at_most` bytes, or a body that is not what its records declare.
    pub fn read(&self, entry: &Entry<'a>, at_most: usize) -> Result<Vec<u8>, ArchiveError> {
        limits::entry_size(entry.size(), at_most)?;
        let mut whole = Whole::default();
        Bodies::new().read(entry, &mut whole)?;
        Ok(whole.into_body())
    }
}

/// Unpacks entries in buffers of the output's own; one for each thread.
pub(crate) struct Unpacker {
    bodies: Bodies,
}

impl Unpacker {
    pub(crate) fn new() -> Self {
        Self { bodies: Bodies::new() }
    }

    /// As [`Archive::unpack`], but for these entries of an archive alone.
    pub(crate) fn unpack<'a>(
        &mut self,
        entries: &[Entry<'a>],
        output: &mut impl Unpacked<'a>,
    ) -> Result<(), ArchiveError> {
        for entry in entries {
            output.entry(entry);
            self.bodies.read(entry, output)?;
        }
        Ok(())
    }
}

/// The rules for an entry's records, which come before those for where they stand.
fn records_agree(pair: &Pair<'_, '_>) -> Result<(), ArchiveError> {
    features::encryption(pair)?;
    features::flags(pair)?;
    agreement::names(pair)?;
    agreement::flags_and_methods(pair)?;
    features::method(pair)?;
    features::versions(pair)?;
    agreement::sizes(pair)?;
    agreement::stored_size(pair)?;
    agreement::empty_crc(pair)?;
    descriptor::no_unneeded_zip64(pair)
}
