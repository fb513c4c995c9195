//! Parts that become an object.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use s3s::dto::{CompletedPart, ETag};
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::digest::{Algorithm, ContentHash, Digester};
use super::records::{ChecksumOf, Checksums, PartRecord, UploadRecord};
use crate::store::Blob;
use crate::world::World;

/// The least bytes of every part but the last (S3 user guide, "Amazon S3 multipart upload limits").
const PART_BYTES: u64 = 5 << 20;

/// A part as the request that completes an upload names it.
pub(super) struct Named {
    number: i32,
    etag: String,
    checksums: Checksums,
}

impl Named {
    pub(super) fn parse(part: CompletedPart) -> S3Result<Self> {
        let malformed = || {
            S3Error::with_message(
                S3ErrorCode::MalformedXML,
                "The XML you provided was not well-formed or did not validate against our published schema",
            )
        };
        Ok(Self {
            number: part.part_number.ok_or_else(malformed)?,
            etag: part.e_tag.map(ETag::into_value).ok_or_else(malformed)?,
            checksums: Checksums {
                crc32: part.checksum_crc32,
                crc32c: part.checksum_crc32c,
                crc64nvme: part.checksum_crc64nvme,
                sha1: part.checksum_sha1,
                sha256: part.checksum_sha256,
                of: ChecksumOf::Whole,
            },
        })
    }

    /// Whether a part is the one that is named: its ETag, and those of its checksums that both know.
    fn is(&self, part: &PartRecord) -> bool {
        let differs =
            |algorithm: Algorithm| match (self.checksums.get(algorithm), part.checksums.get(algorithm)) {
                (Some(named), Some(found)) => named != found,
                // A checksum that nobody took does not count as right.
                (Some(_), None) => true,
                (None, _) => false,
            };
        self.number == part.number && self.etag == part.md5 && !Algorithm::ALL.into_iter().any(differs)
    }
}

/// The bytes of all parts in one blob that nobody claimed yet.
pub(super) struct Assembled {
    pub(super) blob: Blob,
    pub(super) etag: String,
    pub(super) checksums: Checksums,
}

impl Assembled {
    /// Copies the parts that are named, a chunk at a time. Blocks.
    pub(super) fn of(
        world: &World,
        record: &UploadRecord,
        parts: &[PartRecord],
        named: &[Named],
    ) -> S3Result<Self> {
        let parts = choose(parts, named)?;
        let algorithm = record.algorithm.as_deref().and_then(Algorithm::of_name);
        let composite = match (record.checksum_of, algorithm) {
            (ChecksumOf::Parts, Some(algorithm)) => Some(composite(&parts, algorithm)?),
            (ChecksumOf::Parts | ChecksumOf::Whole, _) => None,
        };
        let mut writer = world.store.write_blob()?;
        let mut digester = Digester::new(algorithm.as_slice(), ContentHash::Unwanted);
        for part in &parts {
            let mut reader = world.store.read_blob(part.blob, 0, part.blob.size);
            while let Some(chunk) = reader.next_chunk()? {
                if composite.is_none() {
                    digester.update(&chunk);
                }
                writer.push(&chunk)?;
            }
        }
        let checksums = composite.unwrap_or_else(|| digester.finish().checksums);
        Ok(Self { blob: writer.finish()?, etag: etag(&parts), checksums })
    }
}

fn choose<'a>(parts: &'a [PartRecord], named: &[Named]) -> S3Result<Vec<&'a PartRecord>> {
    if named.is_empty() {
        return Err(S3Error::with_message(S3ErrorCode::InvalidRequest, "You must specify at least one part"));
    }
    if !named.iter().zip(named.iter().skip(1)).all(|(one, next)| one.number < next.number) {
        return Err(S3Error::with_message(
            S3ErrorCode::InvalidPartOrder,
            "The list of parts was not in ascending order. Parts must be ordered by part number.",
        ));
    }
    let find = |named: &Named| parts.iter().find(|part| named.is(part)).ok_or_else(invalid_part);
    let chosen: Vec<&PartRecord> = named.iter().map(find).collect::<S3Result<_>>()?;
    let but_last = chosen.len().saturating_sub(1);
    if chosen.iter().take(but_last).any(|part| part.blob.size < PART_BYTES) {
        return Err(S3Error::with_message(
            S3ErrorCode::EntityTooSmall,
            "Your proposed upload is smaller than the minimum allowed size",
        ));
    }
    Ok(chosen)
}

fn invalid_part() -> S3Error {
    S3Error::with_message(
        S3ErrorCode::InvalidPart,
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    )
}

/// The checksum of the parts' checksums.
fn composite(parts: &[&PartRecord], algorithm: Algorithm) -> S3Result<Checksums> {
    let mut digester = Digester::new(&[algorithm], ContentHash::Unwanted);
    for part in parts {
        let value = part.checksums.get(algorithm).and_then(|value| BASE64.decode(value).ok());
        digester.update(&value.ok_or_else(invalid_part)?);
    }
    let mut checksums = Checksums { of: ChecksumOf::Parts, ..Checksums::default() };
    if let Some(value) = digester.finish().checksums.get(algorithm) {
        checksums.set(algorithm, format!("{value}-{}", parts.len()));
    }
    Ok(checksums)
}

/// The MD5 of the parts' MD5s, and how many there are.
fn etag(parts: &[&PartRecord]) -> String {
    let mut digester = Digester::of_unchecked();
    for part in parts {
        digester.update(&unhex(&part.md5));
    }
    format!("{}-{}", digester.finish().md5_hex(), parts.len())
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().filter_map(|digit| digit.to_digit(16)?.try_into().ok()).collect();
    digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| (byte << 4) | digit)).collect()
}
