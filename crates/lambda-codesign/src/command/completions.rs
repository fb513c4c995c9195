//! `completions`: for shells.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::fault::{Exit, Fault};
use crate::output::Output;

/// Print the completions of a shell.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lambda-codesign completions bash > /etc/bash_completion.d/lambda-codesign
  lambda-codesign completions zsh > \"${fpath[1]}/_lambda-codesign\"
  lambda-codesign completions fish > ~/.config/fish/completions/lambda-codesign.fish")]
pub(crate) struct Arguments {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

#[expect(clippy::unnecessary_wraps, reason = "every command has this shape")]
pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Fault> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), NAME, &mut script);
    output.raw(&if arguments.shell == Shell::Bash { found_again(script) } else { script });
    Ok(Exit::Done)
}

const NAME: &str = "lambda-codesign";

/// clap_complete 4.6 names what bash looks for in two ways where a binary's name has a hyphen, so that nothing is completed
/// behind the first command (clap-rs/clap#6421).
fn found_again(script: Vec<u8>) -> Vec<u8> {
    match String::from_utf8(script) {
        Ok(text) => text.replace(&NAME.replace('-', "__subcmd__"), &NAME.replace('-', "__")).into_bytes(),
        Err(error) => error.into_bytes(),
    }
}
