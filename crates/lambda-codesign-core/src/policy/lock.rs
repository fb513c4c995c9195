//! The lock: the packages that were reviewed, by the hash of the file or of content and boundaries.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::digest::{CodeSha256, ContentDigest, FramedDigest};

/// The packages that a lock file lists.
///
/// A lock never lists inner digests, which packages with other boundaries share.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    code_sha256: BTreeSet<CodeSha256>,
    framed: BTreeSet<FramedDigest>,
}

/// One package of a lock: its file, its content with boundaries, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockedPackage {
    /// The hash of the whole file.
    pub code_sha256: Option<CodeSha256>,
    /// The hash of content and boundaries.
    pub framed: Option<FramedDigest>,
}

/// Why a text is not a lock file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Not JSON of the documented shape.
    #[error("it is not a lock file: {0}")]
    Json(#[from] serde_json::Error),
    /// Another schema or version.
    #[error("its schema is not {}", Lock::SCHEMA)]
    Schema,
    /// A package without a digest, or with a malformed one.
    #[error(
        "package {index} has no code_sha256 (44 characters of base64) and no framed_sha384 (96 of lower-case hex)"
    )]
    Digest {
        /// Its place in the list, from 0.
        index: usize,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    packages: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(rename = "path")]
    _path: Option<String>,
    code_sha256: Option<String>,
    framed_sha384: Option<String>,
}

impl Lock {
    /// The schema that a lock file names.
    pub const SCHEMA: &str = "lambda-codesign/lock/v1";

    /// A lock of these packages.
    pub fn of(packages: impl IntoIterator<Item = LockedPackage>) -> Self {
        let mut lock = Self::default();
        for LockedPackage { code_sha256, framed } in packages {
            lock.code_sha256.extend(code_sha256);
            lock.framed.extend(framed);
        }
        lock
    }

    /// Reads a lock file (docs/schema/lock-v1.json).
    ///
    /// # Errors
    ///
    /// [`LockError`] for anything that is not a lock file of this version, unknown fields included.
    pub fn from_json(json: &[u8]) -> Result<Self, LockError> {
        let file: File = serde_json::from_slice(json)?;
        if file.schema != Self::SCHEMA {
            return Err(LockError::Schema);
        }
        let packages: Result<Vec<_>, _> = file
            .packages
            .iter()
            .enumerate()
            .map(|(index, row)| row.read().ok_or(LockError::Digest { index }))
            .collect();
        Ok(Self::of(packages?))
    }

    /// Whether the lock lists this file, or this content with these boundaries.
    #[must_use]
    pub fn lists(&self, content: &ContentDigest) -> bool {
        self.code_sha256.contains(&content.code_sha256()) || self.framed.contains(&content.framed())
    }
}

impl Row {
    fn read(&self) -> Option<LockedPackage> {
        let code_sha256 = match &self.code_sha256 {
            None => None,
            Some(text) => Some(CodeSha256(STANDARD.decode(text).ok()?.try_into().ok()?)),
        };
        let framed = match &self.framed_sha384 {
            None => None,
            Some(text) => Some(FramedDigest(hex(text)?)),
        };
        (code_sha256.is_some() || framed.is_some()).then_some(LockedPackage { code_sha256, framed })
    }
}

fn hex(text: &str) -> Option<[u8; 48]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(byte.wrapping_sub(b'a').wrapping_add(10)),
        _ => None,
    };
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    let bytes: Option<Vec<u8>> =
        pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    bytes?.try_into().ok()
}
