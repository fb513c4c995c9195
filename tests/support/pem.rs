//! PEM as openssl writes it: lines of 64 characters, each ended by a newline.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A certificate.
pub fn certificate(der: &[u8]) -> String {
    block("CERTIFICATE", der)
}

/// A signature, as AWS Signer labels it.
pub fn pkcs7(ber: &[u8]) -> Vec<u8> {
    block("PKCS7", ber).into_bytes()
}

pub fn block(label: &str, content: &[u8]) -> String {
    wrapped(label, content, 64)
}

/// A block whose lines have `width` characters.
pub fn wrapped(label: &str, content: &[u8], width: usize) -> String {
    let encoded = STANDARD.encode(content);
    let mut text = format!("-----BEGIN {label}-----\n");
    for at in (0..encoded.len()).step_by(width) {
        text.push_str(&encoded[at..encoded.len().min(at + width)]);
        text.push('\n');
    }
    text + &format!("-----END {label}-----\n")
}
