//! Packs AWS Lambda deployment packages reproducibly and signs them with local profiles, offline.

#[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
compile_error!("lambda-codesign-signing needs the feature `ring` or `aws-lc-rs`");

mod as_text;
mod platform;
pub mod validity;
pub mod name;
mod key;
pub mod authority;
mod der;
pub mod envelope;
pub mod output;
pub mod profile;
mod shown;
mod deflate;
pub mod manifest;
mod zip_writer;
pub mod pack;
mod records;
pub mod prepare;
pub mod origin;
pub mod sign;
pub mod snapshot;
pub mod graft;
pub mod lock;
pub mod diff;

pub use shown::ShownPath;
