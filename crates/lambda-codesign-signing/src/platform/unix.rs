//! Unix.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use super::{Held, Identity, Reach};

/// What changes when a file is written, replaced or renamed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    device: u64,
    inode: u64,
    mode: u32,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl State {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            mode: metadata.mode(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

pub(crate) fn reach(metadata: &Metadata) -> Reach {
    let user = rustix::process::geteuid().as_raw();
    Reach::Owned { owner: metadata.uid(), user, mode: metadata.mode() & 0o7777 }
}

/// Makes a folder, with those that it lies in, that is its owner's alone.
pub(crate) fn make_private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// A file that is made is its owner's alone.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(0o600)
}

/// What is made has these permission bits, less the umask.
pub(crate) fn with_mode(builder: &mut tempfile::Builder<'_, '_>, mode: u32) {
    builder.permissions(Permissions::from_mode(mode));
}

#[expect(clippy::unnecessary_wraps, reason = "other systems have to look for it")]
pub(crate) fn identity(_: &Path, metadata: &Metadata) -> io::Result<Identity> {
    Ok((metadata.dev(), metadata.ino()))
}

/// Whether the owner may execute it.
#[expect(clippy::unnecessary_wraps, reason = "other systems have to look for it")]
pub(crate) fn is_executable(_: &Path, metadata: &Metadata) -> io::Result<bool> {
    Ok(metadata.mode() & 0o100 != 0)
}

/// Makes a rename in the folder last.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Locks the file that stands at the path once the lock is had: whoever held it before has put another there.
pub(crate) fn hold(path: &Path) -> Held {
    loop {
        let file = File::options().read(true).write(true).open(path)?;
        file.lock()?;
        let (held, current) = (file.metadata()?, fs::metadata(path)?);
        if (held.dev(), held.ino()) == (current.dev(), current.ino()) {
            return Ok(file);
        }
    }
}
