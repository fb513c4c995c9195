//! The S3 that Signer and Lambda need.
//!
//! The crate s3s reads requests and writes answers; what is kept, and what becomes of it, is here.

mod gate;
mod service;

mod buckets;
mod subresources;
mod write;
mod read;
mod conditions;
mod delete;
mod listing;
mod versions;
mod tagging;

pub(crate) mod objects;
mod records;

mod body;
mod chunked;
mod digest;

pub(crate) use gate::answer;
