//! The one place that names a cryptography provider: `ring`, or its API twin `aws-lc-rs` by feature.

#[cfg(feature = "aws-lc-rs")]
use aws_lc_rs::{digest, signature as backend};
#[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
use ring::{digest, signature as backend};

use rustls_pki_types::SignatureVerificationAlgorithm;

/// The one signature algorithm that a chain may use: ecdsa-with-SHA384 by a P-384 key.
#[cfg(feature = "aws-lc-rs")]
pub(crate) static CHAIN_ALGORITHM: &dyn SignatureVerificationAlgorithm = webpki::aws_lc_rs::ECDSA_P384_SHA384;
/// The one signature algorithm that a chain may use: ecdsa-with-SHA384 by a P-384 key.
#[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
pub(crate) static CHAIN_ALGORITHM: &dyn SignatureVerificationAlgorithm = webpki::ring::ECDSA_P384_SHA384;

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
pub(crate) enum Sha384 {
    /// With AVX-512 or AVX2, where the machine has them.
    Vectors(Box<lambda_codesign_sha384::Sha384>),
    Provider(Box<digest::Context>),
}

impl Sha384 {
    pub(crate) fn new() -> Self {
        let own = lambda_codesign_sha384::Sha384::new().map(Box::new);
        own.map_or_else(Self::of_the_provider, Self::Vectors)
    }

    fn of_the_provider() -> Self {
        Self::Provider(Box::new(digest::Context::new(&digest::SHA384)))
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Vectors(hash) => hash.update(bytes),
            Self::Provider(hash) => hash.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> [u8; 48] {
        let hash = match self {
            Self::Vectors(hash) => return hash.finish(),
            Self::Provider(hash) => hash,
        };
        let digest = hash.finish();
        let mut bytes = [0; 48];
        bytes.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use sha2::Digest as _;

    use super::Sha384;

    /// By what this machine takes, and by the provider, which other machines take.
    fn hex(pieces: &[&[u8]]) -> [String; 2] {
        [Sha384::new(), Sha384::of_the_provider()].map(|mut hash| {
            pieces.iter().for_each(|piece| hash.update(piece));
            hash.finish().iter().map(|byte| format!("{byte:02x}")).collect()
        })
    }

    #[test]
    fn sha_384_of_what_nist_gives() {
        // FIPS 180-4 examples, "SHA384.pdf", and the long message of FIPS 180-2, D.3.
        let two_blocks = b"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";
        let million = vec![b'a'; 1_000_000];
        let examples: [(&[u8], &str); 4] = [
            (
                b"",
                "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
            ),
            (
                b"abc",
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
            ),
            (
                two_blocks,
                "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039",
            ),
            (
                &million,
                "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8985",
            ),
        ];
        for (message, expected) in examples {
            assert_eq!(hex(&[message]), [expected, expected]);
        }
    }

    #[test]
    fn sha_384_is_that_of_another_implementation_however_it_comes() {
        let bytes: Vec<u8> = (0..700_u32).map(|n| u8::try_from(n * n % 251).unwrap()).collect();
        for length in 0..bytes.len() {
            let whole = &bytes[..length];
            let expected: String =
                sha2::Sha384::digest(whole).iter().map(|byte| format!("{byte:02x}")).collect();
            let (one, other) = whole.split_at(length / 3);
            assert_eq!(hex(&[one, &[], other]), [&*expected, &*expected], "{length} bytes");
        }
    }
}
