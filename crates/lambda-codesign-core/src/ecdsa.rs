//! ECDSA with SHA-384 on P-384, the one signature algorithm of the format (FORMAT.md, "The envelope").

use crate::envelope::ber::{Reader, tag};
use crate::provider;

/// SubjectPublicKeyInfo of an uncompressed P-384 point up to the point itself (RFC 5480 2): id-ecPublicKey,
/// namedCurve secp384r1, a BIT STRING of 97 bytes without unused bits, the mark 0x04.
const SPKI_PREFIX: [u8; 24] = [
    0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81,
    0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04,
];

/// A P-384 public key in the one encoding that the format knows: a named curve and an uncompressed point.
///
/// Holding one proves the encoding. That the point lies on the curve is checked whenever the key is used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct P384PublicKey {
    point: [u8; 97],
}

/// The key is not an uncompressed P-384 point under a named curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the public key is not an uncompressed point of the named curve P-384")]
pub struct NotP384;

/// The signature does not fit the message and key, or is not a DER `ECDSA-Sig-Value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ECDSA signature does not fit")]
pub struct BadSignature;

impl P384PublicKey {
    /// Reads a SubjectPublicKeyInfo (RFC 5280 4.1.2.7).
    ///
    /// # Errors
    ///
    /// [`NotP384`] for any other curve, explicit parameters, compressed points, points at infinity or extra bytes.
    pub fn from_spki(spki: &[u8]) -> Result<Self, NotP384> {
        let point = spki.strip_prefix(&SPKI_PREFIX).ok_or(NotP384)?;
        let coordinates: [u8; 96] = point.try_into().map_err(|_| NotP384)?;
        let mut point = [0x04; 97];
        point.iter_mut().skip(1).zip(coordinates).for_each(|(to, from)| *to = from);
        Ok(Self { point })
    }

    /// Verifies `signature`, a DER `ECDSA-Sig-Value` (RFC 3279 2.2.3), over SHA-384 of `message`.
    ///
    /// The encoding is checked here, byte for byte, so that both providers refuse the same bytes.
    ///
    /// # Errors
    ///
    /// [`BadSignature`], without a reason: none of them makes the signature any better.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        check_signature_is_der(signature)?;
        provider::verify_p384_sha384(&self.point, message, signature).map_err(|_| BadSignature)
    }
}

impl core::fmt::Debug for P384PublicKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("P384PublicKey(..)")
    }
}

/// Two positive integers in DER and nothing else.
fn check_signature_is_der(signature: &[u8]) -> Result<(), BadSignature> {
    let mut outer = Reader::new(signature);
    let mut values = outer.der(tag::SEQUENCE).map_err(|_| BadSignature)?.reader();
    outer.finish().map_err(|_| BadSignature)?;
    for _ in ["r", "s"] {
        let value = values.der(tag::INTEGER).map_err(|_| BadSignature)?;
        match value.content() {
            [] => return Err(BadSignature),
            [0x00, second, ..] if *second < 0x80 => return Err(BadSignature),
            [first, ..] if *first >= 0x80 => return Err(BadSignature),
            [..] => {}
        }
    }
    values.finish().map_err(|_| BadSignature)
}
