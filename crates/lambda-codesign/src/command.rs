//! A file a command.

pub(crate) mod pack;
pub(crate) mod sign;
pub(crate) mod profile;
pub(crate) mod verify;
pub(crate) mod inspect;
pub(crate) mod digest;
pub(crate) mod diff;
pub(crate) mod signature;
pub(crate) mod explain;
pub(crate) mod completions;
pub(crate) mod man;
pub(crate) mod demo;

use crate::cli::{Cli, Command};
use crate::fault::{Exit, Fault};
use crate::output::Output;

pub(crate) fn run(cli: &Cli, output: &mut Output) -> Result<Exit, Fault> {
    match &cli.command {
        Command::Pack(arguments) => pack::run(arguments, &cli.global, output),
        Command::Sign(arguments) => sign::run(arguments, &cli.global, output),
        Command::Profile(arguments) => profile::run(arguments, &cli.global, output),
        Command::Verify(arguments) => verify::run(arguments, &cli.global, output),
        Command::Inspect(arguments) => inspect::run(arguments, &cli.global, output),
        Command::Digest(arguments) => digest::run(arguments, &cli.global, output),
        Command::Diff(arguments) => diff::run(arguments, &cli.global, output),
        Command::Signature(arguments) => signature::run(arguments, output),
        Command::Explain(arguments) => explain::run(arguments, &cli.global, output),
        Command::Completions(arguments) => completions::run(arguments, output),
        Command::Man(arguments) => man::run(arguments, output),
        Command::Demo(arguments) => demo::run(arguments, output),
    }
}
