//! Conditional requests (RFC 9110, 13.1).

use s3s::dto::{ETag, ETagCondition, Timestamp};
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::buckets::timestamp;
use super::records::{StoredObject, VersionRecord};

/// What a request makes its answer depend on.
#[derive(Default)]
pub(super) struct Conditions {
    pub(super) matches: Option<ETagCondition>,
    pub(super) differs: Option<ETagCondition>,
    pub(super) modified_since: Option<Timestamp>,
    pub(super) unmodified_since: Option<Timestamp>,
}

/// Whether a condition names this ETag.
fn names(condition: &ETagCondition, etag: &str) -> bool {
    condition.is_any() || condition.as_etag().is_some_and(|named| named.value() == etag)
}

fn failed() -> S3Error {
    S3Error::with_message(
        S3ErrorCode::PreconditionFailed,
        "At least one of the pre-conditions you specified did not hold",
    )
}

impl Conditions {
    /// For whoever reads: 304 where what they have still stands, 412 where it must and does not.
    pub(super) fn check_read(&self, object: &StoredObject) -> S3Result<()> {
        let modified = seconds(object);
        match (&self.matches, &self.unmodified_since) {
            (Some(matches), _) if !names(matches, &object.etag) => return Err(failed()),
            (None, Some(since)) if modified > *since => return Err(failed()),
            (Some(_) | None, _) => {}
        }
        let stands = match (&self.differs, &self.modified_since) {
            (Some(differs), _) => names(differs, &object.etag),
            (None, Some(since)) => modified <= *since,
            (None, None) => false,
        };
        if stands { Err(not_modified(object)) } else { Ok(()) }
    }

    /// For whoever copies: 412 in all cases.
    pub(super) fn check_copy(&self, object: &StoredObject) -> S3Result<()> {
        self.check_read(object).map_err(|_| failed())
    }

    /// For whoever writes, with the current version of the key.
    pub(super) fn check_write(&self, current: Option<&VersionRecord>) -> S3Result<()> {
        let current = match current {
            Some(VersionRecord::Object(object)) => Some(object),
            Some(VersionRecord::Marker(_)) | None => None,
        };
        match (&self.matches, current) {
            (Some(_), None) => {
                return Err(S3Error::with_message(
                    S3ErrorCode::NoSuchKey,
                    "The specified key does not exist.",
                ));
            }
            (Some(matches), Some(object)) if !names(matches, &object.etag) => return Err(failed()),
            (Some(_), Some(_)) | (None, _) => {}
        }
        match (&self.differs, current) {
            (Some(differs), Some(object)) if names(differs, &object.etag) => Err(failed()),
            (Some(_) | None, _) => Ok(()),
        }
    }
}

/// The time of `Last-Modified`, which has no fraction.
fn seconds(object: &StoredObject) -> Timestamp {
    timestamp(jiff::Timestamp::from_second(object.modified.as_second()).unwrap_or(object.modified))
}

fn not_modified(object: &StoredObject) -> S3Error {
    let mut error = S3Error::new(S3ErrorCode::NotModified);
    if let Ok(etag) = ETag::Strong(object.etag.clone()).to_http_header() {
        let mut headers = axum::http::HeaderMap::new();
        headers.insert("etag", etag);
        error.set_headers(headers);
    }
    error
}
