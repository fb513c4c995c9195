//! Revocation snapshots, signed and not (docs/schema/revocations-v1.json and signed-revocations-v1.json).

use sha2::{Digest, Sha384};

use crate::authority::Authority;
use crate::cms::{Claims, EnvelopeSpec, Form, SignerSpec};

/// When [`SignedSnapshot::standard`] is signed: after all that it may say, within the life of the standard leaf.
pub const SIGNED: &str = "2026-11-03T00:00:00.000Z";

/// A snapshot that names the standard job and profile; an empty time leaves the profile active.
pub fn plain(complete_until: &str, job_state: &str, profile_effective: &str) -> String {
    let profile_state = match profile_effective {
        "" => "\"state\": \"active\"".to_owned(),
        time => format!("\"state\": \"revoked\", \"effective\": \"{time}\""),
    };
    let Claims { job, profile, .. } = Claims::standard();
    format!(
        "{{\"schema\": \"lambda-codesign/revocations/v1\",\n \"account\": \"123456789012\", \"region\": \
         \"us-east-1\",\n \"complete_until\": \"{complete_until}\",\n \"jobs\": [{{\"arn\": \"{job}\", \"state\": \
         \"{job_state}\"}}],\n \"profiles\": [{{\"arn\": \"{profile}\", {profile_state}}}]}}\n"
    )
}

/// A snapshot and who signs it, all to be changed before the file is asked for.
#[derive(Clone)]
pub struct SignedSnapshot {
    pub authority: Authority,
    pub snapshot: String,
    pub claims: Claims,
    /// What the signature is about.
    pub content: Vec<u8>,
}

impl SignedSnapshot {
    /// Signed by an authority of its own, two days after the standard package.
    pub fn standard(snapshot: String) -> Self {
        let profile = "arn:aws:signer:us-east-1:000000000000:/signing-profiles/auditor/ZyXwVu9876".into();
        let job =
            "arn:aws:signer:us-east-1:000000000000:/signing-jobs/99999999-2222-4333-8444-555555555555".into();
        let content = content(&snapshot);
        let claims = Claims { job, profile, signed: SIGNED.into(), ..Claims::standard() };
        Self { authority: Authority::seeded("snapshots"), snapshot, claims, content }
    }

    /// The envelope.
    pub fn signature(&self) -> Vec<u8> {
        let mut envelope = EnvelopeSpec::in_form(Form::Of2024);
        envelope.signers = vec![SignerSpec::in_form(Form::Of2024, &self.claims)];
        envelope.entry(&self.authority, &self.content)
    }

    /// The file.
    pub fn file(&self) -> String {
        file(&self.snapshot, &String::from_utf8(self.signature()).expect("the envelope is PEM"))
    }
}

/// What is signed of a snapshot: its purpose, then its hash.
pub fn content(snapshot: &str) -> Vec<u8> {
    let hash: [u8; 48] = Sha384::digest(snapshot).into();
    [b"lambda-codesign revocations v1".as_slice(), &hash].concat()
}

/// A file of this snapshot and this envelope, both of which are plain ASCII.
pub fn file(snapshot: &str, signature: &str) -> String {
    // For such text Rust escapes as JSON does.
    format!(
        "{{\"schema\": \"lambda-codesign/signed-revocations/v1\",\n \"snapshot\": {snapshot:?},\n \"signature\": {signature:?}}}\n"
    )
}
