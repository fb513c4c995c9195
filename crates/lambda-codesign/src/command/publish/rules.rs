//! What a publication is judged by: the flags and the policy file, beside the function's own config.

use lambda_codesign_aws::name::LayerVersionArn;
use lambda_codesign_aws::publish::Rules;
use lambda_codesign_core::policy::{Policy, Publishers};
use lambda_codesign_policy::{Effective, Subject, Target};

use crate::fault::Fault;
use crate::judging::RuleArguments;
use crate::policy_file::LoadedPolicy;

/// Whether a function has a config.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Attached {
    Config,
    Nothing,
}

/// What the file says of the layers that a function has attached. Flags are about the package.
pub(super) fn for_layer(
    file: Option<&LoadedPolicy>,
    attached: Attached,
    arn: &LayerVersionArn,
) -> Option<Policy> {
    // All is known of the target, so no rule is left undecided.
    let effective = file?.effective(&layer_target(arn)).ok()?;
    let policy = effective.policy();
    match (attached, effective.allow) {
        (Attached::Config, None) => Some(policy.with_publishers(Publishers::Any)),
        (Attached::Config | Attached::Nothing, _) => Some(policy),
    }
}

pub(super) fn layer_target(arn: &LayerVersionArn) -> Target {
    Target {
        subject: Some(Subject::Layer(arn.name().clone())),
        region: Some(arn.region().clone()),
        account: Some(arn.account().clone()),
    }
}

/// The rules for the package, and for each layer.
pub(super) fn rules<'a>(
    arguments: &RuleArguments,
    effective: Option<&Effective<'_>>,
    for_layer: &'a (dyn Fn(&LayerVersionArn) -> Option<Policy> + Sync),
) -> Result<Rules<'a>, Fault> {
    Ok(Rules {
        alone: arguments.policy(effective)?,
        beside_config: arguments.policy_beside_config(effective)?,
        for_layer,
    })
}
