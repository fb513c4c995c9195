//! A sandbox with a bucket, profiles, a function of signed code and an alias that points to its first version.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, retry::RetryConfig};
use aws_credential_types::Credentials;
use aws_sdk_lambda::error::ProvideErrorMetadata as _;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, LayerVersionContentInput, Runtime};
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use jiff::Timestamp;
use lambda_codesign_aws::config::{self, Config, Wanted};
use lambda_codesign_aws::connection::Connection;
use lambda_codesign_aws::deployed::{self, Function};
use lambda_codesign_aws::profile;
use lambda_codesign_aws::publish::{Aim, Journal, PublishError, Published, Publishing, Rules};
use lambda_codesign_aws::signing::{Desk, Unsigned};
use lambda_codesign_aws::wait::Deadline;
use lambda_codesign_core::Verifier;
use lambda_codesign_core::chain::{TrustRoots, Vouches};
use lambda_codesign_core::digest::CodeSha256;
use lambda_codesign_core::policy::{Evidence, Mode, Policy, Publishers};
use lambda_codesign_sandbox::{Options, Sandbox};
use lambda_codesign_signing::pack::{PackOptions, pack};

pub(crate) const BUCKET: &str = "builds";
pub(crate) const RELEASE: &str = "release";
pub(crate) const OTHER: &str = "other";
pub(crate) const FUNCTION: &str = "f";
pub(crate) const ALIAS: &str = "live";

pub(crate) struct Stand {
    pub(crate) sandbox: Sandbox,
    /// What publishes.
    pub(crate) connection: Connection,
    /// What prepares, and what somebody else deploys by.
    pub(crate) admin: Connection,
    pub(crate) verifier: Verifier,
    /// As of when packages are judged; now, where nothing is set.
    pub(crate) at: Option<Timestamp>,
    pub(crate) _folder: Option<tempfile::TempDir>,
}

impl Stand {
    pub(crate) async fn new() -> Self {
        Self::with(Options::default(), 8).await
    }

    pub(crate) async fn with(options: Options, attempts: u32) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        let (connection, admin) = (connect(&sandbox, attempts).await, connect(&sandbox, 8).await);
        admin.s3.create_bucket().bucket(BUCKET).send().await.unwrap();
        let versioned = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        let put = admin.s3.put_bucket_versioning().bucket(BUCKET).versioning_configuration(versioned);
        put.send().await.unwrap();
        for name in [RELEASE, OTHER] {
            profile::create(&admin.signer, name, None).await.unwrap();
        }
        let verifier = Verifier::new(roots(&sandbox), Policy::new(Publishers::Any));
        Self { sandbox, connection, admin, verifier, at: None, _folder: None }
    }

    /// One that goes on from the state of another, which was stopped.
    pub(crate) async fn copied(state: &[u8], attempts: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state");
        std::fs::write(&file, state).unwrap();
        let sandbox = Sandbox::start(Options { state: Some(file), ..Options::default() }).await.unwrap();
        let (connection, admin) = (connect(&sandbox, attempts).await, connect(&sandbox, 8).await);
        let verifier = Verifier::new(roots(&sandbox), Policy::new(Publishers::Any));
        Self { sandbox, connection, admin, verifier, at: None, _folder: Some(folder) }
    }

    /// One with a function of signed code, under a config, and the alias at its first version.
    pub(crate) async fn with_function(options: Options, attempts: u32) -> Self {
        let stand = Self::with(options, attempts).await;
        let first = stand.signed(RELEASE, "print('first')").await;
        let config = stand.config(&[RELEASE], Mode::Enforce).await;
        stand.create(first, Some(&config)).await;
        let request = stand.admin.lambda.publish_version().function_name(FUNCTION);
        let version = request.send().await.unwrap().version.unwrap();
        let request = stand.admin.lambda.create_alias().function_name(FUNCTION).name(ALIAS);
        request.function_version(version).send().await.unwrap();
        stand
    }

    pub(crate) async fn ready() -> Self {
        Self::with_function(Options::default(), 8).await
    }

    /// A package that a profile signed.
    pub(crate) async fn signed(&self, profile: &str, body: &str) -> Vec<u8> {
        let roots = roots(&self.sandbox);
        let desk = Desk::open(&self.admin, profile, None, roots, BUCKET.to_owned()).await.unwrap();
        let package = Unsigned::read(package(body)).unwrap();
        desk.sign(&self.admin, &package, &|_| {}).await.unwrap().bytes().to_vec()
    }

    pub(crate) async fn publisher(&self, profile: &str) -> String {
        profile::get(&self.admin.signer, profile, None).await.unwrap().version.to_string()
    }

    pub(crate) async fn config(&self, profiles: &[&str], mode: Mode) -> Config {
        let mut publishers = Vec::new();
        for profile in profiles {
            publishers.push(self.publisher(profile).await);
        }
        let wanted = Wanted { description: String::new(), publishers, mode };
        config::create(&self.admin.lambda, &wanted, &std::collections::BTreeMap::new()).await.unwrap()
    }

    pub(crate) async fn create(&self, package: Vec<u8>, config: Option<&Config>) {
        let request = self
            .admin
            .lambda
            .create_function()
            .function_name(FUNCTION)
            .role("arn:aws:iam::123456789012:role/any")
            .runtime(Runtime::from("python3.12"))
            .handler("app.handler")
            .code(FunctionCode::builder().zip_file(Blob::new(package)).build())
            .set_code_signing_config_arn(config.map(|config| config.arn.as_str().to_owned()));
        request.send().await.unwrap();
    }

    /// Publishes a layer by hand and answers its ARN.
    pub(crate) async fn layer(&self, name: &str, package: Vec<u8>) -> String {
        let content = LayerVersionContentInput::builder().zip_file(Blob::new(package)).build();
        let request = self.admin.lambda.publish_layer_version().layer_name(name).content(content);
        request.send().await.unwrap().layer_version_arn.unwrap()
    }

    pub(crate) async fn attach(&self, layer: &str) {
        let request = self.admin.lambda.update_function_configuration().function_name(FUNCTION);
        request.layers(layer).send().await.unwrap();
    }

    /// Somebody else deploys, whatever there is, as soon as no other update is under way.
    pub(crate) async fn deploys_other(&self, package: Vec<u8>) {
        loop {
            let request = self.admin.lambda.update_function_code().function_name(FUNCTION);
            match request.zip_file(Blob::new(package.clone())).send().await {
                Ok(_) => return,
                Err(error) => {
                    assert_eq!(error.code(), Some("ResourceConflictException"), "{error:?}");
                    tokio::task::yield_now().await;
                }
            }
        }
    }

    pub(crate) fn publishing<'a>(&'a self, journal: &'a Journal) -> Publishing<'a> {
        Publishing {
            connection: &self.connection,
            verifier: &self.verifier,
            evidence: Evidence { now: self.at.unwrap_or_else(Timestamp::now), revocations: None },
            bucket: Some(BUCKET.to_owned()),
            deadline: Deadline::after(Duration::from_secs(20)),
            journal,
        }
    }

    /// What judges where no config is attached: the release profile, and nothing else.
    pub(crate) async fn rules(&self) -> Rules<'static> {
        let release = self.publisher(RELEASE).await.parse().unwrap();
        Rules {
            alone: Policy::new(Publishers::Only(vec![release])),
            beside_config: None,
            for_layer: &|_| None,
        }
    }

    pub(crate) async fn publish(&self, package: &[u8], aim: Aim) -> Result<Published, PublishError> {
        let rules = self.rules().await;
        self.publish_by(package, aim, &rules).await
    }

    pub(crate) async fn publish_by(
        &self,
        package: &[u8],
        aim: Aim,
        rules: &Rules<'_>,
    ) -> Result<Published, PublishError> {
        let journal = Journal::default();
        let publishing = self.publishing(&journal);
        let target = publishing.find(&FUNCTION.parse().unwrap(), aim).await?;
        publishing.function(&target, package, rules).await
    }

    pub(crate) async fn latest(&self) -> Function {
        self.shown(None).await
    }

    /// A version or what an alias stands for.
    pub(crate) async fn shown(&self, qualifier: Option<&str>) -> Function {
        deployed::function(&self.admin.lambda, FUNCTION, qualifier).await.unwrap().function
    }

    /// How many published versions have this content.
    pub(crate) async fn versions_of(&self, package: &[u8]) -> usize {
        let request = self.admin.lambda.list_versions_by_function().function_name(FUNCTION);
        let versions = request.send().await.unwrap().versions.unwrap();
        let hash = CodeSha256::of(package).to_string();
        let is_ours = |it: &&aws_sdk_lambda::types::FunctionConfiguration| {
            it.version() != Some("$LATEST") && it.code_sha256() == Some(hash.as_str())
        };
        versions.iter().filter(is_ours).count()
    }
}

pub(crate) fn alias() -> Aim {
    Aim::Alias(ALIAS.parse().unwrap())
}

pub(crate) fn roots(sandbox: &Sandbox) -> TrustRoots {
    let mut roots = TrustRoots::none();
    roots.add_pem(sandbox.trust_root_pem().as_bytes(), &Vouches::All).unwrap();
    roots
}

pub(crate) async fn connect(sandbox: &Sandbox, attempts: u32) -> Connection {
    let retries =
        RetryConfig::standard().with_max_attempts(attempts).with_initial_backoff(Duration::from_millis(5));
    let config = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(sandbox.endpoint_url())
        .credentials_provider(Credentials::new("123456789012", "secret", None, None, "test"))
        .retry_config(retries)
        .load()
        .await;
    Connection::of(config).await.unwrap()
}

/// An unsigned package of one file with this body.
pub(crate) fn package(body: impl AsRef<[u8]>) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("app.py"), body).unwrap();
    pack(folder.path(), &PackOptions::default()).unwrap().bytes
}
