//! `profile`: signing profiles, local and of AWS Signer.

#[cfg_attr(not(feature = "services"), path = "profile/service_absent.rs")]
mod service;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::Timestamp;
use lambda_codesign_core::claims::AccountId;
use lambda_codesign_signing::name::JobId;
use lambda_codesign_signing::output as files;
use lambda_codesign_signing::profile::{Passphrase, Profile, ProfileError, ProfileFacts, ProfileStatus};
use lambda_codesign_signing::validity::Validity;
use serde::Serialize;

use crate::aws::AwsArguments;
use crate::cli::{Format, Global};
use crate::fault::{Exit, Fault, escaped};
use crate::input;
use crate::output::Output;
use crate::profile_arguments::{ProfileFolder, SigningProfile, profile_fault};
use crate::render::human;
use crate::snapshot::Snapshot;

/// Create, list, show, move and revoke signing profiles.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lambda-codesign profile create local:dev
  lambda-codesign profile show local:dev --trust-root > root.pem
  A profile of AWS Signer, whose version's ARN is what configs and policies name:
    lambda-codesign profile create release --validity 12months
  To another machine, encrypted with a passphrase:
    lambda-codesign profile export local:dev -o dev.age --passphrase-file secret.txt
    lambda-codesign profile import dev.age --passphrase-file secret.txt
  What verifiers should know of it:
    lambda-codesign profile revoke local:dev --reason 'laptop lost'
    lambda-codesign profile revocations local:dev -o revocations.json")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    folder: ProfileFolder,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create a profile: a local one has an authority of its own, one of AWS Signer is for Lambda's platform.
    Create {
        /// The profile, such as local:dev or release.
        profile: SigningProfile,
        /// How long its signatures live.
        #[arg(long, value_name = "PERIOD", default_value = "135months")]
        validity: Validity,
        #[command(flatten)]
        aws: AwsArguments,
    },
    /// List the local profiles, or those of AWS Signer.
    List {
        /// List the profiles that AWS Signer has for Lambda, those that sign no more included.
        #[arg(long)]
        signer: bool,
        #[command(flatten)]
        aws: AwsArguments,
    },
    /// Show a profile.
    Show {
        /// The profile.
        profile: SigningProfile,
        /// Print its root in PEM, and nothing else.
        #[arg(long)]
        trust_root: bool,
        /// The account that owns a profile of AWS Signer, where it is another that grants it.
        #[arg(long, value_name = "ACCOUNT")]
        profile_owner: Option<AccountId>,
        #[command(flatten)]
        aws: AwsArguments,
    },
    #[command(flatten)]
    Withdraw(Withdraw),
    /// Write what is revoked of a profile, for `verify --revocations`.
    Revocations {
        /// The profile.
        profile: SigningProfile,
        /// The file.
        #[arg(short, long = "out", value_name = "FILE")]
        out: PathBuf,
        /// Sign it with this local profile, whose root verifiers then pin with --revocations-root: unsigned, it can revoke
        /// and not clear.
        #[arg(long, value_name = "local:NAME")]
        signing_profile: Option<SigningProfile>,
    },
    /// Write a profile with its keys, encrypted with a passphrase.
    Export {
        /// The profile.
        profile: SigningProfile,
        /// The file.
        #[arg(short, long = "out", value_name = "FILE")]
        out: PathBuf,
        /// The file that holds the passphrase, in its first line.
        #[arg(long, value_name = "FILE")]
        passphrase_file: PathBuf,
    },
    /// Take in a profile that was exported.
    Import {
        /// The file.
        file: PathBuf,
        /// The file that holds the passphrase, in its first line.
        #[arg(long, value_name = "FILE")]
        passphrase_file: PathBuf,
    },
}

/// What ends a profile or a signature.
#[derive(Debug, Subcommand)]
enum Withdraw {
    /// Cancel a profile: it signs no more, and what it signed stays valid.
    Cancel {
        /// The profile.
        profile: SigningProfile,
        #[command(flatten)]
        aws: AwsArguments,
    },
    /// Revoke a profile: what it signed from a time on is not to be deployed.
    Revoke {
        /// The profile.
        profile: SigningProfile,
        /// Why.
        #[arg(long)]
        reason: String,
        /// From when on, in the past [default: now]; it can only move earlier.
        #[arg(long, value_name = "TIME")]
        effective: Option<Timestamp>,
    },
    /// Revoke the signature of one job.
    RevokeJob {
        /// The profile that signed.
        profile: SigningProfile,
        /// The job's id.
        job: JobId,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    profiles: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_profile_version_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    validity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_from: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    let folder = &arguments.folder;
    if let Some(row) = service::row(&arguments.command)? {
        shown(row, global, output);
        return Ok(Exit::Done);
    }
    match &arguments.command {
        Command::Create { profile, validity, aws: _ } => {
            let created = folder.store()?.create(profile.local()?, *validity, Timestamp::now());
            show(&created.map_err(|error| profile_fault(&error))?, global, output)?;
        }
        Command::List { signer: true, aws } => written(service::list(aws)?, global, output),
        Command::List { signer: false, aws: _ } => return list(folder, global, output),
        Command::Show { profile, trust_root: true, .. } => {
            let pem = checked(folder.profile(profile)?.trust_root_pem())?;
            match global.output {
                Format::Json => {
                    output.json(&serde_json::json!({"schema": "lambda-codesign/trust-root/v1", "pem": pem}))
                }
                Format::Human => output.text(&pem),
            }
        }
        Command::Show { profile, trust_root: false, .. } => show(&folder.profile(profile)?, global, output)?,
        Command::Withdraw(command) => show(&withdraw(command, folder)?, global, output)?,
        Command::Revocations { profile, out, signing_profile } => {
            let profile = folder.profile(profile)?;
            let signer = signing_profile.as_ref().map(|signer| folder.profile(signer)).transpose()?;
            Snapshot::of(&profile, Timestamp::now())?.write(out, signer.as_ref())?;
            show(&profile, global, output)?;
        }
        Command::Export { profile, out, passphrase_file } => {
            let (profile, passphrase) = (folder.profile(profile)?, passphrase(passphrase_file)?);
            write(out, &checked(profile.export(&passphrase))?)?;
            show(&profile, global, output)?;
        }
        Command::Import { file, passphrase_file } => {
            let passphrase = passphrase(passphrase_file)?;
            let export = input::read_small(file, "exported profile")?;
            show(&checked(folder.store()?.import(&export, &passphrase))?, global, output)?;
        }
    }
    Ok(Exit::Done)
}

fn withdraw(command: &Withdraw, folder: &ProfileFolder) -> Result<Profile, Fault> {
    let now = Timestamp::now();
    match command {
        Withdraw::Cancel { profile, aws: _ } => {
            let profile = folder.profile(profile)?;
            checked(profile.cancel(now))?;
            Ok(profile)
        }
        Withdraw::Revoke { profile, reason, effective } => {
            let profile = folder.profile(profile)?;
            checked(profile.revoke(reason, effective.unwrap_or(now), now))?;
            Ok(profile)
        }
        Withdraw::RevokeJob { profile, job, reason } => {
            let profile = folder.profile(profile)?;
            checked(profile.revoke_signature(job, reason, now))?;
            Ok(profile)
        }
    }
}

fn checked<T>(result: Result<T, ProfileError>) -> Result<T, Fault> {
    result.map_err(|error| profile_fault(&error))
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), Fault> {
    files::write(file, bytes).map_err(|error| Fault::of("could not write the file", &error, error.remedy()))
}

fn passphrase(file: &Path) -> Result<Passphrase, Fault> {
    let bytes = input::read_small(file, "passphrase file")?;
    let name = escaped(&file.to_string_lossy());
    let text = String::from_utf8(bytes).map_err(|_| {
        Fault::new(format!("can't use the passphrase in {name}"), "it is not UTF-8", "write it as text")
    })?;
    checked(Passphrase::new(text.lines().next().unwrap_or_default().to_owned()))
}

fn list(folder: &ProfileFolder, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    let mut exit = Exit::Done;
    let listed = checked(folder.store()?.list())?;
    let mut rows = Vec::new();
    for profile in listed {
        match profile.facts {
            Ok(facts) => rows.push(Row::of(&facts)),
            Err(error) => {
                exit = Exit::NoVerdict;
                human::fault(&profile_fault(&error));
                rows.push(Row::damaged(profile.name.to_string()));
            }
        }
    }
    written(rows, global, output);
    Ok(exit)
}

fn show(profile: &Profile, global: &Global, output: &mut Output) -> Result<(), Fault> {
    shown(Row::of(&checked(profile.facts())?), global, output);
    Ok(())
}

/// One in full.
fn shown(row: Row, global: &Global, output: &mut Output) {
    match global.output {
        Format::Json => written(vec![row], global, output),
        Format::Human => output.note(&row.human()),
    }
}

/// A line for each.
fn written(rows: Vec<Row>, global: &Global, output: &mut Output) {
    match (global.output, rows.as_slice()) {
        (Format::Json, _) => {
            output.json(&Report { schema: "lambda-codesign/profiles/v1", profiles: rows });
        }
        (Format::Human, []) => output.note("no profiles\n"),
        (Format::Human, rows) => rows.iter().for_each(|row| output.text(&row.line())),
    }
}

impl Row {
    fn of(facts: &ProfileFacts) -> Self {
        Self {
            name: format!("local:{}", facts.name),
            signing_profile_version_arn: Some(facts.arn.to_string()),
            validity: Some(facts.validity.to_string()),
            created: Some(facts.created_at.to_string()),
            status: match facts.status {
                ProfileStatus::Active => "active",
                ProfileStatus::Canceled => "canceled",
                ProfileStatus::Revoked => "revoked",
            },
            revoked_from: facts.revocation.as_ref().map(|revocation| revocation.effective.to_string()),
        }
    }

    fn damaged(name: String) -> Self {
        Self {
            name: format!("local:{name}"),
            signing_profile_version_arn: None,
            validity: None,
            created: None,
            status: "damaged",
            revoked_from: None,
        }
    }

    fn line(&self) -> String {
        let arn = self.signing_profile_version_arn.as_deref().unwrap_or_default();
        format!("{:10}{:24}{arn}\n", self.status, self.name)
    }

    fn human(&self) -> String {
        let mut text = format!("{}  {}\n", self.name, self.status);
        for (name, value) in [
            ("arn", &self.signing_profile_version_arn),
            ("validity", &self.validity),
            ("created", &self.created),
            ("revoked from", &self.revoked_from),
        ] {
            if let Some(value) = value {
                text.push_str(&format!("  {name:12}  {value}\n"));
            }
        }
        text
    }
}
