//! `sign`: signs packages, folders and the artifacts of deploy tools.

mod from;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use lambda_codesign_core::Verifier;
use lambda_codesign_core::chain::{TrustRoots, Vouches};
use lambda_codesign_core::claims::PublisherPattern;
use lambda_codesign_core::digest::Threads;
use lambda_codesign_core::policy::{Evidence, Policy, Publishers};
use lambda_codesign_core::verdict::{Decision, Outcome};
use lambda_codesign_signing::manifest::Manifest;
use lambda_codesign_signing::output as files;
use lambda_codesign_signing::prepare::{ManifestState, PrepareError};
use lambda_codesign_signing::profile::Profile;
use lambda_codesign_signing::sign::{SignError, SignRequest, Signed, sign};
use lambda_codesign_signing::validity::Validity;
use serde::Serialize;

use crate::cli::{Format, Global, Verbosity};
use crate::command::pack::How;
use crate::fault::{Exit, Fault, escaped};
use crate::input::{Source, read_package};
use crate::lock_file;
use crate::output::Output;
use crate::pool::{self, Progress, Weighed};
use crate::profile_arguments::{ProfileFolder, SigningProfile, profile_fault};
use crate::render::human;
use crate::snapshot::Snapshot;

/// Sign packages or folders with a signing profile.
///
/// The bytes of earlier entries stay as they are; a manifest is put in front where there is none. The output appears
/// whole or not at all.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lambda-codesign sign app.zip -o signed.zip --signing-profile local:dev
  A folder, packed and signed in one go, and recorded in a lock:
    lambda-codesign sign build/ -o app.zip --signing-profile local:dev --lock lambda-codesign.lock
  Many at once; those that this profile signed already are passed on:
    lambda-codesign sign dist/*.zip --out-dir signed/ --signing-profile local:dev --skip-signed
  The functions and layers of a CDK app, in place; then `cdk deploy --app cdk.out`:
    lambda-codesign sign --from cdk.out --signing-profile local:dev
  The same for a SAM build; then `sam deploy --template-file .aws-sam/build/template.yaml`:
    lambda-codesign sign --from .aws-sam/build --signing-profile local:dev
  In continuous integration, with keys that are gone afterwards:
    lambda-codesign sign app.zip -o signed.zip --signing-profile local:ci --ephemeral-root root.pem

Exit codes: 0 done, 1 a package was refused, 2 wrong usage, 3 something could not be read or written.")]
pub(crate) struct Arguments {
    /// The packages, or folders to pack first.
    #[arg(value_name = "PKG.zip|DIR", required_unless_present = "from")]
    inputs: Vec<PathBuf>,
    /// The signed package, where there is one input.
    #[arg(short, long = "out", value_name = "OUT.zip", required_unless_present_any = ["out_dir", "from"])]
    out: Option<PathBuf>,
    /// The folder for the signed packages, under the inputs' names.
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    out_dir: Option<PathBuf>,
    /// Sign the code of a CDK cloud assembly, a SAM build, a template or a folder of zips in place; what this profile signed already stays.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["inputs", "out", "out_dir", "lock"])]
    from: Option<PathBuf>,
    /// Sign with this profile.
    #[arg(long, value_name = "local:NAME|NAME")]
    signing_profile: SigningProfile,
    /// How long the signature lives, such as 90days, 12months or 2years [default: the profile's].
    #[arg(long, value_name = "PERIOD")]
    expires_in: Option<Validity>,
    /// Pass packages on that this profile signed already, after verifying them.
    #[arg(long)]
    skip_signed: bool,
    /// With --skip-signed, pass on what these publishers signed too.
    #[arg(long = "allow", value_name = "ARN_OR_PATTERN", requires = "skip_signed")]
    allowed: Vec<PublisherPattern>,
    /// Record the signed packages in this lock file.
    #[arg(long, value_name = "FILE")]
    lock: Option<PathBuf>,
    /// Make a profile for this run alone, and write its root here.
    #[arg(long, value_name = "PEM")]
    ephemeral_root: Option<PathBuf>,
    /// Sign so many packages at once [default: one for each core].
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    folder: ProfileFolder,
}

/// One input and where its output goes.
struct Task {
    input: PathBuf,
    output: PathBuf,
}

impl Weighed for Task {
    fn bytes(&self) -> u64 {
        Source::File(self.input.clone()).bytes()
    }
}

/// What became of one input.
enum Done {
    Signed(Signed),
    /// It was signed already, verified and passed on.
    PassedOn(Vec<u8>),
}

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    results: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    path: String,
    output: Option<String>,
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_profile_version_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_job_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    framed_sha384: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manifest: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    if let Some(path) = &arguments.from {
        return from::run(path, arguments, global, output);
    }
    arguments.lock.as_deref().map_or(Ok(()), lock_file::check)?;
    let tasks = arguments.tasks()?;
    let profile = arguments.profile()?;
    let hidden = global.no_progress || global.verbosity() == Verbosity::Quiet;
    let progress = if hidden { Progress::Hidden } else { Progress::Shown };
    let jobs = arguments.jobs.unwrap_or_else(pool::default_jobs);
    let results =
        pool::map("signing", &tasks, jobs, progress, |task, threads| arguments.sign(task, &profile, threads));
    let rows: Vec<Row> = tasks.iter().zip(&results).map(|(task, result)| Row::of(task, result)).collect();
    match global.output {
        Format::Json => output.json(&Report { schema: "lambda-codesign/sign/v1", results: rows }),
        Format::Human => {
            rows.iter().for_each(|row| output.note(&row.human()));
            results.iter().filter_map(|result| result.as_ref().err()).for_each(human::fault);
        }
    }
    let exit = results
        .iter()
        .map(|result| result.as_ref().map_or_else(Fault::exit, |_| Exit::Done))
        .max()
        .unwrap_or(Exit::Done);
    // The rows are printed by now, with the jobs that a revocation needs; a lock that fails takes nothing back.
    Ok(match arguments.record(&tasks, &results) {
        Ok(()) => exit,
        Err(fault) => {
            human::fault(&fault);
            fault.exit()
        }
    })
}

impl Arguments {
    /// Records what was made in the lock file.
    fn record(&self, tasks: &[Task], results: &[Result<Done, Fault>]) -> Result<(), Fault> {
        let Some(lock) = &self.lock else { return Ok(()) };
        let made: Vec<(&Path, &[u8])> = tasks
            .iter()
            .zip(results)
            .filter_map(|(task, result)| Some((task.output.as_path(), result.as_ref().ok()?.bytes())))
            .collect();
        lock_file::record(lock, &made)
    }

    /// Each input with its output; no two outputs are the same, and none is an input.
    fn tasks(&self) -> Result<Vec<Task>, Fault> {
        let mut outputs = BTreeSet::new();
        let mut tasks = Vec::new();
        for input in &self.inputs {
            let output = match (&self.out, &self.out_dir, self.inputs.as_slice()) {
                (Some(out), _, [_]) => out.clone(),
                (_, Some(folder), _) => folder.join(zip_name(input)?),
                (_, None, _) => {
                    return Err(Fault::usage(
                        "several packages can't be signed into one",
                        "-o names a single output",
                        "name a folder for them with --out-dir",
                    ));
                }
            };
            if is_same_file(input, &output) {
                return Err(Fault::usage(
                    format!("{} would be written over", escaped(&input.to_string_lossy())),
                    "it is the input too",
                    "name another output",
                ));
            }
            if !outputs.insert(output.clone()) {
                return Err(Fault::usage(
                    format!("two packages would be written to {}", escaped(&output.to_string_lossy())),
                    "their file names are the same",
                    "sign them into folders of their own",
                ));
            }
            tasks.push(Task { input: input.clone(), output });
        }
        Ok(tasks)
    }

    fn profile(&self) -> Result<Profile, Fault> {
        let Some(file) = &self.ephemeral_root else {
            return self.folder.profile(&self.signing_profile);
        };
        let name = self.signing_profile.local()?.clone();
        let profile = Profile::ephemeral(name, Timestamp::now()).map_err(|error| profile_fault(&error))?;
        let root = profile.trust_root_pem().map_err(|error| profile_fault(&error))?;
        files::write(file, root.as_bytes())
            .map_err(|error| Fault::of("could not write the profile's root", &error, error.remedy()))?;
        Ok(profile)
    }

    fn sign(&self, task: &Task, profile: &Profile, threads: Threads) -> Result<Done, Fault> {
        let done = self.make(task, profile, threads)?;
        files::write(&task.output, done.bytes())
            .map_err(|error| Fault::of("could not write the signed package", &error, error.remedy()))?;
        Ok(done)
    }

    /// Signs in memory.
    fn make(&self, task: &Task, profile: &Profile, threads: Threads) -> Result<Done, Fault> {
        let package = self.read(task)?;
        let request = SignRequest {
            expires_in: self.expires_in,
            threads,
            manifest: if self.how.no_manifest { Manifest::Omit } else { Manifest::Write },
            ..SignRequest::at(Timestamp::now())
        };
        match sign(&package, profile, &request) {
            Ok(signed) => Ok(Done::Signed(signed)),
            Err(SignError::Package(PrepareError::AlreadySigned))
                if self.skip_signed || self.from.is_some() =>
            {
                self.check_signed(task, &package, profile)?;
                Ok(Done::PassedOn(package))
            }
            Err(error) => Err(refusal(&task.input, &error)),
        }
    }

    fn read(&self, task: &Task) -> Result<Vec<u8>, Fault> {
        if task.input.is_dir() {
            return Ok(self.how.pack(&task.input, &task.output)?.bytes);
        }
        read_package(&task.input)
    }

    /// That a signed package was signed by this profile or an allowed publisher, and would be allowed now.
    fn check_signed(&self, task: &Task, package: &[u8], profile: &Profile) -> Result<(), Fault> {
        let facts = profile.facts().map_err(|error| profile_fault(&error))?;
        let what = || format!("could not pass {} on", escaped(&task.input.to_string_lossy()));
        let own: PublisherPattern = format!(
            "{}/*",
            facts.arn.as_str().trim_end_matches(facts.version.as_str()).trim_end_matches('/')
        )
        .parse()
        .map_err(|error| Fault::new(what(), error, "please report it"))?;
        let mut roots = TrustRoots::aws();
        let pem = profile.trust_root_pem().map_err(|error| profile_fault(&error))?;
        roots
            .add_pem(pem.as_bytes(), &Vouches::Matching(own.clone()))
            .map_err(|error| Fault::new(what(), error, "restore the profile's folder"))?;
        let publishers = self.allowed.iter().cloned().chain([own]).collect();
        let verifier = Verifier::new(roots, Policy::new(Publishers::Only(publishers)));
        let now = Timestamp::now();
        let revocations = Snapshot::of(profile, now)?.facts();
        let verdict = verifier.verify(package, Evidence { now, revocations: Some(&revocations) });
        if verdict.decision() == Decision::Allow {
            return Ok(());
        }
        let checks = verdict.checks();
        let failed = [&checks.integrity, &checks.expiry, &checks.mismatch, &checks.revocation]
            .into_iter()
            .find(|outcome| outcome.is_fail());
        let why = failed.and_then(Outcome::message).unwrap_or_else(|| "it is not allowed".to_owned());
        Err(Fault::new(what(), why, "take the signature off by building the package again, and sign that")
            .refused())
    }
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// A package that can't be signed is refused; a profile that can't sign is a fault.
fn refusal(input: &Path, error: &SignError) -> Fault {
    let fault =
        Fault::of(format!("could not sign {}", escaped(&input.to_string_lossy())), error, error.remedy());
    match error {
        SignError::Package(_) => fault.refused(),
        SignError::Profile(_) | SignError::Envelope(_) => fault,
    }
}

/// The file name of an input; a folder's gets `.zip`.
fn zip_name(input: &Path) -> Result<PathBuf, Fault> {
    let name = input.file_name().map(PathBuf::from).ok_or_else(|| {
        Fault::usage(
            format!("{} has no file name", escaped(&input.to_string_lossy())),
            "--out-dir names outputs as the inputs are named",
            "name the output with -o",
        )
    })?;
    Ok(if input.is_dir() { name.with_added_extension("zip") } else { name })
}

impl Done {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Signed(signed) => &signed.bytes,
            Self::PassedOn(bytes) => bytes,
        }
    }
}

impl Row {
    fn of(task: &Task, result: &Result<Done, Fault>) -> Self {
        let empty = Self {
            path: escaped(&task.input.to_string_lossy()),
            output: Some(escaped(&task.output.to_string_lossy())),
            result: "signed",
            signing_profile_version_arn: None,
            signing_job_arn: None,
            signing_time: None,
            expires: None,
            code_sha256: None,
            framed_sha384: None,
            manifest: None,
            error: None,
        };
        match result {
            Err(fault) => Self {
                output: None,
                result: "failed",
                error: Some(format!("{}: {}", fault.what(), fault.why())),
                ..empty
            },
            Ok(Done::PassedOn(_)) => Self { result: "passed-on", ..empty },
            Ok(Done::Signed(signed)) => Self {
                signing_profile_version_arn: Some(signed.statement.profile_version.to_string()),
                signing_job_arn: Some(signed.statement.job.to_string()),
                signing_time: Some(signed.statement.signed_at.to_string()),
                expires: Some(signed.statement.expires.to_string()),
                code_sha256: Some(signed.code_sha256.to_string()),
                framed_sha384: Some(signed.framed_sha384.to_string()),
                manifest: Some(signed.manifest != ManifestState::Absent),
                ..empty
            },
        }
    }

    fn human(&self) -> String {
        let word = match self.result {
            "failed" => return format!("failed     {}\n", self.path),
            "passed-on" => "signed already, passed on",
            _ => "signed",
        };
        let mut text = format!("{word:9}  {} -> {}\n", self.path, self.output.as_deref().unwrap_or_default());
        for (name, value) in [
            ("profile", &self.signing_profile_version_arn),
            ("job", &self.signing_job_arn),
            ("expires", &self.expires),
            ("CodeSha256", &self.code_sha256),
        ] {
            if let Some(value) = value {
                text.push_str(&format!("  {name:10}  {value}\n"));
            }
        }
        if self.manifest == Some(false) {
            text.push_str("  no manifest: the files' boundaries are unproven\n");
        }
        text
    }
}
