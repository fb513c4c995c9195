//! What a job signed, verified before anyone gets it.

use jiff::Timestamp;
use lambda_codesign_core::archive::{Archive, ArchiveError, Limits};
use lambda_codesign_core::claims::{AccountId, SigningJobArn};
use lambda_codesign_core::digest::Threads;
use lambda_codesign_core::policy::Evidence;
use lambda_codesign_core::verdict::{Decision, Outcome, Verdict};

use super::job::{self, Job};
use super::package::Content;
use super::{Desk, Reuse, SigningError, Unsigned};
use crate::connection::Connection;
use crate::object::{self, ObjectError, ObjectVersion};
use crate::service::ServiceError;

/// A signed package.
///
/// Holding one proves that it verified under the very profile version that was asked for, that the job which signed it
/// is the one that was started, and that names and bodies are those that were sent.
#[derive(Clone, Debug)]
pub struct Signed {
    bytes: Vec<u8>,
    verdict: Verdict,
    job: SigningJobArn,
    /// Where it lies in the bucket.
    pub object: ObjectVersion,
    /// Whether this run's job signed it.
    pub origin: Origin,
    /// The objects that were to be deleted and are still there.
    pub left: Vec<(ObjectVersion, ServiceError)>,
}

/// Which job signed a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The one that was asked for.
    Asked,
    /// An earlier one, of the same content and profile version.
    Earlier,
}

/// How what came back is not what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// The job names no signed object, or one elsewhere.
    #[error("the job did not write to where it was told")]
    Elsewhere,
    /// It does not verify.
    #[error("it does not verify: {0}")]
    Verdict(String),
    /// Another job signed it.
    #[error("the job {found} signed it")]
    OtherJob {
        /// The job in the signature.
        found: SigningJobArn,
    },
    /// It holds something else.
    #[error("its files are not those that were sent")]
    OtherContent,
    /// It can't be unpacked again.
    #[error("it can't be read: {0}")]
    Archive(#[from] ArchiveError),
}

impl Signed {
    /// The zip.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The zip, to be kept.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// What it was verified to be.
    #[must_use]
    pub const fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// The job that signed it.
    #[must_use]
    pub const fn job(&self) -> &SigningJobArn {
        &self.job
    }
}

impl Desk {
    /// What an earlier job of the same content and profile version signed, if it is still good. Whatever speaks
    /// against it, or keeps it from being looked at, is a reason to sign anew and none to fail.
    pub(super) async fn signed_before(&self, connection: &Connection, package: &Unsigned) -> Option<Signed> {
        if self.how.reuse == Reuse::Never {
            return None;
        }
        let prefix = self.signed_prefix(package);
        let keys = object::keys(&connection.s3, &self.bucket, &prefix).await.ok()?;
        for key in keys {
            let id = key.strip_prefix(&prefix).and_then(|name| name.strip_suffix(".zip"));
            let Some(id) = id else { continue };
            let Ok(job) = job::describe(&connection.signer, id).await else { continue };
            if !self.lives(&job, Timestamp::now()) {
                continue;
            }
            if let Ok(signed) = self.collect(connection, package, &job).await {
                return Some(Signed { origin: Origin::Earlier, ..signed });
            }
        }
        None
    }

    /// Fetches what a job signed, and verifies it.
    pub(super) async fn collect(
        &self,
        connection: &Connection,
        package: &Unsigned,
        job: &Job,
    ) -> Result<Signed, SigningError> {
        let wrong = |why| SigningError::NotAsAsked { job: job.id.clone(), why };
        let key = format!("{}{}.zip", self.signed_prefix(package), job.id);
        let written = job.object.as_ref().and_then(|object| Some((object.bucket_name()?, object.key()?)));
        if written != Some((self.bucket.as_str(), key.as_str())) {
            return Err(wrong(Mismatch::Elsewhere));
        }
        let (bytes, object) = self.fetch(connection, &key).await.map_err(SigningError::Collect)?;
        let (desk, sent, id) = (self.clone(), package.content(), job.id.clone());
        let owner = job.owner.clone();
        let verified = tokio::task::spawn_blocking(move || {
            let verdict = desk.verify(&bytes)?;
            let job = signed_by(&verdict, &id, owner.as_ref())?;
            let holds = Content::of(&Archive::parse(&bytes, &Limits::default())?)?;
            if holds == sent { Ok((bytes, verdict, job)) } else { Err(Mismatch::OtherContent) }
        });
        let (bytes, verdict, job) = verified.await.map_err(|_| SigningError::Stopped)?.map_err(wrong)?;
        Ok(Signed { bytes, verdict, job, object, origin: Origin::Asked, left: Vec::new() })
    }

    /// Reads the object, once more where it breaks off.
    async fn fetch(
        &self,
        connection: &Connection,
        key: &str,
    ) -> Result<(Vec<u8>, ObjectVersion), ObjectError> {
        let limit = usize::try_from(Limits::default().package_size).unwrap_or(usize::MAX);
        let mut left: u8 = 5;
        loop {
            match object::get(&connection.s3, &self.bucket, key, limit).await {
                Err(ObjectError::Broken(_)) if left > 0 => left = left.saturating_sub(1),
                other => return other,
            }
        }
    }

    fn verify(&self, bytes: &[u8]) -> Result<Verdict, Mismatch> {
        let evidence = Evidence { now: Timestamp::now(), revocations: None };
        let verdict = self.verifier.verify_on(Threads::One, bytes, evidence);
        if verdict.decision() == Decision::Allow {
            return Ok(verdict);
        }
        let why = verdict.judgement().against().find_map(|(_, outcome, _)| Outcome::message(outcome));
        Err(Mismatch::Verdict(why.unwrap_or_else(|| "it is not allowed".to_owned())))
    }
}

/// The job that the signature names, which must be the one that was started.
fn signed_by(verdict: &Verdict, id: &str, owner: Option<&AccountId>) -> Result<SigningJobArn, Mismatch> {
    let unverified = || Mismatch::Verdict("it is not verified".to_owned());
    let job = verdict.package().ok_or_else(unverified)?.claims().job().clone();
    let is_owner = owner.is_none_or(|owner| job.account() == owner);
    if job.id() == id && is_owner { Ok(job) } else { Err(Mismatch::OtherJob { found: job }) }
}
