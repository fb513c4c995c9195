//! `pack`: a reproducible zip of a folder.

use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use clap::Args;
use lambda_codesign_core::digest::CodeSha256;
use lambda_codesign_signing::manifest::Manifest;
use lambda_codesign_signing::output as files;
use lambda_codesign_signing::pack::{Exclude, PackOptions, Packed, Symlinks, pack};
use serde::Serialize;

use crate::cli::{Format, Global};
use crate::fault::{Exit, Fault, escaped};
use crate::lock_file;
use crate::output::Output;
use crate::render::human;

/// Pack a folder: the same tree gives the same bytes, on any machine.
///
/// Entries are sorted by name, times are fixed, permission bits are 0644 or 0755, and a manifest in front lists all.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lambda-codesign pack build/ -o app.zip
  Without tests and byte code, in the syntax of .gitignore:
    lambda-codesign pack src/ -o app.zip --exclude '**/__pycache__/' --exclude '/tests/'

Exit codes: 0 done, 2 wrong usage, 3 the folder could not be packed; nothing is written then.")]
pub(crate) struct Arguments {
    /// The folder.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The zip to write.
    #[arg(short, long = "out", value_name = "PKG.zip")]
    out: PathBuf,
    #[command(flatten)]
    how: How,
    /// Record the package in this lock file.
    #[arg(long, value_name = "FILE")]
    lock: Option<PathBuf>,
}

/// How a folder is packed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Packing")]
pub(crate) struct How {
    /// Leave out what this pattern matches, in the syntax of .gitignore, from the folder on.
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Pack what symbolic links lead to, instead of the links.
    #[arg(long)]
    follow_symlinks: bool,
    /// Write no manifest: nothing proves the files' boundaries then.
    #[arg(long)]
    pub(crate) no_manifest: bool,
}

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    path: String,
    entries: usize,
    uncompressed_size: u64,
    size: usize,
    code_sha256: String,
    manifest: bool,
    warnings: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    arguments.lock.as_deref().map_or(Ok(()), lock_file::check)?;
    let packed = arguments.how.pack(&arguments.folder, &arguments.out)?;
    let (written, code_sha256) = thread::scope(|scope| {
        let hash = scope.spawn(|| CodeSha256::of(&packed.bytes));
        let written = files::write(&arguments.out, &packed.bytes);
        (written, hash.join().unwrap_or_else(|panic| resume_unwind(panic)))
    });
    written.map_err(|error| Fault::of("could not write the package", &error, error.remedy()))?;
    if let Some(lock) = &arguments.lock {
        lock_file::record(lock, &[lock_file::locked(&arguments.out, &packed.bytes)?])?;
    }
    let report = Report {
        schema: "lambda-codesign/pack/v1",
        path: escaped(&arguments.out.to_string_lossy()),
        entries: packed.entries,
        uncompressed_size: packed.uncompressed_size,
        size: packed.bytes.len(),
        code_sha256: code_sha256.to_string(),
        manifest: !arguments.how.no_manifest,
        warnings: packed.warnings.iter().map(ToString::to_string).collect(),
    };
    match global.output {
        Format::Json => output.json(&report),
        Format::Human => {
            output.note(&report.human());
            report.warnings.iter().for_each(|warning| human::remark(warning));
        }
    }
    Ok(Exit::Done)
}

impl How {
    /// Packs a folder; an output that lies in it is left out.
    pub(crate) fn pack(&self, folder: &Path, out: &Path) -> Result<Packed, Fault> {
        let mut globs = self.exclude.clone();
        globs.extend(inside(folder, out));
        let exclude = Exclude::globs(&globs)
            .map_err(|error| Fault::usage_of("can't use an exclude pattern", &error, error.remedy()))?;
        let options = PackOptions {
            exclude,
            symlinks: if self.follow_symlinks { Symlinks::Follow } else { Symlinks::Keep },
            manifest: if self.no_manifest { Manifest::Omit } else { Manifest::Write },
            ..PackOptions::default()
        };
        pack(folder, &options).map_err(|error| {
            let what = format!("could not pack {}", escaped(&folder.to_string_lossy()));
            Fault::of(what, &error, error.remedy())
        })
    }
}

/// The pattern of the output, where it lies in the folder: else a second run would pack the first one's.
fn inside(folder: &Path, out: &Path) -> Option<String> {
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let place = parent.canonicalize().ok()?.join(out.file_name()?);
    let relative = place.strip_prefix(folder.canonicalize().ok()?).ok()?.to_str()?.to_owned();
    let literal: String = relative
        .chars()
        .flat_map(|c| {
            if matches!(c, '*' | '?' | '[' | ']' | '\\' | '!' | '#' | '{' | '}') {
                vec!['\\', c]
            } else {
                vec![c]
            }
        })
        .collect();
    Some(format!("/{literal}"))
}

impl Report {
    fn human(&self) -> String {
        let Self { path, entries, uncompressed_size, size, code_sha256, manifest, .. } = self;
        let manifest = if *manifest { "" } else { "  no manifest: the files' boundaries are unproven\n" };
        format!(
            "packed  {path}\n  {entries} entries, {uncompressed_size} bytes in {size}\n{manifest}  CodeSha256  {code_sha256}\n"
        )
    }
}
