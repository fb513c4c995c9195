//! Hashes of bytes that pass: the MD5 of an ETag, and the checksums that S3 knows.

use lambda_codesign_core::text::Hex;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256};

use super::records::{ChecksumOf, Checksums};

/// A checksum that S3 knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

impl Algorithm {
    pub(super) const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// As headers and XML name it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The header, or the trailer, that bears its value.
    pub(super) const fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    pub(super) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    pub(super) fn of_header(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.header().eq_ignore_ascii_case(name))
    }

    const fn bytes(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// Whether a value is base64 of as many bytes as the checksum has.
    pub(super) fn fits(self, value: &str) -> bool {
        BASE64.decode(value).is_ok_and(|bytes| bytes.len() == self.bytes())
    }
}

impl Checksums {
    pub(super) fn get(&self, algorithm: Algorithm) -> Option<&str> {
        match algorithm {
            Algorithm::Crc32 => self.crc32.as_deref(),
            Algorithm::Crc32c => self.crc32c.as_deref(),
            Algorithm::Crc64Nvme => self.crc64nvme.as_deref(),
            Algorithm::Sha1 => self.sha1.as_deref(),
            Algorithm::Sha256 => self.sha256.as_deref(),
        }
    }

    pub(super) fn set(&mut self, algorithm: Algorithm, value: String) {
        let place = match algorithm {
            Algorithm::Crc32 => &mut self.crc32,
            Algorithm::Crc32c => &mut self.crc32c,
            Algorithm::Crc64Nvme => &mut self.crc64nvme,
            Algorithm::Sha1 => &mut self.sha1,
            Algorithm::Sha256 => &mut self.sha256,
        };
        *place = Some(value);
    }
}

/// Hashes bytes as they pass.
pub(super) struct Digester {
    md5: Md5,
    content: Option<Sha256>,
    hasher: ChecksumHasher,
}

/// Whether the SHA-256 of a body is wanted in hex too, as `x-amz-content-sha256` gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ContentHash {
    Wanted,
    Unwanted,
}

impl Digester {
    /// Takes the checksums that are asked for, or the one that S3 takes by itself where none is (CRC64NVME).
    pub(super) fn new(algorithms: &[Algorithm], content: ContentHash) -> Self {
        let mut hasher = ChecksumHasher::default();
        let own = [Algorithm::Crc64Nvme];
        for algorithm in if algorithms.is_empty() { &own } else { algorithms } {
            match algorithm {
                Algorithm::Crc32 => hasher.crc32 = Some(Crc32::new()),
                Algorithm::Crc32c => hasher.crc32c = Some(Crc32c::new()),
                Algorithm::Crc64Nvme => hasher.crc64nvme = Some(Crc64Nvme::new()),
                Algorithm::Sha1 => hasher.sha1 = Some(Sha1::new()),
                Algorithm::Sha256 => hasher.sha256 = Some(Sha256::new()),
            }
        }
        let content = (content == ContentHash::Wanted).then(Sha256::new);
        Self { md5: Md5::new(), content, hasher }
    }

    /// For bytes that came with no checksum.
    pub(super) fn of_unchecked() -> Self {
        Self::new(&[], ContentHash::Unwanted)
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        if let Some(content) = &mut self.content {
            content.update(bytes);
        }
        self.hasher.update(bytes);
    }

    pub(super) fn finish(self) -> Digests {
        let found = self.hasher.finalize();
        Digests {
            md5: self.md5.finalize().to_vec(),
            content: self.content.map(|content| Hex(&content.finalize()).to_string()),
            checksums: Checksums {
                crc32: found.checksum_crc32,
                crc32c: found.checksum_crc32c,
                crc64nvme: found.checksum_crc64nvme,
                sha1: found.checksum_sha1,
                sha256: found.checksum_sha256,
                of: ChecksumOf::Whole,
            },
        }
    }
}

/// The hashes of bytes that passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Digests {
    md5: Vec<u8>,
    content: Option<String>,
    pub(super) checksums: Checksums,
}

impl Digests {
    pub(super) fn md5_hex(&self) -> String {
        Hex(&self.md5).to_string()
    }
}

/// The hashes that a request says its body has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) md5: Option<String>,
    pub(super) content: Option<String>,
    pub(super) checksums: BTreeMap<Algorithm, String>,
}

/// Which of the hashes that were given is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    Md5,
    Content,
    Checksum(Algorithm),
}

impl Expected {
    /// Compares all that was given with what was found.
    pub(super) fn check(&self, found: &Digests) -> Result<(), Wrong> {
        if self.md5.as_ref().is_some_and(|md5| *md5 != BASE64.encode(&found.md5)) {
            return Err(Wrong::Md5);
        }
        if self.content.is_some() && self.content != found.content {
            return Err(Wrong::Content);
        }
        // A checksum that was not taken does not count as right.
        let wrong =
            self.checksums.iter().find(|(algorithm, value)| found.checksums.get(**algorithm) != Some(*value));
        wrong.map_or(Ok(()), |(algorithm, _)| Err(Wrong::Checksum(*algorithm)))
    }
}
