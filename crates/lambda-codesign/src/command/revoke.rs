//! `revoke`: takes trust from what AWS Signer has signed, and says what runs it.

use std::num::NonZeroU32;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use lambda_codesign_aws::pace::Pace;
use lambda_codesign_aws::profile;
use lambda_codesign_aws::revoking::{self, Carrier, Revoked};
use lambda_codesign_core::claims::{AccountId, ProfileVersionArn, SigningJobArn};
use lambda_codesign_signing::name::{JobId, ProfileName, ProfileVersion};
use serde::Serialize;

use crate::ask::{Consent, ask};
use crate::aws::{AwsArguments, Services, service_fault};
use crate::cli::{Format, Global};
use crate::fault::{Exit, Fault, escaped};
use crate::output::Output;

/// Revoke a signature or a signing profile of AWS Signer, and say which functions run what is revoked now.
///
/// A revocation is never taken back. Functions go on running what they run; the next deployment of it is refused where a
/// config enforces. For local profiles there is `profile revoke`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lambda-codesign revoke job 3cb2bb51-9f0c-4a32-8d2c-2a1c5a4f3a10 --reason 'built from a stolen token'
  lambda-codesign revoke profile release_2026 AbCdEf1234 --reason 'pipeline was taken over' --effective 2026-11-20T08:00:00Z

Exit codes: 0 revoked, 2 wrong usage, 3 it was not revoked, or what runs it could not be read.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Do not ask.
    #[arg(long, global = true)]
    yes: bool,
    /// Requests to Lambda's control plane a second, while what runs it is looked for.
    #[arg(long, global = true, value_name = "N", default_value = "5")]
    rate: NonZeroU32,
    #[command(flatten)]
    aws: AwsArguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Revoke the signature that one job made.
    Job {
        /// The job's id.
        job: JobId,
        /// Why; Signer keeps it.
        #[arg(long)]
        reason: String,
        /// The account that owns the job, where it is another that grants it.
        #[arg(long, value_name = "ACCOUNT")]
        job_owner: Option<AccountId>,
    },
    /// Revoke what one version of a profile signed from a time on.
    Profile {
        /// The profile.
        name: ProfileName,
        /// Its version, 10 characters, as a guard against revoking another than is meant.
        #[arg(id = "profile_version", value_name = "VERSION")]
        version: ProfileVersion,
        /// Why; Signer keeps it.
        #[arg(long)]
        reason: String,
        /// From when on, in the past [default: now]; it can only move earlier.
        #[arg(long, value_name = "TIME")]
        effective: Option<Timestamp>,
    },
}

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    revoked: String,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective: Option<String>,
    region: String,
    carriers: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    function: String,
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    layer: Option<String>,
    signing_job_arn: String,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    let services = arguments.aws.connect()?;
    let order = arguments.order(&services)?;
    let consent = if arguments.yes { Consent::Given } else { Consent::Open };
    ask(&order.what(), &format!("{} for ever?", order.question()), consent)?;
    services.run(order.revoke(&services), || order.interrupted())?;
    let looking = format!("{} is revoked; what runs it could not be read", order.shown());
    let found = services.run(
        async {
            let pace = Pace::per_second(arguments.rate);
            let found = revoking::carriers(&services.connection, &pace, &order.revoked).await;
            found.map_err(|error| service_fault(looking.clone(), &error))
        },
        || Fault::new(looking.clone(), "it was interrupted", "look with `lambda-codesign audit`"),
    )?;
    let report = Report::of(&order, services.connection.region(), &found);
    match global.output {
        Format::Json => output.json(&report),
        Format::Human => output.note(&report.human()),
    }
    Ok(Exit::Done)
}

/// What is to be revoked, and why.
struct Order<'a> {
    revoked: Revoked,
    reason: &'a str,
    owner: Option<&'a AccountId>,
    effective: Option<Timestamp>,
}

impl Arguments {
    fn order(&self, services: &Services) -> Result<Order<'_>, Fault> {
        match &self.command {
            Command::Job { job, reason, job_owner } => {
                let revoked = Revoked::Job(self.job(services, job, job_owner.as_ref())?);
                Ok(Order { revoked, reason, owner: job_owner.as_ref(), effective: None })
            }
            Command::Profile { name, version, reason, effective } => {
                let revoked = Revoked::Profile(self.version(services, name, version)?);
                let effective = Some(effective.unwrap_or_else(Timestamp::now));
                Ok(Order { revoked, reason, owner: None, effective })
            }
        }
    }

    /// The job's ARN: that there is such a job is known before anybody is asked.
    fn job(
        &self,
        services: &Services,
        job: &JobId,
        owner: Option<&AccountId>,
    ) -> Result<SigningJobArn, Fault> {
        let what = format!("could not revoke the signature of {job}");
        let looking = async {
            let account = revoking::owner_of(&services.connection.signer, job.as_str()).await;
            account.map_err(|error| service_fault(what.clone(), &error))
        };
        let found =
            services.run(looking, || Fault::new(what.clone(), "it was interrupted", "run it again"))?;
        let account = owner.map_or(found.account, AccountId::clone);
        let arn = format!(
            "arn:{}:signer:{}:{account}:/signing-jobs/{job}",
            found.partition,
            services.connection.region()
        );
        arn.parse().map_err(|error| Fault::new(what, error, "check the job's id and the region"))
    }

    /// The version's ARN, where the profile has that version.
    fn version(
        &self,
        services: &Services,
        name: &ProfileName,
        version: &ProfileVersion,
    ) -> Result<ProfileVersionArn, Fault> {
        let what = format!("could not revoke the profile {name}");
        let looking = async {
            let found = profile::get(&services.connection.signer, name.as_str(), None).await;
            found.map_err(|error| service_fault(what.clone(), &error))
        };
        let found =
            services.run(looking, || Fault::new(what.clone(), "it was interrupted", "run it again"))?;
        if found.version.version() == version.as_str() {
            return Ok(found.version);
        }
        Err(Fault::usage(
            what,
            format!("its version is {}, not {version}", found.version.version()),
            "look which one is meant with `lambda-codesign profile show`",
        ))
    }
}

impl Order<'_> {
    async fn revoke(&self, services: &Services) -> Result<(), Fault> {
        let signer = &services.connection.signer;
        let revoked = match (&self.revoked, self.effective) {
            (Revoked::Job(job), _) => revoking::revoke_job(signer, job.id(), self.owner, self.reason).await,
            (Revoked::Profile(version), effective) => {
                let effective = effective.unwrap_or_else(Timestamp::now);
                revoking::revoke_profile(signer, version, self.reason, effective).await
            }
        };
        revoked.map_err(|error| service_fault(self.what(), &error))
    }

    fn shown(&self) -> String {
        match &self.revoked {
            Revoked::Job(job) => job.to_string(),
            Revoked::Profile(version) => version.to_string(),
        }
    }

    fn question(&self) -> String {
        match &self.revoked {
            Revoked::Job(job) => format!("Revoke the signature of {job}"),
            Revoked::Profile(version) => format!("Revoke what {version} signed"),
        }
    }

    fn what(&self) -> String {
        format!("the revocation of {}", self.shown())
    }

    fn interrupted(&self) -> Fault {
        let why = "it was interrupted, and may be done or not";
        Fault::new(self.what(), why, "run the same command again: what is revoked stays so")
    }
}

impl Report {
    fn of(order: &Order<'_>, region: &str, found: &[Carrier]) -> Self {
        Self {
            schema: "lambda-codesign/revoke/v1",
            revoked: order.shown(),
            reason: escaped(order.reason),
            effective: order.effective.map(|time| time.to_string()),
            region: escaped(region),
            carriers: found.iter().map(Row::of).collect(),
        }
    }

    fn human(&self) -> String {
        let mut text = format!("revoked    {}\n", self.revoked);
        if let Some(effective) = &self.effective {
            text.push_str(&format!("  from     {effective} on\n"));
        }
        text.push_str(&format!("  reason   {}\n", self.reason));
        if self.carriers.is_empty() {
            return text + &format!("no function of {} runs it\n", self.region);
        }
        text.push_str(&format!("what runs it in {}, and goes on until it is replaced:\n", self.region));
        for Row { function, version, layer, .. } in &self.carriers {
            let by = layer.as_ref().map(|layer| format!("  by its layer {layer}")).unwrap_or_default();
            text.push_str(&format!("  {function}:{version}{by}\n"));
        }
        text
    }
}

impl Row {
    fn of(carrier: &Carrier) -> Self {
        Self {
            function: carrier.function.clone(),
            version: escaped(&carrier.version),
            layer: carrier.layer.as_ref().map(ToString::to_string),
            signing_job_arn: carrier.job.to_string(),
        }
    }
}
