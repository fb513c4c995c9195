//! `enforce`: the code signing configs of an account, made what the policy file says.

mod show;
mod report;
mod apply;
mod simulate;

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use lambda_codesign_aws::enforce::{Desired, Here, Plan, Problem, State};
use lambda_codesign_aws::pace::Pace;

use crate::aws::{AwsArguments, Services, service_fault};
use crate::cli::{Format, Global};
use crate::fault::{Exit, Fault, escaped};
use crate::output::Output;
use crate::policy_file::{self, LoadedPolicy};
use crate::trust::TrustArguments;

/// Make the code signing configs of an account what the policy file says, and say beforehand what that would do.
///
/// A config belongs to the file by its tag lambda-codesign:config. What has no such tag is neither changed nor deleted, and
/// functions of which the file does not speak keep what they have.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lambda-codesign enforce plan --region eu-central-1
  lambda-codesign enforce apply --yes
  What would Enforce refuse? Judge the code itself, not what Lambda says of it:
    lambda-codesign enforce simulate --deep

Exit codes:
  0  there is no difference, it was applied, or nothing would be refused
  1  there is a difference (plan), functions would get weaker (apply), or something would be refused (simulate)
  2  wrong usage
  3  the account could not be read or changed, or the file can't be carried out there")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the difference between the file and the account, and change nothing.
    Plan {
        #[command(flatten)]
        scope: Scope,
    },
    /// Print the difference, ask, and carry it out.
    Apply {
        #[command(flatten)]
        scope: Scope,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
        /// Let functions get weaker: from Enforce to Warn, to more publishers or others, to no config.
        #[arg(long)]
        allow_weaker: bool,
    },
    /// Say what Lambda would refuse at the next deployment of what is deployed, if the configs were in Enforce.
    Simulate {
        #[command(flatten)]
        scope: Scope,
        /// Download the code of functions and layers and verify it, instead of believing the ARNs that Lambda shows.
        #[arg(long)]
        deep: bool,
        #[command(flatten)]
        trust: TrustArguments,
    },
}

/// Which file, and which account and region.
#[derive(Debug, Args)]
struct Scope {
    /// The policy file, before any that --config names or that is found.
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Send at most so many requests a second to Lambda and Signer, whose limits the account's deployments share.
    #[arg(long, value_name = "N", default_value_t = NonZeroU32::MIN.saturating_add(4))]
    rate: NonZeroU32,
    #[command(flatten)]
    aws: AwsArguments,
}

/// A file, an account, and what the one says of the other.
struct Case {
    services: Services,
    pace: Pace,
    policy: LoadedPolicy,
    state: State,
    desired: Desired,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    match &arguments.command {
        Command::Plan { scope } => plan(&Case::read(scope, global)?, global, output),
        Command::Apply { scope, yes, allow_weaker } => {
            let asked = apply::Asked::of(*yes, *allow_weaker);
            apply::run(&Case::read(scope, global)?, asked, global, output)
        }
        Command::Simulate { scope, deep, trust } => {
            simulate::run(&Case::read(scope, global)?, simulate::Depth::of(*deep, trust), global, output)
        }
    }
}

fn plan(case: &Case, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    let plan = case.plan();
    match global.output {
        Format::Human => show::plan(case, &plan, output),
        Format::Json => output.json(&report::plan(case, &plan, report::Applied::No)),
    }
    Ok(if plan.is_empty() { Exit::Done } else { Exit::Blocked })
}

impl Case {
    fn read(scope: &Scope, global: &Global) -> Result<Self, Fault> {
        let policy = scope.policy(global)?;
        let services = scope.aws.connect()?;
        let pace = Pace::per_second(scope.rate);
        let reading = async {
            let failed = |error| service_fault("could not read the account", &error);
            let account = services.connection.account().await.map_err(failed)?;
            let region = services.connection.region().parse();
            let region = region
                .map_err(|error| Fault::usage("can't use the region", error, "name another with --region"))?;
            State::read(&services.connection, Here { region, account }, &pace).await.map_err(failed)
        };
        let state = services.run(reading, || interrupted("could not read the account"))?;
        let desired = Desired::of(&policy.file, &state).map_err(|problems| impossible(&policy, &problems))?;
        Ok(Self { services, pace, policy, state, desired })
    }

    fn plan(&self) -> Plan {
        Plan::between(&self.state, &self.desired)
    }

    /// Account, region and file, as people name them.
    fn name(&self) -> String {
        let Here { region, account } = &self.state.here;
        format!("{} in account {account}, region {region}", escaped(&self.policy.name()))
    }
}

impl Scope {
    fn policy(&self, global: &Global) -> Result<LoadedPolicy, Fault> {
        let now = Timestamp::now();
        let found = match &self.file {
            Some(file) => Some(LoadedPolicy::read(file.clone(), now)?),
            None => policy_file::load(global, now)?,
        };
        found.ok_or_else(|| {
            Fault::usage(
                "there is no policy file",
                "neither --file, --config nor LAMBDA_CODESIGN_CONFIG names one, and there is none here or above",
                "write lambda-codesign.toml with [[config]] and [[attachment]]",
            )
        })
    }
}

/// That the file can't be carried out in this account and region.
fn impossible(policy: &LoadedPolicy, problems: &[Problem]) -> Fault {
    let why: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let remedy = problems.first().map_or("", Problem::remedy);
    Fault::of(format!("can't carry out {}", escaped(&policy.name())), &why.join("; "), remedy)
}

fn interrupted(what: &str) -> Fault {
    Fault::new(what, "it was interrupted", "run it again")
}
