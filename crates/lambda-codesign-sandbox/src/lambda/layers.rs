//! Layers: taken whether signed, unsigned or tampered with, and judged where a function attaches them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::error::{LambdaError, invalid};
use super::judge::Judge;
use super::name::{layer_name, layer_version, padded};
use super::outside;
use super::page::page;
use super::record::{Code, LAYER_VERSIONS, LAYERS, LayerVersion, written};
use super::shown::location;
use super::source::{self, CodeMembers};
use crate::store::Read;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Publish {
    content: CodeMembers,
    #[serde(default)]
    description: String,
    #[serde(default)]
    compatible_runtimes: Vec<String>,
    #[serde(default)]
    compatible_architectures: Vec<String>,
    license_info: Option<String>,
}

/// PublishLayerVersion.
pub(super) fn publish(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let name = layer_name(call, call.parameter("LayerName"))?;
    let request: Publish = call.json()?;
    let zip = source::zip(call, request.content.source()?)?;
    let judge = Judge::new(call.world, None, outside::revocations(call.world)?)?;
    let judged = judge.judge(&zip.bytes)?;
    let code = Code {
        blob: zip.stored(call.world)?,
        token: String::new(),
        sha256: judged.sha256,
        unzipped: judged.unzipped,
        signed: judged.signed,
    };
    call.world.store.write(|write| {
        let version = write.get(&LAYERS, &call.key(&[&name]))?.unwrap_or(0) + 1;
        let mut layer = LayerVersion {
            layer: name.clone(),
            version,
            code,
            description: request.description,
            created: call.world.now(),
            runtimes: request.compatible_runtimes,
            architectures: request.compatible_architectures,
            license: request.license_info,
        };
        layer.code.keep(write)?;
        write.put(&LAYERS, &call.key(&[&name]), &version)?;
        write.put(&LAYER_VERSIONS, &call.key(&[&name, &padded(version)]), &layer)?;
        Answer::created(&shown(call, &layer))
    })
}

/// The members that every answer about a layer version has.
fn listed(call: &Call<'_>, layer: &LayerVersion) -> Value {
    let members = [
        ("LayerVersionArn", json!(call.arn(&format!("layer:{}:{}", layer.layer, layer.version)))),
        ("Version", json!(layer.version)),
        ("Description", json!(layer.description)),
        ("CreatedDate", json!(written(layer.created))),
        ("CompatibleRuntimes", present(&layer.runtimes)),
        ("CompatibleArchitectures", present(&layer.architectures)),
        ("LicenseInfo", json!(layer.license)),
    ];
    let present = members.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(present.map(|(name, value)| (name.to_owned(), value)).collect())
}

fn present(list: &[String]) -> Value {
    if list.is_empty() { Value::Null } else { json!(list) }
}

fn shown(call: &Call<'_>, layer: &LayerVersion) -> Value {
    let mut content = json!({
        "Location": location(call, &layer.code.token),
        "CodeSha256": layer.code.sha256,
        "CodeSize": layer.code.blob.size,
    });
    if let (Some(signed), Some(members)) = (&layer.code.signed, content.as_object_mut()) {
        members.insert("SigningProfileVersionArn".to_owned(), json!(signed.profile_version));
        members.insert("SigningJobArn".to_owned(), json!(signed.job));
    }
    let mut shown = listed(call, layer);
    if let Some(members) = shown.as_object_mut() {
        members.insert("LayerArn".to_owned(), json!(call.arn(&format!("layer:{}", layer.layer))));
        members.insert("Content".to_owned(), content);
    }
    shown
}

fn not_found() -> LambdaError {
    LambdaError::NotFound("The resource you requested does not exist.".to_owned())
}

fn version_of_path(call: &Call<'_>) -> Result<u64, LambdaError> {
    let text = call.parameter("VersionNumber");
    text.parse().map_err(|_| invalid(text, "versionNumber", "Member must be a number"))
}

fn answer_version(call: &Call<'_>, name: &str, version: u64) -> Result<Answer, LambdaError> {
    let key = call.key(&[name, &padded(version)]);
    let found = call.world.store.read(|read| read.get(&LAYER_VERSIONS, &key))?;
    Answer::ok(&shown(call, &found.ok_or_else(not_found)?))
}

/// GetLayerVersion.
pub(super) fn get(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let name = layer_name(call, call.parameter("LayerName"))?;
    answer_version(call, &name, version_of_path(call)?)
}

/// GetLayerVersionByArn.
pub(super) fn get_by_arn(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let arn = call.query("Arn").unwrap_or_default();
    if !arn.starts_with("arn:") {
        return Err(invalid(
            arn,
            "arn",
            "Member must satisfy regular expression pattern: arn:[a-zA-Z0-9-]+:lambda:.*",
        ));
    }
    let (name, version) = layer_version(call, arn).ok_or_else(not_found)?;
    answer_version(call, name, version)
}

/// Whether the query asks for layers like this one.
fn is_asked(call: &Call<'_>, layer: &LayerVersion) -> bool {
    let has = |list: &[String], wanted: Option<&str>| {
        wanted.is_none_or(|wanted| list.iter().any(|item| item == wanted))
    };
    has(&layer.runtimes, call.query("CompatibleRuntime"))
        && has(&layer.architectures, call.query("CompatibleArchitecture"))
}

/// The versions of a layer that are asked for, the latest first.
fn versions(call: &Call<'_>, read: &Read, name: &str) -> Result<Vec<LayerVersion>, LambdaError> {
    let mut versions = read.all(&LAYER_VERSIONS, &call.below(&[name]))?;
    versions.retain(|layer| is_asked(call, layer));
    versions.reverse();
    Ok(versions)
}

/// ListLayers: each layer that has a version that is asked for, with the latest of those.
pub(super) fn list(call: &Call<'_>) -> Result<Answer, LambdaError> {
    call.world.store.read(|read| {
        let page = page(call, read, &LAYERS, &call.below(&[]))?;
        let mut layers = Vec::new();
        for name in &page.names {
            let Some(latest) = versions(call, read, name)?.into_iter().next() else { continue };
            layers.push(json!({
                "LayerName": name,
                "LayerArn": call.arn(&format!("layer:{name}")),
                "LatestMatchingVersion": listed(call, &latest),
            }));
        }
        Answer::ok(&json!({ "Layers": layers, "NextMarker": page.next }))
    })
}

/// ListLayerVersions: all of them on one page, the latest first.
pub(super) fn list_versions(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let name = layer_name(call, call.parameter("LayerName"))?;
    let versions = call.world.store.read(|read| versions(call, read, &name))?;
    let shown: Vec<Value> = versions.iter().map(|layer| listed(call, layer)).collect();
    Answer::ok(&json!({ "LayerVersions": shown }))
}

/// DeleteLayerVersion, which does not ask whether it is there. Functions that attached it keep it.
pub(super) fn delete(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let name = layer_name(call, call.parameter("LayerName"))?;
    let key = call.key(&[&name, &padded(version_of_path(call)?)]);
    call.world.store.write(|write| {
        if let Some(layer) = write.get(&LAYER_VERSIONS, &key)? {
            layer.code.give_up(write)?;
            write.remove(&LAYER_VERSIONS, &key)?;
        }
        Ok::<_, LambdaError>(())
    })?;
    Ok(Answer::Empty)
}
