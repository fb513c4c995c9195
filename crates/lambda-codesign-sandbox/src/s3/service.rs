//! The operations that are answered. Whatever else s3s knows answers 501 with its name.

use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result};

use super::body::Outcome;
use super::objects::ObjectError;
use super::{buckets, delete, listing, read, subresources, tagging, versions, write};
use crate::sigv4::Caller;
use crate::store::StoreError;
use crate::world::World;

/// S3 for one request.
pub(super) struct Service {
    pub(super) world: Arc<World>,
    pub(super) caller: Caller,
    /// What becomes of the request's body.
    pub(super) body: Outcome,
}

impl Service {
    /// Runs what blocks away from the runtime's own threads.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&World) -> S3Result<T> + Send + 'static,
    ) -> S3Result<T> {
        self.world.blocking(work).await.map_err(S3Error::internal_error)?
    }
}

impl From<ObjectError> for S3Error {
    fn from(error: ObjectError) -> Self {
        let code = match error {
            ObjectError::NoSuchBucket => S3ErrorCode::NoSuchBucket,
            ObjectError::NoSuchKey => S3ErrorCode::NoSuchKey,
            ObjectError::NoSuchVersion => S3ErrorCode::NoSuchVersion,
            ObjectError::Store(error) => return error.into(),
        };
        Self::with_message(code, error.to_string())
    }
}

impl From<StoreError> for S3Error {
    fn from(error: StoreError) -> Self {
        Self::with_message(S3ErrorCode::InternalError, error.to_string())
    }
}

macro_rules! operations {
    ($($name:ident: $input:ident => $output:ident, $place:path;)+) => {
        #[async_trait::async_trait]
        impl S3 for Service {
            $(
                async fn $name(&self, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                    $place(self, request.input).await.map(S3Response::new)
                }
            )+
        }
    };
}

operations! {
    create_bucket: CreateBucketInput => CreateBucketOutput, buckets::create;
    delete_bucket: DeleteBucketInput => DeleteBucketOutput, buckets::delete;
    head_bucket: HeadBucketInput => HeadBucketOutput, buckets::head;
    list_buckets: ListBucketsInput => ListBucketsOutput, buckets::list;
    get_bucket_location: GetBucketLocationInput => GetBucketLocationOutput, buckets::location;
    get_bucket_versioning: GetBucketVersioningInput => GetBucketVersioningOutput, buckets::versioning;
    put_bucket_versioning: PutBucketVersioningInput => PutBucketVersioningOutput, buckets::set_versioning;
    put_object: PutObjectInput => PutObjectOutput, write::put;
    copy_object: CopyObjectInput => CopyObjectOutput, write::copy;
    post_object: PostObjectInput => PostObjectOutput, subresources::post_object;
    get_object: GetObjectInput => GetObjectOutput, read::get;
    head_object: HeadObjectInput => HeadObjectOutput, read::head;
    delete_object: DeleteObjectInput => DeleteObjectOutput, delete::one;
    delete_objects: DeleteObjectsInput => DeleteObjectsOutput, delete::many;
    list_objects: ListObjectsInput => ListObjectsOutput, listing::first;
    list_objects_v2: ListObjectsV2Input => ListObjectsV2Output, listing::second;
    list_object_versions: ListObjectVersionsInput => ListObjectVersionsOutput, versions::list;
    get_object_tagging: GetObjectTaggingInput => GetObjectTaggingOutput, tagging::get;
    put_object_tagging: PutObjectTaggingInput => PutObjectTaggingOutput, tagging::put;
    delete_object_tagging: DeleteObjectTaggingInput => DeleteObjectTaggingOutput, tagging::delete;
    get_bucket_tagging: GetBucketTaggingInput => GetBucketTaggingOutput, tagging::of_bucket;
    put_bucket_tagging: PutBucketTaggingInput => PutBucketTaggingOutput, tagging::set_of_bucket;
    delete_bucket_tagging: DeleteBucketTaggingInput => DeleteBucketTaggingOutput, tagging::delete_of_bucket;
    get_bucket_encryption: GetBucketEncryptionInput => GetBucketEncryptionOutput, subresources::encryption;
    get_bucket_acl: GetBucketAclInput => GetBucketAclOutput, subresources::acl;
    get_bucket_logging: GetBucketLoggingInput => GetBucketLoggingOutput, subresources::logging;
    get_bucket_accelerate_configuration: GetBucketAccelerateConfigurationInput
        => GetBucketAccelerateConfigurationOutput, subresources::accelerate;
    get_bucket_request_payment: GetBucketRequestPaymentInput
        => GetBucketRequestPaymentOutput, subresources::payment;
    get_bucket_notification_configuration: GetBucketNotificationConfigurationInput
        => GetBucketNotificationConfigurationOutput, subresources::notification;
    get_bucket_ownership_controls: GetBucketOwnershipControlsInput
        => GetBucketOwnershipControlsOutput, subresources::ownership;
    get_public_access_block: GetPublicAccessBlockInput
        => GetPublicAccessBlockOutput, subresources::public_access;
    get_bucket_policy: GetBucketPolicyInput => GetBucketPolicyOutput, subresources::policy;
    get_bucket_policy_status: GetBucketPolicyStatusInput
        => GetBucketPolicyStatusOutput, subresources::policy_status;
    get_bucket_cors: GetBucketCorsInput => GetBucketCorsOutput, subresources::cors;
    get_bucket_website: GetBucketWebsiteInput => GetBucketWebsiteOutput, subresources::website;
    get_bucket_lifecycle_configuration: GetBucketLifecycleConfigurationInput
        => GetBucketLifecycleConfigurationOutput, subresources::lifecycle;
    get_bucket_replication: GetBucketReplicationInput => GetBucketReplicationOutput, subresources::replication;
    get_object_lock_configuration: GetObjectLockConfigurationInput
        => GetObjectLockConfigurationOutput, subresources::object_lock;
}
