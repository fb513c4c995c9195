//! `publish`: judges a package, sends those very bytes to Lambda, and moves an alias last.

mod rules;
mod function;
mod layer;
mod row;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use lambda_codesign_aws::publish::{DeployError, Journal, PublishError};
use lambda_codesign_aws::wait::Deadline;
use lambda_codesign_core::archive::Limits;

use crate::aws::AwsArguments;
use crate::cli::Global;
use crate::fault::{Exit, Fault, escaped};
use crate::input::{Contents, Source};
use crate::judging::RuleArguments;
use crate::output::Output;

/// Publish a package to Lambda, as a function's code or as a layer.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lambda-codesign publish function payments-api app.zip --alias live
  lambda-codesign publish layer common layer.zip --compatible-runtime python3.13

What is blocked is never sent; exit code 1.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Function(function::Arguments),
    Layer(layer::Arguments),
}

/// How a package gets to Lambda.
#[derive(Debug, Args)]
struct SendingArguments {
    /// The package.
    #[arg(value_name = "PKG.zip")]
    package: PathBuf,
    /// The bucket through which packages above 50 MB go; it must keep versions and be in the same region.
    #[arg(long, value_name = "BUCKET")]
    s3_bucket: Option<String>,
    /// Wait so long for Lambda, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    timeout: u64,
    #[command(flatten)]
    rules: RuleArguments,
    #[command(flatten)]
    aws: AwsArguments,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    match &arguments.command {
        Command::Function(arguments) => function::run(arguments, global, output),
        Command::Layer(arguments) => layer::run(arguments, global, output),
    }
}

impl SendingArguments {
    /// The package as it is shown.
    fn name(&self) -> String {
        self.package.to_string_lossy().into_owned()
    }

    fn read(&self) -> Result<Vec<u8>, Fault> {
        let limits = Limits::default();
        match Source::File(self.package.clone()).read(limits.package_size)? {
            Contents::Whole(package) => Ok(package.into_vec()),
            Contents::TooLarge(size) => {
                let error = limits.too_large(size);
                let what = format!("could not publish {}", escaped(&self.name()));
                Err(Fault::of(what, &error, error.code().remedy()).refused())
            }
        }
    }

    fn deadline(&self) -> Deadline {
        Deadline::after(Duration::from_secs(self.timeout))
    }
}

/// What failed, why, and what was done before it.
pub(crate) fn publish_fault(what: &str, error: &PublishError, journal: &Journal) -> Fault {
    let why = match journal.steps().as_slice() {
        [] => error.to_string(),
        _ => format!("{error} (done before: {journal})"),
    };
    let fault = Fault::of(what, &why, error.remedy());
    match error {
        PublishError::Blocked(_) | PublishError::BlockedLayer(_) => fault.refused(),
        PublishError::Deploy(DeployError::Refused(_)) => fault.refused(),
        PublishError::Deploy(_)
        | PublishError::Unanswered
        | PublishError::Layer { .. }
        | PublishError::LayerCode { .. }
        | PublishError::Find(_)
        | PublishError::Source(_)
        | PublishError::Confirm(_)
        | PublishError::Version(_)
        | PublishError::Alias(_)
        | PublishError::PublishLayer(_) => fault,
    }
}

pub(crate) fn interrupted(what: &str, journal: &Journal) -> Fault {
    let why = format!("it was interrupted; {journal}");
    Fault::new(what, why, "run the same command again: it ends what was begun")
}
