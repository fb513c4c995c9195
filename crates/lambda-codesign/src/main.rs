//! `lambda-codesign`: verifies AWS Lambda deployment packages, for people and for continuous integration.

mod cli;
mod command;
mod policy_file;
mod target;
mod trust;
mod judging;
mod known;
#[cfg(feature = "signing")]
mod profile_arguments;
#[cfg(feature = "signing")]
mod lock_file;
#[cfg_attr(not(feature = "services"), path = "aws_absent.rs")]
mod aws;
#[cfg(feature = "services")]
mod ask;
mod severity;
#[cfg_attr(not(feature = "signing"), expect(dead_code, reason = "signing writes back what judging reads"))]
mod artifacts;
#[cfg(feature = "signing")]
mod snapshot;
mod input;
mod pool;
mod reports;
mod rows;
mod render;
mod output;
mod fault;

use std::process::ExitCode;

use crate::cli::{Cli, Format};
use crate::fault::Exit;
use crate::output::Output;

fn main() -> ExitCode {
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    cli.global.color.write_global();
    let mut output = Output::new(cli.global.verbosity());
    let exit = match command::run(&cli, &mut output) {
        Ok(exit) => exit,
        Err(fault) => {
            render::human::fault(&fault);
            if cli.global.output == Format::Json {
                output.json(&fault.document());
            }
            fault.exit()
        }
    };
    output.finish(exit).into()
}

/// Help and version are answers; all else is wrong usage.
fn usage(error: &clap::Error) -> ExitCode {
    let printed = error.print();
    match (error.use_stderr(), printed) {
        (false, Ok(())) => Exit::Done.into(),
        (false, Err(broken)) if broken.kind() == std::io::ErrorKind::BrokenPipe => Exit::Done.into(),
        (false, Err(_)) => Exit::NoVerdict.into(),
        (true, _) => Exit::Usage.into(),
    }
}
