//! `policy test`: whether the policy file decides as the cases beside it say.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use lambda_codesign_core::Verifier;
use lambda_codesign_core::archive::Limits;
use lambda_codesign_core::claims::{ProfileVersionArn, SigningJobArn};
use lambda_codesign_core::digest::CodeSha256;
use lambda_codesign_core::policy::{Evidence, Policy, Publishers, SupposedSignature, Supposition};
use lambda_codesign_core::report::PolicyFileReport;
use lambda_codesign_core::verdict::Judgement;
use lambda_codesign_policy::{
    Case, CaseFile, Diagnostic, Expectation, Given, Lines, Problem, SupposedClaims,
};
use serde::Serialize;

use super::loaded;
use crate::cli::{Format, Global};
use crate::fault::{Exit, Fault, escaped};
use crate::input::{Contents, Source};
use crate::judging::was_used;
use crate::known::Known;
use crate::output::Output;
use crate::policy_file::{LoadedPolicy, beside, malformed, text};
use crate::render::{human, policy};

/// What a file of cases is called.
const FILE_NAME: &str = "lambda-codesign.cases.toml";

/// Try the policy file with cases: packages or claims, and the decision that each must get.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  The cases in lambda-codesign.cases.toml, beside the policy file:
    lambda-codesign policy test
  Others:
    lambda-codesign policy test --cases policies/production.cases.toml

Exit codes: 0 every case came out as it says, 1 one did not, 2 wrong usage, 3 a file can't be used.")]
pub(crate) struct Arguments {
    /// The file of cases [default: lambda-codesign.cases.toml beside the policy file].
    #[arg(long, value_name = "FILE")]
    cases: Option<PathBuf>,
}

/// What became of one case.
#[derive(Serialize)]
pub(crate) struct Tried {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) passed: bool,
    pub(crate) expected: String,
    pub(crate) found: String,
}

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    policy_file: PolicyFileReport,
    cases: &'a [Tried],
    unused_exceptions: Vec<usize>,
}

/// A file of cases, and the policy that they try.
struct Trial<'f> {
    loaded: &'f LoadedPolicy,
    path: PathBuf,
    text: String,
    verifier: Verifier,
    now: Timestamp,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    let now = Timestamp::now();
    let loaded = loaded(global, now)?;
    let path = arguments.cases.clone().unwrap_or_else(|| beside(&loaded.path, FILE_NAME));
    let text = text(&path, "file of cases")?;
    let name = path.to_string_lossy().into_owned();
    let cases =
        CaseFile::parse(&text).map_err(|wrong| malformed("file of cases", &name, &text, &wrong))?.cases;
    let verifier = Verifier::new(loaded.roots()?, Policy::new(Publishers::NotGiven));
    let mut trial = Trial { loaded: &loaded, path, text, verifier, now };
    let mut unused: Vec<_> = loaded.file.exceptions.iter().collect();
    let mut tried = Vec::new();
    for case in &cases {
        let judgement = trial.judge(case)?;
        unused.retain(|scoped| !was_used(scoped, judgement.warnings()));
        tried.push(trial.tried(case, &judgement));
    }
    let unused: Vec<_> =
        unused.iter().map(|scoped| Diagnostic::new(Problem::ExceptionUnused, scoped.at.clone())).collect();
    human::remarks(&loaded.name(), &loaded.text, &unused);
    match global.output {
        Format::Json => output.json(&Report {
            schema: "lambda-codesign/policy-test/v1",
            policy_file: loaded.report_all(),
            cases: &tried,
            unused_exceptions: unused.iter().map(|diagnostic| loaded.line(diagnostic.at.start)).collect(),
        }),
        Format::Human => policy::tried(&tried, &name, output),
    }
    Ok(if tried.iter().all(|case| case.passed) { Exit::Done } else { Exit::Blocked })
}

impl Trial<'_> {
    fn judge(&mut self, case: &Case) -> Result<Judgement, Fault> {
        let effective = self.loaded.file.effective(&case.target).map_err(|undecided| {
            self.wrong(case, format!("{undecided}: the case has to say it with for, region or account"))
        })?;
        let snapshot = case.revocations.as_ref().map(|file| beside(&self.path, &file.value));
        let now = case.at.unwrap_or(self.now);
        let known = Known::read(snapshot.as_slice(), &self.loaded.revocations_roots()?, now)?;
        let evidence = Evidence { now, revocations: Known::evidence(known.as_ref()) };
        self.verifier.policy = effective.policy();
        match &case.given {
            Given::Package(file) => self.package(&beside(&self.path, &file.value), evidence),
            Given::Claims { claims, code_sha256 } => {
                let signature = self.signature(case, claims, now)?;
                Ok(self.suppose(Some(signature), *code_sha256, evidence))
            }
            Given::Unsigned { code_sha256 } => Ok(self.suppose(None, *code_sha256, evidence)),
        }
    }

    fn package(&self, path: &Path, evidence: Evidence<'_>) -> Result<Judgement, Fault> {
        let verdict = match Source::File(path.to_owned()).read(Limits::default().package_size)? {
            Contents::Whole(package) => self.verifier.verify(&package, evidence),
            Contents::TooLarge(size) => self.verifier.too_large(size),
        };
        Ok(verdict.judgement().clone())
    }

    fn suppose(
        &self,
        signature: Option<SupposedSignature>,
        code_sha256: Option<CodeSha256>,
        evidence: Evidence<'_>,
    ) -> Judgement {
        // A case without a hash is about no package in particular, so no exception for one covers it.
        let code_sha256 = code_sha256.unwrap_or_else(|| CodeSha256::of(b""));
        let supposition = Supposition { code_sha256, signature };
        self.verifier.policy.suppose(&supposition, &self.verifier.roots, evidence)
    }

    fn signature(
        &self,
        case: &Case,
        claims: &SupposedClaims,
        now: Timestamp,
    ) -> Result<SupposedSignature, Fault> {
        let signing_time = claims.signed.unwrap_or(now);
        let job = match &claims.job {
            Some(job) => job.clone(),
            None => own_job(&claims.publisher)
                .ok_or_else(|| self.wrong(case, "the publisher has no job of its own".to_owned()))?,
        };
        Ok(SupposedSignature {
            publisher: claims.publisher.clone(),
            job,
            signing_time,
            expires: claims.expires.unwrap_or_else(|| a_year_after(signing_time)),
            manifest: claims.manifest,
        })
    }

    fn tried(&self, case: &Case, judgement: &Judgement) -> Tried {
        let Expectation { decision, status, code } = case.expected;
        let against: Vec<_> = judgement.against().filter_map(|(_, outcome, _)| outcome.code()).collect();
        let passed = decision == judgement.decision()
            && status.is_none_or(|status| status == judgement.status())
            && code.is_none_or(|code| against.contains(&code));
        let words = |decision: &str, status: Option<&str>, codes: String| {
            [Some(decision), status, Some(codes.as_str()).filter(|codes| !codes.is_empty())]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" ")
        };
        let codes: Vec<_> = against.iter().map(|code| code.as_str()).collect();
        let expected_code = code.map(|code| code.to_string()).unwrap_or_default();
        Tried {
            name: escaped(&case.name),
            line: Lines::of(&self.text).position(case.span.start).line,
            passed,
            expected: words(decision.as_str(), status.map(|status| status.as_str()), expected_code),
            found: words(judgement.decision().as_str(), Some(judgement.status().as_str()), codes.join(", ")),
        }
    }

    fn wrong(&self, case: &Case, why: String) -> Fault {
        let problem = Diagnostic::new(Problem::File { why }, case.span.clone());
        malformed("file of cases", &self.path.to_string_lossy(), &self.text, &[problem])
    }
}

/// A job that could be the publisher's own.
fn own_job(publisher: &ProfileVersionArn) -> Option<SigningJobArn> {
    let (home, _) = publisher.as_str().split_once("/signing-profiles/")?;
    format!("{home}/signing-jobs/00000000-0000-4000-8000-000000000000").parse().ok()
}

fn a_year_after(time: Timestamp) -> Timestamp {
    time.checked_add(SignedDuration::from_hours(365 * 24)).unwrap_or(Timestamp::MAX)
}
