//! SHA-384 (FIPS 180-4, 6.5) on x86-64 with AVX2 and BMI2: the hash that a verifier of signed packages waits for.
//!
//! [`Sha384::new`] asks the machine and gives nothing where it has not both; the caller then takes another
//! implementation. There is no other target, no dependency, and one call that needs `unsafe`.
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
//! Two blocks share a message schedule, one in each half of the vectors, which is made between the scalar rounds of the
//! first, so that both kinds of units are busy.

#![no_std]

#[cfg(target_arch = "x86_64")]
extern crate std;

use core::slice;

#[cfg(target_arch = "x86_64")]
mod compress;
#[cfg(target_arch = "x86_64")]
mod constants;

#[cfg(target_arch = "x86_64")]
use compress::Features;

/// Nothing has a value of it where there is no implementation.
#[cfg(not(target_arch = "x86_64"))]
#[derive(Clone, Copy, Debug)]
enum Features {}

#[cfg(not(target_arch = "x86_64"))]
impl Features {
    const fn of_this_machine() -> Option<Self> {
        None
    }

    const fn compress(self, _: &mut [u64; 8], _: &[[u8; PAIR]], _: Blocks) {
        match self {}
    }
}

/// The bytes of two blocks, which are compressed together.
const PAIR: usize = 256;
/// The bytes of a block.
const BLOCK: usize = 128;

/// How many of two blocks count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blocks {
    First,
    Both,
}

/// The hash of what came so far. Whoever holds one runs on a machine with AVX2 and BMI2.
#[derive(Clone, Debug)]
pub struct Sha384 {
    features: Features,
    state: [u64; 8],
    /// What came of the pair of blocks that is not whole yet.
    rest: [u8; PAIR],
    /// The bytes of it, below `PAIR`.
    filled: usize,
    /// The bytes of all that came.
    length: u128,
}

impl Sha384 {
    /// The hash of nothing yet; none where the machine has not AVX2 and BMI2.
    #[must_use]
    pub fn new() -> Option<Self> {
        let features = Features::of_this_machine()?;
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
        Some(Self { features, state, rest: [0; PAIR], filled: 0, length: 0 })
    }

    /// Goes on with these bytes.
    pub fn update(&mut self, mut bytes: &[u8]) {
        self.length = self.length.wrapping_add(u128::try_from(bytes.len()).unwrap_or(u128::MAX));
        if self.filled > 0 {
            bytes = self.fill(bytes);
            if self.filled < PAIR {
                return;
            }
            self.features.compress(&mut self.state, slice::from_ref(&self.rest), Blocks::Both);
            self.filled = 0;
        }
        let (pairs, rest) = bytes.as_chunks();
        self.features.compress(&mut self.state, pairs, Blocks::Both);
        self.fill(rest);
    }

    /// The 48 bytes of the hash.
    #[must_use]
    pub fn finish(mut self) -> [u8; 48] {
        // FIPS 180-4, 5.1.2: a one, zeros, and the length in bits, to the end of a block.
        let length = self.length.wrapping_mul(8).to_be_bytes();
        self.fill(&[0x80]);
        let mut left = PAIR.saturating_sub(self.filled);
        if left < length.len() {
            self.pad(left);
            self.features.compress(&mut self.state, slice::from_ref(&self.rest), Blocks::Both);
            self.filled = 0;
            left = PAIR;
        }
        let blocks = if left >= BLOCK.saturating_add(length.len()) { Blocks::First } else { Blocks::Both };
        if blocks == Blocks::First {
            left = left.saturating_sub(BLOCK);
        }
        self.pad(left.saturating_sub(length.len()));
        self.fill(&length);
        self.features.compress(&mut self.state, slice::from_ref(&self.rest), blocks);
        let mut digest = [0; 48];
        for (to, word) in digest.as_chunks_mut::<8>().0.iter_mut().zip(self.state) {
            *to = word.to_be_bytes();
        }
        digest
    }

    /// Takes what fits into the pair that is not whole, and gives back what does not.
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
        self.fill([0; PAIR].get(..zeros).unwrap_or_default());
    }
}
