//! The compression function with AVX2 and BMI2: two blocks share a message schedule, one in each half of the vectors,
//! which is made between the scalar rounds of the first, so that both kinds of units are busy.

use core::arch::x86_64::{
    __m256i, _mm_set_epi64x, _mm256_add_epi64, _mm256_alignr_epi8, _mm256_castsi128_si256,
    _mm256_extract_epi64, _mm256_inserti128_si256, _mm256_set_epi64x, _mm256_setzero_si256,
    _mm256_shuffle_epi8, _mm256_slli_epi64, _mm256_srli_epi64, _mm256_xor_si256,
};

use crate::constants::K;
use crate::rounds::{add, each};
use crate::{BLOCK, GROUP};

/// The bytes of two blocks, which share a schedule.
const PAIR: usize = 2 * BLOCK;

/// Two words of each block: the first block's are the lower half.
type Words = __m256i;
/// What the rounds of a pair add, W + K, by sixteen rounds.
type Added = [[Words; 8]; 5];

/// Takes the first blocks of each group into the state.
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub(crate) fn compress(state: &mut [u64; 8], groups: &[[u8; GROUP]], blocks: usize) {
    let mut added = [[_mm256_setzero_si256(); 8]; 5];
    for group in groups {
        let mut left = blocks;
        for pair in group.as_chunks::<PAIR>().0 {
            if left == 0 {
                break;
            }
            let registers = first_block(*state, message(pair), &mut added);
            add(state, registers);
            if left > 1 {
                let registers = second_block(*state, &added);
                add(state, registers);
            }
            left = left.saturating_sub(2);
        }
    }
}

/// The rounds of the first block, and between them the schedule of both: words are made sixteen rounds before they
/// are used.
#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline]
fn first_block(mut registers: [u64; 8], mut window: [Words; 8], added: &mut Added) -> [u64; 8] {
    let [k, schedule @ ..] = &K;
    let [first, rest @ ..] = added;
    each!(N, first[N] = plus(window[N], k[N]));
    let mut now = first;
    for (next, k) in rest.iter_mut().zip(schedule) {
        let words = now.map(|words| of_the_first(words));
        each!(N, {
            window = slide(window);
            next[N] = plus(window[7], k[N]);
            registers = two_rounds(registers, words[N]);
        });
        now = next;
    }
    let words = now.map(|words| of_the_first(words));
    each!(N, registers = two_rounds(registers, words[N]));
    registers
}

#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline]
fn second_block(mut registers: [u64; 8], added: &Added) -> [u64; 8] {
    for now in added {
        let words = now.map(|words| of_the_second(words));
        each!(N, registers = two_rounds(registers, words[N]));
    }
    registers
}

/// The sixteen words of both blocks (FIPS 180-4, 6.4.2, step 1).
#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline]
fn message(pair: &[u8; PAIR]) -> [Words; 8] {
    let big_endian = _mm256_set_epi64x(
        0x0809_0a0b_0c0d_0e0f,
        0x0001_0203_0405_0607,
        0x0809_0a0b_0c0d_0e0f,
        0x0001_0203_0405_0607,
    );
    let words = pair.as_chunks::<8>().0;
    let (first, second) = words.split_at(words.len() / 2);
    let mut message = [_mm256_setzero_si256(); 8];
    let halves = first.as_chunks::<2>().0.iter().zip(second.as_chunks::<2>().0);
    for (to, ([a, b], [c, d])) in message.iter_mut().zip(halves) {
        let low = _mm_set_epi64x(i64::from_le_bytes(*b), i64::from_le_bytes(*a));
        let high = _mm_set_epi64x(i64::from_le_bytes(*d), i64::from_le_bytes(*c));
        let both = _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(low), high);
        *to = _mm256_shuffle_epi8(both, big_endian);
    }
    message
}

#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline]
fn plus(words: Words, [k0, k1]: [u64; 2]) -> Words {
    let (k0, k1) = (k0.cast_signed(), k1.cast_signed());
    _mm256_add_epi64(words, _mm256_set_epi64x(k1, k0, k1, k0))
}

/// The window of sixteen words, two words on:
/// W(t) = s1(W(t - 2)) + W(t - 7) + s0(W(t - 15)) + W(t - 16).
#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline]
fn slide([w0, w2, w4, w6, w8, w10, w12, w14]: [Words; 8]) -> [Words; 8] {
    let w1 = _mm256_alignr_epi8::<8>(w2, w0);
    let w9 = _mm256_alignr_epi8::<8>(w10, w8);
    let next =
        _mm256_add_epi64(_mm256_add_epi64(w0, w9), _mm256_add_epi64(small_sigma_0(w1), small_sigma_1(w14)));
    [w2, w4, w6, w8, w10, w12, w14, next]
}

#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline]
fn small_sigma_0(x: Words) -> Words {
    let turned = _mm256_xor_si256(rotated::<1, 63>(x), rotated::<8, 56>(x));
    _mm256_xor_si256(turned, _mm256_srli_epi64::<7>(x))
}

#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline]
fn small_sigma_1(x: Words) -> Words {
    let turned = _mm256_xor_si256(rotated::<19, 45>(x), rotated::<61, 3>(x));
    _mm256_xor_si256(turned, _mm256_srli_epi64::<6>(x))
}

/// Each word turned right; the two numbers add up to 64.
#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline]
fn rotated<const RIGHT: i32, const LEFT: i32>(x: Words) -> Words {
    const { assert!(RIGHT + LEFT == 64, "a word has 64 bits") };
    _mm256_xor_si256(_mm256_srli_epi64::<RIGHT>(x), _mm256_slli_epi64::<LEFT>(x))
}

#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline]
fn of_the_first(words: Words) -> [u64; 2] {
    [_mm256_extract_epi64::<0>(words).cast_unsigned(), _mm256_extract_epi64::<1>(words).cast_unsigned()]
}

#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline]
fn of_the_second(words: Words) -> [u64; 2] {
    [_mm256_extract_epi64::<2>(words).cast_unsigned(), _mm256_extract_epi64::<3>(words).cast_unsigned()]
}

#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline]
fn two_rounds(registers: [u64; 8], added: [u64; 2]) -> [u64; 8] {
    round(round(registers, added[0]), added[1])
}

#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline]
fn round([a, b, c, d, e, f, g, h]: [u64; 8], added: u64) -> [u64; 8] {
    let sigma_1 = e.rotate_right(14) ^ e.rotate_right(18) ^ e.rotate_right(41);
    let t = h.wrapping_add(added).wrapping_add((e & f).wrapping_add(!e & g));
    let t = t.wrapping_add(sigma_1);
    let ab = a ^ b;
    let maj = (ab & (b ^ c)) ^ b;
    let sigma_0 = a.rotate_right(28) ^ a.rotate_right(34) ^ a.rotate_right(39);
    [t.wrapping_add(maj).wrapping_add(sigma_0), a, b, c, d.wrapping_add(t), e, f, g]
}
