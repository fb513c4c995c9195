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

enum Kept {
    Memory {
        rows: Vec<u8>,
        /// Past so many bytes they go to a file.
        at_most: usize,
    },
    File {
        file: File,
        length: u64,
    },
}

impl Rows {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Kept::Memory { rows: Vec::new(), at_most: IN_MEMORY }))
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
    fn add(&mut self, row: &[u8]) -> io::Result<Range<u64>> {
        let length = u64::try_from(row.len()).map_err(io::Error::other)?;
        if let Self::Memory { rows, at_most } = self
            && rows.len().saturating_add(row.len()) > *at_most
        {
            // Where there is no room for such files, memory has to do.
            match in_a_file(rows) {
                Ok(file) => *self = file,
                Err(_) => *at_most = usize::MAX,
            }
        }
        if let Self::File { file, length: end } = self {
            let from = *end;
            match file.seek(SeekFrom::Start(from)).and_then(|_| file.write_all(row)) {
                Ok(()) => {
                    *end = end.saturating_add(length);
                    return Ok(from..*end);
                }
                Err(_) => *self = Self::Memory { rows: self.read(&(0..from))?, at_most: usize::MAX },
            }
        }
        match self {
            Self::Memory { rows, .. } => {
                let from = u64::try_from(rows.len()).map_err(io::Error::other)?;
                rows.extend_from_slice(row);
                Ok(from..from.saturating_add(length))
            }
            Self::File { .. } => Err(io::Error::other("the rows are in no memory")),
        }
    }

    fn read(&mut self, place: &Range<u64>) -> io::Result<Vec<u8>> {
        let length = usize::try_from(place.end.saturating_sub(place.start)).map_err(io::Error::other)?;
        match self {
            Self::Memory { rows: kept, .. } => {
                let from = usize::try_from(place.start).map_err(io::Error::other)?;
                Ok(kept.get(from..from.saturating_add(length)).unwrap_or_default().to_vec())
            }
            Self::File { file, .. } => {
                file.seek(SeekFrom::Start(place.start))?;
                let mut row = vec![0; length];
                file.read_exact(&mut row)?;
                Ok(row)
            }
        }
    }
}

fn in_a_file(kept: &[u8]) -> io::Result<Kept> {
    let mut file = tempfile::tempfile()?;
    file.write_all(kept)?;
    Ok(Kept::File { file, length: u64::try_from(kept.len()).map_err(io::Error::other)? })
}

#[cfg(test)]
mod tests {
    use super::Kept;

    #[test]
    fn a_row_comes_back_from_memory_and_from_a_file() {
        for at_most in [0, 10, 1000] {
            let mut kept = Kept::Memory { rows: Vec::new(), at_most };
            let rows = ["one", "", "three and more", "four", "5"];
            let places = rows.map(|row| kept.add(row.as_bytes()).unwrap());
            assert_eq!(matches!(kept, Kept::File { .. }), at_most < 1000);
            for (row, place) in rows.iter().zip(&places).rev() {
                assert_eq!(kept.read(place).unwrap(), row.as_bytes());
            }
        }
    }
}
