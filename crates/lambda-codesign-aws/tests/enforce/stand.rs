//! A sandbox with functions, and clients that speak to it.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, retry::RetryConfig};
use aws_credential_types::Credentials;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, LayerVersionContentInput, Runtime};
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, VersioningConfiguration,
};
use lambda_codesign_aws::config::{self, Config, Wanted};
use lambda_codesign_aws::connection::Connection;
use lambda_codesign_aws::enforce::{ApplyError, Applying, Desired, Here, Journal, Plan, State, Weaker};
use lambda_codesign_aws::pace::Pace;
use lambda_codesign_aws::profile;
use lambda_codesign_aws::signing::{Desk, Unsigned};
use lambda_codesign_core::chain::{TrustRoots, Vouches};
use lambda_codesign_core::policy::Mode;
use lambda_codesign_policy::{OWNER_TAG, PolicyFile};
use lambda_codesign_sandbox::{Options, Sandbox};
use lambda_codesign_signing::pack::{PackOptions, pack};

use crate::model::ACCOUNT;

pub(crate) struct Stand {
    pub(crate) sandbox: Sandbox,
    /// What plans and applies.
    pub(crate) connection: Connection,
    /// What prepares, and what somebody else works by.
    pub(crate) admin: Connection,
    pub(crate) pace: Pace,
}

impl Stand {
    /// One whose calls are tried so often, with these profiles.
    pub(crate) async fn new(attempts: u32, profiles: &[&str]) -> Self {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let (connection, admin) = (connect(&sandbox, attempts).await, connect(&sandbox, 8).await);
        Preparation { sandbox: &sandbox, admin: admin.clone() }.bucket().await;
        for name in profiles {
            profile::create(&admin.signer, name, None).await.unwrap();
        }
        let pace = Pace::per_second(NonZeroU32::new(1_000_000).unwrap());
        Self { sandbox, connection, admin, pace }
    }

    /// What prepares, in another region.
    pub(crate) fn in_region(&self, region: &str) -> Preparation<'_> {
        Preparation { sandbox: &self.sandbox, admin: self.admin.in_region(region) }
    }

    fn here(&self) -> Preparation<'_> {
        Preparation { sandbox: &self.sandbox, admin: self.admin.clone() }
    }

    pub(crate) async fn publisher(&self, profile: &str) -> String {
        profile::get(&self.admin.signer, profile, None).await.unwrap().version.to_string()
    }

    pub(crate) async fn signed(&self, profile: &str, body: &str) -> Vec<u8> {
        self.here().signed(profile, body).await
    }

    pub(crate) async fn function(
        &self,
        name: &str,
        package: &[u8],
        config: Option<&Config>,
        layers: &[String],
    ) {
        self.here().function(name, package, config, layers).await;
    }

    pub(crate) async fn layer(&self, name: &str, package: Vec<u8>) -> String {
        self.here().layer(name, package).await
    }

    /// A config of these profiles, with the file's tag or without.
    pub(crate) async fn config(&self, owner: Option<&str>, profiles: &[&str], mode: Mode) -> Config {
        let mut publishers = Vec::new();
        for profile in profiles {
            publishers.push(self.publisher(profile).await);
        }
        let wanted = Wanted { description: String::new(), publishers, mode };
        let tags: BTreeMap<String, String> =
            owner.map(|owner| (OWNER_TAG.to_owned(), owner.to_owned())).into_iter().collect();
        config::create(&self.admin.lambda, &wanted, &tags).await.unwrap()
    }

    pub(crate) async fn state(&self, connection: &Connection) -> State {
        self.try_state(connection).await.unwrap()
    }

    pub(crate) async fn try_state(
        &self,
        connection: &Connection,
    ) -> Result<State, lambda_codesign_aws::service::ServiceError> {
        let here = Here { region: "us-east-1".parse().unwrap(), account: ACCOUNT.parse().unwrap() };
        State::read(connection, here, &self.pace).await
    }

    pub(crate) async fn plan(&self, file: &PolicyFile) -> Plan {
        let state = self.state(&self.admin).await;
        Plan::between(&state, &Desired::of(file, &state).unwrap())
    }

    pub(crate) async fn carry_out(&self, plan: &Plan) -> Result<(), ApplyError> {
        let journal = Journal::default();
        let applying = Applying {
            connection: &self.connection,
            pace: &self.pace,
            patience: Duration::from_secs(20),
            journal: &journal,
        };
        applying.carry_out(plan, Weaker::Allowed).await
    }

    /// Reads, plans and applies, as one run does.
    pub(crate) async fn apply(&self, file: &PolicyFile) -> Result<(), String> {
        let state = self.try_state(&self.connection).await.map_err(|error| error.to_string())?;
        let plan = Plan::between(&state, &Desired::of(file, &state).unwrap());
        self.carry_out(&plan).await.map_err(|error| error.to_string())
    }
}

/// What prepares a region.
pub(crate) struct Preparation<'a> {
    sandbox: &'a Sandbox,
    admin: Connection,
}

impl Preparation<'_> {
    fn bucket_name(&self) -> String {
        format!("builds-{}", self.admin.region())
    }

    /// Makes a bucket that keeps versions, in the region.
    pub(crate) async fn bucket(&self) {
        let name = self.bucket_name();
        let place = BucketLocationConstraint::from(self.admin.region());
        let place = CreateBucketConfiguration::builder().location_constraint(place).build();
        let elsewhere = (self.admin.region() != "us-east-1").then_some(place);
        let request = self.admin.s3.create_bucket().bucket(&name).set_create_bucket_configuration(elsewhere);
        request.send().await.unwrap();
        let versioned = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        let put = self.admin.s3.put_bucket_versioning().bucket(&name).versioning_configuration(versioned);
        put.send().await.unwrap();
    }

    pub(crate) async fn signed(&self, profile: &str, body: &str) -> Vec<u8> {
        let desk =
            Desk::open(&self.admin, profile, None, roots(self.sandbox), self.bucket_name()).await.unwrap();
        let package = Unsigned::read(package(body)).unwrap();
        desk.sign(&self.admin, &package, &|_| {}).await.unwrap().bytes().to_vec()
    }

    pub(crate) async fn function(
        &self,
        name: &str,
        package: &[u8],
        config: Option<&Config>,
        layers: &[String],
    ) {
        let request = self
            .admin
            .lambda
            .create_function()
            .function_name(name)
            .role("arn:aws:iam::123456789012:role/any")
            .runtime(Runtime::from("python3.12"))
            .handler("app.handler")
            .code(FunctionCode::builder().zip_file(Blob::new(package)).build())
            .set_layers((!layers.is_empty()).then(|| layers.to_vec()))
            .set_code_signing_config_arn(config.map(|config| config.arn.as_str().to_owned()));
        request.send().await.unwrap();
    }

    pub(crate) async fn layer(&self, name: &str, package: Vec<u8>) -> String {
        let content = LayerVersionContentInput::builder().zip_file(Blob::new(package)).build();
        let request = self.admin.lambda.publish_layer_version().layer_name(name).content(content);
        request.send().await.unwrap().layer_version_arn.unwrap()
    }
}

pub(crate) fn roots(sandbox: &Sandbox) -> TrustRoots {
    let mut roots = TrustRoots::none();
    roots.add_pem(sandbox.trust_root_pem().as_bytes(), &Vouches::All).unwrap();
    roots
}

async fn connect(sandbox: &Sandbox, attempts: u32) -> Connection {
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
