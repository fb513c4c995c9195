//! What the store keeps of Signer.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lambda_codesign_signing::name::{ProfileName, ProfileVersion, Site};
use lambda_codesign_signing::validity::{Validity, ValidityError};
use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use crate::sigv4::Caller;
use crate::store::{Table, key};

/// By account, region and name.
pub(super) const PROFILES: Table<ProfileRecord> = Table::new("signer-profiles");
/// By region and id.
pub(super) const JOBS: Table<JobRecord> = Table::new("signer-jobs");
/// The ids of the jobs that an account owns or started: by account, region, and [`newest_first`].
pub(super) const JOBS_OF: Table<String> = Table::new("signer-jobs-of");
/// By account, region and client request token.
pub(super) const TOKENS: Table<TokenRecord> = Table::new("signer-tokens");

/// A signing profile. It has one version for good: its name is never given again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ProfileRecord {
    pub(super) name: ProfileName,
    pub(super) version: ProfileVersion,
    pub(super) arn: String,
    pub(super) version_arn: String,
    pub(super) owner: String,
    pub(super) validity: ValidityPeriod,
    pub(super) canceled: Option<Timestamp>,
    pub(super) revocation: Option<ProfileRevocation>,
    pub(super) signing_parameters: BTreeMap<String, String>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) permissions: Vec<Permission>,
    /// Of the permissions; none before the first.
    pub(super) revision: Option<String>,
}

/// A profile's revocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ProfileRevocation {
    pub(super) effective: Timestamp,
    pub(super) revoked_at: Timestamp,
    pub(super) by: String,
    pub(super) reason: String,
}

/// Whether a profile signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ProfileStatus {
    Active,
    Canceled,
    Revoked,
}

impl ProfileRecord {
    pub(super) fn status(&self) -> ProfileStatus {
        match (&self.revocation, &self.canceled) {
            (Some(_), _) => ProfileStatus::Revoked,
            (None, Some(_)) => ProfileStatus::Canceled,
            (None, None) => ProfileStatus::Active,
        }
    }
}

/// A signature's validity as the service says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ValidityPeriod {
    pub(super) value: u16,
    #[serde(rename = "type")]
    pub(super) unit: ValidityUnit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum ValidityUnit {
    Days,
    Months,
    Years,
}

impl ValidityPeriod {
    pub(super) const DEFAULT: Self = Self { value: 135, unit: ValidityUnit::Months };

    pub(super) const fn validity(self) -> Result<Validity, ValidityError> {
        match self.unit {
            ValidityUnit::Days => Validity::days(self.value),
            ValidityUnit::Months => Validity::months(self.value),
            ValidityUnit::Years => Validity::years(self.value),
        }
    }
}

/// What another account may do with a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Permission {
    pub(super) action: Action,
    pub(super) principal: String,
    pub(super) statement_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) profile_version: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Action {
    #[serde(rename = "signer:StartSigningJob")]
    StartSigningJob,
    #[serde(rename = "signer:GetSigningProfile")]
    GetSigningProfile,
    #[serde(rename = "signer:RevokeSignature")]
    RevokeSignature,
    #[serde(rename = "signer:SignPayload")]
    SignPayload,
}

/// A signing job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct JobRecord {
    pub(super) id: String,
    pub(super) arn: String,
    /// The account of the profile.
    pub(super) owner: String,
    /// The account that started it.
    pub(super) invoker: String,
    pub(super) source: S3Source,
    pub(super) destination: S3Destination,
    pub(super) profile_name: ProfileName,
    pub(super) profile_version: ProfileVersion,
    pub(super) created: Timestamp,
    /// When it is over, whatever came of it.
    pub(super) completes: Timestamp,
    /// When the signature expires, should there be one.
    pub(super) expires: Timestamp,
    pub(super) outcome: Outcome,
    pub(super) revocation: Option<JobRevocation>,
}

/// What came of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Outcome {
    /// It runs, or was cut short by the end of the process.
    Running,
    /// The signed object is at this key of the destination.
    Signed {
        key: String,
    },
    Failed {
        reason: String,
    },
}

/// A signature's revocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct JobRevocation {
    pub(super) reason: String,
    pub(super) revoked_at: Timestamp,
    pub(super) by: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct S3Source {
    pub(super) bucket_name: String,
    pub(super) key: String,
    pub(super) version: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct S3Destination {
    #[serde(default)]
    pub(super) bucket_name: String,
    #[serde(default)]
    pub(super) prefix: String,
}

/// What a client request token stands for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct TokenRecord {
    pub(super) job: String,
    pub(super) asked: Asked,
}

/// What a job was asked to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) source: S3Source,
    pub(super) destination: S3Destination,
    pub(super) profile: ProfileName,
    pub(super) owner: String,
}

/// The site of an account's resources in the caller's region.
pub(super) fn site(caller: &Caller, owner: &str) -> Result<Site, Refusal> {
    let owned = Caller { account: owner.to_owned(), region: caller.region.clone() };
    owned.site().ok_or_else(|| Refusal::validation("The account or region of the request is not valid."))
}

/// The key of a profile of an account, in the caller's region.
pub(super) fn profile_key(caller: &Caller, owner: &str, name: &ProfileName) -> String {
    key(&[owner, &caller.region, name.as_str()])
}

/// Text that orders jobs from the newest to the oldest, then by id.
pub(super) fn newest_first(created: Timestamp, id: &str) -> String {
    let age = i128::MAX.saturating_sub(created.as_nanosecond());
    format!("{age:039}-{id}")
}
