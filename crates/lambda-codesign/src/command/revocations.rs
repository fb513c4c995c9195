//! `revocations`: snapshots of what is revoked, for judging without a network.

#[cfg(feature = "services")]
mod fetch;

#[cfg(feature = "signing")]
use std::path::Path;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use lambda_codesign_core::report::SnapshotReport;
#[cfg(feature = "signing")]
use lambda_codesign_signing::output as files;
use serde::Serialize;

use crate::cli::{Format, Global};
#[cfg(feature = "signing")]
use crate::fault::escaped;
use crate::fault::{Exit, Fault};
#[cfg(feature = "signing")]
use crate::input;
use crate::known::{Known, RootArguments};
use crate::output::Output;
#[cfg(feature = "signing")]
use crate::profile_arguments::{ProfileFolder, SigningProfile};
#[cfg(feature = "signing")]
use crate::snapshot::signed;

/// Fetch, sign and show snapshots of what is revoked, by which `verify --revocations` judges without a network.
///
/// A snapshot is of one account and region. Signed with a local profile whose root verifiers pin, it can clear; unsigned, it
/// can revoke alone.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  A snapshot each night, signed by a profile that signs nothing else:
    lambda-codesign revocations fetch -o revocations.json --signing-profile local:auditor
  Where packages are judged:
    lambda-codesign revocations show revocations.json --revocations-root auditor.pem
    lambda-codesign verify app.zip --revocations revocations.json --revocations-root auditor.pem --require-revocation
  Signed elsewhere than where it was fetched:
    lambda-codesign revocations fetch -o unsigned.json --all-jobs
    lambda-codesign revocations sign unsigned.json -o revocations.json --signing-profile local:auditor")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[cfg(feature = "signing")]
    #[command(flatten)]
    folder: ProfileFolder,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[cfg(feature = "services")]
    Fetch(fetch::Arguments),
    /// Sign a snapshot with a local profile.
    #[cfg(feature = "signing")]
    Sign {
        /// The snapshot.
        #[arg(value_name = "FILE")]
        snapshot: PathBuf,
        /// The file to write.
        #[arg(short, long = "out", value_name = "FILE")]
        out: PathBuf,
        /// The local profile.
        #[arg(long, value_name = "local:NAME")]
        signing_profile: SigningProfile,
    },
    /// Show of what a snapshot is, how old, and who vouches for it.
    Show {
        /// The snapshots.
        #[arg(value_name = "FILE", required = true)]
        snapshots: Vec<PathBuf>,
        #[command(flatten)]
        roots: RootArguments,
    },
}

#[derive(Serialize)]
struct Shown {
    schema: &'static str,
    revocations: Vec<SnapshotReport>,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    match &arguments.command {
        #[cfg(feature = "services")]
        Command::Fetch(fetch) => fetch::run(fetch, &arguments.folder, global, output),
        #[cfg(feature = "signing")]
        Command::Sign { snapshot, out, signing_profile } => {
            let profile = arguments.folder.profile(signing_profile)?;
            let file = signed(&text(snapshot)?, &profile)?;
            files::write(out, file.as_bytes()).map_err(|error| {
                Fault::of("could not write the revocation snapshot", &error, error.remedy())
            })?;
            show(std::slice::from_ref(out), None, global, output)
        }
        Command::Show { snapshots, roots } => show(snapshots, Some(roots), global, output),
    }
}

#[cfg(feature = "signing")]
fn text(path: &Path) -> Result<String, Fault> {
    String::from_utf8(input::read_small(path, "revocation snapshot")?).map_err(|_| {
        let what = format!("can't sign the snapshot {}", escaped(&path.to_string_lossy()));
        Fault::new(what, "it is not UTF-8", "give a snapshot as `revocations fetch` writes it")
    })
}

fn show(
    snapshots: &[PathBuf],
    roots: Option<&RootArguments>,
    global: &Global,
    output: &mut Output,
) -> Result<Exit, Fault> {
    let now = Timestamp::now();
    let pinned = roots.map(|roots| roots.pinned(None)).transpose()?.unwrap_or_default();
    let known = Known::read(snapshots, &pinned, now)?;
    let (reports, text) = known.map(|known| (known.reports(), known.human(now))).unwrap_or_default();
    match global.output {
        Format::Json => {
            output.json(&Shown { schema: "lambda-codesign/revocations-show/v1", revocations: reports })
        }
        Format::Human => output.note(&text),
    }
    Ok(Exit::Done)
}
