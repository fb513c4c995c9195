//! Signing with a local profile.

use jiff::Timestamp;
use lambda_codesign_core::chain::{TrustRoots, Vouches};
use lambda_codesign_core::claims::PublisherPattern;
use lambda_codesign_core::digest::Threads;
use lambda_codesign_core::policy::Revocations;
use lambda_codesign_signing::manifest::Manifest;
use lambda_codesign_signing::output as files;
use lambda_codesign_signing::prepare::{ManifestState, PrepareError};
use lambda_codesign_signing::profile::Profile;
use lambda_codesign_signing::sign::{SignError, SignRequest, Signed, sign};
#[cfg(feature = "services")]
use lambda_codesign_signing::validity::Validity;

use super::row::{How, Made, ManifestIs, Objects};
use super::{Arguments, Done, Task, Trusted};
use crate::fault::{Fault, escaped};
use crate::profile_arguments::profile_fault;
use crate::snapshot::Snapshot;

impl Arguments {
    /// The local profile that signs; an ephemeral one writes its root first.
    pub(super) fn local_profile(&self) -> Result<Profile, Fault> {
        let Some(file) = &self.ephemeral_root else {
            return self.folder.profile(&self.signing_profile);
        };
        let name = self.signing_profile.local()?.clone();
        let profile = Profile::ephemeral(name, Timestamp::now()).map_err(|error| profile_fault(&error))?;
        let root = profile.trust_root_pem().map_err(|error| profile_fault(&error))?;
        files::write(file, root.as_bytes())
            .map_err(|error| Fault::of("could not write the profile's root", &error, error.remedy()))?;
        Ok(profile)
    }

    /// Signs in memory.
    pub(super) fn sign_locally(
        &self,
        task: &Task,
        profile: &Profile,
        threads: Threads,
    ) -> Result<Done, Fault> {
        let package = self.read(task)?;
        let request = SignRequest {
            expires_in: self.expires_in,
            threads,
            manifest: self.manifest(),
            ..SignRequest::at(Timestamp::now())
        };
        match sign(&package, profile, &request) {
            Ok(signed) => Ok(signed.into()),
            Err(SignError::Package(PrepareError::AlreadySigned)) if self.passes_on() => {
                self.check_signed(task, &package, &trusted(profile)?)?;
                Ok(Done { bytes: package.into_vec(), how: How::PassedOn })
            }
            Err(error) => {
                let what = format!("could not sign {}", escaped(&task.input.to_string_lossy()));
                Err(refused(&what, &error))
            }
        }
    }

    pub(super) const fn manifest(&self) -> Manifest {
        if self.how.no_manifest { Manifest::Omit } else { Manifest::Write }
    }
}

impl From<Signed> for Done {
    fn from(signed: Signed) -> Self {
        let made = Made {
            profile_version: signed.statement.profile_version.to_string(),
            job: signed.statement.job.to_string(),
            signed_at: signed.statement.signed_at,
            expires: signed.statement.expires,
            code_sha256: signed.code_sha256,
            framed_sha384: signed.framed_sha384,
            manifest: signed.manifest.into(),
            objects: Objects::default(),
            remarks: Vec::new(),
        };
        Self { bytes: signed.bytes, how: How::Signed(Box::new(made)) }
    }
}

impl From<ManifestState> for ManifestIs {
    fn from(state: ManifestState) -> Self {
        match state {
            ManifestState::Kept | ManifestState::Written => Self::There,
            ManifestState::Absent => Self::Absent,
        }
    }
}

/// What this profile signed, its root and what it has revoked.
pub(super) fn trusted(profile: &Profile) -> Result<Trusted, Fault> {
    let facts = profile.facts().map_err(|error| profile_fault(&error))?;
    let what = || format!("can't tell what local:{} signed", profile.name());
    let own: PublisherPattern =
        format!("{}/*", facts.arn.as_str().trim_end_matches(facts.version.as_str()).trim_end_matches('/'))
            .parse()
            .map_err(|error| Fault::new(what(), error, "please report it"))?;
    let mut roots = TrustRoots::aws();
    let pem = profile.trust_root_pem().map_err(|error| profile_fault(&error))?;
    roots
        .add_pem(pem.as_bytes(), &Vouches::Matching(own.clone()))
        .map_err(|error| Fault::new(what(), error, "restore the profile's folder"))?;
    let revocations: Revocations = Snapshot::of(profile, Timestamp::now())?.facts();
    Ok(Trusted { own, roots, revocations: Some(revocations) })
}

/// Signs a package with its manifest.
#[cfg(feature = "services")]
pub(super) fn seal(
    package: &[u8],
    profile: &Profile,
    expires_in: Option<Validity>,
    what: &str,
) -> Result<Done, Fault> {
    match sign(package, profile, &SignRequest { expires_in, ..SignRequest::at(Timestamp::now()) }) {
        Ok(signed) => Ok(signed.into()),
        Err(error) => Err(refused(what, &error)),
    }
}

/// A package that can't be signed is refused; a profile that can't sign is a fault.
fn refused(what: &str, error: &SignError) -> Fault {
    let fault = Fault::of(what, error, error.remedy());
    match error {
        SignError::Package(_) => fault.refused(),
        SignError::Profile(_) | SignError::Envelope(_) => fault,
    }
}
