//! A profile's folder.
//!
//! | file | holds |
//! |---|---|
//! | `state.json` | the profile and its certificates |
//! | `ROLE-DIGEST.key` | the PKCS#8 key of the certificate with that SHA-256 |
//! | `jobs/ID.json` | a job |
//! | `lock` | nothing; whoever changes the folder holds it |
//!
//! Each file appears by a rename, keys before the state that names them, so that a process killed at any point leaves
//! the folder as it was, but for files that nothing names; the next holder of the lock removes those.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use lambda_codesign_core::text::Hex;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::guard::{self, unusable};
use super::record::{JobDocument, Jobs};
use super::state::{Document, State};
use super::{JobRecord, ProfileError};
use crate::authority::{Authority, Link, Role};
use crate::name::JobId;
use crate::output::{self, Audience, TEMPORARY_PREFIX};
use crate::platform;

const STATE: &str = "state.json";
const JOBS: &str = "jobs";
const LOCK: &str = "lock";
const KEY_LABEL: &str = "PRIVATE KEY";

pub(crate) struct Folder(PathBuf);

/// The folder while this process alone may change it.
pub(super) struct Held<'a> {
    folder: &'a Folder,
    _lock: File,
}

impl Folder {
    /// The folder, which must be there and its owner's alone.
    pub(super) fn open(path: PathBuf) -> Result<Self, ProfileError> {
        let metadata = fs::symlink_metadata(&path).map_err(unusable(&path))?;
        guard::check_folder(&path, &metadata)?;
        Ok(Self(path))
    }

    /// Fills an empty folder that nobody else knows of yet.
    pub(super) fn fill(
        path: PathBuf,
        state: &State,
        authority: &Authority,
        jobs: &[JobRecord],
    ) -> Result<(), ProfileError> {
        let folder = Self(path);
        guard::make_folder(&folder.0.join(JOBS))?;
        for role in Role::ALL {
            folder.put_key(role, authority.link(role))?;
        }
        for job in jobs {
            folder.put_job(job)?;
        }
        folder.put_state(state)
    }

    /// Waits until no other process changes the folder, and keeps others from it until the value is dropped.
    pub(super) fn hold(&self) -> Result<Held<'_>, ProfileError> {
        let lock = lock(&self.0.join(LOCK))?;
        let held = Held { folder: self, _lock: lock };
        held.remove_leftovers(&self.state()?)?;
        Ok(held)
    }

    pub(super) fn state(&self) -> Result<State, ProfileError> {
        let path = self.0.join(STATE);
        let bytes = guard::read(&path)?.ok_or_else(|| ProfileError::Missing(path.as_path().into()))?;
        let Document::V1(state) = serde_json::from_slice(&bytes).map_err(damaged(&path))?;
        Ok(state)
    }

    pub(super) fn jobs(&self) -> Result<Jobs, ProfileError> {
        let folder = self.0.join(JOBS);
        let mut jobs = Jobs::default();
        for entry in fs::read_dir(&folder).map_err(missing_or_unusable(&folder))? {
            let path = entry.map_err(unusable(&folder))?.path();
            if path.extension().is_some_and(|extension| extension == "json")
                && let Some(job) = read_job(&path)?
            {
                jobs.insert(job);
            }
        }
        Ok(jobs)
    }

    fn key_path(&self, role: Role, certificate: &[u8]) -> PathBuf {
        let digest = Sha256::digest(certificate);
        let (beginning, _) = digest.split_at(8);
        self.0.join(format!("{role}-{}.key", Hex(beginning)))
    }

    fn put_key(&self, role: Role, link: &Link) -> Result<(), ProfileError> {
        let pem = pem_rfc7468::encode_string(KEY_LABEL, pem_rfc7468::LineEnding::LF, link.pkcs8());
        let pem = Zeroizing::new(pem.map_err(|_| ProfileError::Pem)?);
        let path = self.key_path(role, link.certificate());
        Ok(output::replace(&path, pem.as_bytes(), Audience::Owner)?)
    }

    fn put_state(&self, state: &State) -> Result<(), ProfileError> {
        self.put_json(&self.0.join(STATE), &Document::V1(state.clone()))
    }

    fn job_path(&self, id: &JobId) -> PathBuf {
        self.0.join(JOBS).join(format!("{id}.json"))
    }

    fn put_job(&self, job: &JobRecord) -> Result<(), ProfileError> {
        self.put_json(&self.job_path(&job.id), &JobDocument::V1(job.clone()))
    }

    fn put_json(&self, path: &Path, document: &impl serde::Serialize) -> Result<(), ProfileError> {
        let mut json = serde_json::to_vec_pretty(document).map_err(damaged(path))?;
        json.push(b'\n');
        Ok(output::replace(path, &json, Audience::Owner)?)
    }
}

impl Held<'_> {
    pub(super) fn state(&self) -> Result<State, ProfileError> {
        self.folder.state()
    }

    pub(super) fn put_state(&self, state: &State) -> Result<(), ProfileError> {
        self.folder.put_state(state)
    }

    /// The authority whose certificates the state names, each key found to belong to its certificate.
    pub(super) fn authority(&self, state: &State) -> Result<Authority, ProfileError> {
        let link = |role| self.link(role, state.certificate(role));
        Ok(Authority::from_links(link(Role::Root)?, link(Role::Subordinate)?, link(Role::Regional)?))
    }

    fn link(&self, role: Role, certificate: &[u8]) -> Result<Link, ProfileError> {
        let path = self.folder.key_path(role, certificate);
        let pem = guard::read(&path)?.ok_or_else(|| ProfileError::Missing(path.as_path().into()))?;
        let not_a_key = || ProfileError::Damaged {
            path: path.as_path().into(),
            reason: "it is not a private key in PEM".into(),
        };
        let (label, pkcs8) = pem_rfc7468::decode_vec(&pem).map_err(|_| not_a_key())?;
        let pkcs8 = Zeroizing::new(pkcs8);
        if label != KEY_LABEL {
            return Err(not_a_key());
        }
        Link::from_parts(role, certificate.to_vec(), pkcs8)
            .map_err(|source| ProfileError::DamagedKey { path: path.as_path().into(), source })
    }

    /// Writes renewed intermediates: their keys first, then the state that names them; the old keys go last.
    pub(super) fn put_authority(&self, state: &State, authority: &Authority) -> Result<(), ProfileError> {
        for role in [Role::Subordinate, Role::Regional] {
            self.folder.put_key(role, authority.link(role))?;
        }
        self.put_state(state)?;
        self.remove_leftovers(state)
    }

    pub(super) fn job(&self, id: &JobId) -> Result<Option<JobRecord>, ProfileError> {
        read_job(&self.folder.job_path(id))
    }

    pub(super) fn put_job(&self, job: &JobRecord) -> Result<(), ProfileError> {
        self.folder.put_job(job)
    }

    /// Removes what a killed process left: files not yet in place, and keys that the state does not name.
    fn remove_leftovers(&self, state: &State) -> Result<(), ProfileError> {
        let named = Role::ALL.map(|role| self.folder.key_path(role, state.certificate(role)));
        for folder in [self.folder.0.clone(), self.folder.0.join(JOBS)] {
            for entry in fs::read_dir(&folder).map_err(missing_or_unusable(&folder))? {
                let path = entry.map_err(unusable(&folder))?.path();
                let is_temporary = path
                    .file_name()
                    .and_then(|name| name.to_str())
                    .is_some_and(|name| name.starts_with(TEMPORARY_PREFIX));
                let is_key = path.extension().is_some_and(|extension| extension == "key");
                if is_temporary || (is_key && !named.contains(&path)) {
                    fs::remove_file(&path).map_err(unusable(&path))?;
                }
            }
        }
        Ok(())
    }
}

/// Waits for the lock of that file, which the system lets go when the process ends, however it ends.
pub(super) fn lock(path: &Path) -> Result<File, ProfileError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let file = platform::private(&mut options).open(path).map_err(unusable(path))?;
    file.lock().map_err(unusable(path))?;
    Ok(file)
}

fn read_job(path: &Path) -> Result<Option<JobRecord>, ProfileError> {
    let Some(bytes) = guard::read(path)? else {
        return Ok(None);
    };
    let JobDocument::V1(job) = serde_json::from_slice(&bytes).map_err(damaged(path))?;
    Ok(Some(job))
}

fn damaged(path: &Path) -> impl FnOnce(serde_json::Error) -> ProfileError {
    let path = path.into();
    |error| ProfileError::Damaged { path, reason: error.to_string() }
}

fn missing_or_unusable(path: &Path) -> impl FnOnce(std::io::Error) -> ProfileError {
    let path = path.to_owned();
    move |error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            return ProfileError::Missing(path.as_path().into());
        }
        unusable(&path)(error)
    }
}
