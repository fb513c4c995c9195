//! What is found, and how bad it is.

use core::fmt;

use jiff::Timestamp;
use lambda_codesign_core::text::Escaped;
use serde::{Deserialize, Serialize};

/// How bad something is, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// To be known.
    Low,
    /// To be mended, or to be looked at by somebody who may.
    Medium,
    /// It runs and should not, or anything could be deployed.
    High,
}

/// Something that is wrong with what is deployed, or why it can't be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The function has no config: any code can be deployed to it.
    NoConfig,
    /// The config only logs.
    WarnOnly,
    /// Lambda shows no signature.
    Unsigned,
    /// The publisher is not one of the config's.
    NotInConfig,
    /// The publisher is not one that the policy allows.
    NotInPolicy,
    /// The signature has ended.
    Expired {
        /// When.
        at: Timestamp,
    },
    /// The signature ends soon.
    Expiring {
        /// When.
        at: Timestamp,
    },
    /// The job, or its profile from before its signing time on, is revoked.
    Revoked,
    /// The profile was canceled, and signs no successor.
    ProfileCanceled,
    /// The package is not one that the pipeline made.
    NotInLock,
    /// The code was fetched, and its signature does not hold.
    Invalid {
        /// The stable code of the check that fails.
        code: &'static str,
        /// What it says.
        message: String,
    },
    /// The function runs an image, to which code signing does not apply.
    Image,
    /// No function has the config.
    ConfigUnused,
    /// The config names a publisher that this account does not have.
    NoSuchPublisher {
        /// Its ARN, as the config has it.
        arn: String,
    },
    /// It can't be judged.
    Unknown {
        /// Why.
        why: String,
    },
}

/// A problem as a row keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// A stable kebab-case word.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// A sentence.
    pub message: String,
}

/// One thing that is deployed, and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The region.
    pub region: String,
    /// The function's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The function's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The aliases that stand for the version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The layer that is looked at, of that function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// The config that is attached, or looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
    /// The hash of the package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_sha256: Option<String>,
    /// The publisher that Lambda shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing_profile_version_arn: Option<String>,
    /// The job that Lambda shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing_job_arn: Option<String>,
    /// When the signature ends, as far as Signer says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// What is wrong, the worst first.
    pub findings: Vec<Found>,
}

impl Severity {
    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl Problem {
    /// The stable word for it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoConfig => "no-config",
            Self::WarnOnly => "warn-only",
            Self::Unsigned => "unsigned",
            Self::NotInConfig => "publisher-not-in-config",
            Self::NotInPolicy => "publisher-not-allowed",
            Self::Expired { .. } => "expired",
            Self::Expiring { .. } => "expiring",
            Self::Revoked => "revoked",
            Self::ProfileCanceled => "profile-canceled",
            Self::NotInLock => "not-in-lock",
            Self::Invalid { code, .. } => code,
            Self::Image => "image-function",
            Self::ConfigUnused => "config-unused",
            Self::NoSuchPublisher { .. } => "no-such-publisher",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// How bad it is.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self {
            Self::NoConfig
            | Self::Unsigned
            | Self::NotInConfig
            | Self::NotInPolicy
            | Self::Revoked
            | Self::NotInLock
            | Self::Invalid { .. } => Severity::High,
            Self::WarnOnly
            | Self::Expired { .. }
            | Self::Image
            | Self::NoSuchPublisher { .. }
            | Self::Unknown { .. } => Severity::Medium,
            Self::Expiring { .. } | Self::ProfileCanceled | Self::ConfigUnused => Severity::Low,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoConfig => f.write_str("no config is attached: any code can be deployed"),
            Self::WarnOnly => f.write_str("its config only logs what it should refuse"),
            Self::Unsigned => f.write_str("Lambda shows no signature"),
            Self::NotInConfig => f.write_str("its publisher is not in the function's config"),
            Self::NotInPolicy => f.write_str("its publisher is not one that the policy allows"),
            Self::Expired { at } => write!(f, "its signature ended at {at}"),
            Self::Expiring { at } => write!(f, "its signature ends at {at}"),
            Self::Revoked => f.write_str("its signature is revoked"),
            Self::ProfileCanceled => f.write_str("its profile was canceled and signs no successor"),
            Self::NotInLock => f.write_str("its package is not in the lock: it came from elsewhere"),
            Self::Invalid { message, .. } => write!(f, "{}", Escaped(message.as_bytes())),
            Self::Image => f.write_str("it runs an image, to which code signing does not apply"),
            Self::ConfigUnused => f.write_str("no function has this config"),
            Self::NoSuchPublisher { arn } => {
                write!(f, "it names a publisher that is not there: {}", Escaped(arn.as_bytes()))
            }
            Self::Unknown { why } => write!(f, "it can't be judged: {}", Escaped(why.as_bytes())),
        }
    }
}

impl Row {
    pub(super) fn of_region(region: &str) -> Self {
        Self { region: region.to_owned(), ..Self::default() }
    }

    /// With something that is wrong.
    #[must_use]
    pub(super) fn with(mut self, problem: Problem) -> Self {
        self.add(problem);
        self
    }

    pub(super) fn add(&mut self, problem: Problem) {
        self.findings.push(Found {
            code: problem.code().to_owned(),
            severity: problem.severity(),
            message: problem.to_string(),
        });
        self.findings.sort_by_key(|found| core::cmp::Reverse(found.severity));
    }

    /// How bad the worst of it is.
    #[must_use]
    pub fn severity(&self) -> Option<Severity> {
        self.findings.iter().map(|found| found.severity).max()
    }
}
