//! Signatures of certificates, each verified once.

use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm};
use sha2::Digest;

use super::ChainCache;
use super::cache::framed;

/// An algorithm that asks the cache first. It answers as the algorithm does, since key, message and signature alone
/// decide; that a signature does not hold is never kept.
#[derive(Debug)]
pub(super) struct Remembering<'c> {
    pub(super) algorithm: &'static dyn SignatureVerificationAlgorithm,
    pub(super) cache: &'c ChainCache,
}

impl SignatureVerificationAlgorithm for Remembering<'_> {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let algorithm = self.signature_alg_id();
        let key = framed([algorithm.as_ref(), public_key, message, signature]).finalize().into();
        if self.cache.has_verified(&key) {
            return Ok(());
        }
        self.algorithm.verify_signature(public_key, message, signature)?;
        self.cache.keep_signature(key);
        Ok(())
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.signature_alg_id()
    }

    fn fips(&self) -> bool {
        self.algorithm.fips()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};

    use super::Remembering;
    use crate::chain::ChainCache;

    /// Takes a signature that is its message, and counts how often it is asked.
    #[derive(Debug)]
    struct Counting(AtomicUsize);

    impl SignatureVerificationAlgorithm for Counting {
        fn verify_signature(
            &self,
            _: &[u8],
            message: &[u8],
            signature: &[u8],
        ) -> Result<(), InvalidSignature> {
            self.0.fetch_add(1, Ordering::Relaxed);
            if message == signature { Ok(()) } else { Err(InvalidSignature) }
        }

        fn public_key_alg_id(&self) -> AlgorithmIdentifier {
            alg_id::ECDSA_P384
        }

        fn signature_alg_id(&self) -> AlgorithmIdentifier {
            alg_id::ECDSA_SHA384
        }
    }

    #[test]
    fn what_held_is_not_verified_again_and_anything_else_is() {
        static COUNTING: Counting = Counting(AtomicUsize::new(0));
        let cache = ChainCache::with_capacity(3);
        let asked = |key: &[u8], message: &[u8], signature: &[u8]| {
            let before = COUNTING.0.load(Ordering::Relaxed);
            let remembering = Remembering { algorithm: &COUNTING, cache: &cache };
            let held = remembering.verify_signature(key, message, signature).is_ok();
            (held, COUNTING.0.load(Ordering::Relaxed) - before)
        };
        assert_eq!(asked(b"k", b"ab", b"ab"), (true, 1));
        assert_eq!(asked(b"k", b"ab", b"ab"), (true, 0));
        for (key, message, signature, holds) in [
            (&b"l"[..], &b"ab"[..], &b"ab"[..], true),
            (b"k", b"ac", b"ab", false),
            (b"k", b"ab", b"ac", false),
            (b"ka", b"b", b"ab", false),
        ] {
            assert_eq!(asked(key, message, signature), (holds, 1), "{key:?} {message:?} {signature:?}");
        }
        assert_eq!(asked(b"k", b"ab", b"ac"), (false, 1), "a failure is found anew");
        // A third and a fourth: the first is given up.
        assert_eq!((asked(b"m", b"", b""), asked(b"n", b"", b"")), ((true, 1), (true, 1)));
        assert_eq!(asked(b"k", b"ab", b"ab"), (true, 1));
        let none = ChainCache::with_capacity(0);
        for _ in 0..2 {
            let before = COUNTING.0.load(Ordering::Relaxed);
            let remembering = Remembering { algorithm: &COUNTING, cache: &none };
            assert!(remembering.verify_signature(b"k", b"ab", b"ab").is_ok());
            assert_eq!(COUNTING.0.load(Ordering::Relaxed), before + 1, "a cache of none");
        }
    }
}
