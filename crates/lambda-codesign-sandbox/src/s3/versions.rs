//! ListObjectVersions.

use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::buckets::{owner, timestamp};
use super::listing::{Names, Query, limit};
use super::objects::{self, ObjectError};
use super::records::{NULL_VERSION, VERSIONS, VersionRecord};
use super::service::Service;
use crate::store::{More, Read, below, key};
use crate::world::World;

/// Records that are read at a time.
const STRIDE: usize = 256;

/// A version of a list, or what many are folded into.
enum Entry {
    Version { object: String, record: Box<VersionRecord>, latest: Latest },
    Prefix(String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Latest {
    Current,
    Older,
}

struct Listed {
    entries: Vec<Entry>,
    more: More,
}

/// Where the list goes on: behind this version of this key, or behind all of them.
struct From {
    object: String,
    version: Option<String>,
}

fn start(read: &Read, query: &Query, from: &From) -> Result<String, ObjectError> {
    let Some(version) = &from.version else {
        let is_folded = query.fold(&from.object) == Some(from.object.as_str());
        let last = if is_folded { "\u{10ffff}" } else { "\0\u{10ffff}" };
        return Ok(format!("{}{last}", key(&[&query.bucket, &from.object])));
    };
    let prefix = below(&[&query.bucket, &from.object]);
    let versions = read.scan(&VERSIONS, &prefix, None, usize::MAX)?.records;
    let place = versions.into_iter().find(|(_, record)| record.is(version)).map(|(place, _)| place);
    place.ok_or(ObjectError::NoSuchVersion)
}

fn versions(read: &Read, query: &Query, from: Option<&From>) -> Result<Listed, ObjectError> {
    objects::bucket_record(read, &query.bucket)?;
    let mut listed = Listed { entries: Vec::new(), more: More::End };
    let inside = format!("{}{}", below(&[&query.bucket]), query.prefix);
    let mut after = from.map(|from| start(read, query, from)).transpose()?;
    // The key of the version that the list goes on behind is not current again.
    let mut seen = from.filter(|from| from.version.is_some()).map(|from| from.object.clone());
    while query.limit > 0 {
        let page = read.scan(&VERSIONS, &inside, after.as_deref(), STRIDE)?;
        let Some((last, _)) = page.records.last() else { break };
        let mut next = last.clone();
        for (place, record) in page.records {
            let Some(object) = place.split('\0').nth(1).map(str::to_owned) else { continue };
            if listed.entries.len() >= query.limit {
                listed.more = More::Follows;
                return Ok(listed);
            }
            if let Some(prefix) = query.fold(&object) {
                next = format!("{}\u{10ffff}", key(&[&query.bucket, prefix]));
                listed.entries.push(Entry::Prefix(prefix.to_owned()));
                break;
            }
            let latest = if seen.as_deref() == Some(&object) { Latest::Older } else { Latest::Current };
            seen = Some(object.clone());
            listed.entries.push(Entry::Version { object, record: Box::new(record), latest });
        }
        after = Some(next);
    }
    Ok(listed)
}

pub(super) async fn list(
    service: &Service,
    input: ListObjectVersionsInput,
) -> S3Result<ListObjectVersionsOutput> {
    let names = Names::of(input.encoding_type.as_ref());
    let limit = limit(input.max_keys)?;
    let query = Query {
        bucket: input.bucket.clone(),
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: input.delimiter.clone(),
        after: None,
        limit,
    };
    let from = from(input.key_marker.clone(), input.version_id_marker.clone())?;
    let work = move |world: &World| Ok(world.store.read(|read| versions(read, &query, from.as_ref()))?);
    let listed = service.run(work).await?;
    let mut output = ListObjectVersionsOutput {
        name: Some(input.bucket),
        prefix: Some(names.write(&input.prefix.unwrap_or_default())),
        key_marker: Some(names.write(&input.key_marker.unwrap_or_default())),
        version_id_marker: Some(input.version_id_marker.unwrap_or_default()),
        max_keys: i32::try_from(limit).ok(),
        is_truncated: Some(listed.more == More::Follows),
        delimiter: input.delimiter.map(|delimiter| names.write(&delimiter)),
        encoding_type: input.encoding_type,
        ..ListObjectVersionsOutput::default()
    };
    if listed.more == More::Follows {
        set_next(&mut output, listed.entries.last(), names);
    }
    for entry in listed.entries {
        add(&mut output, entry, names, &service.caller.account);
    }
    Ok(output)
}

fn from(object: Option<String>, version: Option<String>) -> S3Result<Option<From>> {
    let object = object.filter(|object| !object.is_empty());
    let version = version.filter(|version| !version.is_empty());
    match (object, version) {
        (Some(object), version) => Ok(Some(From { object, version })),
        (None, None) => Ok(None),
        (None, Some(_)) => Err(S3Error::with_message(
            S3ErrorCode::InvalidArgument,
            "A version-id marker cannot be specified without a key marker.",
        )),
    }
}

fn set_next(output: &mut ListObjectVersionsOutput, last: Option<&Entry>, names: Names) {
    match last {
        Some(Entry::Version { object, record, .. }) => {
            output.next_key_marker = Some(names.write(object));
            output.next_version_id_marker = Some(record.version().unwrap_or(NULL_VERSION).to_owned());
        }
        Some(Entry::Prefix(prefix)) => output.next_key_marker = Some(names.write(prefix)),
        None => {}
    }
}

fn add(output: &mut ListObjectVersionsOutput, entry: Entry, names: Names, account: &str) {
    let (object, record, latest) = match entry {
        Entry::Prefix(prefix) => {
            let prefix = CommonPrefix { prefix: Some(names.write(&prefix)) };
            output.common_prefixes.get_or_insert_default().push(prefix);
            return;
        }
        Entry::Version { object, record, latest } => (object, record, latest),
    };
    let is_latest = Some(latest == Latest::Current);
    let version_id = Some(record.version().unwrap_or(NULL_VERSION).to_owned());
    match *record {
        VersionRecord::Object(found) => output.versions.get_or_insert_default().push(ObjectVersion {
            e_tag: Some(ETag::Strong(found.etag)),
            is_latest,
            key: Some(names.write(&object)),
            last_modified: Some(timestamp(found.modified)),
            owner: Some(owner(account)),
            size: i64::try_from(found.blob.size).ok(),
            storage_class: Some(ObjectVersionStorageClass::from_static(ObjectVersionStorageClass::STANDARD)),
            version_id,
            ..ObjectVersion::default()
        }),
        VersionRecord::Marker(marker) => {
            output.delete_markers.get_or_insert_default().push(DeleteMarkerEntry {
                is_latest,
                key: Some(names.write(&object)),
                last_modified: Some(timestamp(marker.created)),
                owner: Some(owner(account)),
                version_id,
            })
        }
    }
}
