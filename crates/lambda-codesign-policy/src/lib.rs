//! Reads the policy file of lambda-codesign, `lambda-codesign.toml`: which roots and publishers are trusted, how strictly
//! each function and layer is judged, and which code signing configs should exist.
//!
//! The crate only computes. The text and the time are arguments; the files that a policy names, such as trust roots, are
//! opened by whoever reads it.
//!
//! ```
//! use lambda_codesign_policy::{PolicyFile, Target};
//!
//! let file = PolicyFile::parse(
//!     r#"
//!     version = 1
//!
//!     [publishers]
//!     releases = ["arn:aws:signer:*:123456789012:/signing-profiles/release_builds/*"]
//!
//!     [[rule]]
//!     name = "everything"
//!     allow = ["releases"]
//!
//!     [[rule]]
//!     name = "payments"
//!     functions = ["payments-*"]
//!     require-manifest = true
//!     "#,
//! )
//! .expect("no mistake in it");
//!
//! let target = Target { subject: Some("function:payments-api".parse()?), ..Target::default() };
//! let effective = file.effective(&target)?;
//! assert_eq!(effective.applied().map(|rule| rule.name.value.as_str()).collect::<Vec<_>>(), ["everything", "payments"]);
//! let policy = effective.policy();
//! # let _ = policy;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! Modules stand in the order in which a file goes through them.

mod reader;
mod diagnostic;
mod position;
mod nearest;
mod name;
mod scope;
mod file;
mod trust;
mod publishers;
mod rule;
mod exception;
mod config;
mod effective;
mod cases;

pub use cases::{CASES_VERSION, Case, CaseFile, Expectation, Given, SupposedClaims};
pub use config::{Assignment, Attachment, Config, OWNER_TAG};
pub use diagnostic::{Diagnostic, Kind, Problem, Section, Severity, ValueError};
pub use effective::{Effective, Setting, Undecided};
pub use exception::ScopedException;
pub use file::{FILE_NAME, PolicyFile, VERSION};
pub use name::{Name, NameError};
pub use position::{Lines, Position};
pub use publishers::Publisher;
pub use rule::{ModeSettings, Rule, Settings};
pub use scope::{
    Dimension, Fit, NamePattern, Place, Region, RegionPattern, ResourceName, Scope, ScopeError, Subject,
    Target,
};
pub use trust::{BuiltIn, RootFile, Trust};

/// Where something stands in a file: the offsets of its first byte and of the one behind its last.
pub type Span = core::ops::Range<usize>;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    /// What was read.
    pub value: T,
    /// Where.
    pub at: Span,
}
