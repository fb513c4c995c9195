//! SHA-384 (FIPS 180-4, 6.5) on x86-64 with AVX2 and BMI2, or with AVX-512 besides: the hash that a verifier of signed
//! packages waits for.
//!
//! [`Sha384::new`] asks the machine and gives nothing where it has neither; the caller then takes another
//! implementation. There is no other target, no dependency, and two calls that need `unsafe`.
//!
//! ```
//! use lambda_codesign_sha384::Sha384;
//!
//! if let Some(mut hash) = Sha384::new() {
//!     hash.update(b"a");
//!     hash.update(b"bc");
//!     assert_eq!(hash.finish()[..4], [0xcb, 0x00, 0x75, 0x3f]);
//! }
//! ```
//!
//! With AVX-512 four blocks share a message schedule and the rounds are split between scalar and vector units; without,
//! two blocks share one.

#![no_std]

#[cfg(target_arch = "x86_64")]
extern crate std;

use core::slice;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod constants;
#[cfg(target_arch = "x86_64")]
mod features;
#[cfg(target_arch = "x86_64")]
mod rounds;

#[cfg(target_arch = "x86_64")]
use features::Features;

/// Nothing has a value of it where there is no implementation.
#[cfg(not(target_arch = "x86_64"))]
#[derive(Clone, Copy, Debug)]
enum Features {}

#[cfg(not(target_arch = "x86_64"))]
impl Features {
    fn all_of_this_machine() -> impl Iterator<Item = Self> {
        core::iter::empty()
    }

    const fn compress(self, _: &mut [u64; 8], _: &[[u8; GROUP]], _: usize) {
        match self {}
    }
}

/// The bytes of a block.
const BLOCK: usize = 128;
/// The blocks that are handed over together.
const BLOCKS: usize = 4;
/// Their bytes.
const GROUP: usize = BLOCKS * BLOCK;

/// The hash of what came so far. Whoever holds one runs on a machine with AVX2 and BMI2.
#[derive(Clone, Debug)]
pub struct Sha384 {
    features: Features,
    state: [u64; 8],
    /// What came of the group of blocks that is not whole yet.
    rest: [u8; GROUP],
    /// The bytes of it, below `GROUP`.
    filled: usize,
    /// The bytes of all that came.
    length: u128,
}

impl Sha384 {
    /// The hash of nothing yet; none where the machine has not AVX2 and BMI2.
    #[must_use]
    pub fn new() -> Option<Self> {
        Features::all_of_this_machine().next().map(Self::with)
    }

    fn with(features: Features) -> Self {
        // FIPS 180-4, 5.3.4.
        let state = [
            0xcbbb_9d5d_c105_9ed8,
            0x629a_292a_367c_d507,
            0x9159_015a_3070_dd17,
            0x152f_ecd8_f70e_5939,
            0x6733_2667_ffc0_0b31,
            0x8eb4_4a87_6858_1511,
            0xdb0c_2e0d_64f9_8fa7,
            0x47b5_481d_befa_4fa4,
        ];
        Self { features, state, rest: [0; GROUP], filled: 0, length: 0 }
    }

    /// Goes on with these bytes.
    pub fn update(&mut self, mut bytes: &[u8]) {
        self.length = self.length.wrapping_add(u128::try_from(bytes.len()).unwrap_or(u128::MAX));
        if self.filled > 0 {
            bytes = self.fill(bytes);
            if self.filled < GROUP {
                return;
            }
            self.features.compress(&mut self.state, slice::from_ref(&self.rest), BLOCKS);
            self.filled = 0;
        }
        let (groups, rest) = bytes.as_chunks();
        self.features.compress(&mut self.state, groups, BLOCKS);
        self.fill(rest);
    }

    /// The 48 bytes of the hash.
    #[must_use]
    pub fn finish(mut self) -> [u8; 48] {
        // FIPS 180-4, 5.1.2: a one, zeros, and the length in bits, to the end of a block.
        let length = self.length.wrapping_mul(8).to_be_bytes();
        self.fill(&[0x80]);
        let left = GROUP.saturating_sub(self.filled);
        if left < length.len() {
            self.pad(left);
            self.features.compress(&mut self.state, slice::from_ref(&self.rest), BLOCKS);
            self.filled = 0;
        }
        let blocks = self.filled.saturating_add(length.len()).div_ceil(BLOCK);
        let end = blocks.saturating_mul(BLOCK).saturating_sub(length.len());
        self.pad(end.saturating_sub(self.filled));
        self.fill(&length);
        self.features.compress(&mut self.state, slice::from_ref(&self.rest), blocks);
        let mut digest = [0; 48];
        for (to, word) in digest.as_chunks_mut::<8>().0.iter_mut().zip(self.state) {
            *to = word.to_be_bytes();
        }
        digest
    }

    /// Takes what fits into the group that is not whole, and gives back what does not.
    fn fill<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let room = self.rest.get_mut(self.filled..).unwrap_or_default();
        let (now, later) = bytes.split_at(bytes.len().min(room.len()));
        if let Some(room) = room.get_mut(..now.len()) {
            room.copy_from_slice(now);
        }
        self.filled = self.filled.saturating_add(now.len());
        later
    }

    fn pad(&mut self, zeros: usize) {
        self.fill([0; GROUP].get(..zeros).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use sha2::Digest as _;
    use std::vec::Vec;

    use super::{Features, GROUP, Sha384};

    /// The public tests see the best way of the machine alone.
    #[test]
    fn every_way_of_this_machine_is_what_another_implementation_says() {
        let bytes: Vec<u8> = (0..3 * GROUP).map(|at| u8::try_from(at * at % 251).unwrap_or(0)).collect();
        for length in 0..=bytes.len() {
            let (one, other) = bytes[..length].split_at(length / 3);
            let expected: [u8; 48] = sha2::Sha384::digest(&bytes[..length]).into();
            for features in Features::all_of_this_machine() {
                let mut hash = Sha384::with(features);
                hash.update(one);
                hash.update(other);
                assert_eq!(hash.finish(), expected, "{features:?}, {length} bytes");
            }
        }
    }
}
