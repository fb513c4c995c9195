//! What else is read of a bucket, as it is where nobody set anything: Terraform's `aws_s3_bucket` reads all of it.

use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::buckets::{owner, record};
use super::service::Service;

/// The error of a subresource that nobody set, where the bucket is there.
async fn unset<T>(
    service: &Service,
    bucket: String,
    code: S3ErrorCode,
    message: &'static str,
) -> S3Result<T> {
    record(service, bucket).await?;
    let mut error = S3Error::with_message(code, message);
    error.set_status_code(axum::http::StatusCode::NOT_FOUND);
    Err(error)
}

/// Forms of browsers are not taken.
pub(super) async fn post_object(_: &Service, _: PostObjectInput) -> S3Result<PostObjectOutput> {
    Err(S3Error::with_message(S3ErrorCode::NotImplemented, "PostObject is not implemented yet"))
}

pub(super) async fn encryption(
    service: &Service,
    input: GetBucketEncryptionInput,
) -> S3Result<GetBucketEncryptionOutput> {
    record(service, input.bucket).await?;
    let rule = ServerSideEncryptionRule {
        apply_server_side_encryption_by_default: Some(ServerSideEncryptionByDefault {
            kms_master_key_id: None,
            sse_algorithm: ServerSideEncryption::from_static(ServerSideEncryption::AES256),
        }),
        bucket_key_enabled: Some(false),
    };
    let configuration = ServerSideEncryptionConfiguration { rules: vec![rule] };
    Ok(GetBucketEncryptionOutput { server_side_encryption_configuration: Some(configuration) })
}

pub(super) async fn acl(service: &Service, input: GetBucketAclInput) -> S3Result<GetBucketAclOutput> {
    let account = record(service, input.bucket).await?.account;
    let grantee = Grantee {
        display_name: None,
        email_address: None,
        id: Some(account.clone()),
        type_: Type::from_static(Type::CANONICAL_USER),
        uri: None,
    };
    let permission = Permission::from_static(Permission::FULL_CONTROL);
    let grant = Grant { grantee: Some(grantee), permission: Some(permission) };
    Ok(GetBucketAclOutput { grants: Some(vec![grant]), owner: Some(owner(&account)) })
}

pub(super) async fn logging(
    service: &Service,
    input: GetBucketLoggingInput,
) -> S3Result<GetBucketLoggingOutput> {
    record(service, input.bucket).await?;
    Ok(GetBucketLoggingOutput::default())
}

pub(super) async fn accelerate(
    service: &Service,
    input: GetBucketAccelerateConfigurationInput,
) -> S3Result<GetBucketAccelerateConfigurationOutput> {
    record(service, input.bucket).await?;
    Ok(GetBucketAccelerateConfigurationOutput::default())
}

pub(super) async fn payment(
    service: &Service,
    input: GetBucketRequestPaymentInput,
) -> S3Result<GetBucketRequestPaymentOutput> {
    record(service, input.bucket).await?;
    Ok(GetBucketRequestPaymentOutput { payer: Some(Payer::from_static(Payer::BUCKET_OWNER)) })
}

pub(super) async fn notification(
    service: &Service,
    input: GetBucketNotificationConfigurationInput,
) -> S3Result<GetBucketNotificationConfigurationOutput> {
    record(service, input.bucket).await?;
    Ok(GetBucketNotificationConfigurationOutput::default())
}

pub(super) async fn ownership(
    service: &Service,
    input: GetBucketOwnershipControlsInput,
) -> S3Result<GetBucketOwnershipControlsOutput> {
    record(service, input.bucket).await?;
    let object_ownership = ObjectOwnership::from_static(ObjectOwnership::BUCKET_OWNER_ENFORCED);
    let rules = vec![OwnershipControlsRule { object_ownership }];
    Ok(GetBucketOwnershipControlsOutput { ownership_controls: Some(OwnershipControls { rules }) })
}

/// A new bucket blocks all public access.
pub(super) async fn public_access(
    service: &Service,
    input: GetPublicAccessBlockInput,
) -> S3Result<GetPublicAccessBlockOutput> {
    record(service, input.bucket).await?;
    let configuration = PublicAccessBlockConfiguration {
        block_public_acls: Some(true),
        block_public_policy: Some(true),
        ignore_public_acls: Some(true),
        restrict_public_buckets: Some(true),
    };
    Ok(GetPublicAccessBlockOutput { public_access_block_configuration: Some(configuration) })
}

macro_rules! never_set {
    ($($name:ident: $input:ident => $output:ident, $code:expr, $message:literal;)+) => {$(
        pub(super) async fn $name(service: &Service, input: $input) -> S3Result<$output> {
            unset(service, input.bucket, $code, $message).await
        }
    )+};
}

never_set! {
    policy: GetBucketPolicyInput => GetBucketPolicyOutput,
        S3ErrorCode::NoSuchBucketPolicy, "The bucket policy does not exist";
    policy_status: GetBucketPolicyStatusInput => GetBucketPolicyStatusOutput,
        S3ErrorCode::NoSuchBucketPolicy, "The bucket policy does not exist";
    cors: GetBucketCorsInput => GetBucketCorsOutput,
        S3ErrorCode::NoSuchCORSConfiguration, "The CORS configuration does not exist";
    website: GetBucketWebsiteInput => GetBucketWebsiteOutput,
        S3ErrorCode::NoSuchWebsiteConfiguration, "The specified bucket does not have a website configuration";
    lifecycle: GetBucketLifecycleConfigurationInput => GetBucketLifecycleConfigurationOutput,
        S3ErrorCode::NoSuchLifecycleConfiguration, "The lifecycle configuration does not exist";
    replication: GetBucketReplicationInput => GetBucketReplicationOutput,
        S3ErrorCode::ReplicationConfigurationNotFoundError, "The replication configuration was not found";
    object_lock: GetObjectLockConfigurationInput => GetObjectLockConfigurationOutput,
        S3ErrorCode::Custom("ObjectLockConfigurationNotFoundError".into()),
        "Object Lock configuration does not exist for this bucket";
}
