//! Tags of functions and code signing configs.

use serde::Deserialize;
use serde_json::json;

use super::answer::Answer;
use super::call::Call;
use super::error::{LambdaError, invalid};
use super::name::{FunctionName, config_id};
use super::record::{CONFIGS, FUNCTIONS, Tags};
use crate::store::Write;

/// What a tag is put on.
enum Tagged {
    Function(FunctionName),
    Config { arn: String, id: String },
}

impl Tagged {
    fn of(call: &Call<'_>) -> Result<Self, LambdaError> {
        let arn = call.parameter("Resource");
        if let Some(id) = config_id(call, arn) {
            return Ok(Self::Config { arn: arn.to_owned(), id: id.to_owned() });
        }
        if arn.starts_with("arn:") && arn.contains(":function:") {
            let named = FunctionName::parse(call, arn)?;
            return match &named.qualifier {
                None => Ok(Self::Function(named)),
                Some(_) => Err(LambdaError::InvalidParameter(
                    "Tags on function aliases and versions are not supported. Please specify a function ARN."
                        .to_owned(),
                )),
            };
        }
        Err(invalid(arn, "resource", "Member must be the ARN of a function or a code signing config"))
    }

    /// Changes the tags and answers what they are then.
    fn change(
        &self,
        call: &Call<'_>,
        write: &Write,
        change: impl FnOnce(&mut Tags),
    ) -> Result<Tags, LambdaError> {
        match self {
            Self::Function(named) => {
                let key = call.key(&[&named.name]);
                let found = write.get(&FUNCTIONS, &key)?;
                let mut function = found.ok_or_else(|| named.not_found(call))?;
                change(&mut function.tags);
                write.put(&FUNCTIONS, &key, &function)?;
                Ok(function.tags)
            }
            Self::Config { arn, id } => {
                let key = call.key(&[id]);
                let found = write.get(&CONFIGS, &key)?;
                let mut config = found.ok_or_else(|| LambdaError::ConfigNotFound(arn.clone()))?;
                change(&mut config.tags);
                write.put(&CONFIGS, &key, &config)?;
                Ok(config.tags)
            }
        }
    }
}

/// ListTags.
pub(super) fn list(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let tags = match Tagged::of(call)? {
        Tagged::Function(named) => {
            let found = call.world.store.read(|read| read.get(&FUNCTIONS, &call.key(&[&named.name])))?;
            found.ok_or_else(|| named.not_found(call))?.tags
        }
        Tagged::Config { arn, id } => {
            let found = call.world.store.read(|read| read.get(&CONFIGS, &call.key(&[&id])))?;
            found.ok_or(LambdaError::ConfigNotFound(arn))?.tags
        }
    };
    Answer::ok(&json!({ "Tags": tags }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    tags: Tags,
}

/// TagResource.
pub(super) fn tag(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let tagged = Tagged::of(call)?;
    let added = call.json::<Tag>()?.tags;
    call.world.store.write(|write| tagged.change(call, write, |tags| tags.extend(added)))?;
    Ok(Answer::Empty)
}

/// UntagResource.
pub(super) fn untag(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let tagged = Tagged::of(call)?;
    let is_gone = |name: &String| call.query.iter().any(|(key, value)| key == "tagKeys" && value == name);
    call.world
        .store
        .write(|write| tagged.change(call, write, |tags| tags.retain(|name, _| !is_gone(name))))?;
    Ok(Answer::Empty)
}
