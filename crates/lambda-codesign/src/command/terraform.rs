//! `terraform`: what a configuration of Terraform or OpenTofu calls.

mod external;
mod query;

use clap::{Args, Subcommand};

use crate::fault::{Exit, Fault};
use crate::output::Output;

/// Sign from within a Terraform configuration.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  In a configuration (examples/terraform has a module around it):
    data \"external\" \"app\" {
      program = [\"lambda-codesign\", \"terraform\", \"external\"]
      query   = { package = data.archive_file.app.output_path, signing_profile = \"release\", bucket = \"my-signing\" }
    }
  By hand:
    echo '{\"package\": \"app.zip\", \"signing_profile\": \"local:dev\"}' | lambda-codesign terraform external")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    External(external::Arguments),
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Fault> {
    match &arguments.command {
        Command::External(external::Arguments {}) => external::run(output),
    }
}
