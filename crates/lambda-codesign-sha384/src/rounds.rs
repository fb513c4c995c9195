//! What both ways share.

/// For each pair of words of sixteen: written out, so that every word and register stays where it is.
macro_rules! each {
    ($n:ident, $do:expr) => {
        each!($n, $do, 0 1 2 3 4 5 6 7)
    };
    ($n:ident, $do:expr, $($value:literal)*) => {$({
        const $n: usize = $value;
        $do;
    })*};
}

pub(crate) use each;

/// What the rounds of a block made of the registers, into the state (FIPS 180-4, 6.4.2, step 4).
pub(crate) fn add(state: &mut [u64; 8], registers: [u64; 8]) {
    for (word, register) in state.iter_mut().zip(registers) {
        *word = word.wrapping_add(register);
    }
}
