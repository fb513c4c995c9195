//! What Lambda asks of the sandbox's other services.

use lambda_codesign_core::policy::Revocations;

use super::error::LambdaError;
use super::source::ObjectName;
use crate::s3::objects::{self, ObjectError};
use crate::signer;
use crate::store::Blob;
use crate::world::World;

/// The bytes of an object.
pub(super) fn object(world: &World, name: &ObjectName) -> Result<Blob, LambdaError> {
    let found = objects::object(world, &name.bucket, &name.key, name.version.as_deref());
    let error = match found {
        Ok(object) => return Ok(object.blob),
        Err(ObjectError::Store(error)) => return Err(error.into()),
        Err(error) => error,
    };
    let code = match error {
        ObjectError::NoSuchBucket => "NoSuchBucket",
        ObjectError::NoSuchKey => "NoSuchKey",
        ObjectError::NoSuchVersion => "NoSuchVersion",
        ObjectError::Store(_) => "InternalError",
    };
    Err(LambdaError::InvalidParameter(format!(
        "Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {error}"
    )))
}

/// What Signer knows of revocations.
pub(super) fn revocations(world: &World) -> Result<Option<Revocations>, LambdaError> {
    Ok(Some(signer::revocations(world)?))
}
