//! Keys from seeds, signatures by RFC 6979, and everything that can be wrong with either.

use sha2::{Digest, Sha384, Sha512};

use crate::{der, oid};

/// The order of P-384's base point, big-endian (SEC 2, 2.5.1).
pub const ORDER: [u8; 48] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf, 0x58, 0x1a,
    0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
];

/// A private key, the same for the same seed on any machine.
#[derive(Clone)]
pub enum Key {
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    P521(p521::ecdsa::SigningKey),
}

impl Key {
    pub fn p256(seed: &str) -> Self {
        Self::P256(
            p256::ecdsa::SigningKey::from_slice(&scalar(seed)[..32]).expect("a scalar below the order"),
        )
    }

    pub fn p384(seed: &str) -> Self {
        Self::P384(
            p384::ecdsa::SigningKey::from_slice(&scalar(seed)[..48]).expect("a scalar below the order"),
        )
    }

    pub fn p521(seed: &str) -> Self {
        let padded = [&[0; 2], scalar(seed).as_slice()].concat();
        Self::P521(p521::ecdsa::SigningKey::from_slice(&padded).expect("a scalar below the order"))
    }

    /// The public point, uncompressed: `04 || x || y`.
    pub fn point(&self) -> Vec<u8> {
        match self {
            Self::P256(key) => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
            Self::P384(key) => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
            Self::P521(key) => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
        }
    }

    /// SubjectPublicKeyInfo with a named curve and an uncompressed point (RFC 5480 2).
    pub fn spki(&self) -> Vec<u8> {
        let curve = match self {
            Self::P256(_) => oid::P256,
            Self::P384(_) => oid::P384,
            Self::P521(_) => oid::P521,
        };
        spki(&der::oid(curve), &self.point())
    }

    /// ECDSA with SHA-384 over `message`.
    pub fn sign(&self, message: &[u8]) -> Ecdsa {
        let hash = Sha384::digest(message);
        match self {
            Self::P256(key) => Ecdsa::from_halves(&key.sign_prehash_recoverable(&hash).0.to_bytes()),
            Self::P384(key) => Ecdsa::from_halves(&key.sign_prehash_recoverable(&hash).0.to_bytes()),
            Self::P521(key) => Ecdsa::from_halves(&key.sign_prehash_recoverable(&hash).0.to_bytes()),
        }
    }
}

fn scalar(seed: &str) -> [u8; 64] {
    Sha512::digest(["lambda-codesign test key: ", seed].concat()).into()
}

/// SubjectPublicKeyInfo of an elliptic-curve key with any parameters and any point.
pub fn spki(parameters: &[u8], point: &[u8]) -> Vec<u8> {
    let algorithm = der::sequence(&[der::oid(oid::EC_PUBLIC_KEY).as_slice(), parameters]);
    der::sequence(&[algorithm, der::bit_string(0, point)])
}

/// The point with its y left to be guessed from one bit (SEC 1, 2.3.3).
pub fn compressed(point: &[u8]) -> Vec<u8> {
    let (x, y) = point[1..].split_at(point.len() / 2);
    [&[2 | (y[y.len() - 1] & 1)], x].concat()
}

/// A point with the same x that lies on no curve.
pub fn off_curve(point: &[u8]) -> Vec<u8> {
    let mut point = point.to_vec();
    let last = point.len() - 1;
    point[last] ^= 1;
    point
}

/// The point at infinity (SEC 1, 2.3.3).
pub const INFINITY: [u8; 1] = [0];

/// P-384's own parameters, spelled out instead of named (SEC 1, C.2; forbidden by RFC 5480 2.1.1).
pub fn explicit_p384() -> Vec<u8> {
    let field: [u8; 48] = core::array::from_fn(|at| match at {
        31 => 0xfe,
        36..44 => 0,
        _ => 0xff,
    });
    let mut a = field;
    a[47] -= 3;
    der::sequence(&[
        der::small(1),
        der::sequence(&[der::oid(oid::PRIME_FIELD), der::unsigned(&field)]),
        der::sequence(&[der::octet_string(&a), der::octet_string(&COEFFICIENT_B), der::bit_string(0, &SEED)]),
        der::octet_string(&[&[4], BASE_X.as_slice(), &BASE_Y].concat()),
        der::unsigned(&ORDER),
        der::small(1),
    ])
}

const COEFFICIENT_B: [u8; 48] = [
    0xb3, 0x31, 0x2f, 0xa7, 0xe2, 0x3e, 0xe7, 0xe4, 0x98, 0x8e, 0x05, 0x6b, 0xe3, 0xf8, 0x2d, 0x19, 0x18,
    0x1d, 0x9c, 0x6e, 0xfe, 0x81, 0x41, 0x12, 0x03, 0x14, 0x08, 0x8f, 0x50, 0x13, 0x87, 0x5a, 0xc6, 0x56,
    0x39, 0x8d, 0x8a, 0x2e, 0xd1, 0x9d, 0x2a, 0x85, 0xc8, 0xed, 0xd3, 0xec, 0x2a, 0xef,
];
const SEED: [u8; 20] = [
    0xa3, 0x35, 0x92, 0x6a, 0xa3, 0x19, 0xa2, 0x7a, 0x1d, 0x00, 0x89, 0x6a, 0x67, 0x73, 0xa4, 0x82, 0x7a,
    0xcd, 0xac, 0x73,
];
const BASE_X: [u8; 48] = [
    0xaa, 0x87, 0xca, 0x22, 0xbe, 0x8b, 0x05, 0x37, 0x8e, 0xb1, 0xc7, 0x1e, 0xf3, 0x20, 0xad, 0x74, 0x6e,
    0x1d, 0x3b, 0x62, 0x8b, 0xa7, 0x9b, 0x98, 0x59, 0xf7, 0x41, 0xe0, 0x82, 0x54, 0x2a, 0x38, 0x55, 0x02,
    0xf2, 0x5d, 0xbf, 0x55, 0x29, 0x6c, 0x3a, 0x54, 0x5e, 0x38, 0x72, 0x76, 0x0a, 0xb7,
];
const BASE_Y: [u8; 48] = [
    0x36, 0x17, 0xde, 0x4a, 0x96, 0x26, 0x2c, 0x6f, 0x5d, 0x9e, 0x98, 0xbf, 0x92, 0x92, 0xdc, 0x29, 0xf8,
    0xf4, 0x1d, 0xbd, 0x28, 0x9a, 0x14, 0x7c, 0xe9, 0xda, 0x31, 0x13, 0xb5, 0xf0, 0xb8, 0xc0, 0x0a, 0x60,
    0xb1, 0xce, 0x1d, 0x7e, 0x81, 0x9d, 0x7a, 0x43, 0x1d, 0x7c, 0x90, 0xea, 0x0e, 0x5f,
];

/// The two numbers of a signature, big-endian, each as wide as the curve's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ecdsa {
    pub r: Vec<u8>,
    pub s: Vec<u8>,
}

impl Ecdsa {
    fn from_halves(halves: &[u8]) -> Self {
        let (r, s) = halves.split_at(halves.len() / 2);
        Self { r: r.to_vec(), s: s.to_vec() }
    }

    /// `SEQUENCE { r INTEGER, s INTEGER }` in DER (RFC 3279 2.2.3).
    pub fn der(self) -> Vec<u8> {
        der::sequence(&[der::unsigned(&self.r), der::unsigned(&self.s)])
    }

    /// The other signature that holds: `s` replaced by the order less `s`.
    pub fn mirrored(self) -> Self {
        Self { s: minus(&ORDER, &self.s), ..self }
    }

    /// Of the two signatures that hold, the one whose `s` has its highest bit set.
    pub fn high(self) -> Self {
        if self.s[0] < 0x80 { self.mirrored() } else { self }
    }
}

/// The sum of two numbers of 48 octets, in 49.
pub fn plus(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut sum = vec![0; left.len() + 1];
    let mut carry = 0;
    for at in (0..left.len()).rev() {
        let digit = u16::from(left[at]) + u16::from(right[at]) + carry;
        sum[at + 1] = (digit & 0xff) as u8;
        carry = digit >> 8;
    }
    sum[0] = carry as u8;
    sum
}

/// The difference of two numbers of the same width, the left one the greater.
pub fn minus(left: &[u8], right: &[u8]) -> Vec<u8> {
    let complement: Vec<u8> = right.iter().map(|octet| !octet).collect();
    let mut one = vec![0; right.len()];
    one[right.len() - 1] = 1;
    let negated = plus(&complement, &one);
    plus(left, &negated[1..])[1..].to_vec()
}

#[cfg(test)]
mod tests {
    use super::{Key, ORDER, minus, off_curve, plus};

    #[test]
    fn a_seed_gives_the_same_key_and_signature_each_time() {
        for make in [Key::p256, Key::p384, Key::p521] {
            assert_eq!(make("a").point(), make("a").point());
            assert_ne!(make("a").point(), make("b").point());
            assert_eq!(make("a").sign(b"m"), make("a").sign(b"m"));
            assert_ne!(make("a").sign(b"m"), make("a").sign(b"n"));
        }
    }

    #[test]
    fn points_off_the_curve_are_off_it() {
        let point = Key::p384("a").point();
        assert!(p384::PublicKey::from_sec1_bytes(&point).is_ok());
        assert!(p384::PublicKey::from_sec1_bytes(&off_curve(&point)).is_err());
    }

    #[test]
    fn sums_and_differences_undo_each_other() {
        let r = Key::p384("a").sign(b"m").r;
        let sum = plus(&r, &ORDER);
        assert_eq!(minus(&sum, &[&[0], ORDER.as_slice()].concat())[1..], r);
    }
}
