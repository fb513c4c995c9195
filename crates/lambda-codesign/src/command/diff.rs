//! `diff`: what differs between two packages, in what is signed and in what is not.

use std::path::PathBuf;

use clap::Args;
use lambda_codesign_core::archive::EntryKind;
use lambda_codesign_core::text::Hex;
use lambda_codesign_signing::diff::{
    Body, Differences, DosTime, Pair, SignedDifference, UnsignedDifference, diff,
};
use serde::Serialize;

use crate::cli::{Format, Global};
use crate::fault::{Exit, Fault, escaped};
use crate::input::read_package;
use crate::output::Output;

/// Say what differs between two packages: in what is signed, and in what is not.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lambda-codesign diff published.zip rebuilt.zip
  Whether one signature would hold for both:
    lambda-codesign diff --signed-only published.zip rebuilt.zip

Exit codes: 0 nothing differs, 1 something does, 2 wrong usage, 3 a package could not be read.")]
pub(crate) struct Arguments {
    /// The first package.
    #[arg(value_name = "A.zip")]
    first: PathBuf,
    /// The second package.
    #[arg(value_name = "B.zip")]
    second: PathBuf,
    /// Look at what is signed alone.
    #[arg(long)]
    signed_only: bool,
}

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    signed: Vec<Row>,
    unsigned: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    what: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    second: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    let read = |path| read_package(path).map_err(Fault::unread);
    let (first, second) = (read(&arguments.first)?, read(&arguments.second)?);
    let found = diff(&first, &second)
        .map_err(|error| Fault::of("could not compare the packages", &error, error.remedy()))?;
    let mut report = Report::of(&found);
    if arguments.signed_only {
        report.unsigned.clear();
    }
    let same = report.signed.is_empty() && report.unsigned.is_empty();
    match global.output {
        Format::Json => output.json(&report),
        Format::Human => output.text(&report.human()),
    }
    Ok(if same { Exit::Done } else { Exit::Blocked })
}

impl Report {
    fn of(found: &Differences) -> Self {
        Self {
            schema: "lambda-codesign/diff/v1",
            signed: found.signed.iter().map(signed).collect(),
            unsigned: found.unsigned.iter().map(unsigned).collect(),
        }
    }

    fn human(&self) -> String {
        if self.signed.is_empty() && self.unsigned.is_empty() {
            return "nothing differs\n".to_owned();
        }
        let mut text = String::new();
        for (title, rows) in [("in what is signed", &self.signed), ("in what is not signed", &self.unsigned)]
        {
            if !rows.is_empty() {
                text.push_str(&format!("{title}:\n"));
                rows.iter().for_each(|row| text.push_str(&row.human()));
            }
        }
        text
    }
}

impl Row {
    fn about(what: &'static str, name: &str) -> Self {
        Self { what, name: Some(escaped(name)), first: None, second: None }
    }

    fn with(self, first: Option<String>, second: Option<String>) -> Self {
        Self { first, second, ..self }
    }

    fn human(&self) -> String {
        let name = self.name.as_deref().unwrap_or_default();
        let sides = match (&self.first, &self.second) {
            (None, None) => String::new(),
            (first, second) => {
                let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "none".to_owned());
                format!("  {} -> {}", side(first), side(second))
            }
        };
        format!("  {:14}  {name}{sides}\n", self.what)
    }
}

fn signed(difference: &SignedDifference) -> Row {
    match difference {
        SignedDifference::Removed { name } => Row::about("removed", name),
        SignedDifference::Added { name } => Row::about("added", name),
        SignedDifference::Moved { name, place } => {
            Row::about("moved", name).with(Some(place.first.to_string()), Some(place.second.to_string()))
        }
        SignedDifference::Body { name, body } => {
            Row::about("body", name).with(Some(shown(&body.first)), Some(shown(&body.second)))
        }
        SignedDifference::Manifest(pair) => bodies("manifest", pair),
    }
}

fn unsigned(difference: &UnsignedDifference) -> Row {
    match difference {
        UnsignedDifference::Kind { name, kind } => {
            Row::about("type", name).with(Some(word(kind.first)), Some(word(kind.second)))
        }
        UnsignedDifference::Mode { name, mode } => {
            let octal = |mode: Option<u16>| mode.map(|mode| format!("{mode:04o}"));
            Row::about("mode", name).with(octal(mode.first), octal(mode.second))
        }
        UnsignedDifference::Time { name, time } => {
            Row::about("time", name).with(Some(clock(time.first)), Some(clock(time.second)))
        }
        UnsignedDifference::Compression { name, compression } => {
            let side = |(method, size): (_, u64)| Some(format!("{method:?} {size}").to_lowercase());
            Row::about("compression", name).with(side(compression.first), side(compression.second))
        }
        UnsignedDifference::EntryComment { name } => Row::about("comment", name),
        UnsignedDifference::ExtraFields { name } => Row::about("extra fields", name),
        UnsignedDifference::ArchiveComment => {
            Row { what: "zip's comment", name: None, first: None, second: None }
        }
        UnsignedDifference::Signature(pair) => bodies("signature", pair),
    }
}

fn bodies(what: &'static str, pair: &Pair<Option<Body>>) -> Row {
    Row { what, name: None, first: pair.first.as_ref().map(shown), second: pair.second.as_ref().map(shown) }
}

/// A body by its size and the beginning of its hash.
fn shown(body: &Body) -> String {
    let (beginning, _) = body.sha256.split_at(6);
    format!("{} bytes, sha256 {}", body.size, Hex(beginning))
}

fn word(kind: EntryKind) -> String {
    match kind {
        EntryKind::File => "file",
        EntryKind::Directory => "directory",
        EntryKind::Symlink => "symbolic link",
    }
    .to_owned()
}

fn clock(time: DosTime) -> String {
    let DosTime { year, month, day, hour, minute, second } = time;
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}
