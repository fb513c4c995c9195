//! Records packages in a lock file (docs/schema/lock-v1.json).

use std::path::Path;

use lambda_codesign_core::archive::{Archive, Limits};
use lambda_codesign_core::policy::Lock;
use lambda_codesign_signing::lock::{self, LockedPackage};

use crate::fault::{Fault, escaped};
use crate::input;

/// That a lock file which is there can be updated, before anything is written that it should record.
pub(crate) fn check(file: &Path) -> Result<(), Fault> {
    if !file.exists() {
        return Ok(());
    }
    let json = input::read_small(file, "lock")?;
    let usable = Lock::from_json(&json).map(|_| ());
    usable.map_err(|error| {
        let what = format!("can't use the lock {}", escaped(&file.to_string_lossy()));
        Fault::new(what, error, "restore the file that was reviewed, or name another")
    })
}

/// Records these packages, each by its path; a path that is there already is replaced.
pub(crate) fn record(file: &Path, packages: &[LockedPackage]) -> Result<(), Fault> {
    lock::update(file, packages).map_err(|error| {
        Fault::of(
            format!("could not update the lock {}", escaped(&file.to_string_lossy())),
            &error,
            error.remedy(),
        )
    })
}

/// What a lock lists of a package.
pub(crate) fn locked(path: &Path, package: &[u8]) -> Result<LockedPackage, Fault> {
    let digest = Archive::parse(package, &Limits::default()).and_then(|archive| archive.content_digest());
    let digest = digest.map_err(|error| {
        let what = format!("could not lock {}", escaped(&path.to_string_lossy()));
        Fault::new(what, &error, error.code().remedy())
    })?;
    Ok(LockedPackage {
        path: Some(path.to_string_lossy().into_owned()),
        code_sha256: Some(digest.code_sha256()),
        framed_sha384: Some(digest.framed()),
        origin: None,
    })
}
