//! What Signer says of the jobs that signed what is deployed, each asked for once.

use std::collections::HashMap;

use lambda_codesign_core::claims::{AccountId, SigningJobArn};

use crate::connection::Connection;
use crate::job::{self, DescribedJob};
use crate::service::ServiceError;

/// What is known of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Job {
    /// As Signer describes it.
    Known(DescribedJob),
    /// Nothing, for this reason.
    Unknown(String),
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
    let elsewhere;
    let signer = if job.region() == connection.region() {
        &connection.signer
    } else {
        elsewhere = connection.in_region(job.region());
        &elsewhere.signer
    };
    match job::describe(signer, job.id()).await {
        Ok(described) => Ok(Job::Known(described)),
        Err(error) if error.is_unanswered() => Err(error),
        Err(error) => Ok(Job::Unknown(error.to_string())),
    }
}
