//! What Signer says of the jobs that signed what is deployed, each asked for once.

use std::collections::HashMap;

use jiff::Timestamp;
use lambda_codesign_core::claims::{AccountId, SigningJobArn};

use crate::connection::Connection;
use crate::profile::time_of;
use crate::service::ServiceError;

/// What is known of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Job {
    /// As Signer describes it.
    Known {
        /// When it was done.
        completed: Option<Timestamp>,
        /// When its signature ends.
        expires: Option<Timestamp>,
        /// Whether its signature is revoked.
        revoked: Revoked,
    },
    /// Nothing, for this reason.
    Unknown(String),
}

/// Whether a signature is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Revoked {
    Yes,
    No,
}

/// The jobs that were asked for.
#[derive(Default)]
pub(super) struct Jobs(HashMap<SigningJobArn, Job>);

impl Jobs {
    /// Describes a job, unless that was done before.
    pub(super) async fn get(
        &mut self,
        connection: &Connection,
        own: &AccountId,
        job: &SigningJobArn,
    ) -> Result<Job, ServiceError> {
        if let Some(known) = self.0.get(job) {
            return Ok(known.clone());
        }
        let found = if job.account() == own {
            describe(connection, job).await?
        } else {
            Job::Unknown(format!("its job belongs to the account {}", job.account().as_str()))
        };
        self.0.insert(job.clone(), found.clone());
        Ok(found)
    }
}

async fn describe(connection: &Connection, job: &SigningJobArn) -> Result<Job, ServiceError> {
    const CALL: &str = "DescribeSigningJob";
    let elsewhere;
    let signer = if job.region() == connection.region() {
        &connection.signer
    } else {
        elsewhere = connection.in_region(job.region());
        &elsewhere.signer
    };
    let answer = match signer.describe_signing_job().job_id(job.id()).send().await {
        Ok(answer) => answer,
        Err(error) => {
            let error = ServiceError::of(CALL, error);
            return if error.is_unanswered() { Err(error) } else { Ok(Job::Unknown(error.to_string())) };
        }
    };
    let time = |time: Option<_>| time.map(|time| time_of(CALL, time)).transpose();
    Ok(Job::Known {
        completed: time(answer.completed_at)?,
        expires: time(answer.signature_expires_at)?,
        revoked: if answer.revocation_record.is_some() { Revoked::Yes } else { Revoked::No },
    })
}
