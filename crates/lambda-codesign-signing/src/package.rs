//! The seam to the verifier: how a package is read.

/// The name of the signature entry (FORMAT.md "Where the signature is").
pub const SIGNATURE_ENTRY: &str = "META_INF/aws_signer_signature_v1.0.SF";
