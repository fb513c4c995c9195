//! The order of the checks: integrity, expiry, mismatch, revocation (FORMAT.md, "The four checks and the policy").

use jiff::Timestamp;

use super::revocation::{Known, Signature};
use super::{Exception, Mode, Modes, Policy, Publishers, Requirement, Revocations};
use crate::claims::{ProfileVersionArn, PublisherPattern, SigningJobArn};
use crate::digest::CodeSha256;
use crate::finding::{Finding, Unsettled, Warning};
use crate::manifest::Boundaries;
use crate::package::VerifiedPackage;
use crate::verdict::{Checks, Judgement, Outcome, Verdict};

/// What is known from outside the package when it is judged.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The time of the check.
    pub now: Timestamp,
    /// The revocation facts, where there are any.
    pub revocations: Option<&'a Revocations>,
}

/// What of a signature is judged, whether it was verified or is supposed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) publisher: &'a ProfileVersionArn,
    pub(super) job: &'a SigningJobArn,
    pub(super) signing_time: Timestamp,
    pub(super) expires: Timestamp,
    pub(super) root: Root,
    pub(super) manifest: Manifest,
    pub(super) file: CodeSha256,
    pub(super) lock: Listing,
}

/// Whose root a signature leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Root {
    /// AWS Signer's, under which any AWS customer can sign.
    Aws,
    /// One that somebody named.
    Own,
}

/// Whether a manifest proves the boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manifest {
    /// There is one, and it fits.
    Present,
    /// There is none.
    Absent,
}

/// What the policy's lock says of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listing {
    NoLock,
    Listed,
    Unlisted,
}

impl Policy {
    /// Judges a verified package. Every check gets an outcome.
    #[must_use]
    pub fn judge(&self, package: &VerifiedPackage, evidence: Evidence<'_>) -> Verdict {
        let facts = self.facts(package);
        let judgement = self.weigh(&facts, evidence).with_warnings(warnings(package, facts.lock));
        Verdict::of(judgement).with_package(package)
    }

    /// The verdict on a package that could not be verified: an exception may let an unsigned one pass.
    #[must_use]
    pub fn refuse(&self, finding: Finding, file: CodeSha256, now: Timestamp) -> Verdict {
        Verdict::of(self.refusal(finding, file, now))
    }

    pub(super) fn refusal(&self, finding: Finding, file: CodeSha256, now: Timestamp) -> Judgement {
        let checks = Checks::refused(finding);
        let mut bench = Bench { policy: self, file, now, modes: self.modes, excepted: Vec::new() };
        if checks.mismatch.is_fail() {
            let (_, mode) = bench.decide(vec![checks.mismatch.clone()], Outcome::Pass, self.modes.mismatch);
            bench.modes.mismatch = mode;
        }
        bench.judgement(checks, Requirement::Optional)
    }

    /// Weighs the facts in the order integrity, expiry, mismatch, revocation.
    pub(super) fn weigh(&self, facts: &Facts<'_>, evidence: Evidence<'_>) -> Judgement {
        let integrity = self.integrity(facts, evidence.now);
        if !integrity.is_pass() {
            return Judgement::of(Checks::stopped(integrity), self.modes, self.revocation);
        }
        let mut bench = Bench {
            policy: self,
            file: facts.file,
            now: evidence.now,
            modes: self.modes,
            excepted: Vec::new(),
        };
        let checks = Checks {
            integrity,
            expiry: bench.expiry(facts),
            mismatch: bench.mismatch(facts),
            revocation: bench.revocation(facts, evidence.revocations),
        };
        bench.judgement(checks, self.revocation)
    }

    fn facts<'a>(&self, package: &'a VerifiedPackage) -> Facts<'a> {
        let claims = package.claims();
        Facts {
            publisher: claims.profile(),
            job: claims.job(),
            signing_time: claims.signing_time(),
            expires: claims.expires(),
            root: if package.signer().root().is_aws() { Root::Aws } else { Root::Own },
            manifest: match package.boundaries() {
                Boundaries::Listed { .. } => Manifest::Present,
                Boundaries::Unproven { .. } => Manifest::Absent,
            },
            file: package.content().code_sha256(),
            lock: Listing::of(self.lock.as_ref().map(|lock| lock.lists(package.content()))),
        }
    }

    /// What of integrity only the time and the policy can tell.
    fn integrity(&self, facts: &Facts<'_>, now: Timestamp) -> Outcome {
        let Facts { signing_time, manifest, .. } = *facts;
        if signing_time > now {
            return Outcome::Fail(Finding::SignedInTheFuture { signing_time, now });
        }
        match (manifest, self.manifest) {
            (Manifest::Absent, Requirement::Required) => Outcome::Fail(Finding::ManifestMissing),
            (Manifest::Absent, Requirement::Optional) | (Manifest::Present, _) => Outcome::Pass,
        }
    }

    /// What speaks against this publisher under this root.
    fn publisher(&self, publisher: &ProfileVersionArn, root: Root) -> Option<Finding> {
        let wider = match &self.publishers {
            Publishers::NotGiven if root == Root::Aws => {
                return Some(Finding::PublishersNotGiven { publisher: publisher.clone() });
            }
            Publishers::NotGiven | Publishers::Any => true,
            Publishers::Only(patterns) => allows(patterns, publisher),
        };
        let narrower = self.narrowed_to.as_ref().is_none_or(|patterns| allows(patterns, publisher));
        (!wider || !narrower).then(|| Finding::PublisherNotAllowed { publisher: publisher.clone() })
    }
}

/// The checks of one package in the making, with the exceptions that they need.
struct Bench<'a> {
    policy: &'a Policy,
    file: CodeSha256,
    now: Timestamp,
    modes: Modes,
    excepted: Vec<Exception>,
}

impl Bench<'_> {
    /// The signature holds before its expiry, and no longer at that very time.
    fn expiry(&mut self, facts: &Facts<'_>) -> Outcome {
        let (expires, now) = (facts.expires, self.now);
        let ended = (now >= expires).then_some(Outcome::Fail(Finding::Expired { expires, now }));
        let (outcome, mode) = self.decide(ended.into_iter().collect(), Outcome::Pass, self.modes.expiry);
        self.modes.expiry = mode;
        outcome
    }

    /// Publisher, age and lock, which all belong to mismatch (CLI.md, "JSON of `verify`").
    fn mismatch(&mut self, facts: &Facts<'_>) -> Outcome {
        let Facts { signing_time, file, .. } = *facts;
        let publisher = self.policy.publisher(facts.publisher, facts.root);
        let age = self
            .policy
            .not_before
            .filter(|not_before| signing_time < *not_before)
            .map(|not_before| Finding::NotBefore { signing_time, not_before });
        let lock = (facts.lock == Listing::Unlisted).then_some(Finding::NotInLock { code_sha256: file });
        let otherwise = match (&self.policy.publishers, &self.policy.narrowed_to) {
            (Publishers::Only(_), _) | (_, Some(_)) => Outcome::Pass,
            (Publishers::NotGiven | Publishers::Any, None) => {
                Outcome::Skipped(Unsettled::PublishersNotChecked)
            }
        };
        let against = [publisher, age, lock].into_iter().flatten().map(Outcome::Fail).collect();
        let (outcome, mode) = self.decide(against, otherwise, self.modes.mismatch);
        self.modes.mismatch = mode;
        outcome
    }

    fn revocation(&mut self, facts: &Facts<'_>, revocations: Option<&Revocations>) -> Outcome {
        let Facts { job, publisher, signing_time, .. } = *facts;
        let signature = Signature { job, publisher, signing_time };
        let known = revocations.map(|known| known.of(signature, self.now, self.policy.max_age));
        let (against, otherwise) = match known {
            Some(Known::Revoked(findings)) => {
                (findings.into_iter().map(Outcome::Fail).collect(), Outcome::Pass)
            }
            Some(Known::Unrevoked) => (Vec::new(), Outcome::Pass),
            Some(Known::Unknown(unsettled)) => self.unknown(unsettled),
            None => self.unknown(Unsettled::RevocationNotChecked),
        };
        let (outcome, mode) = self.decide(against, otherwise, self.modes.revocation);
        self.modes.revocation = mode;
        outcome
    }

    /// What is unknown speaks against a package only where it is demanded.
    fn unknown(&self, unsettled: Unsettled) -> (Vec<Outcome>, Outcome) {
        let outcome = Outcome::Unknown(unsettled);
        match self.policy.revocation {
            Requirement::Required => (vec![outcome.clone()], outcome),
            Requirement::Optional => (Vec::new(), outcome),
        }
    }

    /// The outcome of a check and its mode: the first of what speaks against the package that no exception covers
    /// decides, so that an exception never hides another failure.
    fn decide(&mut self, against: Vec<Outcome>, otherwise: Outcome, mode: Mode) -> (Outcome, Mode) {
        let mut covered = None;
        let mut deciding = None;
        for outcome in against {
            let exception = outcome.code().and_then(|code| {
                self.policy.exceptions.iter().find(|it| it.covers(code, Some(self.file), self.now))
            });
            match exception {
                Some(exception) => {
                    self.excepted.push(exception.clone());
                    covered.get_or_insert(outcome);
                }
                None => {
                    deciding.get_or_insert(outcome);
                }
            }
        }
        match (deciding, covered) {
            (Some(outcome), _) => (outcome, mode),
            (None, Some(outcome)) => (outcome, Mode::Warn),
            (None, None) => (otherwise, mode),
        }
    }

    fn judgement(self, checks: Checks, revocation: Requirement) -> Judgement {
        Judgement::of(checks, self.modes, revocation)
            .with_warnings(self.excepted.into_iter().map(Warning::Excepted))
    }
}

impl Listing {
    pub(super) const fn of(listed: Option<bool>) -> Self {
        match listed {
            None => Self::NoLock,
            Some(true) => Self::Listed,
            Some(false) => Self::Unlisted,
        }
    }
}

pub(super) fn allows(patterns: &[PublisherPattern], publisher: &ProfileVersionArn) -> bool {
    patterns.iter().any(|pattern| pattern.matches(publisher))
}

fn warnings(package: &VerifiedPackage, lock: Listing) -> Vec<Warning> {
    let claims = package.claims();
    let mut warnings = Vec::new();
    match package.boundaries() {
        Boundaries::Unproven { links } => {
            // A locked digest proves the boundaries as well (FORMAT.md, "What is signed").
            if lock != Listing::Listed {
                warnings.push(Warning::BoundaryUnproven);
            }
            if links.count > 0 {
                warnings.push(Warning::ModeUnproven(links.clone()));
            }
        }
        Boundaries::Listed { modes, .. } if modes.count > 0 => {
            warnings.push(Warning::ModeChanged(modes.clone()))
        }
        Boundaries::Listed { .. } => {}
    }
    if !claims.job().is_at_home_with(claims.profile()) {
        let (job, publisher) = (claims.job().clone(), claims.profile().clone());
        warnings.push(Warning::CrossAccount { job, publisher });
    }
    warnings.extend(claims.unknown().iter().cloned().map(Warning::UnknownAttribute));
    warnings
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{Facts, Listing, Manifest, Root};
    use crate::claims::{ProfileVersionArn, PublisherPattern, SigningJobArn};
    use crate::code::Code;
    use crate::digest::CodeSha256;
    use crate::finding::Finding;
    use crate::policy::{
        Evidence, Exception, JobState, Lock, LockedPackage, Mode, Modes, Policy, ProfileState, Publishers,
        Requirement, Revocations,
    };
    use crate::verdict::{Decision, Judgement, Status};

    const PUBLISHER: &str =
        "arn:aws:signer:us-east-1:123456789012:/signing-profiles/release_builds/AbCdEf1234";

    fn publisher() -> ProfileVersionArn {
        PUBLISHER.parse().unwrap()
    }

    fn job() -> SigningJobArn {
        "arn:aws:signer:us-east-1:123456789012:/signing-jobs/11111111-2222-4333-8444-555555555555"
            .parse()
            .unwrap()
    }

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn only(patterns: &[&str]) -> Vec<PublisherPattern> {
        patterns.iter().map(|pattern| pattern.parse().unwrap()).collect()
    }

    /// Judges a signature of 1 November 2026 that ends on 1 December, on 20 November.
    fn judged(policy: &Policy, revocations: Option<&Revocations>) -> Judgement {
        at(policy, revocations, "2026-11-20T00:00:00Z")
    }

    fn at(policy: &Policy, revocations: Option<&Revocations>, now: &str) -> Judgement {
        let file = CodeSha256::of(b"a package");
        let facts = Facts {
            publisher: &publisher(),
            job: &job(),
            signing_time: time("2026-11-01T00:00:00Z"),
            expires: time("2026-12-01T00:00:00Z"),
            root: Root::Own,
            manifest: Manifest::Absent,
            file,
            lock: Listing::of(policy.lock.as_ref().map(|lock| lock.lists_file(&file))),
        };
        policy.weigh(&facts, Evidence { now: time(now), revocations })
    }

    fn said(judgement: &Judgement) -> (Status, Decision, Vec<&'static str>, Vec<&'static str>) {
        let against = judgement.against().filter_map(|(_, outcome, _)| outcome.code());
        let excepted = judgement.warnings().iter().map(|warning| warning.code().as_str());
        (judgement.status(), judgement.decision(), against.map(Code::as_str).collect(), excepted.collect())
    }

    fn exception(code: Code) -> Exception {
        Exception::new(code, time("2027-01-01T00:00:00Z"), "a reason").unwrap()
    }

    /// Nobody but AWS can make a package whose path leads to its root, so the rule is judged by itself.
    #[test]
    fn under_aws_s_root_a_publisher_has_to_be_named() {
        let answer = |publishers| {
            let finding = Policy::new(publishers).publisher(&publisher(), Root::Aws);
            finding.map(|finding| finding.code())
        };
        assert_eq!(answer(Publishers::NotGiven), Some(Code::PublishersNotGiven));
        assert_eq!(answer(Publishers::Any), None);
        assert_eq!(answer(Publishers::Only(Vec::new())), Some(Code::PublisherNotAllowed));
        assert_eq!(answer(Publishers::Only(only(&[PUBLISHER]))), None);
        assert!(Policy::new(Publishers::NotGiven).publisher(&publisher(), Root::Own).is_none());
    }

    #[test]
    fn a_narrowed_policy_allows_what_both_lists_allow() {
        let (any, other) =
            ("arn:aws:signer:*:*:/signing-profiles/*/*", "arn:aws:signer:*:*:/signing-profiles/other/*");
        for (wide, narrow, allowed) in [
            (any, any, true),
            (any, other, false),
            (other, any, false),
            (PUBLISHER, any, true),
            (any, PUBLISHER, true),
        ] {
            let policy = Policy::new(Publishers::Only(only(&[wide]))).narrowed_to(only(&[narrow]));
            let finding = policy.publisher(&publisher(), Root::Own).map(|finding| finding.code());
            assert_eq!(finding.is_none(), allowed, "{wide} {narrow}");
            assert!(finding.is_none_or(|code| code == Code::PublisherNotAllowed));
        }
    }

    #[test]
    fn the_very_time_of_a_limit_is_within_it() {
        let any = Policy::new(Publishers::Any);
        let late = any.clone().with_not_before(time("2026-11-01T00:00:00Z"));
        assert_eq!(judged(&late, None).status(), Status::Valid);
        let later = any.clone().with_not_before(time("2026-11-01T00:00:00.001Z"));
        assert_eq!(judged(&later, None).status(), Status::Mismatch);
        assert_eq!(at(&any, None, "2026-11-01T00:00:00Z").status(), Status::Valid);
        assert_eq!(at(&any, None, "2026-10-31T23:59:59.999Z").status(), Status::Invalid);
    }

    #[test]
    fn each_check_has_its_mode_and_one_that_enforces_blocks() {
        let (enforce, warn) = (Mode::Enforce, Mode::Warn);
        let base = Policy::new(Publishers::Only(Vec::new()));
        for (modes, decision) in [
            (Modes { expiry: warn, mismatch: warn, revocation: enforce }, Decision::Warn),
            (Modes { expiry: enforce, mismatch: warn, revocation: warn }, Decision::Block),
            (Modes { expiry: warn, mismatch: enforce, revocation: warn }, Decision::Block),
            (Modes::all(warn), Decision::Warn),
            (Modes::all(enforce), Decision::Block),
        ] {
            let judgement = at(&base.clone().with_modes(modes), None, "2026-12-01T00:00:00Z");
            let expected = (Status::Expired, decision, vec!["expired", "publisher-not-allowed"], vec![]);
            assert_eq!(said(&judgement), expected, "{modes:?}");
        }
        let missing =
            base.with_mode(warn).with_manifest(Requirement::Required).with_revocation(Requirement::Required);
        assert_eq!(
            said(&judged(&missing, None)),
            (Status::Invalid, Decision::Block, vec!["manifest-missing"], vec![])
        );
    }

    #[test]
    fn an_exception_never_hides_another_failure() {
        let strict = Policy::new(Publishers::Only(Vec::new()))
            .with_not_before(time("2026-11-02T00:00:00Z"))
            .with_lock(Lock::of([LockedPackage { code_sha256: None, framed: None }]));
        let one = strict.clone().with_exception(exception(Code::PublisherNotAllowed));
        let two = one.clone().with_exception(exception(Code::NotBefore));
        let three = two.clone().with_exception(exception(Code::NotInLock));
        let other = strict.clone().with_exception(exception(Code::Expired));
        for (policy, decision, against, excepted) in [
            (&strict, Decision::Block, "publisher-not-allowed", 0),
            (&one, Decision::Block, "not-before", 1),
            (&two, Decision::Block, "not-in-lock", 2),
            (&three, Decision::Warn, "publisher-not-allowed", 3),
            (&other, Decision::Block, "publisher-not-allowed", 0),
        ] {
            let expected = (Status::Mismatch, decision, vec![against], vec!["excepted"; excepted]);
            assert_eq!(said(&judged(policy, None)), expected);
        }
        let revoked = Revocations::complete_until_only(time("2026-11-10T00:00:00Z"))
            .with_job(job(), JobState::Revoked)
            .with_profile(publisher(), ProfileState::Revoked { effective: time("2026-10-01T00:00:00Z") });
        let any = Policy::new(Publishers::Any);
        let job_alone = any.clone().with_exception(exception(Code::RevokedSignature));
        let both = job_alone.clone().with_exception(exception(Code::RevokedProfile));
        for (policy, decision, against, excepted) in [
            (&any, Decision::Block, "revoked-signature", 0),
            (&job_alone, Decision::Block, "revoked-profile", 1),
            (&both, Decision::Warn, "revoked-signature", 2),
        ] {
            let expected = (Status::Revoked, decision, vec![against], vec!["excepted"; excepted]);
            assert_eq!(said(&judged(policy, Some(&revoked))), expected);
        }
    }

    #[test]
    fn an_exception_that_has_ended_or_is_for_another_package_lets_nothing_pass() {
        let bench = |exception: Exception, now: &str| {
            let policy = Policy::new(Publishers::Any).with_exception(exception);
            said(&at(&policy, None, now)).1
        };
        let expired = || exception(Code::Expired);
        assert_eq!(bench(expired(), "2026-12-01T00:00:00Z"), Decision::Warn);
        assert_eq!(bench(expired(), "2027-01-01T00:00:00Z"), Decision::Block);
        let this = expired().for_package(CodeSha256::of(b"a package"));
        assert_eq!(bench(this, "2026-12-01T00:00:00Z"), Decision::Warn);
        let other = expired().for_package(CodeSha256::of(b"another"));
        assert_eq!(bench(other, "2026-12-01T00:00:00Z"), Decision::Block);
    }

    #[test]
    fn old_facts_are_unknown_and_an_exception_covers_what_is_demanded_alone() {
        let facts = |job_is| {
            Revocations::complete_until_only(time("2026-11-10T00:00:00Z"))
                .with_job(job(), job_is)
                .with_profile(publisher(), ProfileState::Active)
        };
        let policy = Policy::new(Publishers::Any).with_max_age("9d".parse().unwrap());
        let demanding = policy.clone().with_revocation(Requirement::Required);
        let excepting = demanding.clone().with_exception(exception(Code::RevocationStale));
        let (active, revoked) = (facts(JobState::Active), facts(JobState::Revoked));
        let code = |judgement: &Judgement| judgement.checks().revocation.code();
        assert_eq!(code(&judged(&policy, Some(&active))), Some(Code::RevocationStale));
        assert_eq!(code(&at(&policy, Some(&active), "2026-11-19T00:00:00Z")), None);
        assert_eq!(code(&judged(&policy, Some(&revoked))), Some(Code::RevokedSignature));
        for (policy, status, decision, excepted) in [
            (&policy, Status::Valid, Decision::Allow, 0),
            (&demanding, Status::Unknown, Decision::Block, 0),
            (&excepting, Status::Unknown, Decision::Warn, 1),
        ] {
            let judgement = judged(policy, Some(&active));
            assert_eq!((judgement.status(), judgement.decision()), (status, decision));
            assert_eq!(judgement.warnings().len(), excepted);
        }
    }

    #[test]
    fn an_unsigned_package_passes_by_an_exception_for_it_alone() {
        let file = CodeSha256::of(b"a package");
        let now = time("2026-11-20T00:00:00Z");
        let refuse = |exception: Option<Exception>, finding| {
            let policy = Policy::new(Publishers::Any);
            let policy = match exception {
                Some(exception) => policy.with_exception(exception),
                None => policy,
            };
            policy.refuse(finding, file, now).decision()
        };
        let unsigned = exception(Code::Unsigned);
        assert_eq!(refuse(None, Finding::Unsigned), Decision::Block);
        assert_eq!(refuse(Some(unsigned.clone()), Finding::Unsigned), Decision::Warn);
        assert_eq!(refuse(Some(unsigned.clone()), Finding::ManifestMissing), Decision::Block);
        let other = unsigned.for_package(CodeSha256::of(b"another"));
        assert_eq!(refuse(Some(other), Finding::Unsigned), Decision::Block);
    }
}
