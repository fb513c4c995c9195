//! Where Lambda takes a package from: the request, or S3 where no request holds it.

use aws_sdk_lambda::operation::update_function_code::builders::UpdateFunctionCodeFluentBuilder;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::LayerVersionContentInput;
use lambda_codesign_core::text::Hex;

use crate::object::{self, Destination, ObjectError, ObjectVersion};

use super::judge::Passed;
use super::{Publishing, Step};

/// The most bytes of a zip in a request (BEHAVIOUR.md "Lambda", limits). In base64 that is 69,905,068 bytes of the
/// 70,167,211 that a request may have.
pub(super) const MAX_IN_REQUEST: usize = 52_428_800;

/// Where a verified package is.
#[derive(Debug)]
pub(super) enum Source<'p> {
    /// In the request.
    Request(&'p [u8]),
    /// In S3, this version of this object and no other.
    Object(ObjectVersion),
}

/// Why a package is nowhere that Lambda can take it from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// It is too large for a request, and no bucket is named.
    #[error("it has {size} bytes, and a request takes no more than {MAX_IN_REQUEST}")]
    TooLarge {
        /// Its bytes.
        size: usize,
    },
    /// It could not be written to the bucket.
    #[error(transparent)]
    Upload(#[from] ObjectError),
}

impl SourceError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => {
                "Name a bucket of the function's region that keeps versions with --s3-bucket."
            }
            Self::Upload(error) => error.remedy(),
        }
    }
}

impl Source<'_> {
    pub(super) fn of_function(
        &self,
        request: UpdateFunctionCodeFluentBuilder,
    ) -> UpdateFunctionCodeFluentBuilder {
        match self {
            Self::Request(bytes) => request.zip_file(Blob::new(bytes.to_vec())),
            Self::Object(ObjectVersion { bucket, key, version }) => {
                request.s3_bucket(bucket).s3_key(key).s3_object_version(version)
            }
        }
    }

    pub(super) fn of_layer(&self) -> LayerVersionContentInput {
        let content = LayerVersionContentInput::builder();
        match self {
            Self::Request(bytes) => content.zip_file(Blob::new(bytes.to_vec())),
            Self::Object(ObjectVersion { bucket, key, version }) => {
                content.s3_bucket(bucket).s3_key(key).s3_object_version(version)
            }
        }
        .build()
    }
}

impl Publishing<'_> {
    /// Brings a package to where Lambda can take it from. Its key in S3 is made of its hash, so that a run that is
    /// repeated finds it there.
    pub(super) async fn source<'p>(&self, passed: &Passed<'p>) -> Result<Source<'p>, SourceError> {
        if passed.bytes.len() <= MAX_IN_REQUEST {
            return Ok(Source::Request(passed.bytes));
        }
        let size = passed.bytes.len();
        let bucket = self.bucket.clone().ok_or(SourceError::TooLarge { size })?;
        let key = format!("lambda-codesign/published/{}.zip", Hex(passed.hash.as_bytes()));
        let to = Destination { bucket, key, ..Destination::default() };
        let object = object::ensure(&self.connection.s3, &to, passed.bytes).await?;
        self.journal.note(Step::Uploaded(object.clone()));
        Ok(Source::Object(object))
    }
}
