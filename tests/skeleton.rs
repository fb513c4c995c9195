//! The forge's envelopes against the genuine ones: the same structures, the same types, the same framing.

use lambda_codesign_tests::authority::Authority;
use lambda_codesign_tests::cms::{Claims, EnvelopeSpec, Form, SignerSpec};
use lambda_codesign_tests::package::SignedPackage;
use lambda_codesign_tests::{der, pem};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

#[test]
fn the_form_of_2022_is_genuine() {
    let claims = Claims {
        job: "arn:aws:signer:us-east-1:464622532012:/signing-jobs/57613597-fcbd-4527-b0b5-11a4ce658e82"
            .into(),
        profile:
            "arn:aws:signer:us-east-1:464622532012:/signing-profiles/DatadogLambdaSigningProfile/9vMI9ZAGLc"
                .into(),
        signed: "2022-02-11T17:45:24.338Z".into(),
        expires: "2033-05-11T17:45:24.338Z".into(),
    };
    check(Form::Of2022, &claims, include_str!("../testdata/aws/datadog-layer-2022.SF"));
}

#[test]
fn the_form_of_2024_is_genuine() {
    let claims = Claims {
        job: "arn:aws:signer:us-east-1:464622532012:/signing-jobs/c89d9184-fcaa-4cc5-81f0-3242f7fb9e15"
            .into(),
        profile:
            "arn:aws:signer:us-east-1:464622532012:/signing-profiles/DatadogLambdaSigningProfile/9vMI9ZAGLc"
                .into(),
        signed: "2024-10-11T15:50:53.701Z".into(),
        expires: "2036-01-11T15:50:53.701Z".into(),
    };
    check(Form::Of2024, &claims, include_str!("../testdata/aws/datadog-forwarder-2024.SF"));
}

#[test]
fn the_armour_is_genuine() {
    for genuine in [
        include_str!("../testdata/aws/datadog-layer-2022.SF"),
        include_str!("../testdata/aws/datadog-forwarder-2024.SF"),
    ] {
        assert_eq!(pem::pkcs7(&unarmoured(genuine)), genuine.as_bytes());
    }
}

#[test]
fn the_same_specification_gives_the_same_bytes() {
    for form in [Form::Of2022, Form::Of2024] {
        let make = || SignedPackage::standard(form).with_manifest().zip();
        assert_eq!(make(), make());
    }
    assert_eq!(Authority::seeded("a").leaf.der(), Authority::seeded("a").leaf.der());
    assert_ne!(Authority::seeded("a").leaf.der(), Authority::seeded("b").leaf.der());
}

fn check(form: Form, claims: &Claims, genuine: &str) {
    let mut envelope = EnvelopeSpec::in_form(form);
    envelope.signers = vec![SignerSpec::in_form(form, claims)];
    let forged = String::from_utf8(envelope.entry(&Authority::standard(), &[7; 48])).expect("PEM is text");
    let (genuine, forged) = (skeleton(&unarmoured(genuine)), skeleton(&unarmoured(&forged)));
    for (line, (genuine, forged)) in genuine.iter().zip(&forged).enumerate() {
        assert_eq!(genuine, forged, "structure {line}");
    }
    assert_eq!(genuine.len(), forged.len());
}

fn unarmoured(pem: &str) -> Vec<u8> {
    let encoded: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    STANDARD.decode(encoded).expect("PEM holds base64")
}

/// One line a value: depth, tag, how its length is written, and the content where it is neither a number, a
/// key, a signature, a digest nor a certificate's time.
fn skeleton(bytes: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    let rest = values(bytes, 0, &mut lines);
    assert!(rest.is_empty(), "bytes follow the structure");
    lines
}

/// Reads values until an end-of-contents or the end; answers what follows.
fn values<'a>(mut bytes: &'a [u8], depth: usize, lines: &mut Vec<String>) -> &'a [u8] {
    while let [tag, length, rest @ ..] = bytes {
        let constructed = tag & 0x20 != 0;
        bytes = match *length {
            0 if *tag == 0 => return rest,
            0x80 => {
                lines.push(format!("{depth} {tag:02x} indefinite"));
                values(rest, depth + 1, lines)
            }
            _ => {
                let (content, rest) = definite(*length, rest);
                let shown = if constructed { String::new() } else { shown(*tag, content) };
                lines.push(format!("{depth} {tag:02x} definite {shown}"));
                if constructed {
                    assert!(values(content, depth + 1, lines).is_empty());
                }
                rest
            }
        };
    }
    bytes
}

fn definite(length: u8, rest: &[u8]) -> (&[u8], &[u8]) {
    if length < 0x80 {
        return rest.split_at(usize::from(length));
    }
    let (octets, rest) = rest.split_at(usize::from(length & 0x7f));
    let length = octets.iter().fold(0, |length, octet| length << 8 | usize::from(*octet));
    assert!(length >= 0x80 && octets[0] != 0, "a length is not the shortest");
    rest.split_at(length)
}

fn shown(tag: u8, content: &[u8]) -> String {
    match tag {
        der::INTEGER if content.len() > 1 => "a number".into(),
        der::BIT_STRING => format!("{} unused bits", content[0]),
        der::OCTET_STRING if content.len() > 100 => "a signature".into(),
        der::OCTET_STRING if content.len() > 12 => format!("{} octets", content.len()),
        der::UTC_TIME | der::GENERALIZED_TIME => format!("a time of {} characters", content.len()),
        KEY_IDENTIFIER => format!("{} octets", content.len()),
        _ => format!("{content:02x?}"),
    }
}

/// The `[0]` of an authorityKeyIdentifier.
const KEY_IDENTIFIER: u8 = 0x80;
