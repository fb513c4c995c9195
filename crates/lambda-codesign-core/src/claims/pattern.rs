//! Patterns over publishers (CLI.md, "Local commands").

use core::fmt;
use core::str::FromStr;

use super::ProfileVersionArn;
use crate::wildcard::Wildcard;

/// A pattern over signing profile version ARNs.
///
/// `*` stands for any characters within one component of the ARN or one segment of its path; everything else
/// stands for itself, in its case, from the first character to the last. An ARN is the pattern of itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PublisherPattern {
    text: String,
    /// Partition, region, account, name, version.
    parts: [Wildcard; 5],
}

/// Why a text is not a pattern over publishers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// Not the shape of a signing profile version ARN.
    #[error("it is not arn:PARTITION:signer:REGION:ACCOUNT:/signing-profiles/NAME/VERSION")]
    Shape,
    /// A component that is empty.
    #[error("one of its parts is empty")]
    Empty,
    /// A character that no ARN of a signing profile has.
    #[error("{0:?} stands in no ARN of a signing profile; `*` is the only wildcard")]
    Character(char),
}

impl PublisherPattern {
    /// The pattern as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is the ARN of one profile version, and stands for no other.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.parts.iter().all(Wildcard::is_exact)
    }

    /// The accounts that are meant.
    #[must_use]
    pub const fn account(&self) -> &Wildcard {
        let [_, _, account, ..] = &self.parts;
        account
    }

    /// Whether this publisher is meant.
    #[must_use]
    pub fn matches(&self, arn: &ProfileVersionArn) -> bool {
        let parts = [arn.partition(), arn.region(), arn.account().as_str(), arn.name(), arn.version()];
        self.parts.iter().zip(parts).all(|(pattern, part)| pattern.matches(part))
    }
}

impl FromStr for PublisherPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let components: Vec<&str> = text.split(':').collect();
        let &["arn", partition, "signer", region, account, resource] = components.as_slice() else {
            return Err(PatternError::Shape);
        };
        let segments: Vec<&str> = resource.split('/').collect();
        let &["", "signing-profiles", name, version] = segments.as_slice() else {
            return Err(PatternError::Shape);
        };
        let parts = [partition, region, account, name, version];
        for part in parts {
            check_part(part)?;
        }
        Ok(Self { text: text.to_owned(), parts: parts.map(Wildcard::new) })
    }
}

impl fmt::Display for PublisherPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn check_part(part: &str) -> Result<(), PatternError> {
    if part.is_empty() {
        return Err(PatternError::Empty);
    }
    match part.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '*'))) {
        Some(character) => Err(PatternError::Character(character)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{PatternError, PublisherPattern};

    #[test]
    fn a_star_stays_within_its_part() {
        let arn = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/release_builds/AbCdEf1234"
            .parse()
            .unwrap();
        let matches =
            |pattern: &str| pattern.parse::<PublisherPattern>().map(|pattern| pattern.matches(&arn));
        assert_eq!(matches("arn:aws:signer:*:123456789012:/signing-profiles/release_builds/*"), Ok(true));
        let elsewhere: PublisherPattern =
            "arn:aws:signer:eu-*:123456789012:/signing-profiles/a/*".parse().unwrap();
        assert_eq!(elsewhere.account().as_str(), "123456789012");
        let any = "arn:*:signer:*:*:/signing-profiles/*/*";
        assert_eq!(matches(any), Ok(true));
        assert_eq!(any.parse().as_ref().map(PublisherPattern::as_str), Ok(any));
        assert_eq!(matches("arn:aws:signer:*:123456789012:/signing-profiles/release*/*"), Ok(true));
        assert_eq!(matches("arn:aws:signer:*:123456789012:/signing-profiles/Release_builds/*"), Ok(false));
        assert_eq!(matches("arn:aws:signer:*:999999999999:/signing-profiles/*/*"), Ok(false));
        for shape in [
            "*",
            "arn:aws:signer:*",
            "arn:aws:signer:*:*:*",
            "arn:aws:signer:*:*:/signing-profiles/*",
            "arn:aws:lambda:*:*:/signing-profiles/*/*",
            "arn:aws:signer:*:*:/signing-profiles/*/*/*",
        ] {
            assert_eq!(matches(shape), Err(PatternError::Shape), "{shape}");
        }
        assert_eq!(matches("arn:aws:signer:*:*:/signing-profiles/rel?/*"), Err(PatternError::Character('?')));
        assert_eq!(matches("arn:aws:signer::*:/signing-profiles/rel/*"), Err(PatternError::Empty));
    }
}
