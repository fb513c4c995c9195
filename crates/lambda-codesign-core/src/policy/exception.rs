//! Failures that a policy lets pass for a while.

use jiff::Timestamp;

use crate::code::{Area, Code};
use crate::digest::CodeSha256;

/// A failure that is warned of instead of blocked until a time, for a reason that people gave.
///
/// It is about one code, and about one package where it names one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    code: Code,
    until: Timestamp,
    reason: String,
    package: Option<CodeSha256>,
}

/// That no exception can be made of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotExceptable {
    /// Integrity can't be waived.
    #[error("`{0}` is about integrity, which can't be waived")]
    Integrity(Code),
    /// No package is blocked for it.
    #[error("`{0}` blocks no package")]
    NeverBlocks(Code),
}

impl Exception {
    /// An exception that ends at `until`.
    ///
    /// # Errors
    ///
    /// [`NotExceptable`] where the code is about integrity, or one that blocks nothing.
    pub fn new(code: Code, until: Timestamp, reason: impl Into<String>) -> Result<Self, NotExceptable> {
        match code.area() {
            Area::Integrity => Err(NotExceptable::Integrity(code)),
            Area::Warning => Err(NotExceptable::NeverBlocks(code)),
            Area::Unsettled if !is_unknown_revocation(code) => Err(NotExceptable::NeverBlocks(code)),
            Area::Expiry | Area::Mismatch | Area::Revocation | Area::Unsettled => {
                Ok(Self { code, until, reason: reason.into(), package: None })
            }
        }
    }

    /// For this package alone.
    #[must_use]
    pub fn for_package(self, package: CodeSha256) -> Self {
        Self { package: Some(package), ..self }
    }

    /// The code whose failure is let pass.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// When it ends; it no longer holds at that very time.
    #[must_use]
    pub const fn until(&self) -> Timestamp {
        self.until
    }

    /// Why it was made.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The one package that it is about, where it names one.
    #[must_use]
    pub const fn package(&self) -> Option<CodeSha256> {
        self.package
    }

    pub(super) fn covers(&self, code: Code, package: Option<CodeSha256>, now: Timestamp) -> bool {
        let same_package = self.package.is_none() || self.package == package;
        self.code == code && same_package && now < self.until
    }
}

/// The codes of a required revocation that is unknown, which are not failures but block.
fn is_unknown_revocation(code: Code) -> bool {
    [
        Code::RevocationNotChecked,
        Code::RevocationNotCovered,
        Code::RevocationTooOld,
        Code::RevocationUnvouched,
        Code::RevocationAhead,
        Code::RevocationStale,
    ]
    .contains(&code)
}

#[cfg(test)]
mod tests {
    use super::{Exception, NotExceptable};
    use crate::code::{Area, Code};
    use crate::digest::CodeSha256;

    #[test]
    fn no_exception_is_made_of_integrity_or_of_what_blocks_nothing() {
        let until = "2026-12-01T00:00:00Z".parse().unwrap();
        for code in Code::ALL.iter().copied() {
            let made = Exception::new(code, until, "a reason").map(|exception| exception.code());
            let expected = match code.area() {
                Area::Integrity => Err(NotExceptable::Integrity(code)),
                Area::Expiry | Area::Mismatch | Area::Revocation => Ok(code),
                Area::Unsettled if code.as_str().starts_with("revocation-") => Ok(code),
                Area::Unsettled | Area::Warning => Err(NotExceptable::NeverBlocks(code)),
            };
            assert_eq!(made, expected, "{code}");
        }
    }

    #[test]
    fn it_covers_its_code_and_package_before_its_end() {
        let time = |text: &str| text.parse().unwrap();
        let (one, other) = (CodeSha256::of(b"one"), CodeSha256::of(b"other"));
        let any = Exception::new(Code::Expired, time("2026-12-01T00:00:00Z"), "a reason").unwrap();
        let one_alone = any.clone().for_package(one);
        let (before, at) = (time("2026-11-30T23:59:59.999Z"), time("2026-12-01T00:00:00Z"));
        for (exception, code, package, now, expected) in [
            (&any, Code::Expired, Some(one), before, true),
            (&any, Code::Expired, None, before, true),
            (&any, Code::Expired, Some(one), at, false),
            (&any, Code::NotBefore, Some(one), before, false),
            (&one_alone, Code::Expired, Some(one), before, true),
            (&one_alone, Code::Expired, Some(other), before, false),
            (&one_alone, Code::Expired, None, before, false),
        ] {
            assert_eq!(exception.covers(code, package, now), expected, "{code} {package:?} {now}");
        }
    }
}
