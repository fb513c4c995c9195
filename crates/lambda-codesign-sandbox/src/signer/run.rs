//! The run of a job: a package is taken from S3, signed and put back.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lambda_codesign_core::digest::Threads;
use lambda_codesign_signing::envelope::{Statement, seal};
use lambda_codesign_signing::manifest::Manifest;
use lambda_codesign_signing::name::{JobArn, ProfileVersionArn};
use lambda_codesign_signing::prepare::{PrepareError, Prepared};

use super::platform::MOST_BYTES;
use super::records::{JOBS, JobRecord, Outcome};
use crate::s3::objects::{self, StoredObject};
use crate::store::{Blob, Store, StoreError, key};
use crate::world::World;

/// What a job's signature says beside the digest.
pub(super) struct Order {
    pub(super) job: JobArn,
    pub(super) profile_version: ProfileVersionArn,
    pub(super) signed_at: Timestamp,
    pub(super) expires: Timestamp,
}

/// Signs a package and puts it where the job has it. What hinders becomes the reason of a failed job, in a sentence.
pub(super) fn run(world: &World, record: &JobRecord, order: Order, source: &StoredObject) -> Outcome {
    let key = format!("{}{}.zip", record.destination.prefix, record.id);
    let put = |blob| {
        // The metadata of the source does not come along (BEHAVIOUR.md, aws-sam-cli 3846).
        objects::put(world, &record.destination.bucket_name, &key, blob, BTreeMap::new())
            .map_err(|error| error.to_string())
    };
    match signed(world, order, source.blob).and_then(put) {
        Ok(_) => Outcome::Signed { key },
        Err(reason) => Outcome::Failed { reason },
    }
}

/// The signed package, in the store and claimed by nobody. It is signed in the memory that it was read into.
fn signed(world: &World, order: Order, source: Blob) -> Result<Blob, String> {
    if source.size == 0 {
        return Err("The source object is empty.".into());
    }
    if source.size > MOST_BYTES {
        return Err("The source object is larger than the 250 MB that the platform signs.".into());
    }
    let package = world.store.blob_bytes(source).map_err(|error| error.to_string())?;
    let bytes = sign(world, order, package)?;
    world.store.store_blob(&bytes).map_err(|error| error.to_string())
}

fn sign(world: &World, order: Order, package: Vec<u8>) -> Result<Vec<u8>, String> {
    let prepared = Prepared::take(package, Manifest::Omit, Threads::One).map_err(|error| reason(&error))?;
    let credential =
        world.authority.issue(&world.store, order.signed_at).map_err(|error| error.to_string())?;
    let Order { job, profile_version, signed_at, expires } = order;
    let statement = Statement { job, profile_version, signed_at, expires };
    let signature =
        seal(credential, &statement, prepared.digest().inner()).map_err(|error| error.to_string())?;
    prepared.with_signature(&signature).map_err(|error| reason(&error))
}

fn reason(error: &PrepareError) -> String {
    match error {
        PrepareError::AlreadySigned => "The source object is already signed.".into(),
        PrepareError::Archive(_) | PrepareError::Records(_) => {
            format!("The source object is not a valid zip file: {error}.")
        }
        PrepareError::Manifest(_) | PrepareError::ManifestModes(_) | PrepareError::NoRoom => {
            format!("The source object can't be signed: {error}.")
        }
    }
}

/// Fails the jobs that ran when the process ended: nothing signs them any more.
pub(super) fn end_interrupted(store: &Store) -> Result<(), StoreError> {
    store.write(|write| {
        for (_, mut record) in write.scan(&JOBS, "", None, usize::MAX)?.records {
            match record.outcome {
                Outcome::Running => {
                    let reason = "The sandbox stopped while it signed.".into();
                    record.outcome = Outcome::Failed { reason };
                    write.put(&JOBS, &job_key(&record), &record)?;
                }
                Outcome::Signed { .. } | Outcome::Failed { .. } => {}
            }
        }
        Ok(())
    })
}

/// The key of a job's record.
pub(super) fn job_key(record: &JobRecord) -> String {
    let region = record.arn.split(':').nth(3).unwrap_or_default();
    key(&[region, &record.id])
}
