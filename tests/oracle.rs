//! Whatever the envelope's reader accepts, `cms` with `der` reads too, and reads the same in it.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedAttributes, SignedData, SignerIdentifier};
use der::asn1::AnyRef;
use der::{Decode, Encode, EncodingRules, ErrorKind, Tag};
use lambda_codesign_core::chain::Certificate;
use lambda_codesign_core::envelope::UnverifiedEnvelope;
use lambda_codesign_tests::cms::Form;
use lambda_codesign_tests::package::SignedPackage;
use lambda_codesign_tests::random::Random;
use lambda_codesign_tests::{mutations, oid, pem};

/// What both have to see in an envelope.
#[derive(Debug, PartialEq, Eq)]
struct Reading {
    /// Each once, sorted: the oracle takes the bag for a set.
    certificates: Vec<Vec<u8>>,
    issuer: Vec<u8>,
    serial: Vec<u8>,
    /// Type and only value, each in DER.
    attributes: Vec<(String, Vec<u8>)>,
    signature: Vec<u8>,
}

fn ours(ber: &[u8]) -> Option<Reading> {
    let envelope = UnverifiedEnvelope::parse(&pem::pkcs7(ber)).ok()?;
    let attributes = match SignedAttributes::from_der(envelope.signed()) {
        Ok(attributes) => pairs(&attributes),
        Err(error) if is_beyond_the_oracle(error.kind()) => return None,
        Err(error) => panic!("what is signed is no SET OF attributes: {error}"),
    };
    check_claims(&envelope, &attributes);
    // The oracle takes certificates apart at once, where ours has a stage of its own for them.
    if envelope.certificates().any(|der| Certificate::parse(der).is_err()) {
        return None;
    }
    let mut certificates: Vec<_> = envelope.certificates().map(<[u8]>::to_vec).collect();
    certificates.sort();
    certificates.dedup();
    Some(Reading {
        certificates,
        issuer: envelope.issuer().to_vec(),
        serial: envelope.serial().to_vec(),
        attributes,
        signature: envelope.signature().to_vec(),
    })
}

/// What is claimed are the contents of the attributes.
fn check_claims(envelope: &UnverifiedEnvelope, attributes: &[(String, Vec<u8>)]) {
    let stated = |kind: &str| {
        let (_, value) = attributes.iter().find(|(oid, _)| oid == kind).expect("it is required");
        AnyRef::from_der(value).expect("it is DER").value()
    };
    let claimed = envelope.claimed();
    assert_eq!(stated(oid::MESSAGE_DIGEST), claimed.message_digest);
    assert_eq!(stated(oid::JOB), claimed.signing_job_arn.as_bytes());
    assert_eq!(stated(oid::PROFILE), claimed.signing_profile_version_arn.as_bytes());
}

fn pairs(set: &SignedAttributes) -> Vec<(String, Vec<u8>)> {
    set.iter()
        .map(|attribute| {
            assert_eq!(attribute.values.len(), 1);
            let value = attribute.values.get(0).unwrap();
            (attribute.oid.to_string(), value.to_der().unwrap())
        })
        .collect()
}

fn theirs(ber: &[u8]) -> der::Result<Reading> {
    let info = ContentInfo::from_ber(ber)?;
    let signed: SignedData = AnyRef::from(&info.content).decode_as_encoding(EncodingRules::Ber)?;
    let mut certificates = Vec::new();
    for choice in signed.certificates.iter().flat_map(|set| set.0.iter()) {
        match choice {
            CertificateChoices::Certificate(certificate) => certificates.push(certificate.to_der()?),
            CertificateChoices::Other(_) => panic!("the bag holds something else than certificates"),
        }
    }
    certificates.sort();
    certificates.dedup();
    let [signer] = signed.signer_infos.0.as_slice() else {
        panic!("not one signer");
    };
    let SignerIdentifier::IssuerAndSerialNumber(name) = &signer.sid else {
        panic!("the signer is named otherwise");
    };
    Ok(Reading {
        certificates,
        issuer: name.issuer.to_der()?,
        serial: name.serial_number.as_bytes().to_vec(),
        attributes: pairs(signer.signed_attrs.as_ref().expect("there are signed attributes")),
        signature: signer.signature.as_bytes().to_vec(),
    })
}

fn decoded(entry: &[u8]) -> Vec<u8> {
    let text = core::str::from_utf8(entry).unwrap();
    let base64: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    STANDARD.decode(base64).unwrap()
}

fn envelopes() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/aws");
    let genuine = ["datadog-layer-2022.SF", "datadog-forwarder-2024.SF"]
        .map(|file| fs::read(folder.join(file)).unwrap());
    let forged = [Form::Of2022, Form::Of2024].map(|form| SignedPackage::standard(form).signature());
    genuine.iter().chain(&forged).map(|entry| decoded(entry)).collect()
}

#[test]
fn sound_envelopes_are_read_alike() {
    for ber in envelopes() {
        let ours = ours(&ber).expect("it is sound");
        assert_eq!(theirs(&ber).as_ref(), Ok(&ours));
        assert!(ours.attributes.iter().any(|(kind, _)| kind == oid::PROFILE));
    }
}

/// Compares the two on bytes that may be anything; whether ours accepted them.
fn compare(ber: &[u8]) -> bool {
    let Some(ours) = ours(ber) else {
        return false;
    };
    match theirs(ber) {
        Ok(theirs) => assert_eq!(ours, theirs),
        Err(error) if is_beyond_the_oracle(error.kind()) => return false,
        Err(error) => panic!("accepted here, and not there: {error}: {}", STANDARD.encode(ber)),
    }
    true
}

/// What `der` refuses though X.690 has it: object identifiers whose first arc takes two octets (8.19.4), universal types
/// that nobody uses, and times before 1970.
fn is_beyond_the_oracle(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::OidMalformed
            | ErrorKind::TagUnknown { .. }
            | ErrorKind::Value { tag: Tag::UtcTime | Tag::GeneralizedTime }
    )
}

#[test]
fn every_flipped_bit_is_refused_or_read_alike() {
    let (mut tried, mut accepted) = (0, 0);
    for ber in envelopes() {
        for at in 0..ber.len() {
            for bit in [at % 8, (at + 3) % 8] {
                let mut changed = ber.clone();
                changed[at] ^= 1 << bit;
                tried += 1;
                accepted += u32::from(compare(&changed));
            }
        }
    }
    // Names, keys and signatures are not this stage's to judge.
    assert!(tried > 20_000 && accepted > tried / 2, "{accepted} of {tried}");
}

#[test]
fn cut_doubled_and_moved_pieces_are_refused_or_read_alike() {
    let envelopes = envelopes();
    let mut random = Random::of(11);
    let mut accepted = 0;
    for round in 0..20_000 {
        let mut changed = envelopes[round % envelopes.len()].clone();
        let at = random.below(changed.len());
        let end = (at + 1 + random.below(12)).min(changed.len());
        match random.below(4) {
            0 => drop(changed.drain(at..end)),
            1 => {
                let piece = changed[at..end].to_vec();
                changed.splice(at..at, piece);
            }
            2 => changed[at..end].rotate_left(usize::from(end - at > 1)),
            _ => changed[at..end].fill(random.below(256) as u8),
        }
        accepted += u32::from(compare(&changed));
    }
    assert!(accepted > 1000, "{accepted}");
}

#[test]
fn every_row_of_the_mutations_is_refused_or_read_alike() {
    let mut accepted = 0;
    for form in [Form::Of2022, Form::Of2024] {
        for mutation in mutations::all() {
            let entry = mutation.package(form).signature();
            if UnverifiedEnvelope::parse(&entry).is_ok() {
                accepted += u32::from(compare(&decoded(&entry)));
            }
        }
    }
    assert!(accepted > 300, "{accepted}");
}
