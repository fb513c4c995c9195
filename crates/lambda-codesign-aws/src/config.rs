//! Code signing configs: whose code a function takes, and what happens to other code.

use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::http::HttpResponse;
use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::error::SdkError;
use aws_sdk_lambda::operation::create_code_signing_config::builders::CreateCodeSigningConfigFluentBuilder;
use aws_sdk_lambda::operation::create_code_signing_config::{
    CreateCodeSigningConfigError, CreateCodeSigningConfigOutput,
};
use aws_sdk_lambda::types::{AllowedPublishers, CodeSigningConfig, CodeSigningPolicies, CodeSigningPolicy};
use lambda_codesign_core::claims::{ProfileVersionArn, PublisherPattern};
use lambda_codesign_core::policy::{Mode, Policy, Publishers};
use std::collections::BTreeMap;

use crate::name::ConfigArn;
use crate::service::ServiceError;

/// The most publishers that a config takes (BEHAVIOUR.md "Lambda", CreateCodeSigningConfig).
pub const MAX_PUBLISHERS: usize = 20;

/// A config as the account has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Its ARN.
    pub arn: ConfigArn,
    /// What its owner says of it.
    pub description: String,
    /// Whose code is taken. Lambda takes any text that looks like a profile's ARN, so this may name one that does not
    /// exist, or one without a version.
    pub publishers: Vec<String>,
    /// What happens to code that expired, is of others or was revoked.
    pub mode: Mode,
}

/// A config as it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What is said of it.
    pub description: String,
    /// Whose code is taken: 1 to [`MAX_PUBLISHERS`] profile version ARNs.
    pub publishers: Vec<String>,
    /// What happens to other code.
    pub mode: Mode,
}

impl Config {
    pub(crate) fn read(operation: &'static str, from: CodeSigningConfig) -> Result<Self, ServiceError> {
        let policy =
            from.code_signing_policies.and_then(|policies| policies.untrusted_artifact_on_deployment);
        Ok(Self {
            arn: from
                .code_signing_config_arn
                .parse()
                .map_err(|error| ServiceError::malformed(operation, "CodeSigningConfigArn", &error))?,
            description: from.description.unwrap_or_default(),
            publishers: from.allowed_publishers.map(|it| it.signing_profile_version_arns).unwrap_or_default(),
            mode: match policy {
                Some(CodeSigningPolicy::Enforce) => Mode::Enforce,
                // Warn is the service's default.
                _ => Mode::Warn,
            },
        })
    }

    /// What Lambda judges by under this config: these very publishers, and its mode for every check but integrity.
    ///
    /// Lambda takes a publisher without a version; whom that stands for was never captured (BEHAVIOUR.md "Lambda"), so
    /// here it stands for nobody.
    #[must_use]
    pub fn policy(&self) -> Policy {
        policy(&self.publishers, self.mode)
    }
}

fn policy(publishers: &[String], mode: Mode) -> Policy {
    let exact = |arn: &String| {
        arn.parse::<ProfileVersionArn>().ok().and_then(|arn| arn.as_str().parse::<PublisherPattern>().ok())
    };
    let publishers = publishers.iter().filter_map(exact).collect();
    Policy::new(Publishers::Only(publishers)).with_mode(mode)
}

impl Wanted {
    /// What Lambda would judge by under such a config, as [`Config::policy`].
    #[must_use]
    pub fn policy(&self) -> Policy {
        policy(&self.publishers, self.mode)
    }

    fn publishers(&self) -> Result<AllowedPublishers, ServiceError> {
        AllowedPublishers::builder()
            .set_signing_profile_version_arns(Some(self.publishers.clone()))
            .build()
            .map_err(|error| ServiceError::unsent("CreateCodeSigningConfig", &error))
    }

    fn policies(&self) -> CodeSigningPolicies {
        let policy = match self.mode {
            Mode::Enforce => CodeSigningPolicy::Enforce,
            Mode::Warn => CodeSigningPolicy::Warn,
        };
        CodeSigningPolicies::builder().untrusted_artifact_on_deployment(policy).build()
    }
}

/// One config.
///
/// # Errors
/// Lambda refuses or does not answer.
pub async fn get(lambda: &Client, arn: &ConfigArn) -> Result<Config, ServiceError> {
    const CALL: &str = "GetCodeSigningConfig";
    let answer = lambda.get_code_signing_config().code_signing_config_arn(arn.as_str()).send().await;
    let answer = answer.map_err(|error| ServiceError::of(CALL, error))?;
    Config::read(
        CALL,
        answer.code_signing_config.ok_or_else(|| ServiceError::without(CALL, "CodeSigningConfig"))?,
    )
}

/// Makes a config. Lambda has no token for it: what is not answered may have been made.
///
/// # Errors
/// Lambda refuses or does not answer.
pub async fn create(
    lambda: &Client,
    wanted: &Wanted,
    tags: &BTreeMap<String, String>,
) -> Result<Config, ServiceError> {
    made(creation(lambda, wanted, tags)?.send().await)
}

/// As [`create`], but asked once: the SDK repeats what was not answered, which would make a second config.
///
/// # Errors
/// Lambda refuses, as where it throttles, or does not answer.
pub async fn create_once(
    lambda: &Client,
    wanted: &Wanted,
    tags: &BTreeMap<String, String>,
) -> Result<Config, ServiceError> {
    let once = aws_sdk_lambda::config::Builder::new().retry_config(RetryConfig::disabled());
    made(creation(lambda, wanted, tags)?.customize().config_override(once).send().await)
}

fn creation(
    lambda: &Client,
    wanted: &Wanted,
    tags: &BTreeMap<String, String>,
) -> Result<CreateCodeSigningConfigFluentBuilder, ServiceError> {
    let request = lambda
        .create_code_signing_config()
        .description(&wanted.description)
        .allowed_publishers(wanted.publishers()?)
        .code_signing_policies(wanted.policies());
    Ok(tags.iter().fold(request, |request, (key, value)| request.tags(key, value)))
}

fn made(
    answer: Result<CreateCodeSigningConfigOutput, SdkError<CreateCodeSigningConfigError, HttpResponse>>,
) -> Result<Config, ServiceError> {
    const CALL: &str = "CreateCodeSigningConfig";
    let answer = answer.map_err(|error| ServiceError::of(CALL, error))?;
    Config::read(
        CALL,
        answer.code_signing_config.ok_or_else(|| ServiceError::without(CALL, "CodeSigningConfig"))?,
    )
}

/// Makes a config as it is wanted, whatever it was.
///
/// # Errors
/// Lambda refuses or does not answer.
pub async fn update(lambda: &Client, arn: &ConfigArn, wanted: &Wanted) -> Result<Config, ServiceError> {
    const CALL: &str = "UpdateCodeSigningConfig";
    let request = lambda
        .update_code_signing_config()
        .code_signing_config_arn(arn.as_str())
        .description(&wanted.description)
        .allowed_publishers(wanted.publishers()?)
        .code_signing_policies(wanted.policies());
    let answer = request.send().await.map_err(|error| ServiceError::of(CALL, error))?;
    Config::read(
        CALL,
        answer.code_signing_config.ok_or_else(|| ServiceError::without(CALL, "CodeSigningConfig"))?,
    )
}

/// Deletes a config that no function has.
///
/// # Errors
/// Lambda refuses, as where it is attached, or does not answer.
pub async fn delete(lambda: &Client, arn: &ConfigArn) -> Result<(), ServiceError> {
    let answer = lambda.delete_code_signing_config().code_signing_config_arn(arn.as_str()).send().await;
    answer.map(drop).map_err(|error| ServiceError::of("DeleteCodeSigningConfig", error))
}

/// Attaches a config to a function, in place of any other.
///
/// # Errors
/// Lambda refuses or does not answer.
pub async fn attach(lambda: &Client, function: &str, config: &ConfigArn) -> Result<(), ServiceError> {
    let request = lambda
        .put_function_code_signing_config()
        .function_name(function)
        .code_signing_config_arn(config.as_str());
    let answer = request.send().await;
    answer.map(drop).map_err(|error| ServiceError::of("PutFunctionCodeSigningConfig", error))
}

/// Takes a function's config off.
///
/// # Errors
/// Lambda refuses or does not answer.
pub async fn detach(lambda: &Client, function: &str) -> Result<(), ServiceError> {
    let answer = lambda.delete_function_code_signing_config().function_name(function).send().await;
    answer.map(drop).map_err(|error| ServiceError::of("DeleteFunctionCodeSigningConfig", error))
}

/// The tags of a config.
///
/// # Errors
/// Lambda refuses or does not answer.
pub async fn tags(lambda: &Client, config: &ConfigArn) -> Result<BTreeMap<String, String>, ServiceError> {
    let answer = lambda.list_tags().resource(config.as_str()).send().await;
    let answer = answer.map_err(|error| ServiceError::of("ListTags", error))?;
    Ok(answer.tags.into_iter().flatten().collect())
}

/// Sets tags of a config; others stay.
///
/// # Errors
/// Lambda refuses or does not answer.
pub async fn tag(
    lambda: &Client,
    config: &ConfigArn,
    tags: &BTreeMap<String, String>,
) -> Result<(), ServiceError> {
    let request = lambda.tag_resource().resource(config.as_str());
    let request = tags.iter().fold(request, |request, (key, value)| request.tags(key, value));
    request.send().await.map(drop).map_err(|error| ServiceError::of("TagResource", error))
}
