//! Stage 7: whether a verified package is current, unrevoked and wanted.
//!
//! A policy has no field for integrity: it can't be waived.

mod publishers;
mod revocation;
mod lock;
mod judge;

pub use judge::Evidence;
pub use lock::{Lock, LockError, LockedPackage};
pub use publishers::Publishers;
pub use revocation::{RevocationError, Revocations};

use jiff::Timestamp;

/// What happens to a package that fails a check other than integrity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// It is blocked.
    #[default]
    Enforce,
    /// It is let pass with a warning, as Lambda's `Warn` does.
    Warn,
}

/// Whether something that a package may lack is demanded of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Requirement {
    /// It may be lacking.
    #[default]
    Optional,
    /// Lacking it fails.
    Required,
}

/// The rules by which a [`VerifiedPackage`](crate::package::VerifiedPackage) is judged.
///
/// ```
/// use lambda_codesign_core::policy::{Mode, Policy, Publishers};
///
/// let releases = "arn:aws:signer:*:123456789012:/signing-profiles/release_builds/*".parse()?;
/// let policy = Policy::new(Publishers::Only(vec![releases])).with_mode(Mode::Enforce);
/// # let _ = policy;
/// # Ok::<_, lambda_codesign_core::claims::PatternError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Policy {
    publishers: Publishers,
    mode: Mode,
    not_before: Option<Timestamp>,
    manifest: Requirement,
    revocation: Requirement,
    lock: Option<Lock>,
}

impl Policy {
    /// A policy that enforces these publishers and demands nothing else.
    #[must_use]
    pub const fn new(publishers: Publishers) -> Self {
        Self {
            publishers,
            mode: Mode::Enforce,
            not_before: None,
            manifest: Requirement::Optional,
            revocation: Requirement::Optional,
            lock: None,
        }
    }

    /// With another mode.
    #[must_use]
    pub fn with_mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    /// Without signatures that were made before this time.
    #[must_use]
    pub fn with_not_before(self, time: Timestamp) -> Self {
        Self { not_before: Some(time), ..self }
    }

    /// With or without the demand for a manifest.
    #[must_use]
    pub fn with_manifest(self, manifest: Requirement) -> Self {
        Self { manifest, ..self }
    }

    /// With or without the demand that revocation is known.
    #[must_use]
    pub fn with_revocation(self, revocation: Requirement) -> Self {
        Self { revocation, ..self }
    }

    /// With only the packages that a lock lists.
    #[must_use]
    pub fn with_lock(self, lock: Lock) -> Self {
        Self { lock: Some(lock), ..self }
    }

    /// The mode.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }
}
