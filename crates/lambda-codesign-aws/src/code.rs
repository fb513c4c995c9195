//! Deployed code, fetched and compared with what Lambda says of it.

use lambda_codesign_core::digest::CodeSha256;

use crate::download::{CodeLocation, DownloadError, Downloads};
use crate::wait::Deadline;

/// The bytes of a function's or layer's code.
///
/// Holding one proves that they have the hash that Lambda states. It does not prove that anyone signed them.
#[derive(Clone, PartialEq, Eq)]
pub struct DeployedCode {
    bytes: Vec<u8>,
    code_sha256: CodeSha256,
}

/// Why deployed code is not at hand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Lambda does not say where it is.
    #[error("Lambda does not give it out")]
    Withheld,
    /// It could not be fetched.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// It is not what Lambda says.
    #[error("its CodeSha256 is {found}, and Lambda says {stated}")]
    Other {
        /// What Lambda states.
        stated: CodeSha256,
        /// What was fetched.
        found: CodeSha256,
    },
}

impl CodeError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Withheld => {
                "Let the caller read it: the owner of a layer grants lambda:GetLayerVersion, the owner of a key its use."
            }
            Self::Download(error) => error.remedy(),
            Self::Other { .. } => "Try again: somebody may have deployed between the two looks.",
        }
    }
}

impl DeployedCode {
    /// Fetches the code at this place, of at most so many bytes, which must have this hash.
    ///
    /// # Errors
    /// It is withheld, does not arrive, or is other code.
    pub async fn fetch(
        downloads: &Downloads,
        location: Option<&CodeLocation>,
        stated: CodeSha256,
        limit: u64,
        deadline: Deadline,
    ) -> Result<Self, CodeError> {
        let location = location.ok_or(CodeError::Withheld)?;
        let bytes = downloads.fetch(location, limit, deadline).await?;
        let found = CodeSha256::of(&bytes);
        if found != stated {
            return Err(CodeError::Other { stated, found });
        }
        Ok(Self { bytes, code_sha256: found })
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Their hash, as Lambda shows it.
    #[must_use]
    pub const fn code_sha256(&self) -> CodeSha256 {
        self.code_sha256
    }
}

impl core::fmt::Debug for DeployedCode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("DeployedCode").field(&self.code_sha256).finish()
    }
}
