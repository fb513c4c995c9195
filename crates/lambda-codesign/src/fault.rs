//! What keeps a command from its answer, and the exit codes (CLI.md).

use std::process::ExitCode;

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
}

impl Fault {
    /// There is no verdict.
    pub(crate) fn new(what: impl Into<String>, why: impl ToString, help: impl Into<String>) -> Self {
        Self { what: what.into(), why: escaped(&why.to_string()), help: help.into(), exit: Exit::NoVerdict }
    }

    /// The command was called wrongly.
    pub(crate) fn usage(what: impl Into<String>, why: impl ToString, help: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, ..Self::new(what, why, help) }
    }

    pub(crate) const fn exit(&self) -> Exit {
        self.exit
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
