//! `sign`: signs packages, folders and the artifacts of deploy tools.

mod row;
mod local;
#[cfg_attr(not(feature = "services"), path = "sign/service_absent.rs")]
mod service;
mod from;
#[cfg(feature = "services")]
mod objects;

#[cfg(feature = "services")]
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use lambda_codesign_core::Verifier;
use lambda_codesign_core::chain::TrustRoots;
use lambda_codesign_core::claims::PublisherPattern;
use lambda_codesign_core::digest::Threads;
use lambda_codesign_core::policy::{Evidence, Policy, Publishers, Revocations};
use lambda_codesign_core::verdict::{Decision, Outcome, Verdict};
use lambda_codesign_signing::lock::LockedPackage;
use lambda_codesign_signing::output as files;
use lambda_codesign_signing::profile::Profile;
use lambda_codesign_signing::validity::Validity;

#[cfg(feature = "services")]
use crate::aws::Services;
use crate::cli::{Format, Global};
use crate::command::pack;
use crate::fault::{Exit, Fault, escaped};
use crate::input::{Bytes, Source, read_package};
use crate::lock_file;
use crate::output::Output;
use crate::pool::{self, Progress, Weighed};
use crate::profile_arguments::{ProfileFolder, SigningProfile};
use crate::render::human;
#[cfg(feature = "services")]
use crate::trust::TrustArguments;

pub(crate) use row::{Done, How};
use row::{Report, Row};
#[cfg(feature = "services")]
pub(crate) use service::DeskArguments;
use service::{Service, SignerArguments};

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
  A template that `sam package` or `aws cloudformation package` wrote, whose code is in S3:
    lambda-codesign sign --from packaged.yaml --s3 --signing-profile release --bucket my-builds
  A packaged Serverless service; then `serverless deploy --package .serverless`:
    lambda-codesign sign --from .serverless --signing-profile local:dev
  With AWS Signer, through a bucket that keeps versions:
    lambda-codesign sign dist/*.zip --out-dir signed/ --signing-profile release --bucket my-builds
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
    /// Sign the code of a CDK cloud assembly, a SAM build, a template, a package of the Serverless Framework or a folder of
    /// zips in place; what this profile signed already stays.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["inputs", "out", "out_dir", "lock"])]
    from: Option<PathBuf>,
    /// With --from, sign code in S3 too: what a template names is fetched, and put beside it under a key of its own.
    #[cfg(feature = "services")]
    #[arg(long, requires = "from")]
    s3: bool,
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
    how: pack::How,
    #[command(flatten)]
    folder: ProfileFolder,
    #[command(flatten)]
    signer: SignerArguments,
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

/// Who signs.
pub(crate) enum Signatory {
    Local(Profile),
    Service(Box<Service>),
}

/// Whose signed packages are passed on.
#[derive(Clone)]
pub(crate) struct Trusted {
    /// Any version of the profile that signs.
    pub(crate) own: PublisherPattern,
    pub(crate) roots: TrustRoots,
    /// What is known to be revoked.
    pub(crate) revocations: Option<Revocations>,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    if let Some(path) = &arguments.from {
        return from::run(path, arguments, global, output);
    }
    arguments.lock.as_deref().map_or(Ok(()), lock_file::check)?;
    let tasks = arguments.tasks()?;
    let signatory = arguments.signatory()?;
    arguments.make_folder()?;
    let progress = Progress::of(global);
    let jobs = arguments.jobs.unwrap_or_else(|| match signatory {
        Signatory::Local(_) => pool::default_jobs(),
        Signatory::Service(_) => service::jobs(&tasks),
    });
    let results = pool::map("signing", &tasks, jobs, progress, |task, threads| {
        arguments.sign(task, &signatory, threads)
    });
    let (mut rows, mut faults, mut locked) = (Vec::new(), Vec::new(), Vec::new());
    for (task, result) in tasks.iter().zip(results) {
        match result {
            Ok((how, lock)) => {
                rows.push(Row::of(task, how));
                locked.extend(lock);
            }
            Err(fault) => {
                rows.push(Row::failed(task, &fault));
                faults.push(fault);
            }
        }
    }
    match global.output {
        Format::Json => output.json(&Report { schema: "lambda-codesign/sign/v1", results: rows }),
        Format::Human => {
            rows.iter().for_each(|row| output.note(&row.human()));
            faults.iter().for_each(human::fault);
        }
    }
    let exit = faults.iter().map(Fault::exit).max().unwrap_or(Exit::Done);
    // The rows are printed by now, with the jobs that a revocation needs; a lock that fails takes nothing back.
    Ok(match arguments.lock.as_deref().map_or(Ok(()), |file| lock_file::record(file, &locked)) {
        Ok(()) => exit,
        Err(fault) => {
            human::fault(&fault);
            exit.max(fault.exit())
        }
    })
}

impl Arguments {
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

    /// The folder for the outputs; it is there before anything is signed.
    fn make_folder(&self) -> Result<(), Fault> {
        let Some(folder) = &self.out_dir else { return Ok(()) };
        std::fs::create_dir_all(folder).map_err(|error| {
            let what = format!("could not make the folder {}", escaped(&folder.to_string_lossy()));
            Fault::new(what, error, "name a folder that you may write to")
        })
    }

    fn signatory(&self) -> Result<Signatory, Fault> {
        let name = match &self.signing_profile {
            SigningProfile::Local(_) => return self.local_profile().map(Signatory::Local),
            SigningProfile::Aws(name) => name,
        };
        let only_local = |flag| {
            Fault::usage(
                format!("can't use {flag} with the AWS Signer profile {name}"),
                "it is for local profiles: those of AWS Signer carry their own period and root",
                format!("leave out {flag}"),
            )
        };
        if self.expires_in.is_some() {
            return Err(only_local("--expires-in"));
        }
        if self.ephemeral_root.is_some() {
            return Err(only_local("--ephemeral-root"));
        }
        self.signer.open(name).map(|service| Signatory::Service(Box::new(service)))
    }

    /// Signs and writes; what is to be locked is kept, the bytes are not.
    fn sign(
        &self,
        task: &Task,
        signatory: &Signatory,
        threads: Threads,
    ) -> Result<(How, Option<LockedPackage>), Fault> {
        let done = self.make(task, signatory, threads)?;
        let locked = self.lock.as_ref().map(|_| lock_file::locked(&task.output, &done.bytes)).transpose()?;
        files::write(&task.output, &done.bytes)
            .map_err(|error| Fault::of("could not write the signed package", &error, error.remedy()))?;
        Ok((done.how, locked))
    }

    /// Signs in memory.
    fn make(&self, task: &Task, signatory: &Signatory, threads: Threads) -> Result<Done, Fault> {
        match signatory {
            Signatory::Local(profile) => self.sign_locally(task, profile, threads),
            Signatory::Service(service) => self.sign_by_job(task, service, threads),
        }
    }

    /// Whether code in S3 is signed too.
    const fn signs_objects(&self) -> bool {
        #[cfg(feature = "services")]
        return self.s3;
        #[cfg(not(feature = "services"))]
        return false;
    }

    /// Whether what is signed already is passed on.
    const fn passes_on(&self) -> bool {
        self.skip_signed || self.from.is_some()
    }

    fn read(&self, task: &Task) -> Result<Bytes, Fault> {
        if task.input.is_dir() {
            return Ok(Bytes::Allocated(self.how.pack(&task.input, &task.output)?.bytes));
        }
        read_package(&task.input)
    }

    /// That a signed package was signed by this profile or an allowed publisher, and would be allowed now.
    fn check_signed(&self, task: &Task, package: &[u8], trusted: &Trusted) -> Result<(), Fault> {
        let what = format!("could not pass {} on", escaped(&task.input.to_string_lossy()));
        trusted.check(package, &self.allowed, &what)
    }
}

impl Trusted {
    /// The verdict on a package, which these others may have signed too.
    pub(crate) fn judge(&self, package: &[u8], others: &[PublisherPattern]) -> Verdict {
        let publishers = others.iter().chain([&self.own]).cloned().collect();
        let verifier = Verifier::new(self.roots.clone(), Policy::new(Publishers::Only(publishers)));
        verifier.verify(package, Evidence { now: Timestamp::now(), revocations: self.revocations.as_ref() })
    }

    /// That a package is signed by one of them, and would be allowed now.
    fn check(&self, package: &[u8], others: &[PublisherPattern], what: &str) -> Result<(), Fault> {
        let verdict = self.judge(package, others);
        if verdict.decision() == Decision::Allow {
            return Ok(());
        }
        let why = verdict.judgement().against().find_map(|(_, outcome, _)| Outcome::message(outcome));
        let why = why.unwrap_or_else(|| "it is not allowed".to_owned());
        let help = "take the signature off by building the package again, and sign that";
        Err(Fault::new(what, why, help).refused())
    }
}

#[cfg(feature = "services")]
impl Signatory {
    /// Who signs with this profile: a local one of the folder, or one of AWS Signer, at a desk.
    pub(crate) fn open(
        profile: &SigningProfile,
        folder: &ProfileFolder,
        desk: &DeskArguments,
        trust: &TrustArguments,
        connect: impl FnOnce() -> Result<Services, Fault>,
    ) -> Result<Self, Fault> {
        match profile {
            SigningProfile::Local(_) => folder.profile(profile).map(Self::Local),
            SigningProfile::Aws(name) => {
                let service = desk.open(name, trust.roots()?, connect)?;
                Ok(Self::Service(Box::new(service)))
            }
        }
    }

    /// Whose packages are this signatory's own.
    pub(crate) fn trusted(&self) -> Result<Cow<'_, Trusted>, Fault> {
        match self {
            Self::Local(profile) => local::trusted(profile).map(Cow::Owned),
            Self::Service(service) => Ok(Cow::Borrowed(&service.trusted)),
        }
    }

    /// Signs a package with its manifest, in memory.
    pub(crate) fn seal(
        &self,
        how: &DeskArguments,
        package: Vec<u8>,
        expires_in: Option<Validity>,
        what: &str,
    ) -> Result<Done, Fault> {
        match self {
            Self::Local(profile) => local::seal(&package, profile, expires_in, what),
            Self::Service(service) => service.seal(how, package, what),
        }
    }
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
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
