//! Answers of `verify` for other programs, on standard output or in files.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ValueEnum;
use jiff::Timestamp;
use lambda_codesign_core::report::VerifyReport;
use lambda_codesign_signing::output;

use crate::artifacts::Remark;
use crate::command::verify::Judged;
use crate::fault::{Fault, escaped};
use crate::render::{csv, github, junit, sarif};

/// A form in which verdicts are written for other programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// One JSON document.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit XML: a suite for each package, a test for each check.
    Junit,
    /// Annotations of GitHub Actions, and a job summary where `GITHUB_STEP_SUMMARY` names its file.
    Github,
    /// A line for each package (RFC 4180).
    Csv,
}

/// A report in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReportFile {
    format: ReportFormat,
    pub(crate) file: PathBuf,
}

/// Why a text does not name a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReportFileError;

/// Everything that a report may say.
pub(crate) struct Answer<'a> {
    pub(crate) judged: &'a [Judged],
    /// Makes the JSON document.
    pub(crate) document: &'a dyn Fn() -> VerifyReport,
    /// What deserves a look in templates.
    pub(crate) remarks: &'a [Remark],
    pub(crate) now: Timestamp,
}

impl std::fmt::Display for ReportFileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("it is not FORMAT=FILE, where FORMAT is json, sarif, junit, github or csv")
    }
}

impl std::error::Error for ReportFileError {}

impl FromStr for ReportFile {
    type Err = ReportFileError;

    fn from_str(text: &str) -> Result<Self, ReportFileError> {
        let (format, file) = text.split_once('=').ok_or(ReportFileError)?;
        let format = ReportFormat::from_str(format, false).map_err(|_| ReportFileError)?;
        if file.is_empty() {
            return Err(ReportFileError);
        }
        Ok(Self { format, file: file.into() })
    }
}

impl ReportFormat {
    /// The report in this form.
    pub(crate) fn render(self, answer: &Answer<'_>) -> Result<String, Fault> {
        let json = |error: serde_json::Error| {
            Fault::new("could not write the report down", error, "please report it")
        };
        match self {
            Self::Json => {
                serde_json::to_string_pretty(&(answer.document)()).map(|text| text + "\n").map_err(json)
            }
            Self::Sarif => {
                serde_json::to_string_pretty(&sarif::log(answer)).map(|text| text + "\n").map_err(json)
            }
            Self::Junit => Ok(junit::document(answer)),
            Self::Github => Ok(github::annotations(answer)),
            Self::Csv => Ok(csv::table(answer.judged)),
        }
    }
}

impl ReportFile {
    /// Writes the report to its file.
    pub(crate) fn write(&self, answer: &Answer<'_>) -> Result<(), Fault> {
        output::write(&self.file, self.format.render(answer)?.as_bytes()).map_err(|error| {
            let file = escaped(&self.file.to_string_lossy());
            Fault::of(format!("could not write the report {file}"), &error, error.remedy())
        })
    }
}

/// That every report has a file of its own.
pub(crate) fn check_files(reports: &[ReportFile]) -> Result<(), Fault> {
    for (index, report) in reports.iter().enumerate() {
        if reports.iter().skip(index.saturating_add(1)).any(|other| other.file == report.file) {
            return Err(Fault::usage(
                format!("can't write two reports to {}", escaped(&report.file.to_string_lossy())),
                "one would replace the other",
                "name a file for each --report",
            ));
        }
    }
    Ok(())
}

/// Adds the job's summary to the file that GitHub Actions names, where one of the formats is its.
pub(crate) fn add_summary(
    mut formats: impl Iterator<Item = ReportFormat>,
    answer: &Answer<'_>,
) -> Result<(), Fault> {
    let file = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|file| !file.is_empty());
    match file {
        Some(file) if formats.any(|format| format == ReportFormat::Github) => {
            append(Path::new(&file), &github::summary(answer.judged)).map_err(|error| {
                let what = format!("could not add to the job summary {}", escaped(&file.to_string_lossy()));
                Fault::new(what, error, "check GITHUB_STEP_SUMMARY")
            })
        }
        Some(_) | None => Ok(()),
    }
}

/// Other steps of the job write to the same file, so it is never replaced.
fn append(file: &Path, text: &str) -> std::io::Result<()> {
    OpenOptions::new().create(true).append(true).open(file)?.write_all(text.as_bytes())
}

impl ReportFile {
    pub(crate) const fn format(&self) -> ReportFormat {
        self.format
    }
}
