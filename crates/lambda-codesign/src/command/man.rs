//! `man`: the manual pages.

use clap::{Args, CommandFactory as _};

use crate::cli::Cli;
use crate::fault::{Exit, Fault, escaped};
use crate::output::Output;

/// Print a manual page.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lambda-codesign man > lambda-codesign.1
  lambda-codesign man verify > lambda-codesign-verify.1")]
pub(crate) struct Arguments {
    /// The command; the page of all of them where none is given.
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Fault> {
    let mut all = Cli::command();
    all.build();
    let page = match &arguments.command {
        None => all,
        Some(name) => all.find_subcommand(name).cloned().ok_or_else(|| unknown(name))?,
    };
    let mut roff = Vec::new();
    clap_mangen::Man::new(page)
        .render(&mut roff)
        .map_err(|error| Fault::new("could not make the manual page", error, "please report it"))?;
    output.raw(&roff);
    Ok(Exit::Done)
}

fn unknown(name: &str) -> Fault {
    Fault::usage(
        format!("there is no manual page for {}", escaped(name)),
        "there is no such command",
        "`lambda-codesign --help` lists them",
    )
}
