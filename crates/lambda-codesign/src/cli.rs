//! The arguments (CLI.md).

use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

#[cfg(feature = "services")]
use crate::command::{audit, config, demo, enforce, layer, publish, revoke, sandbox, terraform};
use crate::command::{
    completions, diff, digest, explain, inspect, man, policy, revocations, signature, verify,
};
#[cfg(feature = "signing")]
use crate::command::{pack, profile, sign};
use crate::reports::ReportFormat;

/// Packs, signs and verifies AWS Lambda deployment packages.
#[derive(Debug, Parser)]
#[command(
    name = "lambda-codesign",
    version,
    propagate_version = true,
    after_help = "\
Examples:
  lambda-codesign verify app.zip --allow 'arn:aws:signer:*:123456789012:/signing-profiles/release/*'
  lambda-codesign inspect META_INF/aws_signer_signature_v1.0.SF
  lambda-codesign explain digest-mismatch

Exit codes:
  0  done; every package allowed (warnings included)
  1  at least one package is blocked
  2  wrong usage
  3  no verdict: a file could not be read, or a configuration is malformed"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Arguments of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// How answers are written to standard output; sarif, junit, github and csv are for `verify`, csv for `audit` too.
    #[arg(long = "output", global = true, value_enum, value_name = "FORMAT", default_value_t = Written::Human)]
    written: Written,
    /// The same, for commands that know people and JSON.
    #[arg(skip)]
    pub(crate) output: Format,
    /// Say only what is wrong.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Say more: the certificates and digests.
    #[arg(short, long, global = true)]
    verbose: bool,
    /// Show no progress.
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,
    /// When to colour the output; `NO_COLOR` is honoured.
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(crate) color: Color,
    /// The policy file [default: `LAMBDA_CODESIGN_CONFIG`, or lambda-codesign.toml here or above, up to the
    /// repository's root].
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "no_config")]
    pub(crate) config: Option<std::path::PathBuf>,
    /// Use no policy file.
    #[arg(long, global = true)]
    pub(crate) no_config: bool,
}

/// How answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Human,
    /// One JSON document.
    Json,
}

/// Every way in which some command writes its answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Written {
    /// For people.
    Human,
    /// One JSON document.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit XML.
    Junit,
    /// Annotations of GitHub Actions.
    Github,
    /// A line for each package.
    Csv,
}

/// When output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verbosity {
    /// Only what is wrong.
    Quiet,
    /// What a person wants to know.
    Normal,
    /// The certificates and digests too.
    Verbose,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[cfg(feature = "signing")]
    Pack(pack::Arguments),
    #[cfg(feature = "signing")]
    Sign(sign::Arguments),
    #[cfg(feature = "signing")]
    Profile(profile::Arguments),
    Verify(verify::Arguments),
    #[cfg(feature = "services")]
    Publish(publish::Arguments),
    #[cfg(feature = "services")]
    Layer(layer::Arguments),
    #[cfg(feature = "services")]
    Terraform(terraform::Arguments),
    #[cfg(feature = "services")]
    Config(config::Arguments),
    #[cfg(feature = "services")]
    Revoke(revoke::Arguments),
    #[cfg(feature = "services")]
    Audit(audit::Arguments),
    Revocations(revocations::Arguments),
    Policy(policy::Arguments),
    Inspect(inspect::Arguments),
    Digest(digest::Arguments),
    Diff(diff::Arguments),
    Signature(signature::Arguments),
    Explain(explain::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
    #[cfg(feature = "services")]
    Enforce(enforce::Arguments),
    #[cfg(feature = "services")]
    Sandbox(sandbox::Arguments),
    #[cfg(feature = "services")]
    Demo(demo::Arguments),
}

impl Cli {
    /// The arguments of this process; a format that the command does not write is wrong usage.
    pub(crate) fn read() -> Result<Self, clap::Error> {
        let mut cli = Self::try_parse()?;
        let report = cli.global.report();
        let verifies = matches!(cli.command, Command::Verify(_));
        #[cfg(feature = "services")]
        let audits = matches!(cli.command, Command::Audit(_));
        #[cfg(not(feature = "services"))]
        let audits = false;
        let is_written = match report {
            None | Some(ReportFormat::Json) => true,
            Some(ReportFormat::Csv) => verifies || audits,
            Some(ReportFormat::Sarif | ReportFormat::Junit | ReportFormat::Github) => verifies,
        };
        if !is_written {
            let message =
                "only verify writes sarif, junit and github, and csv with audit; leave out --output";
            return Err(Self::command().error(ErrorKind::ArgumentConflict, message));
        }
        cli.global.output = match report {
            Some(ReportFormat::Json) => Format::Json,
            Some(ReportFormat::Sarif | ReportFormat::Junit | ReportFormat::Github | ReportFormat::Csv)
            | None => Format::Human,
        };
        Ok(cli)
    }
}

impl Global {
    /// The report that standard output gets instead of what people read.
    pub(crate) const fn report(&self) -> Option<ReportFormat> {
        match self.written {
            Written::Human => None,
            Written::Json => Some(ReportFormat::Json),
            Written::Sarif => Some(ReportFormat::Sarif),
            Written::Junit => Some(ReportFormat::Junit),
            Written::Github => Some(ReportFormat::Github),
            Written::Csv => Some(ReportFormat::Csv),
        }
    }

    pub(crate) const fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        }
    }
}

impl Color {
    pub(crate) fn write_global(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}
