//! The two ARNs that a signature states (FORMAT.md, "The envelope").

use core::fmt;
use core::str::FromStr;

/// A 12-digit AWS account id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(String);

impl AccountId {
    /// The 12 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountId {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ArnError::Account)
        }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `arn:PARTITION:signer:REGION:ACCOUNT:/signing-profiles/NAME/VERSION`.
///
/// Holding one proves the grammar, and that it is plain ASCII; not that such a profile exists.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProfileVersionArn {
    text: String,
    scope: Scope,
    name: String,
    version: String,
}

/// `arn:PARTITION:signer:REGION:ACCOUNT:/signing-jobs/UUID`.
///
/// Holding one proves the grammar, and that it is plain ASCII; not that such a job ran.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SigningJobArn {
    text: String,
    scope: Scope,
    id: String,
}

/// Where a signing resource lives.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Scope {
    partition: String,
    region: String,
    account: AccountId,
}

/// The part of an ARN that breaks its grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArnError {
    /// Not six parts with colons between them, the first of them `arn`.
    #[error("it is not arn:PARTITION:signer:REGION:ACCOUNT:RESOURCE")]
    Shape,
    /// Not `aws` or `aws-...`.
    #[error("its partition is not one of AWS's")]
    Partition,
    /// Another service than `signer`.
    #[error("its service is not signer")]
    Service,
    /// Not lower-case letters, digits and hyphens.
    #[error("its region is malformed")]
    Region,
    /// Not 12 digits.
    #[error("its account is not 12 digits")]
    Account,
    /// Not the kind of resource that belongs here.
    #[error("its resource is not of the kind that belongs here")]
    Resource,
    /// Not 2 to 64 of `[A-Za-z0-9_]`.
    #[error("its profile name is not 2 to 64 letters, digits and underscores")]
    ProfileName,
    /// Not 10 of `[A-Za-z0-9]`.
    #[error("its profile version is not 10 letters and digits")]
    ProfileVersion,
    /// Not a UUID in lower case.
    #[error("its job id is not a UUID")]
    JobId,
}

impl ProfileVersionArn {
    /// The whole ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The partition, such as `aws`.
    #[must_use]
    pub fn partition(&self) -> &str {
        &self.scope.partition
    }

    /// The region of the profile.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.scope.region
    }

    /// The account that owns the profile.
    #[must_use]
    pub const fn account(&self) -> &AccountId {
        &self.scope.account
    }

    /// The profile's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version, 10 characters.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }
}

impl SigningJobArn {
    /// The whole ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The job's id, a UUID.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The region in which the job ran.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.scope.region
    }

    /// The account that ran the job.
    #[must_use]
    pub const fn account(&self) -> &AccountId {
        &self.scope.account
    }

    /// Whether the job ran in the partition, region and account of the profile, as in every capture.
    #[must_use]
    pub fn is_at_home_with(&self, profile: &ProfileVersionArn) -> bool {
        self.scope == profile.scope
    }
}

impl FromStr for ProfileVersionArn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        let (scope, resource) = split(text)?;
        let path = resource.strip_prefix("/signing-profiles/").ok_or(ArnError::Resource)?;
        let (name, version) = path.split_once('/').ok_or(ArnError::Resource)?;
        if !(2..=64).contains(&name.len()) || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(ArnError::ProfileName);
        }
        if version.len() != 10 || !version.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(ArnError::ProfileVersion);
        }
        Ok(Self { text: text.to_owned(), scope, name: name.to_owned(), version: version.to_owned() })
    }
}

impl FromStr for SigningJobArn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        let (scope, resource) = split(text)?;
        let id = resource.strip_prefix("/signing-jobs/").ok_or(ArnError::Resource)?;
        if !is_uuid(id) {
            return Err(ArnError::JobId);
        }
        Ok(Self { text: text.to_owned(), scope, id: id.to_owned() })
    }
}

impl fmt::Display for ProfileVersionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for SigningJobArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn split(text: &str) -> Result<(Scope, &str), ArnError> {
    let mut parts = text.splitn(6, ':');
    let mut part = || parts.next().ok_or(ArnError::Shape);
    let (arn, partition, service, region, account, resource) =
        (part()?, part()?, part()?, part()?, part()?, part()?);
    let is_word =
        |word: &str| word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if arn != "arn" {
        return Err(ArnError::Shape);
    }
    if !(partition == "aws" || partition.starts_with("aws-")) || !is_word(partition) {
        return Err(ArnError::Partition);
    }
    if service != "signer" {
        return Err(ArnError::Service);
    }
    if region.is_empty() || !is_word(region) {
        return Err(ArnError::Region);
    }
    let account = account.parse()?;
    Ok((Scope { partition: partition.to_owned(), region: region.to_owned(), account }, resource))
}

fn is_uuid(id: &str) -> bool {
    let groups = id.split('-').map(str::len);
    groups.eq([8, 4, 4, 4, 12])
        && id.bytes().all(|b| b == b'-' || b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
