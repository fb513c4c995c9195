//! The authority that signs for every profile of the sandbox, kept in its state.

use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use lambda_codesign_signing::authority::{Authority, AuthorityParts, Credential, LinkParts, Renewal};
use serde::{Deserialize, Serialize};

use crate::store::{Store, StoreError, Table};

/// Why the sandbox has no authority.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthorityError {
    #[error("the sandbox's authority can't be made or used: {0}")]
    Authority(#[from] lambda_codesign_signing::authority::AuthorityError),
    #[error("the sandbox's authority can't be named: {0}")]
    Name(#[from] lambda_codesign_signing::name::NameError),
    #[error("the authority in the state file is not in base64: {0}")]
    Base64(#[from] base64::DecodeError),
    #[error("its root can't be written as PEM: {0}")]
    Pem(#[from] pem_rfc7468::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The authority, and its root as PEM.
pub(crate) struct AuthorityHolder {
    authority: Mutex<Authority>,
    pub(crate) root_pem: String,
}

const AUTHORITY: Table<AuthorityRecord> = Table::new("signer-authority");
const ONLY: &str = "authority";

#[derive(Serialize, Deserialize)]
struct AuthorityRecord {
    root: LinkRecord,
    subordinate: LinkRecord,
    regional: LinkRecord,
}

/// A certificate and its key, each in base64.
#[derive(Serialize, Deserialize)]
struct LinkRecord {
    certificate: String,
    pkcs8: String,
}

impl AuthorityHolder {
    /// The authority of the state, made where there is none. The jobs that a kill interrupted end here too.
    pub(crate) fn open(store: &Store, now: Timestamp) -> Result<Self, AuthorityError> {
        super::run::end_interrupted(store)?;
        let authority = store.write(|write| match write.get(&AUTHORITY, ONLY)? {
            Some(record) => record.authority(),
            None => {
                let authority = Authority::create(&"sandbox".parse()?, &"Sandbox001".parse()?, now)?;
                write.put(&AUTHORITY, ONLY, &AuthorityRecord::of(&authority))?;
                Ok::<_, AuthorityError>(authority)
            }
        })?;
        let root_pem =
            pem_rfc7468::encode_string("CERTIFICATE", pem_rfc7468::LineEnding::LF, authority.root())?;
        Ok(Self { authority: Mutex::new(authority), root_pem })
    }

    /// A leaf for one job, under intermediates that outlive it; those that had to be renewed are kept first.
    pub(super) fn issue(&self, store: &Store, now: Timestamp) -> Result<Credential, AuthorityError> {
        // A panic elsewhere leaves the authority as it was: renewing replaces links whole.
        let mut authority = self.authority.lock().unwrap_or_else(PoisonError::into_inner);
        match authority.renew(now)? {
            Renewal::NotDue => {}
            Renewal::Regional | Renewal::Both => {
                let record = AuthorityRecord::of(&authority);
                store.write(|write| write.put(&AUTHORITY, ONLY, &record))?;
            }
        }
        Ok(authority.issue(now)?)
    }
}

impl AuthorityRecord {
    fn of(authority: &Authority) -> Self {
        let AuthorityParts { root, subordinate, regional } = authority.to_parts();
        Self {
            root: LinkRecord::of(&root),
            subordinate: LinkRecord::of(&subordinate),
            regional: LinkRecord::of(&regional),
        }
    }

    fn authority(&self) -> Result<Authority, AuthorityError> {
        Ok(Authority::from_parts(AuthorityParts {
            root: self.root.parts()?,
            subordinate: self.subordinate.parts()?,
            regional: self.regional.parts()?,
        })?)
    }
}

impl LinkRecord {
    fn of(parts: &LinkParts) -> Self {
        Self { certificate: STANDARD.encode(&parts.certificate), pkcs8: STANDARD.encode(&*parts.pkcs8) }
    }

    fn parts(&self) -> Result<LinkParts, AuthorityError> {
        Ok(LinkParts {
            certificate: STANDARD.decode(&self.certificate)?,
            pkcs8: STANDARD.decode(&self.pkcs8)?.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::AuthorityHolder;
    use crate::store::Store;
    use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

    #[test]
    fn the_authority_outlives_the_process_and_so_do_its_renewals() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let now: Timestamp = "2026-11-24T10:00:00Z".parse().unwrap();
        let later = now.to_zoned_datetime(TimeZone::UTC).checked_add(14.months()).unwrap().timestamp();
        let store = Store::open(&path).unwrap();
        let first = AuthorityHolder::open(&store, now).unwrap();
        first.issue(&store, later).unwrap();
        let regional = first.authority.lock().unwrap().to_parts().regional.certificate;
        drop(store);
        let store = Store::open(&path).unwrap();
        let again = AuthorityHolder::open(&store, later).unwrap();
        assert_eq!(again.root_pem, first.root_pem);
        assert_eq!(again.authority.lock().unwrap().to_parts().regional.certificate, regional);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_but_its_owner_reads_the_state() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        std::fs::write(&path, b"").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        drop(Store::open(&path).unwrap());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
