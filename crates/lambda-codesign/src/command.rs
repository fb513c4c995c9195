//! A file a command.

pub(crate) mod verify;
pub(crate) mod inspect;
pub(crate) mod digest;
pub(crate) mod explain;
pub(crate) mod completions;
pub(crate) mod man;

use crate::cli::{Cli, Command};
use crate::fault::{Exit, Fault};
use crate::output::Output;

pub(crate) fn run(cli: &Cli, output: &mut Output) -> Result<Exit, Fault> {
    match &cli.command {
        Command::Verify(arguments) => verify::run(arguments, &cli.global, output),
        Command::Inspect(arguments) => inspect::run(arguments, &cli.global, output),
        Command::Digest(arguments) => digest::run(arguments, &cli.global, output),
        Command::Explain(arguments) => explain::run(arguments, &cli.global, output),
        Command::Completions(arguments) => completions::run(arguments, output),
        Command::Man(arguments) => man::run(arguments, output),
    }
}
