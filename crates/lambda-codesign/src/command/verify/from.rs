//! `verify --from`: what a deploy tool left, judged package by package, and its templates looked through.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Judged;
use crate::artifacts::{Artifacts, Names, Remark};
use crate::fault::{Exit, Fault, escaped};
use crate::input::Source;
use crate::severity::FailOn;

/// What is judged instead of files that are named.
#[derive(Debug, Args)]
#[command(next_help_heading = "Artifacts of deploy tools")]
pub(super) struct FromArguments {
    /// Judge the packages of a CDK cloud assembly, a SAM build, a template, a package of the Serverless
    /// Framework or a folder of zips, and look through its templates.
    #[arg(long, value_name = "PATH", conflicts_with = "packages")]
    pub(super) from: Option<PathBuf>,
    /// With --from, end with 1 where something in a template is at least so bad.
    #[arg(long, value_enum, default_value = "medium", requires = "from")]
    fail_on: FailOn,
}

/// Artifacts that were read.
pub(super) struct From<'a> {
    artifacts: Artifacts,
    path: &'a Path,
}

impl FromArguments {
    pub(super) fn read(&self) -> Result<Option<From<'_>>, Fault> {
        let read = |path| Ok(From { artifacts: Artifacts::read(path)?, path });
        self.from.as_deref().map(read).transpose()
    }

    /// What the remarks alone come to.
    pub(super) fn exit(&self, remarks: &[Remark]) -> Exit {
        let fails = remarks.iter().any(|remark| self.fail_on.fails(remark.kind.severity()));
        if fails { Exit::Blocked } else { Exit::Done }
    }
}

impl From<'_> {
    /// The packages, and the folders that nobody has packed yet, let alone signed.
    pub(super) fn sources(&self) -> (Vec<Source>, Vec<Judged>) {
        let root = self.path.canonicalize().unwrap_or_default();
        let (mut zips, mut folders) = (Vec::new(), Vec::new());
        for code in self.artifacts.code() {
            let shown = match code.path.strip_prefix(&root) {
                Ok(below) if !below.as_os_str().is_empty() => self.path.join(below),
                Ok(_) | Err(_) => code.path.clone(),
            };
            if code.path.is_dir() {
                folders.push(unpacked(&shown));
            } else {
                zips.push(Source::File(shown));
            }
        }
        (zips, folders)
    }

    /// What deserves a look in the templates, each named as seen from here.
    pub(super) fn remarks(&self, names: Names<'_>) -> Vec<Remark> {
        let folder = if self.path.is_dir() { self.path } else { self.path.parent().unwrap_or(self.path) };
        let mut remarks = self.artifacts.remarks(names);
        for remark in &mut remarks {
            remark.template = folder.join(&remark.template).to_string_lossy().into_owned();
        }
        remarks
    }

    /// That there was nothing to judge.
    pub(super) fn nothing(&self) -> Fault {
        let what = format!("no package was judged in {}", escaped(&self.path.to_string_lossy()));
        Fault::new(
            what,
            "its templates name no zip that is here",
            "build the app first, or name what was built",
        )
    }
}

fn unpacked(folder: &Path) -> Judged {
    let name = folder.to_string_lossy().into_owned();
    let fault = Fault::new(
        format!("{} is not signed", escaped(&name)),
        "it is a folder, and only a package can be signed",
        "sign the artifacts with `lambda-codesign sign --from`, which packs it",
    );
    Judged::without(name, Err(fault.refused()))
}
