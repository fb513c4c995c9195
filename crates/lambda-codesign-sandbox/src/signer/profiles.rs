//! Signing profiles.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use jiff::Timestamp;
use lambda_codesign_signing::name::{ProfileName, ProfileVersion};
use serde::{Deserialize, Serialize};

use super::pages::PageRequest;
use super::platform::{self, LAMBDA, LAMBDA_DISPLAY};
use super::records::{
    Action, PROFILES, ProfileRecord, ProfileRevocation, ProfileStatus, ValidityPeriod, profile_key, site,
};
use super::refusal::{Kind, Refusal};
use super::request::{Query, as_epoch, body, epoch, value, values};
use super::tags::check_tags;
use super::{Signer, permissions};
use crate::sigv4::Caller;
use crate::store::{Read, StoreError, Write, below};
use crate::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PutBody {
    platform_id: String,
    #[serde(default)]
    signature_validity_period: Option<ValidityPeriod>,
    #[serde(default)]
    signing_parameters: BTreeMap<String, String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PutAnswer {
    arn: String,
    profile_version: ProfileVersion,
    profile_version_arn: String,
}

/// PutSigningProfile.
pub(super) async fn put(State(signer): State<Signer>, Path(name): Path<String>, bytes: Bytes) -> Response {
    signer.carry_out(move |world, caller| create(world, caller, &name, body(&bytes)?)).await
}

fn create(world: &World, caller: &Caller, name: &str, asked: PutBody) -> Result<PutAnswer, Refusal> {
    let name = parse_name(name)?;
    if asked.platform_id != LAMBDA {
        return Err(platform::unknown(Kind::Validation));
    }
    let validity = asked.signature_validity_period.unwrap_or(ValidityPeriod::DEFAULT);
    validity.validity().map_err(|error| Refusal::validation(error.to_string()))?;
    check_tags(&asked.tags, Kind::Validation)?;
    let (site, version) = (site(caller, &caller.account)?, fresh_version()?);
    let record = ProfileRecord {
        arn: format!("{site}:/signing-profiles/{name}"),
        version_arn: site.profile_version(&name, &version).as_str().to_owned(),
        owner: caller.account.clone(),
        validity,
        canceled: None,
        revocation: None,
        signing_parameters: asked.signing_parameters,
        tags: asked.tags,
        permissions: Vec::new(),
        revision: None,
        name,
        version,
    };
    world.store.write(|write| {
        let place = profile_key(caller, &caller.account, &record.name);
        if write.get(&PROFILES, &place)?.is_some() {
            return Err(Refusal::validation(format!("Profile with name {} already exists", record.name)));
        }
        Ok(write.put(&PROFILES, &place, &record)?)
    })?;
    let ProfileRecord { arn, version, version_arn, .. } = record;
    Ok(PutAnswer { arn, profile_version: version, profile_version_arn: version_arn })
}

/// Ten of a random UUID's hexadecimal digits.
fn fresh_version() -> Result<ProfileVersion, Refusal> {
    let digits: String = uuid::Uuid::new_v4().simple().to_string().chars().take(10).collect();
    digits.parse().map_err(|_| Refusal::new(Kind::InternalServiceError, "No profile version could be made."))
}

pub(super) fn parse_name(name: &str) -> Result<ProfileName, Refusal> {
    name.parse().map_err(|_| {
        Refusal::validation("The profile name is not of 2 to 64 letters, digits and underscores.")
    })
}

fn not_found(name: &ProfileName) -> Refusal {
    Refusal::new(Kind::ResourceNotFound, format!("Signing profile {name} not found"))
}

/// A profile, where it is the caller's own or its owner lets the caller do this.
pub(super) fn visible(
    read: &Read,
    caller: &Caller,
    (owner, name): (&str, &ProfileName),
    action: Action,
) -> Result<ProfileRecord, Refusal> {
    let record = read.get(&PROFILES, &profile_key(caller, owner, name))?;
    if owner == caller.account {
        return record.ok_or_else(|| not_found(name));
    }
    // Whoever is not let in does not learn whether there is one.
    record.filter(|record| permissions::allow(record, caller, action)).ok_or_else(|| {
        Refusal::new(
            Kind::AccessDenied,
            format!("Account {owner} grants no such access to the profile {name}."),
        )
    })
}

/// Changes a profile of the caller's own.
pub(super) fn change<T>(
    world: &World,
    caller: &Caller,
    name: &ProfileName,
    change: impl FnOnce(&mut ProfileRecord) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    world.store.write(|write: &Write| {
        let place = profile_key(caller, &caller.account, name);
        let mut record = write.get(&PROFILES, &place)?.ok_or_else(|| not_found(name))?;
        let answer = change(&mut record)?;
        write.put(&PROFILES, &place, &record)?;
        Ok(answer)
    })
}

/// A profile as both its answers and lists of profiles show it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProfileAnswer {
    profile_name: ProfileName,
    profile_version: ProfileVersion,
    profile_version_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation_record: Option<RevocationAnswer>,
    platform_id: &'static str,
    platform_display_name: &'static str,
    signature_validity_period: ValidityPeriod,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    signing_parameters: BTreeMap<String, String>,
    status: ProfileStatus,
    arn: String,
    tags: BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RevocationAnswer {
    #[serde(serialize_with = "as_epoch")]
    revocation_effective_from: Timestamp,
    #[serde(serialize_with = "as_epoch")]
    revoked_at: Timestamp,
    revoked_by: String,
}

impl From<ProfileRecord> for ProfileAnswer {
    fn from(record: ProfileRecord) -> Self {
        Self {
            status: record.status(),
            profile_name: record.name,
            profile_version: record.version,
            profile_version_arn: record.version_arn,
            revocation_record: record.revocation.map(|revocation| RevocationAnswer {
                revocation_effective_from: revocation.effective,
                revoked_at: revocation.revoked_at,
                revoked_by: revocation.by,
            }),
            platform_id: LAMBDA,
            platform_display_name: LAMBDA_DISPLAY,
            signature_validity_period: record.validity,
            signing_parameters: record.signing_parameters,
            arn: record.arn,
            tags: record.tags,
        }
    }
}

/// GetSigningProfile.
pub(super) async fn get(State(signer): State<Signer>, Path(name): Path<String>, query: Query) -> Response {
    signer
        .carry_out(move |world, caller| {
            let name = parse_name(&name)?;
            let owner = value(&query, "profileOwner").unwrap_or(&caller.account);
            let visible = |read: &_| visible(read, caller, (owner, &name), Action::GetSigningProfile);
            world.store.read(visible).map(ProfileAnswer::from)
        })
        .await
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListAnswer {
    profiles: Vec<ProfileAnswer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// ListSigningProfiles.
pub(super) async fn list(State(signer): State<Signer>, query: Query) -> Response {
    signer
        .carry_out(move |world, caller| {
            let page = PageRequest::of(&query)?;
            let shown = statuses(&query)?;
            let platform = value(&query, "platformId").is_none_or(|platform| platform == LAMBDA);
            let keep = |_: &Read, mut record: ProfileRecord| {
                // Revocation records are GetSigningProfile's alone.
                let kept = platform && shown.contains(&record.status());
                let status = record.status();
                record.revocation = None;
                let answer = ProfileAnswer { status, ..ProfileAnswer::from(record) };
                Ok::<_, StoreError>(kept.then_some(answer))
            };
            let prefix = below(&[&caller.account, &caller.region]);
            let found = world.store.read(|read| page.find(read, (&PROFILES, &prefix), keep))?;
            Ok(ListAnswer { profiles: found.found, next_token: found.next })
        })
        .await
}

/// The statuses that a list shows: those that are named, else the active ones, and the canceled ones on demand.
fn statuses(query: &Query) -> Result<Vec<ProfileStatus>, Refusal> {
    let named = values(query, "statuses").map(|status| match status {
        "Active" => Ok(ProfileStatus::Active),
        "Canceled" => Ok(ProfileStatus::Canceled),
        "Revoked" => Ok(ProfileStatus::Revoked),
        _ => Err(Refusal::validation("The value of statuses is not valid.")),
    });
    let mut shown = named.collect::<Result<Vec<_>, _>>()?;
    if shown.is_empty() {
        shown.push(ProfileStatus::Active);
    }
    if value(query, "includeCanceled") == Some("true") {
        shown.push(ProfileStatus::Canceled);
    }
    Ok(shown)
}

/// CancelSigningProfile.
pub(super) async fn cancel(State(signer): State<Signer>, Path(name): Path<String>) -> Response {
    signer
        .carry_out(move |world, caller| {
            let (name, now) = (parse_name(&name)?, world.now());
            change(world, caller, &name, |record| {
                if record.revocation.is_some() {
                    return Err(Refusal::validation(format!(
                        "Signing Profile {name} cannot be canceled because it has been revoked. A revoked profile \
                         cannot be canceled."
                    )));
                }
                record.canceled.get_or_insert(now);
                Ok(serde_json::json!({}))
            })
        })
        .await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RevokeBody {
    profile_version: String,
    reason: String,
    effective_time: f64,
}

/// RevokeSigningProfile.
pub(super) async fn revoke(State(signer): State<Signer>, Path(name): Path<String>, bytes: Bytes) -> Response {
    signer
        .carry_out(move |world, caller| {
            let (name, asked) = (parse_name(&name)?, body::<RevokeBody>(&bytes)?);
            check_reason(&asked.reason)?;
            let effective = epoch(asked.effective_time)
                .ok_or_else(|| Refusal::validation("The value of effectiveTime is not valid."))?;
            let (revoked_at, by) = (world.now(), caller.account.clone());
            let revocation = ProfileRevocation { effective, revoked_at, by, reason: asked.reason };
            change(world, caller, &name, |record| {
                if record.version.as_str() != asked.profile_version {
                    return Err(not_found(&name));
                }
                record.revocation = Some(revoked(record.revocation.as_ref(), revocation)?);
                Ok(serde_json::json!({}))
            })
        })
        .await
}

/// A revocation's effective time lies in the past, and moves only earlier (BEHAVIOUR.md "Signer").
fn revoked(before: Option<&ProfileRevocation>, now: ProfileRevocation) -> Result<ProfileRevocation, Refusal> {
    if now.effective > now.revoked_at {
        return Err(Refusal::validation("The effective time of a revocation must be in the past."));
    }
    if before.is_some_and(|before| now.effective > before.effective) {
        return Err(Refusal::validation("The effective time of a revocation can only be moved earlier."));
    }
    Ok(now)
}

/// The model's `RevocationReasonString`.
pub(super) fn check_reason(reason: &str) -> Result<(), Refusal> {
    if (1..=500).contains(&reason.chars().count()) {
        return Ok(());
    }
    Err(Refusal::validation("The reason is not of 1 to 500 characters."))
}

#[cfg(test)]
mod tests {
    use super::{ProfileRevocation, revoked};

    fn revocation(effective: &str) -> ProfileRevocation {
        ProfileRevocation {
            effective: effective.parse().unwrap(),
            revoked_at: "2026-11-25T00:00:00Z".parse().unwrap(),
            by: "123456789012".into(),
            reason: "a test".into(),
        }
    }

    #[test]
    fn a_revocation_lies_in_the_past_and_moves_only_earlier() {
        let [early, late] = ["2026-11-01T00:00:00Z", "2026-11-20T00:00:00Z"].map(revocation);
        assert!(revoked(None, revocation("2026-11-26T00:00:00Z")).is_err());
        assert_eq!(revoked(None, late.clone()), Ok(late.clone()));
        assert_eq!(revoked(Some(&late), early.clone()), Ok(early.clone()));
        assert_eq!(revoked(Some(&late), late.clone()), Ok(late.clone()));
        assert!(revoked(Some(&early), late).is_err());
    }
}
