//! A sandbox and clients that speak to it.

use std::error::Error;
use std::fmt::Debug;

use aws_credential_types::Credentials;
use aws_sdk_lambda::config::{BehaviorVersion, Region, retry::RetryConfig};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{
    AllowedPublishers, CodeSigningPolicies, CodeSigningPolicy, FunctionCode, LayerVersionContentInput,
    Runtime,
};
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use aws_sdk_signer::types::{Destination, S3Destination, S3Source, Source};
use lambda_codesign_sandbox::{Options, Sandbox};
use lambda_codesign_signing::pack::{PackOptions, pack};

pub(crate) const BUCKET: &str = "builds";
pub(crate) const ROLE: &str = "arn:aws:iam::123456789012:role/any";

pub(crate) struct Stand {
    pub(crate) sandbox: Sandbox,
    pub(crate) signer: aws_sdk_signer::Client,
    pub(crate) lambda: aws_sdk_lambda::Client,
    pub(crate) s3: aws_sdk_s3::Client,
}

impl Stand {
    pub(crate) async fn new(options: Options) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        let secret =
            sandbox.environment().into_iter().find(|(name, _)| *name == "AWS_SECRET_ACCESS_KEY").unwrap().1;
        Self::with_secret(sandbox, &secret).await
    }

    pub(crate) async fn with_secret(sandbox: Sandbox, secret: &str) -> Self {
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(sandbox.endpoint_url())
            .credentials_provider(Credentials::new("123456789012", secret, None, None, "test"))
            .retry_config(RetryConfig::standard().with_max_attempts(1))
            .load()
            .await;
        Self {
            signer: aws_sdk_signer::Client::new(&config),
            lambda: aws_sdk_lambda::Client::new(&config),
            s3: aws_sdk_s3::Client::new(&config),
            sandbox,
        }
    }

    /// One with a bucket that keeps versions.
    pub(crate) async fn with_bucket() -> Self {
        let stand = Self::new(Options::default()).await;
        stand.make_bucket().await;
        stand
    }

    pub(crate) async fn make_bucket(&self) {
        self.s3.create_bucket().bucket(BUCKET).send().await.unwrap();
        let versioned = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        self.s3
            .put_bucket_versioning()
            .bucket(BUCKET)
            .versioning_configuration(versioned)
            .send()
            .await
            .unwrap();
    }

    /// Puts an object and answers its version.
    pub(crate) async fn put(&self, key: &str, bytes: Vec<u8>) -> String {
        let put = self.s3.put_object().bucket(BUCKET).key(key).body(bytes.into()).send().await.unwrap();
        put.version_id.unwrap()
    }

    /// Makes a profile and answers the ARN of its version.
    pub(crate) async fn profile(&self, name: &str) -> String {
        let made = self
            .signer
            .put_signing_profile()
            .profile_name(name)
            .platform_id("AWSLambda-SHA384-ECDSA")
            .send()
            .await
            .unwrap();
        made.profile_version_arn.unwrap()
    }

    /// Starts a job for an object and answers its id.
    pub(crate) async fn start(&self, profile: &str, key: &str, version: &str) -> String {
        let source = S3Source::builder().bucket_name(BUCKET).key(key).version(version).build().unwrap();
        let started = self
            .signer
            .start_signing_job()
            .profile_name(profile)
            .source(Source::builder().s3(source).build())
            .destination(destination())
            .client_request_token(format!("{profile}-{key}-{version}"))
            .send()
            .await
            .unwrap();
        started.job_id.unwrap()
    }

    /// Signs a package as a pipeline does and answers the job and the signed bytes.
    pub(crate) async fn sign(&self, profile: &str, package: Vec<u8>) -> (String, Vec<u8>) {
        let version = self.put("unsigned.zip", package).await;
        let job = self.start(profile, "unsigned.zip", &version).await;
        let done = self.signer.describe_signing_job().job_id(&job).send().await.unwrap();
        assert_eq!(done.status.as_ref().map(|status| status.as_str()), Some("Succeeded"), "{done:?}");
        let object = done.signed_object.and_then(|object| object.s3).unwrap();
        assert_eq!(object.key.as_deref(), Some(format!("signed/{job}.zip").as_str()));
        let signed = self.s3.get_object().bucket(BUCKET).key(object.key.unwrap()).send().await.unwrap();
        (job, signed.body.collect().await.unwrap().to_vec())
    }

    /// Makes a config and answers its ARN.
    pub(crate) async fn config(&self, publisher: &str, policy: CodeSigningPolicy) -> String {
        let publishers =
            AllowedPublishers::builder().signing_profile_version_arns(publisher).build().unwrap();
        let made = self
            .lambda
            .create_code_signing_config()
            .allowed_publishers(publishers)
            .code_signing_policies(
                CodeSigningPolicies::builder().untrusted_artifact_on_deployment(policy).build(),
            )
            .send()
            .await
            .unwrap();
        made.code_signing_config.unwrap().code_signing_config_arn
    }

    pub(crate) fn create(
        &self,
        name: &str,
        package: Vec<u8>,
    ) -> aws_sdk_lambda::operation::create_function::builders::CreateFunctionFluentBuilder {
        self.lambda
            .create_function()
            .function_name(name)
            .role(ROLE)
            .runtime(Runtime::from("python3.12"))
            .handler("app.handler")
            .code(FunctionCode::builder().zip_file(Blob::new(package)).build())
    }

    /// Publishes a layer and answers the ARN of its version.
    pub(crate) async fn layer(&self, name: &str, package: Vec<u8>) -> String {
        let content = LayerVersionContentInput::builder().zip_file(Blob::new(package)).build();
        let published =
            self.lambda.publish_layer_version().layer_name(name).content(content).send().await.unwrap();
        published.layer_version_arn.unwrap()
    }
}

pub(crate) fn destination() -> Destination {
    let s3 = S3Destination::builder().bucket_name(BUCKET).prefix("signed/").build();
    Destination::builder().s3(s3).build()
}

/// A package of one file with this body.
pub(crate) fn package(body: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("app.py"), body).unwrap();
    pack(folder.path(), &PackOptions::default()).unwrap().bytes
}

/// The service's error of a call that must fail, with its causes.
pub(crate) fn refusal<T: Debug, E: Error>(result: Result<T, E>) -> String {
    let error = result.expect_err("the call was to be refused");
    let mut text = format!("{error:?}");
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(&format!(": {next}"));
        cause = next.source();
    }
    text
}
