//! The compression function with AVX-512 and BMI2: four blocks share a message schedule, one in each quarter of the
//! vectors, which is made between the rounds of the first.
//!
//! The rounds are split between the units. The registers `e` to `h` are scalar; `a` to `c` are in vectors, where a rotation
//! is one instruction and so is any function of three operands, and run a round behind: what `e` waits for, `d`, is the
//! `a` of three rounds before.

use core::arch::x86_64::{
    __m128i, __m512i, _mm_add_epi64, _mm_cvtsi64_si128, _mm_cvtsi128_si64, _mm_extract_epi64, _mm_ror_epi64,
    _mm_set_epi64x, _mm_setzero_si128, _mm_ternarylogic_epi64, _mm512_add_epi64, _mm512_alignr_epi8,
    _mm512_broadcast_i32x4, _mm512_castsi128_si512, _mm512_extracti32x4_epi32, _mm512_inserti32x4,
    _mm512_ror_epi64, _mm512_setzero_si512, _mm512_shuffle_epi8, _mm512_srli_epi64,
    _mm512_ternarylogic_epi64,
};

use crate::GROUP;
use crate::constants::K;
use crate::rounds::{add, each};

/// Two words of each block: the first block's are the lowest quarter.
type Words = __m512i;
/// What the rounds of a group add, W + K, by sixteen rounds.
type Added = [[Words; 8]; 5];

/// Of three operands, x ^ y ^ z.
const XOR: i32 = 0x96;
/// Of three operands, what two of them have: Maj (FIPS 180-4, 4.1.3).
const MAJORITY: i32 = 0xe8;

/// The registers before round t.
#[derive(Clone, Copy)]
struct Registers {
    /// a(t - 1) and a(t - 2): the round before last is done but for T1.
    a: [__m128i; 2],
    /// T2 of that round: S0(a(t - 1)) + Maj(a(t - 1), a(t - 2), a(t - 3)).
    t2: __m128i,
    /// T1 of that round: a(t) is T1 + T2.
    t1: u64,
    /// a(t - 1), a(t - 2) and a(t - 3), which is d.
    d: [u64; 3],
    /// e, f, g and h.
    e: [u64; 4],
}

/// Takes the first blocks of each group into the state.
#[target_feature(enable = "avx2,bmi1,bmi2,avx512f,avx512vl,avx512bw")]
pub(crate) fn compress(state: &mut [u64; 8], groups: &[[u8; GROUP]], blocks: usize) {
    let mut added = [[_mm512_setzero_si512(); 8]; 5];
    for group in groups {
        add(state, first_block(*state, message(group), &mut added));
        if blocks > 1 {
            add(state, block::<1>(*state, &added));
        }
        if blocks > 2 {
            add(state, block::<2>(*state, &added));
        }
        if blocks > 3 {
            add(state, block::<3>(*state, &added));
        }
    }
}

/// The rounds of the first block, and between them the schedule of all: words are made sixteen rounds before they
/// are used.
#[target_feature(enable = "avx2,bmi1,bmi2,avx512f,avx512vl,avx512bw")]
#[inline]
fn first_block(state: [u64; 8], mut window: [Words; 8], added: &mut Added) -> [u64; 8] {
    let mut registers = Registers::of(state);
    let [k, schedule @ ..] = &K;
    let [first, rest @ ..] = added;
    each!(N, first[N] = plus(window[N], k[N]));
    let mut now = first;
    for (next, k) in rest.iter_mut().zip(schedule) {
        each!(N, {
            window = slide(window);
            next[N] = plus(window[7], k[N]);
            registers = registers.after_two_rounds(of_block::<0>(now[N]));
        });
        now = next;
    }
    each!(N, registers = registers.after_two_rounds(of_block::<0>(now[N])));
    registers.state()
}

#[target_feature(enable = "avx2,bmi1,bmi2,avx512f,avx512vl,avx512bw")]
#[inline]
fn block<const BLOCK: i32>(state: [u64; 8], added: &Added) -> [u64; 8] {
    let mut registers = Registers::of(state);
    for now in added {
        each!(N, registers = registers.after_two_rounds(of_block::<BLOCK>(now[N])));
    }
    registers.state()
}

impl Registers {
    #[target_feature(enable = "avx2,bmi1,bmi2,avx512f,avx512vl,avx512bw")]
    #[inline]
    fn of([a, b, c, d, e, f, g, h]: [u64; 8]) -> Self {
        let t2 = t2(vector(b), vector(c), vector(d));
        let t1 = a.wrapping_sub(scalar(t2));
        Self { a: [vector(b), vector(c)], t2, t1, d: [b, c, d], e: [e, f, g, h] }
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,avx512f,avx512vl,avx512bw")]
    #[inline]
    fn state(self) -> [u64; 8] {
        let ([b, c, d], [e, f, g, h]) = (self.d, self.e);
        [self.t1.wrapping_add(scalar(self.t2)), b, c, d, e, f, g, h]
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,avx512f,avx512vl,avx512bw")]
    #[inline]
    fn after_two_rounds(self, added: [u64; 2]) -> Self {
        self.after_round(added[0]).after_round(added[1])
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,avx512f,avx512vl,avx512bw")]
    #[inline]
    fn after_round(self, added: u64) -> Self {
        let ([b, c], [d0, d1, d], [e, f, g, h]) = (self.a, self.d, self.e);
        let a = _mm_add_epi64(vector(self.t1), self.t2);
        let sigma_1 = e.rotate_right(14) ^ e.rotate_right(18) ^ e.rotate_right(41);
        let ch = (e & f).wrapping_add(!e & g);
        let t1 = h.wrapping_add(added).wrapping_add(ch).wrapping_add(sigma_1);
        Self { a: [a, b], t2: t2(a, b, c), t1, d: [scalar(a), d0, d1], e: [t1.wrapping_add(d), e, f, g] }
    }
}

#[target_feature(enable = "avx2,bmi1,bmi2,avx512f,avx512vl,avx512bw")]
#[inline]
fn t2(a: __m128i, b: __m128i, c: __m128i) -> __m128i {
    let sigma_0 =
        _mm_ternarylogic_epi64::<XOR>(_mm_ror_epi64::<28>(a), _mm_ror_epi64::<34>(a), _mm_ror_epi64::<39>(a));
    _mm_add_epi64(sigma_0, _mm_ternarylogic_epi64::<MAJORITY>(a, b, c))
}

#[target_feature(enable = "avx2,bmi1,bmi2,avx512f,avx512vl,avx512bw")]
#[inline]
fn vector(word: u64) -> __m128i {
    _mm_cvtsi64_si128(word.cast_signed())
}

#[target_feature(enable = "avx2,bmi1,bmi2,avx512f,avx512vl,avx512bw")]
#[inline]
fn scalar(vector: __m128i) -> u64 {
    _mm_cvtsi128_si64(vector).cast_unsigned()
}

/// The sixteen words of all blocks (FIPS 180-4, 6.4.2, step 1).
#[target_feature(enable = "avx2,bmi1,bmi2,avx512f,avx512vl,avx512bw")]
#[inline]
fn message(group: &[u8; GROUP]) -> [Words; 8] {
    let big_endian = _mm512_broadcast_i32x4(_mm_set_epi64x(0x0809_0a0b_0c0d_0e0f, 0x0001_0203_0405_0607));
    let blocks = group.as_chunks::<16>().0.as_chunks::<8>().0;
    let mut message = [_mm512_setzero_si512(); 8];
    let [first, second, third, fourth] = blocks else { return message };
    each!(N, {
        let words = _mm512_castsi128_si512(pair(first[N]));
        let words = _mm512_inserti32x4::<1>(words, pair(second[N]));
        let words = _mm512_inserti32x4::<2>(words, pair(third[N]));
        let words = _mm512_inserti32x4::<3>(words, pair(fourth[N]));
        message[N] = _mm512_shuffle_epi8(words, big_endian);
    });
    message
}

#[target_feature(enable = "avx2,bmi1,bmi2,avx512f,avx512vl,avx512bw")]
#[inline]
fn pair(bytes: [u8; 16]) -> __m128i {
    let [low, high] = bytes.as_chunks::<8>().0 else { return _mm_setzero_si128() };
    _mm_set_epi64x(i64::from_le_bytes(*high), i64::from_le_bytes(*low))
}

#[target_feature(enable = "avx2,bmi1,bmi2,avx512f,avx512vl,avx512bw")]
#[inline]
fn plus(words: Words, [k0, k1]: [u64; 2]) -> Words {
    _mm512_add_epi64(words, _mm512_broadcast_i32x4(_mm_set_epi64x(k1.cast_signed(), k0.cast_signed())))
}

/// The window of sixteen words, two words on:
/// W(t) = s1(W(t - 2)) + W(t - 7) + s0(W(t - 15)) + W(t - 16).
#[target_feature(enable = "avx2,bmi1,bmi2,avx512f,avx512vl,avx512bw")]
#[inline]
fn slide([w0, w2, w4, w6, w8, w10, w12, w14]: [Words; 8]) -> [Words; 8] {
    let w1 = _mm512_alignr_epi8::<8>(w2, w0);
    let w9 = _mm512_alignr_epi8::<8>(w10, w8);
    let next =
        _mm512_add_epi64(_mm512_add_epi64(w0, w9), _mm512_add_epi64(small_sigma_0(w1), small_sigma_1(w14)));
    [w2, w4, w6, w8, w10, w12, w14, next]
}

#[target_feature(enable = "avx2,bmi1,bmi2,avx512f,avx512vl,avx512bw")]
#[inline]
fn small_sigma_0(x: Words) -> Words {
    let (one, eight) = (_mm512_ror_epi64::<1>(x), _mm512_ror_epi64::<8>(x));
    _mm512_ternarylogic_epi64::<XOR>(one, eight, _mm512_srli_epi64::<7>(x))
}

#[target_feature(enable = "avx2,bmi1,bmi2,avx512f,avx512vl,avx512bw")]
#[inline]
fn small_sigma_1(x: Words) -> Words {
    let (one, other) = (_mm512_ror_epi64::<19>(x), _mm512_ror_epi64::<61>(x));
    _mm512_ternarylogic_epi64::<XOR>(one, other, _mm512_srli_epi64::<6>(x))
}

#[target_feature(enable = "avx2,bmi1,bmi2,avx512f,avx512vl,avx512bw")]
#[inline]
fn of_block<const BLOCK: i32>(words: Words) -> [u64; 2] {
    let pair = _mm512_extracti32x4_epi32::<BLOCK>(words);
    [scalar(pair), _mm_extract_epi64::<1>(pair).cast_unsigned()]
}
