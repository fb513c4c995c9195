//! What an audit has found so far, in a file from which it goes on.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use lambda_codesign_aws::audit::{Next, Row};
use serde::{Deserialize, Serialize};

use crate::fault::{Fault, escaped};

/// How the first line begins.
const HEAD: &[u8] = b"{\"schema\":\"";
const SCHEMA: &str = "lambda-codesign/audit-state/v2";

/// What was found, and how far it went.
pub(super) struct State {
    journal: Option<Journal>,
    done: Vec<String>,
    at: Option<Place>,
    rows: Vec<Row>,
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

/// The file: a line that says of which audit it is, then a line for each page, written when the page was looked through. A
/// line that was cut off is a page that was not.
struct Journal {
    path: PathBuf,
    file: File,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    schema: String,
    /// What was asked.
    asked: String,
}

/// A page of a region.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    region: String,
    /// Where the next one begins; nothing where there is none.
    next: Option<String>,
    rows: Vec<Row>,
}

/// Where a region goes on.
struct Place {
    region: String,
    marker: String,
}

impl State {
    /// What a file holds of the same audit; nothing where there is none.
    pub(super) fn open(file: Option<&Path>, asked: &str) -> Result<Self, Fault> {
        let mut state =
            Self { journal: None, done: Vec::new(), at: None, rows: Vec::new(), held: Vec::new() };
        if let Some(path) = file {
            let (journal, pages) = Journal::open(path, asked)?;
            pages.into_iter().for_each(|page| state.take(page));
            state.journal = Some(journal);
        }
        Ok(state)
    }

    fn take(&mut self, mut page: Page) {
        self.rows.append(&mut page.rows);
        self.at = match page.next {
            Some(marker) => Some(Place { region: page.region, marker }),
            None => {
                self.done.push(page.region);
                None
            }
        };
    }

    pub(super) fn progress(&self, region: &str) -> Progress {
        if self.done.iter().any(|done| done == region) {
            return Progress::Done;
        }
        let at = self.at.as_ref().filter(|at| at.region == region);
        Progress::At(at.map(|at| at.marker.clone()))
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Rows to be kept with the next page.
    pub(super) fn hold(&mut self, mut rows: Vec<Row>) {
        self.held.append(&mut rows);
    }

    /// Keeps the rows of a page, and where the next one begins.
    pub(super) fn keep(&mut self, region: &str, mut rows: Vec<Row>, next: Next) -> Result<(), Fault> {
        let mut all = std::mem::take(&mut self.held);
        all.append(&mut rows);
        let next = match next {
            Next::After(marker) => Some(marker),
            Next::Done => None,
        };
        let page = Page { region: region.to_owned(), next, rows: all };
        if let Some(journal) = &mut self.journal {
            journal.add(&page)?;
        }
        self.take(page);
        Ok(())
    }

    /// Every row, the worst first.
    pub(super) fn finish(mut self) -> Vec<Row> {
        self.rows.append(&mut self.held);
        let mut rows = self.rows;
        rows.sort_by(|one, other| {
            let place = |row: &Row| {
                (row.region.clone(), row.function.clone(), row.version.clone(), row.layer.clone())
            };
            other.severity().cmp(&one.severity()).then_with(|| place(one).cmp(&place(other)))
        });
        rows
    }
}

impl Journal {
    /// Opens the file for this audit alone, and reads the pages that it holds.
    fn open(path: &Path, asked: &str) -> Result<(Self, Vec<Page>), Fault> {
        let what = || format!("can't go on from {}", escaped(&path.to_string_lossy()));
        let unusable = |error: io::Error| Fault::new(what(), error, "name another file");
        let mut options = OpenOptions::new();
        let file =
            options.read(true).write(true).create(true).truncate(false).open(path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Fault::new(what(), "another audit uses it", "wait for it, or name another file"));
            }
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        let mut journal = Self { path: path.to_path_buf(), file };
        let mut lines = BufReader::new(&journal.file);
        let (mut whole, mut line) = (0_u64, Vec::new());
        let mut head = None;
        let mut pages = Vec::new();
        loop {
            line.clear();
            let read = lines.read_until(b'\n', &mut line).map_err(unusable)?;
            if line.pop() != Some(b'\n') {
                break;
            }
            let malformed = |error| Fault::new(what(), error, "name another file, or delete it");
            if head.is_none() {
                head = Some(serde_json::from_slice::<Head>(&line).map_err(malformed)?);
            } else {
                pages.push(serde_json::from_slice(&line).map_err(malformed)?);
            }
            whole = whole.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        }
        match head {
            Some(head) if head.schema == SCHEMA && head.asked == asked => {}
            // Nothing that was written by an audit is so short, but for one that was killed at its beginning.
            None if HEAD.starts_with(&line) || line.starts_with(HEAD) => {}
            Some(_) => {
                return Err(Fault::usage(
                    what(),
                    "it is of an audit with other arguments",
                    "give the same arguments, or name another file",
                ));
            }
            None => return Err(Fault::new(what(), "it is no audit's state", "name another file")),
        }
        journal.file.set_len(whole).map_err(unusable)?;
        journal.file.seek(SeekFrom::End(0)).map_err(unusable)?;
        if whole == 0 {
            journal.add(&Head { schema: SCHEMA.to_owned(), asked: asked.to_owned() })?;
        }
        Ok((journal, pages))
    }

    fn add(&mut self, line: &impl Serialize) -> Result<(), Fault> {
        let what =
            || format!("could not keep the audit's state in {}", escaped(&self.path.to_string_lossy()));
        let mut bytes =
            serde_json::to_vec(line).map_err(|error| Fault::new(what(), error, "please report it"))?;
        bytes.push(b'\n');
        let written = self.file.write_all(&bytes).and_then(|()| self.file.sync_data());
        written.map_err(|error| Fault::new(what(), error, "make room, and run the same command again"))
    }
}
