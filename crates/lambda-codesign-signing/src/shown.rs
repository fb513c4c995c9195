//! Paths in errors.

use core::fmt;
use std::path::{Path, PathBuf};

use lambda_codesign_core::text::Escaped;

/// A path whose `Display` is safe for a terminal: a file in a packed tree may bear any name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownPath(pub PathBuf);

impl fmt::Display for ShownPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Escaped(self.0.as_os_str().as_encoded_bytes()))
    }
}

impl From<&Path> for ShownPath {
    fn from(path: &Path) -> Self {
        Self(path.to_owned())
    }
}
