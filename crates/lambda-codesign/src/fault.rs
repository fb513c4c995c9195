//! What keeps a command from its answer, and the exit codes (CLI.md).

use std::process::ExitCode;

use serde::Serialize;

use lambda_codesign_core::text::Escaped;

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Done; every package allowed.
    Done,
    /// At least one package is blocked.
    Blocked,
    /// Wrong usage.
    Usage,
    /// No verdict: something could not be read, or a configuration is malformed.
    NoVerdict,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Blocked => 1,
            Exit::Usage => 2,
            Exit::NoVerdict => 3,
        })
    }
}

/// A failure of the command itself: what failed and on what, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    what: String,
    why: String,
    help: String,
    exit: Exit,
    places: Places,
}

/// The places in a file that a fault is about: as people see them, and as machines do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Places {
    pub(crate) snippets: String,
    pub(crate) list: Vec<Place>,
}

/// What is wrong at one place of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) severity: &'static str,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) help: Option<String>,
}

/// A failure as the one JSON document of a command that has no other.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    schema: &'static str,
    error: Parts<'a>,
}

#[derive(Serialize)]
struct Parts<'a> {
    message: &'a str,
    why: &'a str,
    help: &'a str,
    #[serde(skip_serializing_if = "<[Place]>::is_empty")]
    places: &'a [Place],
}

impl Fault {
    pub(crate) fn document(&self) -> Document<'_> {
        let places = &self.places.list;
        let error = Parts { message: &self.what, why: &self.why, help: &self.help, places };
        Document { schema: "lambda-codesign/error/v1", error }
    }

    /// There is no verdict.
    pub(crate) fn new(what: impl Into<String>, why: impl ToString, help: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            why: escaped(&why.to_string()),
            help: help.into(),
            exit: Exit::NoVerdict,
            places: Places::default(),
        }
    }

    /// There is no result, for an error of a library and its remedy.
    pub(crate) fn of(what: impl Into<String>, error: &impl ToString, remedy: &str) -> Self {
        Self::new(what, error.to_string(), sentence(remedy))
    }

    /// The command was called wrongly, by an error of a library and its remedy.
    #[cfg(feature = "signing")]
    pub(crate) fn usage_of(what: impl Into<String>, error: &impl ToString, remedy: &str) -> Self {
        Self { exit: Exit::Usage, ..Self::of(what, error, remedy) }
    }

    /// With the places that it is about.
    pub(crate) fn at(self, places: Places) -> Self {
        Self { places, ..self }
    }

    /// A package is refused.
    pub(crate) fn refused(self) -> Self {
        Self { exit: Exit::Blocked, ..self }
    }

    /// There is no result, whatever the failure was.
    pub(crate) fn unread(self) -> Self {
        Self { exit: Exit::NoVerdict, ..self }
    }

    /// The command was called wrongly.
    pub(crate) fn usage(what: impl Into<String>, why: impl ToString, help: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, ..Self::new(what, why, help) }
    }

    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    pub(crate) fn snippets(&self) -> &str {
        &self.places.snippets
    }

    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    pub(crate) fn why(&self) -> &str {
        &self.why
    }

    pub(crate) fn help(&self) -> &str {
        &self.help
    }
}

/// Text that may hold bytes of a path or a package, made safe to show.
pub(crate) fn escaped(text: &str) -> String {
    Escaped(text.as_bytes()).to_string()
}

/// A remedy as a fault shows it: without capital and full stop.
fn sentence(remedy: &str) -> String {
    let mut characters = remedy.trim_end_matches('.').chars();
    let first = characters.next().map(char::to_lowercase).into_iter().flatten();
    first.chain(characters).collect()
}
