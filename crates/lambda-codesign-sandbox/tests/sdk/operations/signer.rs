//! Signer's operations.

use aws_sdk_signer::primitives::DateTime;

use crate::stand::{Stand, package, refusal};

#[tokio::test]
async fn profiles_permissions_and_tags() {
    let stand = Stand::with_bucket().await;
    let signer = &stand.signer;
    let put = |name| signer.put_signing_profile().profile_name(name).platform_id("AWSLambda-SHA384-ECDSA");
    let made = put("release").send().await.unwrap();
    let (arn, version) = (made.arn.unwrap(), made.profile_version.unwrap());
    assert!(refusal(put("release").send().await).contains("Profile with name release already exists"));
    let got = signer.get_signing_profile().profile_name("release").send().await.unwrap();
    assert_eq!(got.profile_version.as_deref(), Some(version.as_str()));
    put("second").send().await.unwrap();
    assert_eq!(signer.list_signing_profiles().send().await.unwrap().profiles.unwrap().len(), 2);

    let grant = || signer.add_profile_permission().profile_name("release").action("signer:StartSigningJob");
    let granted = grant().principal("210987654321").statement_id("theirs").send().await.unwrap();
    let again = grant().principal("210987654321").statement_id("theirs").send().await;
    assert!(refusal(again).contains("ConflictException"));
    let listed = signer.list_profile_permissions().profile_name("release").send().await.unwrap();
    assert_eq!(listed.permissions.unwrap().len(), 1);
    let taken = signer.remove_profile_permission().profile_name("release").statement_id("theirs");
    taken.revision_id(granted.revision_id.unwrap()).send().await.unwrap();
    let listed = signer.list_profile_permissions().profile_name("release").send().await.unwrap();
    assert_eq!(listed.permissions.unwrap().len(), 0);
    assert!(
        refusal(signer.list_profile_permissions().profile_name("nobody").send().await).contains("NotFound")
    );

    signer.tag_resource().resource_arn(&arn).tags("team", "a").tags("stage", "b").send().await.unwrap();
    signer.untag_resource().resource_arn(&arn).tag_keys("stage").send().await.unwrap();
    let tags = signer.list_tags_for_resource().resource_arn(&arn).send().await.unwrap().tags.unwrap();
    assert_eq!(tags.len(), 1);

    signer.cancel_signing_profile().profile_name("second").send().await.unwrap();
    let revoke = |at| {
        signer
            .revoke_signing_profile()
            .profile_name("release")
            .profile_version(&version)
            .reason("test")
            .effective_time(DateTime::from_secs(at))
    };
    assert!(refusal(revoke(4_000_000_000).send().await).contains("ValidationException"), "in the future");
    revoke(1_700_000_000).send().await.unwrap();
    let cancelled = refusal(signer.cancel_signing_profile().profile_name("release").send().await);
    assert!(cancelled.contains("cannot be canceled because it has been revoked"), "{cancelled}");
    for gone in [
        refusal(signer.get_signing_profile().profile_name("nobody").send().await),
        refusal(signer.cancel_signing_profile().profile_name("nobody").send().await),
        refusal(signer.list_tags_for_resource().resource_arn(arn.replace("release", "nobody")).send().await),
        refusal(grant().profile_name("nobody").principal("1").statement_id("s").send().await),
    ] {
        assert!(gone.contains("NotFoundException") || gone.contains("ValidationException"), "{gone}");
    }
}

#[tokio::test]
async fn platforms_jobs_and_revocations() {
    let stand = Stand::with_bucket().await;
    let signer = &stand.signer;
    let platforms = signer.list_signing_platforms().send().await.unwrap().platforms.unwrap();
    assert!(platforms.iter().any(|it| it.platform_id.as_deref() == Some("AWSLambda-SHA384-ECDSA")));
    let platform = signer.get_signing_platform().platform_id("AWSLambda-SHA384-ECDSA").send().await.unwrap();
    assert_eq!(platform.display_name.as_deref(), Some("AWS Lambda"));
    let other = signer.get_signing_platform().platform_id("Nothing").send().await;
    assert!(refusal(other).contains("ResourceNotFoundException"));

    stand.profile("release").await;
    let unknown = crate::stand::destination();
    let source = aws_sdk_signer::types::S3Source::builder().bucket_name("builds").key("absent").version("v");
    let source = aws_sdk_signer::types::Source::builder().s3(source.build().unwrap()).build();
    let started = signer.start_signing_job().profile_name("release").source(source).destination(unknown);
    assert!(refusal(started.client_request_token("t").send().await).contains("ValidationException"));
    let (job, _) = stand.sign("release", package("one")).await;
    let described = signer.describe_signing_job().job_id(&job).send().await.unwrap();
    assert!(described.signature_expires_at.is_some() && described.revocation_record.is_none());
    assert_eq!(signer.list_signing_jobs().send().await.unwrap().jobs.unwrap().len(), 1);
    signer.revoke_signature().job_id(&job).reason("test").send().await.unwrap();
    let revoked = signer.list_signing_jobs().is_revoked(true).send().await.unwrap().jobs.unwrap();
    assert_eq!(revoked.len(), 1);
    for gone in [
        refusal(signer.describe_signing_job().job_id("11111111-2222-4333-8444-555555555555").send().await),
        refusal(
            signer.revoke_signature().job_id("11111111-2222-4333-8444-555555555555").reason("r").send().await,
        ),
    ] {
        assert!(gone.contains("ResourceNotFoundException"), "{gone}");
    }
}

/// What the sandbox has not says so by its name. GetRevocationStatus is served by a host of its own, so botocore's tests
/// call it by its path.
#[tokio::test]
async fn what_is_absent_is_named() {
    let stand = Stand::with_bucket().await;
    stand.profile("release").await;
    let payload = stand
        .signer
        .sign_payload()
        .profile_name("release")
        .payload_format("application/vnd.cncf.notary.payload.v1+json");
    let absent = payload.payload(aws_sdk_signer::primitives::Blob::new("{}")).send().await;
    let absent = refusal(absent);
    assert!(absent.contains("501") && absent.contains("SignPayload"), "{absent}");
}
