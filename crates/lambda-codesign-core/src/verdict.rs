//! Stage 8: the verdict, in which every check has an outcome.

use crate::archive::Archive;
use crate::code::Code;
use crate::digest::CodeSha256;
use crate::envelope::SignedAttributes;
use crate::finding::{Finding, Unsettled, Warning};
use crate::manifest::{Boundaries, MANIFEST_ENTRY};
use crate::package::VerifiedPackage;
use crate::policy::{Mode, Modes, Requirement};

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

/// One of the four checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// [`Checks::integrity`].
    Integrity,
    /// [`Checks::expiry`].
    Expiry,
    /// [`Checks::mismatch`].
    Mismatch,
    /// [`Checks::revocation`].
    Revocation,
}

/// What the checks come to under a policy.
///
/// Holding one proves that a policy was asked. It does not prove that what was judged is true of any package: a
/// [`Verdict`] is about one.
#[derive(Debug, Clone)]
pub struct Judgement {
    decision: Decision,
    status: Status,
    checks: Checks,
    against: Vec<(Check, Mode)>,
    warnings: Vec<Warning>,
}

/// What became of a package, and why.
#[derive(Debug, Clone)]
pub struct Verdict {
    judgement: Judgement,
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

    /// Of a package that could not be verified; that it is unsigned counts as mismatch (FORMAT.md, "The four checks
    /// and the policy").
    pub(crate) fn refused(finding: Finding) -> Self {
        if finding != Finding::Unsigned {
            return Self::stopped(Outcome::Fail(finding));
        }
        let skipped = || Outcome::Skipped(Unsettled::Unsigned);
        let mismatch = Outcome::Fail(Finding::Unsigned);
        Self { integrity: skipped(), expiry: skipped(), mismatch, revocation: skipped() }
    }

    /// The outcome of one of them.
    #[must_use]
    pub const fn of(&self, check: Check) -> &Outcome {
        match check {
            Check::Integrity => &self.integrity,
            Check::Expiry => &self.expiry,
            Check::Mismatch => &self.mismatch,
            Check::Revocation => &self.revocation,
        }
    }

    /// What speaks against the package, the first of which decides. A check that is added here does not compile until
    /// it is judged.
    fn against(&self, revocation_is: Requirement) -> Vec<(Check, Status)> {
        let Self { integrity, expiry, mismatch, revocation } = self;
        // What was skipped since integrity failed says nothing of its own.
        let unknown = integrity.is_pass() && matches!(revocation, Outcome::Unknown(_) | Outcome::Skipped(_));
        let failures = [
            (integrity.is_fail(), Check::Integrity, Status::Invalid),
            (expiry.is_fail(), Check::Expiry, Status::Expired),
            (mismatch.is_fail(), Check::Mismatch, Status::Mismatch),
            (revocation.is_fail(), Check::Revocation, Status::Revoked),
            (unknown && revocation_is == Requirement::Required, Check::Revocation, Status::Unknown),
        ];
        let mut against: Vec<_> = failures
            .into_iter()
            .filter_map(|(fails, check, status)| fails.then_some((check, status)))
            .collect();
        // A signature that was not verified is no signature, whatever the other checks say.
        if against.is_empty() && !integrity.is_pass() {
            against.push((Check::Integrity, Status::Invalid));
        }
        against
    }
}

impl Check {
    /// Every check, in the order in which they decide.
    pub const ALL: [Self; 4] = [Self::Integrity, Self::Expiry, Self::Mismatch, Self::Revocation];

    /// What happens to what fails it: integrity is never let pass.
    const fn mode(self, modes: Modes) -> Mode {
        match self {
            Self::Integrity => Mode::Enforce,
            Self::Expiry => modes.expiry,
            Self::Mismatch => modes.mismatch,
            Self::Revocation => modes.revocation,
        }
    }
}

impl Judgement {
    pub(crate) fn of(checks: Checks, modes: Modes, revocation: Requirement) -> Self {
        let found = checks.against(revocation);
        let status = found.first().map_or(Status::Valid, |(_, status)| *status);
        let against: Vec<_> = found.into_iter().map(|(check, _)| (check, check.mode(modes))).collect();
        let decision = if against.is_empty() {
            Decision::Allow
        } else if against.iter().any(|(_, mode)| *mode == Mode::Enforce) {
            Decision::Block
        } else {
            Decision::Warn
        };
        Self { decision, status, checks, against, warnings: Vec::new() }
    }

    pub(crate) fn with_warnings(mut self, warnings: impl IntoIterator<Item = Warning>) -> Self {
        self.warnings.extend(warnings);
        self
    }

    /// What is to be done.
    #[must_use]
    pub const fn decision(&self) -> Decision {
        self.decision
    }

    /// It in one word.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// What became of each check.
    #[must_use]
    pub const fn checks(&self) -> &Checks {
        &self.checks
    }

    /// The checks that speak against the package, in the order in which they decide, and what each does to it.
    pub fn against(&self) -> impl Iterator<Item = (Check, &Outcome, Mode)> {
        self.against.iter().map(|(check, mode)| (*check, self.checks.of(*check), *mode))
    }

    /// What deserves attention beside the checks.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

impl AsRef<Self> for Judgement {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl AsRef<Judgement> for Verdict {
    fn as_ref(&self) -> &Judgement {
        &self.judgement
    }
}

impl Verdict {
    /// The verdict on a package that could not be verified: unsigned, or refused with this finding.
    #[must_use]
    pub fn stopped(finding: Finding, modes: Modes) -> Self {
        Self::of(Judgement::of(Checks::refused(finding), modes, Requirement::Optional))
    }

    pub(crate) const fn of(judgement: Judgement) -> Self {
        Self { judgement, package: None, seen: Seen::unread(0) }
    }

    pub(crate) fn with_package(self, package: &VerifiedPackage) -> Self {
        Self { package: Some(package.clone()), ..self }
    }

    /// With what was read of the package.
    #[must_use]
    pub fn about(mut self, mut seen: Seen) -> Self {
        self.judgement.warnings.append(&mut seen.remarks);
        Self { seen, ..self }
    }

    /// What the checks come to.
    #[must_use]
    pub const fn judgement(&self) -> &Judgement {
        &self.judgement
    }

    /// What the checks come to, without what was read of the package: a tenth of the memory.
    #[must_use]
    pub fn into_judgement(self) -> Judgement {
        self.judgement
    }

    /// What is to be done.
    #[must_use]
    pub const fn decision(&self) -> Decision {
        self.judgement.decision
    }

    /// The verdict in one word.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.judgement.status
    }

    /// What became of each check.
    #[must_use]
    pub const fn checks(&self) -> &Checks {
        &self.judgement.checks
    }

    /// What deserves attention beside the checks.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.judgement.warnings
    }

    /// The verified package, where integrity passed; it may be blocked all the same.
    #[must_use]
    pub fn package(&self) -> Option<&VerifiedPackage> {
        self.package.as_ref().filter(|_| self.checks().integrity.is_pass())
    }

    /// What was read of the file.
    #[must_use]
    pub const fn seen(&self) -> &Seen {
        &self.seen
    }

    /// What the signature claims, where it was read and integrity did not pass.
    #[must_use]
    pub fn claimed(&self) -> Option<&SignedAttributes> {
        if self.checks().integrity.is_pass() { None } else { self.seen.claimed.as_ref() }
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
    pub const fn unread(size: u64) -> Self {
        Self {
            size,
            code_sha256: None,
            entries: None,
            uncompressed_size: None,
            has_manifest: None,
            claimed: None,
            remarks: Vec::new(),
        }
    }

    pub(crate) fn archive(&mut self, archive: &Archive<'_>) {
        self.entries = Some(archive.entries().len());
        self.uncompressed_size = Some(archive.uncompressed_size());
        self.has_manifest =
            Some(archive.entries().first().is_some_and(|entry| entry.name() == MANIFEST_ENTRY));
        self.remarks = archive.warnings().iter().cloned().map(Warning::Archive).collect();
    }
}
