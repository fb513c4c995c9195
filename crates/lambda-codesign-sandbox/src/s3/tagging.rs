//! The tags of objects and of buckets.

use std::collections::BTreeMap;

use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::buckets;
use super::objects::ObjectError;
use super::records::{VERSIONS, VersionRecord};
use super::service::Service;
use super::write::decode;
use crate::store::{Write, below};
use crate::world::World;

type Tags = BTreeMap<String, String>;

/// An object has ten tags at most, a bucket fifty (S3 user guide, "Tagging").
const OBJECT_TAGS: usize = 10;
const BUCKET_TAGS: usize = 50;

/// The tags of an `x-amz-tagging` header: `a=b&c=d`.
pub(super) fn parse_header(header: Option<&str>) -> S3Result<Tags> {
    let pairs = header.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let tags = pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    });
    checked(tags.collect(), OBJECT_TAGS)
}

fn parse(tagging: Tagging, most: usize) -> S3Result<Tags> {
    let given = tagging.tag_set.len();
    let tags: Tags = tagging
        .tag_set
        .into_iter()
        .map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default()))
        .collect();
    if tags.len() != given {
        return Err(invalid("Cannot provide multiple Tags with the same key"));
    }
    checked(tags, most)
}

fn checked(tags: Tags, most: usize) -> S3Result<Tags> {
    if tags.len() > most {
        let message = format!("Object tags cannot be greater than {most}");
        let mut error = S3Error::with_message(S3ErrorCode::Custom("BadRequest".into()), message);
        error.set_status_code(axum::http::StatusCode::BAD_REQUEST);
        return Err(error);
    }
    let is_good = |(name, value): (&String, &String)| {
        (1..=128).contains(&name.chars().count()) && value.chars().count() <= 256
    };
    if tags.iter().all(is_good) {
        Ok(tags)
    } else {
        Err(invalid("The TagKey or TagValue you have provided is invalid"))
    }
}

fn invalid(message: &'static str) -> S3Error {
    S3Error::with_message(S3ErrorCode::InvalidTag, message)
}

fn answered(tags: Tags) -> TagSet {
    tags.into_iter().map(|(key, value)| Tag { key: Some(key), value: Some(value) }).collect()
}

pub(super) async fn get(service: &Service, input: GetObjectTaggingInput) -> S3Result<GetObjectTaggingOutput> {
    let work = move |world: &World| {
        let version = input.version_id.as_deref();
        super::objects::object(world, &input.bucket, &input.key, version).map_err(S3Error::from)
    };
    let object = service.run(work).await?;
    Ok(GetObjectTaggingOutput { tag_set: answered(object.tags), version_id: object.version })
}

pub(super) async fn put(service: &Service, input: PutObjectTaggingInput) -> S3Result<PutObjectTaggingOutput> {
    let tags = parse(input.tagging, OBJECT_TAGS)?;
    let version_id = set(service, (input.bucket, input.key), input.version_id, tags).await?;
    Ok(PutObjectTaggingOutput { version_id })
}

pub(super) async fn delete(
    service: &Service,
    input: DeleteObjectTaggingInput,
) -> S3Result<DeleteObjectTaggingOutput> {
    let version_id = set(service, (input.bucket, input.key), input.version_id, Tags::new()).await?;
    Ok(DeleteObjectTaggingOutput { version_id })
}

/// Gives a version its tags; answers its id.
async fn set(
    service: &Service,
    (bucket, key): (String, String),
    version: Option<String>,
    tags: Tags,
) -> S3Result<Option<String>> {
    let work = move |world: &World| {
        let change = |write: &Write| set_tags(write, (&bucket, &key), version.as_deref(), tags);
        world.store.write(change).map_err(S3Error::from)
    };
    service.run(work).await
}

fn set_tags(
    write: &Write,
    (bucket, key): (&str, &str),
    version: Option<&str>,
    tags: Tags,
) -> Result<Option<String>, ObjectError> {
    if write.get(&super::records::BUCKETS, bucket)?.is_none() {
        return Err(ObjectError::NoSuchBucket);
    }
    let absent = if version.is_some() { ObjectError::NoSuchVersion } else { ObjectError::NoSuchKey };
    let versions = write.scan(&VERSIONS, &below(&[bucket, key]), None, usize::MAX)?.records;
    let mut named =
        versions.into_iter().filter(|(_, record)| version.is_none_or(|version| record.is(version)));
    let Some((place, VersionRecord::Object(mut object))) = named.next() else { return Err(absent) };
    object.tags = tags;
    let id = object.version.clone();
    write.put(&VERSIONS, &place, &VersionRecord::Object(object))?;
    Ok(id)
}

pub(super) async fn of_bucket(
    service: &Service,
    input: GetBucketTaggingInput,
) -> S3Result<GetBucketTaggingOutput> {
    let tags = buckets::record(service, input.bucket).await?.tags;
    if tags.is_empty() {
        return Err(S3Error::with_message(S3ErrorCode::NoSuchTagSet, "The TagSet does not exist"));
    }
    Ok(GetBucketTaggingOutput { tag_set: answered(tags) })
}

pub(super) async fn set_of_bucket(
    service: &Service,
    input: PutBucketTaggingInput,
) -> S3Result<PutBucketTaggingOutput> {
    let tags = parse(input.tagging, BUCKET_TAGS)?;
    buckets::change(service, input.bucket, move |record| record.tags = tags).await?;
    Ok(PutBucketTaggingOutput {})
}

pub(super) async fn delete_of_bucket(
    service: &Service,
    input: DeleteBucketTaggingInput,
) -> S3Result<DeleteBucketTaggingOutput> {
    buckets::change(service, input.bucket, |record| record.tags.clear()).await?;
    Ok(DeleteBucketTaggingOutput {})
}
