//! The policy file, which this version does not read: a package is never judged as if it were not there.

use std::path::{Path, PathBuf};

use crate::cli::Global;
use crate::fault::{Fault, escaped};

const NAME: &str = "lambda-codesign.toml";

/// That no policy file was named.
pub(crate) fn refuse_named(global: &Global) -> Result<(), Fault> {
    refuse(global.config.clone())
}

/// That no policy file was named or stands here or above, for a command that judges packages.
pub(crate) fn refuse_any(global: &Global) -> Result<(), Fault> {
    let here = std::env::current_dir().ok().filter(|_| !global.no_config);
    refuse(global.config.clone().or_else(|| find(&here?)))
}

fn refuse(found: Option<PathBuf>) -> Result<(), Fault> {
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
