//! PutObject and CopyObject.

use std::collections::BTreeMap;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use percent_encoding::percent_decode_str;
use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::buckets::timestamp;
use super::conditions::Conditions;
use super::digest::{Algorithm, ContentHash, Digester, Digests};
use super::objects::{self, Draft, ObjectError};
use super::read::answered_version;
use super::records::{BUCKETS, ChecksumOf, Checksums, Content, StoredObject, VersionRecord};
use super::service::Service;
use super::tagging;
use crate::store::{Blob, BlobWriter, StoreError};
use crate::world::World;

/// What is gathered of a body before it is written.
const GATHERED: usize = 1 << 20;
/// User metadata: 2 KB (S3 user guide, "Working with object metadata").
const METADATA_BYTES: usize = 2048;

pub(super) async fn put(service: &Service, input: PutObjectInput) -> S3Result<PutObjectOutput> {
    let place = (input.bucket.clone(), input.key.clone());
    let known = place.0.clone();
    service
        .run(move |world| Ok(world.store.read(|read| objects::bucket_record(read, &known)).map(drop)?))
        .await?;
    let conditions =
        Conditions { matches: input.if_match, differs: input.if_none_match, ..Conditions::default() };
    let metadata = metadata(input.metadata)?;
    let tags = tagging::parse_header(input.tagging.as_deref())?;
    let content = Content {
        media_type: input.content_type,
        encoding: input.content_encoding,
        disposition: input.content_disposition,
        language: input.content_language,
        cache_control: input.cache_control,
        expires: input.expires.as_ref().and_then(http_date),
        encryption: input.server_side_encryption.map(|sse| sse.as_str().to_owned()),
        kms_key: input.ssekms_key_id,
    };
    let (blob, digests) = receive(service, input.body).await?;
    let draft =
        Draft { blob, etag: digests.md5_hex(), metadata, content, checksums: digests.checksums, tags };
    let object = service.run(move |world| commit(world, (&place.0, &place.1), draft, &conditions)).await?;
    Ok(PutObjectOutput {
        e_tag: Some(ETag::Strong(object.etag)),
        version_id: object.version,
        server_side_encryption: Some(encryption(&object.content)),
        ssekms_key_id: object.content.kms_key,
        checksum_type: Some(checksum_type(&object.checksums)),
        checksum_crc32: object.checksums.crc32,
        checksum_crc32c: object.checksums.crc32c,
        checksum_crc64nvme: object.checksums.crc64nvme,
        checksum_sha1: object.checksums.sha1,
        checksum_sha256: object.checksums.sha256,
        ..PutObjectOutput::default()
    })
}

/// Makes a draft the current version of its key; its blob goes where that is refused.
pub(super) fn commit(
    world: &World,
    place: (&str, &str),
    draft: Draft,
    conditions: &Conditions,
) -> S3Result<StoredObject> {
    let blob = draft.blob;
    let now = world.now();
    let done = world.store.write(|write| {
        if write.get(&BUCKETS, place.0)?.is_none() {
            return Err(ObjectError::NoSuchBucket.into());
        }
        conditions.check_write(objects::newest(write, place.0, place.1)?.as_ref())?;
        Ok::<_, S3Error>(objects::insert(write, place, draft, now)?)
    });
    if done.is_err() {
        discard(world, blob)?;
    }
    done
}

/// Removes a blob that nobody claimed.
pub(super) fn discard(world: &World, blob: Blob) -> Result<(), StoreError> {
    world.store.write(|write| write.give_up(blob))
}

/// Stores a body as it comes; what was stored goes where the body is not what it was said to be.
pub(super) async fn receive(service: &Service, body: Option<StreamingBlob>) -> S3Result<(Blob, Digests)> {
    let mut writer = service.run(|world| Ok(world.store.write_blob()?)).await?;
    let mut body = s3s::Body::from(body.unwrap_or_else(|| StreamingBlob::from(s3s::Body::empty())));
    let mut gathered = Vec::new();
    let mut size = 0;
    let mut whole = true;
    while let Some(frame) = body.frame().await {
        let Some(bytes) = frame.ok().and_then(|frame| frame.into_data().ok()) else {
            whole = false;
            break;
        };
        size += bytes.len();
        gathered.push(bytes);
        if size >= GATHERED {
            writer = store(service, writer, std::mem::take(&mut gathered)).await?;
            size = 0;
        }
    }
    let writer = store(service, writer, gathered).await?;
    let blob = service.run(move |_| Ok(writer.finish()?)).await?;
    match service.body.digests() {
        Some(digests) if whole => Ok((blob, digests.clone())),
        Some(_) | None => {
            service.run(move |world| Ok(discard(world, blob)?)).await?;
            Err(S3ErrorCode::IncompleteBody.into())
        }
    }
}

async fn store(service: &Service, mut writer: BlobWriter, gathered: Vec<Bytes>) -> S3Result<BlobWriter> {
    let work = move |_: &World| {
        gathered.iter().try_for_each(|bytes| writer.push(bytes))?;
        Ok(writer)
    };
    service.run(work).await
}

/// What a copy is of.
struct Source {
    bucket: String,
    key: String,
    version: Option<String>,
}

impl Source {
    fn parse(source: CopySource) -> S3Result<Self> {
        match source {
            CopySource::Bucket { bucket, key, version_id } => {
                Ok(Self { bucket: bucket.into(), key: key.into(), version: version_id.map(Into::into) })
            }
            CopySource::AccessPoint { .. } | CopySource::Outpost { .. } => Err(S3Error::with_message(
                S3ErrorCode::NotImplemented,
                "CopyObject from an access point is not implemented",
            )),
        }
    }

    fn object(&self, world: &World) -> S3Result<StoredObject> {
        let version = self.version.as_deref();
        match world.store.read(|read| objects::find(read, &self.bucket, &self.key, version))? {
            VersionRecord::Object(object) => Ok(object),
            VersionRecord::Marker(_) if version.is_none() => Err(ObjectError::NoSuchKey.into()),
            VersionRecord::Marker(_) => Err(S3Error::with_message(
                S3ErrorCode::InvalidRequest,
                "The source of a copy request may not specifically refer to a delete marker by version id.",
            )),
        }
    }
}

/// Which of the source's descriptions a copy bears.
struct Replaced {
    described: Option<(BTreeMap<String, String>, Content)>,
    tags: Option<BTreeMap<String, String>>,
    algorithm: Option<Algorithm>,
    conditions: Conditions,
    encryption: Option<String>,
}

impl Replaced {
    fn of(input: CopyObjectInput) -> S3Result<Self> {
        let replaces =
            input.metadata_directive.is_some_and(|what| what.as_str() == MetadataDirective::REPLACE);
        let retags = input.tagging_directive.is_some_and(|what| what.as_str() == TaggingDirective::REPLACE);
        let encryption = input.server_side_encryption.map(|sse| sse.as_str().to_owned());
        let content = Content {
            media_type: input.content_type,
            encoding: input.content_encoding,
            disposition: input.content_disposition,
            language: input.content_language,
            cache_control: input.cache_control,
            expires: input.expires.as_ref().and_then(http_date),
            encryption: encryption.clone(),
            kms_key: input.ssekms_key_id,
        };
        let described = replaces.then(|| metadata(input.metadata)).transpose()?;
        let tags = retags.then(|| tagging::parse_header(input.tagging.as_deref())).transpose()?;
        Ok(Self {
            described: described.map(|metadata| (metadata, content)),
            tags,
            algorithm: input.checksum_algorithm.and_then(|named| Algorithm::of_name(named.as_str())),
            conditions: Conditions {
                matches: input.copy_source_if_match,
                differs: input.copy_source_if_none_match,
                modified_since: input.copy_source_if_modified_since,
                unmodified_since: input.copy_source_if_unmodified_since,
            },
            encryption,
        })
    }

    /// The copy: its blob is the source's, referred to once more.
    fn draft(self, world: &World, source: StoredObject) -> S3Result<Draft> {
        let (metadata, content) = self.described.unwrap_or((source.metadata, source.content));
        let content = Content { encryption: self.encryption.or(content.encryption), ..content };
        let tags = self.tags.unwrap_or(source.tags);
        let asked = self.algorithm.filter(|algorithm| source.checksums.get(*algorithm).is_none());
        let is_whole =
            source.checksums.of == ChecksumOf::Whole && asked.is_none() && !source.etag.contains('-');
        let (etag, checksums) = if is_whole {
            (source.etag, source.checksums)
        } else {
            let digests = digest(world, source.blob, asked)?;
            (digests.md5_hex(), digests.checksums)
        };
        Ok(Draft { blob: source.blob, etag, metadata, content, checksums, tags })
    }
}

fn digest(world: &World, blob: Blob, algorithm: Option<Algorithm>) -> Result<Digests, StoreError> {
    let mut digester = Digester::new(algorithm.as_slice(), ContentHash::Unwanted);
    let mut reader = world.store.read_blob(blob, 0, blob.size);
    while let Some(chunk) = reader.next_chunk()? {
        digester.update(&chunk);
    }
    Ok(digester.finish())
}

pub(super) async fn copy(service: &Service, input: CopyObjectInput) -> S3Result<CopyObjectOutput> {
    let source = Source::parse(input.copy_source.clone())?;
    let (bucket, key) = (input.bucket.clone(), input.key.clone());
    let replaced = Replaced::of(input)?;
    let is_itself = source.bucket == bucket && source.key == key && source.version.is_none();
    if is_itself && replaced.described.is_none() && replaced.encryption.is_none() {
        return Err(S3Error::with_message(
            S3ErrorCode::InvalidRequest,
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
        ));
    }
    let work = move |world: &World| {
        let from = source.object(world)?;
        replaced.conditions.check_copy(&from)?;
        let version = from.version.clone();
        let draft = replaced.draft(world, from)?;
        let now = world.now();
        let done = world.store.write(|write| objects::insert(write, (&bucket, &key), draft, now))?;
        Ok((done, version))
    };
    let (object, from) = service.run(work).await?;
    Ok(CopyObjectOutput {
        copy_source_version_id: from,
        version_id: answered_version(&object),
        server_side_encryption: Some(encryption(&object.content)),
        copy_object_result: Some(CopyObjectResult {
            e_tag: Some(ETag::Strong(object.etag)),
            last_modified: Some(timestamp(object.modified)),
            checksum_type: Some(checksum_type(&object.checksums)),
            checksum_crc32: object.checksums.crc32,
            checksum_crc32c: object.checksums.crc32c,
            checksum_crc64nvme: object.checksums.crc64nvme,
            checksum_sha1: object.checksums.sha1,
            checksum_sha256: object.checksums.sha256,
        }),
        ..CopyObjectOutput::default()
    })
}

/// The user's metadata, with names in lower case.
pub(super) fn metadata(given: Option<Metadata>) -> S3Result<BTreeMap<String, String>> {
    let metadata: BTreeMap<String, String> = given
        .unwrap_or_default()
        .into_iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect();
    let size: usize = metadata.iter().map(|(name, value)| name.len().saturating_add(value.len())).sum();
    if size > METADATA_BYTES {
        return Err(S3Error::with_message(
            S3ErrorCode::MetadataTooLarge,
            "Your metadata headers exceed the maximum allowed metadata size",
        ));
    }
    Ok(metadata)
}

/// Objects are said to be encrypted with S3's own keys where nothing else was asked for, as S3 does since 2023.
pub(super) fn encryption(content: &Content) -> ServerSideEncryption {
    content.encryption.clone().map_or_else(
        || ServerSideEncryption::from_static(ServerSideEncryption::AES256),
        ServerSideEncryption::from,
    )
}

pub(super) fn checksum_type(checksums: &Checksums) -> ChecksumType {
    ChecksumType::from_static(match checksums.of {
        ChecksumOf::Whole => ChecksumType::FULL_OBJECT,
        ChecksumOf::Parts => ChecksumType::COMPOSITE,
    })
}

pub(super) fn http_date(at: &Timestamp) -> Option<String> {
    let mut text = Vec::new();
    at.format(TimestampFormat::HttpDate, &mut text).ok()?;
    String::from_utf8(text).ok()
}

/// Decodes a value of a query or a form.
pub(super) fn decode(value: &str) -> String {
    percent_decode_str(&value.replace('+', " ")).decode_utf8_lossy().into_owned()
}
