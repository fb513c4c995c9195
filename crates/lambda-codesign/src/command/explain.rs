//! `explain`: what a code means, or what a service said, and what to do.

mod saying;
mod told;
mod event;

use clap::Args;
use lambda_codesign_core::code::{Area, Code, Lambda};
use serde::Serialize;

use crate::cli::{Format, Global};
use crate::fault::{Exit, Fault, escaped};
use crate::output::Output;
use event::EventArguments;

/// Explain a code of a verdict, or what Lambda or Signer said: what it means, and what to do.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lambda-codesign explain digest-mismatch
  Every code there is:
    lambda-codesign explain
  What a deployment was refused with, as it was pasted:
    lambda-codesign explain --event refusal.txt --package app.zip --allow \"$PUBLISHER\"
  An event of CloudTrail:
    aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=UpdateFunctionCode20150331v2 |
      lambda-codesign explain --event -

Exit codes: 0 explained, 1 the package is blocked, 2 wrong usage, 3 nothing known was said, or a file could not be read.")]
pub(crate) struct Arguments {
    /// The code; all are listed where none is given.
    #[arg(value_name = "CODE")]
    code: Option<String>,
    #[command(flatten)]
    event: EventArguments,
}

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    codes: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    code: &'static str,
    effect: &'static str,
    meaning: &'static str,
    lambda: &'static str,
    remedy: &'static str,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    if let Some(event) = &arguments.event.event {
        return arguments.event.run(event, global, output);
    }
    let asked = match &arguments.code {
        None => Code::ALL.to_vec(),
        Some(name) => vec![Code::from_name(name).ok_or_else(|| unknown(name))?],
    };
    let rows: Vec<Row> = asked.into_iter().map(Row::of).collect();
    match (global.output, rows.as_slice()) {
        (Format::Json, _) => output.json(&Report { schema: "lambda-codesign/explain/v1", codes: rows }),
        (Format::Human, [row]) => output.text(&row.human()),
        (Format::Human, rows) => rows.iter().for_each(|row| output.text(&row.line())),
    }
    Ok(Exit::Done)
}

fn unknown(name: &str) -> Fault {
    let nearest = Code::ALL.iter().map(|code| code.as_str()).max_by_key(|code| shared(code, name));
    Fault::usage(
        format!("can't explain {}", escaped(name)),
        "there is no such code",
        format!("did you mean `{}`? `lambda-codesign explain` lists all", nearest.unwrap_or_default()),
    )
}

/// How many characters two words share at their beginnings and ends.
fn shared(one: &str, other: &str) -> usize {
    let same = |pair: &(u8, u8)| pair.0 == pair.1;
    let front = one.bytes().zip(other.bytes()).take_while(same).count();
    let back = one.bytes().rev().zip(other.bytes().rev()).take_while(same).count();
    front.saturating_add(back)
}

impl Row {
    fn of(code: Code) -> Self {
        Self {
            code: code.as_str(),
            effect: match code.area() {
                Area::Integrity => "fails integrity: the package is INVALID and blocked in every mode",
                Area::Expiry => "fails expiry: the package is EXPIRED",
                Area::Mismatch => "fails mismatch: the package is MISMATCH",
                Area::Revocation => "fails revocation: the package is REVOKED",
                Area::Unsettled => "says why a check was skipped or stayed unknown; no check fails by it",
                Area::Warning => "warns; no check fails by it",
            },
            meaning: code.summary(),
            lambda: match code.lambda() {
                Lambda::Refuses => "Lambda refuses such a package too, as its mode and the check have it.",
                Lambda::MayAccept => "Lambda itself may accept such a package; this verifier is stricter.",
                Lambda::Unrecorded => "How Lambda answers has not been recorded.",
                Lambda::NotAsked => {
                    "Lambda has no such check: this is about what this verifier was told or adds."
                }
            },
            remedy: code.remedy(),
        }
    }

    fn human(&self) -> String {
        let Self { code, effect, meaning, lambda, remedy } = self;
        format!("{code}\n\n  means   {meaning}\n  effect  {effect}\n  Lambda  {lambda}\n  do      {remedy}\n")
    }

    fn line(&self) -> String {
        format!("{:34}{}\n", self.code, self.meaning)
    }
}
