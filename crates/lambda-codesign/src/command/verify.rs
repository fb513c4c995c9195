//! `verify`: judges packages.

#[cfg_attr(not(feature = "services"), path = "verify/deployed_absent.rs")]
mod deployed;
mod from;

use std::borrow::Cow;
use std::io;
use std::num::NonZeroUsize;

use clap::Args;
use jiff::Timestamp;
use lambda_codesign_core::Verifier;
use lambda_codesign_core::digest::Threads;
use lambda_codesign_core::policy::Evidence;
use lambda_codesign_core::report::{PackageReport, PolicyFileReport, VerifyReport};
use lambda_codesign_core::verdict::{Decision, Judgement, Verdict};
use lambda_codesign_signing::origin::Origin;

use self::deployed::DeployedArguments;
use self::from::{From, FromArguments};
use crate::artifacts::Remark;
use crate::cli::{Global, Verbosity};
use crate::fault::{Exit, Fault};
use crate::input::{Contents, Source};
use crate::judging::{self, Judging, JudgingArguments};
use crate::known::Known;
use crate::output::Output;
use crate::policy_file::LoadedPolicy;
use crate::pool::{self, Progress};
use crate::render::human;
use crate::reports::{self, Answer, ReportFile};
use crate::rows::{RowFormat, Rows};

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

/// An answer of pieces, one for each package.
enum ByRows {
    Table,
    Report(RowFormat),
}

/// What became of one path.
pub(crate) struct Judged<V = Verdict> {
    pub(crate) name: String,
    pub(crate) result: Result<V, Fault>,
    /// Where the signer says to have taken it from; nothing where it is not allowed.
    pub(crate) origin: Option<Origin>,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    check_stdin_once(&arguments.packages)?;
    reports::check_files(&arguments.reports)?;
    let now = arguments.judging.now();
    let file = arguments.judging.file(global, now)?;
    match arguments.by_rows(global) {
        Some(ByRows::Table) => {
            return table(arguments, global, &arguments.judging.judging(file.as_ref(), now)?, output);
        }
        Some(ByRows::Report(format)) => {
            let judging = arguments.judging.judging(file.as_ref(), now)?;
            return rows(format, arguments, global, &judging, output);
        }
        None => {}
    }
    let from = arguments.from.read()?;
    let (judged, judging) = arguments.judged(global, file.as_ref(), now, from.as_ref())?;
    let file = judging.as_ref().and_then(|judging| of_the_file(judging, &judged));
    let known = judging.as_ref().and_then(Judging::known);
    let remarks = match (&from, &judging) {
        (Some(from), Some(judging)) => Some(from.remarks(judging.names().as_deref())),
        (_, _) => None,
    };
    // Made where it is asked for: of many packages it takes as much memory as their verdicts.
    let document =
        || document(judged.iter().map(Judged::report).collect(), remarks.as_deref(), file.clone(), known);
    let remarks = remarks.as_deref().unwrap_or_default();
    let answer = Answer { judged: &judged, document: &document, remarks, now };
    arguments.reports.iter().try_for_each(|file| file.write(&answer))?;
    let formats = arguments.reports.iter().map(ReportFile::format).chain(global.report());
    reports::add_summary(formats, &answer)?;
    match global.report() {
        Some(format) => output.raw(format.render(&answer)?.as_bytes()),
        None => {
            human::verdicts(&judged, now, output);
            output.note(&known.map(|known| known.human(now)).unwrap_or_default());
            human::in_templates(remarks, output);
        }
    }
    if let (Some(from), []) = (&from, judged.as_slice()) {
        // The report stands already: what it says of templates is no less true.
        let nothing = from.nothing();
        human::fault(&nothing);
        return Ok(nothing.exit());
    }
    Ok(worst(&judged).max(arguments.from.exit(remarks)))
}

/// A line for each of many packages, which takes no more than their judgements in memory.
fn table(
    arguments: &Arguments,
    global: &Global,
    judging: &Judging<'_>,
    output: &mut Output,
) -> Result<Exit, Fault> {
    let judged = files(&arguments.packages, arguments, global, |source, threads| {
        let (verifier, evidence) = (&judging.verifier, judging.evidence());
        let contents = source.read(verifier.limits.package_size);
        let judgement = |contents| verdict(&contents, verifier, threads, evidence).into_judgement();
        Judged::without(source.name(), contents.map(judgement).map(Box::new))
    });
    of_the_file(judging, &judged);
    human::table(&judged, output);
    output.note(&judging.known().map(|known| known.human(judging.now)).unwrap_or_default());
    Ok(worst(&judged))
}

/// A report whose pieces are written down one by one, which takes no more than a table in memory.
fn rows(
    format: RowFormat,
    arguments: &Arguments,
    global: &Global,
    judging: &Judging<'_>,
    output: &mut Output,
) -> Result<Exit, Fault> {
    let unkept = |error: io::Error| {
        Fault::new("could not keep the verdicts", error, "make room where temporary files are, see TMPDIR")
    };
    let rows = Rows::new();
    let judged = files(&arguments.packages, arguments, global, |source, threads| {
        let one = judge(source, &judging.verifier, threads, judging.evidence());
        let place = format.row(&one).and_then(|row| rows.add(&row));
        let result = one.result.map(|verdict| Box::new(verdict.into_judgement()));
        place.map(|place| (place, Judged::without(one.name, result)))
    });
    let judged: Vec<_> = judged.into_iter().collect::<Result<_, _>>().map_err(unkept)?;
    let (places, judged): (Vec<_>, Vec<_>) = judged.into_iter().unzip();
    let document = document(Vec::new(), None, of_the_file(judging, &judged), judging.known());
    format.write(&rows, &places, &document, output).map_err(unkept)?;
    Ok(worst(&judged))
}

/// The exit code of all of them.
fn worst<V: AsRef<Judgement>>(judged: &[Judged<V>]) -> Exit {
    judged.iter().map(Judged::exit).max().unwrap_or(Exit::NoVerdict)
}

/// The JSON document.
fn document(
    results: Vec<PackageReport>,
    remarks: Option<&[Remark]>,
    file: Option<PolicyFileReport>,
    known: Option<&Known>,
) -> VerifyReport {
    let mut report = VerifyReport::new(results);
    if let Some(remarks) = remarks {
        report = report.with_static(remarks.iter().map(Remark::report).collect());
    }
    if let Some(file) = file {
        report = report.under(file);
    }
    match known {
        Some(known) => report.knowing(known.reports()),
        None => report,
    }
}

/// What is to be said of the policy file: for a report, and on standard error.
fn of_the_file<V: AsRef<Judgement>>(judging: &Judging<'_>, judged: &[Judged<V>]) -> Option<PolicyFileReport> {
    let (loaded, effective) = judging.file()?;
    let unused = judging::unused(effective, judged.iter().filter_map(|one| one.result.as_ref().ok()));
    human::remarks(&loaded.name(), &loaded.text, &unused);
    Some(loaded.report(effective, &unused))
}

fn files<R: Send>(
    packages: &[Source],
    arguments: &Arguments,
    global: &Global,
    judge: impl Fn(&Source, Threads) -> R + Sync,
) -> Vec<R> {
    let jobs = arguments.jobs.unwrap_or_else(pool::default_jobs);
    pool::map("verifying", packages, jobs, Progress::of(global), judge)
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
    let contents = match source.read(verifier.limits.package_size) {
        Ok(contents) => contents,
        Err(fault) => return Judged::without(source.name(), Err(fault)),
    };
    let verdict = verdict(&contents, verifier, threads, evidence);
    match &contents {
        Contents::Whole(package) => Judged::of(source.name(), package, verdict),
        Contents::TooLarge(_) => Judged::without(source.name(), Ok(verdict)),
    }
}

fn verdict(contents: &Contents, verifier: &Verifier, threads: Threads, evidence: Evidence<'_>) -> Verdict {
    match contents {
        Contents::Whole(package) => verifier.verify_on(threads, package, evidence),
        Contents::TooLarge(size) => verifier.too_large(*size),
    }
}

impl Arguments {
    /// How many packages are answered, where no more is asked for than a piece for each, one behind the other.
    fn by_rows(&self, global: &Global) -> Option<ByRows> {
        if self.packages.len() < 2 || !self.reports.is_empty() {
            return None;
        }
        match global.report() {
            Some(format) => RowFormat::of(format).map(ByRows::Report),
            None => (global.verbosity() != Verbosity::Verbose).then_some(ByRows::Table),
        }
    }

    /// What becomes of everything that is named, and by what; by nothing where it could not be fetched.
    fn judged<'f>(
        &self,
        global: &Global,
        file: Option<&'f LoadedPolicy>,
        now: Timestamp,
        from: Option<&From<'_>>,
    ) -> Result<(Vec<Judged>, Option<Judging<'f>>), Fault> {
        if let Some(fetched) = self.deployed.fetch(self)? {
            if let Some(unread) = fetched.unread() {
                return Ok((vec![unread], None));
            }
            let judging = self.judging.rules.judging(file, now, &fetched.target)?;
            return Ok((vec![fetched.judge(&judging)], Some(judging)));
        }
        let judging = self.judging.judging(file, now)?;
        let (packages, mut judged) = match from {
            None => (Cow::Borrowed(self.packages.as_slice()), Vec::new()),
            Some(from) => {
                let (packages, unpacked) = from.sources();
                (Cow::Owned(packages), unpacked)
            }
        };
        judged.extend(files(&packages, self, global, |source, threads| {
            judge(source, &judging.verifier, threads, judging.evidence())
        }));
        Ok((judged, Some(judging)))
    }
}

impl Judged {
    /// The verdict on these bytes, and what they say of their origin.
    pub(crate) fn of(name: String, package: &[u8], verdict: Verdict) -> Self {
        let holds = verdict.decision() == Decision::Allow;
        Self { name, result: Ok(verdict), origin: if holds { Origin::of(package) } else { None } }
    }

    pub(crate) fn report(&self) -> PackageReport {
        match &self.result {
            Ok(verdict) => {
                let report = PackageReport::judged(&self.name, verdict);
                match &self.origin {
                    Some(origin) => report.taken_from(origin.report()),
                    None => report,
                }
            }
            Err(fault) => PackageReport::unread(&self.name, &format!("{}: {}", fault.what(), fault.why())),
        }
    }
}

impl<V: AsRef<Judgement>> Judged<V> {
    /// What became of a package whose origin nobody asks for.
    pub(crate) const fn without(name: String, result: Result<V, Fault>) -> Self {
        Self { name, result, origin: None }
    }

    /// 3 beats 1 beats 0 (CLI.md).
    pub(crate) fn exit(&self) -> Exit {
        match &self.result {
            Err(fault) => fault.exit(),
            Ok(verdict) => match verdict.as_ref().decision() {
                Decision::Allow | Decision::Warn => Exit::Done,
                Decision::Block => Exit::Blocked,
            },
        }
    }
}
