//! The names that a file gives to its parts.

use core::fmt;
use core::str::FromStr;

use crate::{Located, Span};

/// A name of a publisher, a rule or a config: up to 64 letters, digits, `_`, `.` and `-`, the first a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(String);

/// That a text is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not 1 to 64 letters, digits, `_`, `.` and `-`, the first a letter or digit")]
pub struct NameError;

impl Name {
    /// What stands for the name that somebody left out, so that what uses no name is read on; the file is refused.
    pub(crate) fn missing(at: &Span) -> Located<Self> {
        Located { value: Self(format!("at-{}", at.start)), at: at.clone() }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        let starts = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        if starts && text.len() <= 64 && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError)
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
