//! Cases that a policy is tried with: a package or what its signature says, and what has to come of it.

use jiff::Timestamp;
use lambda_codesign_core::claims::{ProfileVersionArn, SigningJobArn};
use lambda_codesign_core::code::Code;
use lambda_codesign_core::digest::CodeSha256;
use lambda_codesign_core::policy::Manifest;
use lambda_codesign_core::verdict::{Decision, Status};

use crate::diagnostic::{Diagnostic, Problem, Section, ValueError};
use crate::file::{check_version, read_all};
use crate::reader::{Problems, Table, code_named, document, word};
use crate::scope::{Region, Target};
use crate::{Located, Span};

/// The version of the form of files of cases.
pub const CASES_VERSION: i64 = 1;

/// A file of cases in which nothing is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFile {
    /// The cases, in the file's order.
    pub cases: Vec<Case>,
}

/// One case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// What the package is for.
    pub target: Target,
    /// As of when it is judged; now, where it does not say.
    pub at: Option<Timestamp>,
    /// What is judged.
    pub given: Given,
    /// The revocation snapshot that it is judged by: a path beside the file.
    pub revocations: Option<Located<String>>,
    /// What has to come of it.
    pub expected: Expectation,
    /// Where it stands.
    pub span: Span,
}

/// What a case judges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// A package: a path beside the file.
    Package(Located<String>),
    /// What a signature says.
    Claims {
        /// What it says.
        claims: Box<SupposedClaims>,
        /// The hash of the package that it is about.
        code_sha256: Option<CodeSha256>,
    },
    /// That nothing is signed.
    Unsigned {
        /// The hash of the package.
        code_sha256: Option<CodeSha256>,
    },
}

/// What a signature says, as far as the case says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupposedClaims {
    /// Who signed.
    pub publisher: ProfileVersionArn,
    /// The signing job; one of the publisher's own account and region, where none is named.
    pub job: Option<SigningJobArn>,
    /// When; as of the judgement's time, where it is not said.
    pub signed: Option<Timestamp>,
    /// When it ends; a year after it was made, where it is not said.
    pub expires: Option<Timestamp>,
    /// Whether there is a manifest.
    pub manifest: Manifest,
}

/// What has to come of a case; what it does not name may be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expectation {
    /// What is to be done with the package.
    pub decision: Decision,
    /// In one word.
    pub status: Option<Status>,
    /// The code of a check that speaks against it.
    pub code: Option<Code>,
}

impl CaseFile {
    /// Reads a file of cases.
    ///
    /// # Errors
    ///
    /// Everything that is wrong in it at once, in the file's order.
    pub fn parse(text: &str) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = Problems::default();
        let document = document(text, &mut problems);
        let root = Table::root(Section::Cases, &document, &mut problems);
        check_version(&root, CASES_VERSION, &mut problems)?;
        root.required("case", Some(()), &mut problems);
        let cases = read_all("case", Section::Case, &root, Case::read, &mut problems);
        problems.sorted()?;
        Ok(Self { cases })
    }
}

impl Case {
    fn read(table: &Table<'_>, problems: &mut Problems) -> Option<Self> {
        let name = table.text("name", problems);
        let name = table.required("name", name, problems);
        let target = target(table, problems);
        let at = table.instant("at", problems).map(|at| at.value);
        let revocations = table.text("revocations", problems).map(owned);
        let given = Given::read(table, problems);
        let expected = Expectation::read(table, problems);
        Some(Self {
            name: name?.value.to_owned(),
            target,
            at,
            given: given?,
            revocations,
            expected: expected?,
            span: table.at().clone(),
        })
    }
}

fn target(table: &Table<'_>, problems: &mut Problems) -> Target {
    let target = table.parsed::<Target>("for", problems).map(|target| target.value).unwrap_or_default();
    let region = table.parsed::<Region>("region", problems).map(|region| region.value);
    let account = table.parsed("account", problems).map(|account| account.value);
    Target { subject: None, region, account }.or(target)
}

impl Given {
    fn read(table: &Table<'_>, problems: &mut Problems) -> Option<Self> {
        const KEYS: &[&str] = &["package", "claims", "unsigned"];
        if KEYS.iter().filter(|key| table.has(key)).count() != 1 {
            problems.add(Problem::OneOf { keys: KEYS }, table.at());
        }
        let package = table.text("package", problems).map(owned).map(Self::Package);
        let code_sha256 = table.parsed("code-sha256", problems).map(|hash| hash.value);
        let claims = table.table("claims", Section::Claims, problems);
        let claims = claims.and_then(|claims| SupposedClaims::read(&claims, problems));
        let claims = claims.map(|claims| Self::Claims { claims: Box::new(claims), code_sha256 });
        let unsigned = table.flag("unsigned", problems);
        if let Some(Located { value: false, at }) = &unsigned {
            problems.add(Problem::Value { key: "unsigned", error: ValueError::Word(&["true"]) }, at);
        }
        let unsigned = unsigned.map(|_| Self::Unsigned { code_sha256 });
        package.or(claims).or(unsigned)
    }
}

impl SupposedClaims {
    fn read(table: &Table<'_>, problems: &mut Problems) -> Option<Self> {
        let publisher = table.parsed("publisher", problems);
        let publisher = table.required("publisher", publisher, problems);
        let manifest = match table.flag("manifest", problems) {
            Some(Located { value: true, .. }) => Manifest::Present,
            Some(Located { value: false, .. }) | None => Manifest::Absent,
        };
        let job = table.parsed("job", problems).map(|job| job.value);
        let signed = table.instant("signed", problems).map(|time| time.value);
        let expires = table.instant("expires", problems).map(|time| time.value);
        Some(Self { publisher: publisher?.value, job, signed, expires, manifest })
    }
}

impl Expectation {
    fn read(table: &Table<'_>, problems: &mut Problems) -> Option<Self> {
        const DECISIONS: [Decision; 3] = [Decision::Allow, Decision::Warn, Decision::Block];
        const STATUSES: [Status; 6] = [
            Status::Valid,
            Status::Invalid,
            Status::Expired,
            Status::Mismatch,
            Status::Revoked,
            Status::Unknown,
        ];
        let decision = table.text("expect", problems);
        let decision = table.required("expect", decision, problems);
        let decision = decision
            .and_then(|text| word("expect", &text, &["allow", "warn", "block"], &DECISIONS, problems));
        let words = &["VALID", "INVALID", "EXPIRED", "MISMATCH", "REVOKED", "UNKNOWN"];
        let status = table.text("status", problems);
        let status = status.and_then(|text| word("status", &text, words, &STATUSES, problems));
        let code = table.text("code", problems);
        let code = code.and_then(|text| code_named(text, problems));
        Some(Self {
            decision: decision?.value,
            status: status.map(|status| status.value),
            code: code.map(|code| code.value),
        })
    }
}

fn owned(text: Located<&str>) -> Located<String> {
    Located { value: text.value.to_owned(), at: text.at }
}
