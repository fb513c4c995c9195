//! What is deployed, as Lambda describes it.
//!
//! Lambda shows the two ARNs of a signature that was valid when the code was deployed, whether or not a config was
//! attached (BEHAVIOUR.md "Lambda"). They are Lambda's word: to judge the code itself, fetch and verify it.

use aws_sdk_lambda::Client;
use aws_sdk_lambda::types::{FunctionConfiguration, LastUpdateStatus, Layer, PackageType, State};
use lambda_codesign_core::claims::{ProfileVersionArn, SigningJobArn};
use lambda_codesign_core::digest::CodeSha256;

use crate::download::CodeLocation;
use crate::name::{ConfigArn, FunctionArn, LayerVersionArn};
use crate::service::ServiceError;

/// A function, or a version of one, as Lambda describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its ARN, without a qualifier.
    pub arn: FunctionArn,
    /// Its version: `$LATEST` or a number.
    pub version: String,
    /// The id that each change rotates.
    pub revision: String,
    /// The hash of its package; images have another.
    pub code_sha256: Option<CodeSha256>,
    /// The bytes of its package.
    pub code_size: u64,
    /// What its code is.
    pub package: Package,
    /// The signature that Lambda shows.
    pub signature: Option<ShownSignature>,
    /// Its layers, in their order.
    pub layers: Vec<AttachedLayer>,
    /// Where its last update stands.
    pub update: Update,
}

/// What a function's code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Package {
    /// A zip, to which code signing applies.
    Zip,
    /// A container image, to which it does not.
    Image,
}

/// Where the last update of a function stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Update {
    /// It is done.
    Successful,
    /// It is on its way, or the function itself is.
    InProgress,
    /// It failed, for Lambda's reason.
    Failed(String),
}

/// The signature of deployed code, as Lambda shows it.
///
/// Holding one does not prove that the code is signed: it is Lambda's word.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ShownSignature {
    /// The version of the signing profile.
    pub publisher: ProfileVersionArn,
    /// The signing job.
    pub job: SigningJobArn,
}

/// A layer of a function, as the function shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachedLayer {
    /// The version that is attached.
    pub arn: LayerVersionArn,
    /// The bytes of its package.
    pub code_size: u64,
    /// The signature that Lambda shows.
    pub signature: Option<ShownSignature>,
}

/// A function and where its code is.
#[derive(Clone, Debug)]
pub struct FunctionCode {
    /// The function.
    pub function: Function,
    /// Where its code is, if it is a zip that Lambda gives.
    pub location: Option<CodeLocation>,
    /// The key of the account's own that its zip is encrypted with, where there is one.
    pub key: Option<String>,
}

/// A layer's version and where its code is.
#[derive(Clone, Debug)]
pub struct LayerCode {
    /// The version.
    pub arn: LayerVersionArn,
    /// The hash of its package.
    pub code_sha256: CodeSha256,
    /// The bytes of its package.
    pub code_size: u64,
    /// The signature that Lambda shows.
    pub signature: Option<ShownSignature>,
    /// Where its code is, if Lambda gives it.
    pub location: Option<CodeLocation>,
    /// The runtimes that it says it is for.
    pub runtimes: Vec<String>,
    /// The architectures that it says it is for.
    pub architectures: Vec<String>,
    /// The license that it says it is under.
    pub license: Option<String>,
}

/// Describes a function, or what its qualifier (an alias or a version) stands for, and its code's place.
///
/// # Errors
/// Lambda refuses, does not answer, or answers otherwise than its model says.
pub async fn function(
    lambda: &Client,
    name: &str,
    qualifier: Option<&str>,
) -> Result<FunctionCode, ServiceError> {
    const CALL: &str = "GetFunction";
    let answer = lambda.get_function().function_name(name).set_qualifier(qualifier.map(str::to_owned));
    let answer = answer.send().await.map_err(|error| ServiceError::of(CALL, error))?;
    let configuration = answer.configuration.ok_or_else(|| ServiceError::without(CALL, "Configuration"))?;
    let (location, key) = answer.code.map_or((None, None), |code| (code.location, code.source_kms_key_arn));
    Ok(FunctionCode {
        function: Function::read(CALL, &configuration)?,
        location: read_location(CALL, location)?,
        key,
    })
}

/// Describes a layer's version, and its code's place.
///
/// # Errors
/// Lambda refuses, does not answer, or answers otherwise than its model says.
pub async fn layer(lambda: &Client, arn: &LayerVersionArn) -> Result<LayerCode, ServiceError> {
    const CALL: &str = "GetLayerVersionByArn";
    let answer = lambda.get_layer_version_by_arn().arn(arn.as_str()).send().await;
    let answer = answer.map_err(|error| ServiceError::of(CALL, error))?;
    let content = answer.content.ok_or_else(|| ServiceError::without(CALL, "Content"))?;
    Ok(LayerCode {
        arn: arn.clone(),
        code_sha256: hash(CALL, content.code_sha256.as_deref())?,
        code_size: size(content.code_size),
        signature: shown(CALL, content.signing_profile_version_arn, content.signing_job_arn)?,
        location: read_location(CALL, content.location)?,
        runtimes: answer.compatible_runtimes.iter().flatten().map(|it| it.as_str().to_owned()).collect(),
        architectures: answer
            .compatible_architectures
            .iter()
            .flatten()
            .map(|it| it.as_str().to_owned())
            .collect(),
        license: answer.license_info.filter(|license| !license.is_empty()),
    })
}

/// The config that is attached to a function.
///
/// # Errors
/// Lambda refuses, does not answer, or answers otherwise than its model says.
pub async fn config_of(lambda: &Client, name: &str) -> Result<Option<ConfigArn>, ServiceError> {
    const CALL: &str = "GetFunctionCodeSigningConfig";
    let answer = lambda.get_function_code_signing_config().function_name(name).send().await;
    let answer = answer.map_err(|error| ServiceError::of(CALL, error))?;
    // Where none is attached, the answer is an empty object, and the SDK fills in empty text.
    match answer.code_signing_config_arn.as_str() {
        "" => Ok(None),
        arn => arn
            .parse()
            .map(Some)
            .map_err(|error| ServiceError::malformed(CALL, "CodeSigningConfigArn", &error)),
    }
}

impl Function {
    /// Reads the configuration of a function that an operation answered.
    ///
    /// # Errors
    /// It is not as Lambda's model says.
    pub fn read(operation: &'static str, from: &FunctionConfiguration) -> Result<Self, ServiceError> {
        let missing = |member: &str| ServiceError::without(operation, member);
        let version = from.version.clone().unwrap_or_else(|| "$LATEST".to_owned());
        let arn = from.function_arn.as_deref().ok_or_else(|| missing("FunctionArn"))?;
        // A version's ARN ends in its number, an alias's in its name.
        let unqualified: Vec<&str> = arn.splitn(8, ':').take(7).collect();
        let package = match &from.package_type {
            Some(PackageType::Image) => Package::Image,
            // Functions that are older than images say nothing.
            _ => Package::Zip,
        };
        Ok(Self {
            arn: unqualified
                .join(":")
                .parse()
                .map_err(|error| ServiceError::malformed(operation, "FunctionArn", &error))?,
            version,
            revision: from.revision_id.clone().ok_or_else(|| missing("RevisionId"))?,
            code_sha256: match package {
                Package::Zip => Some(hash(operation, from.code_sha256.as_deref())?),
                Package::Image => None,
            },
            code_size: size(from.code_size),
            package,
            signature: shown(
                operation,
                from.signing_profile_version_arn.clone(),
                from.signing_job_arn.clone(),
            )?,
            layers: from
                .layers
                .iter()
                .flatten()
                .map(|layer| AttachedLayer::read(operation, layer))
                .collect::<Result<_, _>>()?,
            update: match &from.last_update_status {
                Some(LastUpdateStatus::InProgress) => Update::InProgress,
                // What was just made has no update yet.
                _ if from.state == Some(State::Pending) => Update::InProgress,
                _ if from.state == Some(State::Failed) => {
                    Update::Failed(from.state_reason.clone().unwrap_or_default())
                }
                Some(LastUpdateStatus::Failed) => {
                    Update::Failed(from.last_update_status_reason.clone().unwrap_or_default())
                }
                _ => Update::Successful,
            },
        })
    }
}

impl AttachedLayer {
    fn read(operation: &'static str, from: &Layer) -> Result<Self, ServiceError> {
        let arn = from.arn.as_deref().ok_or_else(|| ServiceError::without(operation, "Layers.Arn"))?;
        Ok(Self {
            arn: arn.parse().map_err(|error| ServiceError::malformed(operation, "Layers.Arn", &error))?,
            code_size: size(from.code_size),
            signature: shown(
                operation,
                from.signing_profile_version_arn.clone(),
                from.signing_job_arn.clone(),
            )?,
        })
    }
}

/// The two ARNs come together or not at all.
pub(crate) fn shown(
    operation: &'static str,
    publisher: Option<String>,
    job: Option<String>,
) -> Result<Option<ShownSignature>, ServiceError> {
    let (Some(publisher), Some(job)) = (publisher, job) else { return Ok(None) };
    let publisher = publisher
        .parse()
        .map_err(|error| ServiceError::malformed(operation, "SigningProfileVersionArn", &error))?;
    let job = job.parse().map_err(|error| ServiceError::malformed(operation, "SigningJobArn", &error))?;
    Ok(Some(ShownSignature { publisher, job }))
}

pub(crate) fn hash(operation: &'static str, shown: Option<&str>) -> Result<CodeSha256, ServiceError> {
    shown
        .ok_or_else(|| ServiceError::without(operation, "CodeSha256"))?
        .parse()
        .map_err(|error| ServiceError::malformed(operation, "CodeSha256", &error))
}

fn read_location(
    operation: &'static str,
    location: Option<String>,
) -> Result<Option<CodeLocation>, ServiceError> {
    location
        .map(|location| CodeLocation::parse(&location))
        .transpose()
        .map_err(|error| ServiceError::malformed(operation, "Location", &error))
}

fn size(size: i64) -> u64 {
    u64::try_from(size).unwrap_or(0)
}
