//! A profile with its authority as one encrypted file: the age format with a passphrase.

use age::secrecy::SecretString;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::state::{Base64Der, State};
use super::{JobRecord, Profile, ProfileError, ProfileStore};
use crate::authority::{Authority, Link, Role};

/// The cost of guessing a passphrase: scrypt with N = 2^18, about a second and 256 MiB.
const WORK_FACTOR: u8 = 18;

/// The most that an import spends on a passphrase, whatever the file asks for.
const MAX_WORK_FACTOR: u8 = 20;

/// A passphrase that is not empty, wiped from memory when dropped.
pub struct Passphrase(SecretString);

impl Passphrase {
    /// The passphrase in this text, which is wiped.
    ///
    /// # Errors
    /// It is empty.
    pub fn new(text: String) -> Result<Self, ProfileError> {
        if text.is_empty() {
            return Err(ProfileError::EmptyPassphrase);
        }
        Ok(Self(SecretString::from(text)))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "schema")]
enum Document {
    #[serde(rename = "lambda-codesign/profile-export/v1")]
    V1(Export),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Export {
    profile: State,
    root_key: SecretDer,
    subordinate_key: SecretDer,
    regional_key: SecretDer,
    jobs: Vec<JobRecord>,
}

/// A PKCS#8 key, in base64 in JSON, wiped when dropped.
#[derive(Serialize, Deserialize)]
#[serde(from = "Base64Der", into = "Base64Der")]
#[derive(Clone)]
struct SecretDer(Zeroizing<Vec<u8>>);

impl From<Base64Der> for SecretDer {
    fn from(der: Base64Der) -> Self {
        Self(Zeroizing::new(der.0))
    }
}

impl From<SecretDer> for Base64Der {
    fn from(secret: SecretDer) -> Self {
        Self(secret.0.to_vec())
    }
}

impl Profile {
    /// The profile, its keys and its jobs, encrypted with the passphrase (age, scrypt recipient).
    ///
    /// # Errors
    /// The profile is damaged, or the system has too little memory for the encryption.
    pub fn export(&self, passphrase: &Passphrase) -> Result<Vec<u8>, ProfileError> {
        self.export_at(passphrase, WORK_FACTOR)
    }

    fn export_at(&self, passphrase: &Passphrase, work_factor: u8) -> Result<Vec<u8>, ProfileError> {
        let jobs = self.jobs()?;
        let document = self.with_authority(|state, authority| {
            let key = |role| SecretDer(Zeroizing::new(authority.link(role).pkcs8().to_vec()));
            Ok(Document::V1(Export {
                profile: state.clone(),
                root_key: key(Role::Root),
                subordinate_key: key(Role::Subordinate),
                regional_key: key(Role::Regional),
                jobs,
            }))
        })?;
        let json = serde_json::to_vec(&document).map_err(|_| ProfileError::NotEncrypted)?;
        let json = Zeroizing::new(json);
        let mut recipient = age::scrypt::Recipient::new(passphrase.0.clone());
        recipient.set_work_factor(work_factor);
        age::encrypt(&recipient, &json).map_err(|_| ProfileError::NotEncrypted)
    }
}

impl ProfileStore {
    /// Puts an exported profile into this store.
    ///
    /// # Errors
    /// The passphrase is wrong, the export damaged, or the name taken.
    pub fn import(&self, export: &[u8], passphrase: &Passphrase) -> Result<Profile, ProfileError> {
        let mut identity = age::scrypt::Identity::new(passphrase.0.clone());
        identity.set_max_work_factor(MAX_WORK_FACTOR);
        let json = age::decrypt(&identity, export).map_err(|_| ProfileError::NotDecrypted)?;
        let json = Zeroizing::new(json);
        let Document::V1(export) =
            serde_json::from_slice(&json).map_err(|error| ProfileError::DamagedExport(error.to_string()))?;
        let Export { profile: state, root_key, subordinate_key, regional_key, jobs } = export;
        let link = |role, key: SecretDer| {
            Link::from_parts(role, state.certificate(role).to_vec(), key.0)
                .map_err(|error| ProfileError::DamagedExport(error.to_string()))
        };
        let authority = Authority::from_links(
            link(Role::Root, root_key)?,
            link(Role::Subordinate, subordinate_key)?,
            link(Role::Regional, regional_key)?,
        );
        self.place(&state, &authority, &jobs)
    }
}

#[cfg(test)]
mod tests {
    use super::Passphrase;
    use crate::profile::{Profile, ProfileError, ProfileStore};
    use crate::validity::Validity;

    #[test]
    fn an_export_comes_back_whole_and_opens_with_its_passphrase_alone() {
        let now = "2026-11-24T10:00:00Z".parse().unwrap();
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let name = "release".parse().unwrap();
        let store = ProfileStore::open(here.path()).unwrap();
        let profile = store.create(&name, Validity::days(30).unwrap(), now).unwrap();
        let passphrase = |text: &str| Passphrase::new(text.to_owned()).unwrap();
        let export = profile.export_at(&passphrase("correct horse"), 4).unwrap();
        assert!(export.starts_with(b"age-encryption.org/v1\n"));

        let other = ProfileStore::open(there.path()).unwrap();
        let wrong = other.import(&export, &passphrase("correct house")).err();
        assert!(matches!(wrong, Some(ProfileError::NotDecrypted)), "{wrong:?}");
        let mut bent = export.clone();
        *bent.last_mut().unwrap() ^= 1;
        let damaged = other.import(&bent, &passphrase("correct horse")).err();
        assert!(matches!(damaged, Some(ProfileError::NotDecrypted)), "{damaged:?}");
        assert!(other.list().unwrap().is_empty());

        let moved = other.import(&export, &passphrase("correct horse")).unwrap();
        assert_eq!(moved.facts().unwrap(), profile.facts().unwrap());
        assert!(moved.begin(now, None).is_ok());
        let again = other.import(&export, &passphrase("correct horse")).err();
        assert!(matches!(again, Some(ProfileError::Exists(_))), "{again:?}");
        assert!(Passphrase::new(String::new()).is_err());
    }

    #[test]
    fn an_ephemeral_profile_signs_and_forgets() {
        let now = "2026-11-24T10:00:00Z".parse().unwrap();
        let profile = Profile::ephemeral("ci".parse().unwrap(), now).unwrap();
        let job = profile.begin(now, Some(Validity::days(1).unwrap())).unwrap();
        assert_eq!(job.statement.expires.to_string(), "2026-11-25T10:00:00Z");
        profile.cancel(now).unwrap();
        assert!(matches!(profile.begin(now, None), Err(ProfileError::Canceled(_))));
        profile.revoke("leaked", now, now).unwrap();
        assert!(matches!(profile.begin(now, None), Err(ProfileError::Revoked(_))));
        assert!(matches!(profile.cancel(now), Err(ProfileError::CancelRevoked(_))));
    }
}
