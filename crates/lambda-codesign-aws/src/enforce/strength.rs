//! How strictly a function is guarded, and which changes of that are allowed on the way.
//!
//! A function without a config takes any code. Under a config in Warn it takes any code whose integrity is not broken;
//! under one in Enforce, code of the listed publishers alone (BEHAVIOUR.md "Lambda"). So no config is weaker than Warn,
//! and Warn than Enforce; in the same mode, a set of publishers is weaker than every subset of it. Two sets of which
//! neither holds the other don't compare: each lets pass what the other stops.

use std::collections::BTreeSet;

use lambda_codesign_core::policy::Mode;

use crate::config::{Config, Wanted};

/// What guards a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Strength {
    /// Nothing.
    Unguarded,
    /// A config.
    Guarded {
        /// Its mode.
        mode: Mode,
        /// Its publishers.
        publishers: BTreeSet<String>,
    },
}

impl Strength {
    /// Of a function that has this config attached.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        Self::guarded(config.mode, &config.publishers)
    }

    /// Of a function that has such a config attached.
    #[must_use]
    pub fn wanted(wanted: &Wanted) -> Self {
        Self::guarded(wanted.mode, &wanted.publishers)
    }

    fn guarded(mode: Mode, publishers: &[String]) -> Self {
        Self::Guarded { mode, publishers: publishers.iter().cloned().collect() }
    }

    /// Whether everything that the other stops, this stops too.
    #[must_use]
    pub fn is_at_least(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Unguarded) => true,
            (Self::Unguarded, Self::Guarded { .. }) => false,
            (
                Self::Guarded { mode: ours, publishers: few },
                Self::Guarded { mode: theirs, publishers: many },
            ) => match (ours, theirs) {
                (Mode::Enforce, Mode::Warn) => true,
                (Mode::Warn, Mode::Enforce) => false,
                (Mode::Warn, Mode::Warn) | (Mode::Enforce, Mode::Enforce) => few.is_subset(many),
            },
        }
    }

    /// Whether a function may be so on its way from one to the other: no weaker than the weaker of the two, and where
    /// they don't compare, no weaker than one of them.
    #[must_use]
    pub fn may_stand_between(&self, before: &Self, wanted: &Self) -> bool {
        self.is_at_least(before) || self.is_at_least(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::Strength;
    use lambda_codesign_core::policy::Mode::{Enforce, Warn};

    fn guarded(mode: lambda_codesign_core::policy::Mode, publishers: &[&str]) -> Strength {
        let publishers: Vec<String> = publishers.iter().map(|&name| name.to_owned()).collect();
        Strength::guarded(mode, &publishers)
    }

    #[test]
    fn the_order_is_partial() {
        let rising = [
            Strength::Unguarded,
            guarded(Warn, &["a", "b"]),
            guarded(Warn, &["a"]),
            guarded(Enforce, &["a", "b", "c"]),
            guarded(Enforce, &["c", "b"]),
            guarded(Enforce, &["b"]),
        ];
        for (place, one) in rising.iter().enumerate() {
            for (other_place, other) in rising.iter().enumerate() {
                assert_eq!(one.is_at_least(other), place >= other_place, "{one:?} {other:?}");
            }
        }
        let (a, b) = (guarded(Enforce, &["a"]), guarded(Enforce, &["b"]));
        assert!(!a.is_at_least(&b) && !b.is_at_least(&a));
    }

    #[test]
    fn between_two_stands_what_is_no_weaker_than_the_weaker() {
        let (a, b) = (guarded(Enforce, &["a"]), guarded(Enforce, &["b"]));
        let (both, warn) = (guarded(Enforce, &["a", "b"]), guarded(Warn, &["a"]));
        assert!(a.may_stand_between(&a, &b) && b.may_stand_between(&a, &b));
        assert!(!both.may_stand_between(&a, &b), "either alone stops what both let pass");
        assert!(both.may_stand_between(&warn, &a) && warn.may_stand_between(&a, &warn));
        assert!(!warn.may_stand_between(&a, &both));
        assert!(!Strength::Unguarded.may_stand_between(&warn, &a));
    }
}
