//! Stage 7: whether a verified package is current, unrevoked and wanted.
//!
//! A policy has no field for integrity: it can't be waived.

mod publishers;
mod mode;
mod revocation;
mod max_age;
mod lock;
mod exception;
mod judge;
mod suppose;

pub use exception::{Exception, NotExceptable};
use judge::allows;
pub use judge::{Evidence, Manifest};
pub use lock::{Lock, LockError, LockedPackage};
pub use max_age::{MaxAge, MaxAgeError};
pub use mode::{Mode, Modes};
pub use publishers::Publishers;
pub(crate) use revocation::Part;
pub use revocation::{JobState, ProfileState, Revocations, Voucher};
pub use suppose::{SupposedSignature, Supposition};

use jiff::Timestamp;

use crate::claims::{ProfileVersionArn, PublisherPattern};

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
    narrowed_to: Option<Vec<PublisherPattern>>,
    modes: Modes,
    not_before: Option<Timestamp>,
    manifest: Requirement,
    revocation: Requirement,
    max_age: Option<MaxAge>,
    lock: Option<Lock>,
    exceptions: Vec<Exception>,
}

impl Policy {
    /// A policy that enforces these publishers and demands nothing else.
    #[must_use]
    pub const fn new(publishers: Publishers) -> Self {
        Self {
            publishers,
            narrowed_to: None,
            modes: Modes::all(Mode::Enforce),
            not_before: None,
            manifest: Requirement::Optional,
            revocation: Requirement::Optional,
            max_age: None,
            lock: None,
            exceptions: Vec::new(),
        }
    }

    /// With other publishers.
    #[must_use]
    pub fn with_publishers(self, publishers: Publishers) -> Self {
        Self { publishers, ..self }
    }

    /// With only those of its publishers that one of these patterns matches too.
    #[must_use]
    pub fn narrowed_to(self, patterns: Vec<PublisherPattern>) -> Self {
        Self { narrowed_to: Some(patterns), ..self }
    }

    /// With another mode for every check.
    #[must_use]
    pub fn with_mode(self, mode: Mode) -> Self {
        self.with_modes(Modes::all(mode))
    }

    /// With a mode for each check.
    #[must_use]
    pub fn with_modes(self, modes: Modes) -> Self {
        Self { modes, ..self }
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

    /// With revocation facts that are older than this counting as unknown, unless they name a revocation.
    #[must_use]
    pub fn with_max_age(self, age: MaxAge) -> Self {
        Self { max_age: Some(age), ..self }
    }

    /// With one more failure that is let pass for a while.
    #[must_use]
    pub fn with_exception(mut self, exception: Exception) -> Self {
        self.exceptions.push(exception);
        self
    }

    /// With only the packages that a lock lists.
    #[must_use]
    pub fn with_lock(self, lock: Lock) -> Self {
        Self { lock: Some(lock), ..self }
    }

    /// Whether a publisher is among those that may have signed; nothing where none is named.
    #[must_use]
    pub fn names(&self) -> Option<impl Fn(&ProfileVersionArn) -> bool> {
        let own = match &self.publishers {
            Publishers::Only(patterns) => Some(patterns),
            Publishers::Any | Publishers::NotGiven => None,
        };
        let lists = [own, self.narrowed_to.as_ref()];
        let is_named = move |publisher: &ProfileVersionArn| {
            lists.into_iter().flatten().all(|patterns| allows(patterns, publisher))
        };
        lists.iter().any(Option::is_some).then_some(is_named)
    }

    /// The mode of each check.
    #[must_use]
    pub const fn modes(&self) -> Modes {
        self.modes
    }
}
