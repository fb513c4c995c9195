//! The two digests that name a package.

use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The SHA-256 of a package's bytes, which Lambda shows as `CodeSha256`. It names this file, not what it unpacks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CodeSha256([u8; 32]);

/// The framed digest: SHA-384 over the manifest's lines, then the 48 inner bytes (FORMAT.md "Beyond the format").
///
/// It names content and boundaries, whatever the compression, times and comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FramedSha384(pub(crate) [u8; 48]);

/// Text that is not a digest in its usual writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigestTextError {
    /// Not 32 bytes in base64.
    #[error("not a CodeSha256, 32 bytes in base64")]
    CodeSha256,
    /// Not 48 bytes in lower-case hex.
    #[error("not a framed digest, 96 lower-case hex digits")]
    FramedSha384,
}

impl CodeSha256 {
    /// The digest of these bytes.
    #[must_use]
    pub fn of(package: &[u8]) -> Self {
        Self(Sha256::digest(package).into())
    }
}

impl fmt::Display for CodeSha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Display for FramedSha384 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl TryFrom<String> for CodeSha256 {
    type Error = DigestTextError;

    fn try_from(text: String) -> Result<Self, DigestTextError> {
        let bytes = STANDARD.decode(text).map_err(|_| DigestTextError::CodeSha256)?;
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| DigestTextError::CodeSha256)
    }
}

impl TryFrom<String> for FramedSha384 {
    type Error = DigestTextError;

    fn try_from(text: String) -> Result<Self, DigestTextError> {
        let digit = |byte: &u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let bytes = pairs
            .iter()
            .map(|[high, low]| Some(digit(high)? << 4 | digit(low)?));
        let bytes: Option<Vec<u8>> = bytes.collect();
        let bytes = bytes
            .filter(|_| rest.is_empty())
            .and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(DigestTextError::FramedSha384)
    }
}

impl From<CodeSha256> for String {
    fn from(digest: CodeSha256) -> Self {
        digest.to_string()
    }
}

impl From<FramedSha384> for String {
    fn from(digest: FramedSha384) -> Self {
        digest.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::{CodeSha256, FramedSha384};

    #[test]
    fn digests_survive_their_own_writing_and_nothing_else_passes() {
        let code = CodeSha256::of(b"abc");
        assert_eq!(code.to_string(), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
        assert_eq!(CodeSha256::try_from(code.to_string()), Ok(code));
        let framed = FramedSha384([0xa5; 48]);
        assert_eq!(FramedSha384::try_from(framed.to_string()), Ok(framed));
        for bad in [
            "",
            "a5",
            &"A5".repeat(48),
            &"a5".repeat(49),
            &("a5".repeat(47) + "a"),
            &"g5".repeat(48),
        ] {
            assert!(FramedSha384::try_from((*bad).to_owned()).is_err(), "{bad}");
            assert!(CodeSha256::try_from((*bad).to_owned()).is_err(), "{bad}");
        }
    }
}
