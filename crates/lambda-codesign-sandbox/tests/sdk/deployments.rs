//! Lambda: each deployment is judged.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::CodeSigningPolicy;
use lambda_codesign_sandbox::Options;

use crate::stand::{Stand, package, refusal};

const NOT_ACCEPTED: &str = "signed using a signature that the client is not configured to accept";
const NOT_SIGNED_PROPERLY: &str = "The function or layer code is not properly signed";

/// A package whose last byte of content differs from what was signed.
fn tampered(signed: &[u8]) -> Vec<u8> {
    let mut bytes = signed.to_vec();
    let at = bytes.windows(6).position(|window| window == b"app.py").unwrap();
    // The name in the local record and the one in the directory.
    let last = bytes.windows(6).rposition(|window| window == b"app.py").unwrap();
    for at in [at, last] {
        bytes[at] = b'b';
    }
    bytes
}

#[tokio::test]
async fn enforce_takes_what_is_signed_and_refuses_the_rest() {
    let stand = Stand::with_bucket().await;
    let arn = stand.profile("release").await;
    let (job, signed) = stand.sign("release", package("one")).await;
    let config = stand.config(&arn, CodeSigningPolicy::Enforce).await;
    let unsigned = stand.create("f", package("one")).code_signing_config_arn(&config).send().await;
    let refused = refusal(unsigned);
    assert!(
        refused.contains("CodeVerificationFailedException") && refused.contains(NOT_ACCEPTED),
        "{refused}"
    );
    let created = stand.create("f", signed.clone()).code_signing_config_arn(&config).send().await.unwrap();
    assert_eq!(created.signing_profile_version_arn.as_deref(), Some(arn.as_str()));
    assert!(created.signing_job_arn.is_some_and(|arn| arn.ends_with(&job)));

    let deploy = |code: Vec<u8>| {
        stand.lambda.update_function_code().function_name("f").zip_file(Blob::new(code)).send()
    };
    let before = stand.lambda.get_function_configuration().function_name("f").send().await.unwrap();
    let refused = refusal(deploy(tampered(&signed)).await);
    assert!(refused.contains(NOT_SIGNED_PROPERLY), "{refused}");
    assert!(refusal(deploy(package("two")).await).contains(NOT_ACCEPTED));
    let after = stand.lambda.get_function_configuration().function_name("f").send().await.unwrap();
    assert_eq!((before.code_sha256, before.revision_id), (after.code_sha256, after.revision_id));

    let dry = stand
        .lambda
        .update_function_code()
        .function_name("f")
        .dry_run(true)
        .zip_file(Blob::new(package("two")));
    assert!(refusal(dry.send().await).contains(NOT_ACCEPTED));

    stand.signer.revoke_signature().job_id(&job).reason("leaked").send().await.unwrap();
    assert!(refusal(deploy(signed).await).contains("CodeVerificationFailedException"));
    let checks: Vec<_> = stand.sandbox.judgements().into_iter().map(|record| record.check).collect();
    let codes: Vec<_> = checks.iter().flatten().map(String::as_str).collect();
    assert!(codes.contains(&"unsigned") && codes.contains(&"revoked-signature"), "{codes:?}");
}

#[tokio::test]
async fn warn_lets_all_but_tampered_code_pass() {
    let stand = Stand::with_bucket().await;
    let arn = stand.profile("release").await;
    let (_, signed) = stand.sign("release", package("one")).await;
    let config = stand.config(&arn, CodeSigningPolicy::Warn).await;
    let created = stand.create("f", signed.clone()).code_signing_config_arn(&config).send().await.unwrap();
    assert!(created.signing_profile_version_arn.is_some());
    let deploy = |code: Vec<u8>| {
        stand.lambda.update_function_code().function_name("f").zip_file(Blob::new(code)).send()
    };
    let unsigned = deploy(package("two")).await.unwrap();
    assert_eq!((unsigned.signing_profile_version_arn, unsigned.signing_job_arn), (None, None));
    assert!(refusal(deploy(tampered(&signed)).await).contains(NOT_SIGNED_PROPERLY));
}

#[tokio::test]
async fn layers_are_judged_when_they_are_attached() {
    let stand = Stand::with_bucket().await;
    let arn = stand.profile("release").await;
    let (_, signed) = stand.sign("release", package("one")).await;
    let (_, signed_layer) = stand.sign("release", package("layer")).await;
    let config = stand.config(&arn, CodeSigningPolicy::Enforce).await;
    stand.create("f", signed).code_signing_config_arn(&config).send().await.unwrap();
    let attach =
        |layer: &str| stand.lambda.update_function_configuration().function_name("f").layers(layer).send();
    let unsigned = stand.layer("vendor", package("layer")).await;
    let refused = refusal(attach(&unsigned).await);
    assert!(refused.contains(NOT_ACCEPTED) && refused.contains(&unsigned), "{refused}");
    let layer = stand.layer("own", signed_layer).await;
    let attached = attach(&layer).await.unwrap();
    assert_eq!(attached.layers.unwrap()[0].arn.as_deref(), Some(layer.as_str()));
}

#[tokio::test]
async fn configs_are_made_attached_and_kept_while_attached() {
    let stand = Stand::with_bucket().await;
    let arn = stand.profile("release").await;
    let config = stand.config(&arn, CodeSigningPolicy::Warn).await;
    stand.create("f", package("one")).send().await.unwrap();
    let none = stand.lambda.get_function_code_signing_config().function_name("f").send().await.unwrap();
    assert!(none.code_signing_config_arn.is_empty());
    stand
        .lambda
        .put_function_code_signing_config()
        .function_name("f")
        .code_signing_config_arn(&config)
        .send()
        .await
        .unwrap();
    let used = stand.lambda.list_functions_by_code_signing_config().code_signing_config_arn(&config);
    assert_eq!(used.send().await.unwrap().function_arns.unwrap().len(), 1);
    let delete = || stand.lambda.delete_code_signing_config().code_signing_config_arn(&config).send();
    assert!(refusal(delete().await).contains("ResourceConflictException"));
    stand.lambda.delete_function_code_signing_config().function_name("f").send().await.unwrap();
    delete().await.unwrap();
    let gone = stand.lambda.get_code_signing_config().code_signing_config_arn(&config).send().await;
    assert!(refusal(gone).contains("ResourceNotFoundException"));
    let unknown = stand
        .lambda
        .put_function_code_signing_config()
        .function_name("f")
        .code_signing_config_arn(
            "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-00000000000000000",
        )
        .send()
        .await;
    assert!(refusal(unknown).contains("CodeSigningConfigNotFoundException"));
}

#[tokio::test]
async fn versions_aliases_and_guards() {
    let stand = Stand::with_bucket().await;
    let created = stand.create("f", package("one")).send().await.unwrap();
    let stale = stand
        .lambda
        .update_function_code()
        .function_name("f")
        .revision_id("stale")
        .zip_file(Blob::new(package("two")));
    assert!(refusal(stale.send().await).contains("PreconditionFailedException"));
    let wrong = stand.lambda.publish_version().function_name("f").code_sha256("d3Jvbmc=").send().await;
    refusal(wrong);
    let version = stand
        .lambda
        .publish_version()
        .function_name("f")
        .code_sha256(created.code_sha256.unwrap())
        .send()
        .await
        .unwrap()
        .version
        .unwrap();
    assert_eq!(version, "1");
    stand
        .lambda
        .create_alias()
        .function_name("f")
        .name("live")
        .function_version(&version)
        .send()
        .await
        .unwrap();
    stand
        .lambda
        .update_function_code()
        .function_name("f")
        .publish(true)
        .zip_file(Blob::new(package("two")))
        .send()
        .await
        .unwrap();
    stand.lambda.update_alias().function_name("f").name("live").function_version("2").send().await.unwrap();
    let alias = stand.lambda.get_alias().function_name("f").name("live").send().await.unwrap();
    assert_eq!(alias.function_version.as_deref(), Some("2"));
    let code = stand.lambda.get_function().function_name("f").send().await.unwrap().code.unwrap();
    assert!(code.location.unwrap().starts_with(stand.sandbox.endpoint_url()));
    stand.lambda.delete_function().function_name("f").send().await.unwrap();
    assert!(
        refusal(stand.lambda.get_function().function_name("f").send().await)
            .contains("ResourceNotFoundException")
    );
}

#[tokio::test]
async fn an_update_in_progress_is_not_overtaken() {
    let options = Options { transition: std::time::Duration::from_millis(500), ..Options::default() };
    let stand = Stand::new(options).await;
    let created = stand.create("f", package("one")).send().await.unwrap();
    assert_eq!(created.state.as_ref().map(|state| state.as_str()), Some("Pending"));
    let deploy =
        || stand.lambda.update_function_code().function_name("f").zip_file(Blob::new(package("two"))).send();
    assert!(refusal(deploy().await).contains("ResourceConflictException"));
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    let updated = deploy().await.unwrap();
    assert_eq!(updated.last_update_status.as_ref().map(|status| status.as_str()), Some("InProgress"));
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    let settled = stand.lambda.get_function_configuration().function_name("f").send().await.unwrap();
    assert_eq!(settled.last_update_status.as_ref().map(|status| status.as_str()), Some("Successful"));
}
