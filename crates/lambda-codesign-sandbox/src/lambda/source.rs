//! Where a request says its code is.

use core::fmt;

use base64::Engine as _;
use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::call::Call;
use super::error::LambdaError;
use super::outside;
use crate::store::{Blob, StoreError};
use crate::world::World;

/// The most bytes of a zip in the request (BEHAVIOUR.md "Lambda", limits).
const MAX_ZIP_IN_REQUEST: usize = 52_428_800;

/// The members of a request that name code.
#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct CodeMembers {
    zip_file: Option<ZipFile>,
    s3_bucket: Option<String>,
    s3_key: Option<String>,
    s3_object_version: Option<String>,
    image_uri: Option<String>,
}

/// An object of S3.
pub(super) struct ObjectName {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) version: Option<String>,
}

/// Where the code is.
pub(super) enum Source {
    Zip(Vec<u8>),
    Object(ObjectName),
    Image(String),
}

impl CodeMembers {
    /// The one place that they name.
    pub(super) fn source(self) -> Result<Source, LambdaError> {
        let refused = |text: &str| Err(LambdaError::InvalidParameter(text.to_owned()));
        match (self.zip_file, self.s3_bucket, self.s3_key, self.image_uri) {
            (Some(ZipFile(bytes)), None, None, None) => Ok(Source::Zip(bytes)),
            (None, Some(bucket), Some(key), None) => {
                Ok(Source::Object(ObjectName { bucket, key, version: self.s3_object_version }))
            }
            (None, None, None, Some(uri)) => Ok(Source::Image(uri)),
            (None, None, None, None) => refused("Please provide a source for function code."),
            (None, Some(_), None, None) | (None, None, Some(_), None) => {
                refused("S3Bucket and S3Key must both be given.")
            }
            (Some(_), _, _, _) | (None, _, _, Some(_)) => refused(
                "Please do not provide other FunctionCode parameters when providing a ZipFile or ImageUri.",
            ),
        }
    }
}

/// A zip in memory, to be judged.
pub(super) struct Zip {
    pub(super) bytes: Vec<u8>,
    /// Where its bytes are in the store already.
    object: Option<Blob>,
}

impl Zip {
    /// Its bytes in the store, which this record has yet to claim.
    pub(super) fn stored(self, world: &World) -> Result<Blob, StoreError> {
        self.object.map_or_else(|| world.store.store_blob(&self.bytes), Ok)
    }
}

/// The bytes of a zip, wherever they are.
pub(super) fn zip(call: &Call<'_>, source: Source) -> Result<Zip, LambdaError> {
    match source {
        Source::Zip(bytes) if bytes.len() > MAX_ZIP_IN_REQUEST => Err(LambdaError::TooLarge(format!(
            "Request must be smaller than {MAX_ZIP_IN_REQUEST} bytes for the zip file"
        ))),
        Source::Zip(bytes) => Ok(Zip { bytes, object: None }),
        Source::Object(name) => {
            let blob = outside::object(call.world, &name)?;
            Ok(Zip { bytes: call.world.store.blob_bytes(blob)?, object: Some(blob) })
        }
        Source::Image(_) => {
            Err(LambdaError::InvalidParameter("A container image is no zip file.".to_owned()))
        }
    }
}

/// Bytes that are base64 in JSON, decoded without a copy of the text.
struct ZipFile(Vec<u8>);

impl<'de> Deserialize<'de> for ZipFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Base64;
        impl Visitor<'_> for Base64 {
            type Value = ZipFile;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("base64")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<ZipFile, E> {
                let decoded = base64::engine::general_purpose::STANDARD.decode(text);
                decoded.map(ZipFile).map_err(|_| E::custom("ZipFile is not base64"))
            }
        }
        deserializer.deserialize_str(Base64)
    }
}
