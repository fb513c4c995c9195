//! Buckets and their versioning.

use std::time::{Duration, SystemTime};

use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::objects::{self, Versioning};
use super::records::{BUCKETS, BucketRecord, UPLOADS, VERSIONS};
use super::service::Service;
use crate::sigv4::DEFAULT_REGION;
use crate::store::below;

/// What one region calls itself: no constraint at all.
const CLASSIC: &str = "us-east-1";

pub(super) async fn create(service: &Service, input: CreateBucketInput) -> S3Result<CreateBucketOutput> {
    let constraint = input.create_bucket_configuration.and_then(|config| config.location_constraint);
    let region = constraint.map_or_else(|| service.caller.region.clone(), |at| at.as_str().to_owned());
    let region = if region == "EU" { "eu-west-1".to_owned() } else { region };
    let (name, account) = (input.bucket, service.caller.account.clone());
    let location = format!("/{name}");
    let work = move |world: &crate::world::World| {
        let record = BucketRecord {
            region,
            account,
            created: world.now(),
            versioning: Versioning::Never,
            sequence: 0,
            tags: std::collections::BTreeMap::new(),
        };
        world.store.write(|write| match write.get(&BUCKETS, &name)? {
            None => Ok(write.put(&BUCKETS, &name, &record)?),
            Some(found) => again(&found, &record),
        })
    };
    service.run(work).await?;
    Ok(CreateBucketOutput { location: Some(location) })
}

/// A bucket that is there already: in the first region of all, its owner may make it again.
fn again(found: &BucketRecord, wanted: &BucketRecord) -> S3Result<()> {
    if found.account != wanted.account {
        return Err(S3Error::with_message(
            S3ErrorCode::BucketAlreadyExists,
            "The requested bucket name is not available.",
        ));
    }
    if found.region == CLASSIC && wanted.region == CLASSIC {
        return Ok(());
    }
    Err(S3Error::with_message(
        S3ErrorCode::BucketAlreadyOwnedByYou,
        "Your previous request to create the named bucket succeeded and you already own it.",
    ))
}

pub(super) async fn delete(service: &Service, input: DeleteBucketInput) -> S3Result<DeleteBucketOutput> {
    let name = input.bucket;
    let work = move |world: &crate::world::World| {
        world.store.write(|write| {
            if write.get(&BUCKETS, &name)?.is_none() {
                return Err(objects::ObjectError::NoSuchBucket.into());
            }
            let inside = below(&[&name]);
            let is_empty = write.scan(&VERSIONS, &inside, None, 1)?.records.is_empty()
                && write.scan(&UPLOADS, &inside, None, 1)?.records.is_empty();
            if !is_empty {
                return Err(S3Error::with_message(
                    S3ErrorCode::BucketNotEmpty,
                    "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
                ));
            }
            Ok(write.remove(&BUCKETS, &name)?)
        })
    };
    service.run(work).await?;
    Ok(DeleteBucketOutput {})
}

/// The record of a bucket, for a request.
pub(super) async fn record(service: &Service, name: String) -> S3Result<BucketRecord> {
    let work = move |world: &crate::world::World| {
        Ok(world.store.read(|read| objects::bucket_record(read, &name))?)
    };
    service.run(work).await
}

pub(super) async fn head(service: &Service, input: HeadBucketInput) -> S3Result<HeadBucketOutput> {
    let record = record(service, input.bucket).await?;
    Ok(HeadBucketOutput { bucket_region: Some(record.region), ..HeadBucketOutput::default() })
}

pub(super) async fn list(service: &Service, input: ListBucketsInput) -> S3Result<ListBucketsOutput> {
    let account = service.caller.account.clone();
    let prefix = input.prefix.clone().unwrap_or_default();
    let work = move |world: &crate::world::World| {
        Ok(world.store.read(|read| read.scan(&BUCKETS, &prefix, None, usize::MAX))?.records)
    };
    let found = service.run(work).await?;
    let own = found.into_iter().filter(|(_, record)| record.account == account);
    let buckets = own.map(|(name, record)| Bucket {
        bucket_region: Some(record.region),
        creation_date: Some(timestamp(record.created)),
        name: Some(name),
    });
    Ok(ListBucketsOutput {
        buckets: Some(buckets.collect()),
        owner: Some(owner(&service.caller.account)),
        prefix: input.prefix,
        ..ListBucketsOutput::default()
    })
}

pub(super) async fn location(
    service: &Service,
    input: GetBucketLocationInput,
) -> S3Result<GetBucketLocationOutput> {
    let region = record(service, input.bucket).await?.region;
    let is_default = region == DEFAULT_REGION;
    let constraint = (!is_default).then(|| BucketLocationConstraint::from(region));
    Ok(GetBucketLocationOutput { location_constraint: constraint })
}

pub(super) async fn versioning(
    service: &Service,
    input: GetBucketVersioningInput,
) -> S3Result<GetBucketVersioningOutput> {
    let status = match record(service, input.bucket).await?.versioning {
        Versioning::Never => None,
        Versioning::Enabled => Some(BucketVersioningStatus::ENABLED),
        Versioning::Suspended => Some(BucketVersioningStatus::SUSPENDED),
    };
    let status = status.map(BucketVersioningStatus::from_static);
    Ok(GetBucketVersioningOutput { mfa_delete: None, status })
}

pub(super) async fn set_versioning(
    service: &Service,
    input: PutBucketVersioningInput,
) -> S3Result<PutBucketVersioningOutput> {
    let status = input.versioning_configuration.status;
    let versioning = match status.as_ref().map(BucketVersioningStatus::as_str) {
        Some(BucketVersioningStatus::ENABLED) => Versioning::Enabled,
        Some(BucketVersioningStatus::SUSPENDED) => Versioning::Suspended,
        Some(_) | None => {
            return Err(S3Error::with_message(
                S3ErrorCode::IllegalVersioningConfigurationException,
                "The Versioning element must be specified",
            ));
        }
    };
    change(service, input.bucket, move |record| record.versioning = versioning).await?;
    Ok(PutBucketVersioningOutput {})
}

/// Changes the record of a bucket.
pub(super) async fn change(
    service: &Service,
    name: String,
    change: impl FnOnce(&mut BucketRecord) + Send + 'static,
) -> S3Result<()> {
    let work = move |world: &crate::world::World| {
        world.store.write(|write| {
            let mut record = write.get(&BUCKETS, &name)?.ok_or(objects::ObjectError::NoSuchBucket)?;
            change(&mut record);
            Ok(write.put(&BUCKETS, &name, &record)?)
        })
    };
    service.run(work).await
}

/// Times of S3 are of whole seconds in headers and of milliseconds in XML.
pub(super) fn timestamp(at: jiff::Timestamp) -> Timestamp {
    let since = Duration::try_from(at.duration_since(jiff::Timestamp::UNIX_EPOCH)).unwrap_or_default();
    Timestamp::from(SystemTime::UNIX_EPOCH.checked_add(since).unwrap_or(SystemTime::UNIX_EPOCH))
}

pub(super) fn owner(account: &str) -> Owner {
    Owner { display_name: None, id: Some(account.to_owned()) }
}
