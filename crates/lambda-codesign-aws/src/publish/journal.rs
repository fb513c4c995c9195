//! What was done, for whoever has to say so when a publication does not end.

use core::fmt;
use std::sync::{Mutex, PoisonError};

use crate::function_name::AliasName;
use crate::name::LayerVersionArn;
use crate::object::ObjectVersion;

/// A step of a publication: done, or begun with its end unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The package lies in S3.
    Uploaded(ObjectVersion),
    /// The code was sent; whether Lambda took it is not known.
    Sending,
    /// Lambda took the code, and was not done with it.
    Taken,
    /// `$LATEST` has the package.
    Updated,
    /// `$LATEST` had the package, and has its earlier code again.
    Restored,
    /// A version was asked for; whether it was made is not known.
    AskingForVersion,
    /// The version is there.
    Version(String),
    /// The alias is to be moved; whether it was is not known.
    Moving(AliasName),
    /// The alias points to the version.
    Alias {
        /// The alias.
        alias: AliasName,
        /// The version.
        version: String,
    },
    /// The layer was sent; whether a version was made is not known.
    SendingLayer,
    /// The layer's version is there.
    Layer(LayerVersionArn),
}

/// The steps of one publication, in their order.
#[derive(Debug, Default)]
pub struct Journal(Mutex<Vec<Step>>);

impl Journal {
    /// What was done so far.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        self.lock().clone()
    }

    pub(super) fn note(&self, step: Step) {
        self.lock().push(step);
    }

    /// The end of what was begun is known: it was not done.
    pub(super) fn take_back(&self, begun: &Step) {
        self.lock().retain(|step| step != begun);
    }

    /// The end of what was begun is known.
    pub(super) fn replace(&self, begun: &Step, done: Step) {
        let mut steps = self.lock();
        steps.retain(|step| step != begun);
        steps.push(done);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Step>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uploaded(object) => write!(f, "s3://{}/{} was written", object.bucket, object.key),
            Self::Sending => f.write_str("the code was sent, and whether Lambda took it is not known"),
            Self::Taken => f.write_str("Lambda took the code, and was not done with it"),
            Self::Updated => f.write_str("$LATEST has the package"),
            Self::Restored => f.write_str("$LATEST has its earlier code again"),
            Self::AskingForVersion => {
                f.write_str("a version was asked for, and whether it was made is not known")
            }
            Self::Version(version) => write!(f, "version {version} is published"),
            Self::Moving(alias) => write!(f, "whether the alias {alias} was moved is not known"),
            Self::Alias { alias, version } => write!(f, "the alias {alias} points to version {version}"),
            Self::SendingLayer => {
                f.write_str("the layer was sent, and whether a version was made is not known")
            }
            Self::Layer(arn) => write!(f, "{arn} is published"),
        }
    }
}

impl fmt::Display for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = self.steps();
        if steps.is_empty() {
            return f.write_str("nothing was changed");
        }
        let steps: Vec<String> = steps.iter().map(ToString::to_string).collect();
        f.write_str(&steps.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::{Journal, Step};

    #[test]
    fn what_was_begun_is_said_until_its_end_is_known() {
        let journal = Journal::default();
        assert_eq!(journal.to_string(), "nothing was changed");
        journal.note(Step::Sending);
        assert_eq!(journal.to_string(), "the code was sent, and whether Lambda took it is not known");
        journal.replace(&Step::Sending, Step::Updated);
        journal.note(Step::AskingForVersion);
        journal.take_back(&Step::AskingForVersion);
        journal.note(Step::Version("7".to_owned()));
        assert_eq!(journal.to_string(), "$LATEST has the package; version 7 is published");
    }
}
