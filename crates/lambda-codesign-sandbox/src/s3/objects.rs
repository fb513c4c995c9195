//! Objects as the other services see them, and the changes that all of S3 makes to them.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::digest::Digester;
use super::records::{
    BUCKETS, BucketRecord, Checksums, Content, Marker, NULL_VERSION, VERSIONS, VersionRecord, version_key,
};
use crate::store::{Blob, Read, StoreError, Write, below};
use crate::world::World;

pub(crate) use super::records::{StoredObject, Versioning};

/// Why there is no such object.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ObjectError {
    #[error("The specified bucket does not exist")]
    NoSuchBucket,
    #[error("The specified key does not exist.")]
    NoSuchKey,
    #[error("The specified version does not exist.")]
    NoSuchVersion,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What others ask of a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BucketFacts {
    pub(crate) region: String,
    pub(crate) account: String,
    pub(crate) versioning: Versioning,
}

/// A bucket. Blocks.
pub(crate) fn bucket(world: &World, name: &str) -> Result<BucketFacts, ObjectError> {
    let record = world.store.read(|read| bucket_record(read, name))?;
    Ok(BucketFacts { region: record.region, account: record.account, versioning: record.versioning })
}

/// The current version of an object, or the version that is named (`null` names the null version). Blocks.
pub(crate) fn object(
    world: &World,
    bucket: &str,
    key: &str,
    version: Option<&str>,
) -> Result<StoredObject, ObjectError> {
    match (world.store.read(|read| find(read, bucket, key, version))?, version) {
        (VersionRecord::Object(object), _) => Ok(object),
        (VersionRecord::Marker(_), None) => Err(ObjectError::NoSuchKey),
        (VersionRecord::Marker(_), Some(_)) => Err(ObjectError::NoSuchVersion),
    }
}

/// Puts an object as PutObject does, with bytes that are in the store already and claimed by nobody. Blocks.
pub(crate) fn put(
    world: &World,
    bucket: &str,
    key: &str,
    blob: Blob,
    metadata: BTreeMap<String, String>,
) -> Result<StoredObject, ObjectError> {
    let mut digester = Digester::of_unchecked();
    let mut reader = world.store.read_blob(blob, 0, blob.size);
    while let Some(chunk) = reader.next_chunk()? {
        digester.update(&chunk);
    }
    let digests = digester.finish();
    let draft = Draft {
        blob,
        etag: digests.md5_hex(),
        metadata,
        content: Content::default(),
        checksums: digests.checksums,
        tags: BTreeMap::new(),
    };
    let now = world.now();
    world.store.write(|write| insert(write, (bucket, key), draft, now))
}

/// An object before it has a version.
pub(super) struct Draft {
    pub(super) blob: Blob,
    pub(super) etag: String,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) content: Content,
    pub(super) checksums: Checksums,
    pub(super) tags: BTreeMap<String, String>,
}

/// The record of a bucket.
pub(super) fn bucket_record(read: &Read, name: &str) -> Result<BucketRecord, ObjectError> {
    read.get(&BUCKETS, name)?.ok_or(ObjectError::NoSuchBucket)
}

/// The current version of a key, or the one that is named: an object or a delete marker.
pub(super) fn find(
    read: &Read,
    bucket: &str,
    key: &str,
    version: Option<&str>,
) -> Result<VersionRecord, ObjectError> {
    bucket_record(read, bucket)?;
    let prefix = below(&[bucket, key]);
    match version {
        None => {
            let newest = read.scan(&VERSIONS, &prefix, None, 1)?.records.pop();
            newest.map(|(_, record)| record).ok_or(ObjectError::NoSuchKey)
        }
        Some(version) => {
            let versions = read.all(&VERSIONS, &prefix)?;
            versions.into_iter().find(|record| record.is(version)).ok_or(ObjectError::NoSuchVersion)
        }
    }
}

/// The current version of a key within a change; none where it has none.
pub(super) fn newest(write: &Write, bucket: &str, key: &str) -> Result<Option<VersionRecord>, StoreError> {
    let newest = write.scan(&VERSIONS, &below(&[bucket, key]), None, 1)?.records.pop();
    Ok(newest.map(|(_, record)| record))
}

/// Puts a version before those that a key has.
pub(super) fn insert(
    write: &Write,
    (bucket, key): (&str, &str),
    draft: Draft,
    now: Timestamp,
) -> Result<StoredObject, ObjectError> {
    let slot = Slot::take(write, bucket, key)?;
    let Draft { blob, etag, metadata, content, checksums, tags } = draft;
    let object =
        StoredObject { blob, version: slot.version, etag, metadata, modified: now, content, checksums, tags };
    write.claim(blob)?;
    write.put(&VERSIONS, &slot.place, &VersionRecord::Object(object.clone()))?;
    Ok(object)
}

/// Where the next version of a key goes, and its id.
struct Slot {
    place: String,
    version: Option<String>,
}

impl Slot {
    /// Counts a version of the bucket. Where it gets no id, the null version before goes.
    fn take(write: &Write, bucket: &str, key: &str) -> Result<Self, ObjectError> {
        let mut record = write.get(&BUCKETS, bucket)?.ok_or(ObjectError::NoSuchBucket)?;
        record.sequence = record.sequence.saturating_add(1);
        write.put(&BUCKETS, bucket, &record)?;
        let version = match record.versioning {
            Versioning::Enabled => Some(uuid::Uuid::new_v4().simple().to_string()),
            Versioning::Never | Versioning::Suspended => {
                remove_version(write, (bucket, key), NULL_VERSION)?;
                None
            }
        };
        Ok(Self { place: version_key(bucket, key, record.sequence), version })
    }
}

/// Removes a version for good; answers it, if it was there.
pub(super) fn remove_version(
    write: &Write,
    (bucket, key): (&str, &str),
    version: &str,
) -> Result<Option<VersionRecord>, StoreError> {
    let versions = write.scan(&VERSIONS, &below(&[bucket, key]), None, usize::MAX)?.records;
    let Some((place, record)) = versions.into_iter().find(|(_, record)| record.is(version)) else {
        return Ok(None);
    };
    write.remove(&VERSIONS, &place)?;
    match &record {
        VersionRecord::Object(object) => write.give_up(object.blob)?,
        VersionRecord::Marker(_) => {}
    }
    Ok(Some(record))
}

/// What became of a key that was deleted.
pub(super) enum Deleted {
    /// A delete marker stands before its versions.
    Hidden(Marker),
    /// The object, or the version that was named, is gone; a record is what was there.
    Gone(Option<VersionRecord>),
}

/// Deletes a key as its bucket's versioning has it, or one version for good.
pub(super) fn delete(
    write: &Write,
    (bucket, key): (&str, &str),
    version: Option<&str>,
    now: Timestamp,
) -> Result<Deleted, ObjectError> {
    let record = write.get(&BUCKETS, bucket)?.ok_or(ObjectError::NoSuchBucket)?;
    if let Some(version) = version {
        return Ok(Deleted::Gone(remove_version(write, (bucket, key), version)?));
    }
    match record.versioning {
        Versioning::Never => Ok(Deleted::Gone(remove_version(write, (bucket, key), NULL_VERSION)?)),
        Versioning::Enabled | Versioning::Suspended => {
            let slot = Slot::take(write, bucket, key)?;
            let marker = Marker { version: slot.version, created: now };
            write.put(&VERSIONS, &slot.place, &VersionRecord::Marker(marker.clone()))?;
            Ok(Deleted::Hidden(marker))
        }
    }
}
