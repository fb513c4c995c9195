//! What the stages that know certificates answer at their bounds, and what they say of a certificate.

use lambda_codesign_core::Verifier;
use lambda_codesign_core::archive::{Archive, Limits};
use lambda_codesign_core::chain::{
    Certificate, ChainCache, ChainError, MAX_CERTIFICATES, MAX_NAMESAKES, TrustRoots, VerifiedSigner, Vouches,
};
use lambda_codesign_core::claims::Claims;
use lambda_codesign_core::envelope::{SignatureError, UnverifiedEnvelope};
use lambda_codesign_core::package::{BindError, VerifiedPackage};
use lambda_codesign_core::policy::{Evidence, Policy, Publishers};
use lambda_codesign_tests::authority::{Authority, Member};
use lambda_codesign_tests::certificate::authority_constraints;
use lambda_codesign_tests::cms::Certificate::{Leaf, Lower, Raw, Root, Upper};
use lambda_codesign_tests::cms::{self, Form};
use lambda_codesign_tests::key::Key;
use lambda_codesign_tests::package::SignedPackage;
use lambda_codesign_tests::{der, oid, pem};
use sha2::{Digest, Sha256, Sha384};

fn package() -> SignedPackage {
    SignedPackage::standard(Form::Of2024)
}

fn roots(package: &SignedPackage) -> TrustRoots {
    let mut roots = TrustRoots::none();
    roots.add_pem(package.trusted_pem().as_bytes(), &Vouches::All).unwrap();
    roots
}

fn envelope(package: &SignedPackage) -> UnverifiedEnvelope {
    UnverifiedEnvelope::parse(&package.signature()).unwrap()
}

fn signer_at(package: &SignedPackage, time: &str) -> Result<VerifiedSigner, ChainError> {
    let cache = ChainCache::with_capacity(0);
    VerifiedSigner::from_path(&envelope(package), &roots(package), time.parse().unwrap(), &cache)
}

fn signer(package: &SignedPackage) -> Result<VerifiedSigner, ChainError> {
    signer_at(package, &cms::Claims::standard().signed)
}

/// A package whose bag has these certificates behind its own.
fn carrying(further: impl IntoIterator<Item = cms::Certificate>) -> SignedPackage {
    let mut package = package();
    package.envelope.certificates = Some([Leaf, Lower, Upper, Root].into_iter().chain(further).collect());
    package
}

#[test]
fn as_many_certificates_as_are_looked_at() {
    let carried = |count: usize| signer(&carrying(vec![Root; count - 4])).map(drop);
    assert_eq!(carried(MAX_CERTIFICATES), Ok(()));
    let count = MAX_CERTIFICATES + 1;
    assert_eq!(carried(count), Err(ChainError::TooMany { count }));
}

#[test]
fn as_many_namesakes_as_are_looked_at_and_any_number_of_others() {
    let root = Authority::seeded("foreign").root;
    let authority = |name: &str, at: usize| {
        let key = Key::p384(&format!("{name} {at}"));
        let mut member = root.subordinate(name, key, 0);
        member.certificate.serial = der::unsigned(&[at as u8 + 1; 16]);
        Raw(member.der())
    };
    let named = |count: usize| signer(&carrying((0..count).map(|at| authority("namesake", at)))).map(drop);
    assert_eq!(named(MAX_NAMESAKES), Ok(()));
    match named(MAX_NAMESAKES + 1) {
        Err(ChainError::Namesakes { subject, count }) => {
            assert_eq!(count, MAX_NAMESAKES + 1);
            assert!(subject.to_string().contains("namesake"), "{subject}");
        }
        other => panic!("{other:?}"),
    }
    let others = (0..8).map(|at| authority(&format!("other {at}"), at));
    assert_eq!(signer(&carrying(others)).map(drop), Ok(()));
}

/// The authorities from the root down, none limited, each of a name of its own.
fn chain_of(intermediates: usize) -> SignedPackage {
    let mut package = package();
    let mut above = package.authority.root.clone();
    let mut bag = vec![Leaf];
    for at in 0..intermediates {
        let mut member: Member = above.subordinate(&format!("CA {at}"), Key::p384(&format!("CA {at}")), 0);
        member.certificate.extension(oid::BASIC_CONSTRAINTS).value = authority_constraints(None);
        member.certificate.set_validity("2026-10-02T08:19:26Z", "2027-07-02T09:19:26Z");
        bag.push(Raw(member.der()));
        above = member;
    }
    above.certify(&mut package.authority.leaf.certificate);
    package.authority.lower = above;
    package.envelope.certificates = Some(bag);
    package
}

#[test]
fn a_path_has_at_most_six_authorities_beneath_the_root() {
    assert_eq!(signer(&chain_of(6)).map(|signer| signer.chain().count()), Ok(8));
    assert_eq!(signer(&chain_of(7)).map(drop), Err(ChainError::TooDeep));
}

#[test]
fn the_certificate_that_was_not_valid_is_the_one_that_is_named() {
    let mut package = package();
    package.authority.lower.certificate.set_validity("2026-10-02T08:19:26Z", "2026-10-03T00:00:00Z");
    match signer(&package) {
        Err(ChainError::NotValid { subject, not_after, .. }) => {
            assert!(subject.to_string().contains("Signer us-east-1 SUBORDINATE CA"), "{subject}");
            assert_eq!(not_after.to_string(), "2026-10-03T00:00:00Z");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_certificate_says_what_stands_in_it() {
    let authority = Authority::standard();
    let leaf = &authority.leaf.certificate;
    let read = Certificate::parse(&leaf.der()).unwrap();
    assert_eq!(read.der(), leaf.der());
    assert_eq!(read.subject(), "CN=signer,OU=Cryptography,O=AWS,L=Seattle,ST=WA,C=US");
    assert_eq!(read.issuer(), "CN=Signer us-east-1 SUBORDINATE CA,ST=WA,OU=Cryptography,O=AWS,C=US");
    assert_eq!(der::tlv(0x02, read.serial()), leaf.serial);
    assert_eq!(read.not_before().to_string(), "2026-11-01T08:19:26Z");
    assert_eq!(read.not_after().to_string(), "2026-11-04T09:19:26Z");
    assert_eq!(read.sha256()[..], Sha256::digest(leaf.der())[..]);
    assert_eq!(read.tbs_sha384()[..], Sha384::digest(leaf.tbs())[..]);
}

/// A name as RFC 4514 2.4 writes it.
#[test]
fn a_name_s_special_characters_are_escaped() {
    use lambda_codesign_tests::certificate::attribute;
    let mut leaf = Authority::standard().leaf.certificate;
    let value = |text: &str| attribute(oid::COMMON_NAME, der::utf8(text));
    let both = der::sequence(&[der::oid(oid::ORGANIZATION), der::utf8("b c")]);
    let pair = der::set(&[der::sequence(&[der::oid(oid::COMMON_NAME), der::utf8("#a")]), both]);
    let octets = attribute(oid::STATE, der::tlv(0x04, &[0x0a, 0xff]));
    leaf.subject = der::sequence(&[value(" a,b+c\"d\\e<f>g;h # i"), pair, octets]);
    let read = Certificate::parse(&leaf.der()).unwrap();
    assert_eq!(read.subject(), r#"ST=\0A\FF,CN=\#a+O=b c,CN=\ a\,b\+c\"d\\e\<f\>g\;h # i"#);
}

/// Pieces of two packages can't be put together.
#[test]
fn a_signer_of_another_package_is_told_from_this_one_s() {
    let here = package();
    let mut elsewhere = SignedPackage { authority: Authority::seeded("elsewhere"), ..package() };
    elsewhere.authority.leaf.certificate.serial = der::unsigned(&[0x77; 16]);
    let foreign = signer(&elsewhere).unwrap();
    assert_eq!(envelope(&here).verify(&foreign).map(drop), Err(SignatureError::OtherSigner));

    // The same issuer, serial number and key, in a certificate that differs.
    let mut renewed = package();
    renewed.authority.leaf.certificate.set_validity("2026-11-01T08:19:26Z", "2026-11-05T00:00:00Z");
    let renewed = signer(&renewed).unwrap();
    let zip = here.zip();
    let content = || Archive::parse(&zip, &Limits::default()).unwrap().content_digest().unwrap();
    let own = signer(&here).unwrap();
    let claims = Claims::decode(&envelope(&here).verify(&own).unwrap()).unwrap();
    let bind = |signer: &VerifiedSigner| VerifiedPackage::bind(content(), claims.clone(), signer.clone());
    assert_eq!(bind(&own).map(drop), Ok(()));
    assert_eq!(bind(&renewed).map(drop), Err(BindError::OtherSigner));
    let later = signer_at(&here, "2026-11-02T00:00:00Z").unwrap();
    assert_eq!(bind(&later).map(drop), Err(BindError::OtherTime));
}

/// From some time on a certificate in the bag leads elsewhere, to a root that vouches for others.
#[test]
fn a_path_that_was_one_of_several_is_not_kept() {
    let foreign = Authority::seeded("foreign").root;
    let signed_at = |time: &str| {
        let mut crossed = Authority::standard().upper;
        foreign.certify(&mut crossed.certificate);
        crossed.certificate.serial = der::unsigned(&[0x55; 16]);
        crossed.certificate.set_validity("2026-11-02T00:00:00Z", "2031-10-02T09:19:26Z");
        let mut package =
            package().with_claims(&cms::Claims { signed: time.into(), ..cms::Claims::standard() });
        package.envelope.certificates = Some(vec![Leaf, Lower, Raw(crossed.der()), Upper, Root]);
        package
    };
    let mut roots = roots(&package());
    let elsewhere = "arn:aws:signer:*:999999999999:/signing-profiles/*/*".parse().unwrap();
    roots.add_pem(pem::certificate(&foreign.der()).as_bytes(), &Vouches::Matching(elsewhere)).unwrap();
    let verifier = Verifier::new(roots, Policy::new(Publishers::Any));
    let evidence = Evidence { now: "2026-12-01T00:00:00Z".parse().unwrap(), revocations: None };
    for (time, passes) in [
        ("2026-11-01T09:19:26.806Z", true),
        ("2026-11-03T00:00:00.000Z", false),
        ("2026-11-01T09:19:26.806Z", true),
    ] {
        let verdict = verifier.verify(&signed_at(time).zip(), evidence);
        assert_eq!(verdict.checks().integrity.is_pass(), passes, "{time}: {:?}", verdict.checks());
    }
}

#[test]
fn a_root_that_is_added_again_vouches_for_more() {
    let package = package();
    let matching = |pattern: &str| Vouches::Matching(pattern.parse().unwrap());
    let elsewhere = matching("arn:aws:signer:*:999999999999:/signing-profiles/*/*");
    let here = matching("arn:aws:signer:*:123456789012:/signing-profiles/*/*");
    let evidence = Evidence { now: "2026-12-01T00:00:00Z".parse().unwrap(), revocations: None };
    let passes = |added: &[&Vouches]| {
        let mut roots = TrustRoots::none();
        for vouches in added {
            roots.add_pem(package.trusted_pem().as_bytes(), vouches).unwrap();
        }
        assert_eq!(roots.iter().count(), 1);
        let verifier = Verifier::new(roots, Policy::new(Publishers::Any));
        verifier.verify(&package.zip(), evidence).checks().integrity.is_pass()
    };
    assert!(!passes(&[&elsewhere]));
    assert!(passes(&[&elsewhere, &here]));
    assert!(passes(&[&here, &elsewhere]));
    assert!(passes(&[&Vouches::AllButLocal, &elsewhere]));
}
