//! Failures that are let pass for a while.

use jiff::Timestamp;
use jiff::civil::Date;
use lambda_codesign_core::digest::CodeSha256;
use lambda_codesign_core::policy::Exception;

use crate::diagnostic::Problem;
use crate::reader::{Problems, Table, code_named, end};
use crate::scope::Scope;
use crate::{Located, Span};

/// An exception, and what it is made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopedException {
    /// What is let pass, until when and why.
    pub exception: Exception,
    /// For whom.
    pub scope: Scope,
    /// The last day on which it holds, in UTC.
    pub until: Located<Date>,
    /// Where it stands.
    pub at: Span,
}

impl ScopedException {
    pub(crate) fn read(table: &Table<'_>, problems: &mut Problems) -> Option<Self> {
        let code = table.text("code", problems);
        let code = table.required("code", code, problems);
        let until = table.date("until", problems);
        let until = table.required("until", until, problems);
        let reason = table.text("reason", problems);
        let reason = table.required("reason", reason, problems);
        let package = table.parsed::<CodeSha256>("code-sha256", problems);
        let scope = Scope::read(table, problems);
        let code = code.and_then(|text| code_named(text, problems))?;
        // Whether the code can be excepted is told even where the rest is wrong.
        let ends = until.as_ref().map_or(Some(Timestamp::MAX), |until| end(until.value));
        let exception =
            match Exception::new(code.value, ends?, reason.as_ref().map_or("", |reason| reason.value)) {
                Ok(exception) => exception,
                Err(error) => {
                    problems.add(Problem::Value { key: "code", error: error.into() }, &code.at);
                    return None;
                }
            };
        reason?;
        let exception = match package {
            Some(package) => exception.for_package(package.value),
            None => exception,
        };
        Some(Self { exception, scope, until: until?, at: table.at().clone() })
    }

    /// Whether its last day has passed.
    #[must_use]
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.exception.until() <= now
    }
}
