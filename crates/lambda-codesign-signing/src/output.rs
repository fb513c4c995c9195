//! Files that appear whole or not at all.

use std::io::{self, Write as _};
use std::path::Path;

use crate::platform::{self, sync_folder};
use crate::shown::ShownPath;

/// A file was not written; what stood there before stands there still.
#[derive(Debug, thiserror::Error)]
#[error("{path} can't be written: {source}")]
pub struct OutputError {
    /// Which file.
    pub path: ShownPath,
    /// What the system said.
    pub source: io::Error,
}

impl OutputError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        "Check that the folder exists, that you may write to it and that its disk has room."
    }
}

/// Who may read a file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Its owner alone.
    Owner,
    /// Whoever the umask allows.
    Umask,
}

/// Writes a file beside its place and renames it there, so that no reader and no crash ever meets half of it.
///
/// # Errors
/// The folder can't be written to, the disk is full, or the path is a folder.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    replace(path, bytes, Audience::Umask)
}

pub(crate) fn replace(path: &Path, bytes: &[u8], audience: Audience) -> Result<(), OutputError> {
    let refused = |source| OutputError { path: path.into(), source };
    let temporary = beside(path, bytes, audience).map_err(refused)?;
    temporary.persist(path).map_err(|error| refused(error.error))?;
    sync_folder(folder_of(path)).map_err(refused)
}

/// As [`replace`], but leaves a file that is there already as it is.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    let refused = |source| OutputError { path: path.into(), source };
    let temporary = beside(path, bytes, Audience::Umask).map_err(refused)?;
    match temporary.persist_noclobber(path) {
        Ok(_) => sync_folder(folder_of(path)).map_err(refused),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(refused(error.error)),
    }
}

/// How the names of files that are not yet in place begin.
pub(crate) const TEMPORARY_PREFIX: &str = ".lambda-codesign-tmp-";

fn beside(path: &Path, bytes: &[u8], audience: Audience) -> io::Result<tempfile::NamedTempFile> {
    let mode = match audience {
        Audience::Owner => 0o600,
        Audience::Umask => 0o666,
    };
    let mut builder = tempfile::Builder::new();
    platform::with_mode(&mut builder, mode);
    let mut temporary = builder.prefix(TEMPORARY_PREFIX).tempfile_in(folder_of(path))?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    }
}
