//! `audit`: judges what is deployed already.

mod state;
mod table;

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;
use indicatif::ProgressBar;
use jiff::{SignedDuration, Timestamp};
use lambda_codesign_aws::audit::{self, Next, Questions, REGIONS, Region as Audited, Row};
use lambda_codesign_aws::pace::Pace;
use lambda_codesign_core::Verifier;
use lambda_codesign_core::claims::{ProfileVersionArn, PublisherPattern};
use lambda_codesign_core::policy::{Lock, Policy, Publishers};
use lambda_codesign_policy::{NamePattern, Region, Target};

use crate::aws::{ServiceArguments, Services, service_fault};
use crate::cli::Global;
use crate::fault::{Exit, Fault, escaped};
use crate::input;
use crate::output::Output;
use crate::policy_file::{self, LoadedPolicy};
use crate::pool;
use crate::reports::ReportFormat;
use crate::severity::FailOn;
use crate::trust::TrustArguments;
use state::{Progress, State};

/// Judge what is deployed already: functions, the versions behind their aliases, their layers, and the configs.
///
/// It goes by what Lambda and Signer say; with --deep it downloads the code and verifies it too. What can't be judged is
/// a finding of its own. The policy file says who may have signed what.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lambda-codesign audit --region eu-central-1
  Every region, to be gone on with where it was interrupted:
    lambda-codesign audit --all-regions --state audit.json --output csv > audit.csv
  The code itself, and only what the pipeline made:
    lambda-codesign audit --function 'payments-*' --deep --lock lambda-codesign.lock --fail-on high

Exit codes: 0 nothing at or above --fail-on, 1 something, 2 wrong usage, 3 a service did not answer.")]
pub(crate) struct Arguments {
    /// Look at functions of this name or pattern alone.
    #[arg(long = "function", value_name = "PATTERN")]
    functions: Vec<NamePattern>,
    /// Look into this region [default: `AWS_REGION`, or that of the AWS profile].
    #[arg(long = "region", value_name = "REGION", conflicts_with = "all_regions")]
    regions: Vec<Region>,
    /// Look into every region of Lambda; one that the account has not enabled is unknown.
    #[arg(long)]
    all_regions: bool,
    /// Download the code of functions and layers and verify it.
    #[arg(long)]
    deep: bool,
    /// Name signatures that end within so many days.
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    expiring_within: u16,
    /// Name code that this lock does not list: it came from elsewhere than the pipeline.
    #[arg(long, value_name = "FILE")]
    lock: Option<PathBuf>,
    /// Allow this publisher; it narrows what a policy file allows.
    #[arg(long = "allow", value_name = "ARN_OR_PATTERN")]
    allowed: Vec<PublisherPattern>,
    /// End with 1 where something is at least so bad.
    #[arg(long, value_enum, default_value = "medium")]
    fail_on: FailOn,
    /// Keep what was found in this file, and go on from there where it is of the same audit.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Requests to Lambda's control plane a second.
    #[arg(long, value_name = "N", default_value = "5")]
    rate: NonZeroU32,
    #[command(flatten)]
    trust: TrustArguments,
    #[command(flatten)]
    services: ServiceArguments,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    let now = Timestamp::now();
    let policy = policy_file::load(global, now)?;
    let lock = arguments.lock()?;
    let verifier = arguments.verifier(policy.as_ref())?;
    let services = arguments.services.connect(arguments.regions.first())?;
    let allows = |target: &Target, publisher: &ProfileVersionArn| {
        let named = arguments.allowed.is_empty() || arguments.allowed.iter().any(|it| it.matches(publisher));
        named && is_allowed(policy.as_ref(), target, publisher)
    };
    let questions = Questions {
        now,
        soon: SignedDuration::from_hours(i64::from(arguments.expiring_within) * 24),
        functions: &arguments.functions,
        allows: &allows,
        lock: lock.as_ref(),
        deep: verifier.as_ref(),
    };
    let mut state = State::open(arguments.state.as_deref(), &arguments.asked())?;
    let bar = pool::spinner(pool::Progress::of(global));
    let looking = arguments.look(&services, questions, (&mut state, &bar));
    services.run(looking, || {
        let help = match &arguments.state {
            Some(_) => "run the same command again: it goes on from there",
            None => "name a file with --state, from which it can go on",
        };
        Fault::new("the audit was not finished", "it was interrupted", help)
    })?;
    bar.finish_and_clear();
    let rows = state.finish();
    match global.report() {
        Some(ReportFormat::Json) => output.json(&table::report(&rows, now)),
        Some(ReportFormat::Csv) => output.raw(table::csv(&rows).as_bytes()),
        Some(ReportFormat::Sarif | ReportFormat::Junit | ReportFormat::Github) | None => {
            output.text(&table::human(&rows));
        }
    }
    let fails = |row: &Row| row.severity().is_some_and(|severity| arguments.fail_on.fails(severity.into()));
    let fails = rows.iter().any(fails);
    Ok(if fails { Exit::Blocked } else { Exit::Done })
}

impl Arguments {
    /// What is asked, in a line: a state of other arguments is none to go on from.
    fn asked(&self) -> String {
        let Self { functions, regions, all_regions, deep, expiring_within, lock, allowed, .. } = self;
        format!("{functions:?} {regions:?} {all_regions} {deep} {expiring_within} {lock:?} {allowed:?}")
    }

    fn lock(&self) -> Result<Option<Lock>, Fault> {
        let Some(file) = &self.lock else { return Ok(None) };
        let lock = Lock::from_json(&input::read_small(file, "lock")?).map_err(|error| {
            let name = escaped(&file.to_string_lossy());
            Fault::new(format!("can't use the lock {name}"), error, "restore the file that was reviewed")
        })?;
        Ok(Some(lock))
    }

    /// What fetched code is verified by: whether it is what somebody signed, whoever that may be.
    fn verifier(&self, policy: Option<&LoadedPolicy>) -> Result<Option<Verifier>, Fault> {
        if !self.deep {
            return Ok(None);
        }
        let roots = self.trust.roots_beside(policy)?;
        Ok(Some(Verifier::new(roots, Policy::new(Publishers::Any))))
    }

    async fn look(
        &self,
        services: &Services,
        questions: Questions<'_>,
        (state, bar): (&mut State, &ProgressBar),
    ) -> Result<(), Fault> {
        let pace = Pace::per_second(self.rate);
        let regions: Vec<String> = match (self.all_regions, self.regions.as_slice()) {
            (true, _) => REGIONS.map(str::to_owned).to_vec(),
            (false, []) => vec![services.connection.region().to_owned()],
            (false, regions) => regions.iter().map(ToString::to_string).collect(),
        };
        for name in regions {
            let begin = match state.progress(&name) {
                Progress::Done => continue,
                Progress::At(marker) => marker,
            };
            let connection = services.connection.in_region(&name);
            let what = || format!("the audit of {} was not finished", escaped(&name));
            let mut region = match Audited::open(&connection, &pace, questions).await {
                Ok(region) => region,
                Err(error) if !error.is_unanswered() => {
                    state.keep(&name, vec![audit::unknown_region(&name, &error)], Next::Done)?;
                    continue;
                }
                Err(error) => return Err(service_fault(what(), &error)),
            };
            if begin.is_none() {
                state.hold(region.configs());
            }
            let mut kept = Ok(());
            let mut keep = |rows: Vec<Row>, next: Next| {
                bar.set_message(format!("{name}: {} looked at", state.rows().saturating_add(rows.len())));
                if kept.is_ok() {
                    kept = state.keep(&name, rows, next);
                }
            };
            region.functions(begin, &mut keep).await.map_err(|error| service_fault(what(), &error))?;
            kept?;
        }
        Ok(())
    }
}

/// What the policy file says of a publisher; where it does not say, the config alone decides.
fn is_allowed(policy: Option<&LoadedPolicy>, target: &Target, publisher: &ProfileVersionArn) -> bool {
    let effective = policy.and_then(|loaded| loaded.file.effective(target).ok());
    let patterns = effective.and_then(|effective| effective.patterns());
    patterns.is_none_or(|patterns| patterns.iter().any(|pattern| pattern.matches(publisher)))
}
