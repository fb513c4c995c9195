//! Signing profiles of AWS Signer, for Lambda's platform.

use aws_sdk_signer::Client;
use aws_sdk_signer::types::{SignatureValidityPeriod, SigningProfileStatus, ValidityType};
use jiff::Timestamp;
use lambda_codesign_core::claims::{AccountId, ProfileVersionArn};

use crate::service::ServiceError;

/// The platform of Lambda packages (BEHAVIOUR.md "Signer").
pub const PLATFORM: &str = "AWSLambda-SHA384-ECDSA";

/// A profile as Signer describes it. A live name has one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningProfile {
    /// Its name.
    pub name: String,
    /// The ARN of its version: the publisher that configs and policies name.
    pub version: ProfileVersionArn,
    /// How long its signatures live, such as 135 MONTHS.
    pub validity: Option<Validity>,
    /// Whether it signs.
    pub status: Status,
    /// What is revoked of it, if anything.
    pub revoked_from: Option<Timestamp>,
}

/// Whether a profile signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It does.
    Active,
    /// It does no more; what it signed stays valid.
    Canceled,
    /// It does no more; what it signed from a time on is not to be deployed.
    Revoked,
}

/// A period in which Signer counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// How many.
    pub value: u16,
    /// Of what.
    pub unit: Unit,
}

/// What a period is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Days.
    Days,
    /// Months.
    Months,
    /// Years.
    Years,
}

/// One profile, of this account or of another that granted the use of it.
///
/// # Errors
/// Signer refuses or does not answer; the profile is not one for Lambda.
pub async fn get(
    signer: &Client,
    name: &str,
    owner: Option<&AccountId>,
) -> Result<SigningProfile, ServiceError> {
    const CALL: &str = "GetSigningProfile";
    let owner = owner.map(|owner| owner.as_str().to_owned());
    let answer = signer.get_signing_profile().profile_name(name).set_profile_owner(owner).send().await;
    let answer = answer.map_err(|error| ServiceError::of(CALL, error))?;
    let revoked_from = answer.revocation_record.and_then(|record| record.revocation_effective_from);
    Ok(SigningProfile {
        name: answer.profile_name.unwrap_or_else(|| name.to_owned()),
        version: version(CALL, answer.profile_version_arn.as_deref())?,
        validity: answer.signature_validity_period.and_then(Validity::read),
        status: Status::read(CALL, answer.status.as_ref())?,
        revoked_from: revoked_from.map(|time| time_of(CALL, time)).transpose()?,
    })
}

/// Makes a profile for Lambda and answers the ARN of its version.
///
/// # Errors
/// Signer refuses, as where the name was used before, or does not answer.
pub async fn create(
    signer: &Client,
    name: &str,
    validity: Option<Validity>,
) -> Result<ProfileVersionArn, ServiceError> {
    const CALL: &str = "PutSigningProfile";
    let answer = signer
        .put_signing_profile()
        .profile_name(name)
        .platform_id(PLATFORM)
        .set_signature_validity_period(validity.map(Validity::written))
        .send()
        .await
        .map_err(|error| ServiceError::of(CALL, error))?;
    version(CALL, answer.profile_version_arn.as_deref())
}

/// Every profile of this account for Lambda, those that sign no more included.
///
/// # Errors
/// Signer refuses or does not answer.
pub async fn list(signer: &Client) -> Result<Vec<SigningProfile>, ServiceError> {
    const CALL: &str = "ListSigningProfiles";
    let mut profiles = Vec::new();
    let mut token = None;
    loop {
        let request = signer.list_signing_profiles().include_canceled(true).platform_id(PLATFORM);
        let answer = request.set_next_token(token).send().await;
        let answer = answer.map_err(|error| ServiceError::of(CALL, error))?;
        for profile in answer.profiles.into_iter().flatten() {
            profiles.push(SigningProfile {
                name: profile.profile_name.unwrap_or_default(),
                version: version(CALL, profile.profile_version_arn.as_deref())?,
                validity: profile.signature_validity_period.and_then(Validity::read),
                status: Status::read(CALL, profile.status.as_ref())?,
                // The list does not say it: `get` does.
                revoked_from: None,
            });
        }
        token = answer.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(profiles);
        }
    }
}

/// Cancels a profile: it signs no more, and what it signed stays valid.
///
/// # Errors
/// Signer refuses, as where it is revoked, or does not answer.
pub async fn cancel(signer: &Client, name: &str) -> Result<(), ServiceError> {
    let answer = signer.cancel_signing_profile().profile_name(name).send().await;
    answer.map(drop).map_err(|error| ServiceError::of("CancelSigningProfile", error))
}

fn version(operation: &'static str, arn: Option<&str>) -> Result<ProfileVersionArn, ServiceError> {
    arn.ok_or_else(|| ServiceError::without(operation, "profileVersionArn"))?
        .parse()
        .map_err(|error| ServiceError::malformed(operation, "profileVersionArn", &error))
}

/// A time of an answer.
pub(crate) fn time_of(
    operation: &'static str,
    time: aws_sdk_signer::primitives::DateTime,
) -> Result<Timestamp, ServiceError> {
    let nanoseconds = i32::try_from(time.subsec_nanos()).unwrap_or(0);
    Timestamp::new(time.secs(), nanoseconds)
        .map_err(|error| ServiceError::malformed(operation, "time", &error))
}

impl Status {
    fn read(operation: &'static str, status: Option<&SigningProfileStatus>) -> Result<Self, ServiceError> {
        match status.map(SigningProfileStatus::as_str) {
            Some("Active") => Ok(Self::Active),
            Some("Canceled") => Ok(Self::Canceled),
            Some("Revoked") => Ok(Self::Revoked),
            _ => Err(ServiceError::without(operation, "status that is known")),
        }
    }
}

impl Validity {
    fn read(period: SignatureValidityPeriod) -> Option<Self> {
        let unit = match period.r#type?.as_str() {
            "DAYS" => Unit::Days,
            "MONTHS" => Unit::Months,
            "YEARS" => Unit::Years,
            _ => return None,
        };
        Some(Self { value: u16::try_from(period.value).ok()?, unit })
    }

    fn written(self) -> SignatureValidityPeriod {
        let unit = match self.unit {
            Unit::Days => ValidityType::Days,
            Unit::Months => ValidityType::Months,
            Unit::Years => ValidityType::Years,
        };
        SignatureValidityPeriod::builder().value(i32::from(self.value)).r#type(unit).build()
    }
}

impl core::fmt::Display for Validity {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let unit = match self.unit {
            Unit::Days => "days",
            Unit::Months => "months",
            Unit::Years => "years",
        };
        write!(f, "{}{unit}", self.value)
    }
}
