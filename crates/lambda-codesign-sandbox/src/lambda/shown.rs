//! Functions as they are shown.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::error::LambdaError;
use super::name::{FunctionName, LATEST, function_arn, padded};
use super::operation::CODE_PATH;
use super::page::page;
use super::record::{ALIASES, AttachedLayer, Deployed, FUNCTIONS, Function, Package, VERSIONS, written};
use super::settings::{EphemeralStorage, LoggingConfig, Settings, TracingConfig};
use crate::store::Read;

/// When a function is looked at: its states are computed from times.
#[derive(Clone, Copy)]
pub(super) enum Moment {
    /// The answer of what made it: `Pending`, however short the transition.
    JustCreated,
    /// The answer of what changed it: `InProgress`, however short the transition.
    JustUpdated,
    /// At a time.
    At(Timestamp),
}

impl Moment {
    pub(super) fn is_pending(self, call: &Call<'_>, deployed: &Deployed) -> bool {
        match self {
            Self::JustCreated => true,
            Self::JustUpdated => false,
            Self::At(now) => lasts(call.world.transition, deployed.created, now),
        }
    }

    pub(super) fn is_updating(self, call: &Call<'_>, deployed: &Deployed) -> bool {
        match self {
            Self::JustCreated => false,
            Self::JustUpdated => true,
            Self::At(now) => {
                deployed.updated.is_some_and(|updated| lasts(call.world.transition, updated, now))
            }
        }
    }
}

fn lasts(transition: Duration, since: Timestamp, now: Timestamp) -> bool {
    since.checked_add(transition).is_ok_and(|end| now < end)
}

/// The model's FunctionConfiguration.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FunctionConfiguration<'a> {
    function_name: &'a str,
    function_arn: String,
    version: &'a str,
    code_size: u64,
    code_sha256: &'a str,
    last_modified: String,
    revision_id: &'a str,
    package_type: &'static str,
    #[serde(flatten)]
    settings: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    layers: Vec<Value>,
    #[serde(flatten)]
    states: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_profile_version_arn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_job_arn: Option<&'a str>,
}

/// A function's configuration, under its own version.
pub(super) fn shown<'a>(
    call: &Call<'_>,
    deployed: &'a Deployed,
    moment: Moment,
) -> FunctionConfiguration<'a> {
    let qualifier = (deployed.version != LATEST).then_some(deployed.version.as_str());
    shown_as(call, deployed, moment, qualifier)
}

/// A function's configuration, under the name that it was asked for by.
pub(super) fn shown_as<'a>(
    call: &Call<'_>,
    deployed: &'a Deployed,
    moment: Moment,
    qualifier: Option<&str>,
) -> FunctionConfiguration<'a> {
    let code = deployed.package.code();
    let signed = code.and_then(|code| code.signed.as_ref());
    FunctionConfiguration {
        function_name: &deployed.name,
        function_arn: function_arn(call, &deployed.name, qualifier),
        version: &deployed.version,
        code_size: code.map_or(0, |code| code.blob.size),
        code_sha256: deployed.package.sha256(),
        last_modified: written(deployed.modified()),
        revision_id: &deployed.revision,
        package_type: match deployed.package {
            Package::Zip(_) => "Zip",
            Package::Image { .. } => "Image",
        },
        settings: settings(&deployed.name, &deployed.settings),
        layers: deployed.layers.iter().map(layer).collect(),
        states: states(call, deployed, moment),
        signing_profile_version_arn: signed.map(|signed| signed.profile_version.as_str()),
        signing_job_arn: signed.map(|signed| signed.job.as_str()),
    }
}

fn layer(layer: &AttachedLayer) -> Value {
    let mut shown = json!({ "Arn": layer.arn, "CodeSize": layer.blob.size });
    if let (Some(signed), Some(members)) = (&layer.signed, shown.as_object_mut()) {
        members.insert("SigningProfileVersionArn".to_owned(), json!(signed.profile_version));
        members.insert("SigningJobArn".to_owned(), json!(signed.job));
    }
    shown
}

/// The settings with Lambda's defaults, as answers have them.
fn settings(name: &str, given: &Settings) -> Value {
    let logging = LoggingConfig {
        log_format: Some("Text".to_owned()),
        log_group: Some(format!("/aws/lambda/{name}")),
        ..LoggingConfig::default()
    };
    let vpc = given.vpc_config.as_ref().map(|vpc| {
        json!({
            "SubnetIds": vpc.subnet_ids.clone().unwrap_or_default(),
            "SecurityGroupIds": vpc.security_group_ids.clone().unwrap_or_default(),
            "VpcId": "",
            "Ipv6AllowedForDualStack": vpc.ipv6_allowed_for_dual_stack.unwrap_or(false),
        })
    });
    let snap_start = given.snap_start.as_ref().and_then(|snap| snap.apply_on.as_deref()).unwrap_or("None");
    let shown = [
        ("Runtime", json!(given.runtime)),
        ("Role", json!(given.role)),
        ("Handler", json!(given.handler)),
        ("Description", json!(given.description.as_deref().unwrap_or_default())),
        ("Timeout", json!(given.timeout.unwrap_or(3))),
        ("MemorySize", json!(given.memory_size.unwrap_or(128))),
        ("Architectures", json!(given.architectures.clone().unwrap_or_else(|| vec!["x86_64".to_owned()]))),
        ("Environment", json!(given.environment)),
        (
            "TracingConfig",
            json!(
                given
                    .tracing_config
                    .clone()
                    .unwrap_or(TracingConfig { mode: Some("PassThrough".to_owned()) })
            ),
        ),
        (
            "EphemeralStorage",
            json!(given.ephemeral_storage.clone().unwrap_or(EphemeralStorage { size: Some(512) })),
        ),
        ("SnapStart", json!({ "ApplyOn": snap_start, "OptimizationStatus": "Off" })),
        ("LoggingConfig", json!(given.logging_config.clone().unwrap_or(logging))),
        (
            "ImageConfigResponse",
            given.image_config.as_ref().map_or(Value::Null, |image| json!({ "ImageConfig": image })),
        ),
        ("VpcConfig", json!(vpc)),
        ("DeadLetterConfig", json!(given.dead_letter_config)),
        ("FileSystemConfigs", json!(given.file_system_configs)),
        ("KMSKeyArn", json!(given.kms_key_arn)),
    ];
    let present = shown.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(present.map(|(name, value)| (name.to_owned(), value)).collect())
}

fn states(call: &Call<'_>, deployed: &Deployed, moment: Moment) -> Value {
    if moment.is_pending(call, deployed) {
        return json!({
            "State": "Pending",
            "StateReason": "The function is being created.",
            "StateReasonCode": "Creating",
        });
    }
    if moment.is_updating(call, deployed) {
        return json!({
            "State": "Active",
            "LastUpdateStatus": "InProgress",
            "LastUpdateStatusReason": "The function is being created.",
            "LastUpdateStatusReasonCode": "Creating",
        });
    }
    json!({ "State": "Active", "LastUpdateStatus": "Successful" })
}

/// What a name with its qualifier stands for: the function and the one of its versions.
pub(super) fn found(
    call: &Call<'_>,
    read: &Read,
    named: &FunctionName,
) -> Result<(Function, Deployed), LambdaError> {
    let absent = || named.not_found(call);
    let function = read.get(&FUNCTIONS, &call.key(&[&named.name]))?.ok_or_else(absent)?;
    let deployed = match named.qualifier.as_deref() {
        None | Some(LATEST) => function.latest.clone(),
        Some(qualifier) => {
            let alias = read.get(&ALIASES, &call.key(&[&named.name, qualifier]))?;
            let version = alias.map_or_else(|| qualifier.to_owned(), |alias| alias.version);
            match version.parse().ok() {
                Some(number) => {
                    let key = call.key(&[&named.name, &padded(number)]);
                    read.get(&VERSIONS, &key)?.ok_or_else(absent)?
                }
                None if version == LATEST => function.latest.clone(),
                None => return Err(absent()),
            }
        }
    };
    Ok((function, deployed))
}

/// GetFunction.
pub(super) fn get(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let named = FunctionName::of(call)?;
    let (function, deployed) = call.world.store.read(|read| found(call, read, &named))?;
    let code = match &deployed.package {
        Package::Zip(code) => json!({
            "RepositoryType": "S3",
            "Location": location(call, &code.token),
        }),
        Package::Image { uri, .. } => {
            json!({ "RepositoryType": "ECR", "ImageUri": uri, "ResolvedImageUri": uri })
        }
    };
    let moment = Moment::At(call.world.now());
    let configuration = shown_as(call, &deployed, moment, named.qualifier.as_deref());
    let mut body = json!({ "Configuration": configuration, "Code": code });
    if let (false, Some(members)) = (function.tags.is_empty(), body.as_object_mut()) {
        members.insert("Tags".to_owned(), json!(function.tags));
    }
    Answer::ok(&body)
}

/// Where code is downloaded, without a signature.
pub(super) fn location(call: &Call<'_>, token: &str) -> String {
    format!("{}{CODE_PATH}{token}", call.world.endpoint)
}

/// GetFunctionConfiguration.
pub(super) fn get_configuration(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let named = FunctionName::of(call)?;
    let (_, deployed) = call.world.store.read(|read| found(call, read, &named))?;
    let moment = Moment::At(call.world.now());
    Answer::ok(&shown_as(call, &deployed, moment, named.qualifier.as_deref()))
}

/// ListFunctions: each function's `$LATEST`, and with `FunctionVersion=ALL` its versions after it.
pub(super) fn list(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let all = call.query("FunctionVersion") == Some("ALL");
    call.world.store.read(|read| {
        let page = page(call, read, &FUNCTIONS, &call.below(&[]))?;
        let moment = Moment::At(call.world.now());
        let mut functions = Vec::new();
        for function in &page.items {
            if !all {
                functions.push(json!(shown(call, &function.latest, moment)));
                continue;
            }
            functions.push(json!(shown_as(call, &function.latest, moment, Some(LATEST))));
            for version in read.all(&VERSIONS, &call.below(&[&function.latest.name]))? {
                functions.push(json!(shown(call, &version, moment)));
            }
        }
        Answer::ok(&json!({ "Functions": functions, "NextMarker": page.next }))
    })
}
