//! A result is never different with the cache of chains.

use lambda_codesign_core::Verifier;
use lambda_codesign_core::chain::{ChainCache, TrustRoots, Vouches};
use lambda_codesign_core::policy::{Evidence, Policy, Publishers};
use lambda_codesign_tests::cms::{Claims, Form};
use lambda_codesign_tests::package::SignedPackage;

fn signed_at(time: &str) -> SignedPackage {
    SignedPackage::standard(Form::Of2024).with_claims(&Claims { signed: time.into(), ..Claims::standard() })
}

fn roots(package: &SignedPackage, vouches: &Vouches) -> TrustRoots {
    let mut roots = TrustRoots::none();
    roots.add_pem(package.trusted_pem().as_bytes(), vouches).unwrap();
    roots
}

#[test]
fn a_cached_chain_answers_only_within_its_window() {
    let inside = signed_at("2026-11-01T09:19:26.806Z");
    let verifier = Verifier::new(roots(&inside, &Vouches::All), Policy::new(Publishers::Any));
    let evidence = Evidence { now: "2026-12-01T00:00:00Z".parse().unwrap(), revocations: None };
    // The leaf is valid from 2026-11-01T08:19:26Z to 2026-11-04T09:19:26Z, both included.
    for (time, passes) in [
        ("2026-11-01T09:19:26.806Z", true),
        ("2026-11-01T08:19:26.000Z", true),
        ("2026-11-01T08:19:25.999Z", false),
        ("2026-11-04T09:19:26.000Z", true),
        ("2026-11-04T09:19:26.999Z", true),
        ("2026-11-04T09:19:27.000Z", false),
        ("2026-11-02T00:00:00.000Z", true),
    ] {
        let package = signed_at(time).zip();
        for _ in ["anew", "cached"] {
            let verdict = verifier.verify(&package, evidence);
            assert_eq!(verdict.checks().integrity.is_pass(), passes, "{time}");
        }
    }
}

#[test]
fn a_cache_shared_between_root_sets_keeps_them_apart() {
    let package = signed_at("2026-11-01T09:19:26.806Z");
    let evidence = Evidence { now: "2026-12-01T00:00:00Z".parse().unwrap(), revocations: None };
    let elsewhere = Vouches::Matching("arn:aws:signer:*:999999999999:/signing-profiles/*/*".parse().unwrap());
    let mut verifier = Verifier::new(roots(&package, &Vouches::All), Policy::new(Publishers::Any));
    assert!(verifier.verify(&package.zip(), evidence).checks().integrity.is_pass());
    verifier.roots = roots(&package, &elsewhere);
    assert!(verifier.verify(&package.zip(), evidence).checks().integrity.is_fail());
    verifier.roots = TrustRoots::none();
    assert!(verifier.verify(&package.zip(), evidence).checks().integrity.is_fail());
    verifier.roots = roots(&package, &Vouches::All);
    assert!(verifier.verify(&package.zip(), evidence).checks().integrity.is_pass());
}

#[test]
fn a_full_cache_still_answers_rightly() {
    let package = signed_at("2026-11-01T09:19:26.806Z");
    let evidence = Evidence { now: "2026-12-01T00:00:00Z".parse().unwrap(), revocations: None };
    for capacity in [0, 1] {
        let cache = ChainCache::with_capacity(capacity);
        let verifier =
            Verifier { cache, ..Verifier::new(roots(&package, &Vouches::All), Policy::new(Publishers::Any)) };
        for form in [Form::Of2022, Form::Of2024, Form::Of2022] {
            let zip = SignedPackage::standard(form).zip();
            assert!(verifier.verify(&zip, evidence).checks().integrity.is_pass(), "{form:?} {capacity}");
        }
    }
}

/// A root that is trusted from some time on bears the name of an authority in the bag: from then on the path ends
/// sooner, at another root, which vouches for others.
#[test]
fn a_root_that_comes_to_bear_an_authority_s_name_is_found() {
    let mut package = signed_at("2026-11-01T09:19:26.806Z");
    let mut younger = package.authority.upper.clone();
    let itself = younger.clone();
    itself.certify(&mut younger.certificate);
    younger.certificate.issuer = itself.certificate.subject.clone();
    younger.certificate.set_validity("2026-11-02T00:00:00Z", "2030-01-01T00:00:00Z");
    let mut roots = roots(&package, &Vouches::All);
    let elsewhere = "arn:aws:signer:*:999999999999:/signing-profiles/*/*".parse().unwrap();
    let pem = lambda_codesign_tests::pem::certificate(&younger.der());
    roots.add_pem(pem.as_bytes(), &Vouches::Matching(elsewhere)).unwrap();
    let verifier = Verifier::new(roots, Policy::new(Publishers::Any));
    let evidence = Evidence { now: "2026-12-01T00:00:00Z".parse().unwrap(), revocations: None };
    for (time, passes) in [
        ("2026-11-01T09:19:26.806Z", true),
        ("2026-11-03T00:00:00.000Z", false),
        ("2026-11-01T09:19:26.806Z", true),
    ] {
        package = signed_at(time);
        let cached = verifier.verify(&package.zip(), evidence);
        let anew = Verifier {
            cache: ChainCache::with_capacity(0),
            ..Verifier::new(verifier.roots.clone(), verifier.policy.clone())
        }
        .verify(&package.zip(), evidence);
        assert_eq!(cached.checks(), anew.checks(), "{time}");
        assert_eq!(cached.checks().integrity.is_pass(), passes, "{time}");
    }
}
