//! Stage 8: the verdict, in which every check has an outcome.

use crate::archive::Archive;
use crate::code::Code;
use crate::digest::CodeSha256;
use crate::envelope::SignedAttributes;
use crate::finding::{Finding, Unsettled, Warning};
use crate::manifest::{Boundaries, MANIFEST_ENTRY};
use crate::package::VerifiedPackage;
use crate::policy::{Mode, Requirement};

/// What became of one check. Only [`Outcome::Pass`] is a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was made, and holds.
    Pass,
    /// It was made, and does not hold.
    Fail(Finding),
    /// It was not made, and the finding says why.
    Skipped(Unsettled),
    /// It could not be made, and the finding says why.
    Unknown(Unsettled),
}

/// The outcome of every check, in the order in which they decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checks {
    /// One signature entry, digest, signature, chain, manifest.
    pub integrity: Outcome,
    /// Whether the signature still lives.
    pub expiry: Outcome,
    /// Whether the publisher, the signature's age and the lock are as wanted.
    pub mismatch: Outcome,
    /// Whether job or profile were revoked.
    pub revocation: Outcome,
}

/// The verdict in one word: those that CloudTrail uses, and two of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// No check failed.
    Valid,
    /// Integrity failed (ours).
    Invalid,
    /// Expiry failed.
    Expired,
    /// Mismatch failed.
    Mismatch,
    /// Revocation failed.
    Revoked,
    /// Revocation is required and unknown (ours).
    Unknown,
}

/// What is to be done with the package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Deploy it.
    Allow,
    /// Deploy it, and look at what failed.
    Warn,
    /// Do not deploy it.
    Block,
}

/// What became of a package, and why.
#[derive(Debug, Clone)]
pub struct Verdict {
    decision: Decision,
    status: Status,
    checks: Checks,
    warnings: Vec<Warning>,
    package: Option<VerifiedPackage>,
    seen: Seen,
}

/// What was read of a package, whether or not it was verified.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Bytes of the file.
    pub size: u64,
    /// The hash of the file, unless the file is too large to be read.
    pub code_sha256: Option<CodeSha256>,
    /// How many entries it has.
    pub entries: Option<usize>,
    /// The sum of the unpacked sizes that its directory declares.
    pub uncompressed_size: Option<u64>,
    /// Whether entry 0 has the manifest's name.
    pub has_manifest: Option<bool>,
    /// What the signature claims.
    pub claimed: Option<SignedAttributes>,
    /// What is odd about the archive.
    pub remarks: Vec<Warning>,
}

impl Outcome {
    /// Whether the check was made and holds.
    #[must_use]
    pub const fn is_pass(&self) -> bool {
        matches!(self, Self::Pass)
    }

    /// Whether the check was made and does not hold.
    #[must_use]
    pub const fn is_fail(&self) -> bool {
        matches!(self, Self::Fail(_))
    }

    /// The code of why it did not pass.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Pass => None,
            Self::Fail(finding) => Some(finding.code()),
            Self::Skipped(unsettled) | Self::Unknown(unsettled) => Some(unsettled.code()),
        }
    }

    /// The sentence of why it did not pass.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        match self {
            Self::Pass => None,
            Self::Fail(finding) => Some(finding.to_string()),
            Self::Skipped(unsettled) | Self::Unknown(unsettled) => Some(unsettled.to_string()),
        }
    }
}

impl Checks {
    /// Nothing that the signature says can be believed, so nothing else is checked.
    pub(crate) fn stopped(integrity: Outcome) -> Self {
        let skipped = || Outcome::Skipped(Unsettled::IntegrityNotProven);
        Self { integrity, expiry: skipped(), mismatch: skipped(), revocation: skipped() }
    }

    /// The status: the first check that fails decides. A check that is added here does not compile until it is judged.
    fn status(&self, revocation_is: Requirement) -> Status {
        let Self { integrity, expiry, mismatch, revocation } = self;
        let unknown = matches!(revocation, Outcome::Unknown(_) | Outcome::Skipped(_));
        let failures = [
            (integrity.is_fail(), Status::Invalid),
            (expiry.is_fail(), Status::Expired),
            (mismatch.is_fail(), Status::Mismatch),
            (revocation.is_fail(), Status::Revoked),
            (unknown && revocation_is == Requirement::Required, Status::Unknown),
            // A signature that was not verified is no signature, whatever the other checks say.
            (!integrity.is_pass(), Status::Invalid),
        ];
        failures.into_iter().find_map(|(fails, status)| fails.then_some(status)).unwrap_or(Status::Valid)
    }
}

impl Status {
    const fn decision(self, mode: Mode) -> Decision {
        match (self, mode) {
            (Self::Valid, _) => Decision::Allow,
            (Self::Invalid, _) => Decision::Block,
            (Self::Expired | Self::Mismatch | Self::Revoked | Self::Unknown, Mode::Warn) => Decision::Warn,
            (Self::Expired | Self::Mismatch | Self::Revoked | Self::Unknown, Mode::Enforce) => {
                Decision::Block
            }
        }
    }
}

impl Verdict {
    /// The verdict on a package that could not be verified: unsigned, or refused with this finding.
    #[must_use]
    pub fn stopped(finding: Finding, mode: Mode) -> Self {
        let checks = if finding == Finding::Unsigned {
            let skipped = || Outcome::Skipped(Unsettled::Unsigned);
            let mismatch = Outcome::Fail(Finding::Unsigned);
            Checks { integrity: skipped(), expiry: skipped(), mismatch, revocation: skipped() }
        } else {
            Checks::stopped(Outcome::Fail(finding))
        };
        Self::of(checks, mode, Requirement::Optional)
    }

    pub(crate) fn of(checks: Checks, mode: Mode, revocation: Requirement) -> Self {
        let status = checks.status(revocation);
        Self {
            decision: status.decision(mode),
            status,
            checks,
            warnings: Vec::new(),
            package: None,
            seen: Seen::default(),
        }
    }

    pub(crate) fn with_package(self, package: &VerifiedPackage) -> Self {
        Self { package: Some(package.clone()), ..self }
    }

    pub(crate) fn with_warnings(self, warnings: Vec<Warning>) -> Self {
        Self { warnings, ..self }
    }

    /// With what was read of the package.
    #[must_use]
    pub fn about(mut self, mut seen: Seen) -> Self {
        self.warnings.append(&mut seen.remarks);
        Self { seen, ..self }
    }

    /// What is to be done.
    #[must_use]
    pub const fn decision(&self) -> Decision {
        self.decision
    }

    /// The verdict in one word.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// What became of each check.
    #[must_use]
    pub const fn checks(&self) -> &Checks {
        &self.checks
    }

    /// What deserves attention beside the checks.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The verified package, where integrity passed; it may be blocked all the same.
    #[must_use]
    pub fn package(&self) -> Option<&VerifiedPackage> {
        self.package.as_ref().filter(|_| self.checks.integrity.is_pass())
    }

    /// What was read of the file.
    #[must_use]
    pub const fn seen(&self) -> &Seen {
        &self.seen
    }

    /// What the signature claims, where it was read and integrity did not pass.
    #[must_use]
    pub fn claimed(&self) -> Option<&SignedAttributes> {
        if self.checks.integrity.is_pass() { None } else { self.seen.claimed.as_ref() }
    }

    /// The entries that the manifest lists, where it fits.
    #[must_use]
    pub fn listed(&self) -> Option<usize> {
        match self.package()?.boundaries() {
            Boundaries::Listed { entries, .. } => Some(*entries),
            Boundaries::Unproven { .. } => None,
        }
    }
}

impl Seen {
    /// What is known of a file that was not read for its size.
    #[must_use]
    pub fn unread(size: u64) -> Self {
        Self { size, ..Self::default() }
    }

    pub(crate) fn archive(&mut self, archive: &Archive<'_>) {
        self.entries = Some(archive.entries().len());
        self.uncompressed_size = Some(archive.uncompressed_size());
        self.has_manifest =
            Some(archive.entries().first().is_some_and(|entry| entry.name() == MANIFEST_ENTRY));
        self.remarks = archive.warnings().iter().cloned().map(Warning::Archive).collect();
    }
}
