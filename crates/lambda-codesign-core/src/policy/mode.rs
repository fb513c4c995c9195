//! What happens to a package that fails.

/// What happens to a package that fails a check other than integrity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// It is blocked.
    #[default]
    Enforce,
    /// It is let pass with a warning, as Lambda's `Warn` does.
    Warn,
}

/// The mode of each check that has one; integrity has none, since it always blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Modes {
    /// What happens where the signature has ended.
    pub expiry: Mode,
    /// What happens where publisher, age or lock are not as wanted, or nothing is signed.
    pub mismatch: Mode,
    /// What happens where job or profile were revoked, or that is demanded and unknown.
    pub revocation: Mode,
}

impl Mode {
    /// The word that reports and policy files use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::Warn => "warn",
        }
    }

    /// The one of two that lets less pass.
    #[must_use]
    pub const fn stricter(self, other: Self) -> Self {
        match (self, other) {
            (Self::Warn, Self::Warn) => Self::Warn,
            (Self::Enforce, Self::Enforce | Self::Warn) | (Self::Warn, Self::Enforce) => Self::Enforce,
        }
    }
}

impl Modes {
    /// The same mode for every check.
    #[must_use]
    pub const fn all(mode: Mode) -> Self {
        Self { expiry: mode, mismatch: mode, revocation: mode }
    }

    /// For each check the stricter of two.
    #[must_use]
    pub const fn stricter(self, other: Self) -> Self {
        Self {
            expiry: self.expiry.stricter(other.expiry),
            mismatch: self.mismatch.stricter(other.mismatch),
            revocation: self.revocation.stricter(other.revocation),
        }
    }
}
