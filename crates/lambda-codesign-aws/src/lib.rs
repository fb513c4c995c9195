//! Signs with AWS Signer, publishes to AWS Lambda and enforces code signing on functions.
//!
//! Every step is a function that is given its clients; nothing here prints, and nothing here decides what a package is
//! worth: that is core's verdict.

#[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
compile_error!("lambda-codesign-aws needs the feature `ring` or `aws-lc-rs`");

pub mod connection;
pub mod service;
pub mod wait;
pub mod pace;
pub mod name;
pub mod function_name;
pub mod deployed;
pub mod download;
pub mod code;
pub mod profile;
mod job;
pub mod config;
pub mod inventory;
pub mod object;
pub mod signing;
pub mod revoking;
pub mod revocations;
pub mod audit;
pub mod publish;
pub mod enforce;
