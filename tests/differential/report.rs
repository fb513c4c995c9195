//! What came of it, in figures.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Write as _, stderr};

use lambda_codesign_core::code::Code;
use lambda_codesign_tests::zip::ambiguous::{Ambiguity, Specimen};

use crate::readers::{Answer, Reader};
use crate::reading::{Item, Judged, Outcome, agrees};

/// The figures, and every disagreement on an admitted archive.
pub(crate) struct Report<'a> {
    specimens: &'a [Specimen],
    judged: &'a [Judged],
    text: String,
    took_part: usize,
    disagreements: Vec<String>,
    /// What the readers made of archives that are refused.
    elsewhere: BTreeMap<usize, Vec<Vec<Item>>>,
}

impl<'a> Report<'a> {
    pub(crate) fn of(specimens: &'a [Specimen], judged: &'a [Judged]) -> Self {
        let mut report = Self {
            specimens,
            judged,
            text: String::new(),
            took_part: 0,
            disagreements: Vec::new(),
            elsewhere: BTreeMap::new(),
        };
        report.count();
        report
    }

    /// Archives by type, and refusals by code.
    fn count(&mut self) {
        let admitted = self.judged.iter().filter(|judged| judged.is_admitted()).count();
        let all = self.specimens.len();
        let _ = writeln!(self.text, "\n{all} archives: {admitted} admitted, {} refused", all - admitted);
        for ambiguity in Ambiguity::ALL {
            let mut admitted = 0;
            let mut codes = BTreeMap::<Code, usize>::new();
            for (specimen, judged) in self.specimens.iter().zip(self.judged) {
                match judged {
                    _ if !specimen.types.contains(&ambiguity) => {}
                    Judged::Admitted(_) => admitted += 1,
                    Judged::Refused(code) => *codes.entry(*code).or_default() += 1,
                }
            }
            let refused: usize = codes.values().sum();
            let _ = write!(self.text, "  {ambiguity:<16} {admitted:>5} admitted {refused:>5} refused:");
            let mut codes: Vec<_> = codes.into_iter().collect();
            codes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            for (code, count) in codes.iter().take(4) {
                let _ = write!(self.text, " {code} {count}");
            }
            let _ = writeln!(self.text);
        }
    }

    /// Adds what a reader made of the archives.
    pub(crate) fn add(&mut self, reader: Reader, answer: Answer) {
        let name = reader.name();
        let Answer::Took { version, outcomes } = answer else {
            let _ = writeln!(self.text, "  {name:<21} is not on this machine");
            return;
        };
        self.took_part += 1;
        let (mut read, mut refused, mut differ) = (0, BTreeMap::<String, usize>::new(), 0);
        for (number, outcome) in outcomes {
            match (&self.judged[number], &outcome) {
                (Judged::Refused(_), _) => self.elsewhere(number, outcome),
                (Judged::Admitted(_), Outcome::Refused(why)) => {
                    *refused.entry(kind_of(why)).or_default() += 1
                }
                (Judged::Admitted(ours), _) if agrees(ours, &outcome) => read += 1,
                (Judged::Admitted(ours), _) => {
                    differ += 1;
                    let what = self.specimens[number].what.join(", ");
                    let line = format!("{name} reads {number} ({what}) as {outcome:?}, and not as {ours:?}");
                    self.disagreements.push(line);
                }
            }
        }
        let total: usize = refused.values().sum();
        let _ = writeln!(
            self.text,
            "  {name:<21} read {read:>5} alike, {differ} otherwise, refused {total:>4} ({version})"
        );
        for (why, count) in refused {
            let _ = writeln!(self.text, "  {:<21} {count:>6} {why}", "");
        }
    }

    fn elsewhere(&mut self, number: usize, outcome: Outcome) {
        if let Outcome::Listed(items) = outcome {
            self.elsewhere.entry(number).or_default().push(items);
        }
    }

    /// Prints to the terminal, past the test's capture.
    pub(crate) fn print(&mut self) {
        let differ =
            self.elsewhere.values().filter(|readings| readings.windows(2).any(|two| two[0] != two[1]));
        let differ = differ.count();
        let _ = writeln!(
            self.text,
            "  of the refused, {differ} are read in more than one way by the readers of a whole folder"
        );
        stderr().write_all(self.text.as_bytes()).expect("it can be written");
    }

    pub(crate) fn took_part(&self) -> usize {
        self.took_part
    }

    /// The first of them, in words.
    pub(crate) fn disagreements(&self) -> Vec<String> {
        self.disagreements.iter().take(20).cloned().collect()
    }
}

/// The reader's words without what differs from archive to archive.
fn kind_of(why: &str) -> String {
    let kind: String = why.chars().filter(|character| !character.is_ascii_digit()).collect();
    let kind = kind.split_once("archives/").map_or(kind.as_str(), |(before, _)| before);
    kind.chars().take(70).collect()
}
