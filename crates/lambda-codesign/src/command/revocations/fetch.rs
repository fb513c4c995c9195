//! `revocations fetch`: asks Signer.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;
use lambda_codesign_aws::pace::Pace;
use lambda_codesign_aws::revocations::{self, Known, Scope};
use lambda_codesign_core::policy::{JobState, ProfileState};
use serde::Serialize;

use crate::aws::{AwsArguments, service_fault};
use crate::cli::{Format, Global};
use crate::fault::{Exit, Fault, escaped};
use crate::output::Output;
use crate::pool::{self, Progress};
use crate::profile_arguments::{ProfileFolder, SigningProfile};
use crate::render::human;
use crate::snapshot::Snapshot;

/// Ask AWS Signer for what is revoked of one account in one region.
///
/// It asks for every job and profile version that signed a function, a version or a layer in the region, and for every job
/// that is revoked. What another account or region owns stays unknown, and is named.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lambda-codesign revocations fetch -o revocations.json --region eu-central-1 --signing-profile local:auditor
  For packages that are not deployed yet, too:
    lambda-codesign revocations fetch -o revocations.json --all-jobs --signing-profile local:auditor

Exit codes: 0 written, 2 wrong usage, 3 a service did not answer: nothing is written.")]
pub(super) struct Arguments {
    /// The file to write.
    #[arg(short, long = "out", value_name = "FILE")]
    out: PathBuf,
    /// Sign it with this local profile, whose root verifiers then pin with --revocations-root: unsigned, it can revoke and
    /// not clear.
    #[arg(long, value_name = "local:NAME")]
    signing_profile: Option<SigningProfile>,
    /// Take in every job that Signer lists, not only those in use.
    #[arg(long)]
    all_jobs: bool,
    /// Requests a second.
    #[arg(long, value_name = "N", default_value = "5")]
    rate: NonZeroU32,
    #[command(flatten)]
    aws: AwsArguments,
}

#[derive(Serialize)]
struct Report<'r> {
    schema: &'static str,
    path: String,
    account: &'r str,
    region: &'r str,
    complete_until: String,
    jobs: usize,
    revoked_jobs: usize,
    profiles: usize,
    revoked_profiles: usize,
    signed: bool,
    unknown: Vec<UnknownRow<'r>>,
}

#[derive(Serialize)]
struct UnknownRow<'r> {
    arn: &'r str,
    why: &'r str,
}

pub(super) fn run(
    arguments: &Arguments,
    folder: &ProfileFolder,
    global: &Global,
    output: &mut Output,
) -> Result<Exit, Fault> {
    // Who can't sign is told before anything is asked.
    let signer = arguments.signing_profile.as_ref().map(|signer| folder.profile(signer)).transpose()?;
    let services = arguments.aws.connect()?;
    let what = || format!("could not fetch the revocations to {}", escaped(&arguments.out.to_string_lossy()));
    let scope = if arguments.all_jobs { Scope::AllJobs } else { Scope::InUse };
    let bar = pool::spinner(Progress::of(global));
    let said =
        |found: usize, known: usize| bar.set_message(format!("{known} of {found} signing jobs are known"));
    let fetching = async {
        let pace = Pace::per_second(arguments.rate);
        let known = revocations::fetch(&services.connection, &pace, scope, &said).await;
        known.map_err(|error| service_fault(what(), &error))
    };
    let known = services.run(fetching, || {
        Fault::new(what(), "it was interrupted, and nothing was written", "run it again")
    })?;
    bar.finish_and_clear();
    let unknown = known.unknown.len();
    for row in known.unknown.iter().take(SHOWN) {
        human::remark(&format!("{} is unknown: {}", escaped(&row.arn), escaped(&row.why)));
    }
    if unknown > SHOWN {
        human::remark(&format!("{} more are unknown; --output json names them all", unknown - SHOWN));
    }
    let report = Report::of(&known, arguments);
    let (text, document) = (report.human(), serde_json::to_value(&report));
    Snapshot::from(known).write(&arguments.out, signer.as_ref())?;
    match global.output {
        Format::Json => output.json(&document.unwrap_or_default()),
        Format::Human => output.note(&text),
    }
    Ok(Exit::Done)
}

/// So many unknown ones are named to people.
const SHOWN: usize = 10;

impl<'r> Report<'r> {
    fn of(known: &'r Known, arguments: &Arguments) -> Self {
        let is_revoked = |state: &&ProfileState| matches!(state, ProfileState::Revoked { .. });
        Self {
            schema: "lambda-codesign/revocations-fetch/v1",
            path: escaped(&arguments.out.to_string_lossy()),
            account: known.account.as_str(),
            region: &known.region,
            complete_until: known.complete_until.to_string(),
            jobs: known.jobs.len(),
            revoked_jobs: known.jobs.values().filter(|state| **state == JobState::Revoked).count(),
            profiles: known.profiles.len(),
            revoked_profiles: known.profiles.values().filter(is_revoked).count(),
            signed: arguments.signing_profile.is_some(),
            unknown: known.unknown.iter().map(|row| UnknownRow { arn: &row.arn, why: &row.why }).collect(),
        }
    }

    fn human(&self) -> String {
        let Self { path, account, region, complete_until, .. } = self;
        let by = if self.signed { "signed" } else { "not signed, so it can revoke and not clear" };
        format!(
            "{path}: {account} in {region}, complete until {complete_until}, {by}\n  jobs      {}, of which {} revoked\n  profiles  {}, of which {} revoked\n  unknown   {}\n",
            self.jobs,
            self.revoked_jobs,
            self.profiles,
            self.revoked_profiles,
            self.unknown.len()
        )
    }
}

impl From<Known> for Snapshot {
    fn from(known: Known) -> Self {
        let Known { account, region, complete_until, jobs, profiles, unknown: _ } = known;
        let (jobs, profiles) = (jobs.into_iter().collect(), profiles.into_iter().collect());
        Self { account, region, complete_until, jobs, profiles }
    }
}
