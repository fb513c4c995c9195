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
            output.raw(&rows.read(place)?);
        }
        output.raw(tail.as_bytes());
        Ok(())
    }
}

/// Rows in the order in which they came, in memory or in a file without a name.
pub(crate) struct Rows(Mutex<Kept>);

enum Kept {
    Memory(Vec<u8>),
    File { file: File, length: u64 },
}

impl Rows {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Kept::Memory(Vec::new())))
    }

    /// Keeps a row, and tells where it stands.
    pub(crate) fn add(&self, row: &str) -> io::Result<Range<u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).add(row.as_bytes(), IN_MEMORY)
    }

    fn read(&self, place: &Range<u64>) -> io::Result<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).read(place)
    }
}

impl Kept {
    fn add(&mut self, row: &[u8], in_memory: usize) -> io::Result<Range<u64>> {
        if let Self::Memory(kept) = self
            && kept.len().saturating_add(row.len()) > in_memory
            // Where there is no place for such files, memory has to do.
            && let Ok(file) = in_a_file(kept)
        {
            *self = file;
        }
        let length = u64::try_from(row.len()).map_err(io::Error::other)?;
        let from = match self {
            Self::Memory(kept) => {
                let from = u64::try_from(kept.len()).map_err(io::Error::other)?;
                kept.extend_from_slice(row);
                from
            }
            Self::File { file, length: end } => {
                file.write_all(row)?;
                let from = *end;
                *end = end.saturating_add(length);
                from
            }
        };
        Ok(from..from.saturating_add(length))
    }

    fn read(&mut self, place: &Range<u64>) -> io::Result<Vec<u8>> {
        let length = usize::try_from(place.end.saturating_sub(place.start)).map_err(io::Error::other)?;
        match self {
            Self::Memory(kept) => {
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
        for in_memory in [0, 10, 1000] {
            let mut kept = Kept::Memory(Vec::new());
            let rows = ["one", "", "three and more", "four", "5"];
            let places = rows.map(|row| kept.add(row.as_bytes(), in_memory).unwrap());
            assert_eq!(matches!(kept, Kept::File { .. }), in_memory < 1000);
            for (row, place) in rows.iter().zip(&places).rev() {
                assert_eq!(kept.read(place).unwrap(), row.as_bytes());
            }
        }
    }
}
