//! Clients of the services, as the AWS SDKs find their settings.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::provider::ProvideCredentials as _;
use lambda_codesign_core::claims::AccountId;
use lambda_codesign_core::text::Escaped;

use crate::download::{Downloads, DownloadsError};
use crate::name::partition;
use crate::service::ServiceError;

/// A call is tried so often before it fails: throttling at every third call then fails one call in ten thousand.
const ATTEMPTS: u32 = 8;
/// What a call waits before its second attempt, and at most before its last: together some 15 seconds.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// What is not left to the SDKs' own search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The profile of the shared configuration files.
    pub profile: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// Where every service is, instead of AWS.
    pub endpoint_url: Option<String>,
}

/// Clients of one region with one identity.
///
/// Holding one proves that a region and credentials were found. It does not prove that the services take them.
#[derive(Clone, Debug)]
pub struct Connection {
    /// AWS Signer.
    pub signer: aws_sdk_signer::Client,
    /// AWS Lambda.
    pub lambda: aws_sdk_lambda::Client,
    /// Amazon S3.
    pub s3: aws_sdk_s3::Client,
    /// Deployed code, by the addresses that Lambda gives.
    pub downloads: Downloads,
    config: SdkConfig,
}

/// Whose credentials those of a connection are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub account: AccountId,
    /// The partition, such as `aws`.
    pub partition: String,
}

/// Why there are no clients.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// Nothing says the region.
    #[error("no region is set")]
    NoRegion,
    /// There are no credentials.
    #[error("no credentials were found: {}", Escaped(.0.as_bytes()))]
    NoCredentials(String),
    /// The client for downloads can't be made.
    #[error(transparent)]
    Downloads(#[from] DownloadsError),
}

impl ConnectionError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::NoRegion => "Name one with --region or AWS_REGION.",
            Self::NoCredentials(_) => {
                "Log in as for the AWS CLI, for instance with `aws sso login`, or name a profile with --aws-profile."
            }
            Self::Downloads(_) => "Check the certificates that this machine trusts.",
        }
    }
}

impl Connection {
    /// Finds region and credentials as the AWS SDKs do, and makes the clients.
    ///
    /// # Errors
    /// There is no region, or there are no credentials.
    pub async fn open(settings: &Settings) -> Result<Self, ConnectionError> {
        let (first, longest) = BACKOFF;
        let retries = RetryConfig::standard().with_max_attempts(ATTEMPTS);
        let retries = retries.with_initial_backoff(first).with_max_backoff(longest);
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).retry_config(retries);
        if let Some(profile) = &settings.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = &settings.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(endpoint) = &settings.endpoint_url {
            loader = loader.endpoint_url(endpoint);
        }
        Self::of(loader.load().await).await
    }

    /// Makes the clients from a configuration that was loaded.
    ///
    /// # Errors
    /// It has no region or no credentials.
    pub async fn of(config: SdkConfig) -> Result<Self, ConnectionError> {
        if config.region().is_none() {
            return Err(ConnectionError::NoRegion);
        }
        let provider = config
            .credentials_provider()
            .ok_or_else(|| ConnectionError::NoCredentials("no provider is configured".to_owned()))?;
        provider
            .provide_credentials()
            .await
            .map_err(|error| ConnectionError::NoCredentials(crate::service::chain(&error)))?;
        Ok(Self::clients(config, Downloads::new()?))
    }

    /// The same identity in another region.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        let config = self.config.to_builder().region(Region::new(region.to_owned())).build();
        Self::clients(config, self.downloads.clone())
    }

    /// The region.
    #[must_use]
    pub fn region(&self) -> &str {
        self.config.region().map_or("", Region::as_ref)
    }

    /// The account whose credentials these are, as STS says; no permission is needed to ask.
    ///
    /// # Errors
    /// STS refuses or does not answer.
    pub async fn account(&self) -> Result<AccountId, ServiceError> {
        self.caller().await.map(|caller| caller.account)
    }

    /// Whose credentials these are, as STS says; no permission is needed to ask.
    ///
    /// # Errors
    /// STS refuses or does not answer.
    pub async fn caller(&self) -> Result<Caller, ServiceError> {
        const CALL: &str = "GetCallerIdentity";
        let answer = aws_sdk_sts::Client::new(&self.config).get_caller_identity().send().await;
        let answer = answer.map_err(|error| ServiceError::of(CALL, error))?;
        let account = answer.account.ok_or_else(|| ServiceError::without(CALL, "Account"))?;
        let account = account.parse().map_err(|error| ServiceError::malformed(CALL, "Account", &error))?;
        Ok(Caller { account, partition: partition(&answer.arn.unwrap_or_default()).to_owned() })
    }

    fn clients(config: SdkConfig, downloads: Downloads) -> Self {
        // A stand-in for S3 has no name for each bucket.
        let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(is_elsewhere(&config)).build();
        Self {
            signer: aws_sdk_signer::Client::new(&config),
            lambda: aws_sdk_lambda::Client::new(&config),
            s3: aws_sdk_s3::Client::from_conf(s3),
            downloads,
            config,
        }
    }
}

/// Whether S3 is sought at an address of its own.
fn is_elsewhere(config: &SdkConfig) -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    config.endpoint_url().is_some() || set("AWS_ENDPOINT_URL") || set("AWS_ENDPOINT_URL_S3")
}
