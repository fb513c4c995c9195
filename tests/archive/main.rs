//! The archive stage: what it refuses, by which rule, and what it admits.

mod check;
mod layout;
mod ends;
mod defects;
mod headers;
mod names;
mod bodies;
mod corpora;
mod properties;
