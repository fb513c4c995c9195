//! Rounds, written out.

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
