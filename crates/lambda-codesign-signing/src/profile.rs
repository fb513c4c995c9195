//! Local signing profiles: `local:NAME`.
//!
//! A profile has one version, an authority of its own and a record of its jobs. It lives in a folder of a
//! [`ProfileStore`], or in memory alone.

mod error;
mod folder;
mod guard;
mod record;
mod state;
mod store;
mod transfer;

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use rustls_pki_types::CertificateDer;

use crate::authority::{Authority, Credential};
use crate::envelope::Statement;
use crate::name::{JobId, ProfileName, ProfileVersion, ProfileVersionArn, Site};
use crate::validity::Validity;

pub use error::ProfileError;
pub use record::{JobRecord, SignatureRevocation};
pub use state::ProfileRevocation;
pub use store::{Listed, ProfileStore};
pub use transfer::Passphrase;

use folder::Folder;
use record::Jobs;
use state::State;

/// A signing profile whose keys this process can use.
pub struct Profile {
    name: ProfileName,
    home: Home,
}

enum Home {
    Memory(Box<Mutex<Memory>>),
    Folder(Folder),
}

struct Memory {
    state: State,
    authority: Authority,
    jobs: Jobs,
}

/// Whether a profile signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileStatus {
    /// It signs.
    Active,
    /// It signs no more; what it signed stays valid.
    Canceled,
    /// It signs no more, and what it signed from the effective time on is not to be deployed.
    Revoked,
}

/// What a profile says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileFacts {
    /// Its name.
    pub name: ProfileName,
    /// Its version.
    pub version: ProfileVersion,
    /// The ARN that its signatures bear.
    pub arn: ProfileVersionArn,
    /// When it was made.
    pub created_at: Timestamp,
    /// How long its signatures live where the job does not say.
    pub validity: Validity,
    /// Whether it signs.
    pub status: ProfileStatus,
    /// Its revocation.
    pub revocation: Option<ProfileRevocation>,
    /// Its root, which verifiers are to trust.
    pub trust_root: CertificateDer<'static>,
}

/// What is revoked of a profile, as verification needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocations {
    /// The profile version that they are about.
    pub profile_version: ProfileVersionArn,
    /// They are complete up to this time.
    pub complete_until: Timestamp,
    /// The profile's own revocation.
    pub profile: Option<ProfileRevocation>,
    /// The jobs whose signatures are revoked, each with its revocation.
    pub signatures: Vec<(JobId, SignatureRevocation)>,
}

/// A job that was begun: what it is to say and the leaf to say it with.
///
/// It counts once [`Profile::record`] has taken its record.
pub struct BegunJob {
    /// Its id.
    pub id: JobId,
    /// What its signature says.
    pub statement: Statement,
    /// The leaf.
    pub credential: Credential,
}

impl Profile {
    /// A profile that lives in memory alone and is gone with the value: for one run in CI.
    ///
    /// # Errors
    /// The provider gives no keys, or the time is not one that a certificate can say.
    pub fn ephemeral(name: ProfileName, now: Timestamp) -> Result<Self, ProfileError> {
        let (state, authority) = State::create(name.clone(), Validity::DEFAULT, now)?;
        let memory = Memory { state, authority, jobs: Jobs::default() };
        Ok(Self { name, home: Home::Memory(Box::new(Mutex::new(memory))) })
    }

    pub(crate) fn in_folder(name: ProfileName, folder: Folder) -> Self {
        Self { name, home: Home::Folder(folder) }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &ProfileName {
        &self.name
    }

    /// What it says of itself.
    ///
    /// # Errors
    /// The folder is damaged, or not the user's alone.
    pub fn facts(&self) -> Result<ProfileFacts, ProfileError> {
        self.state()?.facts()
    }

    /// Its root as PEM, for `--trust-root`.
    ///
    /// # Errors
    /// The folder is damaged, or not the user's alone.
    pub fn trust_root_pem(&self) -> Result<String, ProfileError> {
        let root = self.facts()?.trust_root;
        pem_rfc7468::encode_string("CERTIFICATE", pem_rfc7468::LineEnding::LF, &root)
            .map_err(|_| ProfileError::Pem)
    }

    /// Begins a job at `now`: renews the intermediates that are due and issues a leaf.
    ///
    /// # Errors
    /// The profile is canceled, revoked or damaged, or the time lies outside its authority's.
    pub fn begin(&self, now: Timestamp, validity: Option<Validity>) -> Result<BegunJob, ProfileError> {
        let now = to_the_millisecond(now);
        let (state, credential) = self.with_authority(|state, authority| {
            state.check_active()?;
            authority.renew(now).map_err(ProfileError::Authority)?;
            let credential = authority.issue(now).map_err(ProfileError::Authority)?;
            Ok((state.clone(), credential))
        })?;
        let id = JobId::random().map_err(ProfileError::Key)?;
        let site = Site::local();
        let statement = Statement {
            job: site.job(&id),
            profile_version: state.arn(),
            signed_at: now,
            expires: validity.unwrap_or(state.validity).end(now).map_err(ProfileError::Validity)?,
        };
        Ok(BegunJob { id, statement, credential })
    }

    /// Records a job that was done, before its output is handed to anybody.
    ///
    /// # Errors
    /// The profile was canceled or revoked meanwhile, or its folder can't be written.
    pub fn record(&self, job: JobRecord) -> Result<(), ProfileError> {
        match &self.home {
            Home::Memory(memory) => {
                let mut memory = lock(memory);
                memory.state.check_active()?;
                memory.jobs.insert(job);
                Ok(())
            }
            Home::Folder(folder) => {
                let held = folder.hold()?;
                held.state()?.check_active()?;
                held.put_job(&job)
            }
        }
    }

    /// The recorded jobs, oldest first.
    ///
    /// # Errors
    /// The folder is damaged, or not the user's alone.
    pub fn jobs(&self) -> Result<Vec<JobRecord>, ProfileError> {
        let jobs = match &self.home {
            Home::Memory(memory) => lock(memory).jobs.clone(),
            Home::Folder(folder) => folder.jobs()?,
        };
        Ok(jobs.oldest_first())
    }

    /// Cancels the profile: it signs no more. Canceling it again changes nothing.
    ///
    /// # Errors
    /// It is revoked, as with Signer (BEHAVIOUR.md "Signer").
    pub fn cancel(&self, now: Timestamp) -> Result<(), ProfileError> {
        self.update(|state| state.cancel(now))
    }

    /// Revokes the profile: what it signed from `effective` on is not to be deployed.
    ///
    /// # Errors
    /// The effective time lies after `now`, or after that of an earlier revocation (BEHAVIOUR.md "Signer").
    pub fn revoke(
        &self,
        reason: &str,
        effective: Timestamp,
        now: Timestamp,
    ) -> Result<ProfileRevocation, ProfileError> {
        self.update(|state| state.revoke(reason, effective, now))
    }

    /// Revokes the signature of one job. A revocation that is there stays as it is.
    ///
    /// # Errors
    /// The profile has no such job.
    pub fn revoke_signature(
        &self,
        id: &JobId,
        reason: &str,
        now: Timestamp,
    ) -> Result<SignatureRevocation, ProfileError> {
        let unknown = || ProfileError::UnknownJob { name: self.name.clone(), job: id.clone() };
        match &self.home {
            Home::Memory(memory) => {
                let mut memory = lock(memory);
                Ok(memory.jobs.get_mut(id).ok_or_else(unknown)?.revoke(reason, now))
            }
            Home::Folder(folder) => {
                let held = folder.hold()?;
                let mut job = held.job(id)?.ok_or_else(unknown)?;
                let revocation = job.revoke(reason, now);
                held.put_job(&job)?;
                Ok(revocation)
            }
        }
    }

    /// What is revoked, complete up to `now`.
    ///
    /// # Errors
    /// The folder is damaged, or not the user's alone.
    pub fn revocations(&self, now: Timestamp) -> Result<Revocations, ProfileError> {
        let state = self.state()?;
        let revoked = |job: JobRecord| job.revocation.map(|revocation| (job.id, revocation));
        Ok(Revocations {
            profile_version: state.arn(),
            complete_until: now,
            profile: state.revocation,
            signatures: self.jobs()?.into_iter().filter_map(revoked).collect(),
        })
    }

    fn state(&self) -> Result<State, ProfileError> {
        match &self.home {
            Home::Memory(memory) => Ok(lock(memory).state.clone()),
            Home::Folder(folder) => folder.state(),
        }
    }

    fn update<T>(
        &self,
        change: impl FnOnce(&mut State) -> Result<T, ProfileError>,
    ) -> Result<T, ProfileError> {
        match &self.home {
            Home::Memory(memory) => change(&mut lock(memory).state),
            Home::Folder(folder) => {
                let held = folder.hold()?;
                let mut state = held.state()?;
                let outcome = change(&mut state)?;
                held.put_state(&state)?;
                Ok(outcome)
            }
        }
    }

    fn with_authority<T>(
        &self,
        using: impl FnOnce(&State, &mut Authority) -> Result<T, ProfileError>,
    ) -> Result<T, ProfileError> {
        match &self.home {
            Home::Memory(memory) => {
                let mut memory = lock(memory);
                let Memory { state, authority, jobs: _ } = &mut *memory;
                let outcome = using(state, authority)?;
                state.adopt(authority);
                Ok(outcome)
            }
            Home::Folder(folder) => {
                let held = folder.hold()?;
                let mut state = held.state()?;
                let mut authority = held.authority(&state)?;
                let outcome = using(&state, &mut authority)?;
                if state.adopt(&authority) {
                    held.put_authority(&state, &authority)?;
                }
                Ok(outcome)
            }
        }
    }
}

/// A lock poisoned by a panic elsewhere guards data that every change leaves whole.
fn lock(memory: &Mutex<Memory>) -> std::sync::MutexGuard<'_, Memory> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

fn to_the_millisecond(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}
