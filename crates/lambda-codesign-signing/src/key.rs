//! The P-384 keys and the randomness, from whichever provider the features chose.

#[cfg(feature = "aws-lc-rs")]
use aws_lc_rs as provider;
#[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
use ring as provider;

use provider::rand::{SecureRandom, SystemRandom};
use provider::signature::{ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use rcgen::{PKCS_ECDSA_P384_SHA384, PublicKeyData, SignatureAlgorithm};
use zeroize::Zeroizing;

/// A P-384 key that signs with SHA-384.
///
/// The PKCS#8 form is wiped from memory when the key is dropped; the provider's own parsed form is freed without
/// being wiped, since neither provider offers more.
pub(crate) struct SigningKey {
    pair: EcdsaKeyPair,
    pkcs8: Zeroizing<Vec<u8>>,
}

/// Why a key could not be had or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The provider gave no key or no randomness.
    #[error("the machine's random generator gave no randomness")]
    NoRandomness,
    /// The bytes are not a P-384 private key in PKCS#8 whose halves fit each other.
    #[error("the bytes are not a P-384 private key in PKCS#8")]
    NotP384,
    /// The provider made no signature.
    #[error("the provider made no signature with the key")]
    NotSigned,
}

impl SigningKey {
    /// A fresh key.
    pub(crate) fn generate() -> Result<Self, KeyError> {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_ASN1_SIGNING, &SystemRandom::new())
            .map_err(|_| KeyError::NoRandomness)?;
        Self::from_pkcs8(Zeroizing::new(document.as_ref().to_vec()))
    }

    /// The key in these PKCS#8 bytes.
    pub(crate) fn from_pkcs8(pkcs8: Zeroizing<Vec<u8>>) -> Result<Self, KeyError> {
        let pair = parse(&pkcs8)?;
        Ok(Self { pair, pkcs8 })
    }

    /// The private key as PKCS#8: a secret.
    pub(crate) fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The public key as an uncompressed point, as it stands in a certificate.
    pub(crate) fn public_point(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// The DER signature (r, s) over the SHA-384 of `message`.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature = self.pair.sign(&SystemRandom::new(), message).map_err(|_| KeyError::NotSigned)?;
        Ok(signature.as_ref().to_vec())
    }
}

#[cfg(feature = "aws-lc-rs")]
fn parse(pkcs8: &[u8]) -> Result<EcdsaKeyPair, KeyError> {
    EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_ASN1_SIGNING, pkcs8).map_err(|_| KeyError::NotP384)
}

#[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
fn parse(pkcs8: &[u8]) -> Result<EcdsaKeyPair, KeyError> {
    EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_ASN1_SIGNING, pkcs8, &SystemRandom::new())
        .map_err(|_| KeyError::NotP384)
}

/// `N` random bytes.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], KeyError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| KeyError::NoRandomness)?;
    Ok(bytes)
}

impl PublicKeyData for SigningKey {
    fn der_bytes(&self) -> &[u8] {
        self.public_point()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P384_SHA384
    }
}

impl rcgen::SigningKey for SigningKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Self::sign(self, message).map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyError, SigningKey, random};
    use zeroize::Zeroizing;

    #[test]
    fn a_key_survives_its_own_encoding_and_no_other_bytes_pass() {
        let key = SigningKey::generate().unwrap();
        let again = SigningKey::from_pkcs8(Zeroizing::new(key.pkcs8().to_vec())).unwrap();
        assert_eq!(key.public_point(), again.public_point());
        assert_eq!(key.public_point().len(), 97);
        let mut bent = key.pkcs8().to_vec();
        *bent.last_mut().unwrap() ^= 1;
        assert_eq!(SigningKey::from_pkcs8(Zeroizing::new(bent)).err(), Some(KeyError::NotP384));
    }

    #[test]
    fn randomness_differs_from_call_to_call() {
        assert_ne!(random::<16>().unwrap(), random::<16>().unwrap());
    }
}
