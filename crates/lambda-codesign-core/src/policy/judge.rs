//! The order of the checks: integrity, expiry, mismatch, revocation (FORMAT.md, "The four checks and the policy").

use jiff::Timestamp;

use super::revocation::Known;
use super::{Policy, Publishers, Requirement, Revocations};
use crate::chain::TrustRoot;
use crate::claims::{Claims, ProfileVersionArn};
use crate::finding::{Finding, Unsettled, Warning};
use crate::manifest::Boundaries;
use crate::package::VerifiedPackage;
use crate::verdict::{Checks, Outcome, Verdict};

/// What is known from outside the package when it is judged.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The time of the check.
    pub now: Timestamp,
    /// The revocation facts, where there are any.
    pub revocations: Option<&'a Revocations>,
}

impl Policy {
    /// Judges a verified package. Every check gets an outcome.
    #[must_use]
    pub fn judge(&self, package: &VerifiedPackage, evidence: Evidence<'_>) -> Verdict {
        let claims = package.claims();
        let integrity = self.integrity(package, evidence.now);
        let checks = if integrity.is_pass() {
            Checks {
                integrity,
                expiry: expiry(claims, evidence.now),
                mismatch: self.mismatch(package),
                revocation: revocation(claims, evidence.revocations),
            }
        } else {
            Checks::stopped(integrity)
        };
        let verdict = Verdict::of(checks, self.mode, self.revocation);
        verdict.with_package(package).with_warnings(self.warnings(package))
    }

    /// What of integrity only the time and the policy can tell.
    fn integrity(&self, package: &VerifiedPackage, now: Timestamp) -> Outcome {
        let signing_time = package.claims().signing_time();
        if signing_time > now {
            return Outcome::Fail(Finding::SignedInTheFuture { signing_time, now });
        }
        match (package.boundaries(), self.manifest) {
            (Boundaries::Unproven { .. }, Requirement::Required) => Outcome::Fail(Finding::ManifestMissing),
            (Boundaries::Unproven { .. } | Boundaries::Listed { .. }, _) => Outcome::Pass,
        }
    }

    /// Publisher, age and lock, which all belong to mismatch (CLI.md, "JSON of `verify`").
    fn mismatch(&self, package: &VerifiedPackage) -> Outcome {
        let signing_time = package.claims().signing_time();
        if let Some(finding) = self.publisher(package.claims().profile(), package.signer().root()) {
            return Outcome::Fail(finding);
        }
        if let Some(not_before) = self.not_before.filter(|not_before| signing_time < *not_before) {
            return Outcome::Fail(Finding::NotBefore { signing_time, not_before });
        }
        if self.lock.as_ref().is_some_and(|lock| !lock.lists(package.content())) {
            return Outcome::Fail(Finding::NotInLock { code_sha256: package.content().code_sha256() });
        }
        match self.publishers {
            Publishers::Only(_) => Outcome::Pass,
            Publishers::NotGiven | Publishers::Any => Outcome::Skipped(Unsettled::PublishersNotChecked),
        }
    }

    /// What speaks against this publisher under this root.
    fn publisher(&self, publisher: &ProfileVersionArn, root: &TrustRoot) -> Option<Finding> {
        match (&self.publishers, root.is_aws()) {
            (Publishers::NotGiven, true) => {
                Some(Finding::PublishersNotGiven { publisher: publisher.clone() })
            }
            (Publishers::Only(_), _) if !self.publishers.allow(publisher) => {
                Some(Finding::PublisherNotAllowed { publisher: publisher.clone() })
            }
            (Publishers::NotGiven | Publishers::Any | Publishers::Only(_), _) => None,
        }
    }

    fn warnings(&self, package: &VerifiedPackage) -> Vec<Warning> {
        let claims = package.claims();
        let mut warnings = Vec::new();
        match package.boundaries() {
            Boundaries::Unproven { links } => {
                // A locked digest proves the boundaries as well (FORMAT.md, "What is signed").
                if !self.lock.as_ref().is_some_and(|lock| lock.lists(package.content())) {
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
}

/// The signature holds before its expiry, and no longer at that very time.
fn expiry(claims: &Claims, now: Timestamp) -> Outcome {
    let expires = claims.expires();
    if now < expires { Outcome::Pass } else { Outcome::Fail(Finding::Expired { expires, now }) }
}

fn revocation(claims: &Claims, facts: Option<&Revocations>) -> Outcome {
    match facts.map(|facts| facts.of(claims)) {
        None => Outcome::Unknown(Unsettled::RevocationNotChecked),
        Some(Known::Unrevoked) => Outcome::Pass,
        Some(Known::Revoked(finding)) => Outcome::Fail(finding),
        Some(Known::Unknown(finding)) => Outcome::Unknown(finding),
    }
}

#[cfg(test)]
mod tests {
    use crate::chain::TrustRoots;
    use crate::code::Code;
    use crate::policy::{Policy, Publishers};

    /// Nobody but AWS can make a package whose path leads to its root, so the rule is judged by itself.
    #[test]
    fn under_aws_s_root_a_publisher_has_to_be_named() {
        let roots = TrustRoots::aws();
        let aws = roots.iter().next().unwrap();
        let text = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/release_builds/AbCdEf1234";
        let publisher = text.parse().unwrap();
        let answer = |publishers| {
            let finding = Policy::new(publishers).publisher(&publisher, aws);
            finding.map(|finding| finding.code())
        };
        assert_eq!(answer(Publishers::NotGiven), Some(Code::PublishersNotGiven));
        assert_eq!(answer(Publishers::Any), None);
        assert_eq!(answer(Publishers::Only(Vec::new())), Some(Code::PublisherNotAllowed));
        assert_eq!(answer(Publishers::Only(vec![text.parse().unwrap()])), None);
    }
}
