//! The names that Lambda gives.

use core::fmt;
use core::str::FromStr;

use lambda_codesign_core::claims::AccountId;
use lambda_codesign_policy::{Region, ResourceName};

/// The ARN of a function, without a qualifier.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionArn {
    text: String,
    region: Region,
    account: AccountId,
    name: ResourceName,
}

/// The ARN of a layer's version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayerVersionArn {
    text: String,
    region: Region,
    account: AccountId,
    name: ResourceName,
    version: u64,
}

/// The ARN of a code signing config: its id is `csc-` and 17 of `[a-z0-9]` (BEHAVIOUR.md "Lambda").
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfigArn(String);

/// Text that is not the name it was given as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not a function's ARN.
    #[error("it is not arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME")]
    Function,
    /// Not the ARN of a layer's version.
    #[error("it is not arn:PARTITION:lambda:REGION:ACCOUNT:layer:NAME:VERSION")]
    LayerVersion,
    /// Not a config's ARN.
    #[error("it is not arn:PARTITION:lambda:REGION:ACCOUNT:code-signing-config:csc-ID")]
    Config,
}

/// The partition that an ARN is of; `aws` where it says none.
pub(crate) fn partition(arn: &str) -> &str {
    arn.split(':').nth(1).filter(|part| part.starts_with("aws")).unwrap_or("aws")
}

/// What stands in an ARN of Lambda: region, account, and the parts of the resource.
fn split(text: &str) -> Option<(Region, AccountId, Vec<&str>)> {
    let mut parts = text.split(':');
    let (arn, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (region, account) = (parts.next()?, parts.next()?);
    let is_aws = partition == "aws" || partition.starts_with("aws-");
    if arn != "arn" || !is_aws || service != "lambda" {
        return None;
    }
    Some((region.parse().ok()?, account.parse().ok()?, parts.collect()))
}

impl FromStr for FunctionArn {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let (region, account, resource) = split(text).ok_or(NameError::Function)?;
        match resource.as_slice() {
            ["function", name] => {
                let name = name.parse().map_err(|_| NameError::Function)?;
                Ok(Self { text: text.to_owned(), region, account, name })
            }
            _ => Err(NameError::Function),
        }
    }
}

impl FromStr for LayerVersionArn {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let (region, account, resource) = split(text).ok_or(NameError::LayerVersion)?;
        match resource.as_slice() {
            ["layer", name, version] => {
                let name = name.parse().map_err(|_| NameError::LayerVersion)?;
                let version = version.parse().map_err(|_| NameError::LayerVersion)?;
                Ok(Self { text: text.to_owned(), region, account, name, version })
            }
            _ => Err(NameError::LayerVersion),
        }
    }
}

impl FromStr for ConfigArn {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let (_, _, resource) = split(text).ok_or(NameError::Config)?;
        let is_id = |id: &str| {
            id.strip_prefix("csc-").is_some_and(|id| {
                id.len() == 17 && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            })
        };
        match resource.as_slice() {
            ["code-signing-config", id] if is_id(id) => Ok(Self(text.to_owned())),
            _ => Err(NameError::Config),
        }
    }
}

impl FunctionArn {
    /// The whole ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The region.
    #[must_use]
    pub const fn region(&self) -> &Region {
        &self.region
    }

    /// The account.
    #[must_use]
    pub const fn account(&self) -> &AccountId {
        &self.account
    }

    /// The function's name.
    #[must_use]
    pub const fn name(&self) -> &ResourceName {
        &self.name
    }
}

impl LayerVersionArn {
    /// The whole ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The region.
    #[must_use]
    pub const fn region(&self) -> &Region {
        &self.region
    }

    /// The account that owns the layer.
    #[must_use]
    pub const fn account(&self) -> &AccountId {
        &self.account
    }

    /// The layer's name.
    #[must_use]
    pub const fn name(&self) -> &ResourceName {
        &self.name
    }

    /// The version.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }
}

impl ConfigArn {
    /// The whole ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FunctionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for LayerVersionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for ConfigArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{ConfigArn, FunctionArn, LayerVersionArn, NameError};

    #[test]
    fn each_kind_is_read_as_itself_alone() {
        let function = "arn:aws:lambda:eu-west-1:123456789012:function:f";
        let layer = "arn:aws-cn:lambda:cn-north-1:123456789012:layer:l:3";
        let config = "arn:aws:lambda:eu-west-1:123456789012:code-signing-config:csc-0123456789abcdefg";
        let read = function.parse::<FunctionArn>().unwrap();
        assert_eq!([read.region().as_str(), read.account().as_str()], ["eu-west-1", "123456789012"]);
        assert_eq!([read.name().as_str(), read.as_str()], ["f", function]);
        let read = layer.parse::<LayerVersionArn>().unwrap();
        assert_eq!([read.region().as_str(), read.account().as_str()], ["cn-north-1", "123456789012"]);
        assert_eq!((read.name().as_str(), read.version(), read.as_str()), ("l", 3, layer));
        assert_eq!(config.parse::<ConfigArn>().as_ref().map(ConfigArn::as_str), Ok(config));
        for other in [layer, config, "f", "", &format!("{function}:live"), &function.replace(":function", "")]
        {
            assert_eq!(other.parse::<FunctionArn>(), Err(NameError::Function), "{other}");
        }
        for other in
            [function, config, &layer.replace(":3", ""), &layer.replace(":3", ":x"), ":::::layer:l:3"]
        {
            assert_eq!(other.parse::<LayerVersionArn>(), Err(NameError::LayerVersion), "{other}");
        }
        for other in [function, layer, &config.to_uppercase(), &format!("{config}h")] {
            assert_eq!(other.parse::<ConfigArn>(), Err(NameError::Config), "{other}");
        }
    }
}
