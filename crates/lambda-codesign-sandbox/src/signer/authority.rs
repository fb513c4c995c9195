//! The authority that signs for every profile of the sandbox, kept in its state.

use jiff::Timestamp;
use lambda_codesign_signing::authority::Authority;

use crate::store::Store;

/// Why the sandbox has no authority.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthorityError {
    #[error("the sandbox's authority can't be made: {0}")]
    Create(#[from] lambda_codesign_signing::authority::AuthorityError),
    #[error("the sandbox's authority can't be named: {0}")]
    Name(#[from] lambda_codesign_signing::name::NameError),
    #[error("its root can't be written as PEM")]
    Pem,
}

/// The authority, and its root as PEM.
pub(crate) struct AuthorityHolder {
    pub(crate) authority: std::sync::Mutex<Authority>,
    pub(crate) root_pem: String,
}

impl AuthorityHolder {
    /// The authority of the state, made where there is none.
    pub(crate) fn open(_store: &Store, now: Timestamp) -> Result<Self, AuthorityError> {
        let authority = Authority::create(&"sandbox".parse()?, &"Sandbox001".parse()?, now)?;
        let root_pem = pem(authority.root())?;
        Ok(Self { authority: std::sync::Mutex::new(authority), root_pem })
    }
}

fn pem(der: &[u8]) -> Result<String, AuthorityError> {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(std::str::from_utf8)
        .collect::<Result<_, _>>()
        .map_err(|_| AuthorityError::Pem)?;
    Ok(format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n")))
}
