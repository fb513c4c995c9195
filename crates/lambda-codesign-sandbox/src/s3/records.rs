//! What the store keeps of S3: buckets, the versions of objects, uploads in parts.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::{Blob, Table, key};

pub(super) const BUCKETS: Table<BucketRecord> = Table::new("s3-buckets");
/// By bucket, key and [`order`]: the newest version of a key comes first.
pub(super) const VERSIONS: Table<VersionRecord> = Table::new("s3-versions");
/// By bucket, key and upload id.
pub(super) const UPLOADS: Table<UploadRecord> = Table::new("s3-uploads");
/// By upload id and the number of the part, five digits.
pub(super) const PARTS: Table<PartRecord> = Table::new("s3-parts");

/// A bucket.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct BucketRecord {
    pub(super) region: String,
    pub(super) account: String,
    pub(super) created: Timestamp,
    pub(super) versioning: Versioning,
    /// How many versions it has ever been given.
    pub(super) sequence: u64,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
}

/// Whether a bucket keeps the versions before the current one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Versioning {
    /// Versioning was never enabled.
    Never,
    Enabled,
    /// What was kept stays; what comes now replaces the null version.
    Suspended,
}

/// A version of a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum VersionRecord {
    Object(StoredObject),
    Marker(Marker),
}

/// A delete marker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Marker {
    pub(super) version: Option<String>,
    pub(super) created: Timestamp,
}

impl VersionRecord {
    /// The id of the version; none is the null version.
    pub(super) fn version(&self) -> Option<&str> {
        match self {
            Self::Object(object) => object.version.as_deref(),
            Self::Marker(marker) => marker.version.as_deref(),
        }
    }

    /// Whether `wanted`, as a request names it, is this version.
    pub(super) fn is(&self, wanted: &str) -> bool {
        self.version().unwrap_or(NULL_VERSION) == wanted
    }
}

/// How requests and answers name the version that has no id.
pub(super) const NULL_VERSION: &str = "null";

/// An object of S3: one version of a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredObject {
    /// Its bytes, claimed by this record.
    pub(crate) blob: Blob,
    /// None is the null version.
    pub(crate) version: Option<String>,
    /// Without quotes.
    pub(crate) etag: String,
    /// The user's metadata: names without `x-amz-meta-`.
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) modified: Timestamp,
    pub(super) content: Content,
    pub(super) checksums: Checksums,
    pub(super) tags: BTreeMap<String, String>,
}

/// The headers that an object is answered with as they were given.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Content {
    pub(super) media_type: Option<String>,
    pub(super) encoding: Option<String>,
    pub(super) disposition: Option<String>,
    pub(super) language: Option<String>,
    pub(super) cache_control: Option<String>,
    pub(super) expires: Option<String>,
    /// The server-side encryption that was asked for; nothing is encrypted.
    pub(super) encryption: Option<String>,
    pub(super) kms_key: Option<String>,
}

/// The checksums that are known of an object, in base64 as S3 writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checksums {
    pub(super) crc32: Option<String>,
    pub(super) crc32c: Option<String>,
    pub(super) crc64nvme: Option<String>,
    pub(super) sha1: Option<String>,
    pub(super) sha256: Option<String>,
    pub(super) of: ChecksumOf,
}

/// What a checksum is taken of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ChecksumOf {
    /// All bytes.
    #[default]
    Whole,
    /// The checksums of the parts.
    Parts,
}

/// An upload in parts that is not yet an object.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct UploadRecord {
    pub(super) created: Timestamp,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) content: Content,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) algorithm: Option<String>,
    pub(super) checksum_of: ChecksumOf,
}

/// A part of an upload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PartRecord {
    pub(super) number: i32,
    pub(super) blob: Blob,
    /// In lower-case hex.
    pub(super) md5: String,
    pub(super) checksums: Checksums,
    pub(super) created: Timestamp,
}

/// The key of a version: later sequences come first.
pub(super) fn version_key(bucket: &str, object: &str, sequence: u64) -> String {
    key(&[bucket, object, &format!("{:020}", u64::MAX.saturating_sub(sequence))])
}
