//! `verify`: judges packages.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use lambda_codesign_core::Verifier;
use lambda_codesign_core::claims::PublisherPattern;
use lambda_codesign_core::digest::Threads;
use lambda_codesign_core::policy::{Evidence, Lock, Mode, Policy, Publishers, Requirement, Revocations};
use lambda_codesign_core::report::{PackageReport, VerifyReport};
use lambda_codesign_core::verdict::{Decision, Verdict};

use crate::cli::{Format, Global, Verbosity};
use crate::fault::{Exit, Fault, escaped};
use crate::input::{self, Contents, Source};
use crate::output::Output;
use crate::policy_file;
use crate::pool::{self, Progress};
use crate::render::human;
use crate::trust::TrustArguments;

/// Judge packages: integrity, expiry, publisher, revocation.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  Any version of one profile of one account may have signed:
    lambda-codesign verify app.zip --allow 'arn:aws:signer:*:123456789012:/signing-profiles/release/*'
  A package signed by a local profile:
    lambda-codesign verify app.zip --trust-root root.pem
  In continuous integration, many at once, with nothing left unproved:
    lambda-codesign verify --output json --require-manifest --lock lambda-codesign.lock dist/*.zip
  From a pipe:
    aws s3 cp s3://bucket/app.zip - | lambda-codesign verify - --any-publisher

Exit codes: 0 every package allowed, 1 one blocked, 2 wrong usage, 3 no verdict on one of them.")]
pub(crate) struct Arguments {
    /// The packages; `-` is standard input.
    #[arg(value_name = "PKG.zip", required = true)]
    packages: Vec<Source>,
    #[command(flatten)]
    trust: TrustArguments,
    /// Allow this publisher: a signing profile version ARN, or a pattern in which `*` stands for any characters
    /// within one part.
    #[arg(long = "allow", value_name = "ARN_OR_PATTERN", help_heading = "Policy")]
    allowed: Vec<PublisherPattern>,
    /// Let whoever a trusted root vouches for have signed.
    #[arg(long, conflicts_with = "allowed", help_heading = "Policy")]
    any_publisher: bool,
    /// Block what fails, or, but for integrity, only warn of it.
    #[arg(long, value_enum, default_value_t = ModeArgument::Enforce, help_heading = "Policy")]
    mode: ModeArgument,
    /// Judge as of this time (RFC 3339) instead of now.
    #[arg(long, value_name = "TIME", help_heading = "Policy")]
    at: Option<Timestamp>,
    /// Refuse signatures that were made before this time (RFC 3339).
    #[arg(long, value_name = "TIME", help_heading = "Policy")]
    not_before: Option<Timestamp>,
    /// Judge revocation by this snapshot.
    #[arg(long, value_name = "FILE", help_heading = "Policy")]
    revocations: Option<PathBuf>,
    /// Block what is not known to be unrevoked.
    #[arg(long, help_heading = "Policy")]
    require_revocation: bool,
    /// Block packages without a manifest, whose files' boundaries nothing proves.
    #[arg(long, help_heading = "Policy")]
    require_manifest: bool,
    /// Block packages that this lock does not list.
    #[arg(long, value_name = "FILE", help_heading = "Policy")]
    lock: Option<PathBuf>,
    /// Judge so many packages at once [default: one for each core].
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ModeArgument {
    Enforce,
    Warn,
}

/// What became of one path.
pub(crate) struct Judged {
    pub(crate) name: String,
    pub(crate) result: Result<Verdict, Fault>,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    policy_file::refuse_any(global)?;
    check_stdin_once(&arguments.packages)?;
    let verifier = Verifier::new(arguments.trust.roots()?, arguments.policy()?);
    let revocations = arguments.revocations()?;
    let evidence =
        Evidence { now: arguments.at.unwrap_or_else(Timestamp::now), revocations: revocations.as_ref() };
    let shown = !global.no_progress && global.verbosity() != Verbosity::Quiet;
    let progress = if shown { Progress::Shown } else { Progress::Hidden };
    let jobs = arguments.jobs.unwrap_or_else(pool::default_jobs);
    let judged = pool::map("verifying", &arguments.packages, jobs, progress, |source, threads| {
        judge(source, &verifier, threads, evidence)
    });
    match global.output {
        Format::Json => output.json(&VerifyReport::new(judged.iter().map(Judged::report).collect())),
        Format::Human => human::verdicts(&judged, evidence.now, output),
    }
    Ok(judged.iter().map(Judged::exit).max().unwrap_or(Exit::NoVerdict))
}

impl Arguments {
    fn policy(&self) -> Result<Policy, Fault> {
        let publishers = match (self.any_publisher, self.allowed.as_slice()) {
            (true, _) => Publishers::Any,
            (false, []) => Publishers::NotGiven,
            (false, allowed) => Publishers::Only(allowed.to_vec()),
        };
        let mode = match self.mode {
            ModeArgument::Enforce => Mode::Enforce,
            ModeArgument::Warn => Mode::Warn,
        };
        let mut policy = Policy::new(publishers)
            .with_mode(mode)
            .with_manifest(requirement(self.require_manifest))
            .with_revocation(requirement(self.require_revocation));
        if let Some(time) = self.not_before {
            policy = policy.with_not_before(time);
        }
        if let Some(file) = &self.lock {
            let lock = Lock::from_json(&input::read_small(file, "lock")?).map_err(|error| {
                let name = escaped(&file.to_string_lossy());
                Fault::new(format!("can't use the lock {name}"), error, "restore the file that was reviewed")
            })?;
            policy = policy.with_lock(lock);
        }
        Ok(policy)
    }

    fn revocations(&self) -> Result<Option<Revocations>, Fault> {
        let Some(file) = &self.revocations else {
            return Ok(None);
        };
        let json = input::read_small(file, "revocation snapshot")?;
        let snapshot = Revocations::from_json(&json).map_err(|error| {
            let name = escaped(&file.to_string_lossy());
            Fault::new(format!("can't use the revocation snapshot {name}"), error, "fetch the snapshot again")
        })?;
        Ok(Some(snapshot))
    }
}

const fn requirement(flag: bool) -> Requirement {
    if flag { Requirement::Required } else { Requirement::Optional }
}

fn check_stdin_once(packages: &[Source]) -> Result<(), Fault> {
    if packages.iter().filter(|source| **source == Source::Stdin).count() > 1 {
        return Err(Fault::usage(
            "standard input is named more than once",
            "it can be read only once",
            "name `-` once, and the other packages by their paths",
        ));
    }
    Ok(())
}

fn judge(source: &Source, verifier: &Verifier, threads: Threads, evidence: Evidence<'_>) -> Judged {
    let result = source.read(verifier.limits.package_size).map(|contents| match contents {
        Contents::Whole(package) => verifier.verify_on(threads, &package, evidence),
        Contents::TooLarge(size) => verifier.too_large(size),
    });
    Judged { name: source.name(), result }
}

impl Judged {
    fn report(&self) -> PackageReport {
        match &self.result {
            Ok(verdict) => PackageReport::judged(&self.name, verdict),
            Err(fault) => PackageReport::unread(&self.name, &format!("{}: {}", fault.what(), fault.why())),
        }
    }

    /// 3 beats 1 beats 0 (CLI.md).
    fn exit(&self) -> Exit {
        match &self.result {
            Err(fault) => fault.exit(),
            Ok(verdict) => match verdict.decision() {
                Decision::Allow | Decision::Warn => Exit::Done,
                Decision::Block => Exit::Blocked,
            },
        }
    }
}
