//! The PEM block: exactly one, from the first byte to the last (RFC 7468 3, strict).

use core::fmt;

use super::EnvelopeError;

/// The label that AWS Signer writes.
const LABEL: &str = "PKCS7";
const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END PKCS7-----";

/// How a PEM block can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PemProblem {
    /// The first byte is not that of a BEGIN line.
    Begin,
    /// The label is not `PKCS7`.
    Label,
    /// Something other than one line end follows the END line.
    End,
    /// The base64 between the lines is malformed.
    Body,
}

impl fmt::Display for PemProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Begin => "it does not begin with a BEGIN line",
            Self::Label => "its label is not PKCS7",
            Self::End => "it does not end with its END line",
            Self::Body => "its base64 is malformed",
        })
    }
}

pub(super) fn decode(text: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
    decode_labelled(text).map_err(EnvelopeError::Pem)
}

fn decode_labelled(text: &[u8]) -> Result<Vec<u8>, PemProblem> {
    if !text.starts_with(BEGIN) {
        return Err(PemProblem::Begin);
    }
    let label = pem_rfc7468::decode_label(text).map_err(|_| PemProblem::Label)?;
    if label != LABEL {
        return Err(PemProblem::Label);
    }
    let body = text.strip_suffix(b"\n").unwrap_or(text);
    let body = body.strip_suffix(b"\r").unwrap_or(body);
    if !body.ends_with(END) {
        return Err(PemProblem::End);
    }
    let (_, der) = pem_rfc7468::decode_vec(text).map_err(|_| PemProblem::Body)?;
    Ok(der)
}
