//! Signing jobs: started once, and waited for.

use std::time::Duration;

use aws_sdk_signer::Client;
use aws_sdk_signer::operation::describe_signing_job::DescribeSigningJobOutput;
use aws_sdk_signer::types::{Destination, S3Destination, S3SignedObject, S3Source, SigningStatus, Source};
use jiff::Timestamp;
use lambda_codesign_core::claims::AccountId;
use lambda_codesign_core::text::Hex;
use sha2::{Digest as _, Sha256};

use super::{Desk, Listener, Reuse, SigningError, Step, Unsigned};
use crate::connection::Connection;
use crate::object::ObjectVersion;
use crate::profile::time_of;
use crate::service::ServiceError;
use crate::wait::{Deadline, Pauses};

/// So many earlier jobs are passed over before it is given up: each failed, was revoked or is old.
const ATTEMPTS: u32 = 16;
/// A job is unknown for some seconds after its start (BEHAVIOUR.md "Signer", DescribeSigningJob).
const UNKNOWN_FOR: Duration = Duration::from_secs(30);
/// What the clocks of this machine and of the service may differ by.
const CLOCKS: Duration = Duration::from_secs(5);

/// A job that is over, as Signer describes it.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) id: String,
    pub(super) owner: Option<AccountId>,
    pub(super) object: Option<S3SignedObject>,
    state: State,
    created: Option<Timestamp>,
    completed: Option<Timestamp>,
    expires: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    InProgress,
    Succeeded,
    Revoked,
    Failed(String),
}

impl Desk {
    /// The job that signed this package: one that was started before, or a new one.
    pub(super) async fn done_job(
        &self,
        connection: &Connection,
        package: &Unsigned,
        source: &ObjectVersion,
        listener: Listener<'_>,
    ) -> Result<Job, SigningError> {
        let began = Timestamp::now();
        for attempt in 0..ATTEMPTS {
            let id = self.start(connection, package, source, attempt).await?;
            listener(Step::Started(id.clone()));
            let job = wait(&connection.signer, &id, Deadline::after(self.how.patience)).await?;
            match &job.state {
                State::Succeeded if self.lives(&job, began) => return Ok(job),
                State::Failed(reason) if job.is_of(began) => {
                    return Err(SigningError::Failed { job: id, reason: reason.clone() });
                }
                State::InProgress | State::Succeeded | State::Revoked | State::Failed(_) => {}
            }
        }
        Err(SigningError::Exhausted { attempts: ATTEMPTS })
    }

    async fn start(
        &self,
        connection: &Connection,
        package: &Unsigned,
        source: &ObjectVersion,
        attempt: u32,
    ) -> Result<String, SigningError> {
        const CALL: &str = "StartSigningJob";
        let prefix = self.signed_prefix(package);
        let from = S3Source::builder().bucket_name(&source.bucket).key(&source.key).version(&source.version);
        let from = from.build().map_err(|error| SigningError::Start(ServiceError::unsent(CALL, &error)))?;
        let to = S3Destination::builder().bucket_name(&self.bucket).prefix(&prefix).build();
        let answer = connection
            .signer
            .start_signing_job()
            .profile_name(&self.profile.name)
            .set_profile_owner(self.owner.as_ref().map(|owner| owner.as_str().to_owned()))
            .source(Source::builder().s3(from).build())
            .destination(Destination::builder().s3(to).build())
            .client_request_token(self.token(&prefix, source, attempt))
            .send()
            .await
            .map_err(|error| SigningError::Start(ServiceError::of(CALL, error)))?;
        answer.job_id.ok_or_else(|| SigningError::Start(ServiceError::without(CALL, "jobId")))
    }

    /// The same request has the same token, so that it starts no second job.
    fn token(&self, prefix: &str, source: &ObjectVersion, attempt: u32) -> String {
        let run = match self.how.reuse {
            Reuse::Living => String::new(),
            Reuse::Never => format!("{:016x}", fastrand::u64(..)),
        };
        let ObjectVersion { bucket, key, version } = source;
        let asked = [
            self.profile.version.as_str(),
            bucket,
            key,
            version,
            &self.bucket,
            prefix,
            &attempt.to_string(),
            &run,
        ];
        Hex(&Sha256::digest(asked.join("\n"))).to_string()
    }

    /// Whether a job's signature is worth taking: it was made in this run, or half of its life or more is left.
    pub(super) fn lives(&self, job: &Job, now: Timestamp) -> bool {
        if job.state != State::Succeeded {
            return false;
        }
        let (Some(from), Some(until)) = (job.completed.or(job.created), job.expires) else {
            return job.is_of(now);
        };
        let (life, left) = (until.duration_since(from), until.duration_since(now));
        job.is_of(now) || left.saturating_add(left) >= life
    }
}

/// Describes a job.
pub(super) async fn describe(signer: &Client, id: &str) -> Result<Job, ServiceError> {
    const CALL: &str = "DescribeSigningJob";
    let answer = signer.describe_signing_job().job_id(id).send().await;
    Job::read(CALL, id, answer.map_err(|error| ServiceError::of(CALL, error))?)
}

async fn wait(signer: &Client, id: &str, deadline: Deadline) -> Result<Job, SigningError> {
    let known = Deadline::after(UNKNOWN_FOR);
    let mut pauses = Pauses::default();
    loop {
        match describe(signer, id).await {
            Ok(job) if job.state != State::InProgress => return Ok(job),
            Ok(_) => {}
            Err(error) if error.has_status(404) && !known.left().is_zero() => {}
            Err(error) => return Err(SigningError::Poll { job: id.to_owned(), error }),
        }
        pauses.pause(deadline).await.map_err(|_| SigningError::Overdue { job: id.to_owned() })?;
    }
}

impl Job {
    fn read(operation: &'static str, id: &str, from: DescribeSigningJobOutput) -> Result<Self, ServiceError> {
        let state = match from.status {
            Some(SigningStatus::InProgress) => State::InProgress,
            Some(SigningStatus::Succeeded) if from.revocation_record.is_some() => State::Revoked,
            Some(SigningStatus::Succeeded) => State::Succeeded,
            Some(SigningStatus::Failed) => State::Failed(from.status_reason.unwrap_or_default()),
            _ => return Err(ServiceError::without(operation, "status that is known")),
        };
        let time = |time: Option<_>| time.map(|time| time_of(operation, time)).transpose();
        Ok(Self {
            id: id.to_owned(),
            owner: from.job_owner.and_then(|owner| owner.parse().ok()),
            object: from.signed_object.and_then(|object| object.s3),
            state,
            created: time(from.created_at)?,
            completed: time(from.completed_at)?,
            expires: time(from.signature_expires_at)?,
        })
    }

    /// Whether it was started since then, as far as clocks agree.
    fn is_of(&self, began: Timestamp) -> bool {
        let earliest = began.checked_sub(CLOCKS).unwrap_or(began);
        self.created.is_none_or(|created| created >= earliest)
    }
}
