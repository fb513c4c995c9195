//! What an envelope says before anybody verifies it, and how much of it is read.

use lambda_codesign_core::envelope::{
    AttributeKind, EnvelopeError, MAX_ENVELOPE_SIZE, PemProblem, UnverifiedEnvelope,
};
use lambda_codesign_tests::cms::{Attribute, Claims, Form};
use lambda_codesign_tests::package::SignedPackage;
use lambda_codesign_tests::{der, digest, oid, pem};

/// The attributes of a standard package, of which seven are known, and these.
fn with_attributes(
    further: impl IntoIterator<Item = Attribute>,
) -> Result<UnverifiedEnvelope, EnvelopeError> {
    let mut package = SignedPackage::standard(Form::Of2024);
    package.envelope.signer().attributes().list.extend(further);
    UnverifiedEnvelope::parse(&package.signature())
}

fn unknown(number: usize) -> Attribute {
    Attribute::new(&format!("{}.{number}", oid::UNKNOWN_ATTRIBUTE), der::null())
}

#[test]
fn as_many_attributes_as_are_read() {
    let read = |count: usize| with_attributes((7..count).map(unknown));
    assert_eq!(read(32).unwrap().claimed().unknown.len(), 25);
    for count in [33, 34] {
        assert_eq!(read(count).map(drop), Err(EnvelopeError::TooManyAttributes { limit: 32 }));
    }
}

#[test]
fn what_is_not_known_is_named() {
    let envelope = with_attributes([unknown(1), unknown(300)]).unwrap();
    let named: Vec<_> = envelope.claimed().unknown.iter().map(ToString::to_string).collect();
    let expected = [1, 300].map(|number| format!("{}.{number}", oid::UNKNOWN_ATTRIBUTE));
    assert_eq!(named, expected);
    let twice = with_attributes([unknown(1), Attribute::new(&expected[0], der::utf8("again"))]);
    assert_eq!(twice.map(drop), Err(EnvelopeError::AttributeTwice));
}

#[test]
fn an_envelope_says_what_the_forge_put_into_it() {
    let package = SignedPackage::standard(Form::Of2024);
    let (authority, claims) = (&package.authority, Claims::standard());
    let envelope = UnverifiedEnvelope::parse(&package.signature()).unwrap();
    let members = [&authority.leaf, &authority.lower, &authority.upper, &authority.root];
    assert!(envelope.certificates().eq(members.map(|member| member.der())));
    assert_eq!(envelope.issuer(), authority.leaf.certificate.issuer);
    assert_eq!(der::tlv(0x02, envelope.serial()), authority.leaf.certificate.serial);
    assert_eq!(envelope.signed().first(), Some(&0x31));
    assert_eq!(envelope.signature().first(), Some(&0x30));
    let claimed = envelope.claimed();
    assert_eq!(claimed.message_digest, digest::outer(&package.inner()));
    assert_eq!(claimed.signing_job_arn, claims.job);
    assert_eq!(claimed.signing_profile_version_arn, claims.profile);
    assert_eq!(claimed.signing_time.to_string(), claims.signed);
    assert_eq!(claimed.expires.to_string(), claims.expires);
    assert_eq!(claimed.unknown, []);
}

#[test]
fn an_entry_is_read_up_to_its_largest_size() {
    let entry = |size: usize| UnverifiedEnvelope::parse(&vec![b'x'; size]).map(drop);
    let begins = Err(EnvelopeError::Pem(PemProblem::Begin));
    assert_eq!(entry(MAX_ENVELOPE_SIZE - 1), begins);
    assert_eq!(entry(MAX_ENVELOPE_SIZE), begins);
    for size in [MAX_ENVELOPE_SIZE + 1, 2 * MAX_ENVELOPE_SIZE] {
        assert_eq!(entry(size), Err(EnvelopeError::TooLarge { size }));
    }
    assert_eq!(MAX_ENVELOPE_SIZE, 65_536);
}

#[test]
fn a_missing_attribute_is_named() {
    for (missing, kind) in [
        (oid::CONTENT_TYPE, AttributeKind::ContentType),
        (oid::MESSAGE_DIGEST, AttributeKind::MessageDigest),
        (oid::SIGNING_TIME, AttributeKind::SigningTime),
        (oid::JOB, AttributeKind::SigningJobArn),
        (oid::EXPIRY, AttributeKind::SignatureExpiry),
        (oid::PROFILE, AttributeKind::SigningProfileVersionArn),
    ] {
        let mut package = SignedPackage::standard(Form::Of2024);
        package.envelope.signer().attributes().list.retain(|attribute| attribute.oid != missing);
        let read = UnverifiedEnvelope::parse(&package.signature()).map(drop);
        assert_eq!(read, Err(EnvelopeError::AttributeMissing(kind)), "{missing}");
    }
}

#[test]
fn an_armour_is_of_one_block_alone() {
    let whole = pem::pkcs7(&[0x30, 0]);
    let problem = |text: &[u8]| match UnverifiedEnvelope::parse(text) {
        Err(EnvelopeError::Pem(problem)) => Some(problem),
        Ok(_) | Err(_) => None,
    };
    assert_eq!(problem(&whole), None);
    let changed = |from: &str, to: &str| {
        problem(String::from_utf8(whole.clone()).unwrap().replace(from, to).as_bytes())
    };
    assert_eq!(changed("PKCS7", "CMS"), Some(PemProblem::Label));
    assert_eq!(problem(&[b"\n", &whole[..]].concat()), Some(PemProblem::Begin));
    for behind in [&b"\n"[..], b"x", &whole] {
        assert!(problem(&[&whole[..], behind].concat()).is_some(), "{}", behind.escape_ascii());
    }
}
