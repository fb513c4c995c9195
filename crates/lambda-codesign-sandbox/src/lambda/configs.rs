//! Code signing configs.

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Answer;
use super::attachment;
use super::call::Call;
use super::error::{LambdaError, invalid};
use super::name::config_id;
use super::page::page;
use super::record::{CONFIGS, Config, Tags, UntrustedArtifact, written};
use crate::store::Write;

/// The most publishers of a config (BEHAVIOUR.md "Lambda").
const MAX_PUBLISHERS: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Members {
    description: Option<String>,
    allowed_publishers: Option<AllowedPublishers>,
    code_signing_policies: Option<Policies>,
    #[serde(default)]
    tags: Tags,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AllowedPublishers {
    #[serde(default)]
    signing_profile_version_arns: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Policies {
    untrusted_artifact_on_deployment: Option<String>,
}

impl Members {
    fn publishers(&self) -> Result<Option<Vec<String>>, LambdaError> {
        let Some(allowed) = &self.allowed_publishers else { return Ok(None) };
        let arns = &allowed.signing_profile_version_arns;
        let refused = |constraint: &str| {
            let member = "allowedPublishers.signingProfileVersionArns";
            Err(invalid(&format!("[{}]", arns.join(", ")), member, constraint))
        };
        if arns.is_empty() {
            return refused("Member must have length greater than or equal to 1");
        }
        if arns.len() > MAX_PUBLISHERS {
            return refused("Member must have length less than or equal to 20");
        }
        if !arns.iter().all(|arn| is_publisher(arn)) {
            return refused(
                "Member must satisfy constraint: [Member must satisfy regular expression pattern: \
                            arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:([a-z]{2}(-gov)?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)]",
            );
        }
        Ok(Some(arns.clone()))
    }

    /// The policy that is named; none where none is.
    fn policy(&self) -> Result<Option<UntrustedArtifact>, LambdaError> {
        let named =
            self.code_signing_policies.as_ref().and_then(|p| p.untrusted_artifact_on_deployment.as_deref());
        match named {
            None => Ok(None),
            Some("Warn") => Ok(Some(UntrustedArtifact::Warn)),
            Some("Enforce") => Ok(Some(UntrustedArtifact::Enforce)),
            Some(other) => Err(invalid(
                other,
                "codeSigningPolicies.untrustedArtifactOnDeployment",
                "Member must satisfy enum value set: [Warn, Enforce]",
            )),
        }
    }

    fn description(&self) -> Result<Option<String>, LambdaError> {
        match self.description.as_deref() {
            Some(text) if text.chars().count() > 256 => {
                Err(invalid(text, "description", "Member must have length less than or equal to 256"))
            }
            other => Ok(other.map(ToOwned::to_owned)),
        }
    }
}

/// Any ARN will do, of a profile that exists or not, with a version or without (BEHAVIOUR.md "Lambda").
fn is_publisher(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    matches!(parts.as_slice(), ["arn", partition, service, _, _, _] if partition.starts_with("aws") && !service.is_empty())
}

/// CreateCodeSigningConfig.
pub(super) fn create(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let request: Members = call.json()?;
    let Some(publishers) = request.publishers()? else {
        return Err(invalid("null", "allowedPublishers", "Member must not be null"));
    };
    // The first 17 of a UUID's digits are among those that an id may have.
    let digits: String = uuid::Uuid::new_v4().simple().to_string().chars().take(17).collect();
    let id = format!("csc-{digits}");
    let config = Config {
        arn: call.arn(&format!("code-signing-config:{id}")),
        description: request.description()?,
        publishers,
        policy: request.policy()?.unwrap_or_default(),
        modified: call.world.now(),
        tags: request.tags,
        id,
    };
    call.world.store.write(|write| write.put(&CONFIGS, &call.key(&[&config.id]), &config))?;
    Answer::created(&json!({ "CodeSigningConfig": shown(&config) }))
}

fn shown(config: &Config) -> Value {
    let policy = match config.policy {
        UntrustedArtifact::Warn => "Warn",
        UntrustedArtifact::Enforce => "Enforce",
    };
    let mut shown = json!({
        "CodeSigningConfigId": config.id,
        "CodeSigningConfigArn": config.arn,
        "AllowedPublishers": { "SigningProfileVersionArns": config.publishers },
        "CodeSigningPolicies": { "UntrustedArtifactOnDeployment": policy },
        "LastModified": written(config.modified),
    });
    if let (Some(description), Some(members)) = (&config.description, shown.as_object_mut()) {
        members.insert("Description".to_owned(), json!(description));
    }
    shown
}

/// The ARN of the path and the key of its config.
pub(super) fn of_path<'a>(call: &'a Call<'_>) -> Result<(&'a str, String), LambdaError> {
    let arn = call.parameter("CodeSigningConfigArn");
    if !arn.starts_with("arn:") || !arn.contains(":code-signing-config:") {
        return Err(invalid(
            arn,
            "codeSigningConfigArn",
            "Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:lambda:[a-z]{2}(-gov)?-[a-z]+-\\d{1}:\
             \\d{12}:code-signing-config:csc-[a-z0-9]{17}",
        ));
    }
    let id = config_id(call, arn).ok_or_else(|| LambdaError::ConfigNotFound(arn.to_owned()))?;
    Ok((arn, call.key(&[id])))
}

/// GetCodeSigningConfig.
pub(super) fn get(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let (arn, key) = of_path(call)?;
    let found = call.world.store.read(|read| read.get(&CONFIGS, &key))?;
    let config = found.ok_or_else(|| LambdaError::ConfigNotFound(arn.to_owned()))?;
    Answer::ok(&json!({ "CodeSigningConfig": shown(&config) }))
}

/// UpdateCodeSigningConfig: what is not named stays.
pub(super) fn update(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let (arn, key) = of_path(call)?;
    let request: Members = call.json()?;
    let (publishers, policy) = (request.publishers()?, request.policy()?);
    let description = request.description()?;
    call.world.store.write(|write| {
        let mut config = existing(write, arn, &key)?;
        config.publishers = publishers.unwrap_or(config.publishers);
        config.policy = policy.unwrap_or(config.policy);
        config.description = description.or(config.description);
        config.modified = call.world.now();
        write.put(&CONFIGS, &key, &config)?;
        Answer::ok(&json!({ "CodeSigningConfig": shown(&config) }))
    })
}

fn existing(write: &Write, arn: &str, key: &str) -> Result<Config, LambdaError> {
    write.get(&CONFIGS, key)?.ok_or_else(|| LambdaError::ConfigNotFound(arn.to_owned()))
}

/// DeleteCodeSigningConfig, which is refused while a function bears it.
pub(super) fn delete(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let (arn, key) = of_path(call)?;
    call.world.store.write(|write| {
        existing(write, arn, &key)?;
        if attachment::is_attached(call, write, arn)? {
            return Err(LambdaError::Conflict(
                "Lambda cannot delete the code signing configuration at this time \u{2014} another operation is in \
                 progress. Try again later."
                    .to_owned(),
            ));
        }
        write.remove(&CONFIGS, &key)?;
        Ok(Answer::Empty)
    })
}

/// ListCodeSigningConfigs.
pub(super) fn list(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let page = call.world.store.read(|read| page(call, read, &CONFIGS, &call.below(&[])))?;
    let configs: Vec<Value> = page.items.iter().map(shown).collect();
    Answer::ok(&json!({ "CodeSigningConfigs": configs, "NextMarker": page.next }))
}
