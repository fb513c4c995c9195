//! `policy check`: whether anything is wrong in the policy file.

use clap::Args;
use jiff::Timestamp;
use lambda_codesign_core::report::PolicyFileReport;
use serde::Serialize;

use super::loaded;
use crate::cli::{Format, Global};
use crate::fault::{Exit, Fault, Place, escaped};
use crate::output::Output;
use crate::policy_file::LoadedPolicy;
use crate::render::human;
use crate::render::snippets::places;

/// Check the policy file: every mistake in it is shown at once, each where it stands.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  The one that stands here or above:
    lambda-codesign policy check
  Another, as a machine reads the answer:
    lambda-codesign policy check --config policies/production.toml --output json
  Will it still hold in a month?
    lambda-codesign policy check --at 2026-12-31T00:00:00Z

Exit codes: 0 nothing is wrong (warnings included), 2 wrong usage, 3 something is wrong, or there is no file.")]
pub(crate) struct Arguments {
    /// Check whether exceptions still hold at this time (RFC 3339) instead of now.
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
}

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    policy_file: PolicyFileReport,
    warnings: Vec<Place>,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    let loaded = loaded(global, arguments.at.unwrap_or_else(Timestamp::now))?;
    loaded.roots()?;
    human::remarks(&loaded.name(), &loaded.text, loaded.file.warnings());
    match global.output {
        Format::Json => {
            output.json(&Report {
                schema: "lambda-codesign/policy-check/v1",
                policy_file: loaded.report_all(),
                warnings: places(&loaded.name(), &loaded.text, loaded.file.warnings()).list,
            });
        }
        Format::Human => output.note(&summary(&loaded)),
    }
    Ok(Exit::Done)
}

fn summary(loaded: &LoadedPolicy) -> String {
    let file = &loaded.file;
    let roots = file.trust.as_ref().map_or(0, |trust| trust.roots.len());
    let counts = [
        counted(roots, "root file"),
        counted(file.publishers.len(), "publisher"),
        counted(file.rules.len(), "rule"),
        counted(file.exceptions.len(), "exception"),
        counted(file.configs.len(), "config"),
        counted(file.attachments.len(), "attachment"),
    ];
    format!("nothing is wrong in {}: {}\n", escaped(&loaded.name()), counts.join(", "))
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
