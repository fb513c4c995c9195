//! What people see.

pub(crate) mod human;
