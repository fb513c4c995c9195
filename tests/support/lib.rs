//! Forges what the tests hold core to, without using core, so that the two can't share a mistake.

pub mod zip;
