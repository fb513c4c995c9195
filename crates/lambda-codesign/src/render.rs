//! What people and other programs see, a file a format.

pub(crate) mod human;
pub(crate) mod snippets;
pub(crate) mod policy;
pub(crate) mod sarif;
pub(crate) mod junit;
pub(crate) mod github;
pub(crate) mod csv;
