//! Each operation and who carries it out.

use super::answer::Answer;
use super::call::Call;
use super::error::LambdaError;
use super::operation::Operation;
use super::record::LOCATIONS;
use super::{aliases, attachment, configs, functions, layers, shown, tags, versions};

/// Carries an operation out. Blocks.
pub(super) fn carry_out(operation: Operation, call: &Call<'_>) -> Result<Answer, LambdaError> {
    match operation {
        Operation::CreateFunction => functions::create(call),
        Operation::UpdateFunctionCode => functions::update_code(call),
        Operation::UpdateFunctionConfiguration => functions::update_configuration(call),
        Operation::DeleteFunction => functions::delete(call),
        Operation::GetFunction => shown::get(call),
        Operation::GetFunctionConfiguration => shown::get_configuration(call),
        Operation::ListFunctions => shown::list(call),
        Operation::PublishVersion => versions::publish(call),
        Operation::ListVersionsByFunction => versions::list(call),
        Operation::CreateAlias => aliases::create(call),
        Operation::UpdateAlias => aliases::update(call),
        Operation::GetAlias => aliases::get(call),
        Operation::ListAliases => aliases::list(call),
        Operation::DeleteAlias => aliases::delete(call),
        Operation::PublishLayerVersion => layers::publish(call),
        Operation::GetLayerVersion => layers::get(call),
        Operation::GetLayerVersionByArn => layers::get_by_arn(call),
        Operation::ListLayers => layers::list(call),
        Operation::ListLayerVersions => layers::list_versions(call),
        Operation::DeleteLayerVersion => layers::delete(call),
        Operation::CreateCodeSigningConfig => configs::create(call),
        Operation::GetCodeSigningConfig => configs::get(call),
        Operation::UpdateCodeSigningConfig => configs::update(call),
        Operation::DeleteCodeSigningConfig => configs::delete(call),
        Operation::ListCodeSigningConfigs => configs::list(call),
        Operation::ListFunctionsByCodeSigningConfig => attachment::list(call),
        Operation::PutFunctionCodeSigningConfig => attachment::put(call),
        Operation::GetFunctionCodeSigningConfig => attachment::get(call),
        Operation::DeleteFunctionCodeSigningConfig => attachment::delete(call),
        Operation::ListTags => tags::list(call),
        Operation::TagResource => tags::tag(call),
        Operation::UntagResource => tags::untag(call),
        Operation::DownloadCode => download(call),
        Operation::Absent(name) => Err(LambdaError::NotImplemented(name)),
    }
}

/// The code behind a location: whoever knows its token may have it, as with a presigned URL.
fn download(call: &Call<'_>) -> Result<Answer, LambdaError> {
    let found = call.world.store.read(|read| read.get(&LOCATIONS, call.parameter("Token")))?;
    found.map(Answer::Code).ok_or_else(|| LambdaError::NotFound("There is no such code.".to_owned()))
}
