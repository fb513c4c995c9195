//! The lock file: which packages were made.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use lambda_codesign_core::digest::{CodeSha256, FramedDigest};
use lambda_codesign_core::text::Escaped;
use serde::{Deserialize, Serialize};

use crate::origin::Origin;
use crate::output::{self, Audience, OutputError};
use crate::platform;
use crate::shown::ShownPath;

/// A package in a lock file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedPackage {
    /// Its path, as its owner writes it; rows written by hand may have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The digest that Lambda shows.
    #[serde(default, with = "crate::as_text::option", skip_serializing_if = "Option::is_none")]
    pub code_sha256: Option<CodeSha256>,
    /// The framed digest.
    #[serde(default, with = "crate::as_text::option", skip_serializing_if = "Option::is_none")]
    pub framed_sha384: Option<FramedDigest>,
    /// Where it was taken from, where it is a vendor's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "schema")]
enum Document {
    #[serde(rename = "lambda-codesign/lock/v1")]
    V1(Packages),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Packages {
    packages: Vec<LockedPackage>,
}

/// The largest lock file that is read.
const MAX_LOCK: u64 = 64 << 20;

/// Why a lock file was not updated; it is as it was.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The file could not be read or locked.
    #[error("{path} can't be read: {source}")]
    Unreadable {
        /// The lock file.
        path: ShownPath,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not a lock file.
    #[error("{path} is not a lock file: {}", Escaped(.reason.as_bytes()))]
    Malformed {
        /// The lock file.
        path: ShownPath,
        /// What is wrong with it.
        reason: String,
    },
    /// The file could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
}

impl LockError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "Check that you may read and write it.",
            Self::Malformed { .. } => "Restore it from version control, or name another file.",
            Self::Output(error) => error.remedy(),
        }
    }
}

/// The packages that a lock file lists; none where there is no file.
///
/// # Errors
/// The file is not a lock file, or can't be read.
pub fn list(path: &Path) -> Result<Vec<LockedPackage>, LockError> {
    match File::open(path) {
        Ok(file) => read(path, &file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(unreadable(path)(error)),
    }
}

/// Records packages: one of the same path is replaced, and all stand in the order of their paths.
///
/// Several processes may update one file at once: each waits for the others.
///
/// # Errors
/// The file is not a lock file, or can't be written.
pub fn update(path: &Path, packages: &[LockedPackage]) -> Result<(), LockError> {
    output::create(path, &render(path, Vec::new())?)?;
    let _held = platform::hold(path).map_err(unreadable(path))?;
    let mut all = list(path)?;
    all.retain(|old| old.path.is_none() || packages.iter().all(|new| new.path != old.path));
    all.extend_from_slice(packages);
    all.sort_by(|a, b| a.path.cmp(&b.path));
    output::replace(path, &render(path, all)?, Audience::Umask)?;
    Ok(())
}

fn unreadable(path: &Path) -> impl Fn(io::Error) -> LockError {
    let path: ShownPath = path.into();
    move |source| LockError::Unreadable { path: path.clone(), source }
}

fn malformed(path: &Path) -> impl Fn(serde_json::Error) -> LockError {
    let path: ShownPath = path.into();
    move |error| LockError::Malformed { path: path.clone(), reason: error.to_string() }
}

fn read(path: &Path, mut file: &File) -> Result<Vec<LockedPackage>, LockError> {
    let mut json = Vec::new();
    file.by_ref().take(MAX_LOCK).read_to_end(&mut json).map_err(unreadable(path))?;
    let Document::V1(document) = serde_json::from_slice(&json).map_err(malformed(path))?;
    Ok(document.packages)
}

fn render(path: &Path, packages: Vec<LockedPackage>) -> Result<Vec<u8>, LockError> {
    let document = Document::V1(Packages { packages });
    let mut json = serde_json::to_vec_pretty(&document).map_err(malformed(path))?;
    json.push(b'\n');
    Ok(json)
}
