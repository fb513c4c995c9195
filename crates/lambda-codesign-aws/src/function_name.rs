//! What people call functions and aliases.

use core::fmt;
use core::str::FromStr;

use lambda_codesign_policy::{Region, ResourceName};

use crate::name::FunctionArn;

/// A function as it is asked for: by its name or ARN, and what of it, where an alias or version is named.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FunctionName {
    name: String,
    qualifier: Option<Qualifier>,
}

/// An alias or a version of a function.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Qualifier(String);

/// The name of an alias (Lambda API Reference, CreateAlias): 1 to 128 letters, digits, `_` and `-`, not digits alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AliasName(String);

/// Text that names no function or alias.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FunctionNameError {
    /// Not a function.
    #[error("it is not NAME, NAME:QUALIFIER or the ARN of a function")]
    Function,
    /// Not an alias or version.
    #[error("its qualifier is not $LATEST, a version's number or an alias")]
    Qualifier,
    /// Not an alias.
    #[error("it is not 1 to 128 letters, digits, `_` and `-`, of which one is no digit")]
    Alias,
}

impl FunctionName {
    /// The name or ARN, without the qualifier.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The alias or version that is named.
    #[must_use]
    pub fn qualifier(&self) -> Option<&str> {
        self.qualifier.as_ref().map(|qualifier| qualifier.0.as_str())
    }

    /// Its region, where it was named by its ARN.
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        self.name.parse::<FunctionArn>().ok().map(|arn| arn.region().clone())
    }
}

impl AliasName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FunctionName {
    type Err = FunctionNameError;

    fn from_str(text: &str) -> Result<Self, FunctionNameError> {
        // arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME has seven parts.
        let parts = if text.starts_with("arn:") { 7 } else { 1 };
        let mut all = text.splitn(parts + 1, ':');
        let name = all.by_ref().take(parts).collect::<Vec<_>>().join(":");
        let is_name = name.parse::<FunctionArn>().is_ok() || name.parse::<ResourceName>().is_ok();
        if !is_name {
            return Err(FunctionNameError::Function);
        }
        Ok(Self { name, qualifier: all.next().map(str::parse).transpose()? })
    }
}

impl FromStr for Qualifier {
    type Err = FunctionNameError;

    fn from_str(text: &str) -> Result<Self, FunctionNameError> {
        if text == "$LATEST" || is_word(text) {
            return Ok(Self(text.to_owned()));
        }
        Err(FunctionNameError::Qualifier)
    }
}

impl FromStr for AliasName {
    type Err = FunctionNameError;

    fn from_str(text: &str) -> Result<Self, FunctionNameError> {
        if is_word(text) && !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self(text.to_owned()));
        }
        Err(FunctionNameError::Alias)
    }
}

fn is_word(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=128).contains(&text.len()) && text.bytes().all(is_part)
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.qualifier {
            Some(Qualifier(qualifier)) => write!(f, "{}:{qualifier}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

impl fmt::Display for AliasName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{AliasName, FunctionName, FunctionNameError};
    use lambda_codesign_policy::Region;

    #[test]
    fn functions_are_named_in_two_ways_each_with_a_qualifier_or_without() {
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:f";
        for (text, name, qualifier) in [
            ("f", "f", None),
            ("f:live", "f", Some("live")),
            ("f:$LATEST", "f", Some("$LATEST")),
            (arn, arn, None),
            (&format!("{arn}:12"), arn, Some("12")),
        ] {
            let read: FunctionName = text.parse().unwrap();
            assert_eq!((read.name(), read.qualifier(), read.to_string().as_str()), (name, qualifier, text));
            assert_eq!(read.region().as_ref().map(Region::as_str), (name == arn).then_some("eu-west-1"));
        }
        for (text, error) in [
            ("", FunctionNameError::Function),
            ("a b", FunctionNameError::Function),
            ("f:", FunctionNameError::Qualifier),
            ("f:a:b", FunctionNameError::Qualifier),
            ("f:$OLDEST", FunctionNameError::Qualifier),
            ("arn:aws:lambda:eu-west-1:123456789012:layer:l:1", FunctionNameError::Function),
        ] {
            assert_eq!(text.parse::<FunctionName>(), Err(error), "{text}");
        }
    }

    #[test]
    fn an_alias_is_no_number() {
        assert_eq!("live-2".parse::<AliasName>().as_ref().map(AliasName::as_str), Ok("live-2"));
        for text in ["", "2", "$LATEST", "a b", &"a".repeat(129)] {
            assert_eq!(text.parse::<AliasName>(), Err(FunctionNameError::Alias), "{text}");
        }
    }
}
