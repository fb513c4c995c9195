//! `signature`: takes a signature off a package, or puts a published one on a rebuilt package.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::Timestamp;
use lambda_codesign_core::Verifier;
use lambda_codesign_core::finding::Finding;
use lambda_codesign_core::policy::{Policy, Publishers};
use lambda_codesign_core::verdict::Seen;
use lambda_codesign_signing::graft::{GraftError, attach, extract};
use lambda_codesign_signing::output as files;
use lambda_codesign_signing::prepare::ManifestState;
use serde::Serialize;

use crate::cli::{Format, Global};
use crate::fault::{Exit, Fault, escaped};
use crate::input::{self, read_package};
use crate::output::Output;
use crate::render::human;
use crate::trust::TrustArguments;

/// Take a signature off a package, or put a published one on a package that was rebuilt.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lambda-codesign signature extract signed.zip -o app.SF
  Your own build of what somebody else signed:
    lambda-codesign signature attach rebuilt.zip app.SF -o signed.zip

Exit codes: 0 done, 1 the signature does not hold; nothing is written then, 2 wrong usage, 3 a file could not be read.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the signature entry of a package.
    Extract {
        /// The signed package.
        #[arg(value_name = "PKG.zip")]
        package: PathBuf,
        /// The file to write.
        #[arg(short, long = "out", value_name = "FILE.SF")]
        out: PathBuf,
    },
    /// Put a signature on an unsigned package; refused where it does not hold.
    Attach {
        /// The unsigned package.
        #[arg(value_name = "PKG.zip")]
        package: PathBuf,
        /// The signature entry.
        #[arg(value_name = "FILE.SF")]
        signature: PathBuf,
        /// The signed package to write.
        #[arg(short, long = "out", value_name = "OUT.zip")]
        out: PathBuf,
        #[command(flatten)]
        trust: TrustArguments,
    },
}

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    path: String,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    let (out, bytes) = match &arguments.command {
        Command::Extract { package, out } => {
            (out, extract(&read_package(package)?).map_err(|error| refused(package, &error))?)
        }
        Command::Attach { package, signature, out, trust } => {
            let verifier = Verifier::new(trust.roots()?, Policy::new(Publishers::Any));
            (out, grafted(package, &input::read_small(signature, "signature")?, &verifier)?)
        }
    };
    files::write(out, &bytes)
        .map_err(|error| Fault::of("could not write the file", &error, error.remedy()))?;
    let path = escaped(&out.to_string_lossy());
    match global.output {
        Format::Json => output.json(&Report { schema: "lambda-codesign/signature/v1", path }),
        Format::Human => output.note(&format!("wrote  {path}\n")),
    }
    Ok(Exit::Done)
}

/// The package with the signature, verified as a whole.
fn grafted(package: &Path, signature: &[u8], verifier: &Verifier) -> Result<Vec<u8>, Fault> {
    let grafted = attach(&read_package(package)?, signature).map_err(|error| refused(package, &error))?;
    let mut seen = Seen::unread(u64::try_from(grafted.bytes.len()).unwrap_or(u64::MAX));
    let refuse = |finding: Finding| {
        let what = format!("could not attach the signature to {}", escaped(&package.to_string_lossy()));
        Fault::of(what, &finding, finding.code().remedy()).refused()
    };
    let verified = verifier.authenticate(&grafted.bytes, &mut seen).map_err(refuse)?;
    let (signing_time, expires, now) =
        (verified.claims().signing_time(), verified.claims().expires(), Timestamp::now());
    if signing_time > now {
        return Err(refuse(Finding::SignedInTheFuture { signing_time, now }));
    }
    if expires <= now {
        human::remark(&Finding::Expired { expires, now }.to_string());
    }
    if grafted.manifest == ManifestState::Absent {
        human::remark(
            "the package has no manifest, so nothing proves that its files' boundaries are those that were signed; \
             compare it with the signed original",
        );
    }
    Ok(grafted.bytes)
}

fn refused(package: &Path, error: &GraftError) -> Fault {
    Fault::of(format!("could not use {}", escaped(&package.to_string_lossy())), error, error.remedy())
        .refused()
}
