//! A folder as a zip: the same tree gives the same bytes on any machine.
//!
//! Nothing but names, types, bodies and the owner's x bit reaches the archive. Every directory below the folder has
//! an entry of its own, so that empty ones survive and the manifest lists them; names are in the order of their bytes.

mod exclude;
mod name;
mod stamp;
mod tree;
mod squeeze;

use core::num::NonZeroUsize;
use std::io;
use std::panic::resume_unwind;
use std::path::Path;
use std::thread;

use lambda_codesign_core::archive::{Archive, ArchiveError, EntryKind, Limits};
use lambda_codesign_core::manifest::{Line, MANIFEST_ENTRY, render};
use lambda_codesign_core::text::Escaped;

use crate::deflate::Stored;
use crate::manifest::Manifest;
use crate::shown::ShownPath;
use crate::zip_writer::{EntryName, NewEntry, ZipWriter};

pub use exclude::{Exclude, ExcludeError};
pub use name::NameDefect;

/// The most entries of a package, its manifest included: one less than the count
/// that stands for ZIP64 (APPNOTE 4.4.1.4).
pub const MAX_ENTRIES: usize = 65_534;

/// The most bytes of a package once unzipped, layers included (BEHAVIOUR.md "Lambda", limits).
pub const MAX_UNZIPPED: u64 = 262_144_000;

/// What becomes of symbolic links.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Symlinks {
    /// They are packed as links; one that leads out of the folder is an error.
    #[default]
    Keep,
    /// What they lead to is packed in their place, wherever it lies.
    Follow,
}

/// How to pack.
#[derive(Clone, Debug)]
pub struct PackOptions {
    /// What is left out.
    pub exclude: Exclude,
    /// What becomes of symbolic links.
    pub symlinks: Symlinks,
    /// Whether a manifest is written.
    pub manifest: Manifest,
    /// How many threads compress; the bytes do not depend on it.
    pub threads: NonZeroUsize,
}

impl Default for PackOptions {
    /// Everything, links kept, with a manifest, on all cores.
    fn default() -> Self {
        let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self {
            exclude: Exclude::nothing(),
            symlinks: Symlinks::default(),
            manifest: Manifest::default(),
            threads,
        }
    }
}

/// A packed folder.
#[derive(Debug)]
pub struct Packed {
    /// The zip.
    pub bytes: Vec<u8>,
    /// How many entries it has, the manifest included.
    pub entries: usize,
    /// The size of all bodies, the manifest's included.
    pub uncompressed_size: u64,
    /// What deserves a look, though it was packed.
    pub warnings: Vec<PackWarning>,
}

/// What was packed and deserves a look.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackWarning {
    /// Two names differ in case alone, so a file system that ignores case keeps one of them.
    #[error("\"{}\" and \"{}\" differ in case alone", Escaped(.first.as_bytes()), Escaped(.second.as_bytes()))]
    CaseTwins {
        /// The one in front.
        first: String,
        /// The other.
        second: String,
    },
}

/// Why a folder was not packed; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The path is not a folder.
    #[error("{0} is not a folder")]
    NotAFolder(ShownPath),
    /// A file or folder could not be read.
    #[error("{path} can't be read: {source}")]
    Unreadable {
        /// Which.
        path: ShownPath,
        /// What the system said.
        source: io::Error,
    },
    /// There is nothing to pack.
    #[error("{0} holds nothing to pack")]
    Empty(ShownPath),
    /// A name can't stand in a package.
    #[error("{path} can't be packed: its name {defect}")]
    Name {
        /// Whose.
        path: ShownPath,
        /// What is wrong with it.
        defect: NameDefect,
    },
    /// Neither a file, a folder nor a link.
    #[error("{0} can't be packed: it is neither a file, a folder nor a symbolic link")]
    Special(ShownPath),
    /// A symbolic link leads out of the folder.
    #[error("{path} can't be packed: the link leads to \"{}\", outside the folder", Escaped(.target.as_bytes()))]
    LinkLeavesTree {
        /// The link.
        path: ShownPath,
        /// Where it leads.
        target: String,
    },
    /// A followed link leads back to a folder that it lies in.
    #[error("{0} can't be packed: following the link leads round in a circle")]
    LinkCircle(ShownPath),
    /// The tree changed while it was read.
    #[error("{0} changed while it was packed")]
    Changed(ShownPath),
    /// More entries than a package can have.
    #[error("{0} holds more than 65534 files and folders, the manifest counted")]
    TooMany(ShownPath),
    /// More bytes than Lambda unzips.
    #[error("{path} brings the package to {size} bytes unzipped, more than the 262144000 that Lambda allows")]
    TooLarge {
        /// The file that passes the limit.
        path: ShownPath,
        /// The size up to it.
        size: u64,
    },
    /// The verifier would refuse the package.
    #[error("the verifier would refuse the package: {0}")]
    Refused(ArchiveError),
}

impl PackError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NotAFolder(_) => "Give the folder whose content is the package.",
            Self::Unreadable { .. } => "Check that the path exists and that you may read it.",
            Self::Empty(_) => "Give the folder that holds the built code, and check what is excluded.",
            Self::Name { .. } => "Rename it, or exclude it.",
            Self::Special(_) => "Remove it, or exclude it.",
            Self::LinkLeavesTree { .. } => {
                "Point it at a file inside the folder by a relative path, exclude it, or follow links."
            }
            Self::LinkCircle(_) => "Exclude it, or keep links as links.",
            Self::Changed(_) => "Pack again once nothing writes to the folder.",
            Self::Refused(error) => error.code().remedy(),
            Self::TooMany(_) => "Exclude what the function does not need, or build a container image.",
            Self::TooLarge { .. } => "Move large files to a layer, to Amazon S3 or into a container image.",
        }
    }
}

/// Packs what lies below `folder`.
///
/// Held in memory at once: the zip, and per thread one body with its compressed form.
///
/// # Errors
/// Anything that can't stand in a package, and a tree that changes while it is read.
pub fn pack(folder: &Path, options: &PackOptions) -> Result<Packed, PackError> {
    let tree = tree::walk(folder, options)?;
    let lines: Vec<Line<'_>> = tree.items.iter().map(tree::Item::line).collect();
    let mut package = Package::default();
    match options.manifest {
        Manifest::Write => package.add_manifest(folder, &lines)?,
        Manifest::Omit => {}
    }
    squeeze::in_order(&tree.items, options.threads, |item, body| {
        package.add(&item.line(), &item.path, body)
    })?;
    let finish = || package.finish(folder, name::case_twins(&lines));
    thread::scope(|scope| {
        let check = scope.spawn(|| tree.check_unchanged(options.threads));
        let packed = finish();
        check.join().unwrap_or_else(|panic| resume_unwind(panic))?;
        packed
    })
}

#[derive(Default)]
struct Package {
    writer: ZipWriter,
    entries: usize,
    uncompressed_size: u64,
}

impl Package {
    fn add_manifest(&mut self, folder: &Path, lines: &[Line<'_>]) -> Result<(), PackError> {
        let body = render(lines.iter().copied());
        let size = u64::try_from(body.len()).unwrap_or(u64::MAX);
        let line = Line { kind: EntryKind::File, mode: 0o644, size, name: MANIFEST_ENTRY };
        let body = Stored::smallest(body).map_err(|_| PackError::TooMany(folder.into()))?;
        self.add(&line, folder, &body)
    }

    fn add(&mut self, line: &Line<'_>, path: &Path, body: &Stored) -> Result<(), PackError> {
        let size = self.uncompressed_size.saturating_add(line.size);
        if size > MAX_UNZIPPED {
            return Err(PackError::TooLarge { path: path.into(), size });
        }
        let name = EntryName::new(line.name)
            .ok_or_else(|| PackError::Name { path: path.into(), defect: NameDefect::TooLong })?;
        let entry = NewEntry { name, kind: line.kind, mode: line.mode, body };
        self.writer.add(&entry).map_err(|_| PackError::TooMany(path.into()))?;
        self.entries += 1;
        self.uncompressed_size = size;
        Ok(())
    }

    fn finish(self, folder: &Path, warnings: Vec<PackWarning>) -> Result<Packed, PackError> {
        let Self { writer, entries, uncompressed_size } = self;
        let bytes = writer.finish(b"").map_err(|_| PackError::TooMany(folder.into()))?;
        // What the verifier would refuse, such as a name that could pass for the signature's, is refused here.
        Archive::parse(&bytes, &Limits::default()).map_err(PackError::Refused)?;
        Ok(Packed { bytes, entries, uncompressed_size, warnings })
    }
}
