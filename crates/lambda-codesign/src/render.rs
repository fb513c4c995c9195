//! What people see.

pub(crate) mod human;
pub(crate) mod snippets;
pub(crate) mod policy;
