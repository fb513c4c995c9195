//! A folder of zips.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Code, NewFile, at, inside};
use crate::fault::{Fault, escaped};

/// The zips of a folder, by name; folders in it are not searched.
///
/// Holding one proves that there is a zip by its name, and that all lie in the folder, links followed.
#[derive(Debug)]
pub(crate) struct Zips(Vec<PathBuf>);

impl Zips {
    pub(crate) fn read(folder: &Path) -> Result<Self, Fault> {
        let what = || format!("can't sign what is in {}", escaped(&folder.to_string_lossy()));
        let fault = |why: &str| {
            let known = "name a cloud assembly of the CDK, a SAM build, a template, a package of the Serverless Framework, or a folder of zips";
            Fault::new(what(), why, known)
        };
        let root = at(folder, ".").map_err(|_| fault("it is not there or can't be read"))?;
        let entries = fs::read_dir(&root).map_err(|error| fault(&error.to_string()))?;
        let mut zips = Vec::new();
        for entry in entries {
            let name = entry.map_err(|error| fault(&error.to_string()))?.file_name();
            if Path::new(&name).extension().is_some_and(|extension| extension == "zip") {
                let name = name.to_str().ok_or_else(|| fault("a zip's name is not UTF-8"))?;
                zips.push(inside(&root, &root, name)?);
            }
        }
        zips.sort();
        zips.dedup();
        if zips.is_empty() {
            return Err(fault("it holds no artifacts of a tool that is known here, and no zips"));
        }
        Ok(Self(zips))
    }

    pub(crate) fn code(&self) -> Vec<Code> {
        self.0.iter().map(|path| Code { path: path.clone() }).collect()
    }

    /// The signed zips, in the place of the others.
    pub(crate) fn with_signed(signed: &[(Code, Vec<u8>)]) -> Vec<NewFile> {
        let file =
            |(code, bytes): &(Code, Vec<u8>)| NewFile { path: code.path.clone(), bytes: bytes.clone() };
        signed.iter().map(file).collect()
    }
}
