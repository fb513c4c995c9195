//! `publish layer`.

use clap::Args;
use lambda_codesign_aws::publish::{Journal, LayerRequest, PublishError, Publishing};
use lambda_codesign_core::Verifier;
use lambda_codesign_core::policy::{Evidence, Policy, Publishers};
use lambda_codesign_policy::{ResourceName, Subject, Target};

use super::row::{PublishedRow, Rows};
use super::{SendingArguments, interrupted, publish_fault};
use crate::cli::Global;
use crate::fault::{Exit, Fault, escaped};
use crate::judging;
use crate::known::Known;
use crate::output::Output;
use crate::render::human;

/// Publish a package as a layer's next version.
///
/// Lambda takes any zip as a layer and judges it only where a function with a config attaches it, so the policy file and
/// the flags judge here first. Where the layer's latest version is the same already, none is made.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lambda-codesign publish layer common layer.zip --compatible-runtime python3.13 \\
      --allow 'arn:aws:signer:*:123456789012:/signing-profiles/release/*'
  By the repository's lambda-codesign.toml:
    lambda-codesign publish layer common layer.zip --account 123456789012

Exit codes: 0 published, 1 blocked, 2 wrong usage, 3 not done.")]
pub(super) struct Arguments {
    /// The layer's name.
    #[arg(value_name = "NAME")]
    layer: ResourceName,
    #[command(flatten)]
    sending: SendingArguments,
    /// A runtime that it is for; may be given several times.
    #[arg(long = "compatible-runtime", value_name = "RUNTIME")]
    runtimes: Vec<String>,
    /// An architecture that it is for: `x86_64` or arm64; may be given several times.
    #[arg(long = "compatible-architecture", value_name = "ARCHITECTURE")]
    architectures: Vec<String>,
    /// The account, where rules of the policy file ask for it.
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<lambda_codesign_core::claims::AccountId>,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    let sending = &arguments.sending;
    let now = sending.rules.now();
    let file = sending.rules.file(global, now)?;
    let services = sending.aws.connect()?;
    let target = Target {
        subject: Some(Subject::Layer(arguments.layer.clone())),
        region: services.connection.region().parse().ok(),
        account: arguments.account.clone(),
    };
    let effective = file.as_ref().map(|loaded| loaded.effective(&target)).transpose()?;
    let policy = sending.rules.policy(effective.as_ref())?;
    let verifier = Verifier::new(sending.rules.roots(file.as_ref())?, Policy::new(Publishers::NotGiven));
    let known = sending.rules.known(file.as_ref(), now)?;
    let package = sending.read()?;
    let journal = Journal::default();
    let publishing = Publishing {
        connection: &services.connection,
        verifier: &verifier,
        evidence: Evidence { now, revocations: Known::evidence(known.as_ref()) },
        bucket: sending.s3_bucket.clone(),
        deadline: sending.deadline(),
        journal: &journal,
    };
    let what =
        format!("could not publish {} as the layer {}", escaped(&sending.name()), arguments.layer.as_str());
    let wanted = arguments.request();
    let work = async {
        match publishing.layer(&wanted, &package, &policy).await {
            Ok(published) => Ok((PublishedRow::layer(&published), published.verdict)),
            Err(PublishError::BlockedLayer(verdict)) => Ok((None, *verdict)),
            Err(error) => Err(publish_fault(&what, &error, &journal)),
        }
    };
    let (row, verdict) = services.run(work, || interrupted(&what, &journal))?;
    let mut rows = Rows::of_layer(&sending.name(), verdict, row);
    if let (Some(loaded), Some(effective)) = (&file, &effective) {
        let unused = judging::unused(effective, rows.verdicts());
        human::remarks(&loaded.name(), &loaded.text, &unused);
        rows = rows.under(loaded.report(effective, &unused));
    }
    rows.show(now, global, output)
}

impl Arguments {
    fn request(&self) -> LayerRequest {
        LayerRequest {
            name: self.layer.clone(),
            runtimes: self.runtimes.clone(),
            architectures: self.architectures.clone(),
            license: None,
        }
    }
}
