//! ContentInfo and SignedData (RFC 5652 3, 5), in the fixed shape of FORMAT.md, "The envelope".
//!
//! Indefinite lengths are admitted where AWS Signer writes them: on ContentInfo, its `[0]`, SignedData, the certificates
//! and, as in 2022, EncapsulatedContentInfo. All else is DER.

use super::ber::{BerError, Element, Reader, check_der, tag};
use super::error::{EnvelopeError, Part};
use super::{UnverifiedEnvelope, attributes, name};

const ID_SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
pub(super) const ID_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
const ID_SHA384: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
pub(super) const ECDSA_WITH_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];

/// Names the part in which an encoding is wrong.
pub(super) fn at(part: Part) -> impl Fn(BerError) -> EnvelopeError {
    move |error| EnvelopeError::Encoding { part, error }
}

/// Whether this AlgorithmIdentifier is SHA-384, with parameters absent (2024) or NULL (2022).
pub(super) fn is_sha384(algorithm: Element<'_>) -> bool {
    let mut fields = algorithm.reader();
    let named = fields.der(tag::OBJECT_IDENTIFIER).is_ok_and(|oid| oid.content() == ID_SHA384);
    let parameters = fields.is_empty() || fields.der(tag::NULL).is_ok_and(|null| null.content().is_empty());
    named && parameters && fields.is_empty()
}

pub(super) fn read(bytes: &[u8]) -> Result<UnverifiedEnvelope, EnvelopeError> {
    signed_data(content_info(bytes)?)
}

/// RFC 5652 3: the content type id-signedData and the content under `[0]`.
fn content_info(bytes: &[u8]) -> Result<Reader<'_>, EnvelopeError> {
    let part = Part::ContentInfo;
    let mut whole = Reader::new(bytes);
    let mut fields = whole.ber(tag::SEQUENCE).map_err(at(part))?.reader();
    whole.finish().map_err(at(part))?;
    let content_type = fields.der(tag::OBJECT_IDENTIFIER).map_err(at(part))?;
    if content_type.content() != ID_SIGNED_DATA {
        return Err(EnvelopeError::ContentType(part));
    }
    let mut content = fields.ber(tag::CONTEXT_0).map_err(at(part))?.reader();
    fields.finish().map_err(at(part))?;
    let signed_data = content.ber(tag::SEQUENCE).map_err(at(part))?.reader();
    content.finish().map_err(at(part))?;
    Ok(signed_data)
}

/// RFC 5652 5.1, without `crls`, which the format never has.
fn signed_data(mut fields: Reader<'_>) -> Result<UnverifiedEnvelope, EnvelopeError> {
    let in_signed_data = at(Part::SignedData);
    check_version(fields.der(tag::INTEGER).map_err(&in_signed_data)?, Part::SignedData)?;
    check_digest_algorithms(fields.der(tag::SET).map_err(&in_signed_data)?)?;
    check_encapsulated(fields.ber(tag::SEQUENCE).map_err(&in_signed_data)?)?;
    let certificates = certificates(fields.ber(tag::CONTEXT_0).map_err(&in_signed_data)?.reader())?;
    let signers = fields.der(tag::SET).map_err(&in_signed_data)?;
    fields.finish().map_err(&in_signed_data)?;
    signer_info(only_signer(signers.reader())?, certificates)
}

fn check_version(version: Element<'_>, part: Part) -> Result<(), EnvelopeError> {
    if version.content() == [1] { Ok(()) } else { Err(EnvelopeError::Version(part)) }
}

fn check_digest_algorithms(set: Element<'_>) -> Result<(), EnvelopeError> {
    let part = Part::DigestAlgorithms;
    let mut algorithms = set.reader();
    let algorithm = algorithms.der(tag::SEQUENCE).map_err(at(part))?;
    algorithms.finish().map_err(at(part))?;
    if is_sha384(algorithm) { Ok(()) } else { Err(EnvelopeError::DigestAlgorithm(part)) }
}

/// RFC 5652 5.2: id-data, the content itself absent.
fn check_encapsulated(content: Element<'_>) -> Result<(), EnvelopeError> {
    let part = Part::EncapsulatedContentInfo;
    let mut fields = content.reader();
    let content_type = fields.der(tag::OBJECT_IDENTIFIER).map_err(at(part))?;
    if content_type.content() != ID_DATA {
        return Err(EnvelopeError::ContentType(part));
    }
    if fields.is_empty() { Ok(()) } else { Err(EnvelopeError::ContentPresent) }
}

/// The bag: certificates only, each DER down to its last element, kept as they came.
fn certificates(mut bag: Reader<'_>) -> Result<Vec<Vec<u8>>, EnvelopeError> {
    let part = Part::Certificates;
    let mut certificates = Vec::new();
    while !bag.is_empty() {
        let certificate = bag.der(tag::SEQUENCE).map_err(at(part))?;
        check_der(certificate.raw()).map_err(|error| at(part)(certificate.shift(error)))?;
        certificates.push(certificate.raw().to_vec());
    }
    Ok(certificates)
}

fn only_signer(mut signers: Reader<'_>) -> Result<Element<'_>, EnvelopeError> {
    if signers.is_empty() {
        return Err(EnvelopeError::SignerCount { found: 0 });
    }
    let signer = signers.der(tag::SEQUENCE).map_err(at(Part::SignerInfo))?;
    if signers.is_empty() { Ok(signer) } else { Err(EnvelopeError::SignerCount { found: 2 }) }
}

/// RFC 5652 5.3, with the signer by issuer and serial number.
fn signer_info(signer: Element<'_>, certificates: Vec<Vec<u8>>) -> Result<UnverifiedEnvelope, EnvelopeError> {
    let part = Part::SignerInfo;
    check_der(signer.raw()).map_err(|error| at(part)(signer.shift(error)))?;
    let mut fields = signer.reader();
    check_version(fields.der(tag::INTEGER).map_err(at(part))?, part)?;
    let (issuer, serial) = signer_identifier(fields.der(tag::SEQUENCE).map_err(at(part))?)?;
    if !is_sha384(fields.der(tag::SEQUENCE).map_err(at(part))?) {
        return Err(EnvelopeError::DigestAlgorithm(part));
    }
    let signed = fields.der(tag::CONTEXT_0).map_err(at(part))?;
    check_signature_algorithm(fields.der(tag::SEQUENCE).map_err(at(part))?)?;
    let signature = fields.der(tag::OCTET_STRING).map_err(at(part))?;
    if fields.next_is(tag::CONTEXT_1) {
        return Err(EnvelopeError::UnsignedAttributes);
    }
    fields.finish().map_err(at(part))?;
    Ok(UnverifiedEnvelope {
        certificates,
        issuer: issuer.raw().to_vec(),
        serial: serial.content().to_vec(),
        signed: as_set_of(signed.raw()),
        attributes: attributes::read(signed.reader())?,
        signature: signature.content().to_vec(),
    })
}

fn signer_identifier(identifier: Element<'_>) -> Result<(Element<'_>, Element<'_>), EnvelopeError> {
    let part = Part::SignerIdentifier;
    let mut fields = identifier.reader();
    let issuer = fields.der(tag::SEQUENCE).map_err(at(part))?;
    name::check(issuer.raw()).map_err(|error| at(part)(issuer.shift(error)))?;
    let serial = fields.der(tag::INTEGER).map_err(at(part))?;
    fields.finish().map_err(at(part))?;
    Ok((issuer, serial))
}

/// RFC 5758 3.2: the parameters of ecdsa-with-SHA384 are absent.
fn check_signature_algorithm(algorithm: Element<'_>) -> Result<(), EnvelopeError> {
    let part = Part::SignerInfo;
    let mut fields = algorithm.reader();
    let oid = fields.der(tag::OBJECT_IDENTIFIER).map_err(at(part))?;
    let agrees = oid.content() == ECDSA_WITH_SHA384 && fields.is_empty();
    if agrees { Ok(()) } else { Err(EnvelopeError::SignatureAlgorithm(part)) }
}

/// RFC 5652 5.4: what is signed has the tag of `SET OF` in place of the stored `[0]`; no other byte differs.
fn as_set_of(signed: &[u8]) -> Vec<u8> {
    let mut set = signed.to_vec();
    if let Some(first) = set.first_mut() {
        *first = tag::SET;
    }
    set
}
