//! A file a command.

#[cfg(feature = "signing")]
pub(crate) mod pack;
#[cfg(feature = "signing")]
pub(crate) mod sign;
#[cfg(feature = "signing")]
pub(crate) mod profile;
pub(crate) mod verify;
#[cfg(feature = "services")]
pub(crate) mod publish;
#[cfg(feature = "services")]
pub(crate) mod layer;
#[cfg(feature = "services")]
pub(crate) mod terraform;
#[cfg(feature = "services")]
pub(crate) mod config;
#[cfg(feature = "services")]
pub(crate) mod revoke;
#[cfg(feature = "services")]
pub(crate) mod audit;
pub(crate) mod revocations;
pub(crate) mod policy;
pub(crate) mod inspect;
pub(crate) mod digest;
pub(crate) mod diff;
pub(crate) mod signature;
pub(crate) mod explain;
pub(crate) mod completions;
pub(crate) mod man;
#[cfg(feature = "services")]
pub(crate) mod enforce;
#[cfg(feature = "services")]
pub(crate) mod sandbox;
#[cfg(feature = "services")]
pub(crate) mod demo;

use crate::cli::{Cli, Command, Format};
use crate::fault::{Exit, Fault};
use crate::output::Output;

pub(crate) fn run(cli: &Cli, output: &mut Output) -> Result<Exit, Fault> {
    if is_text_alone(&cli.command) && cli.global.output == Format::Json {
        return Err(Fault::usage(
            "this command does not write JSON",
            "what it prints is text for a shell, a pager or a person",
            "leave out --output json",
        ));
    }
    match &cli.command {
        #[cfg(feature = "signing")]
        Command::Pack(arguments) => pack::run(arguments, &cli.global, output),
        #[cfg(feature = "signing")]
        Command::Sign(arguments) => sign::run(arguments, &cli.global, output),
        #[cfg(feature = "signing")]
        Command::Profile(arguments) => profile::run(arguments, &cli.global, output),
        Command::Verify(arguments) => verify::run(arguments, &cli.global, output),
        #[cfg(feature = "services")]
        Command::Publish(arguments) => publish::run(arguments, &cli.global, output),
        #[cfg(feature = "services")]
        Command::Layer(arguments) => layer::run(arguments, &cli.global, output),
        #[cfg(feature = "services")]
        Command::Terraform(arguments) => terraform::run(arguments, output),
        #[cfg(feature = "services")]
        Command::Config(arguments) => config::run(arguments, &cli.global, output),
        #[cfg(feature = "services")]
        Command::Revoke(arguments) => revoke::run(arguments, &cli.global, output),
        #[cfg(feature = "services")]
        Command::Audit(arguments) => audit::run(arguments, &cli.global, output),
        Command::Revocations(arguments) => revocations::run(arguments, &cli.global, output),
        Command::Policy(arguments) => policy::run(arguments, &cli.global, output),
        Command::Inspect(arguments) => inspect::run(arguments, &cli.global, output),
        Command::Digest(arguments) => digest::run(arguments, &cli.global, output),
        Command::Diff(arguments) => diff::run(arguments, &cli.global, output),
        Command::Signature(arguments) => signature::run(arguments, &cli.global, output),
        Command::Explain(arguments) => explain::run(arguments, &cli.global, output),
        Command::Completions(arguments) => completions::run(arguments, output),
        Command::Man(arguments) => man::run(arguments, output),
        #[cfg(feature = "services")]
        Command::Enforce(arguments) => enforce::run(arguments, &cli.global, output),
        #[cfg(feature = "services")]
        Command::Sandbox(arguments) => sandbox::run(arguments, output),
        #[cfg(feature = "services")]
        Command::Demo(arguments) => demo::run(arguments, output),
    }
}

/// Whether what a command prints is text for a shell, a pager or a person, and never JSON.
const fn is_text_alone(command: &Command) -> bool {
    match command {
        Command::Completions(_) | Command::Man(_) => true,
        #[cfg(feature = "services")]
        Command::Sandbox(_) | Command::Demo(_) => true,
        #[cfg(feature = "services")]
        Command::Publish(_)
        | Command::Layer(_)
        | Command::Terraform(_)
        | Command::Config(_)
        | Command::Revoke(_)
        | Command::Audit(_)
        | Command::Enforce(_) => false,
        #[cfg(feature = "signing")]
        Command::Pack(_) | Command::Sign(_) | Command::Profile(_) => false,
        Command::Verify(_)
        | Command::Revocations(_)
        | Command::Policy(_)
        | Command::Inspect(_)
        | Command::Digest(_)
        | Command::Diff(_)
        | Command::Signature(_)
        | Command::Explain(_) => false,
    }
}
