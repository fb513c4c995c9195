//! Signing jobs as they are looked at and revoked.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use jiff::Timestamp;
use lambda_codesign_signing::name::{ProfileName, ProfileVersion};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Signer;
use super::pages::PageRequest;
use super::permissions;
use super::platform::{LAMBDA, LAMBDA_DISPLAY};
use super::profiles::check_reason;
use super::records::{
    Action, JOBS, JOBS_OF, JobRecord, JobRevocation, Outcome, PROFILES, S3Source, profile_key,
};
use super::refusal::{Kind, Refusal};
use super::request::{Query, as_epoch, as_epoch_if_any, body, parsed, value};
use crate::sigv4::Caller;
use crate::store::{Read, StoreError, Write, below, key};
use crate::world::World;

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum JobStatus {
    InProgress,
    Succeeded,
    Failed,
}

impl JobRecord {
    fn status(&self, now: Timestamp) -> JobStatus {
        match self.outcome {
            Outcome::Running => JobStatus::InProgress,
            Outcome::Signed { .. } | Outcome::Failed { .. } if now < self.completes => JobStatus::InProgress,
            Outcome::Signed { .. } => JobStatus::Succeeded,
            Outcome::Failed { .. } => JobStatus::Failed,
        }
    }
}

/// What both answers show of a job.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JobFacts {
    job_id: String,
    source: SourceAnswer,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_object: Option<Value>,
    #[serde(serialize_with = "as_epoch")]
    created_at: Timestamp,
    status: JobStatus,
    profile_name: ProfileName,
    profile_version: ProfileVersion,
    platform_id: &'static str,
    platform_display_name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_epoch_if_any")]
    signature_expires_at: Option<Timestamp>,
    job_owner: String,
    job_invoker: String,
}

#[derive(Serialize)]
struct SourceAnswer {
    s3: S3Source,
}

impl JobFacts {
    fn of(record: &JobRecord, now: Timestamp) -> Self {
        let status = record.status(now);
        let signed = match (&record.outcome, status) {
            (Outcome::Signed { key }, JobStatus::Succeeded) => Some(key),
            (Outcome::Signed { .. } | Outcome::Running | Outcome::Failed { .. }, _) => None,
        };
        Self {
            job_id: record.id.clone(),
            source: SourceAnswer { s3: record.source.clone() },
            signature_expires_at: signed.map(|_| record.expires),
            signed_object: signed
                .map(|key| json!({ "s3": { "bucketName": record.destination.bucket_name, "key": key } })),
            created_at: record.created,
            status,
            profile_name: record.profile_name.clone(),
            profile_version: record.profile_version.clone(),
            platform_id: LAMBDA,
            platform_display_name: LAMBDA_DISPLAY,
            job_owner: record.owner.clone(),
            job_invoker: record.invoker.clone(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DescribeAnswer {
    #[serde(flatten)]
    facts: JobFacts,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_epoch_if_any")]
    completed_at: Option<Timestamp>,
    requested_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation_record: Option<RevocationAnswer>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RevocationAnswer {
    reason: String,
    #[serde(serialize_with = "as_epoch")]
    revoked_at: Timestamp,
    revoked_by: String,
}

/// Who asked for a job: the root of the account, as the sandbox knows no other identity.
fn requested_by(record: &JobRecord) -> String {
    format!("arn:aws:iam::{}:root", record.invoker)
}

fn not_found(id: &str) -> Refusal {
    Refusal::new(Kind::ResourceNotFound, format!("Signing job {id} not found"))
}

/// DescribeSigningJob.
pub(super) async fn describe(State(signer): State<Signer>, Path(id): Path<String>) -> Response {
    signer
        .carry_out(move |world, caller| {
            let found = world.store.read(|read| read.get(&JOBS, &key(&[&caller.region, &id])))?;
            let record = found
                .filter(|record| [&record.owner, &record.invoker].contains(&&caller.account))
                .ok_or_else(|| not_found(&id))?;
            Ok(described(record, world.now()))
        })
        .await
}

fn described(record: JobRecord, now: Timestamp) -> DescribeAnswer {
    let over = record.status(now) != JobStatus::InProgress;
    let facts = JobFacts::of(&record, now);
    let (requested_by, completed_at) = (requested_by(&record), over.then_some(record.completes));
    let status_reason = match record.outcome {
        Outcome::Failed { reason } if over => Some(reason),
        Outcome::Signed { .. } if over => Some("Signing Succeeded".to_owned()),
        Outcome::Running | Outcome::Signed { .. } | Outcome::Failed { .. } => None,
    };
    let revocation_record = record.revocation.map(|revocation| RevocationAnswer {
        reason: revocation.reason,
        revoked_at: revocation.revoked_at,
        revoked_by: revocation.by,
    });
    DescribeAnswer { facts, completed_at, requested_by, status_reason, revocation_record }
}

/// Which jobs a list shows; what is absent leaves nothing out.
struct Wanted {
    status: Option<JobStatus>,
    platform: Option<String>,
    requested_by: Option<String>,
    invoker: Option<String>,
    revoked: Option<bool>,
    expires_before: Option<Timestamp>,
    expires_after: Option<Timestamp>,
}

impl Wanted {
    fn of(query: &Query) -> Result<Self, Refusal> {
        let status = value(query, "status").map(|status| match status {
            "InProgress" => Ok(JobStatus::InProgress),
            "Succeeded" => Ok(JobStatus::Succeeded),
            "Failed" => Ok(JobStatus::Failed),
            _ => Err(Refusal::validation("The value of status is not valid.")),
        });
        let text = |key| value(query, key).map(str::to_owned);
        Ok(Self {
            status: status.transpose()?,
            platform: text("platformId"),
            requested_by: text("requestedBy"),
            invoker: text("jobInvoker"),
            revoked: parsed(query, "isRevoked")?,
            expires_before: parsed(query, "signatureExpiresBefore")?,
            expires_after: parsed(query, "signatureExpiresAfter")?,
        })
    }

    fn has(&self, record: &JobRecord, facts: &JobFacts) -> bool {
        let expires = facts.signature_expires_at;
        let is = |wanted: &Option<String>, own: &str| wanted.as_deref().is_none_or(|wanted| wanted == own);
        self.status.is_none_or(|status| status == facts.status)
            && is(&self.platform, LAMBDA)
            && is(&self.requested_by, &requested_by(record))
            && is(&self.invoker, &record.invoker)
            && self.revoked.is_none_or(|revoked| revoked == record.revocation.is_some())
            && self.expires_before.is_none_or(|limit| expires.is_some_and(|expires| expires < limit))
            && self.expires_after.is_none_or(|limit| expires.is_some_and(|expires| expires > limit))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedJob {
    #[serde(flatten)]
    facts: JobFacts,
    is_revoked: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListAnswer {
    jobs: Vec<ListedJob>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// ListSigningJobs: the jobs that the caller owns or started, the newest first.
pub(super) async fn list(State(signer): State<Signer>, query: Query) -> Response {
    signer
        .carry_out(move |world, caller| {
            let (page, wanted, now) = (PageRequest::of(&query)?, Wanted::of(&query)?, world.now());
            let keep = |read: &Read, id: String| {
                let Some(record) = read.get(&JOBS, &key(&[&caller.region, &id]))? else { return Ok(None) };
                let facts = JobFacts::of(&record, now);
                let is_revoked = record.revocation.is_some();
                Ok::<_, StoreError>(wanted.has(&record, &facts).then_some(ListedJob { facts, is_revoked }))
            };
            let prefix = below(&[&caller.account, &caller.region]);
            let found = world.store.read(|read| page.find(read, (&JOBS_OF, &prefix), keep))?;
            Ok(ListAnswer { jobs: found.found, next_token: found.next })
        })
        .await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RevokeBody {
    reason: String,
    #[serde(default)]
    job_owner: Option<String>,
}

/// RevokeSignature.
pub(super) async fn revoke(State(signer): State<Signer>, Path(id): Path<String>, bytes: Bytes) -> Response {
    signer
        .carry_out(move |world, caller| {
            let asked = body::<RevokeBody>(&bytes)?;
            check_reason(&asked.reason)?;
            let owner = asked.job_owner.as_deref().unwrap_or(&caller.account);
            revoke_signature(world, caller, (owner, &id), asked.reason.clone())
        })
        .await
}

fn revoke_signature(
    world: &World,
    caller: &Caller,
    (owner, id): (&str, &str),
    reason: String,
) -> Result<Value, Refusal> {
    let now = world.now();
    world.store.write(|write| {
        let place = key(&[&caller.region, id]);
        let found = write.get(&JOBS, &place)?.filter(|record| record.owner == owner);
        let mut record = found.ok_or_else(|| not_found(id))?;
        if !may_revoke(write, caller, &record)? {
            let message = format!("Account {owner} does not let this account revoke its signatures.");
            return Err(Refusal::new(Kind::AccessDenied, message));
        }
        if record.status(now) != JobStatus::Succeeded {
            return Err(Refusal::validation(format!("Signing job {id} has no signature to revoke.")));
        }
        let by = caller.account.clone();
        // What was revoked first stays on record.
        record.revocation.get_or_insert(JobRevocation { reason, revoked_at: now, by });
        write.put(&JOBS, &place, &record)?;
        Ok(json!({}))
    })
}

fn may_revoke(write: &Write, caller: &Caller, record: &JobRecord) -> Result<bool, StoreError> {
    if record.owner == caller.account {
        return Ok(true);
    }
    let profile = write.get(&PROFILES, &profile_key(caller, &record.owner, &record.profile_name))?;
    Ok(profile.is_some_and(|profile| permissions::allow(&profile, caller, Action::RevokeSignature)))
}
