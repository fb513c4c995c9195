//! `man`: the manual pages.

use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::{Args, CommandFactory as _};

use crate::cli::Cli;
use crate::fault::{Exit, Fault, escaped};
use crate::output::Output;

/// Print a manual page, or write those of all commands into a folder.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lambda-codesign man > lambda-codesign.1
  lambda-codesign man policy check > lambda-codesign-policy-check.1
  lambda-codesign man --out-dir ~/.local/share/man/man1")]
pub(crate) struct Arguments {
    /// The command, such as `verify` or `policy check`; the page of all of them where none is given.
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
    /// Write a page for each command into this folder, and make the folder.
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    out_dir: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Fault> {
    // Its pages would say what `--help` says.
    let all = Cli::command().disable_help_subcommand(true);
    match &arguments.out_dir {
        Some(folder) => write_all(all, folder)?,
        None => output.raw(&page(all, &arguments.command)?),
    }
    Ok(Exit::Done)
}

fn page(mut all: clap::Command, command: &[String]) -> Result<Vec<u8>, Fault> {
    all.build();
    let found = command.iter().try_fold(&all, |parent, name| parent.find_subcommand(name));
    let found = found.ok_or_else(|| unknown(&command.join(" ")))?.clone();
    let mut roff = Vec::new();
    clap_mangen::Man::new(found)
        .render(&mut roff)
        .map_err(|error| Fault::new("could not make the manual page", error, "please report it"))?;
    Ok(roff)
}

fn write_all(all: clap::Command, folder: &Path) -> Result<(), Fault> {
    let written: io::Result<()> =
        fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(all, folder));
    written.map_err(|error| {
        let what = format!("could not write all manual pages into {}", escaped(&folder.to_string_lossy()));
        Fault::new(what, error, "name a folder that you may write to")
    })
}

fn unknown(name: &str) -> Fault {
    Fault::usage(
        format!("there is no manual page for {}", escaped(name)),
        "there is no such command",
        "`lambda-codesign --help` lists them",
    )
}
