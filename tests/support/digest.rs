//! What is signed of a package (FORMAT.md "What is signed").

use sha2::{Digest, Sha384};

/// SHA-384 over every name followed by its body, in order: the CMS content. The signature entry is not
/// among the pairs.
pub fn inner<N: AsRef<[u8]>, B: AsRef<[u8]>>(pairs: &[(N, B)]) -> [u8; 48] {
    let mut hash = Sha384::new();
    for (name, body) in pairs {
        hash.update(name);
        hash.update(body);
    }
    hash.finalize().into()
}

/// What stands in the messageDigest attribute: SHA-384 over the content, which is a package's inner digest.
pub fn outer(content: &[u8]) -> [u8; 48] {
    Sha384::digest(content).into()
}

/// SHA-384 over the manifest's lines, then the inner digest (FORMAT.md "Beyond the format").
pub fn framed(manifest_lines: &str, inner: &[u8; 48]) -> [u8; 48] {
    Sha384::new().chain_update(manifest_lines).chain_update(inner).finalize().into()
}
