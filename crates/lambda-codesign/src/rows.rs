//! Reports of many packages that take no more memory for each than its judgement.
//!
//! What a report says of a package is written down as soon as it is judged, and kept outside memory where it is much.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use lambda_codesign_core::report::VerifyReport;

use crate::command::verify::Judged;
use crate::output::Output;
use crate::render::csv;
use crate::reports::ReportFormat;

/// The bytes of rows that stay in memory.
const IN_MEMORY: usize = 8 * 1024 * 1024;

/// A format in which each package has a piece of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowFormat {
    Json,
    Csv,
}

impl RowFormat {
    pub(crate) const fn of(format: ReportFormat) -> Option<Self> {
        match format {
            ReportFormat::Json => Some(Self::Json),
            ReportFormat::Csv => Some(Self::Csv),
            ReportFormat::Sarif | ReportFormat::Junit | ReportFormat::Github => None,
        }
    }

    /// What is said of a package.
    pub(crate) fn row(self, one: &Judged) -> io::Result<String> {
        match self {
            // No string of JSON has a line's end in it, so each begins a line of the document.
            Self::Json => Ok(serde_json::to_string_pretty(&one.report())?.replace('\n', "\n    ")),
            Self::Csv => Ok(csv::row(one)),
        }
    }

    /// Writes the rows where they stand in the document, which has none of its own.
    pub(crate) fn write(
        self,
        rows: &Rows,
        places: &[Range<u64>],
        document: &VerifyReport,
        output: &mut Output,
    ) -> io::Result<()> {
        let (head, between, tail) = match self {
            Self::Csv => (csv::head(), "", String::new()),
            Self::Json => {
                let empty = serde_json::to_string_pretty(document)?;
                let (head, tail) = empty.split_once("[]").unwrap_or((&empty, ""));
                (format!("{head}[\n    "), ",\n    ", format!("\n  ]{tail}\n"))
            }
        };
        output.raw(head.as_bytes());
        for (index, place) in places.iter().enumerate() {
            if index > 0 {
                output.raw(between.as_bytes());
            }
            match rows.read(place) {
                Ok(row) => output.raw(&row),
                // What was written is no document by now, and nothing makes it one.
                Err(error) => output.fail(error),
            }
        }
        output.raw(tail.as_bytes());
        Ok(())
    }
}

/// Rows in the order in which they came, in memory or in a file without a name.
pub(crate) struct Rows(Mutex<Kept>);

struct Kept {
    /// All of them, as long as there is no file.
    memory: Vec<u8>,
    /// Past so many bytes they go to a file.
    at_most: usize,
    file: Option<Spilled>,
}

struct Spilled {
    file: File,
    length: u64,
}

impl Rows {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Kept::in_memory(Vec::new(), IN_MEMORY)))
    }

    /// Keeps a row, and tells where it stands.
    pub(crate) fn add(&self, row: &str) -> io::Result<Range<u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).add(row.as_bytes())
    }

    fn read(&self, place: &Range<u64>) -> io::Result<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).read(place)
    }
}

impl Kept {
    const fn in_memory(memory: Vec<u8>, at_most: usize) -> Self {
        Self { memory, at_most, file: None }
    }

    fn add(&mut self, row: &[u8]) -> io::Result<Range<u64>> {
        if self.file.is_none() && self.memory.len().saturating_add(row.len()) > self.at_most {
            match Spilled::of(&self.memory) {
                Ok(file) => *self = Self { file: Some(file), ..Self::in_memory(Vec::new(), self.at_most) },
                // Where there is no room for such files, memory has to do.
                Err(_) => self.at_most = usize::MAX,
            }
        }
        if let Some(spilled) = &mut self.file {
            match spilled.add(row) {
                Ok(place) => return Ok(place),
                Err(_) => *self = Self::in_memory(spilled.read(&(0..spilled.length))?, usize::MAX),
            }
        }
        let from = wide(self.memory.len())?;
        self.memory.extend_from_slice(row);
        Ok(from..wide(self.memory.len())?)
    }

    fn read(&mut self, place: &Range<u64>) -> io::Result<Vec<u8>> {
        match &mut self.file {
            Some(spilled) => spilled.read(place),
            None => {
                Ok(self.memory.get(narrow(place.start)?..narrow(place.end)?).unwrap_or_default().to_vec())
            }
        }
    }
}

impl Spilled {
    fn of(rows: &[u8]) -> io::Result<Self> {
        let mut file = tempfile::tempfile()?;
        file.write_all(rows)?;
        Ok(Self { file, length: wide(rows.len())? })
    }

    fn add(&mut self, row: &[u8]) -> io::Result<Range<u64>> {
        let from = self.length;
        self.file.seek(SeekFrom::Start(from))?;
        self.file.write_all(row)?;
        self.length = from.saturating_add(wide(row.len())?);
        Ok(from..self.length)
    }

    fn read(&mut self, place: &Range<u64>) -> io::Result<Vec<u8>> {
        let mut row = vec![0; narrow(place.end.saturating_sub(place.start))?];
        self.file.seek(SeekFrom::Start(place.start))?;
        self.file.read_exact(&mut row)?;
        Ok(row)
    }
}

fn wide(number: usize) -> io::Result<u64> {
    u64::try_from(number).map_err(io::Error::other)
}

fn narrow(number: u64) -> io::Result<usize> {
    usize::try_from(number).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::Kept;

    #[test]
    fn a_row_comes_back_from_memory_and_from_a_file() {
        for at_most in [0, 10, 1000] {
            let mut kept = Kept::in_memory(Vec::new(), at_most);
            let rows = ["one", "", "three and more", "four", "5"];
            let places = rows.map(|row| kept.add(row.as_bytes()).unwrap());
            assert_eq!(kept.file.is_some(), at_most < 1000);
            for (row, place) in rows.iter().zip(&places).rev() {
                assert_eq!(kept.read(place).unwrap(), row.as_bytes());
            }
        }
    }
}
