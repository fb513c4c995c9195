//! `policy check|test|show`: the policy file itself.

mod check;
mod show;
mod test;

pub(crate) use show::{Shown, ShownConfig, ShownException, ShownRule, ShownSetting};
pub(crate) use test::Tried;

use clap::{Args, Subcommand};
use jiff::Timestamp;

use crate::cli::Global;
use crate::fault::{Exit, Fault};
use crate::output::Output;
use crate::policy_file::{self, LoadedPolicy};

/// Check, try and show the policy file, lambda-codesign.toml.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  Is anything wrong in it?
    lambda-codesign policy check
  Does it decide as it should?
    lambda-codesign policy test
  Which rules apply to this function, and why?
    lambda-codesign policy show --for payments-api --region eu-central-1")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Arguments),
    Test(test::Arguments),
    Show(show::Arguments),
}

pub(crate) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    match &arguments.command {
        Command::Check(arguments) => check::run(arguments, global, output),
        Command::Test(arguments) => test::run(arguments, global, output),
        Command::Show(arguments) => show::run(arguments, global, output),
    }
}

/// The policy file, which has to be there.
fn loaded(global: &Global, now: Timestamp) -> Result<LoadedPolicy, Fault> {
    policy_file::load(global, now)?.ok_or_else(|| {
        Fault::new(
            "there is no policy file",
            "no lambda-codesign.toml stands here or above, up to the repository's root",
            "name one with --config FILE",
        )
    })
}
