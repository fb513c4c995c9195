//! The signed attributes (FORMAT.md, "The envelope"; RFC 5652 5.3, 11; RFC 6211).

use jiff::Timestamp;

use super::ber::{Element, Reader, tag};
use super::cms::{ECDSA_WITH_SHA384, ID_DATA, at, is_sha384};
use super::error::{AttributeKind, EnvelopeError, Part};
use super::time;

/// Genuine envelopes have seven; a later AWS Signer may add a few.
const MAX_ATTRIBUTES: usize = 32;

/// Object identifiers of the attributes, as the content octets of their DER.
const KNOWN: [(&[u8], AttributeKind); 7] = [
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03], AttributeKind::ContentType),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04], AttributeKind::MessageDigest),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x05], AttributeKind::SigningTime),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x34], AttributeKind::AlgorithmProtection),
    (&[0x2b, 0x81, 0x3b, 0x81, 0x09, 0x01, 0x02], AttributeKind::SigningJobArn),
    (&[0x2b, 0x81, 0x3b, 0x81, 0x09, 0x01, 0x03], AttributeKind::SignatureExpiry),
    (&[0x2b, 0x81, 0x3b, 0x81, 0x09, 0x01, 0x04], AttributeKind::SigningProfileVersionArn),
];

/// What the signed attributes say, each read in the one form that AWS Signer writes.
///
/// The fields are claims until the envelope is verified: everything here can be written by anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedAttributes {
    /// The digest that the content is said to have.
    pub message_digest: [u8; 48],
    /// When the signature is said to have been made.
    pub signing_time: Timestamp,
    /// When it is said to end.
    pub expires: Timestamp,
    /// The signing job's ARN, unparsed.
    pub signing_job_arn: String,
    /// The signing profile version's ARN, unparsed.
    pub signing_profile_version_arn: String,
    /// Attributes that this version does not know.
    pub unknown: Vec<UnknownAttribute>,
}

/// A signed attribute that this version does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownAttribute {
    oid: Vec<u8>,
}

impl core::fmt::Display for UnknownAttribute {
    /// The object identifier in dotted form, as far as its arcs fit 64 bits.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (mut arc, mut first) = (0_u64, true);
        for octet in &self.oid {
            arc = arc.wrapping_shl(7) | u64::from(octet & 0x7f);
            if octet & 0x80 != 0 {
                continue;
            }
            if first {
                let root = (arc / 40).min(2);
                write!(f, "{root}.{}", arc.saturating_sub(root.saturating_mul(40)))?;
                first = false;
            } else {
                write!(f, ".{arc}")?;
            }
            arc = 0;
        }
        Ok(())
    }
}

/// The attributes by kind, before it is known that all are there.
#[derive(Default)]
struct Found<'a> {
    known: [Option<Element<'a>>; KNOWN.len()],
    unknown: Vec<UnknownAttribute>,
}

/// Reads the content of `signedAttrs`.
pub(super) fn read(attributes: Reader<'_>) -> Result<SignedAttributes, EnvelopeError> {
    let found = collect(attributes)?;
    let required = |kind| found.of(kind).ok_or(EnvelopeError::AttributeMissing(kind));
    check_content_type(required(AttributeKind::ContentType)?)?;
    if let Some(protection) = found.of(AttributeKind::AlgorithmProtection) {
        check_algorithm_protection(protection)?;
    }
    Ok(SignedAttributes {
        message_digest: message_digest(required(AttributeKind::MessageDigest)?)?,
        signing_time: timestamp(required(AttributeKind::SigningTime)?, AttributeKind::SigningTime)?,
        expires: timestamp(required(AttributeKind::SignatureExpiry)?, AttributeKind::SignatureExpiry)?,
        signing_job_arn: text(required(AttributeKind::SigningJobArn)?, AttributeKind::SigningJobArn)?,
        signing_profile_version_arn: text(
            required(AttributeKind::SigningProfileVersionArn)?,
            AttributeKind::SigningProfileVersionArn,
        )?,
        unknown: found.unknown,
    })
}

impl<'a> Found<'a> {
    fn of(&self, kind: AttributeKind) -> Option<Element<'a>> {
        KNOWN.iter().zip(&self.known).find(|((_, known), _)| *known == kind).and_then(|(_, value)| *value)
    }

    fn add(&mut self, oid: &[u8], value: Element<'a>) -> Result<(), EnvelopeError> {
        for ((known, _), slot) in KNOWN.iter().zip(&mut self.known) {
            if *known == oid {
                return if slot.replace(value).is_none() {
                    Ok(())
                } else {
                    Err(EnvelopeError::AttributeTwice)
                };
            }
        }
        if self.unknown.iter().any(|unknown| unknown.oid == oid) {
            return Err(EnvelopeError::AttributeTwice);
        }
        self.unknown.push(UnknownAttribute { oid: oid.to_vec() });
        Ok(())
    }
}

/// Takes the set apart: in DER order, at most [`MAX_ATTRIBUTES`], each type once, each with one value.
fn collect(mut attributes: Reader<'_>) -> Result<Found<'_>, EnvelopeError> {
    let part = Part::SignedAttributes;
    let (mut found, mut before, mut count) = (Found::default(), &[][..], 0_usize);
    while !attributes.is_empty() {
        count = count.saturating_add(1);
        if count > MAX_ATTRIBUTES {
            return Err(EnvelopeError::TooManyAttributes { limit: MAX_ATTRIBUTES });
        }
        let attribute = attributes.der(tag::SEQUENCE).map_err(at(part))?;
        // X.690 11.6: the encodings of a SET OF ascend; equal ones are one type twice.
        match before.cmp(attribute.raw()) {
            core::cmp::Ordering::Less => before = attribute.raw(),
            core::cmp::Ordering::Equal => return Err(EnvelopeError::AttributeTwice),
            core::cmp::Ordering::Greater => return Err(EnvelopeError::AttributeOrder),
        }
        let mut fields = attribute.reader();
        let oid = fields.der(tag::OBJECT_IDENTIFIER).map_err(at(part))?;
        let values = fields.der(tag::SET).map_err(at(part))?;
        fields.finish().map_err(at(part))?;
        let value = only_value(values)?;
        found.add(oid.content(), value)?;
    }
    Ok(found)
}

/// The one value of an attribute (RFC 5652 11.1 to 11.3 allow just one).
fn only_value(values: Element<'_>) -> Result<Element<'_>, EnvelopeError> {
    let mut reader = values.reader();
    if reader.is_empty() {
        return Err(EnvelopeError::AttributeValues);
    }
    let value = reader.der_any().map_err(at(Part::SignedAttributes))?;
    if reader.is_empty() { Ok(value) } else { Err(EnvelopeError::AttributeValues) }
}

fn check_content_type(value: Element<'_>) -> Result<(), EnvelopeError> {
    if value.is(tag::OBJECT_IDENTIFIER) && value.content() == ID_DATA {
        Ok(())
    } else {
        Err(EnvelopeError::AttributeValue(AttributeKind::ContentType))
    }
}

/// RFC 6211 2: the digest algorithm, and the signature algorithm under `[1]`, are those of the SignerInfo.
fn check_algorithm_protection(value: Element<'_>) -> Result<(), EnvelopeError> {
    let wrong = || EnvelopeError::AttributeValue(AttributeKind::AlgorithmProtection);
    let read = || {
        let mut fields = value.reader();
        let digest = fields.der(tag::SEQUENCE)?;
        let mut signature = fields.der(tag::CONTEXT_1)?.reader();
        fields.finish()?;
        let algorithm = signature.der(tag::OBJECT_IDENTIFIER)?;
        signature.finish()?;
        Ok::<_, super::BerError>((digest, algorithm))
    };
    let (digest, algorithm) = read().map_err(|_| wrong())?;
    let agrees = value.is(tag::SEQUENCE) && is_sha384(digest) && algorithm.content() == ECDSA_WITH_SHA384;
    if agrees { Ok(()) } else { Err(wrong()) }
}

fn message_digest(value: Element<'_>) -> Result<[u8; 48], EnvelopeError> {
    let digest = value.is(tag::OCTET_STRING).then(|| value.content().try_into().ok()).flatten();
    digest.ok_or(EnvelopeError::AttributeValue(AttributeKind::MessageDigest))
}

fn timestamp(value: Element<'_>, kind: AttributeKind) -> Result<Timestamp, EnvelopeError> {
    let time = value.is(tag::GENERALIZED_TIME).then(|| time::generalized(value.content())).flatten();
    time.ok_or(EnvelopeError::AttributeValue(kind))
}

fn text(value: Element<'_>, kind: AttributeKind) -> Result<String, EnvelopeError> {
    let text = value.is(tag::UTF8_STRING).then(|| core::str::from_utf8(value.content()).ok()).flatten();
    text.map(str::to_owned).ok_or(EnvelopeError::AttributeValue(kind))
}
