//! What is wrong in a file, and where.

use core::fmt;

use jiff::civil::Date;
use lambda_codesign_core::claims::{ArnError, PatternError};
use lambda_codesign_core::code::Code;
use lambda_codesign_core::digest::DigestTextError;
use lambda_codesign_core::policy::{MaxAgeError, NotExceptable};
use lambda_codesign_core::text::Escaped;

use crate::Span;
use crate::name::{Name, NameError};
use crate::scope::ScopeError;

/// One thing that is wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What.
    pub problem: Problem,
    /// Where.
    pub at: Span,
    /// Where the other half of it stands, such as the first of two that have the same name.
    pub other: Option<Span>,
}

/// Whether a file can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It can't.
    Error,
    /// It can, and somebody should look at it.
    Warning,
}

/// What is wrong.
///
/// Its `Display` is one sentence without capital and full stop, in which nothing of the file can act on a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// It is not TOML; the sentence is the TOML reader's.
    Syntax(String),
    /// A key that means nothing here.
    UnknownKey {
        /// The key.
        key: String,
        /// Where it stands.
        section: Section,
        /// What may have been meant.
        nearest: Option<&'static str>,
    },
    /// A key that has to be there.
    Missing {
        /// The key.
        key: &'static str,
        /// Where it should stand.
        section: Section,
    },
    /// A value of another kind.
    WrongKind {
        /// The key.
        key: &'static str,
        /// What belongs there.
        expected: Kind,
        /// What stands there.
        found: Kind,
    },
    /// An empty list or text, which can't have been meant.
    Empty {
        /// The key.
        key: &'static str,
    },
    /// A value that is not one of its type.
    Value {
        /// The key.
        key: &'static str,
        /// Why.
        error: ValueError,
    },
    /// Another version of the file's form than this one.
    Version {
        /// The one that is read.
        known: i64,
    },
    /// A name that is taken.
    Duplicate {
        /// Whose.
        section: Section,
        /// The name.
        name: Name,
    },
    /// A publisher that is not defined.
    NoSuchPublisher {
        /// The name.
        name: Name,
        /// The one that may have been meant.
        nearest: Option<Name>,
    },
    /// A config that is not defined.
    NoSuchConfig {
        /// The name.
        name: Name,
        /// The one that may have been meant.
        nearest: Option<Name>,
    },
    /// A publisher that nothing in the file allows.
    UnusedPublisher {
        /// The name.
        name: Name,
    },
    /// A config that is attached to nothing.
    UnusedConfig {
        /// The name.
        name: Name,
    },
    /// More publishers than AWS takes.
    TooManyPublishers {
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// No root is left that could be trusted.
    NoRoot,
    /// An exception whose end has passed.
    ExceptionEnded {
        /// The last day on which it held.
        until: Date,
    },
    /// An exception that nothing needed.
    ExceptionUnused,
    /// A file that the policy names and that could not be used.
    File {
        /// Why.
        why: String,
    },
    /// Of some keys exactly one has to be there.
    OneOf {
        /// The keys.
        keys: &'static [&'static str],
    },
}

/// Why a value is not one of its type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// Not a publisher or a pattern over publishers.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// Not an ARN.
    #[error(transparent)]
    Arn(#[from] ArnError),
    /// Not a name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Not a function, layer or region.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// Not an age.
    #[error(transparent)]
    Age(#[from] MaxAgeError),
    /// Not a digest.
    #[error(transparent)]
    Digest(#[from] DigestTextError),
    /// Not a code of which exceptions are made.
    #[error(transparent)]
    NotExceptable(#[from] NotExceptable),
    /// Not one of a few words.
    #[error("it is none of {}", .0.join(", "))]
    Word(&'static [&'static str]),
    /// Not a code.
    #[error("there is no such code")]
    Code {
        /// The one that may have been meant.
        nearest: Option<Code>,
    },
    /// Not a time with its distance from UTC.
    #[error("it is not a time with its distance from UTC, such as 2026-11-20T00:00:00Z")]
    Time,
    /// Not a date alone.
    #[error("it is not a date, such as 2026-12-31")]
    Date,
    /// Longer than AWS takes.
    #[error("it is longer than the {0} characters that AWS takes")]
    TooLong(usize),
    /// A tag that is kept for AWS or for this tool.
    #[error("tags that begin with aws: or lambda-codesign: are not yours to set")]
    ReservedTag,
    /// More tags than AWS takes.
    #[error("they are more than AWS takes, which is 50 with the one that this tool sets")]
    TooManyTags,
}

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// The file itself.
    File,
    /// `[trust]`.
    Trust,
    /// `[[trust.root]]`.
    Root,
    /// `[[trust.revocations-root]]`.
    RevocationsRoot,
    /// `[publishers]`.
    Publishers,
    /// `[[rule]]`.
    Rule,
    /// The table form of a rule's `mode`.
    Mode,
    /// `[[exception]]`.
    Exception,
    /// `[[config]]`.
    Config,
    /// A config's `tags`.
    Tags,
    /// `[[attachment]]`.
    Attachment,
    /// `[unmanaged]`.
    Unmanaged,
    /// A file of cases.
    Cases,
    /// `[[case]]`.
    Case,
    /// A case's `claims`.
    Claims,
}

/// The kinds of TOML values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// Another number.
    Float,
    /// `true` or `false`.
    Boolean,
    /// A date, a time or both.
    Time,
    /// A list.
    List,
    /// A table.
    Table,
    /// Text, or a table.
    TextOrTable,
}

impl Diagnostic {
    /// A problem at a place.
    #[must_use]
    pub const fn new(problem: Problem, at: Span) -> Self {
        Self { problem, at, other: None }
    }

    /// Whether the file can be used all the same.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self.problem {
            Problem::UnusedPublisher { .. } | Problem::UnusedConfig { .. } | Problem::ExceptionUnused => {
                Severity::Warning
            }
            Problem::Syntax(_)
            | Problem::UnknownKey { .. }
            | Problem::Missing { .. }
            | Problem::WrongKind { .. }
            | Problem::Empty { .. }
            | Problem::Value { .. }
            | Problem::Version { .. }
            | Problem::Duplicate { .. }
            | Problem::NoSuchPublisher { .. }
            | Problem::NoSuchConfig { .. }
            | Problem::TooManyPublishers { .. }
            | Problem::NoRoot
            | Problem::ExceptionEnded { .. }
            | Problem::File { .. }
            | Problem::OneOf { .. } => Severity::Error,
        }
    }
}

impl Problem {
    /// Whether it is that a key stands where it means nothing, or does not stand where it should.
    pub(crate) const fn is_about_keys(&self) -> bool {
        matches!(self, Self::UnknownKey { .. } | Self::Missing { .. } | Self::OneOf { .. })
    }

    /// What to do about it, without capital and full stop.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::UnknownKey { nearest: Some(nearest), .. } => Some(format!("did you mean `{nearest}`?")),
            Self::UnknownKey { section, nearest: None, .. } => {
                Some(format!("{section} has {}", section.keys().join(", ")))
            }
            Self::NoSuchPublisher { nearest: Some(nearest), .. }
            | Self::NoSuchConfig { nearest: Some(nearest), .. } => Some(format!("did you mean `{nearest}`?")),
            Self::NoSuchPublisher { nearest: None, .. } => Some("define it under [publishers]".to_owned()),
            Self::NoSuchConfig { nearest: None, .. } => Some("define it with [[config]]".to_owned()),
            Self::UnusedPublisher { .. } => Some("name it in the `allow` of a rule, or remove it".to_owned()),
            Self::UnusedConfig { .. } => Some("attach it with [[attachment]], or remove it".to_owned()),
            Self::ExceptionEnded { .. } => Some("remove it once its reason is gone".to_owned()),
            Self::ExceptionUnused => Some("remove it if its reason is gone".to_owned()),
            Self::NoRoot => Some("name the root that signs your packages with [[trust.root]]".to_owned()),
            Self::Value { error: ValueError::NotExceptable(_), .. } => {
                Some("exceptions are made of codes of expiry, mismatch and revocation".to_owned())
            }
            Self::Value { error: ValueError::Code { nearest: Some(nearest) }, .. } => {
                Some(format!("did you mean `{nearest}`?"))
            }
            Self::Value { error: ValueError::Code { nearest: None }, .. } => {
                Some("`lambda-codesign explain` lists all codes".to_owned())
            }
            Self::Syntax(_)
            | Self::Missing { .. }
            | Self::WrongKind { .. }
            | Self::Empty { .. }
            | Self::Value { .. }
            | Self::Version { .. }
            | Self::Duplicate { .. }
            | Self::TooManyPublishers { .. }
            | Self::File { .. }
            | Self::OneOf { .. } => None,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(message) => write!(f, "{}", Escaped(message.as_bytes())),
            Self::UnknownKey { key, section, .. } => {
                write!(f, "{section} has no key `{}`", Escaped(key.as_bytes()))
            }
            Self::Missing { key, section } => write!(f, "{section} needs `{key}`"),
            Self::WrongKind { key, expected, found } => write!(f, "`{key}` takes {expected}, not {found}"),
            Self::Empty { key } => write!(f, "`{key}` is empty"),
            Self::Value { key, error } => write!(f, "`{key}` can't be used: {error}"),
            Self::Version { known } => {
                write!(f, "the file is of another version than {known}, the one known here")
            }
            Self::Duplicate { section, name } => write!(f, "{section} `{name}` stands twice"),
            Self::NoSuchPublisher { name, .. } => write!(f, "there is no publisher `{name}`"),
            Self::NoSuchConfig { name, .. } => write!(f, "there is no config `{name}`"),
            Self::UnusedPublisher { name } => write!(f, "nothing allows the publisher `{name}`"),
            Self::UnusedConfig { name } => write!(f, "nothing is attached to the config `{name}`"),
            Self::TooManyPublishers { count, limit } => {
                write!(f, "{count} publishers are named, and AWS takes {limit} in a config")
            }
            Self::NoRoot => f.write_str("no root is trusted, so no signature could be"),
            Self::ExceptionEnded { until } => write!(f, "the exception ended with {until}"),
            Self::ExceptionUnused => f.write_str("nothing needed this exception"),
            Self::File { why } => write!(f, "{}", Escaped(why.as_bytes())),
            Self::OneOf { keys } => write!(f, "exactly one of {} has to be there", keys.join(", ")),
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "the file",
            Self::Trust => "[trust]",
            Self::Root => "[[trust.root]]",
            Self::RevocationsRoot => "[[trust.revocations-root]]",
            Self::Publishers => "[publishers]",
            Self::Rule => "[[rule]]",
            Self::Mode => "`mode`",
            Self::Exception => "[[exception]]",
            Self::Config => "[[config]]",
            Self::Tags => "`tags`",
            Self::Attachment => "[[attachment]]",
            Self::Unmanaged => "[unmanaged]",
            Self::Cases => "the file of cases",
            Self::Case => "[[case]]",
            Self::Claims => "`claims`",
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "a text",
            Self::Integer => "a whole number",
            Self::Float => "a fraction",
            Self::Boolean => "true or false",
            Self::Time => "a date or time",
            Self::List => "a list",
            Self::Table => "a table",
            Self::TextOrTable => "a text or a table",
        })
    }
}
