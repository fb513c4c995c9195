//! What an account has in one region, read page by page at a pace that leaves the control plane to its owners.

use aws_sdk_lambda::Client;
use aws_sdk_lambda::types::FunctionVersion;
use lambda_codesign_policy::ResourceName;

use crate::config::Config;
use crate::deployed::Function;
use crate::name::{ConfigArn, FunctionArn, LayerVersionArn};
use crate::pace::Pace;
use crate::service::ServiceError;

/// The functions of a region, a page at a time.
#[derive(Debug)]
pub struct FunctionPages<'a> {
    lambda: &'a Client,
    pace: &'a Pace,
    next: Next,
    which: Option<FunctionVersion>,
}

/// A name that stands for a version of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// Its name.
    pub name: String,
    /// The versions that it sends requests to: one, or two while it shifts.
    pub versions: Vec<String>,
}

/// Where a list goes on.
#[derive(Clone, Debug)]
enum Next {
    First,
    After(String),
    Done,
}

impl Next {
    const fn first() -> Self {
        Self::First
    }

    /// The marker to ask with; nothing where the list is done.
    fn marker(&self) -> Option<Option<String>> {
        match self {
            Self::First => Some(None),
            Self::After(marker) => Some(Some(marker.clone())),
            Self::Done => None,
        }
    }

    fn from(marker: Option<String>) -> Self {
        marker.filter(|marker| !marker.is_empty()).map_or(Self::Done, Self::After)
    }
}

impl<'a> FunctionPages<'a> {
    /// From the first page on, the functions' `$LATEST`.
    #[must_use]
    pub const fn new(lambda: &'a Client, pace: &'a Pace) -> Self {
        Self { lambda, pace, next: Next::first(), which: None }
    }

    /// From the first page on, the functions' `$LATEST` and all their versions.
    #[must_use]
    pub const fn with_versions(lambda: &'a Client, pace: &'a Pace) -> Self {
        Self { lambda, pace, next: Next::first(), which: Some(FunctionVersion::All) }
    }

    /// From where an earlier run was.
    #[must_use]
    pub const fn after(lambda: &'a Client, pace: &'a Pace, marker: String) -> Self {
        Self { lambda, pace, next: Next::After(marker), which: None }
    }

    /// Where the next page begins, to go on there in another run; nothing where there is none, or it is the first.
    #[must_use]
    pub fn marker(&self) -> Option<&str> {
        match &self.next {
            Next::After(marker) => Some(marker),
            Next::First | Next::Done => None,
        }
    }

    /// The next page.
    ///
    /// # Errors
    /// Lambda refuses or does not answer; asked again, the same page is read.
    pub async fn next(&mut self) -> Result<Option<Vec<Function>>, ServiceError> {
        const CALL: &str = "ListFunctions";
        let Some(marker) = self.next.marker() else { return Ok(None) };
        self.pace.turn().await;
        let request = self.lambda.list_functions().set_function_version(self.which.clone());
        let answer = request.set_marker(marker).send().await;
        let answer = answer.map_err(|error| ServiceError::of(CALL, error))?;
        let page =
            answer.functions.iter().flatten().map(|it| Function::read(CALL, it)).collect::<Result<_, _>>()?;
        self.next = Next::from(answer.next_marker);
        Ok(Some(page))
    }
}

/// Every config of the region.
///
/// # Errors
/// Lambda refuses or does not answer.
pub async fn configs(lambda: &Client, pace: &Pace) -> Result<Vec<Config>, ServiceError> {
    const CALL: &str = "ListCodeSigningConfigs";
    let (mut configs, mut next) = (Vec::new(), Next::first());
    while let Some(marker) = next.marker() {
        pace.turn().await;
        let answer = lambda.list_code_signing_configs().set_marker(marker).send().await;
        let answer = answer.map_err(|error| ServiceError::of(CALL, error))?;
        for config in answer.code_signing_configs.into_iter().flatten() {
            configs.push(Config::read(CALL, config)?);
        }
        next = Next::from(answer.next_marker);
    }
    Ok(configs)
}

/// The functions that have a config.
///
/// # Errors
/// Lambda refuses or does not answer.
pub async fn attached_to(
    lambda: &Client,
    pace: &Pace,
    config: &ConfigArn,
) -> Result<Vec<FunctionArn>, ServiceError> {
    const CALL: &str = "ListFunctionsByCodeSigningConfig";
    let (mut functions, mut next) = (Vec::new(), Next::first());
    while let Some(marker) = next.marker() {
        pace.turn().await;
        let request = lambda.list_functions_by_code_signing_config().code_signing_config_arn(config.as_str());
        let answer = request.set_marker(marker).send().await;
        let answer = answer.map_err(|error| ServiceError::of(CALL, error))?;
        for arn in answer.function_arns.into_iter().flatten() {
            let arn = arn.parse().map_err(|error| ServiceError::malformed(CALL, "FunctionArns", &error))?;
            functions.push(arn);
        }
        next = Next::from(answer.next_marker);
    }
    Ok(functions)
}

/// The aliases of a function.
///
/// # Errors
/// Lambda refuses or does not answer.
pub async fn aliases(lambda: &Client, pace: &Pace, function: &str) -> Result<Vec<Alias>, ServiceError> {
    const CALL: &str = "ListAliases";
    let (mut aliases, mut next) = (Vec::new(), Next::first());
    while let Some(marker) = next.marker() {
        pace.turn().await;
        let answer = lambda.list_aliases().function_name(function).set_marker(marker).send().await;
        let answer = answer.map_err(|error| ServiceError::of(CALL, error))?;
        for alias in answer.aliases.into_iter().flatten() {
            let other = alias.routing_config.and_then(|routing| routing.additional_version_weights);
            let versions =
                alias.function_version.into_iter().chain(other.into_iter().flatten().map(|(it, _)| it));
            aliases.push(Alias { name: alias.name.unwrap_or_default(), versions: versions.collect() });
        }
        next = Next::from(answer.next_marker);
    }
    Ok(aliases)
}

/// A layer's latest versions, a page of them, the newest first; none where there is no such layer.
///
/// # Errors
/// Lambda refuses or does not answer.
pub async fn layer_versions(
    lambda: &Client,
    layer: &ResourceName,
) -> Result<Vec<LayerVersionArn>, ServiceError> {
    const CALL: &str = "ListLayerVersions";
    let answer = lambda.list_layer_versions().layer_name(layer.as_str()).send().await;
    let answer = answer.map_err(|error| ServiceError::of(CALL, error))?;
    let arns = answer.layer_versions.into_iter().flatten().map(|version| {
        let arn = version.layer_version_arn.ok_or_else(|| ServiceError::without(CALL, "LayerVersionArn"))?;
        arn.parse().map_err(|error| ServiceError::malformed(CALL, "LayerVersionArn", &error))
    });
    let mut arns: Vec<LayerVersionArn> = arns.collect::<Result<_, _>>()?;
    arns.sort_by_key(|arn| std::cmp::Reverse(arn.version()));
    Ok(arns)
}
