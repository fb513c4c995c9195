//! Genuine AWS envelopes hold against the built-in root; changed ones do not.

use std::fs;
use std::path::PathBuf;

use lambda_codesign_core::chain::{ChainCache, TrustRoots, VerifiedSigner};
use lambda_codesign_core::claims::Claims;
use lambda_codesign_core::envelope::UnverifiedEnvelope;
use serde::Deserialize;

#[derive(Deserialize)]
struct Row {
    file: String,
    trust_root_sha256: String,
    chain: Vec<String>,
    leaf_not_before: String,
    leaf_not_after: String,
    signing_time: String,
    expires: String,
    signing_job_arn: String,
    signing_profile_version_arn: String,
    message_digest: String,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../testdata/aws")
}

fn rows() -> Vec<Row> {
    serde_json::from_slice(&fs::read(folder().join("expected.json")).unwrap()).unwrap()
}

fn verify(entry: &[u8]) -> Option<(Claims, VerifiedSigner)> {
    let envelope = UnverifiedEnvelope::parse(entry).ok()?;
    let time = envelope.claimed().signing_time;
    let signer =
        VerifiedSigner::from_path(&envelope, &TrustRoots::aws(), time, &ChainCache::with_capacity(0)).ok()?;
    let claims = Claims::decode(&envelope.verify(&signer).ok()?).ok()?;
    Some((claims, signer))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn genuine_envelopes_hold_against_the_built_in_root() {
    assert_eq!(rows().len(), 2);
    for row in rows() {
        let (claims, signer) = verify(&fs::read(folder().join(&row.file)).unwrap()).expect("it is genuine");
        assert_eq!(claims.signing_time().to_string(), row.signing_time);
        assert_eq!(claims.expires().to_string(), row.expires);
        assert_eq!(claims.job().as_str(), row.signing_job_arn);
        assert_eq!(claims.profile().as_str(), row.signing_profile_version_arn);
        assert_eq!(hex(claims.digest().as_bytes()), row.message_digest);
        assert_eq!(hex(signer.root().certificate().sha256()), row.trust_root_sha256);
        let chain: Vec<_> = signer.chain().collect();
        let names: Vec<_> = chain.iter().map(|c| c.subject().split(',').next().unwrap()).collect();
        assert_eq!(names, row.chain);
        assert_eq!(chain[0].not_before().to_string(), row.leaf_not_before);
        assert_eq!(chain[0].not_after().to_string(), row.leaf_not_after);
    }
}

/// Bytes of the envelope that no certificate, no signature and no attribute covers: every other one counts.
#[test]
fn no_changed_byte_yields_another_statement() {
    let row = rows().remove(1);
    let entry = fs::read(folder().join(&row.file)).unwrap();
    let (genuine, _) = verify(&entry).expect("it is genuine");
    let text = core::str::from_utf8(&entry).unwrap();
    let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    let ber = decode(&body);
    let mut still_held = 0;
    for at in 0..ber.len() {
        let mut changed = ber.clone();
        changed[at] ^= 1;
        if let Some((claims, _)) = verify(&armour(&changed)) {
            assert_eq!(claims, genuine, "byte {at}");
            still_held += 1;
        }
    }
    // What the signature does not cover: the copy of the root in the bag, which is passed over.
    assert!(still_held < 700, "{still_held} changed bytes were not noticed");
}

fn decode(base64: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(base64).unwrap()
}

fn armour(ber: &[u8]) -> Vec<u8> {
    lambda_codesign_tests::pem::pkcs7(ber)
}
