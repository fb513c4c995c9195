//! The one place that names a cryptography provider: `ring`, or its API twin `aws-lc-rs` by feature.

#[cfg(feature = "aws-lc-rs")]
use aws_lc_rs::{digest, signature as backend};
#[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
use ring::{digest, signature as backend};

use rustls_pki_types::SignatureVerificationAlgorithm;

/// The one signature algorithm that a chain may use: ecdsa-with-SHA384 by a P-384 key.
#[cfg(feature = "aws-lc-rs")]
pub(crate) static CHAIN_ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] =
    &[webpki::aws_lc_rs::ECDSA_P384_SHA384];
/// The one signature algorithm that a chain may use: ecdsa-with-SHA384 by a P-384 key.
#[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
pub(crate) static CHAIN_ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] =
    &[webpki::ring::ECDSA_P384_SHA384];

/// The provider refused; it gives no reason.
#[derive(Debug)]
pub(crate) struct Refused;

/// Verifies an ECDSA signature with SHA-384 under an uncompressed P-384 point.
pub(crate) fn verify_p384_sha384(point: &[u8], message: &[u8], signature: &[u8]) -> Result<(), Refused> {
    backend::UnparsedPublicKey::new(&backend::ECDSA_P384_SHA384_ASN1, point)
        .verify(message, signature)
        .map_err(|_| Refused)
}

/// SHA-384 of what comes piece by piece: the one hash that a whole package waits for (docs/performance.md, "The hash").
pub(crate) struct Sha384(digest::Context);

impl Sha384 {
    pub(crate) fn new() -> Self {
        Self(digest::Context::new(&digest::SHA384))
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> [u8; 48] {
        let digest = self.0.finish();
        let mut bytes = [0; 48];
        bytes.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
        bytes
    }
}
