//! What is left out, in the syntax of .gitignore.

use std::path::Path;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use lambda_codesign_core::text::Escaped;

/// Globs in the syntax of .gitignore, the last that matches deciding; no file named .gitignore is ever read, and
/// nothing is left out because its name begins with a dot.
#[derive(Clone, Debug)]
pub struct Exclude(Gitignore);

/// Text that is not a glob.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the exclude pattern \"{}\" is not a glob: {reason}", Escaped(.glob.as_bytes()))]
pub struct ExcludeError {
    glob: String,
    reason: String,
}

impl ExcludeError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        "Write it as a line of a .gitignore file, such as *.pyc or /tests/."
    }
}

impl Exclude {
    /// Leaves nothing out.
    #[must_use]
    pub fn nothing() -> Self {
        Self(Gitignore::empty())
    }

    /// Leaves out what these globs match; paths are relative to the packed folder.
    ///
    /// # Errors
    /// One of them is not a glob.
    pub fn globs<T: AsRef<str>>(globs: &[T]) -> Result<Self, ExcludeError> {
        let mut builder = GitignoreBuilder::new("");
        builder.allow_unclosed_class(false);
        for glob in globs {
            let glob = glob.as_ref();
            builder.add_line(None, glob).map_err(|error| refused(glob, &error))?;
        }
        builder.build().map(Self).map_err(|error| refused("", &error))
    }

    pub(super) fn leaves_out_file(&self, relative: &Path) -> bool {
        matches!(self.0.matched(relative, false), Match::Ignore(_))
    }

    /// A directory that is left out is left out with all below it, as git does.
    pub(super) fn leaves_out_directory(&self, relative: &Path) -> bool {
        matches!(self.0.matched(relative, true), Match::Ignore(_))
    }
}

fn refused(glob: &str, error: &ignore::Error) -> ExcludeError {
    ExcludeError { glob: glob.to_owned(), reason: error.to_string() }
}
