//! Paths that were found before, so that a batch pays for a chain once.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{Certificate, Path, TrustRoots};
use crate::envelope::UnverifiedEnvelope;

/// Paths kept by default: some 2 KiB each, and the authorities that they share.
const CAPACITY: usize = 1024;

/// Verified paths, keyed by the exact certificates, the signer named among them and the roots.
///
/// It holds successes only, and of those only the ones whose path was the only one possible: every certificate
/// of the bag stands in it, one root alone bears the name above it, and none a name further down, where the path
/// could have ended sooner. Within the window in which the whole path is valid the answer is therefore the one
/// that would be found anew; outside of it nothing is answered.
///
/// Signers come and go while their authorities stay. So it also holds, by their hashes, the signatures of certificates
/// that were verified and the authorities that stood in a path: what a signature is and what a certificate says are the
/// same under any roots and at any time. All of it is bounded, and can be shared between threads.
#[derive(Debug)]
pub struct ChainCache {
    capacity: usize,
    paths: Mutex<Paths>,
    signatures: Mutex<HashSet<[u8; 32]>>,
    authorities: Mutex<HashMap<[u8; 32], Arc<Certificate>>>,
}

#[derive(Debug, Default)]
struct Paths {
    by_key: HashMap<[u8; 32], Arc<Path>>,
    oldest_first: VecDeque<[u8; 32]>,
}

impl Default for ChainCache {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}

impl ChainCache {
    /// A cache of at most so many paths; of none, for one that never answers.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            capacity,
            paths: Mutex::default(),
            signatures: Mutex::default(),
            authorities: Mutex::default(),
        }
    }

    /// Whether this signature, by the hash of all that belongs to it, was verified before.
    pub(super) fn has_verified(&self, signature: &[u8; 32]) -> bool {
        self.signatures.lock().unwrap_or_else(PoisonError::into_inner).contains(signature)
    }

    pub(super) fn keep_signature(&self, signature: [u8; 32]) {
        let mut signatures = self.signatures.lock().unwrap_or_else(PoisonError::into_inner);
        // Those of authorities come again at once, those of leaves seldom: that all begins anew costs little.
        if signatures.len() >= self.capacity {
            signatures.clear();
        }
        if self.capacity > 0 {
            signatures.insert(signature);
        }
    }

    /// The authority with these bytes, if it stood in a path before.
    pub(super) fn authority(&self, der: &[u8]) -> Option<Arc<Certificate>> {
        let authorities = || self.authorities.lock().unwrap_or_else(PoisonError::into_inner);
        if authorities().is_empty() {
            return None;
        }
        // Other threads need not wait for the hash.
        let sha256: [u8; 32] = Sha256::digest(der).into();
        authorities().get(&sha256).map(Arc::clone)
    }

    pub(super) fn keep_authorities(&self, of_a_path: &[Arc<Certificate>]) {
        let mut authorities = self.authorities.lock().unwrap_or_else(PoisonError::into_inner);
        for authority in of_a_path {
            if authorities.len() >= self.capacity {
                authorities.clear();
            }
            if self.capacity > 0 {
                authorities.entry(*authority.sha256()).or_insert_with(|| Arc::clone(authority));
            }
        }
    }

    pub(super) fn find(
        &self,
        envelope: &UnverifiedEnvelope,
        roots: &TrustRoots,
        time: Timestamp,
    ) -> Option<Arc<Path>> {
        if self.capacity == 0 {
            return None;
        }
        let paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        let path = paths.by_key.get(&key(envelope, roots))?;
        path.is_valid_at(time).then(|| Arc::clone(path))
    }

    pub(super) fn keep(&self, envelope: &UnverifiedEnvelope, roots: &TrustRoots, path: &Arc<Path>) {
        let below_the_root = [&path.leaf].into_iter().chain(&path.authorities);
        let only_root = below_the_root
            .map(|certificate| certificate.issuer_der())
            .map(|name| roots.named(name))
            .sum::<usize>()
            == 1;
        if self.capacity == 0 || !only_root {
            return;
        }
        let key = key(envelope, roots);
        let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        if paths.by_key.insert(key, Arc::clone(path)).is_none() {
            paths.oldest_first.push_back(key);
        }
        while paths.by_key.len() > self.capacity {
            let Some(oldest) = paths.oldest_first.pop_front() else {
                return;
            };
            paths.by_key.remove(&oldest);
        }
    }
}

impl Path {
    /// Whether each certificate of the path is valid then, the root included.
    fn is_valid_at(&self, time: Timestamp) -> bool {
        self.certificates().all(|certificate| certificate.is_valid_at(time))
    }
}

/// SHA-256 over the certificates and the signer's name, each framed by its length, and the roots.
fn key(envelope: &UnverifiedEnvelope, roots: &TrustRoots) -> [u8; 32] {
    let mut hash =
        framed(envelope.certificates().chain([envelope.issuer.as_slice(), envelope.serial.as_slice()]));
    roots.fingerprint(&mut hash);
    hash.finalize().into()
}

/// SHA-256 over parts, each framed by its length, so that no two lists are hashed alike.
pub(super) fn framed<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Sha256 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::ChainCache;
    use crate::chain::{TrustRoots, VerifiedSigner};
    use crate::envelope::UnverifiedEnvelope;

    /// A cache that keeps nothing answers rightly too, so that only what it holds tells.
    #[test]
    fn a_path_that_is_the_only_one_is_kept_and_the_oldest_given_up() {
        let read = |entry: &[u8]| UnverifiedEnvelope::parse(entry).unwrap();
        let of_2022 = read(include_bytes!("../../../../testdata/aws/datadog-layer-2022.SF"));
        let of_2024 = read(include_bytes!("../../../../testdata/aws/datadog-forwarder-2024.SF"));
        let (cache, roots) = (ChainCache::with_capacity(1), TrustRoots::aws());
        let kept = |envelope: &UnverifiedEnvelope| {
            cache.find(envelope, &roots, envelope.claimed().signing_time).is_some()
        };
        let verify = |envelope: &UnverifiedEnvelope| {
            VerifiedSigner::from_path(envelope, &roots, envelope.claimed().signing_time, &cache).unwrap();
        };
        assert!(!kept(&of_2022));
        for _ in ["anew", "cached"] {
            verify(&of_2022);
            assert!(kept(&of_2022) && !kept(&of_2024));
        }
        verify(&of_2024);
        assert!(!kept(&of_2022) && kept(&of_2024));
        assert!(cache.find(&of_2024, &TrustRoots::none(), of_2024.claimed().signing_time).is_none());
    }
}
