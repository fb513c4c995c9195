//! Code in the artifacts that deploy tools leave, found and written back.

mod document;
mod template;
mod cloud_assembly;

pub(crate) use cloud_assembly::CloudAssembly;

use std::path::{Path, PathBuf};

use crate::fault::{Fault, escaped};
use crate::input::read_small;
use document::Document;

/// Code that a function or layer runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Code {
    /// The zip, or the folder that is packed into one.
    pub(crate) path: PathBuf,
}

/// A file that signing changes or adds.
#[derive(Debug)]
pub(crate) struct NewFile {
    pub(crate) path: PathBuf,
    pub(crate) bytes: Vec<u8>,
}

/// Reads a document of an artifact.
fn read_document(path: &Path) -> Result<Document, Fault> {
    let what = || format!("can't use {}", escaped(&path.to_string_lossy()));
    let bytes = read_small(path, "artifact file")?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Fault::new(what(), "it is not UTF-8 text", "run the tool's build or synth again"))?;
    Document::parse(text).map_err(|error| Fault::new(what(), error, "run the tool's build or synth again"))
}

/// The path that a file of an artifact names; it lies in the artifact, links followed.
fn inside(root: &Path, folder: &Path, named: &str) -> Result<PathBuf, Fault> {
    let path = folder.join(named);
    let shown = escaped(&path.to_string_lossy());
    let fault = |why: &str| {
        Fault::new(
            format!("can't use {shown}, which the artifact names"),
            why,
            "run the tool's build or synth again",
        )
    };
    let place = path.canonicalize().map_err(|_| fault("it is not there or can't be read"))?;
    if !place.starts_with(root) {
        return Err(fault("it lies outside the artifact's folder"));
    }
    Ok(place)
}
