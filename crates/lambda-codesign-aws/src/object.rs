//! Objects in Amazon S3, by version: what is read is what was written, whoever writes the same key meanwhile.

use std::collections::BTreeMap;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata as _;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, CompletedMultipartUpload, CompletedPart};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use sha2::{Digest as _, Sha256};

use crate::service::ServiceError;

/// What is larger goes up in parts.
const LARGEST_PUT: usize = 16 * 1024 * 1024;
/// The bytes of a part; S3 takes no smaller ones but the last.
const PART: usize = 8 * 1024 * 1024;

/// One version of an object.
///
/// Holding one proves that S3 named the version, and so that its bytes stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectVersion {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The version's id.
    pub version: String,
}

/// Where an object is to be, and what is said of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Destination {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// Metadata of the user.
    pub metadata: BTreeMap<String, String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// Why an object was not written or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// S3 refused or did not answer.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The bucket gives objects no versions, which Signer needs.
    #[error("the bucket keeps no versions")]
    Unversioned,
    /// The object is larger than a package may be.
    #[error("the object has more than {limit} bytes")]
    TooLarge {
        /// The most bytes that are taken.
        limit: usize,
    },
    /// It broke off on the way.
    #[error("the object did not arrive: {0}")]
    Broken(String),
}

impl ObjectError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Service(error) if error.has_status(301) => {
                "The bucket is in another region: name a bucket of the profile's region."
            }
            Self::Service(error) => error.remedy(),
            Self::Unversioned => {
                "Turn versioning on with `aws s3api put-bucket-versioning`, or name another bucket."
            }
            Self::TooLarge { .. } => "Lambda takes no such package; look who wrote the object.",
            Self::Broken(_) => "Check the network, and try again.",
        }
    }
}

/// The SHA-256 of an upload as S3 states it: of the bytes, or of the parts' hashes.
fn checksum(bytes: &[u8]) -> String {
    if bytes.len() <= LARGEST_PUT {
        return STANDARD.encode(Sha256::digest(bytes));
    }
    let mut all = Sha256::new();
    let parts = bytes.chunks(PART).inspect(|part| all.update(Sha256::digest(part))).count();
    format!("{}-{parts}", STANDARD.encode(all.finalize()))
}

/// Whether a key may have an object already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    /// It may; there will be another version.
    Any,
    /// It must not: of several that write at once, one does.
    Nothing,
}

impl Before {
    fn condition(self) -> Option<String> {
        match self {
            Self::Any => None,
            Self::Nothing => Some("*".to_owned()),
        }
    }
}

/// Writes an object, in parts where it is large.
///
/// # Errors
/// S3 refuses or does not answer, or the bucket keeps no versions: then the object stands there all the same.
pub async fn put(s3: &Client, to: &Destination, bytes: &[u8]) -> Result<ObjectVersion, ObjectError> {
    write(s3, to, bytes, Before::Any).await
}

async fn write(
    s3: &Client,
    to: &Destination,
    bytes: &[u8],
    before: Before,
) -> Result<ObjectVersion, ObjectError> {
    let version = if bytes.len() <= LARGEST_PUT {
        let answer = s3
            .put_object()
            .bucket(&to.bucket)
            .key(&to.key)
            .checksum_sha256(checksum(bytes))
            .set_metadata((!to.metadata.is_empty()).then(|| to.metadata.clone().into_iter().collect()))
            .set_tagging(tagging(&to.tags))
            .set_if_none_match(before.condition())
            .content_type("application/zip")
            .body(ByteStream::from(bytes.to_vec()))
            .send()
            .await;
        answer.map_err(|error| ServiceError::of("PutObject", error))?.version_id
    } else {
        put_in_parts(s3, to, bytes, before).await?
    };
    versioned(&to.bucket, &to.key, version)
}

/// Writes an object unless its key has the same bytes already, by S3's own SHA-256 of them. Of several that write the
/// same at once, one does, and all get its version.
///
/// # Errors
/// As [`put`].
pub async fn ensure(s3: &Client, to: &Destination, bytes: &[u8]) -> Result<ObjectVersion, ObjectError> {
    if let Some(there) = find(s3, to, bytes).await {
        return Ok(there);
    }
    match write(s3, to, bytes, Before::Nothing).await {
        Err(ObjectError::Service(error)) if error.has_status(412) || error.has_status(409) => {
            match find(s3, to, bytes).await {
                Some(there) => Ok(there),
                None => put(s3, to, bytes).await,
            }
        }
        written => written,
    }
}

/// The version under a key now, where it has these bytes. Whatever keeps it from being looked at, writing it says more.
async fn find(s3: &Client, to: &Destination, bytes: &[u8]) -> Option<ObjectVersion> {
    let head = s3.head_object().bucket(&to.bucket).key(&to.key).checksum_mode(ChecksumMode::Enabled);
    let found = head.send().await.ok()?;
    let same = found.checksum_sha256.as_deref() == Some(checksum(bytes).as_str());
    if same { versioned(&to.bucket, &to.key, found.version_id).ok() } else { None }
}

/// Reads what stands under a key now, of at most so many bytes.
///
/// # Errors
/// S3 refuses, it is larger, or it broke off.
pub async fn get(
    s3: &Client,
    bucket: &str,
    key: &str,
    limit: usize,
) -> Result<(Vec<u8>, ObjectVersion), ObjectError> {
    let (bytes, version) = fetch(s3, (bucket, key), None, limit).await?;
    Ok((bytes, versioned(bucket, key, version)?))
}

/// Reads an object of at most so many bytes, in a bucket that may keep no versions: one version of it, or what stands there
/// now, and the version's id where there is one.
///
/// # Errors
/// S3 refuses, it is larger, or it broke off.
pub async fn fetch(
    s3: &Client,
    (bucket, key): (&str, &str),
    version: Option<&str>,
    limit: usize,
) -> Result<(Vec<u8>, Option<String>), ObjectError> {
    let request = s3.get_object().bucket(bucket).key(key).set_version_id(version.map(str::to_owned));
    let answer = request.send().await;
    let mut answer = answer.map_err(|error| ServiceError::of("GetObject", error))?;
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.body.next().await {
        let chunk = chunk.map_err(|error| ObjectError::Broken(crate::service::chain(&error)))?;
        if chunk.len() > limit.saturating_sub(bytes.len()) {
            return Err(ObjectError::TooLarge { limit });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok((bytes, answer.version_id.filter(|version| version != "null")))
}

/// Deletes one version, as if it had never been.
///
/// # Errors
/// S3 refuses or does not answer.
pub async fn delete(s3: &Client, object: &ObjectVersion) -> Result<(), ServiceError> {
    let request = s3.delete_object().bucket(&object.bucket).key(&object.key).version_id(&object.version);
    request.send().await.map(drop).map_err(|error| ServiceError::of("DeleteObject", error))
}

/// The keys below a prefix, at most a page of them.
///
/// # Errors
/// S3 refuses or does not answer.
pub async fn keys(s3: &Client, bucket: &str, prefix: &str) -> Result<Vec<String>, ServiceError> {
    let answer = s3.list_objects_v2().bucket(bucket).prefix(prefix).send().await;
    let answer = answer.map_err(|error| ServiceError::of("ListObjectsV2", error))?;
    Ok(answer.contents.into_iter().flatten().filter_map(|object| object.key).collect())
}

fn versioned(bucket: &str, key: &str, version: Option<String>) -> Result<ObjectVersion, ObjectError> {
    // Where versioning is suspended, the version is named null, and the next write takes its place.
    let version = version.filter(|version| version != "null").ok_or(ObjectError::Unversioned)?;
    Ok(ObjectVersion { bucket: bucket.to_owned(), key: key.to_owned(), version })
}

fn tagging(tags: &BTreeMap<String, String>) -> Option<String> {
    let mut query = Url::parse("tags:").ok()?;
    query.query_pairs_mut().extend_pairs(tags);
    query.query().filter(|tags| !tags.is_empty()).map(str::to_owned)
}

async fn put_in_parts(
    s3: &Client,
    to: &Destination,
    bytes: &[u8],
    before: Before,
) -> Result<Option<String>, ServiceError> {
    let begun = s3
        .create_multipart_upload()
        .bucket(&to.bucket)
        .key(&to.key)
        .checksum_algorithm(ChecksumAlgorithm::Sha256)
        .set_metadata((!to.metadata.is_empty()).then(|| to.metadata.clone().into_iter().collect()))
        .set_tagging(tagging(&to.tags))
        .content_type("application/zip")
        .send()
        .await
        .map_err(|error| ServiceError::of("CreateMultipartUpload", error))?;
    let upload = begun.upload_id.ok_or_else(|| ServiceError::without("CreateMultipartUpload", "UploadId"))?;
    let finished = finish_parts(s3, to, &upload, (bytes, before)).await;
    if finished.is_err() {
        // Parts that nobody completes are paid for; that they can't be dropped now is no reason to hide the first error.
        let aborted =
            s3.abort_multipart_upload().bucket(&to.bucket).key(&to.key).upload_id(&upload).send().await;
        drop(aborted);
    }
    finished
}

async fn finish_parts(
    s3: &Client,
    to: &Destination,
    upload: &str,
    (bytes, before): (&[u8], Before),
) -> Result<Option<String>, ServiceError> {
    let mut parts = CompletedMultipartUpload::builder();
    for (number, part) in (1..).zip(bytes.chunks(PART)) {
        let hash = STANDARD.encode(Sha256::digest(part));
        let answer = s3
            .upload_part()
            .bucket(&to.bucket)
            .key(&to.key)
            .upload_id(upload)
            .part_number(number)
            .checksum_sha256(&hash)
            .body(ByteStream::from(part.to_vec()))
            .send()
            .await
            .map_err(|error| ServiceError::of("UploadPart", error))?;
        let part = CompletedPart::builder().part_number(number).checksum_sha256(hash);
        parts = parts.parts(part.set_e_tag(answer.e_tag).build());
    }
    let request = s3.complete_multipart_upload().bucket(&to.bucket).key(&to.key).upload_id(upload);
    let request = request.multipart_upload(parts.build()).set_if_none_match(before.condition());
    let completed = request.send().await;
    match completed {
        Ok(answer) => Ok(answer.version_id),
        // Completed before, by a request whose answer was lost.
        Err(error) if error.code() == Some("NoSuchUpload") => {
            let head = s3.head_object().bucket(&to.bucket).key(&to.key).checksum_mode(ChecksumMode::Enabled);
            let found = head.send().await.map_err(|error| ServiceError::of("HeadObject", error))?;
            match found.checksum_sha256 == Some(checksum(bytes)) {
                true => Ok(found.version_id),
                false => Err(ServiceError::of("CompleteMultipartUpload", error)),
            }
        }
        Err(error) => Err(ServiceError::of("CompleteMultipartUpload", error)),
    }
}

#[cfg(test)]
mod tests {
    use super::{LARGEST_PUT, checksum, tagging};
    use std::collections::BTreeMap;

    #[test]
    fn a_checksum_is_of_the_bytes_or_of_the_parts() {
        assert_eq!(checksum(b""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        let large = checksum(&vec![0; LARGEST_PUT + 1]);
        assert!(large.ends_with("=-3"), "{large}");
    }

    #[test]
    fn tags_are_written_as_a_query() {
        let tags = |pairs: &[(&str, &str)]| {
            let tags: BTreeMap<String, String> =
                pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            tagging(&tags)
        };
        assert_eq!(tags(&[]), None);
        assert_eq!(tags(&[("team", "a&b"), ("v", "1 2")]).as_deref(), Some("team=a%26b&v=1+2"));
    }
}
