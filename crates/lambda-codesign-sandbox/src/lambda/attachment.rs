//! Which function bears which code signing config. Attaching one checks no code (BEHAVIOUR.md "Lambda").

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::configs::of_path;
use super::error::LambdaError;
use super::name::{FunctionName, config_id, function_arn};
use super::record::{CONFIGS, FUNCTIONS, Function};
use crate::store::Write;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Put {
    code_signing_config_arn: String,
}

/// PutFunctionCodeSigningConfig: the config is looked for before the function.
pub(super) fn put(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let name = FunctionName::unqualified(call)?;
    let arn = call.json::<Put>()?.code_signing_config_arn;
    call.world.store.write(|write| {
        let id = config_id(call, &arn);
        let config = id.map(|id| write.get(&CONFIGS, &call.key(&[id]))).transpose()?.flatten();
        if config.is_none() {
            return Err(LambdaError::CodeSigningConfigNotFound(arn.clone()));
        }
        change(call, write, &name, Some(arn.clone()))?;
        Answer::ok(&json!({ "CodeSigningConfigArn": arn, "FunctionName": name }))
    })
}

/// DeleteFunctionCodeSigningConfig, whether or not there is one.
pub(super) fn delete(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let name = FunctionName::unqualified(call)?;
    call.world.store.write(|write| {
        change(call, write, &name, None)?;
        Ok(Answer::Empty)
    })
}

fn change(call: &Call<'_>, write: &Write, name: &str, config: Option<String>) -> Result<(), LambdaError> {
    let key = call.key(&[name]);
    let mut function = existing(call, name, write.get(&FUNCTIONS, &key)?)?;
    function.config = config;
    Ok(write.put(&FUNCTIONS, &key, &function)?)
}

fn existing(call: &Call<'_>, name: &str, found: Option<Function>) -> Result<Function, LambdaError> {
    let named = FunctionName { name: name.to_owned(), qualifier: None };
    found.ok_or_else(|| named.not_found(call))
}

/// GetFunctionCodeSigningConfig: an empty object where none is attached.
pub(super) fn get(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let name = FunctionName::unqualified(call)?;
    let found = call.world.store.read(|read| read.get(&FUNCTIONS, &call.key(&[&name])))?;
    match existing(call, &name, found)?.config {
        Some(arn) => Answer::ok(&json!({ "CodeSigningConfigArn": arn, "FunctionName": name })),
        None => Answer::ok(&json!({})),
    }
}

/// ListFunctionsByCodeSigningConfig: all of them on one page.
pub(super) fn list(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let (arn, key) = of_path(call)?;
    call.world.store.read(|read| {
        if read.get(&CONFIGS, &key)?.is_none() {
            return Err(LambdaError::ConfigNotFound(arn.to_owned()));
        }
        let functions = read.all(&FUNCTIONS, &call.below(&[]))?;
        let bearing = functions.iter().filter(|function| function.config.as_deref() == Some(arn));
        let arns: Vec<Value> =
            bearing.map(|function| json!(function_arn(call, &function.latest.name, None))).collect();
        Answer::ok(&json!({ "FunctionArns": arns }))
    })
}

/// Whether any function bears it.
pub(super) fn is_attached(call: &Call<'_>, write: &Write, arn: &str) -> Result<bool, LambdaError> {
    let functions = write.all(&FUNCTIONS, &call.below(&[]))?;
    Ok(functions.iter().any(|function| function.config.as_deref() == Some(arn)))
}
