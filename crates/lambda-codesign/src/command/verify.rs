//! `verify`: judges packages.

#[cfg_attr(not(feature = "services"), path = "verify/deployed_absent.rs")]
mod deployed;
mod from;

use std::borrow::Cow;
use std::num::NonZeroUsize;

use clap::Args;
use lambda_codesign_core::Verifier;
use lambda_codesign_core::digest::Threads;
use lambda_codesign_core::policy::Evidence;
use lambda_codesign_core::report::{PackageReport, VerifyReport};
use lambda_codesign_core::verdict::{Decision, Verdict};

use self::deployed::DeployedArguments;
use self::from::FromArguments;
use crate::artifacts::Remark;
use crate::cli::{Global, Verbosity};
use crate::fault::{Exit, Fault};
use crate::input::{Contents, Source};
use crate::judging::{self, Judging, JudgingArguments};
use crate::output::Output;
use crate::pool::{self, Progress};
use crate::render::human;
use crate::reports::{self, Answer, ReportFile};

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
  By the repository's lambda-codesign.toml, as this function's code (docs/policy.md):
    lambda-codesign verify app.zip --for function:payments-api --region eu-central-1
  For code scanning and for people at once:
    lambda-codesign verify dist/*.zip --report sarif=codesign.sarif --report junit=codesign.xml
  What is deployed, fetched from Lambda:
    lambda-codesign verify --function payments-api:live --allow 'arn:aws:signer:*:123456789012:/signing-profiles/release/*'
    lambda-codesign verify --layer arn:aws:lambda:eu-central-1:123456789012:layer:common:7
  What a deploy tool is about to deploy, and what its templates say of code signing:
    lambda-codesign verify --from cdk.out --allow 'arn:aws:signer:*:123456789012:/signing-profiles/release/*'
  From a pipe:
    aws s3 cp s3://bucket/app.zip - | lambda-codesign verify - --any-publisher

Exit codes: 0 every package allowed, 1 one blocked, 2 wrong usage, 3 no verdict on one of them.")]
pub(crate) struct Arguments {
    /// The packages; `-` is standard input.
    #[arg(value_name = "PKG.zip")]
    #[cfg_attr(feature = "services", arg(required_unless_present_any = ["function", "layer", "from"]))]
    #[cfg_attr(not(feature = "services"), arg(required_unless_present = "from"))]
    packages: Vec<Source>,
    #[command(flatten)]
    deployed: DeployedArguments,
    #[command(flatten)]
    from: FromArguments,
    #[command(flatten)]
    judging: JudgingArguments,
    /// Write a report to a file too: json, sarif, junit, github or csv. May be given several times.
    #[arg(long = "report", value_name = "FORMAT=FILE")]
    reports: Vec<ReportFile>,
    /// Judge so many packages at once [default: one for each core].
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

/// What became of one path.
pub(crate) struct Judged {
    pub(crate) name: String,
    pub(crate) result: Result<Verdict, Fault>,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    check_stdin_once(&arguments.packages)?;
    reports::check_files(&arguments.reports)?;
    let now = arguments.judging.now();
    let file = arguments.judging.file(global, now)?;
    let from = arguments.from.read()?;
    let (judged, judging) = match arguments.deployed.fetch(arguments)? {
        None => {
            let judging = arguments.judging.judging(file.as_ref(), now)?;
            let mut judged = Vec::new();
            let packages = match &from {
                None => Cow::Borrowed(arguments.packages.as_slice()),
                Some(from) => {
                    let (packages, unpacked) = from.sources();
                    judged = unpacked;
                    Cow::Owned(packages)
                }
            };
            judged.extend(files(&packages, arguments, global, &judging));
            (judged, Some(judging))
        }
        // What could not be fetched is judged by nothing.
        Some(fetched) => match fetched.unread() {
            Some(unread) => (vec![unread], None),
            None => {
                let judging = arguments.judging.rules.judging(file.as_ref(), now, &fetched.target)?;
                (vec![fetched.judge(&judging)], Some(judging))
            }
        },
    };
    let mut report = VerifyReport::new(judged.iter().map(Judged::report).collect());
    if let Some((loaded, effective)) = judging.as_ref().and_then(Judging::file) {
        let unused = judging::unused(effective, judged.iter().filter_map(|one| one.result.as_ref().ok()));
        report = report.under(loaded.report(effective, &unused));
        human::remarks(&loaded.name(), &loaded.text, &unused);
    }
    let known = judging.as_ref().and_then(Judging::known);
    if let Some(known) = known {
        report = report.knowing(known.reports());
    }
    let mut remarks = Vec::new();
    if let (Some(from), Some(judging)) = (&from, &judging) {
        remarks = from.remarks(judging.names().as_deref());
        report = report.with_static(remarks.iter().map(Remark::report).collect());
    }
    let answer = Answer { judged: &judged, document: &report, remarks: &remarks, now };
    arguments.reports.iter().try_for_each(|file| file.write(&answer))?;
    let formats = arguments.reports.iter().map(ReportFile::format).chain(global.report());
    reports::add_summary(formats, &answer)?;
    match global.report() {
        Some(format) => output.raw(format.render(&answer)?.as_bytes()),
        None => {
            human::verdicts(&judged, now, output);
            output.note(&known.map(|known| known.human(now)).unwrap_or_default());
            human::in_templates(&remarks, output);
        }
    }
    if let (Some(from), []) = (&from, judged.as_slice()) {
        return Err(from.nothing());
    }
    let worst = judged.iter().map(Judged::exit).max().unwrap_or(Exit::NoVerdict);
    Ok(worst.max(arguments.from.exit(&remarks)))
}

fn files(packages: &[Source], arguments: &Arguments, global: &Global, judging: &Judging<'_>) -> Vec<Judged> {
    let shown = !global.no_progress && global.verbosity() != Verbosity::Quiet;
    let progress = if shown { Progress::Shown } else { Progress::Hidden };
    let jobs = arguments.jobs.unwrap_or_else(pool::default_jobs);
    pool::map("verifying", packages, jobs, progress, |source, threads| {
        judge(source, &judging.verifier, threads, judging.evidence())
    })
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

pub(crate) fn judge(
    source: &Source,
    verifier: &Verifier,
    threads: Threads,
    evidence: Evidence<'_>,
) -> Judged {
    let result = source.read(verifier.limits.package_size).map(|contents| match contents {
        Contents::Whole(package) => verifier.verify_on(threads, &package, evidence),
        Contents::TooLarge(size) => verifier.too_large(size),
    });
    Judged { name: source.name(), result }
}

impl Judged {
    pub(crate) fn report(&self) -> PackageReport {
        match &self.result {
            Ok(verdict) => PackageReport::judged(&self.name, verdict),
            Err(fault) => PackageReport::unread(&self.name, &format!("{}: {}", fault.what(), fault.why())),
        }
    }

    /// 3 beats 1 beats 0 (CLI.md).
    pub(crate) fn exit(&self) -> Exit {
        match &self.result {
            Err(fault) => fault.exit(),
            Ok(verdict) => match verdict.decision() {
                Decision::Allow | Decision::Warn => Exit::Done,
                Decision::Block => Exit::Blocked,
            },
        }
    }
}
