//! Systems without Unix's owners, permission bits and inodes.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Read as _};
use std::path::Path;
use std::time::SystemTime;

use super::{Held, Identity, Reach};

/// What changes when a file is written or replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    kind: fs::FileType,
    size: u64,
    modified: Option<SystemTime>,
    created: Option<SystemTime>,
}

impl State {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            kind: metadata.file_type(),
            size: metadata.len(),
            modified: metadata.modified().ok(),
            created: metadata.created().ok(),
        }
    }
}

pub(crate) const fn reach(_: &Metadata) -> Reach {
    Reach::Untold
}

/// Makes a folder with those that it lies in; nothing private is kept in it, since nobody can tell whose it is.
pub(crate) fn make_private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).create(path)
}

pub(crate) const fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

pub(crate) const fn with_mode(_: &mut tempfile::Builder<'_, '_>, _: u32) {}

/// By the path that leads there without links.
pub(crate) fn identity(path: &Path, _: &Metadata) -> io::Result<Identity> {
    let mut hasher = DefaultHasher::new();
    fs::canonicalize(path)?.hash(&mut hasher);
    Ok((0, hasher.finish()))
}

/// Whether it begins as what Linux runs: a script with its interpreter, or ELF.
pub(crate) fn is_executable(path: &Path, metadata: &Metadata) -> io::Result<bool> {
    if !metadata.is_file() {
        return Ok(false);
    }
    let mut first = Vec::new();
    File::open(path)?.take(4).read_to_end(&mut first)?;
    Ok(first.starts_with(b"#!") || first == b"\x7fELF")
}

/// A folder can't be opened to be synced.
#[expect(clippy::unnecessary_wraps, reason = "Unix may fail")]
pub(crate) const fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Locks a file beside it, which is never replaced.
pub(crate) fn hold(path: &Path) -> Held {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let file = options.open(path.with_extension("lock"))?;
    file.lock()?;
    Ok(file)
}
