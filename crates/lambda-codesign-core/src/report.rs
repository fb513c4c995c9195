//! Stage 9: verdicts as machines read them, the only types here that serialize (CLI.md, "JSON of `verify`").

use jiff::{Timestamp, Unit};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::chain::{Certificate, VerifiedSigner};
use crate::claims::Claims;
use crate::code::Code;
use crate::digest::CodeSha256;
use crate::envelope::SignedAttributes;
use crate::finding::Finding;
use crate::policy::Voucher;
use crate::snapshot::Snapshot;
use crate::text::{Escaped, Hex};
use crate::verdict::{Check, Checks, Decision, Outcome, Status, Verdict};
use crate::verify::Statement;

/// The schema of [`VerifyReport`].
pub const VERIFY_SCHEMA: &str = "lambda-codesign/verify/v1";

/// The schema of [`InspectReport`].
pub const INSPECT_SCHEMA: &str = "lambda-codesign/inspect/v1";

/// The JSON document of `verify`.
#[derive(Debug, Serialize)]
pub struct VerifyReport {
    /// [`VERIFY_SCHEMA`].
    pub schema: &'static str,
    /// A result for each package, in the order in which they were asked for.
    pub results: Vec<PackageReport>,
    /// The policy file, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_file: Option<PolicyFileReport>,
    /// The revocation snapshots, where any were given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub revocations: Vec<SnapshotReport>,
    /// What deserves a look in the templates that named the packages, where templates were looked through.
    #[serde(rename = "static", skip_serializing_if = "Option::is_none")]
    pub in_templates: Option<Vec<StaticReport>>,
}

/// What deserves a look in a template.
#[derive(Debug, Clone, Serialize)]
pub struct StaticReport {
    severity: &'static str,
    code: &'static str,
    template: String,
    line: usize,
    resource: String,
    message: &'static str,
}

/// A revocation snapshot that packages were judged by.
#[derive(Debug, Clone, Serialize)]
pub struct SnapshotReport {
    path: String,
    account: String,
    region: String,
    complete_until: String,
    signature: Option<SnapshotSignatureReport>,
}

/// Who signed a snapshot, under a root that was pinned for that.
#[derive(Debug, Clone, Serialize)]
struct SnapshotSignatureReport {
    signing_profile_version_arn: String,
    signing_time: String,
}

/// The policy file that packages were judged by.
#[derive(Debug, Clone, Serialize)]
pub struct PolicyFileReport {
    path: String,
    sha256: String,
    rules: Vec<String>,
    warnings: Vec<PlaceReport>,
}

/// What was said of a place in a file.
#[derive(Debug, Clone, Serialize)]
pub struct PlaceReport {
    line: usize,
    column: usize,
    message: String,
}

/// What became of one package.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum PackageReport {
    /// It was judged.
    Judged(Box<JudgedReport>),
    /// It could not be read.
    Unread(UnreadReport),
}

/// Where the signer of a package says to have taken it from.
#[derive(Debug, Clone, Serialize)]
pub struct OriginReport {
    layer_version_arn: String,
    code_sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_profile_version_arn: Option<String>,
}

/// The verdict on one package.
#[derive(Debug, Serialize)]
pub struct JudgedReport {
    path: String,
    code_sha256: Option<String>,
    size: u64,
    entries: Option<usize>,
    uncompressed_size: Option<u64>,
    decision: &'static str,
    status: &'static str,
    checks: ChecksReport,
    signature: Option<SignatureReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claimed: Option<ClaimedReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<OriginReport>,
    manifest: ManifestReport,
    warnings: Vec<FindingReport>,
}

/// A path for which there is no verdict.
#[derive(Debug, Serialize)]
pub struct UnreadReport {
    path: String,
    decision: Option<&'static str>,
    status: Option<&'static str>,
    error: ErrorReport,
}

/// Why there is no verdict.
#[derive(Debug, Serialize)]
pub struct ErrorReport {
    message: String,
}

#[derive(Debug, Serialize)]
struct ChecksReport {
    integrity: CheckReport,
    expiry: CheckReport,
    mismatch: CheckReport,
    revocation: CheckReport,
}

/// What became of one check.
#[derive(Debug, Serialize)]
pub struct CheckReport {
    outcome: &'static str,
    code: Option<&'static str>,
    message: Option<String>,
}

/// What a verified signature says.
#[derive(Debug, Serialize)]
pub struct SignatureReport {
    signing_profile_version_arn: String,
    signing_job_arn: String,
    signing_time: String,
    expires: String,
    trust_root_sha256: String,
    chain: Vec<CertificateReport>,
    certificate_hashes: Vec<String>,
}

/// What a signature claims that was not verified.
#[derive(Debug, Serialize)]
pub struct ClaimedReport {
    signing_profile_version_arn: String,
    signing_job_arn: String,
    signing_time: String,
    expires: String,
}

/// The JSON document of `inspect`.
#[derive(Debug, Serialize)]
pub struct InspectReport {
    schema: &'static str,
    path: String,
    verified: bool,
    reason: Option<FindingReport>,
    signature: Option<SignatureReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claimed: Option<ClaimedReport>,
}

#[derive(Debug, Serialize)]
struct CertificateReport {
    subject: String,
    serial: String,
    sha256: String,
    not_before: String,
    not_after: String,
}

#[derive(Debug, Serialize)]
struct ManifestReport {
    present: Option<bool>,
    entries: Option<usize>,
}

/// A finding by code and sentence.
#[derive(Debug, Serialize)]
pub struct FindingReport {
    code: &'static str,
    message: String,
}

impl VerifyReport {
    /// A document of these results.
    #[must_use]
    pub const fn new(results: Vec<PackageReport>) -> Self {
        Self {
            schema: VERIFY_SCHEMA,
            results,
            policy_file: None,
            revocations: Vec::new(),
            in_templates: None,
        }
    }

    /// With the policy file that they were judged by.
    #[must_use]
    pub fn under(self, policy_file: PolicyFileReport) -> Self {
        Self { policy_file: Some(policy_file), ..self }
    }

    /// With what deserves a look in the templates that named the packages.
    #[must_use]
    pub fn with_static(self, in_templates: Vec<StaticReport>) -> Self {
        Self { in_templates: Some(in_templates), ..self }
    }

    /// With the revocation snapshots that they were judged by.
    #[must_use]
    pub fn knowing(self, revocations: Vec<SnapshotReport>) -> Self {
        Self { revocations, ..self }
    }
}

impl StaticReport {
    /// A severity, a code, a place and what is said of it; the place is the template, the line from 1, and the resource.
    #[must_use]
    pub fn new(
        severity: &'static str,
        code: &'static str,
        (template, line, resource): (&str, usize, &str),
        message: &'static str,
    ) -> Self {
        Self { severity, code, template: shown(template), line, resource: shown(resource), message }
    }
}

impl SnapshotReport {
    /// The snapshot in the file at `path`, which is shown escaped.
    #[must_use]
    pub fn of(path: &str, snapshot: &Snapshot) -> Self {
        Self {
            path: shown(path),
            account: snapshot.account().to_string(),
            region: shown(snapshot.region()),
            complete_until: milliseconds(snapshot.complete_until()),
            signature: match snapshot.voucher() {
                Voucher::Signature { signer, signed_at } => Some(SnapshotSignatureReport {
                    signing_profile_version_arn: signer.to_string(),
                    signing_time: milliseconds(*signed_at),
                }),
                Voucher::Caller | Voucher::Nobody => None,
            },
        }
    }
}

impl PolicyFileReport {
    /// The file of this path and content, and the names of its rules that applied.
    #[must_use]
    pub fn new<'a>(path: &str, content: &[u8], rules: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            path: shown(path),
            sha256: Hex(&Sha256::digest(content)).to_string(),
            rules: rules.into_iter().map(shown).collect(),
            warnings: Vec::new(),
        }
    }

    /// With what deserves attention in it.
    #[must_use]
    pub fn with_warnings(self, warnings: Vec<PlaceReport>) -> Self {
        Self { warnings, ..self }
    }
}

impl PlaceReport {
    /// A place by line and column, both from 1, and what is said of it.
    #[must_use]
    pub fn new(line: usize, column: usize, message: &str) -> Self {
        Self { line, column, message: shown(message) }
    }
}

impl PackageReport {
    /// The verdict on the package at `path`, which is shown escaped.
    #[must_use]
    pub fn judged(path: &str, verdict: &Verdict) -> Self {
        let seen = verdict.seen();
        Self::Judged(Box::new(JudgedReport {
            path: shown(path),
            code_sha256: seen.code_sha256.map(|hash| hash.to_string()),
            size: seen.size,
            entries: seen.entries,
            uncompressed_size: seen.uncompressed_size,
            decision: verdict.decision().as_str(),
            status: verdict.status().as_str(),
            checks: ChecksReport::of(verdict.checks()),
            signature: verdict
                .package()
                .map(|package| SignatureReport::of(package.claims(), package.signer())),
            claimed: verdict.claimed().map(ClaimedReport::of),
            origin: None,
            manifest: ManifestReport { present: seen.has_manifest, entries: verdict.listed() },
            warnings: verdict
                .warnings()
                .iter()
                .map(|warning| FindingReport::of(warning.code(), warning))
                .collect(),
        }))
    }

    /// With where its signer says to have taken it from. Who signed it is known only of a package that is allowed.
    #[must_use]
    pub fn taken_from(mut self, origin: OriginReport) -> Self {
        if let Self::Judged(judged) = &mut self {
            judged.origin = Some(origin);
        }
        self
    }

    /// That the package at `path` could not be read.
    #[must_use]
    pub fn unread(path: &str, message: &str) -> Self {
        let error = ErrorReport { message: shown(message) };
        Self::Unread(UnreadReport { path: shown(path), decision: None, status: None, error })
    }
}

impl OriginReport {
    /// A layer's version, the hash of its file, and who had signed that; nothing where nobody had.
    #[must_use]
    pub fn new(layer_version_arn: &str, code_sha256: CodeSha256, signer: Option<&str>) -> Self {
        Self {
            layer_version_arn: shown(layer_version_arn),
            code_sha256: code_sha256.to_string(),
            signing_profile_version_arn: signer.map(shown),
        }
    }
}

impl ChecksReport {
    fn of(checks: &Checks) -> Self {
        let Checks { integrity, expiry, mismatch, revocation } = checks;
        Self {
            integrity: CheckReport::of(integrity),
            expiry: CheckReport::of(expiry),
            mismatch: CheckReport::of(mismatch),
            revocation: CheckReport::of(revocation),
        }
    }
}

impl CheckReport {
    /// The outcome, its code and its sentence.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Self {
        Self { outcome: outcome.as_str(), code: outcome.code().map(Code::as_str), message: outcome.message() }
    }
}

impl SignatureReport {
    /// What the signer said, and who it is.
    #[must_use]
    pub fn of(claims: &Claims, signer: &VerifiedSigner) -> Self {
        let chain: Vec<&Certificate> = signer.chain().collect();
        Self {
            signing_profile_version_arn: claims.profile().to_string(),
            signing_job_arn: claims.job().to_string(),
            signing_time: milliseconds(claims.signing_time()),
            expires: milliseconds(claims.expires()),
            trust_root_sha256: Hex(signer.root().certificate().sha256()).to_string(),
            chain: chain.iter().copied().map(CertificateReport::of).collect(),
            certificate_hashes: certificate_hashes(&chain),
        }
    }
}

impl ClaimedReport {
    /// What an envelope says, if one believed it.
    #[must_use]
    pub fn of(claimed: &SignedAttributes) -> Self {
        Self {
            signing_profile_version_arn: shown(&claimed.signing_profile_version_arn),
            signing_job_arn: shown(&claimed.signing_job_arn),
            signing_time: milliseconds(claimed.signing_time),
            expires: milliseconds(claimed.expires),
        }
    }
}

impl InspectReport {
    /// What a signature says that holds, why not all of it does, and what it claims.
    #[must_use]
    pub fn of(
        path: &str,
        statement: Option<&Statement>,
        problem: Option<&Finding>,
        claimed: Option<&SignedAttributes>,
    ) -> Self {
        Self {
            schema: INSPECT_SCHEMA,
            path: shown(path),
            verified: problem.is_none() && statement.is_some(),
            reason: problem.map(|finding| FindingReport::of(finding.code(), finding)),
            signature: statement.map(|it| SignatureReport::of(it.claims(), it.signer())),
            claimed: claimed.filter(|_| statement.is_none()).map(ClaimedReport::of),
        }
    }
}

impl CertificateReport {
    fn of(certificate: &Certificate) -> Self {
        Self {
            subject: shown(certificate.subject()),
            serial: Hex(certificate.serial()).to_string(),
            sha256: Hex(certificate.sha256()).to_string(),
            not_before: certificate.not_before().to_string(),
            not_after: certificate.not_after().to_string(),
        }
    }
}

impl FindingReport {
    fn of(code: Code, message: &impl ToString) -> Self {
        Self { code: code.as_str(), message: message.to_string() }
    }
}

impl Check {
    /// The word that reports and policy files use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Integrity => "integrity",
            Self::Expiry => "expiry",
            Self::Mismatch => "mismatch",
            Self::Revocation => "revocation",
        }
    }
}

impl Decision {
    /// The word that reports use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Block => "block",
        }
    }
}

impl Status {
    /// The word that reports use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "VALID",
            Self::Invalid => "INVALID",
            Self::Expired => "EXPIRED",
            Self::Mismatch => "MISMATCH",
            Self::Revoked => "REVOKED",
            Self::Unknown => "UNKNOWN",
        }
    }
}

impl Outcome {
    /// The word that reports use.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail(_) => "fail",
            Self::Skipped(_) => "skipped",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// For each certificate SHA-384 of its TBSCertificate and of its issuer's, the root being its own issuer.
fn certificate_hashes(chain: &[&Certificate]) -> Vec<String> {
    let issuers = chain.iter().skip(1).chain(chain.last());
    chain
        .iter()
        .zip(issuers)
        .map(|(c, issuer)| format!("{}{}", Hex(c.tbs_sha384()), Hex(issuer.tbs_sha384())))
        .collect()
}

/// RFC 3339 with the three digits that signatures have.
fn milliseconds(time: Timestamp) -> String {
    let time = time.round(Unit::Millisecond).unwrap_or(time);
    format!("{time:.3}")
}

fn shown(text: &str) -> String {
    Escaped(text.as_bytes()).to_string()
}
