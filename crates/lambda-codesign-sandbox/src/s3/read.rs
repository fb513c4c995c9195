//! GetObject and HeadObject.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::HttpBody;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Result};
use tokio::task::JoinHandle;

use super::buckets::timestamp;
use super::conditions::Conditions;
use super::objects;
use super::records::{Marker, NULL_VERSION, StoredObject, VersionRecord};
use super::service::Service;
use super::write::{checksum_type, encryption};
use crate::store::{BlobReader, StoreError};
use crate::world::World;

/// What a request wants of a version.
struct Wanted {
    range: Option<Range>,
    conditions: Conditions,
    checksum_mode: Option<ChecksumMode>,
}

/// Bytes of an object, from the first to before the last.
type Bounds = std::ops::Range<u64>;

pub(super) async fn head(service: &Service, input: HeadObjectInput) -> S3Result<HeadObjectOutput> {
    let object = version(service, (input.bucket, input.key), input.version_id).await?;
    let wanted = Wanted {
        range: input.range,
        conditions: Conditions {
            matches: input.if_match,
            differs: input.if_none_match,
            modified_since: input.if_modified_since,
            unmodified_since: input.if_unmodified_since,
        },
        checksum_mode: input.checksum_mode,
    };
    describe(object, &wanted).map(|(described, _)| described)
}

pub(super) async fn get(service: &Service, input: GetObjectInput) -> S3Result<GetObjectOutput> {
    let object = version(service, (input.bucket, input.key), input.version_id).await?;
    let wanted = Wanted {
        range: input.range,
        conditions: Conditions {
            matches: input.if_match,
            differs: input.if_none_match,
            modified_since: input.if_modified_since,
            unmodified_since: input.if_unmodified_since,
        },
        checksum_mode: input.checksum_mode,
    };
    let (blob, tags) = (object.blob, i32::try_from(object.tags.len()).ok().filter(|tags| *tags > 0));
    let (head, bounds) = describe(object, &wanted)?;
    let length = bounds.end.saturating_sub(bounds.start);
    let reader = service.world.store.read_blob(blob, bounds.start, length);
    let body = s3s::Body::http_body_unsync(BlobBody { state: State::Ready(reader), left: length });
    Ok(GetObjectOutput {
        body: Some(StreamingBlob::from(body)),
        tag_count: tags,
        accept_ranges: head.accept_ranges,
        cache_control: head.cache_control,
        checksum_crc32: head.checksum_crc32,
        checksum_crc32c: head.checksum_crc32c,
        checksum_crc64nvme: head.checksum_crc64nvme,
        checksum_sha1: head.checksum_sha1,
        checksum_sha256: head.checksum_sha256,
        checksum_type: head.checksum_type,
        content_disposition: head.content_disposition,
        content_encoding: head.content_encoding,
        content_language: head.content_language,
        content_length: head.content_length,
        content_range: head.content_range,
        content_type: head.content_type,
        e_tag: head.e_tag,
        expires: head.expires,
        last_modified: head.last_modified,
        metadata: head.metadata,
        server_side_encryption: head.server_side_encryption,
        ssekms_key_id: head.ssekms_key_id,
        version_id: head.version_id,
        ..GetObjectOutput::default()
    })
}

/// The object of a request, or the answer that a delete marker gives.
async fn version(
    service: &Service,
    (bucket, key): (String, String),
    version: Option<String>,
) -> S3Result<StoredObject> {
    let work = move |world: &World| {
        let found = world.store.read(|read| objects::find(read, &bucket, &key, version.as_deref()))?;
        match found {
            VersionRecord::Object(object) => Ok(object),
            VersionRecord::Marker(marker) => Err(hidden(&marker, version.as_deref())),
        }
    };
    service.run(work).await
}

/// A delete marker: 404 where it is current, 405 where it is asked for.
fn hidden(marker: &Marker, asked: Option<&str>) -> S3Error {
    let mut error = match asked {
        None => objects::ObjectError::NoSuchKey.into(),
        Some(_) => S3Error::with_message(
            S3ErrorCode::MethodNotAllowed,
            "The specified method is not allowed against this resource.",
        ),
    };
    let mut headers = HeaderMap::new();
    headers.insert("x-amz-delete-marker", HeaderValue::from_static("true"));
    if let Ok(version) = HeaderValue::try_from(marker.version.as_deref().unwrap_or(NULL_VERSION)) {
        headers.insert("x-amz-version-id", version);
    }
    error.set_headers(headers);
    error
}

/// The version id that answers bear: none in a bucket that never had versions.
pub(super) fn answered_version(object: &StoredObject) -> Option<String> {
    object.version.clone()
}

fn describe(object: StoredObject, wanted: &Wanted) -> S3Result<(HeadObjectOutput, Bounds)> {
    wanted.conditions.check_read(&object)?;
    let size = object.blob.size;
    let bounds = wanted.range.as_ref().map(|range| range.check(size)).transpose();
    let bounds = bounds.map_err(|_| unsatisfiable(size))?;
    let content_range = bounds
        .as_ref()
        .map(|bounds| format!("bytes {}-{}/{size}", bounds.start, bounds.end.saturating_sub(1)));
    let bounds = bounds.unwrap_or(0..size);
    let is_whole = bounds == (0..size);
    let wants_checksum =
        wanted.checksum_mode.as_ref().is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED);
    // A checksum of all bytes would not fit a part of them.
    let checksums = (wants_checksum && is_whole).then_some(&object.checksums);
    let described = HeadObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        version_id: answered_version(&object),
        last_modified: Some(timestamp(object.modified)),
        server_side_encryption: Some(encryption(&object.content)),
        checksum_type: checksums.map(checksum_type),
        checksum_crc32: checksums.and_then(|found| found.crc32.clone()),
        checksum_crc32c: checksums.and_then(|found| found.crc32c.clone()),
        checksum_crc64nvme: checksums.and_then(|found| found.crc64nvme.clone()),
        checksum_sha1: checksums.and_then(|found| found.sha1.clone()),
        checksum_sha256: checksums.and_then(|found| found.sha256.clone()),
        content_length: i64::try_from(bounds.end.saturating_sub(bounds.start)).ok(),
        content_range,
        content_type: Some(object.content.media_type.unwrap_or_else(|| "binary/octet-stream".to_owned())),
        content_encoding: object.content.encoding,
        content_disposition: object.content.disposition,
        content_language: object.content.language,
        cache_control: object.content.cache_control,
        expires: object.content.expires.and_then(|at| Timestamp::parse(TimestampFormat::HttpDate, &at).ok()),
        ssekms_key_id: object.content.kms_key,
        e_tag: Some(ETag::Strong(object.etag)),
        metadata: (!object.metadata.is_empty()).then(|| object.metadata.into_iter().collect()),
        ..HeadObjectOutput::default()
    };
    Ok((described, bounds))
}

fn unsatisfiable(size: u64) -> S3Error {
    let mut error =
        S3Error::with_message(S3ErrorCode::InvalidRange, "The requested range is not satisfiable");
    error.set_status_code(StatusCode::RANGE_NOT_SATISFIABLE);
    if let Ok(value) = HeaderValue::try_from(format!("bytes */{size}")) {
        let mut headers = HeaderMap::new();
        headers.insert("content-range", value);
        error.set_headers(headers);
    }
    error
}

type Step = (BlobReader, Result<Option<Vec<u8>>, StoreError>);

enum State {
    Ready(BlobReader),
    Reading(JoinHandle<Step>),
    Done,
}

/// The bytes of a blob as a body: a chunk at a time, read away from the runtime's own threads.
struct BlobBody {
    state: State,
    left: u64,
}

/// The bytes of an object could not be read.
#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Task(#[from] tokio::task::JoinError),
}

impl HttpBody for BlobBody {
    type Data = Bytes;
    type Error = Unreadable;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Unreadable>>> {
        let this = self.get_mut();
        loop {
            match std::mem::replace(&mut this.state, State::Done) {
                State::Done => return Poll::Ready(None),
                State::Ready(mut reader) => {
                    this.state = State::Reading(tokio::task::spawn_blocking(move || {
                        let chunk = reader.next_chunk();
                        (reader, chunk)
                    }));
                }
                State::Reading(mut step) => {
                    let Poll::Ready(done) = Pin::new(&mut step).poll(context) else {
                        this.state = State::Reading(step);
                        return Poll::Pending;
                    };
                    return Poll::Ready(this.after(done));
                }
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

impl BlobBody {
    fn after(
        &mut self,
        done: Result<Step, tokio::task::JoinError>,
    ) -> Option<Result<Frame<Bytes>, Unreadable>> {
        let (reader, chunk) = match done {
            Ok(step) => step,
            Err(error) => return Some(Err(error.into())),
        };
        match chunk.transpose()? {
            Ok(chunk) => {
                self.left = self.left.saturating_sub(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
                self.state = State::Ready(reader);
                Some(Ok(Frame::data(chunk.into())))
            }
            Err(error) => Some(Err(error.into())),
        }
    }
}
