//! StartSigningJob.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use lambda_codesign_signing::name::{JobId, ProfileName};
use serde::{Deserialize, Serialize};

use super::Signer;
use super::profiles::{parse_name, visible};
use super::records::{
    Action, Asked, JOBS, JOBS_OF, JobRecord, Outcome, ProfileRecord, ProfileStatus, S3Destination, S3Source,
    TOKENS, TokenRecord, newest_first, site,
};
use super::refusal::{Kind, Refusal};
use super::request::{body, to_millisecond};
use super::run::{Order, job_key, run};
use crate::s3::objects::{self, ObjectError, StoredObject, Versioning};
use crate::sigv4::Caller;
use crate::store::{Read, Write, key};
use crate::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StartBody {
    source: InS3<S3Source>,
    destination: InS3<S3Destination>,
    profile_name: String,
    client_request_token: String,
    #[serde(default)]
    profile_owner: Option<String>,
}

#[derive(Deserialize)]
struct InS3<T> {
    s3: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StartAnswer {
    job_id: String,
    job_owner: String,
}

/// StartSigningJob.
pub(super) async fn start(State(signer): State<Signer>, bytes: Bytes) -> Response {
    signer
        .carry_out(move |world, caller| {
            let asked = body::<StartBody>(&bytes)?;
            let profile: ProfileName = parse_name(&asked.profile_name)?;
            let owner = asked.profile_owner.unwrap_or_else(|| caller.account.clone());
            let token = key(&[&caller.account, &caller.region, checked_token(&asked.client_request_token)?]);
            let asked = Asked { source: asked.source.s3, destination: asked.destination.s3, profile, owner };
            begin(world, caller, &token, asked)
        })
        .await
}

fn checked_token(token: &str) -> Result<&str, Refusal> {
    if token.is_empty() || token.len() > 256 || token.contains('\0') {
        return Err(Refusal::validation("The client request token is not valid."));
    }
    Ok(token)
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(Kind::InvalidJobParameters, message)
}

/// The job of a token that is known, else a new one, which runs to its end.
///
/// The job is on record before its signature exists, so that none is at large which can't be revoked.
fn begin(world: &World, caller: &Caller, token: &str, asked: Asked) -> Result<StartAnswer, Refusal> {
    if let Some(known) = world.store.read(|read| read.get(&TOKENS, token))? {
        return same_job(known, &asked);
    }
    let profile = signing_profile(world, caller, &asked)?;
    let source = source(world, caller, &asked)?;
    let (record, order) = job(world, caller, &asked, &profile)?;
    let claimed = world.store.write(|write| claim(write, caller, token, (&asked, &record)))?;
    if let Some(known) = claimed {
        return same_job(known, &asked);
    }
    let outcome = run(world, &record, order, &source);
    settle(world, &record, outcome)?;
    Ok(StartAnswer { job_id: record.id, job_owner: record.owner })
}

/// A token with the same parameters names the same job.
fn same_job(known: TokenRecord, asked: &Asked) -> Result<StartAnswer, Refusal> {
    if known.asked != *asked {
        return Err(Refusal::validation("The client request token was used before, with other parameters."));
    }
    Ok(StartAnswer { job_id: known.job, job_owner: known.asked.owner })
}

/// The profile, where the caller may sign with it and it still signs.
fn signing_profile(world: &World, caller: &Caller, asked: &Asked) -> Result<ProfileRecord, Refusal> {
    let named = (asked.owner.as_str(), &asked.profile);
    let profile = world.store.read(|read: &Read| visible(read, caller, named, Action::StartSigningJob))?;
    let name = &asked.profile;
    match profile.status() {
        ProfileStatus::Active => Ok(profile),
        ProfileStatus::Canceled => Err(Refusal::validation(format!("Signing Profile {name} is canceled."))),
        ProfileStatus::Revoked => Err(Refusal::validation(format!("Signing Profile {name} is revoked."))),
    }
}

/// The version of the object to sign, from a bucket that is fit for it, to one that is there.
fn source(world: &World, caller: &Caller, asked: &Asked) -> Result<StoredObject, Refusal> {
    let S3Source { bucket_name, key, version } = &asked.source;
    if version.is_empty() {
        return Err(invalid(format!(
            "The source object needs a version: enable versioning of the bucket {bucket_name}."
        )));
    }
    match regional_bucket(world, caller, bucket_name)?.versioning {
        Versioning::Enabled => {}
        Versioning::Never | Versioning::Suspended => {
            return Err(invalid(format!("The source bucket {bucket_name} is not version enabled.")));
        }
    }
    regional_bucket(world, caller, &asked.destination.bucket_name)?;
    objects::object(world, bucket_name, key, Some(version)).map_err(|error| in_words_of_jobs(&error, key))
}

fn regional_bucket(world: &World, caller: &Caller, name: &str) -> Result<objects::BucketFacts, Refusal> {
    let bucket = objects::bucket(world, name).map_err(|error| in_words_of_jobs(&error, name))?;
    if bucket.region != caller.region {
        return Err(invalid(format!(
            "The bucket {name} is in {} and the signing profile in {}.",
            bucket.region, caller.region
        )));
    }
    Ok(bucket)
}

fn in_words_of_jobs(error: &ObjectError, what: &str) -> Refusal {
    match error {
        ObjectError::NoSuchBucket | ObjectError::NoSuchKey | ObjectError::NoSuchVersion => {
            invalid(format!("{} ({what})", error.to_string().trim_end_matches('.')))
        }
        ObjectError::Store(error) => Refusal::new(Kind::InternalServiceError, error.to_string()),
    }
}

/// The record of a job that begins now, and what its signature is to say.
fn job(
    world: &World,
    caller: &Caller,
    asked: &Asked,
    profile: &ProfileRecord,
) -> Result<(JobRecord, Order), Refusal> {
    let internal = |message: String| Refusal::new(Kind::InternalServiceError, message);
    let id: JobId =
        uuid::Uuid::new_v4().to_string().parse().map_err(|_| internal("No job id could be made.".into()))?;
    let site = site(caller, &asked.owner)?;
    let now = to_millisecond(world.now());
    let end = profile.validity.validity().and_then(|validity| validity.end(now));
    let expires = end.map_err(|error| internal(error.to_string()))?;
    let completes: Timestamp = now.checked_add(world.job).map_err(|error| internal(error.to_string()))?;
    let job = site.job(&id);
    let record = JobRecord {
        id: id.as_str().to_owned(),
        arn: job.as_str().to_owned(),
        owner: asked.owner.clone(),
        invoker: caller.account.clone(),
        source: asked.source.clone(),
        destination: asked.destination.clone(),
        profile_name: profile.name.clone(),
        profile_version: profile.version.clone(),
        created: now,
        completes,
        expires,
        outcome: Outcome::Running,
        revocation: None,
    };
    let profile_version = site.profile_version(&profile.name, &profile.version);
    Ok((record, Order { job, profile_version, signed_at: now, expires }))
}

/// Puts a job on record, unless its token was claimed meanwhile: then what claimed it is answered.
fn claim(
    write: &Write,
    caller: &Caller,
    token: &str,
    (asked, record): (&Asked, &JobRecord),
) -> Result<Option<TokenRecord>, Refusal> {
    if let Some(known) = write.get(&TOKENS, token)? {
        return Ok(Some(known));
    }
    write.put(&TOKENS, token, &TokenRecord { job: record.id.clone(), asked: asked.clone() })?;
    write.put(&JOBS, &job_key(record), record)?;
    let place = newest_first(record.created, &record.id);
    for account in [&record.owner, &record.invoker] {
        write.put(&JOBS_OF, &key(&[account, &caller.region, &place]), &record.id)?;
    }
    Ok(None)
}

/// Keeps what came of a job beside what became of it meanwhile.
fn settle(world: &World, record: &JobRecord, outcome: Outcome) -> Result<(), Refusal> {
    let ended = to_millisecond(world.now());
    world.store.write(|write| {
        let place = job_key(record);
        if let Some(mut record) = write.get(&JOBS, &place)? {
            record.completes = record.completes.max(ended);
            record.outcome = outcome;
            write.put(&JOBS, &place, &record)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::{Asked, S3Destination, S3Source, TokenRecord, checked_token, same_job};

    fn asked(version: &str) -> Asked {
        Asked {
            source: S3Source {
                bucket_name: "source".into(),
                key: "code.zip".into(),
                version: version.into(),
            },
            destination: S3Destination { bucket_name: "signed".into(), prefix: String::new() },
            profile: "release".parse().unwrap(),
            owner: "123456789012".into(),
        }
    }

    #[test]
    fn a_token_stands_for_one_job_and_its_parameters() {
        let known = TokenRecord { job: "the job".into(), asked: asked("1") };
        assert_eq!(same_job(known.clone(), &asked("1")).unwrap().job_id, "the job");
        assert!(same_job(known, &asked("2")).is_err());
        for bad in ["", "a\0b", &"x".repeat(257)] {
            assert!(checked_token(bad).is_err(), "{bad:?}");
        }
        assert!(checked_token("7e1f").is_ok());
    }
}
