//! Functions that are made, changed and deleted.

use lambda_codesign_core::text::Hex;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::answer::Answer;
use super::call::Call;
use super::deployment::{Deployment, Event, fits, named_layers};
use super::error::LambdaError;
use super::name::{FunctionName, LATEST, function_arn, padded};
use super::record::{
    ALIASES, AttachedLayer, Deployed, FUNCTIONS, Function, Package, Tags, VERSIONS, guarded, revision,
};
use super::settings::Settings;
use super::shown::{Moment, shown};
use super::source::{CodeMembers, Source};
use super::versions;
use crate::records::JudgementRecord;
use crate::store::{StoreError, Write};
use crate::world::put_judgement;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Create {
    function_name: String,
    code: CodeMembers,
    #[serde(default)]
    layers: Vec<String>,
    code_signing_config_arn: Option<String>,
    #[serde(default)]
    publish: bool,
    #[serde(default)]
    tags: Tags,
    #[serde(flatten)]
    settings: Settings,
}

/// CreateFunction.
pub(super) fn create(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let request: Create = call.json()?;
    let name = FunctionName::parse(call, &request.function_name)?.name;
    let settings = request.settings.checked()?;
    let source = request.code.source()?;
    complete(&settings, &source)?;
    let config = request.code_signing_config_arn.filter(|arn| !arn.is_empty());
    absent(call, &name)?;
    let layers = named_layers(call, &request.layers)?;
    let mut deployment = Deployment::begin(call, Event::Create, &name, config.as_deref())?;
    let package = package(&mut deployment, source)?;
    if package.code().is_some() {
        deployment.layers(&layers)?;
    }
    fits(package.code(), &layers)?;
    let latest = Deployed {
        name: name.clone(),
        version: LATEST.to_owned(),
        package,
        layers,
        settings,
        revision: revision(),
        created: call.world.now(),
        updated: None,
    };
    let mut function = Function { latest, config, published: 0, tags: request.tags };
    let record = deployment.record();
    call.world.store.write(|write| {
        if write.get(&FUNCTIONS, &call.key(&[&name]))?.is_some() {
            return Err(exists(&name));
        }
        keep(write, &mut function.latest)?;
        put_judgement(write, &record)?;
        let answered = if request.publish {
            versions::publish_latest(call, write, &mut function, None)?
        } else {
            function.latest.clone()
        };
        write.put(&FUNCTIONS, &call.key(&[&name]), &function)?;
        Answer::created(&shown(call, &answered, Moment::JustCreated))
    })
}

fn exists(name: &str) -> LambdaError {
    LambdaError::Conflict(format!("Function already exist: {name}"))
}

/// That no function has the name yet; asked again when it is written.
fn absent(call: &Call<'_>, name: &str) -> Result<(), LambdaError> {
    let found = call.world.store.read(|read| read.get(&FUNCTIONS, &call.key(&[name])))?;
    found.map_or(Ok(()), |_| Err(exists(name)))
}

/// That what a function can't be without is there.
fn complete(settings: &Settings, source: &Source) -> Result<(), LambdaError> {
    let missing = |text: &str| Err(LambdaError::InvalidParameter(text.to_owned()));
    if settings.role.is_none() {
        return Err(super::error::invalid("null", "role", "Member must not be null"));
    }
    match source {
        Source::Image(_) => Ok(()),
        Source::Zip(_) | Source::Object(_) if settings.runtime.is_none() || settings.handler.is_none() => {
            missing(
                "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
            )
        }
        Source::Zip(_) | Source::Object(_) => Ok(()),
    }
}

fn package(deployment: &mut Deployment<'_>, source: Source) -> Result<Package, LambdaError> {
    match source {
        // Code signing does not apply to images (BEHAVIOUR.md "Lambda").
        Source::Image(uri) => {
            let sha256 = Hex(&Sha256::digest(uri.as_bytes())).to_string();
            Ok(Package::Image { uri, sha256 })
        }
        source @ (Source::Zip(_) | Source::Object(_)) => deployment.code(source).map(Package::Zip),
    }
}

/// Claims everything that a record refers to.
pub(super) fn keep(write: &Write, deployed: &mut Deployed) -> Result<(), StoreError> {
    if let Package::Zip(code) = &mut deployed.package {
        code.keep(write)?;
    }
    deployed.layers.iter().try_for_each(|layer| write.claim(layer.blob))
}

fn give_up(write: &Write, deployed: &Deployed) -> Result<(), StoreError> {
    if let Some(code) = deployed.package.code() {
        code.give_up(write)?;
    }
    deployed.layers.iter().try_for_each(|layer| write.give_up(layer.blob))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateCode {
    #[serde(flatten)]
    code: CodeMembers,
    architectures: Option<Vec<String>>,
    #[serde(default)]
    publish: bool,
    #[serde(default)]
    dry_run: bool,
    revision_id: Option<String>,
}

/// UpdateFunctionCode.
pub(super) fn update_code(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let request: UpdateCode = call.json()?;
    let before = ready(call, request.revision_id.as_deref())?;
    let name = before.latest.name.clone();
    let source = request.code.source()?;
    let mut deployment = Deployment::begin(call, Event::UpdateCode, &name, before.config.as_deref())?;
    let package = package(&mut deployment, source)?;
    if package.code().is_some() {
        deployment.layers(&before.latest.layers)?;
    }
    fits(package.code(), &before.latest.layers)?;
    let architectures = Settings { architectures: request.architectures, ..Settings::default() };
    let after = Deployed {
        package,
        settings: before.latest.settings.clone().changed_by(architectures),
        ..before.latest.clone()
    };
    let record = deployment.record();
    if request.dry_run {
        call.world.keep_judgement(&record)?;
        return Answer::ok(&shown(call, &after, Moment::At(call.world.now())));
    }
    commit(call, &before, Change { after, record: Some(record), publish: request.publish })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateConfiguration {
    layers: Option<Vec<String>>,
    revision_id: Option<String>,
    #[serde(flatten)]
    settings: Settings,
}

/// UpdateFunctionConfiguration: a deployment where it adds layers (FORMAT.md "The four checks and the policy").
pub(super) fn update_configuration(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let request: UpdateConfiguration = call.json()?;
    let before = ready(call, request.revision_id.as_deref())?;
    let settings = before.latest.settings.clone().changed_by(request.settings.checked()?);
    let mut after = Deployed { settings, ..before.latest.clone() };
    let mut record = None;
    if let Some(arns) = &request.layers {
        after.layers = relinked(call, &before, arns)?;
        let added = |layer: &&AttachedLayer| !before.latest.layers.contains(*layer);
        if after.layers.iter().any(|layer| added(&layer)) {
            let (name, config) = (&before.latest.name, before.config.as_deref());
            let mut deployment = Deployment::begin(call, Event::UpdateConfiguration, name, config)?;
            deployment.layers(after.layers.iter().filter(added))?;
            record = Some(deployment.record());
        }
        fits(after.package.code(), &after.layers)?;
    }
    commit(call, &before, Change { after, record, publish: false })
}

/// The layers that are named, of which those that are attached already need not exist any more.
fn relinked(call: &Call<'_>, before: &Function, arns: &[String]) -> Result<Vec<AttachedLayer>, LambdaError> {
    let attached = |arn: &String| before.latest.layers.iter().find(|layer| layer.arn == *arn);
    let fresh: Vec<String> = arns.iter().filter(|arn| attached(arn).is_none()).cloned().collect();
    if arns.len() > super::deployment::MAX_LAYERS {
        return named_layers(call, arns);
    }
    let mut fresh = named_layers(call, &fresh)?.into_iter();
    Ok(arns.iter().filter_map(|arn| attached(arn).cloned().or_else(|| fresh.next())).collect())
}

/// What a function becomes.
struct Change {
    after: Deployed,
    record: Option<JudgementRecord>,
    publish: bool,
}

/// Puts the change in the place of what was judged; if something else came first, it conflicts.
fn commit(call: &Call<'_>, before: &Function, change: Change) -> Result<Answer, LambdaError> {
    let key = call.key(&[&before.latest.name]);
    call.world.store.write(|write| {
        let found = write.get(&FUNCTIONS, &key)?;
        let unchanged =
            |now: &Function| now.latest.revision == before.latest.revision && now.config == before.config;
        let mut function = found.filter(unchanged).ok_or_else(|| in_progress(call, &before.latest.name))?;
        let mut after = change.after;
        after.revision = revision();
        after.updated = Some(call.world.now());
        keep(write, &mut after)?;
        give_up(write, &function.latest)?;
        function.latest = after;
        if let Some(record) = &change.record {
            put_judgement(write, record)?;
        }
        let answered = if change.publish {
            versions::publish_latest(call, write, &mut function, None)?
        } else {
            function.latest.clone()
        };
        write.put(&FUNCTIONS, &key, &function)?;
        Answer::ok(&shown(call, &answered, Moment::JustUpdated))
    })
}

/// The function of the path, which must be of this revision and not in a transition.
pub(super) fn ready(call: &Call<'_>, asked: Option<&str>) -> Result<Function, LambdaError> {
    let named = FunctionName::of(call)?;
    if named.qualifier.as_deref().is_some_and(|qualifier| qualifier != LATEST) {
        return Err(LambdaError::InvalidParameter(
            "This operation can not be performed on a function version or alias.".to_owned(),
        ));
    }
    let found = call.world.store.read(|read| read.get(&FUNCTIONS, &call.key(&[&named.name])))?;
    let function = found.ok_or_else(|| named.not_found(call))?;
    let moment = Moment::At(call.world.now());
    if moment.is_pending(call, &function.latest) {
        return Err(LambdaError::Conflict(
            "The operation cannot be performed at this time. The function is currently in the following state: Pending"
                .to_owned(),
        ));
    }
    if moment.is_updating(call, &function.latest) {
        return Err(in_progress(call, &named.name));
    }
    guarded(asked, &function.latest.revision)?;
    Ok(function)
}

fn in_progress(call: &Call<'_>, name: &str) -> LambdaError {
    LambdaError::Conflict(format!(
        "The operation cannot be performed at this time. An update is in progress for resource: {}",
        function_arn(call, name, None)
    ))
}

/// DeleteFunction: all of it, or one version.
pub(super) fn delete(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let named = FunctionName::of(call)?;
    call.world.store.write(|write| {
        let found = write.get(&FUNCTIONS, &call.key(&[&named.name]))?;
        let function = found.ok_or_else(|| named.not_found(call))?;
        match named.qualifier.as_deref() {
            None => delete_all(call, write, &function)?,
            Some(qualifier) => delete_version(call, write, &named, qualifier)?,
        }
        Ok(Answer::Empty)
    })
}

fn delete_all(call: &Call<'_>, write: &Write, function: &Function) -> Result<(), LambdaError> {
    let name = function.latest.name.as_str();
    for version in write.all(&VERSIONS, &call.below(&[name]))? {
        delete_one(call, write, &version)?;
    }
    for alias in write.all(&ALIASES, &call.below(&[name]))? {
        write.remove(&ALIASES, &call.key(&[name, &alias.name]))?;
    }
    give_up(write, &function.latest)?;
    Ok(write.remove(&FUNCTIONS, &call.key(&[name]))?)
}

fn delete_version(
    call: &Call<'_>,
    write: &Write,
    named: &FunctionName,
    qualifier: &str,
) -> Result<(), LambdaError> {
    let Ok(number) = qualifier.parse::<u64>() else {
        let why = if qualifier == LATEST {
            "$LATEST version cannot be deleted without deleting the function."
        } else {
            "Deletion of aliases is not currently supported."
        };
        return Err(LambdaError::InvalidParameter(why.to_owned()));
    };
    for alias in write.all(&ALIASES, &call.below(&[&named.name]))? {
        if alias.version == qualifier || alias.weights.contains_key(qualifier) {
            return Err(LambdaError::Conflict(format!(
                "Version was referenced by an alias: {}",
                function_arn(call, &named.name, Some(&alias.name))
            )));
        }
    }
    let found = write.get(&VERSIONS, &call.key(&[&named.name, &padded(number)]))?;
    found.map_or(Ok(()), |version| delete_one(call, write, &version))
}

fn delete_one(call: &Call<'_>, write: &Write, version: &Deployed) -> Result<(), LambdaError> {
    let number = version.version.parse().unwrap_or(0);
    give_up(write, version)?;
    Ok(write.remove(&VERSIONS, &call.key(&[&version.name, &padded(number)]))?)
}
