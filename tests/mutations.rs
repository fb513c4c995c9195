//! Every mutation of a signed package gets the answer that its row expects, with and without the cache.

use std::collections::BTreeMap;

use lambda_codesign_core::Verifier;
use lambda_codesign_core::chain::{ChainCache, TrustRoots, Vouches};
use lambda_codesign_core::policy::{Evidence, Policy, Publishers};
use lambda_codesign_core::verdict::{Outcome, Verdict};
use lambda_codesign_tests::cms::Form;
use lambda_codesign_tests::mutations::{self, Expected, Mutation, VERIFIED_AT};

fn verify(mutation: &Mutation, form: Form, cache: ChainCache) -> Verdict {
    let package = mutation.package(form);
    let mut roots = TrustRoots::none();
    // A root that is not one is refused when it is named, so that nothing is trusted.
    let _ = roots.add_pem(package.trusted_pem().as_bytes(), &Vouches::All);
    let verifier = Verifier { cache, ..Verifier::new(roots, Policy::new(Publishers::Any)) };
    let evidence = Evidence { now: VERIFIED_AT.parse().unwrap(), revocations: None };
    let zip = package.zip();
    let first = verifier.verify(&zip, evidence);
    let again = verifier.verify(&zip, evidence);
    assert_eq!(first.checks(), again.checks(), "{}: the cache changed the answer", mutation.name);
    first
}

fn answer(verdict: &Verdict) -> String {
    let warnings: Vec<_> = verdict.warnings().iter().map(|warning| warning.code().as_str()).collect();
    match &verdict.checks().integrity {
        Outcome::Pass => {
            warnings.into_iter().filter(|code| *code != "boundary-unproven").collect::<Vec<_>>().join(" ")
        }
        Outcome::Fail(finding) => finding.code().as_str().to_owned(),
        Outcome::Skipped(_) | Outcome::Unknown(_) => "skipped".to_owned(),
    }
}

#[test]
fn every_row_is_answered_as_it_expects() {
    let mut wrong = Vec::new();
    let mut refused: BTreeMap<&str, u32> = BTreeMap::new();
    for form in [Form::Of2022, Form::Of2024] {
        for mutation in mutations::all() {
            let verdict = verify(mutation, form, ChainCache::default());
            let expected = match mutation.expected {
                Expected::Accepted => "",
                Expected::Warned(code) | Expected::Refused(code) => code,
            };
            *refused.entry(expected).or_default() += 1;
            let passed = verdict.checks().integrity.is_pass();
            let to_pass = !matches!(mutation.expected, Expected::Refused(_));
            let actual = answer(&verdict);
            if actual != expected || passed != to_pass {
                wrong.push(format!(
                    "{form:?} {}: expected {expected:?}, got {actual:?}: {:?}",
                    mutation.name,
                    verdict.checks().integrity
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(refused.values().sum::<u32>() > 1000, "{refused:?}");
}
