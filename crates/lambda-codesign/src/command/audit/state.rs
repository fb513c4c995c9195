//! What an audit has found so far, in a file from which it goes on.

use std::path::{Path, PathBuf};

use lambda_codesign_aws::audit::{Next, Row};
use lambda_codesign_signing::output as files;
use serde::{Deserialize, Serialize};

use crate::fault::{Fault, escaped};

const SCHEMA: &str = "lambda-codesign/audit-state/v1";

/// What was found, and how far it went.
pub(super) struct State {
    file: Option<PathBuf>,
    kept: Kept,
    /// Rows that are kept with the next page.
    held: Vec<Row>,
}

/// How far a region was looked through.
pub(super) enum Progress {
    /// To its end.
    Done,
    /// To this marker, or not at all.
    At(Option<String>),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    schema: String,
    /// What was asked.
    asked: String,
    done: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Place>,
    rows: Vec<Row>,
}

/// A page of a region.
#[derive(Serialize, Deserialize)]
struct Place {
    region: String,
    marker: String,
}

impl State {
    /// What a file holds of the same audit; nothing where there is none.
    pub(super) fn open(file: Option<&Path>, asked: &str) -> Result<Self, Fault> {
        let fresh = || Kept {
            schema: SCHEMA.to_owned(),
            asked: asked.to_owned(),
            done: Vec::new(),
            at: None,
            rows: Vec::new(),
        };
        let kept = match file.filter(|file| file.exists()) {
            None => fresh(),
            Some(file) => read(file, asked)?,
        };
        Ok(Self { file: file.map(Path::to_path_buf), kept, held: Vec::new() })
    }

    pub(super) fn progress(&self, region: &str) -> Progress {
        if self.kept.done.iter().any(|done| done == region) {
            return Progress::Done;
        }
        let at = self.kept.at.as_ref().filter(|at| at.region == region);
        Progress::At(at.map(|at| at.marker.clone()))
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.kept.rows.len()
    }

    /// Rows to be kept with the next page.
    pub(super) fn hold(&mut self, mut rows: Vec<Row>) {
        self.held.append(&mut rows);
    }

    /// Keeps the rows of a page, and where the next one begins.
    pub(super) fn keep(&mut self, region: &str, mut rows: Vec<Row>, next: Next) -> Result<(), Fault> {
        self.kept.rows.append(&mut self.held);
        self.kept.rows.append(&mut rows);
        self.kept.at = match next {
            Next::After(marker) => Some(Place { region: region.to_owned(), marker }),
            Next::Done => {
                self.kept.done.push(region.to_owned());
                None
            }
        };
        let Some(file) = &self.file else { return Ok(()) };
        let what = || format!("could not keep the audit's state in {}", escaped(&file.to_string_lossy()));
        let bytes =
            serde_json::to_vec(&self.kept).map_err(|error| Fault::new(what(), error, "please report it"))?;
        files::write(file, &bytes).map_err(|error| Fault::of(what(), &error, error.remedy()))
    }

    /// Every row, the worst first.
    pub(super) fn finish(mut self) -> Vec<Row> {
        self.kept.rows.append(&mut self.held);
        let mut rows = self.kept.rows;
        rows.sort_by(|one, other| {
            let place = |row: &Row| {
                (row.region.clone(), row.function.clone(), row.version.clone(), row.layer.clone())
            };
            other.severity().cmp(&one.severity()).then_with(|| place(one).cmp(&place(other)))
        });
        rows
    }
}

fn read(file: &Path, asked: &str) -> Result<Kept, Fault> {
    let what = || format!("can't go on from {}", escaped(&file.to_string_lossy()));
    let bytes = std::fs::read(file).map_err(|error| Fault::new(what(), error, "name another file"))?;
    let kept: Kept = serde_json::from_slice(&bytes)
        .map_err(|error| Fault::new(what(), error, "name another file, or delete it"))?;
    if kept.schema != SCHEMA || kept.asked != asked {
        return Err(Fault::usage(
            what(),
            "it is of an audit with other arguments",
            "give the same arguments, or name another file",
        ));
    }
    Ok(kept)
}
