//! The policy file, which this version does not read: a package is never judged as if it were not there.

use std::path::{Path, PathBuf};

use crate::cli::Global;
use crate::fault::{Fault, escaped};

const NAME: &str = "lambda-codesign.toml";

/// That no policy file is meant to be read.
pub(crate) fn refuse(global: &Global) -> Result<(), Fault> {
    let found = match (&global.config, global.no_config) {
        (_, true) => None,
        (Some(file), false) => Some(file.clone()),
        (None, false) => std::env::current_dir().ok().and_then(|here| find(&here)),
    };
    match found {
        None => Ok(()),
        Some(file) => Err(Fault::new(
            format!("can't judge by the policy file {}", escaped(&file.to_string_lossy())),
            "this version reads no policy files yet",
            "give the rules as flags, and --no-config to say that the file is left aside",
        )),
    }
}

/// The file here or above, up to the repository's root.
fn find(here: &Path) -> Option<PathBuf> {
    for folder in here.ancestors() {
        let file = folder.join(NAME);
        if file.exists() {
            return Some(file);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}
