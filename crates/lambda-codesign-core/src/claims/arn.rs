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

#[cfg(test)]
mod tests {
    use super::{ArnError, ProfileVersionArn, SigningJobArn};

    const JOB: &str =
        "arn:aws:signer:us-east-1:123456789012:/signing-jobs/11111111-2222-4333-8444-5555555555ef";
    const PROFILE: &str = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/release_builds/AbCdEf1234";

    /// Every part that both kinds have, changed in both.
    #[test]
    fn the_parts_before_the_resource_are_those_of_a_signing_resource() {
        for (from, to, expected) in [
            ("arn:", "urn:", ArnError::Shape),
            (":123456789012:", ":123456789012", ArnError::Shape),
            (":aws:", "::", ArnError::Partition),
            (":aws:", ":gcp:", ArnError::Partition),
            (":aws:", ":awsome:", ArnError::Partition),
            (":aws:", ":aws-CN:", ArnError::Partition),
            (":aws:", ":aws-c_n:", ArnError::Partition),
            (":signer:", ":lambda:", ArnError::Service),
            (":us-east-1:", "::", ArnError::Region),
            (":us-east-1:", ":US-EAST-1:", ArnError::Region),
            (":us-east-1:", ":us_east_1:", ArnError::Region),
            (":123456789012:", ":12345678901:", ArnError::Account),
            (":123456789012:", ":1234567890123:", ArnError::Account),
            (":123456789012:", ":12345678901a:", ArnError::Account),
        ] {
            assert_eq!(JOB.replacen(from, to, 1).parse::<SigningJobArn>(), Err(expected), "{to}");
            assert_eq!(PROFILE.replacen(from, to, 1).parse::<ProfileVersionArn>(), Err(expected), "{to}");
        }
        for partition in [":aws:", ":aws-cn:", ":aws-us-gov:", ":aws-iso-2:"] {
            assert!(JOB.replacen(":aws:", partition, 1).parse::<SigningJobArn>().is_ok(), "{partition}");
            assert!(
                PROFILE.replacen(":aws:", partition, 1).parse::<ProfileVersionArn>().is_ok(),
                "{partition}"
            );
        }
    }

    #[test]
    fn a_profile_has_a_name_and_a_version() {
        let read = |path: &str| {
            let text = PROFILE.replacen("/signing-profiles/release_builds/AbCdEf1234", path, 1);
            text.parse::<ProfileVersionArn>()
        };
        let name = |name: &str| read(&format!("/signing-profiles/{name}/AbCdEf1234")).map(drop);
        for sound in ["ab", "A_", "9z", &"n".repeat(64)] {
            assert_eq!(name(sound), Ok(()), "{sound}");
        }
        for wrong in ["", "a", &"n".repeat(65), "a-b", "a.b", "\u{e9}\u{e9}"] {
            assert_eq!(name(wrong), Err(ArnError::ProfileName), "{wrong}");
        }
        let version = |version: &str| read(&format!("/signing-profiles/release_builds/{version}")).map(drop);
        assert_eq!(version("0123456789"), Ok(()));
        for wrong in ["", "AbCdEf123", "AbCdEf12345", "AbCdEf123_", "AbCdEf123/"] {
            assert_eq!(version(wrong), Err(ArnError::ProfileVersion), "{wrong}");
        }
        for wrong in ["/signing-profiles/release_builds", "signing-profiles/release_builds/AbCdEf1234"] {
            assert_eq!(read(wrong), Err(ArnError::Resource), "{wrong}");
        }
        assert_eq!(JOB.parse::<ProfileVersionArn>(), Err(ArnError::Resource));
    }

    #[test]
    fn a_job_has_a_uuid_in_lower_case() {
        let read =
            |id: &str| JOB.replacen("11111111-2222-4333-8444-5555555555ef", id, 1).parse::<SigningJobArn>();
        assert_eq!(
            read("0123abcd-89ef-4333-8444-5555555555ef").as_ref().map(SigningJobArn::id),
            Ok("0123abcd-89ef-4333-8444-5555555555ef")
        );
        for wrong in [
            "",
            "0123ABCD-89ef-4333-8444-5555555555ef",
            "0123abcg-89ef-4333-8444-5555555555ef",
            "0123abc/-89ef-4333-8444-5555555555ef",
            "0123abcd-89ef-4333-8444-5555555555e",
            "0123abcd-89ef-4333-84445555555555ef",
            "0123abcd89ef-4333-8444-5555555555ef",
            "0123abcd-89ef-4333-8444-5555555555ef-",
        ] {
            assert_eq!(read(wrong), Err(ArnError::JobId), "{wrong}");
        }
        assert_eq!(PROFILE.parse::<SigningJobArn>(), Err(ArnError::Resource));
    }

    #[test]
    fn the_parts_are_those_of_the_text() {
        let (job, profile) =
            (JOB.parse::<SigningJobArn>().unwrap(), PROFILE.parse::<ProfileVersionArn>().unwrap());
        assert_eq!((job.as_str(), job.region(), job.account().as_str()), (JOB, "us-east-1", "123456789012"));
        assert_eq!(
            [profile.as_str(), profile.partition(), profile.region(), profile.account().as_str()],
            [PROFILE, "aws", "us-east-1", "123456789012"]
        );
        assert_eq!([profile.name(), profile.version()], ["release_builds", "AbCdEf1234"]);
    }

    #[test]
    fn a_job_is_at_home_in_its_profile_s_partition_region_and_account() {
        let profile = PROFILE.parse().unwrap();
        let at_home = |job: String| job.parse::<SigningJobArn>().unwrap().is_at_home_with(&profile);
        assert!(at_home(JOB.to_owned()));
        for (from, to) in
            [(":aws:", ":aws-cn:"), ("us-east-1", "us-east-2"), ("123456789012", "123456789013")]
        {
            assert!(!at_home(JOB.replacen(from, to, 1)), "{to}");
        }
    }
}
