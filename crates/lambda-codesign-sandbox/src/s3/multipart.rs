//! Uploads in parts.

use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::assembly::{Assembled, Named};
use super::body::BodyFault;
use super::buckets::{owner, timestamp};
use super::conditions::Conditions;
use super::digest::{Algorithm, Wrong};
use super::objects::{self, Draft, ObjectError};
use super::records::{
    ChecksumOf, Checksums, Content, PARTS, PartRecord, StoredObject, UPLOADS, UploadRecord,
};
use super::service::Service;
use super::tagging;
use super::write::{checksum_type, discard, encryption, http_date, insert_if, metadata, receive};
use crate::store::{More, Read, Write, below, key};
use crate::world::World;

/// Parts are numbered from 1 to 10000 (S3 user guide, "Amazon S3 multipart upload limits").
const NUMBERS: std::ops::RangeInclusive<i32> = 1..=10_000;
/// The most parts of an answer.
const LISTED: usize = 1000;

/// Where an upload is kept.
#[derive(Clone)]
struct Place {
    bucket: String,
    object: String,
    upload: String,
}

impl Place {
    fn key(&self) -> String {
        key(&[&self.bucket, &self.object, &self.upload])
    }

    fn part(&self, number: i32) -> String {
        key(&[&self.upload, &format!("{number:05}")])
    }

    fn parts(&self) -> String {
        below(&[&self.upload])
    }

    fn read(&self, read: &Read) -> S3Result<UploadRecord> {
        objects::bucket_record(read, &self.bucket)?;
        read.get(&UPLOADS, &self.key())?.ok_or_else(no_such_upload)
    }

    /// Removes the upload with its parts.
    fn remove(&self, write: &Write) -> S3Result<()> {
        if write.get(&UPLOADS, &self.key())?.is_none() {
            return Err(no_such_upload());
        }
        write.remove(&UPLOADS, &self.key())?;
        for part in write.all(&PARTS, &self.parts())? {
            write.give_up(part.blob)?;
            write.remove(&PARTS, &self.part(part.number))?;
        }
        Ok(())
    }
}

fn no_such_upload() -> S3Error {
    S3Error::with_message(
        S3ErrorCode::NoSuchUpload,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    )
}

pub(super) async fn create(
    service: &Service,
    input: CreateMultipartUploadInput,
) -> S3Result<CreateMultipartUploadOutput> {
    let upload = uuid::Uuid::new_v4().simple().to_string();
    let place = Place { bucket: input.bucket.clone(), object: input.key.clone(), upload: upload.clone() };
    let algorithm = input.checksum_algorithm.clone();
    let record = UploadRecord {
        created: service.world.now(),
        metadata: metadata(input.metadata)?,
        tags: tagging::parse_header(input.tagging.as_deref())?,
        algorithm: algorithm.as_ref().map(|algorithm| algorithm.as_str().to_owned()),
        checksum_of: checksum_of(algorithm.as_ref(), input.checksum_type.as_ref()),
        content: Content {
            media_type: input.content_type,
            encoding: input.content_encoding,
            disposition: input.content_disposition,
            language: input.content_language,
            cache_control: input.cache_control,
            expires: input.expires.as_ref().and_then(http_date),
            encryption: input.server_side_encryption.map(|sse| sse.as_str().to_owned()),
            kms_key: input.ssekms_key_id,
        },
    };
    let encryption = encryption(&record.content);
    let of = Checksums { of: record.checksum_of, ..Checksums::default() };
    let work = move |world: &World| {
        world.store.write(|write| {
            if write.get(&super::records::BUCKETS, &place.bucket)?.is_none() {
                return Err(ObjectError::NoSuchBucket.into());
            }
            Ok(write.put(&UPLOADS, &place.key(), &record)?)
        })
    };
    service.run(work).await?;
    Ok(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(upload),
        checksum_type: algorithm.is_some().then(|| checksum_type(&of)),
        checksum_algorithm: algorithm,
        server_side_encryption: Some(encryption),
        ..CreateMultipartUploadOutput::default()
    })
}

/// CRC64NVME is of the whole object always, the others are of the parts unless the request says otherwise.
fn checksum_of(algorithm: Option<&ChecksumAlgorithm>, asked: Option<&ChecksumType>) -> ChecksumOf {
    let is_whole = asked.is_some_and(|asked| asked.as_str() == ChecksumType::FULL_OBJECT)
        || algorithm.is_none_or(|algorithm| algorithm.as_str() == ChecksumAlgorithm::CRC64NVME);
    if is_whole { ChecksumOf::Whole } else { ChecksumOf::Parts }
}

pub(super) async fn upload(service: &Service, input: UploadPartInput) -> S3Result<UploadPartOutput> {
    let number = input.part_number;
    if !NUMBERS.contains(&number) {
        return Err(S3Error::with_message(
            S3ErrorCode::InvalidArgument,
            "Part number must be an integer between 1 and 10000, inclusive",
        ));
    }
    let place = Place { bucket: input.bucket, object: input.key, upload: input.upload_id };
    let found = place.clone();
    service.run(move |world| world.store.read(|read| found.read(read))).await?;
    let (blob, digests) = receive(service, input.body).await?;
    let part = PartRecord {
        number,
        blob,
        md5: digests.md5_hex(),
        checksums: digests.checksums,
        created: service.world.now(),
    };
    let kept = part.clone();
    service.run(move |world| keep(world, &place, &kept)).await?;
    Ok(UploadPartOutput {
        e_tag: Some(ETag::Strong(part.md5)),
        checksum_crc32: part.checksums.crc32,
        checksum_crc32c: part.checksums.crc32c,
        checksum_crc64nvme: part.checksums.crc64nvme,
        checksum_sha1: part.checksums.sha1,
        checksum_sha256: part.checksums.sha256,
        server_side_encryption: Some(ServerSideEncryption::from_static(ServerSideEncryption::AES256)),
        ..UploadPartOutput::default()
    })
}

/// Keeps a part in the place of the one before.
fn keep(world: &World, place: &Place, part: &PartRecord) -> S3Result<()> {
    let kept = world.store.write(|write| {
        if write.get(&UPLOADS, &place.key())?.is_none() {
            return Err(no_such_upload());
        }
        let slot = place.part(part.number);
        if let Some(before) = write.get(&PARTS, &slot)? {
            write.give_up(before.blob)?;
        }
        write.claim(part.blob)?;
        Ok(write.put(&PARTS, &slot, part)?)
    });
    if kept.is_err() {
        discard(world, part.blob)?;
    }
    kept
}

pub(super) async fn abort(
    service: &Service,
    input: AbortMultipartUploadInput,
) -> S3Result<AbortMultipartUploadOutput> {
    let place = Place { bucket: input.bucket, object: input.key, upload: input.upload_id };
    service.run(move |world| world.store.write(|write| place.remove(write))).await?;
    Ok(AbortMultipartUploadOutput::default())
}

/// What the request that completes an upload says of the object.
struct Said {
    named: Vec<Named>,
    checksums: Checksums,
    size: Option<i64>,
    conditions: Conditions,
}

impl Said {
    fn of(input: CompleteMultipartUploadInput) -> S3Result<Self> {
        let named = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
        Ok(Self {
            named: named.into_iter().map(Named::parse).collect::<S3Result<_>>()?,
            checksums: Checksums {
                crc32: input.checksum_crc32,
                crc32c: input.checksum_crc32c,
                crc64nvme: input.checksum_crc64nvme,
                sha1: input.checksum_sha1,
                sha256: input.checksum_sha256,
                of: ChecksumOf::Whole,
            },
            size: input.mpu_object_size,
            conditions: Conditions {
                matches: input.if_match,
                differs: input.if_none_match,
                ..Conditions::default()
            },
        })
    }

    fn check(&self, assembled: &Assembled) -> S3Result<()> {
        if self.size.is_some_and(|size| u64::try_from(size) != Ok(assembled.blob.size)) {
            return Err(S3Error::with_message(
                S3ErrorCode::InvalidRequest,
                "The provided 'x-amz-mp-object-size' header does not match the size of the object.",
            ));
        }
        let wrong = Algorithm::ALL.into_iter().find(|algorithm| {
            let said = self.checksums.get(*algorithm);
            said.is_some() && !is_said(said, assembled.checksums.get(*algorithm))
        });
        wrong.map_or(Ok(()), |algorithm| Err(BodyFault::Wrong(Wrong::Checksum(algorithm)).into()))
    }
}

/// Whether a checksum is the one that was said, with or without its number of parts.
fn is_said(said: Option<&str>, found: Option<&str>) -> bool {
    said == found
        || found.and_then(|found| found.split_once('-')).is_some_and(|(value, _)| said == Some(value))
}

pub(super) async fn complete(
    service: &Service,
    input: CompleteMultipartUploadInput,
) -> S3Result<CompleteMultipartUploadOutput> {
    let place =
        Place { bucket: input.bucket.clone(), object: input.key.clone(), upload: input.upload_id.clone() };
    let said = Said::of(input)?;
    let at = place.clone();
    let object = service.run(move |world| assemble(world, &at, &said)).await?;
    Ok(CompleteMultipartUploadOutput {
        location: Some(format!("{}/{}/{}", service.world.endpoint, place.bucket, place.object)),
        bucket: Some(place.bucket),
        key: Some(place.object),
        e_tag: Some(ETag::Strong(object.etag)),
        version_id: object.version,
        server_side_encryption: Some(encryption(&object.content)),
        checksum_type: Some(checksum_type(&object.checksums)),
        checksum_crc32: object.checksums.crc32,
        checksum_crc32c: object.checksums.crc32c,
        checksum_crc64nvme: object.checksums.crc64nvme,
        checksum_sha1: object.checksums.sha1,
        checksum_sha256: object.checksums.sha256,
        ..CompleteMultipartUploadOutput::default()
    })
}

/// Puts the object, and removes the upload in the same change.
fn assemble(world: &World, place: &Place, said: &Said) -> S3Result<StoredObject> {
    let (record, parts) = world.store.read(|read| {
        let record = place.read(read)?;
        Ok::<_, S3Error>((record, read.all(&PARTS, &place.parts())?))
    })?;
    let assembled = Assembled::of(world, &record, &parts, &said.named)?;
    let blob = assembled.blob;
    let done = said.check(&assembled).and_then(|()| {
        let Assembled { blob, etag, checksums } = assembled;
        let UploadRecord { metadata, content, tags, .. } = record;
        let draft = Draft { blob, etag, metadata, content, checksums, tags };
        let now = world.now();
        world.store.write(|write| {
            place.remove(write)?;
            insert_if(write, (&place.bucket, &place.object), draft, &said.conditions, now)
        })
    });
    if done.is_err() {
        discard(world, blob)?;
    }
    done
}

pub(super) async fn parts(service: &Service, input: ListPartsInput) -> S3Result<ListPartsOutput> {
    let place =
        Place { bucket: input.bucket.clone(), object: input.key.clone(), upload: input.upload_id.clone() };
    let limit = input.max_parts.and_then(|most| usize::try_from(most).ok()).unwrap_or(LISTED).min(LISTED);
    let after = input.part_number_marker.map(|number| place.part(number));
    let work = move |world: &World| {
        world.store.read(|read| {
            let record = place.read(read)?;
            Ok((record, read.scan(&PARTS, &place.parts(), after.as_deref(), limit)?))
        })
    };
    let (record, page) = service.run(work).await?;
    let is_truncated = page.more == More::Follows;
    let last = page.records.last().map(|(_, part)| part.number);
    let of = Checksums { of: record.checksum_of, ..Checksums::default() };
    Ok(ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        checksum_type: record.algorithm.is_some().then(|| checksum_type(&of)),
        checksum_algorithm: record.algorithm.map(ChecksumAlgorithm::from),
        max_parts: i32::try_from(limit).ok(),
        part_number_marker: input.part_number_marker,
        next_part_number_marker: last.filter(|_| is_truncated),
        is_truncated: Some(is_truncated),
        owner: Some(owner(&service.caller.account)),
        storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
        parts: Some(page.records.into_iter().map(|(_, part)| listed(part)).collect()),
        ..ListPartsOutput::default()
    })
}

fn listed(part: PartRecord) -> Part {
    Part {
        part_number: Some(part.number),
        e_tag: Some(ETag::Strong(part.md5)),
        last_modified: Some(timestamp(part.created)),
        size: i64::try_from(part.blob.size).ok(),
        checksum_crc32: part.checksums.crc32,
        checksum_crc32c: part.checksums.crc32c,
        checksum_crc64nvme: part.checksums.crc64nvme,
        checksum_sha1: part.checksums.sha1,
        checksum_sha256: part.checksums.sha256,
    }
}

pub(super) async fn uploads(
    service: &Service,
    input: ListMultipartUploadsInput,
) -> S3Result<ListMultipartUploadsOutput> {
    let inside = format!("{}{}", below(&[&input.bucket]), input.prefix.clone().unwrap_or_default());
    let bucket = input.bucket.clone();
    let work = move |world: &World| {
        world.store.read(|read| {
            objects::bucket_record(read, &bucket)?;
            Ok::<_, S3Error>(read.scan(&UPLOADS, &inside, None, LISTED)?)
        })
    };
    let page = service.run(work).await?;
    let upload = |(place, record): (String, UploadRecord)| {
        let mut names = place.split('\0').skip(1).map(str::to_owned);
        MultipartUpload {
            key: names.next(),
            upload_id: names.next(),
            initiated: Some(timestamp(record.created)),
            owner: Some(owner(&service.caller.account)),
            storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
            ..MultipartUpload::default()
        }
    };
    Ok(ListMultipartUploadsOutput {
        bucket: Some(input.bucket),
        prefix: input.prefix,
        max_uploads: i32::try_from(LISTED).ok(),
        is_truncated: Some(page.more == More::Follows),
        uploads: Some(page.records.into_iter().map(upload).collect()),
        ..ListMultipartUploadsOutput::default()
    })
}
