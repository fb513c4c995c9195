//! Aliases of versions.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::error::{LambdaError, invalid};
use super::name::{FunctionName, LATEST, function_arn, is_word, padded};
use super::page::page;
use super::record::{ALIASES, Alias, FUNCTIONS, VERSIONS, guarded, revision};
use crate::store::Write;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AliasMembers {
    name: Option<String>,
    function_version: Option<String>,
    description: Option<String>,
    routing_config: Option<Routing>,
    revision_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Routing {
    additional_version_weights: Option<BTreeMap<String, f64>>,
}

/// CreateAlias.
pub(super) fn create(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let function = FunctionName::unqualified(call)?;
    let request: AliasMembers = call.json()?;
    let name = request.name.clone().unwrap_or_default();
    if !is_word(&name) || name.len() > 128 || name.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid(
            &name,
            "name",
            "Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)",
        ));
    }
    let Some(version) = request.function_version.clone() else {
        return Err(invalid("null", "functionVersion", "Member must not be null"));
    };
    call.world.store.write(|write| {
        let key = call.key(&[&function, &name]);
        if write.get(&ALIASES, &key)?.is_some() {
            let arn = function_arn(call, &function, Some(&name));
            return Err(LambdaError::Conflict(format!("Alias already exists: {arn}")));
        }
        let blank = Alias {
            name,
            version,
            description: String::new(),
            weights: BTreeMap::new(),
            revision: String::new(),
        };
        let alias = put(call, write, &function, changed(blank, request))?;
        Answer::created(&shown(call, &function, &alias))
    })
}

/// UpdateAlias.
pub(super) fn update(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let function = FunctionName::unqualified(call)?;
    let request: AliasMembers = call.json()?;
    let name = call.parameter("Name");
    call.world.store.write(|write| {
        let found = write.get(&ALIASES, &call.key(&[&function, name]))?;
        let alias = found.ok_or_else(|| absent(call, &function, name))?;
        guarded(request.revision_id.as_deref(), &alias.revision)?;
        let alias = put(call, write, &function, changed(alias, request))?;
        Answer::ok(&shown(call, &function, &alias))
    })
}

fn changed(mut alias: Alias, change: AliasMembers) -> Alias {
    alias.version = change.function_version.unwrap_or(alias.version);
    alias.description = change.description.unwrap_or(alias.description);
    if let Some(routing) = change.routing_config {
        alias.weights = routing.additional_version_weights.unwrap_or_default();
    }
    alias.revision = revision();
    alias
}

fn put(call: &Call<'_>, write: &Write, function: &str, alias: Alias) -> Result<Alias, LambdaError> {
    let named = FunctionName { name: function.to_owned(), qualifier: None };
    write.get(&FUNCTIONS, &call.key(&[function]))?.ok_or_else(|| named.not_found(call))?;
    for version in alias.weights.keys().chain([&alias.version]) {
        if version == LATEST && alias.weights.is_empty() {
            continue;
        }
        let number = version.parse::<u64>().ok();
        let key = number.map(|number| call.key(&[function, &padded(number)]));
        let found = key.map(|key| write.get(&VERSIONS, &key)).transpose()?.flatten();
        if found.is_none() {
            let arn = function_arn(call, function, Some(version));
            return Err(LambdaError::NotFound(format!("Function not found: {arn}")));
        }
    }
    if let Some(weight) = alias.weights.values().find(|weight| !(0.0..=1.0).contains(*weight)) {
        let constraint = "Member must have value between 0.0 and 1.0, inclusive";
        return Err(invalid(&weight.to_string(), "routingConfig.additionalVersionWeights", constraint));
    }
    write.put(&ALIASES, &call.key(&[function, &alias.name]), &alias)?;
    Ok(alias)
}

fn absent(call: &Call<'_>, function: &str, name: &str) -> LambdaError {
    let arn = function_arn(call, function, Some(name));
    LambdaError::NotFound(format!("Cannot find alias arn: {arn}"))
}

fn shown(call: &Call<'_>, function: &str, alias: &Alias) -> Value {
    let mut shown = json!({
        "AliasArn": function_arn(call, function, Some(&alias.name)),
        "Name": alias.name,
        "FunctionVersion": alias.version,
        "Description": alias.description,
        "RevisionId": alias.revision,
    });
    if let (false, Some(members)) = (alias.weights.is_empty(), shown.as_object_mut()) {
        let routing = json!({ "AdditionalVersionWeights": alias.weights });
        members.insert("RoutingConfig".to_owned(), routing);
    }
    shown
}

/// GetAlias.
pub(super) fn get(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let function = FunctionName::unqualified(call)?;
    let name = call.parameter("Name");
    let found = call.world.store.read(|read| read.get(&ALIASES, &call.key(&[&function, name])))?;
    let alias = found.ok_or_else(|| absent(call, &function, name))?;
    Answer::ok(&shown(call, &function, &alias))
}

/// ListAliases.
pub(super) fn list(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let function = FunctionName::unqualified(call)?;
    let named = FunctionName { name: function.clone(), qualifier: None };
    call.world.store.read(|read| {
        read.get(&FUNCTIONS, &call.key(&[&function]))?.ok_or_else(|| named.not_found(call))?;
        let page = page(call, read, &ALIASES, &call.below(&[&function]))?;
        let wanted = call.query("FunctionVersion");
        let of_version =
            page.items.iter().filter(|alias| wanted.is_none_or(|wanted| alias.version == wanted));
        let aliases: Vec<Value> = of_version.map(|alias| shown(call, &function, alias)).collect();
        Answer::ok(&json!({ "Aliases": aliases, "NextMarker": page.next }))
    })
}

/// DeleteAlias, which does not ask whether it is there.
pub(super) fn delete(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let function = FunctionName::unqualified(call)?;
    let key = call.key(&[&function, call.parameter("Name")]);
    call.world.store.write(|write| write.remove(&ALIASES, &key))?;
    Ok(Answer::Empty)
}
