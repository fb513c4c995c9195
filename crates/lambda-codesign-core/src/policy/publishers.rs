//! Who may sign.

use crate::claims::PublisherPattern;

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
