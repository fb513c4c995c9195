//! Lambda's operations.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{
    AllowedPublishers, CodeSigningPolicies, CodeSigningPolicy, FunctionCode, LayerVersionContentInput,
};

use crate::stand::{BUCKET, Stand, package, refusal};

#[tokio::test]
async fn functions_versions_and_aliases() {
    let stand = Stand::with_bucket().await;
    let lambda = &stand.lambda;
    stand.create("f", package("one")).send().await.unwrap();
    assert!(refusal(stand.create("f", package("one")).send().await).contains("ResourceConflictException"));
    let created = lambda.create_function().function_name("g").role(crate::stand::ROLE);
    let version = stand.put("code.zip", package("g")).await;
    let code =
        FunctionCode::builder().s3_bucket(BUCKET).s3_key("code.zip").s3_object_version(version).build();
    let created =
        created.runtime("python3.12".into()).handler("app.handler").code(code).send().await.unwrap();
    assert_eq!(created.function_name.as_deref(), Some("g"));

    let code = lambda.update_function_code().function_name("f").zip_file(Blob::new(package("two")));
    let updated = code.send().await.unwrap();
    let got = lambda.get_function().function_name("f").send().await.unwrap();
    assert_eq!(got.configuration.unwrap().code_sha256, updated.code_sha256);
    assert!(got.code.unwrap().location.unwrap().starts_with(stand.sandbox.endpoint_url()));
    let changed = lambda.update_function_configuration().function_name("f").description("changed");
    assert_eq!(changed.send().await.unwrap().description.as_deref(), Some("changed"));
    let found = lambda.get_function_configuration().function_name("f").send().await.unwrap();
    assert_eq!(found.description.as_deref(), Some("changed"));
    let stale = lambda.update_function_code().function_name("f").revision_id("stale");
    let stale = refusal(stale.zip_file(Blob::new(package("three"))).send().await);
    assert!(stale.contains("PreconditionFailedException"), "{stale}");
    let listed = lambda.list_functions().max_items(1).send().await.unwrap();
    assert!(listed.functions.unwrap().len() == 1 && listed.next_marker.is_some());

    let one = lambda.publish_version().function_name("f").send().await.unwrap().version.unwrap();
    let same = lambda.publish_version().function_name("f").send().await.unwrap().version.unwrap();
    assert_eq!((one.as_str(), same.as_str()), ("1", "1"), "nothing changed in between");
    let versions = lambda.list_versions_by_function().function_name("f").send().await.unwrap();
    assert_eq!(versions.versions.unwrap().len(), 2);

    let alias = |name| lambda.create_alias().function_name("f").name(name).function_version("1");
    alias("live").send().await.unwrap();
    assert!(refusal(alias("live").send().await).contains("ResourceConflictException"));
    let moved = lambda.update_alias().function_name("f").name("live").description("moved").send().await;
    assert_eq!(moved.unwrap().description.as_deref(), Some("moved"));
    let got = lambda.get_alias().function_name("f").name("live").send().await.unwrap();
    assert_eq!(got.function_version.as_deref(), Some("1"));
    assert_eq!(lambda.list_aliases().function_name("f").send().await.unwrap().aliases.unwrap().len(), 1);
    lambda.delete_alias().function_name("f").name("live").send().await.unwrap();
    let gone = refusal(lambda.get_alias().function_name("f").name("live").send().await);
    assert!(gone.contains("ResourceNotFoundException"), "{gone}");

    lambda.delete_function().function_name("g").send().await.unwrap();
    for gone in [
        refusal(lambda.get_function().function_name("g").send().await),
        refusal(lambda.get_function_configuration().function_name("g").send().await),
        refusal(lambda.update_function_configuration().function_name("g").send().await),
        refusal(lambda.delete_function().function_name("g").send().await),
        refusal(lambda.publish_version().function_name("g").send().await),
        refusal(lambda.list_versions_by_function().function_name("g").send().await),
        refusal(lambda.list_aliases().function_name("g").send().await),
        refusal(lambda.update_alias().function_name("g").name("live").send().await),
    ] {
        assert!(gone.contains("ResourceNotFoundException"), "{gone}");
    }
}

#[tokio::test]
async fn layers() {
    let stand = Stand::with_bucket().await;
    let lambda = &stand.lambda;
    let content = LayerVersionContentInput::builder().zip_file(Blob::new(package("layer"))).build();
    let made = lambda.publish_layer_version().layer_name("l").content(content).send().await.unwrap();
    let arn = made.layer_version_arn.unwrap();
    let by_number = lambda.get_layer_version().layer_name("l").version_number(1).send().await.unwrap();
    let by_arn = lambda.get_layer_version_by_arn().arn(&arn).send().await.unwrap();
    assert_eq!(by_number.content.unwrap().code_sha256, by_arn.content.unwrap().code_sha256);
    assert_eq!(lambda.list_layers().send().await.unwrap().layers.unwrap().len(), 1);
    let versions = lambda.list_layer_versions().layer_name("l").send().await.unwrap().layer_versions.unwrap();
    assert_eq!(versions[0].layer_version_arn.as_deref(), Some(arn.as_str()));
    lambda.delete_layer_version().layer_name("l").version_number(1).send().await.unwrap();
    for gone in [
        refusal(lambda.get_layer_version().layer_name("l").version_number(1).send().await),
        refusal(lambda.get_layer_version_by_arn().arn(&arn).send().await),
    ] {
        assert!(gone.contains("ResourceNotFoundException"), "{gone}");
    }
    let next = stand.layer("l", package("again")).await;
    assert!(next.ends_with(":2"), "a number is given once: {next}");
}

#[tokio::test]
async fn configs_and_tags() {
    let stand = Stand::with_bucket().await;
    let lambda = &stand.lambda;
    let publisher = stand.profile("release").await;
    let arn = stand.config(&publisher, CodeSigningPolicy::Warn).await;
    let many = AllowedPublishers::builder().set_signing_profile_version_arns(Some(vec![publisher; 21]));
    let many = lambda.create_code_signing_config().allowed_publishers(many.build().unwrap()).send().await;
    let many = refusal(many);
    assert!(many.contains("ValidationException"), "{many}");
    let policies =
        CodeSigningPolicies::builder().untrusted_artifact_on_deployment(CodeSigningPolicy::Enforce).build();
    let change = lambda.update_code_signing_config().code_signing_config_arn(&arn);
    change.code_signing_policies(policies).send().await.unwrap();
    let got = lambda.get_code_signing_config().code_signing_config_arn(&arn).send().await.unwrap();
    let policy = got.code_signing_config.unwrap().code_signing_policies.unwrap();
    assert_eq!(policy.untrusted_artifact_on_deployment, Some(CodeSigningPolicy::Enforce));
    assert_eq!(
        lambda.list_code_signing_configs().send().await.unwrap().code_signing_configs.unwrap().len(),
        1
    );

    stand.create("f", package("one")).send().await.unwrap();
    let put = |config: &str| {
        lambda.put_function_code_signing_config().function_name("f").code_signing_config_arn(config)
    };
    put(&arn).send().await.unwrap();
    let absent = arn.replace("csc-", "csc-0").split_at(arn.len()).0.to_owned();
    assert!(refusal(put(&absent).send().await).contains("CodeSigningConfigNotFoundException"));
    let found = lambda.get_function_code_signing_config().function_name("f").send().await.unwrap();
    assert_eq!(found.code_signing_config_arn, arn);
    let of = lambda.list_functions_by_code_signing_config().code_signing_config_arn(&arn);
    assert_eq!(of.send().await.unwrap().function_arns.unwrap().len(), 1);
    let attached = lambda.delete_code_signing_config().code_signing_config_arn(&arn);
    assert!(refusal(attached.send().await).contains("ResourceConflictException"));
    lambda.delete_function_code_signing_config().function_name("f").send().await.unwrap();
    let found = lambda.get_function_code_signing_config().function_name("f").send().await.unwrap();
    assert_eq!(found.code_signing_config_arn, "");

    lambda.tag_resource().resource(&arn).tags("team", "a").tags("stage", "b").send().await.unwrap();
    lambda.untag_resource().resource(&arn).tag_keys("stage").send().await.unwrap();
    let tags = lambda.list_tags().resource(&arn).send().await.unwrap().tags.unwrap();
    assert_eq!(tags.into_iter().collect::<Vec<_>>(), [("team".to_owned(), "a".to_owned())]);
    lambda.delete_code_signing_config().code_signing_config_arn(&arn).send().await.unwrap();
    for gone in [
        refusal(lambda.get_code_signing_config().code_signing_config_arn(&arn).send().await),
        refusal(lambda.update_code_signing_config().code_signing_config_arn(&arn).send().await),
        refusal(lambda.list_functions_by_code_signing_config().code_signing_config_arn(&arn).send().await),
        refusal(lambda.list_tags().resource(&arn).send().await),
        refusal(lambda.tag_resource().resource(&arn).tags("a", "b").send().await),
        refusal(lambda.untag_resource().resource(&arn).tag_keys("a").send().await),
    ] {
        assert!(gone.contains("NotFoundException"), "{gone}");
    }
}
