//! What a policy would say of a signature that nobody has verified.

use jiff::Timestamp;

use super::judge::{Facts, Listing, Manifest, Root};
use super::{Evidence, Policy};
use crate::chain::{TrustRoot, TrustRoots};
use crate::claims::{ProfileVersionArn, SigningJobArn};
use crate::digest::CodeSha256;
use crate::finding::Finding;
use crate::package::BindError;
use crate::verdict::{Checks, Judgement, Outcome};

/// A package as somebody describes it, to ask what a policy would say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supposition {
    /// The hash of its file.
    pub code_sha256: CodeSha256,
    /// What its signature says, where it is signed.
    pub signature: Option<SupposedSignature>,
}

/// What a signature is supposed to say, under a root that vouches for its publisher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupposedSignature {
    /// The version of the signing profile.
    pub publisher: ProfileVersionArn,
    /// The signing job.
    pub job: SigningJobArn,
    /// When it was made.
    pub signing_time: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// Whether a manifest proves the boundaries.
    pub manifest: Manifest,
}

impl Policy {
    /// What this policy would say of such a package: no verdict, since nothing was verified.
    #[must_use]
    pub fn suppose(
        &self,
        supposition: &Supposition,
        roots: &TrustRoots,
        evidence: Evidence<'_>,
    ) -> Judgement {
        let file = supposition.code_sha256;
        let Some(signature) = &supposition.signature else {
            return self.refusal(Finding::Unsigned, file, evidence.now);
        };
        let Some(root) = root_of(&signature.publisher, roots) else {
            let error = BindError::NotVouchedFor { publisher: signature.publisher.clone() };
            let checks = Checks::stopped(Outcome::Fail(Finding::Binding(error)));
            return Judgement::of(checks, self.modes, self.revocation);
        };
        let facts = Facts {
            publisher: &signature.publisher,
            job: &signature.job,
            signing_time: signature.signing_time,
            expires: signature.expires,
            root,
            manifest: signature.manifest,
            file,
            lock: Listing::of(self.lock.as_ref().map(|lock| lock.lists_file(&file))),
        };
        self.weigh(&facts, evidence)
    }
}

/// AWS's root, where it vouches for this publisher: more is demanded under it than under others.
fn root_of(publisher: &ProfileVersionArn, roots: &TrustRoots) -> Option<Root> {
    let vouching: Vec<&TrustRoot> = roots.iter().filter(|root| root.vouches_for(publisher)).collect();
    match vouching.iter().any(|root| root.is_aws()) {
        true => Some(Root::Aws),
        false => vouching.first().map(|_| Root::Own),
    }
}

#[cfg(test)]
mod tests {
    use super::{Manifest, SupposedSignature, Supposition};
    use crate::chain::TrustRoots;
    use crate::code::Code;
    use crate::digest::CodeSha256;
    use crate::policy::{Evidence, Policy, Publishers, Requirement};
    use crate::verdict::{Decision, Status};

    fn supposed(account: &str) -> Supposition {
        let arn = |resource: &str| format!("arn:aws:signer:us-east-1:{account}:{resource}");
        let signature = SupposedSignature {
            publisher: arn("/signing-profiles/release_builds/AbCdEf1234").parse().unwrap(),
            job: arn("/signing-jobs/11111111-2222-4333-8444-555555555555").parse().unwrap(),
            signing_time: "2026-11-01T00:00:00Z".parse().unwrap(),
            expires: "2027-11-01T00:00:00Z".parse().unwrap(),
            manifest: Manifest::Absent,
        };
        Supposition { code_sha256: CodeSha256::of(b"a package"), signature: Some(signature) }
    }

    #[test]
    fn a_supposition_is_judged_as_a_package_would_be() {
        let evidence = Evidence { now: "2026-11-20T00:00:00Z".parse().unwrap(), revocations: None };
        let unsigned = Supposition { signature: None, ..supposed("123456789012") };
        let (real, local) = (supposed("123456789012"), supposed("000000000000"));
        let any = Policy::new(Publishers::Any);
        let strict = any.clone().with_manifest(Requirement::Required);
        for (policy, supposition, status, code) in [
            (&any, &real, Status::Valid, None),
            (&Policy::new(Publishers::NotGiven), &real, Status::Mismatch, Some(Code::PublishersNotGiven)),
            (&strict, &real, Status::Invalid, Some(Code::ManifestMissing)),
            (&any, &unsigned, Status::Mismatch, Some(Code::Unsigned)),
            (&any, &local, Status::Invalid, Some(Code::ChainUntrusted)),
        ] {
            let judgement = policy.suppose(supposition, &TrustRoots::aws(), evidence);
            let against: Vec<_> = judgement.against().filter_map(|(_, outcome, _)| outcome.code()).collect();
            assert_eq!((judgement.status(), against.first().copied()), (status, code));
            assert_eq!(judgement.decision() == Decision::Allow, code.is_none());
        }
        let nobody = any.suppose(&real, &TrustRoots::none(), evidence);
        assert_eq!(nobody.status(), Status::Invalid, "nothing verifies without a root");
    }
}
