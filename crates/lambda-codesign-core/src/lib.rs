//! Verifies AWS Lambda deployment packages signed by AWS Signer: bytes in, a verdict out.

#[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
compile_error!("lambda-codesign-core needs the feature `ring` or `aws-lc-rs`");

pub mod archive;
pub mod code;
pub mod text;
