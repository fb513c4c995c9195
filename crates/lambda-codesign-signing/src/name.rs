//! The names that Signer gives: profiles, versions, jobs and their ARNs.

use core::fmt;
use core::str::FromStr;

use lambda_codesign_core::text::Escaped;
use serde::{Deserialize, Serialize};

use crate::key::{KeyError, random};

/// The name of a signing profile: `[A-Za-z0-9_]{2,64}` (FORMAT.md "The envelope").
///
/// It is safe as the name of a folder: it has no dot, no slash and at least two characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProfileName(String);

/// The version of a signing profile: ten of `[A-Za-z0-9]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProfileVersion(String);

/// The id of a signing job: a UUID in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JobId(String);

/// Text that is not the name it was given as.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{}\" is not {wanted}", Escaped(.found.as_bytes()))]
pub struct NameError {
    found: String,
    wanted: &'static str,
}

impl NameError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        "Give a name of that form; `lambda-codesign profile list` shows the profiles there are."
    }
}

const LETTERS_AND_DIGITS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

impl ProfileVersion {
    /// A fresh version, each character equally likely.
    pub(crate) fn random() -> Result<Self, KeyError> {
        let mut version = String::new();
        while version.len() < 10 {
            // 248 is the largest multiple of 62 that a byte holds: bytes beyond it would favour some letters.
            let fresh = random::<16>()?;
            let wanted = 10 - version.len();
            let fair = fresh.iter().filter(|byte| **byte < 248).map(|byte| usize::from(*byte % 62));
            version.extend(
                fair.filter_map(|at| LETTERS_AND_DIGITS.get(at)).take(wanted).map(|&b| char::from(b)),
            );
        }
        Ok(Self(version))
    }
}

impl JobId {
    /// A fresh UUID of version 4 (RFC 9562 5.4).
    pub(crate) fn random() -> Result<Self, KeyError> {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = random::<16>()?;
        let time_high = u16::from_be_bytes([g, h]) & 0x0fff | 0x4000;
        let variant = u16::from_be_bytes([i, j]) & 0x3fff | 0x8000;
        let low = u32::from_be_bytes([a, b, c, d]);
        let middle = u16::from_be_bytes([e, f]);
        let node = u64::from_be_bytes([0, 0, k, l, m, n, o, p]);
        Ok(Self(format!("{low:08x}-{middle:04x}-{time_high:04x}-{variant:04x}-{node:012x}")))
    }
}

fn is_profile_name(text: &str) -> bool {
    (2..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn is_profile_version(text: &str) -> bool {
    text.len() == 10 && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_job_id(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => matches!(b, b'0'..=b'9' | b'a'..=b'f'),
        })
}

macro_rules! parsed_name {
    ($($type:ident $holds:ident $wanted:literal)+) => { $(
        impl $type {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $type {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                if $holds(&text) { Ok(Self(text)) } else { Err(NameError { found: text, wanted: $wanted }) }
            }
        }

        impl FromStr for $type {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> Self {
                name.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+ };
}

parsed_name! {
    ProfileName is_profile_name "a profile name, 2 to 64 of letters, digits and underscores"
    ProfileVersion is_profile_version "a profile version, 10 letters and digits"
    JobId is_job_id "a signing job's id, a UUID in lower case"
}

/// Where a signer lives: the partition, region and account of its ARNs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    partition: String,
    region: String,
    account: String,
}

impl Site {
    /// Where local profiles live: account 000000000000, which AWS's root never vouches for (CLI.md "Local commands").
    #[must_use]
    pub fn local() -> Self {
        Self { partition: "aws".into(), region: "us-east-1".into(), account: "000000000000".into() }
    }

    /// The site of a stand-in for Signer.
    ///
    /// # Errors
    /// The partition or region is not of lower-case letters, digits and hyphens, or the account not of 12 digits.
    pub fn new(partition: &str, region: &str, account: &str) -> Result<Self, NameError> {
        let is_word = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        };
        let refused = |found: &str, wanted| Err(NameError { found: found.to_owned(), wanted });
        if !is_word(partition) {
            return refused(partition, "a partition, such as aws");
        }
        if !is_word(region) {
            return refused(region, "a region, such as us-east-1");
        }
        if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
            return refused(account, "an account id, 12 digits");
        }
        Ok(Self { partition: partition.into(), region: region.into(), account: account.into() })
    }

    /// The region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The ARN of a profile version here.
    #[must_use]
    pub fn profile_version(&self, name: &ProfileName, version: &ProfileVersion) -> ProfileVersionArn {
        ProfileVersionArn(format!("{self}:/signing-profiles/{name}/{version}"))
    }

    /// The ARN of a job here.
    #[must_use]
    pub fn job(&self, id: &JobId) -> JobArn {
        JobArn(format!("{self}:/signing-jobs/{id}"))
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arn:{}:signer:{}:{}", self.partition, self.region, self.account)
    }
}

/// The ARN of a signing profile version, made from its parts, so always well formed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct ProfileVersionArn(String);

/// The ARN of a signing job, made from its parts, so always well formed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct JobArn(String);

impl ProfileVersionArn {
    /// The ARN as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl JobArn {
    /// The ARN as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{JobId, ProfileName, ProfileVersion, Site};

    #[test]
    fn names_are_those_of_signer() {
        for good in ["ab", "release_builds", "A1", &"x".repeat(64)] {
            assert_eq!(good.parse::<ProfileName>().unwrap().as_str(), good);
        }
        for bad in ["", "a", "a-b", "a/b", "..", "a b", "\u{fc}b", "ab\n", &"x".repeat(65)] {
            assert!(bad.parse::<ProfileName>().is_err(), "{bad:?}");
        }
        let error = "a\u{1b}[m".parse::<ProfileName>().unwrap_err();
        assert!(error.to_string().starts_with("\"a\\u{1b}[m\" is not a profile name"), "{error}");
    }

    #[test]
    fn fresh_names_have_the_form_that_parsing_asks() {
        for _ in 0..100 {
            let version = ProfileVersion::random().unwrap();
            assert_eq!(version.as_str().parse::<ProfileVersion>().unwrap(), version);
            let job = JobId::random().unwrap();
            assert_eq!(job.as_str().parse::<JobId>().unwrap(), job);
            assert_eq!(job.as_str().as_bytes()[14], b'4');
            assert!(b"89ab".contains(&job.as_str().as_bytes()[19]));
        }
    }

    #[test]
    fn arns_are_made_of_checked_parts() {
        let site = Site::local();
        let arn = site.profile_version(&"release".parse().unwrap(), &"AbCdEf1234".parse().unwrap());
        assert_eq!(
            arn.as_str(),
            "arn:aws:signer:us-east-1:000000000000:/signing-profiles/release/AbCdEf1234"
        );
        assert!(Site::new("aws", "eu-central-1", "123456789012").is_ok());
        assert!(Site::new("aws", "eu:1", "123456789012").is_err());
        assert!(Site::new("aws", "eu-central-1", "12345678901").is_err());
    }
}
