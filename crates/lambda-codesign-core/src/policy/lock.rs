//! The lock: the packages that were reviewed, by the hash of the file or of content and boundaries.

use std::collections::BTreeSet;

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
    #[serde(rename = "origin")]
    _origin: Option<Origin>,
}

/// Where a package was taken from: for people and for the tool that took it, never compared here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Origin {
    #[serde(rename = "layer_version_arn")]
    _layer_version_arn: String,
    #[serde(rename = "code_sha256")]
    _code_sha256: String,
    #[serde(rename = "signing_profile_version_arn")]
    _signing_profile_version_arn: Option<String>,
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
        self.lists_file(&content.code_sha256()) || self.framed.contains(&content.framed())
    }

    /// Whether the lock lists this file.
    #[must_use]
    pub fn lists_file(&self, file: &CodeSha256) -> bool {
        self.code_sha256.contains(file)
    }
}

impl Row {
    fn read(&self) -> Option<LockedPackage> {
        let code_sha256 = match &self.code_sha256 {
            None => None,
            Some(text) => Some(text.parse::<CodeSha256>().ok()?),
        };
        let framed = match &self.framed_sha384 {
            None => None,
            Some(text) => Some(text.parse::<FramedDigest>().ok()?),
        };
        (code_sha256.is_some() || framed.is_some()).then_some(LockedPackage { code_sha256, framed })
    }
}

#[cfg(test)]
mod tests {
    use super::{FramedDigest, Lock, LockError};

    fn read(rows: &str) -> Result<Lock, LockError> {
        Lock::from_json(format!(r#"{{"schema":"{}","packages":[{rows}]}}"#, Lock::SCHEMA).as_bytes())
    }

    #[test]
    fn hex_is_96_lower_case_digits() {
        let hex = |text: &str| text.parse::<FramedDigest>().ok().map(|read| *read.as_bytes());
        let digits = "0123456789abcdef".repeat(6);
        let octets = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef].repeat(6);
        assert_eq!(hex(&digits).map(|read| read.to_vec()), Some(octets));
        for wrong in [
            digits.to_uppercase(),
            digits.replace('f', "g"),
            digits.replace('0', "/"),
            digits.replace('9', ":"),
            format!("{digits}0"),
            format!("{digits}00"),
            digits.chars().skip(2).collect(),
            String::new(),
        ] {
            assert_eq!(hex(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_package_has_a_digest_and_none_a_malformed_one() {
        let base64 = format!("{}=", "A".repeat(43));
        let sound = format!(r#"{{"path":"a.zip","code_sha256":"{base64}"}}"#);
        let framed = format!(r#"{{"framed_sha384":"{}"}}"#, "0".repeat(96));
        assert!(read("").is_ok());
        assert!(read(&format!("{sound},{framed}")).is_ok());
        for wrong in [
            r#"{"path":"a.zip"}"#.to_owned(),
            sound.replace("A=", "="),
            sound.replace("A=", "B="),
            framed.replace("00\"", "\""),
            format!(r#"{{"code_sha256":"{base64}","framed_sha384":""}}"#),
        ] {
            let rows = format!("{framed},{wrong}");
            assert!(matches!(read(&rows), Err(LockError::Digest { index: 1 })), "{rows}");
        }
    }
}
