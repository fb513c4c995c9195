//! The envelope in the genuine form of 2024 (FORMAT.md "The envelope").

use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use sha2::{Digest as _, Sha384};

use crate::authority::Credential;
use crate::der::{Tag, definite, indefinite, sorted};
use crate::key::KeyError;
use crate::name::{JobArn, ProfileVersionArn};

/// What a signature says beside the digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The job that signs.
    pub job: JobArn,
    /// The profile version that it signs with.
    pub profile_version: ProfileVersionArn,
    /// When; written to the millisecond.
    pub signed_at: Timestamp,
    /// When the signature expires; written to the millisecond.
    pub expires: Timestamp,
}

/// Why no envelope was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The leaf made no signature.
    #[error("the leaf key made no signature: {0}")]
    Key(#[from] KeyError),
    /// The leaf's certificate could not be read back.
    #[error("the leaf's certificate could not be read back")]
    Leaf,
}

// The object identifiers, tag and length included (RFC 5652 3, 5.1 and 11, RFC 5754 2.2 and 3.3, RFC 6211 2,
// FORMAT.md "The envelope" for those under 1.3.187.137).
const SIGNED_DATA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
const DATA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
const SHA_384: &[u8] = &[0x06, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];
const ECDSA_WITH_SHA_384: &[u8] = &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3];
const CONTENT_TYPE: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 3];
const MESSAGE_DIGEST: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4];
const SIGNING_TIME: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 5];
const ALGORITHM_PROTECTION: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 52];
const JOB_ARN: &[u8] = &[0x06, 7, 0x2b, 0x81, 0x3b, 0x81, 0x09, 1, 2];
const EXPIRY: &[u8] = &[0x06, 7, 0x2b, 0x81, 0x3b, 0x81, 0x09, 1, 3];
const PROFILE_VERSION_ARN: &[u8] = &[0x06, 7, 0x2b, 0x81, 0x3b, 0x81, 0x09, 1, 4];
const VERSION_1: &[u8] = &[0x02, 1, 1];

/// Signs the detached content, a package's 48 inner bytes or what stands for something else, and writes the envelope: the
/// body of a signature entry.
///
/// The credential is consumed: one leaf signs one job.
///
/// # Errors
/// The provider made no signature.
pub fn seal(credential: Credential, statement: &Statement, content: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
    let attributes = attributes(statement, content);
    // The signature is over the SET OF, the envelope holds the same bytes under [0] (RFC 5652 5.4).
    let signature = credential.key.sign(&definite(Tag::Set, &[&attributes]))?;
    let signer_info = signer_info(credential.leaf(), &attributes, &signature)?;
    let chain: Vec<&[u8]> = credential.chain.iter().map(AsRef::as_ref).collect();
    let signed_data = indefinite(
        Tag::Sequence,
        &[
            VERSION_1,
            &definite(Tag::Set, &[&sha_384()]),
            &definite(Tag::Sequence, &[DATA]),
            &indefinite(Tag::Context0, &chain),
            &definite(Tag::Set, &[&signer_info]),
        ],
    );
    let content_info = indefinite(Tag::Sequence, &[SIGNED_DATA, &indefinite(Tag::Context0, &[&signed_data])]);
    pem_rfc7468::encode_string("PKCS7", pem_rfc7468::LineEnding::LF, &content_info)
        .map(String::into_bytes)
        .map_err(|_| EnvelopeError::Leaf)
}

fn sha_384() -> Vec<u8> {
    definite(Tag::Sequence, &[SHA_384])
}

fn signer_info(
    leaf: &CertificateDer<'_>,
    attributes: &[u8],
    signature: &[u8],
) -> Result<Vec<u8>, EnvelopeError> {
    let (_, leaf) = x509_parser::parse_x509_certificate(leaf).map_err(|_| EnvelopeError::Leaf)?;
    let serial = definite(Tag::Integer, &[leaf.raw_serial()]);
    Ok(definite(
        Tag::Sequence,
        &[
            VERSION_1,
            &definite(Tag::Sequence, &[leaf.issuer().as_raw(), &serial]),
            &sha_384(),
            &definite(Tag::Context0, &[attributes]),
            &definite(Tag::Sequence, &[ECDSA_WITH_SHA_384]),
            &definite(Tag::OctetString, &[signature]),
        ],
    ))
}

/// The content octets of the signed attributes, in DER order.
fn attributes(statement: &Statement, content: &[u8]) -> Vec<u8> {
    let attribute = |oid: &[u8], value: &[u8]| definite(Tag::Sequence, &[oid, &definite(Tag::Set, &[value])]);
    let utf8 = |text: &str| definite(Tag::Utf8String, &[text.as_bytes()]);
    let protection = definite(Tag::Sequence, &[&sha_384(), &definite(Tag::Context1, &[ECDSA_WITH_SHA_384])]);
    sorted(vec![
        attribute(CONTENT_TYPE, DATA),
        attribute(MESSAGE_DIGEST, &definite(Tag::OctetString, &[&Sha384::digest(content)])),
        attribute(SIGNING_TIME, &time(statement.signed_at)),
        attribute(ALGORITHM_PROTECTION, &protection),
        attribute(JOB_ARN, &utf8(statement.job.as_str())),
        attribute(EXPIRY, &time(statement.expires)),
        attribute(PROFILE_VERSION_ARN, &utf8(statement.profile_version.as_str())),
    ])
}

/// A GeneralizedTime with exactly three digits of milliseconds, as AWS writes it, trailing zeros included.
fn time(at: Timestamp) -> Vec<u8> {
    definite(Tag::GeneralizedTime, &[at.strftime("%Y%m%d%H%M%S%.3fZ").to_string().as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn times_are_written_as_aws_writes_them() {
        let shown = |text: &str| String::from_utf8(time(text.parse().unwrap())[2..].to_vec()).unwrap();
        assert_eq!(shown("2022-02-11T17:45:24.338Z"), "20220211174524.338Z");
        assert_eq!(shown("2022-02-11T17:45:24.12Z"), "20220211174524.120Z");
        assert_eq!(shown("2022-02-11T17:45:24.9999Z"), "20220211174524.999Z");
    }
}
