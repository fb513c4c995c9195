//! Versions of functions.

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::error::LambdaError;
use super::functions::{keep, ready};
use super::name::{FunctionName, LATEST, padded};
use super::page::page;
use super::record::{Deployed, FUNCTIONS, Function, VERSIONS, guarded, revision};
use super::settings::Settings;
use super::shown::{Moment, shown, shown_as};
use crate::store::Write;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Publish {
    code_sha256: Option<String>,
    description: Option<String>,
    revision_id: Option<String>,
}

/// PublishVersion.
pub(super) fn publish(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let request: Publish = call.json()?;
    let name = ready(call, request.revision_id.as_deref())?.latest.name;
    let key = call.key(&[&name]);
    call.world.store.write(|write| {
        let named = FunctionName { name: name.clone(), qualifier: None };
        let mut function = write.get(&FUNCTIONS, &key)?.ok_or_else(|| named.not_found(call))?;
        guarded(request.revision_id.as_deref(), &function.latest.revision)?;
        is_of_code(request.code_sha256.as_deref(), &function.latest)?;
        let version = publish_latest(call, write, &mut function, request.description)?;
        write.put(&FUNCTIONS, &key, &function)?;
        Answer::created(&shown(call, &version, Moment::At(call.world.now())))
    })
}

fn is_of_code(asked: Option<&str>, latest: &Deployed) -> Result<(), LambdaError> {
    let current = latest.package.sha256();
    match asked {
        Some(asked) if asked != current => Err(LambdaError::InvalidParameter(format!(
            "CodeSHA256 ({asked}) is different from current CodeSHA256 in $LATEST ({current}). Please try again with \
             the CodeSHA256 in $LATEST."
        ))),
        Some(_) | None => Ok(()),
    }
}

/// Publishes `$LATEST`; where nothing changed since the last version, that one stands for it.
pub(super) fn publish_latest(
    call: &Call<'_>,
    write: &Write,
    function: &mut Function,
    description: Option<String>,
) -> Result<Deployed, LambdaError> {
    let name = function.latest.name.clone();
    let last = write.get(&VERSIONS, &call.key(&[&name, &padded(function.published)]))?;
    if let Some(last) = last.filter(|last| is_same(last, &function.latest)) {
        return Ok(last);
    }
    function.published += 1;
    let mut version =
        Deployed { version: function.published.to_string(), revision: revision(), ..function.latest.clone() };
    if description.is_some() {
        let change = Settings { description, ..Settings::default() };
        version.settings = version.settings.changed_by(change).checked()?;
    }
    keep(write, &mut version)?;
    write.put(&VERSIONS, &call.key(&[&name, &padded(function.published)]), &version)?;
    Ok(version)
}

/// The same but for the description, which a version may have of its own.
fn is_same(version: &Deployed, latest: &Deployed) -> bool {
    let described = Settings { description: latest.settings.description.clone(), ..version.settings.clone() };
    described == latest.settings
        && version.package.sha256() == latest.package.sha256()
        && version.layers == latest.layers
}

/// ListVersionsByFunction: `$LATEST` first, then the versions.
pub(super) fn list(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let named = FunctionName::of(call)?;
    call.world.store.read(|read| {
        let found = read.get(&FUNCTIONS, &call.key(&[&named.name]))?;
        let function = found.ok_or_else(|| named.not_found(call))?;
        let page = page(call, read, &VERSIONS, &call.below(&[&named.name]))?;
        let moment = Moment::At(call.world.now());
        let is_first = call.query("Marker").is_none_or(str::is_empty);
        let latest = is_first.then(|| json!(shown_as(call, &function.latest, moment, Some(LATEST))));
        let rest = page.items.iter().map(|version| json!(shown(call, version, moment)));
        let versions: Vec<Value> = latest.into_iter().chain(rest).collect();
        Answer::ok(&json!({ "Versions": versions, "NextMarker": page.next }))
    })
}
