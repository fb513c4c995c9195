//! Signing with AWS Signer: an object in S3, a job, another object in S3.
//!
//! Signer signs what lies in a bucket and writes the result into a bucket. Nothing that comes back is believed: it is
//! verified under the profile that was asked for, and compared with what was sent, before anyone gets it.

mod package;
mod job;
mod collect;
mod error;

pub use collect::{Mismatch, Origin, Signed};
pub use error::SigningError;
pub use package::{PackageError, Unsigned};

use std::sync::Arc;
use std::time::Duration;

use lambda_codesign_core::Verifier;
use lambda_codesign_core::chain::TrustRoots;
use lambda_codesign_core::claims::AccountId;
use lambda_codesign_core::policy::{Policy, Publishers};

use crate::connection::Connection;
use crate::object::{self, Destination, ObjectVersion};
use crate::profile::{self, SigningProfile, Status};

/// Whom to ask for signatures, and through which bucket.
#[derive(Clone, Debug)]
pub struct Desk {
    profile: SigningProfile,
    owner: Option<AccountId>,
    verifier: Arc<Verifier>,
    bucket: String,
    how: How,
}

/// How packages are signed, beside by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct How {
    /// What the keys begin with.
    pub prefix: String,
    /// Whether a signature that was made before is taken.
    pub reuse: Reuse,
    /// What happens to the objects that a run has made.
    pub objects: Objects,
    /// How long a job is waited for.
    pub patience: Duration,
}

impl Default for How {
    fn default() -> Self {
        Self {
            prefix: "lambda-codesign/".to_owned(),
            reuse: Reuse::Living,
            objects: Objects::Keep,
            patience: Duration::from_secs(300),
        }
    }
}

/// Whether a signature that was made before is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// Where it is of the same content by the same profile version, verifies, is not revoked, and half of its life or
    /// more is left.
    Living,
    /// Never: each run has a job of its own.
    Never,
}

/// What happens to the objects that a run has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objects {
    /// They stay.
    Keep,
    /// They are deleted, once the signed package is in hand.
    Delete,
}

/// What was done, told as it happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The package lies in the bucket.
    Uploaded(ObjectVersion),
    /// A job was started, or one that was started before is waited for.
    Started(String),
    /// The job is done.
    Succeeded(String),
    /// What it signed is verified.
    Verified(String),
}

/// Hears of each step.
pub type Listener<'a> = &'a (dyn Fn(Step) + Send + Sync);

impl Desk {
    /// A desk of a profile that signs, of this account or of another that grants it. Packages go through the bucket,
    /// which must keep versions and be in the profile's region.
    ///
    /// # Errors
    /// Signer refuses or does not answer; the profile signs no more.
    pub async fn open(
        connection: &Connection,
        name: &str,
        owner: Option<AccountId>,
        roots: TrustRoots,
        bucket: String,
    ) -> Result<Self, SigningError> {
        let profile =
            profile::get(&connection.signer, name, owner.as_ref()).await.map_err(SigningError::Profile)?;
        match profile.status {
            Status::Active => Ok(Self {
                verifier: Arc::new(Verifier::new(roots, Policy::new(publisher(&profile)))),
                profile,
                owner,
                bucket,
                how: How::default(),
            }),
            status @ (Status::Canceled | Status::Revoked) => Err(SigningError::Withdrawn { status }),
        }
    }

    /// The same desk, signing in another way.
    #[must_use]
    pub fn with(self, how: How) -> Self {
        Self { how, ..self }
    }

    /// The profile that signs.
    #[must_use]
    pub const fn profile(&self) -> &SigningProfile {
        &self.profile
    }

    /// The bucket through which packages go.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Signs one package. A repeated call finds what an interrupted one has begun, and starts no second job.
    ///
    /// # Errors
    /// [`SigningError`], with nothing handed out that was not verified.
    pub async fn sign(
        &self,
        connection: &Connection,
        package: &Unsigned,
        listener: Listener<'_>,
    ) -> Result<Signed, SigningError> {
        if let Some(signed) = self.signed_before(connection, package).await {
            listener(Step::Verified(signed.job().id().to_owned()));
            return Ok(signed);
        }
        let source = object::ensure(&connection.s3, &self.source(package), package.bytes()).await;
        let source = source.map_err(SigningError::Upload)?;
        listener(Step::Uploaded(source.clone()));
        let job = self.done_job(connection, package, &source, listener).await?;
        listener(Step::Succeeded(job.id.clone()));
        let signed = self.collect(connection, package, &job).await?;
        listener(Step::Verified(job.id));
        Ok(self.tidied(connection, signed, source).await)
    }

    /// Where a package lies that is to be signed.
    fn source(&self, package: &Unsigned) -> Destination {
        let key = format!("{}unsigned/{}.zip", self.how.prefix, package.sha256());
        Destination { bucket: self.bucket.clone(), key, ..Destination::default() }
    }

    /// What the keys of its signed forms begin with: they tell content and profile version.
    fn signed_prefix(&self, package: &Unsigned) -> String {
        let version = &self.profile.version;
        let (account, name) = (version.account(), version.name());
        format!("{}signed/{}/{account}/{name}/{}/", self.how.prefix, package.sha256(), version.version())
    }

    async fn tidied(&self, connection: &Connection, mut signed: Signed, source: ObjectVersion) -> Signed {
        if self.how.objects == Objects::Delete {
            for object in [&source, &signed.object] {
                let deleted = object::delete(&connection.s3, object).await;
                signed.left.extend(deleted.err().map(|error| (object.clone(), error)));
            }
        }
        signed
    }
}

/// The one version that is asked to sign.
fn publisher(profile: &SigningProfile) -> Publishers {
    // The ARN of a version is the pattern of itself.
    Publishers::Only(profile.version.as_str().parse().into_iter().collect())
}
