//! Signer: profiles, jobs and what they sign.

use aws_sdk_signer::primitives::DateTime;
use aws_sdk_signer::types::{S3Source, SignatureValidityPeriod, SigningStatus, Source, ValidityType};
use jiff::Timestamp;
use lambda_codesign_core::Verifier;
use lambda_codesign_core::chain::{TrustRoots, Vouches};
use lambda_codesign_core::policy::{Evidence, Policy, Publishers};
use lambda_codesign_core::verdict::Decision;
use lambda_codesign_sandbox::Options;

use crate::stand::{BUCKET, Stand, destination, package, refusal};

#[tokio::test]
async fn what_is_signed_holds_against_its_root() {
    let stand = Stand::with_bucket().await;
    let arn = stand.profile("release").await;
    let (_, signed) = stand.sign("release", package("one")).await;
    let mut roots = TrustRoots::none();
    roots.add_pem(stand.sandbox.trust_root_pem().as_bytes(), &Vouches::All).unwrap();
    let policy = Policy::new(Publishers::Only(vec![arn.parse().unwrap()]));
    let verifier = Verifier::new(roots, policy);
    let evidence = || Evidence { now: Timestamp::now(), revocations: None };
    let verdict = verifier.verify(&signed, evidence());
    assert_eq!(verdict.decision(), Decision::Allow, "{:?}", verdict.checks());
    assert_eq!(verifier.verify(&package("one"), evidence()).decision(), Decision::Block);
}

#[tokio::test]
async fn a_token_starts_one_job() {
    let stand = Stand::with_bucket().await;
    stand.profile("release").await;
    let version = stand.put("a.zip", package("one")).await;
    let first = stand.start("release", "a.zip", &version).await;
    assert_eq!(stand.start("release", "a.zip", &version).await, first);
    let jobs = stand.signer.list_signing_jobs().send().await.unwrap().jobs.unwrap();
    assert_eq!(jobs.len(), 1);
}

#[tokio::test]
async fn what_cant_be_signed_fails_with_a_reason() {
    let stand = Stand::with_bucket().await;
    stand.profile("release").await;
    let (_, signed) = stand.sign("release", package("one")).await;
    for (key, bytes) in [("no.zip", b"not a zip".to_vec()), ("empty.zip", Vec::new()), ("again.zip", signed)]
    {
        let version = stand.put(key, bytes).await;
        let job = stand.start("release", key, &version).await;
        let failed = stand.signer.describe_signing_job().job_id(job).send().await.unwrap();
        assert_eq!(failed.status, Some(SigningStatus::Failed), "{key}");
        assert!(failed.status_reason.is_some_and(|reason| !reason.is_empty()), "{key}");
    }
}

#[tokio::test]
async fn a_job_takes_its_time() {
    let options = Options { job: std::time::Duration::from_millis(600), ..Options::default() };
    let stand = Stand::new(options).await;
    stand.make_bucket().await;
    stand.profile("release").await;
    let version = stand.put("a.zip", package("one")).await;
    let job = stand.start("release", "a.zip", &version).await;
    let status = || async { stand.signer.describe_signing_job().job_id(&job).send().await.unwrap().status };
    assert_eq!(status().await, Some(SigningStatus::InProgress));
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    assert_eq!(status().await, Some(SigningStatus::Succeeded));
}

#[tokio::test]
async fn a_version_is_asked_for() {
    let stand = Stand::with_bucket().await;
    stand.profile("release").await;
    stand.put("a.zip", package("one")).await;
    let source = S3Source::builder().bucket_name(BUCKET).key("a.zip").version("").build().unwrap();
    let start = stand
        .signer
        .start_signing_job()
        .profile_name("release")
        .source(Source::builder().s3(source).build())
        .destination(destination())
        .client_request_token("t")
        .send()
        .await;
    let refused = refusal(start);
    assert!(refused.contains("ValidationException") || refused.contains("InvalidJobParameters"), "{refused}");
}

#[tokio::test]
async fn profiles_are_made_once_shown_canceled_and_revoked() {
    let stand = Stand::new(Options::default()).await;
    let years = SignatureValidityPeriod::builder().value(2).r#type(ValidityType::Years).build();
    let made = stand
        .signer
        .put_signing_profile()
        .profile_name("release")
        .platform_id("AWSLambda-SHA384-ECDSA")
        .signature_validity_period(years)
        .tags("team", "builds")
        .send()
        .await
        .unwrap();
    let (arn, version) = (made.arn.unwrap(), made.profile_version.unwrap());
    assert_eq!(version.len(), 10);
    let again =
        stand.signer.put_signing_profile().profile_name("release").platform_id("AWSLambda-SHA384-ECDSA");
    assert!(refusal(again.send().await).contains("Profile with name release already exists"));
    let shown = stand.signer.get_signing_profile().profile_name("release").send().await.unwrap();
    assert_eq!(shown.status.as_ref().map(|status| status.as_str()), Some("Active"));
    assert_eq!(shown.signature_validity_period.unwrap().value, 2);
    let tags = stand.signer.list_tags_for_resource().resource_arn(&arn).send().await.unwrap().tags.unwrap();
    assert_eq!(tags.get("team").map(String::as_str), Some("builds"));
    let revoke = |seconds| {
        stand
            .signer
            .revoke_signing_profile()
            .profile_name("release")
            .profile_version(&version)
            .reason("leaked")
            .effective_time(DateTime::from_secs(seconds))
            .send()
    };
    let now = Timestamp::now().as_second();
    assert!(refusal(revoke(now + 3600).await).contains("ValidationException"));
    revoke(now - 3600).await.unwrap();
    let cancel = stand.signer.cancel_signing_profile().profile_name("release").send().await;
    assert!(refusal(cancel).contains("cannot be canceled because it has been revoked"));
    let shown = stand.signer.get_signing_profile().profile_name("release").send().await.unwrap();
    assert_eq!(shown.status.as_ref().map(|status| status.as_str()), Some("Revoked"));
    assert!(shown.revocation_record.is_some());
    let unknown = stand.signer.get_signing_profile().profile_name("nobody").send().await;
    assert!(refusal(unknown).contains("ResourceNotFoundException"));
}

#[tokio::test]
async fn platforms_permissions_and_lists() {
    let stand = Stand::new(Options::default()).await;
    let platform =
        stand.signer.get_signing_platform().platform_id("AWSLambda-SHA384-ECDSA").send().await.unwrap();
    assert_eq!(platform.max_size_in_mb, 250);
    assert!(platform.revocation_supported);
    let platforms = stand.signer.list_signing_platforms().send().await.unwrap().platforms.unwrap();
    assert!(
        platforms.iter().any(|platform| platform.platform_id.as_deref() == Some("AWSLambda-SHA384-ECDSA"))
    );
    for name in ["aa", "bb", "cc"] {
        stand.profile(name).await;
    }
    let page = stand.signer.list_signing_profiles().max_results(2).send().await.unwrap();
    assert_eq!(page.profiles.unwrap().len(), 2);
    let rest =
        stand.signer.list_signing_profiles().next_token(page.next_token.unwrap()).send().await.unwrap();
    assert_eq!(rest.profiles.unwrap().len(), 1);
    stand
        .signer
        .add_profile_permission()
        .profile_name("aa")
        .action("signer:StartSigningJob")
        .principal("210987654321")
        .statement_id("other")
        .send()
        .await
        .unwrap();
    let permissions = stand.signer.list_profile_permissions().profile_name("aa").send().await.unwrap();
    assert_eq!(permissions.permissions.unwrap().len(), 1);
    let revision = permissions.revision_id.unwrap();
    stand
        .signer
        .remove_profile_permission()
        .profile_name("aa")
        .revision_id(revision)
        .statement_id("other")
        .send()
        .await
        .unwrap();
}
