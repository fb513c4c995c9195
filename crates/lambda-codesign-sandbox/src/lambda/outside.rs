//! What Lambda asks of the sandbox's other services. Both adapters are to be joined to them here, and nowhere else.

use lambda_codesign_core::policy::Revocations;

use super::error::LambdaError;
use super::source::ObjectName;
use crate::store::Blob;
use crate::world::World;

/// The bytes of an object.
pub(super) fn object(world: &World, object: &ObjectName) -> Result<Blob, LambdaError> {
    // Until S3 is there, no bucket is: `crate::s3::objects::object(world, bucket, key, version)`.
    let _ = (world, &object.bucket, &object.key, &object.version);
    Err(LambdaError::InvalidParameter(
        "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does \
         not exist"
            .to_owned(),
    ))
}

/// What Signer knows of revocations.
pub(super) fn revocations(world: &World) -> Result<Option<Revocations>, LambdaError> {
    // Until Signer is there, nothing can be revoked: `crate::signer::revocations(world)`.
    let _ = world;
    Ok(None)
}
