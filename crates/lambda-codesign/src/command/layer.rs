//! `layer`: layers of vendors, taken in.

mod row;
mod vendor;

use clap::{Args, Subcommand};

use crate::cli::Global;
use crate::fault::{Exit, Fault};
use crate::output::Output;

/// Take in layers of vendors, so that functions under Enforce can have them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lambda-codesign layer vendor arn:aws:lambda:eu-central-1:999999999999:layer:agent:12 --signing-profile vetted --bucket my-signing")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Vendor(vendor::Arguments),
}

pub(crate) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    match &arguments.command {
        Command::Vendor(arguments) => vendor::run(arguments, global, output),
    }
}
