//! `publish function`.

use clap::Args;
use lambda_codesign_aws::function_name::{AliasName, FunctionName};
use lambda_codesign_aws::name::LayerVersionArn;
use lambda_codesign_aws::publish::{
    Aim, Journal, Judged as PackageAndLayers, PublishError, Published, Publishing, Target as Found,
};
use lambda_codesign_core::policy::{Evidence, Policy, Publishers};
use lambda_codesign_core::{Verdict, Verifier};
use lambda_codesign_policy::{Subject, Target};

use super::row::{Outcome, PublishedRow, Rows};
use super::rules::{Attached, for_layer, rules};
use super::{SendingArguments, interrupted, publish_fault};
use crate::aws::Services;
use crate::cli::Global;
use crate::fault::{Exit, Fault, escaped};
use crate::judging;
use crate::known::Known;
use crate::output::Output;
use crate::policy_file::LoadedPolicy;
use crate::render::human;

/// Publish a package as a function's code.
///
/// It is judged first: under the function's own code signing config, with the layers that are attached, and by the policy
/// file and the flags besides; where no config is attached, by the latter alone. Those very bytes are sent, and only once
/// Lambda shows their hash and signature a version is made and the alias moved. It creates no function.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  Judge, deploy, publish a version and point the alias to it:
    lambda-codesign publish function payments-api app.zip --alias live
  Ask Lambda too, and change nothing:
    lambda-codesign publish function payments-api app.zip --dry-run
  A package above 50 MB:
    lambda-codesign publish function payments-api app.zip --s3-bucket my-deployments --alias live
  A function without a config:
    lambda-codesign publish function payments-api app.zip --allow 'arn:aws:signer:*:123456789012:/signing-profiles/release/*'

Exit codes: 0 published, 1 blocked here or refused by Lambda, 2 wrong usage, 3 not done.")]
pub(super) struct Arguments {
    /// The function: its name or ARN.
    #[arg(value_name = "NAME")]
    function: FunctionName,
    #[command(flatten)]
    sending: SendingArguments,
    /// Publish a version.
    #[arg(long)]
    publish_version: bool,
    /// Publish a version and point this alias to it, last of all; it is created where it is absent.
    #[arg(long, value_name = "NAME")]
    alias: Option<AliasName>,
    /// Judge here and by Lambda, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    let sending = &arguments.sending;
    let now = sending.rules.now();
    let file = sending.rules.file(global, now)?;
    let roots = sending.rules.roots(file.as_ref())?;
    let verifier = Verifier::new(roots, Policy::new(Publishers::NotGiven));
    let known = sending.rules.known(file.as_ref(), now)?;
    let package = sending.read()?;
    let services = sending.aws.connect_near(arguments.function.region().as_ref())?;
    let journal = Journal::default();
    let publishing = Publishing {
        connection: &services.connection,
        verifier: &verifier,
        evidence: Evidence { now, revocations: Known::evidence(known.as_ref()) },
        bucket: sending.s3_bucket.clone(),
        deadline: sending.deadline(),
        journal: &journal,
    };
    let answer = arguments.publish(&services, &publishing, &package, file.as_ref())?;
    let outcome = if arguments.dry_run { Outcome::DryRun } else { Outcome::Published };
    let rows = answer.rows(&sending.name(), outcome);
    if let Some(loaded) = &file {
        let effective = loaded.effective(&answer.target)?;
        let unused = judging::unused(&effective, answer.policy_verdict().into_iter());
        human::remarks(&loaded.name(), &loaded.text, &unused);
        return rows.under(loaded.report(&effective, &unused)).show(now, global, output);
    }
    rows.show(now, global, output)
}

/// What became of it, where there is a verdict.
struct Answer {
    target: Target,
    published: Result<Published, Box<PackageAndLayers>>,
}

impl Arguments {
    fn aim(&self) -> Aim {
        match (self.dry_run, &self.alias, self.publish_version) {
            (true, _, _) => Aim::DryRun,
            (false, Some(alias), _) => Aim::Alias(alias.clone()),
            (false, None, true) => Aim::Version,
            (false, None, false) => Aim::Latest,
        }
    }

    fn publish(
        &self,
        services: &Services,
        publishing: &Publishing<'_>,
        package: &[u8],
        file: Option<&LoadedPolicy>,
    ) -> Result<Answer, Fault> {
        let what = format!("could not publish {} to {}", escaped(&self.sending.name()), self.function);
        let journal = publishing.journal;
        let work = async {
            let found = publishing.find(&self.function, self.aim()).await;
            let found = found.map_err(|error| publish_fault(&what, &error.into(), journal))?;
            let target = target(&found);
            let effective = file.map(|loaded| loaded.effective(&target)).transpose()?;
            let attached = if found.config().is_some() { Attached::Config } else { Attached::Nothing };
            let for_layer = |arn: &LayerVersionArn| for_layer(file, attached, arn);
            let rules = rules(&self.sending.rules, effective.as_ref(), &for_layer)?;
            match publishing.function(&found, package, &rules).await {
                Ok(published) => Ok(Answer { target, published: Ok(published) }),
                Err(PublishError::Blocked(judged)) => Ok(Answer { target, published: Err(judged) }),
                Err(error) => Err(publish_fault(&what, &error, journal)),
            }
        };
        services.run(work, || interrupted(&what, journal))
    }
}

fn target(found: &Found) -> Target {
    let arn = &found.function().arn;
    Target {
        subject: Some(Subject::Function(arn.name().clone())),
        region: Some(arn.region().clone()),
        account: Some(arn.account().clone()),
    }
}

impl Answer {
    const fn judged(&self) -> &PackageAndLayers {
        match &self.published {
            Ok(published) => &published.judged,
            Err(judged) => judged,
        }
    }

    fn policy_verdict(&self) -> Option<&Verdict> {
        self.judged().package.of_policy()
    }

    fn rows(&self, package: &str, outcome: Outcome) -> Rows {
        let published = self.published.as_ref().ok();
        let row = published.map(|published| PublishedRow::function(published, outcome));
        Rows::of_function(package, self.judged(), row)
    }
}
