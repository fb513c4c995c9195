//! What the machine has, and the calls of functions that need it.

use crate::{GROUP, avx2, avx512};

/// Proof that the machine has AVX2, BMI1 and BMI2: nothing else makes one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx2(());

/// Proof that it has AVX-512 with F, VL and BW besides: nothing else makes one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx512(());

/// The best that the machine has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Features {
    Avx2(Avx2),
    Avx512(Avx512),
}

impl Avx2 {
    /// Asks CPUID; the answer is kept by the standard library.
    fn of_this_machine() -> Option<Self> {
        let there = std::is_x86_feature_detected!("avx2")
            && std::is_x86_feature_detected!("bmi1")
            && std::is_x86_feature_detected!("bmi2");
        there.then_some(Self(()))
    }

    #[expect(
        unsafe_code,
        reason = "a function for a machine with features is called from one for any machine"
    )]
    fn compress(self, state: &mut [u64; 8], groups: &[[u8; GROUP]], blocks: usize) {
        // SAFETY: the one duty of the caller is that the machine has the features, and `self` proves that.
        unsafe { avx2::compress(state, groups, blocks) }
    }
}

impl Avx512 {
    fn of_this_machine(_: Avx2) -> Option<Self> {
        let there = std::is_x86_feature_detected!("avx512f")
            && std::is_x86_feature_detected!("avx512vl")
            && std::is_x86_feature_detected!("avx512bw");
        there.then_some(Self(()))
    }

    #[expect(
        unsafe_code,
        reason = "a function for a machine with features is called from one for any machine"
    )]
    fn compress(self, state: &mut [u64; 8], groups: &[[u8; GROUP]], blocks: usize) {
        // SAFETY: as above.
        unsafe { avx512::compress(state, groups, blocks) }
    }
}

impl Features {
    pub(crate) fn all_of_this_machine() -> impl Iterator<Item = Self> {
        let avx2 = Avx2::of_this_machine();
        let avx512 = avx2.and_then(Avx512::of_this_machine);
        avx512.map(Self::Avx512).into_iter().chain(avx2.map(Self::Avx2))
    }

    /// Takes the first `blocks` of each group into the state.
    pub(crate) fn compress(self, state: &mut [u64; 8], groups: &[[u8; GROUP]], blocks: usize) {
        match self {
            Self::Avx2(features) => features.compress(state, groups, blocks),
            Self::Avx512(features) => features.compress(state, groups, blocks),
        }
    }
}
