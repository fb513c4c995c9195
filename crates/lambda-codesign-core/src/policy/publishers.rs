//! Who may sign.

use crate::claims::{ProfileVersionArn, PublisherPattern};

/// The publishers that a policy allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Publishers {
    /// None was named: whoever a root of one's own vouches for may sign, and nobody under AWS's root.
    NotGiven,
    /// Whoever a trusted root vouches for, said in so many words.
    Any,
    /// Those that one of these patterns matches.
    Only(Vec<PublisherPattern>),
}

impl Publishers {
    pub(super) fn allow(&self, publisher: &ProfileVersionArn) -> bool {
        match self {
            Self::NotGiven => false,
            Self::Any => true,
            Self::Only(patterns) => patterns.iter().any(|pattern| pattern.matches(publisher)),
        }
    }
}
