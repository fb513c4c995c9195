//! Who else can reach a profile's files.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;

use zeroize::Zeroizing;

use super::ProfileError;
use crate::platform::{self, Reach};

/// The most that a file of a profile holds: a state, a key or a job is a few KiB.
const MAX_FILE: u64 = 1 << 20;

pub(super) fn unusable(path: &Path) -> impl FnOnce(io::Error) -> ProfileError {
    let path = path.into();
    |source| ProfileError::Unusable { path, source }
}

/// Makes a folder that is its owner's alone.
pub(super) fn make_folder(path: &Path) -> Result<(), ProfileError> {
    platform::make_private_folder(path).map_err(unusable(path))
}

/// Refuses a folder that another user owns or that others can write.
pub(super) fn check_folder(path: &Path, metadata: &Metadata) -> Result<(), ProfileError> {
    if !metadata.is_dir() {
        return Err(ProfileError::WrongKind { path: path.into(), wanted: "a folder" });
    }
    check_reach(path, metadata, 0o022)
}

/// That this user owns it and that others have none of these permissions.
fn check_reach(path: &Path, metadata: &Metadata, forbidden: u32) -> Result<(), ProfileError> {
    match platform::reach(metadata) {
        Reach::Owned { owner, user, .. } if owner != user => {
            Err(ProfileError::NotYours { path: path.into(), owner, user })
        }
        Reach::Owned { mode, .. } if mode & forbidden != 0 => {
            Err(ProfileError::OpenToOthers { path: path.into(), mode })
        }
        Reach::Owned { .. } => Ok(()),
        Reach::Untold => Err(ProfileError::Unguarded),
    }
}

/// Reads a small file that is its owner's alone; none where there is none.
pub(super) fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, ProfileError> {
    // What stands there is looked at before it is opened, since opening a pipe would wait for a writer.
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => {
            return Err(ProfileError::WrongKind { path: path.into(), wanted: "a regular file" });
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(path)(error)),
    }
    let file = File::open(path).map_err(unusable(path))?;
    let metadata = file.metadata().map_err(unusable(path))?;
    check_reach(path, &metadata, 0o077)?;
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(unusable(path))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_FILE) {
        return Err(ProfileError::Damaged { path: path.into(), reason: "it is longer than 1 MiB".into() });
    }
    Ok(Some(bytes))
}
