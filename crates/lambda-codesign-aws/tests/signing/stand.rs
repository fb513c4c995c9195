//! A sandbox with a bucket and a profile, and a desk at it.

use std::sync::Mutex;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, retry::RetryConfig};
use aws_credential_types::Credentials;
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use lambda_codesign_aws::connection::Connection;
use lambda_codesign_aws::profile;
use lambda_codesign_aws::signing::{Desk, Listener, Signed, SigningError, Step, Unsigned};
use lambda_codesign_core::chain::{TrustRoots, Vouches};
use lambda_codesign_sandbox::{Options, Sandbox};
use lambda_codesign_signing::pack::{PackOptions, pack};

pub(crate) const BUCKET: &str = "builds";
pub(crate) const PROFILE: &str = "release";

pub(crate) struct Stand {
    pub(crate) sandbox: Sandbox,
    pub(crate) connection: Connection,
}

pub(crate) const QUIET: Listener<'static> = &|_| {};

impl Stand {
    pub(crate) async fn new() -> Self {
        Self::with(Options::default(), 8).await
    }

    pub(crate) async fn with(options: Options, attempts: u32) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        let connection = connect(&sandbox, "123456789012", attempts).await;
        connection.s3.create_bucket().bucket(BUCKET).send().await.unwrap();
        let versioned = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        let put = connection.s3.put_bucket_versioning().bucket(BUCKET).versioning_configuration(versioned);
        put.send().await.unwrap();
        profile::create(&connection.signer, PROFILE, None).await.unwrap();
        Self { sandbox, connection }
    }

    pub(crate) fn roots(&self) -> TrustRoots {
        let mut roots = TrustRoots::none();
        roots.add_pem(self.sandbox.trust_root_pem().as_bytes(), &Vouches::All).unwrap();
        roots
    }

    pub(crate) async fn desk(&self) -> Desk {
        self.desk_of(PROFILE, BUCKET).await.unwrap()
    }

    pub(crate) async fn desk_of(&self, profile: &str, bucket: &str) -> Result<Desk, SigningError> {
        Desk::open(&self.connection, profile, None, self.roots(), bucket.to_owned()).await
    }

    pub(crate) async fn sign(&self, package: &Unsigned) -> Result<Signed, SigningError> {
        self.desk().await.sign(&self.connection, package, QUIET).await
    }

    /// Every job that was ever started.
    pub(crate) async fn jobs(&self) -> Vec<String> {
        let jobs = self.connection.signer.list_signing_jobs().send().await.unwrap();
        jobs.jobs.into_iter().flatten().filter_map(|job| job.job_id).collect()
    }

    pub(crate) async fn objects(&self) -> Vec<String> {
        let listed = self.connection.s3.list_object_versions().bucket(BUCKET).send().await.unwrap();
        listed.versions.into_iter().flatten().filter_map(|object| object.key).collect()
    }
}

pub(crate) async fn connect(sandbox: &Sandbox, account: &str, attempts: u32) -> Connection {
    let retries =
        RetryConfig::standard().with_max_attempts(attempts).with_initial_backoff(Duration::from_millis(5));
    let config = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(sandbox.endpoint_url())
        .credentials_provider(Credentials::new(account, "secret", None, None, "test"))
        .retry_config(retries)
        .load()
        .await;
    Connection::of(config).await.unwrap()
}

/// A package of one file with this body.
pub(crate) fn package(body: &str) -> Unsigned {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("app.py"), body).unwrap();
    Unsigned::read(pack(folder.path(), &PackOptions::default()).unwrap().bytes).unwrap()
}

/// Hears steps by their names.
pub(crate) fn heard<'a>(steps: &'a Mutex<Vec<&'static str>>) -> impl Fn(Step) + Send + Sync + 'a {
    |step| {
        steps.lock().unwrap().push(match step {
            Step::Uploaded(_) => "uploaded",
            Step::Started(_) => "started",
            Step::Succeeded(_) => "succeeded",
            Step::Verified(_) => "verified",
        });
    }
}
