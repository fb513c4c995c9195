//! `explain --event`: what a service said, and which check it means.
//!
//! The text is somebody's: it is shown escaped, and never taken as a path, an address or a call.

use std::io::Read as _;

use clap::Args;
use lambda_codesign_core::digest::Threads;
use lambda_codesign_core::report::PackageReport;
use lambda_codesign_core::verdict::Check;
use lambda_codesign_policy::{Subject, Target};
use serde::Serialize;

use super::saying::{self, Saying};
use super::told::{self, Told};
use crate::cli::{Format, Global};
use crate::command::verify::{Judged, judge};
use crate::fault::{Exit, Fault, escaped};
use crate::input::{Source, read_small};
use crate::judging::JudgingArguments;
use crate::output::Output;
use crate::render::human;

/// No event and no page of events is larger.
const LARGEST: u64 = 1024 * 1024;

/// What was said, and about which package.
#[derive(Debug, Args)]
pub(crate) struct EventArguments {
    /// Explain what a service said: a refusal as it was pasted, an error of an SDK, or CloudTrail events as JSON; `-` is
    /// standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "code")]
    pub(super) event: Option<Source>,
    /// The package that it is about, to be judged too.
    #[arg(long, value_name = "PKG.zip", requires = "event")]
    package: Option<Source>,
    #[command(flatten)]
    judging: JudgingArguments,
}

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    events: Vec<Row>,
    #[serde(skip_serializing_if = "Option::is_none")]
    package: Option<PackageReport>,
}

#[derive(Serialize)]
struct Row {
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    said: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<String>,
    deployed: Option<bool>,
    checks: Vec<&'static str>,
    meaning: &'static str,
    remedy: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl EventArguments {
    pub(super) fn run(&self, event: &Source, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
        let text = read(event)?;
        let rows: Vec<Row> = told::read(&text).iter().filter_map(Row::of).collect();
        if rows.is_empty() {
            return Err(Fault::new(
                format!("can't explain {}", escaped(&event.name())),
                "nothing in it is a refusal, an error or an event of Lambda or Signer that is known here",
                "paste the whole error, or the event's JSON; docs/guides/lambda-refuses.md lists what is known",
            ));
        }
        let judged = self.package.as_ref().map(|package| self.judge(package, global)).transpose()?;
        match global.output {
            Format::Json => output.json(&Report {
                schema: "lambda-codesign/explain-event/v1",
                events: rows,
                package: judged.as_ref().map(Judged::report),
            }),
            Format::Human => {
                rows.iter().for_each(|row| output.text(&row.human()));
                if let Some(judged) = &judged {
                    output.text("The package, judged here:\n\n");
                    human::verdicts(std::slice::from_ref(judged), self.judging.rules.now(), output);
                    output.text(agreement(&rows, judged));
                }
            }
        }
        Ok(judged.as_ref().map_or(Exit::Done, Judged::exit))
    }

    fn judge(&self, package: &Source, global: &Global) -> Result<Judged, Fault> {
        let now = self.judging.rules.now();
        let file = self.judging.rules.file(global, now)?;
        let judging = self.judging.judging(file.as_ref(), now)?;
        Ok(judge(package, &judging.verifier, Threads::One, judging.evidence()))
    }
}

/// How what is found here goes with what was said.
fn agreement(rows: &[Row], judged: &Judged) -> &'static str {
    let Ok(verdict) = &judged.result else { return "" };
    let failed: Vec<&str> = verdict.judgement().against().map(|(check, _, _)| name(check)).collect();
    let refused = rows.iter().any(|row| row.deployed == Some(false) && !row.checks.is_empty());
    if failed.iter().any(|check| rows.iter().any(|row| row.checks.contains(check))) {
        "\nThis is what was said.\n"
    } else if refused && failed.is_empty() {
        "\nNothing speaks against this package by what is known here. Name the config's publishers with --allow and the \
         revocations with --revocations, and make sure that it is the very file that was sent, and no layer that was meant.\n"
    } else {
        "\nThis is not what was said: it may be another file than the one that was sent.\n"
    }
}

fn read(event: &Source) -> Result<String, Fault> {
    let bytes = match event {
        Source::File(path) => read_small(path, "event")?,
        Source::Stdin => {
            let mut bytes = Vec::new();
            let read = std::io::stdin().lock().take(LARGEST.saturating_add(1)).read_to_end(&mut bytes);
            let why = match read {
                Err(error) => Some(error.to_string()),
                Ok(_) if bytes.len() > usize::try_from(LARGEST).unwrap_or(usize::MAX) => {
                    Some("it has more than 1 MiB".to_owned())
                }
                Ok(_) => None,
            };
            match why {
                None => bytes,
                Some(why) => {
                    return Err(Fault::new("could not read standard input", why, "paste the event alone"));
                }
            }
        }
    };
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

const fn name(check: Check) -> &'static str {
    match check {
        Check::Integrity => "integrity",
        Check::Expiry => "expiry",
        Check::Mismatch => "mismatch",
        Check::Revocation => "revocation",
    }
}

impl Row {
    fn of(told: &Told) -> Option<Self> {
        let saying = told.saying()?;
        let words = told.words.as_deref();
        let about = words.and_then(saying::subject).or(told.function.as_deref());
        let shown = |text: &Option<String>| text.as_deref().map(escaped);
        Some(Self {
            operation: shown(&told.operation),
            time: shown(&told.time),
            said: words.map(escaped),
            about: about.map(escaped),
            deployed: saying.deployed(),
            checks: saying.checks().iter().map(|check| name(*check)).collect(),
            meaning: saying.meaning(),
            remedy: saying.remedy(),
            next: about.and_then(|about| next(about, saying)),
        })
    }

    fn human(&self) -> String {
        let checks = match self.checks.as_slice() {
            [] => "none of the four: it is not about a signature".to_owned(),
            [one] => (*one).to_owned(),
            [first @ .., last] => format!("{} or {last}: it does not say which", first.join(", ")),
        };
        let mut text = String::new();
        for (name, value) in [
            ("said", self.said.as_deref()),
            ("by", self.operation.as_deref()),
            ("at", self.time.as_deref()),
            ("about", self.about.as_deref()),
            ("check", Some(checks.as_str())),
            ("means", Some(self.meaning)),
            ("do", Some(self.remedy)),
            ("next", self.next.as_deref()),
        ] {
            if let Some(value) = value {
                text.push_str(&format!("{name:7}{value}\n"));
            }
        }
        text + "\n"
    }
}

/// The command that says more. Only a name that is one is put into it.
fn next(about: &str, saying: Saying) -> Option<String> {
    if saying.checks().is_empty() {
        return None;
    }
    let target: Target = about.parse().ok()?;
    match target.subject? {
        Subject::Layer(_) => Some(format!("lambda-codesign verify --layer {about}")),
        Subject::Function(_) => Some(format!(
            "lambda-codesign verify PKG.zip --for {about}, with the file that was sent; a refused deployment changed nothing"
        )),
    }
}
