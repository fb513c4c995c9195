//! What an archive is admitted with, and a policy may still refuse.

use core::fmt;

use thiserror::Error;

use super::error::EntryName;
use crate::code::Code;

/// How many more there are than the one that is named.
struct More(usize);

impl fmt::Display for More {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            others => write!(f, " (and {others} more)"),
        }
    }
}

/// Something about an admitted archive that readers handle alike only where they are set up alike.
///
/// There is at most one of each kind; it names the first entry that it is about and counts the others.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ArchiveWarning {
    /// Names outside ASCII without the UTF-8 flag (APPNOTE appendix D.1), which are valid UTF-8.
    #[error("the name \"{first}\"{} is not ASCII and not flagged as UTF-8", More(*.others))]
    NameEncoding {
        /// The first of them.
        first: EntryName,
        /// How many more there are.
        others: usize,
    },
    /// Names, or directories in names, that differ in case or Unicode form alone.
    #[error(
        "\"{first}\" and \"{second}\"{} differ in case or Unicode form alone", More(*.others)
    )]
    NameTwin {
        /// The one.
        first: EntryName,
        /// The other.
        second: EntryName,
        /// How many more pairs of neighbours, by folded name, there are.
        others: usize,
    },
    /// A mode of 0 or 0177777.
    #[error("the mode of \"{first}\"{} is {mode:#o} or as odd", More(*.others))]
    ModeOdd {
        /// The first of them.
        first: EntryName,
        /// Its type and permission bits.
        mode: u16,
        /// How many more there are.
        others: usize,
    },
    /// Entries after the signature.
    #[error("\"{first}\"{} follows the signature, which should be the last entry", More(*.others))]
    SignatureNotLast {
        /// The first of them.
        first: EntryName,
        /// How many more there are.
        others: usize,
    },
}

impl ArchiveWarning {
    /// The stable code of the warning.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::NameEncoding { .. } => Code::ArchiveNameEncoding,
            Self::NameTwin { .. } => Code::ArchiveNameTwin,
            Self::ModeOdd { .. } => Code::ArchiveModeOdd,
            Self::SignatureNotLast { .. } => Code::ArchiveSignatureNotLast,
        }
    }
}
