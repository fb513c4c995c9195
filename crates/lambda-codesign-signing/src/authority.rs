//! The authority of a profile: a root, two intermediates as the genuine chain has them, and a leaf for each job
//! (FORMAT.md "The chain").

mod certificate;

use core::fmt;

use jiff::{SignedDuration, Timestamp};
use rustls_pki_types::CertificateDer;
use zeroize::Zeroizing;

use crate::key::{KeyError, SigningKey};
use crate::name::{ProfileName, ProfileVersion};
use certificate::{Lifetime, Validated};

/// Which certificate authority of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The trust root, which lives a hundred years.
    Root,
    /// The one under the root: five years, path length 1.
    Subordinate,
    /// The one that issues leaves: twelve months, path length 0.
    Regional,
}

impl Role {
    /// All three, from the root down.
    pub const ALL: [Self; 3] = [Self::Root, Self::Subordinate, Self::Regional];

    /// The word for it in file names and errors.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Subordinate => "subordinate",
            Self::Regional => "regional",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Why an authority could not be made, read or used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityError {
    /// A key could not be had or used.
    #[error("the {role} key can't be used: {source}")]
    Key {
        /// Whose key.
        role: Role,
        /// Why.
        source: KeyError,
    },
    /// A certificate could not be written or read.
    #[error("the {role} certificate can't be read")]
    Certificate {
        /// Whose certificate.
        role: Role,
    },
    /// The key is not the one that the certificate names.
    #[error("the {role} key does not belong to the {role} certificate")]
    KeyMismatch {
        /// Whose key.
        role: Role,
    },
    /// The time lies before the authority was made.
    #[error("the time {now} lies before {not_before}, when the {role} certificate becomes valid")]
    NotYetValid {
        /// Whose certificate.
        role: Role,
        /// The time given.
        now: Timestamp,
        /// The certificate's beginning.
        not_before: Timestamp,
    },
    /// The root's hundred years are over, or end within the time that a new intermediate needs.
    #[error("the root certificate ends at {not_after}, too soon after {now} to issue under it")]
    RootEnds {
        /// The time given.
        now: Timestamp,
        /// The root's end.
        not_after: Timestamp,
    },
    /// The time lies beyond the calendar.
    #[error("the time {now} lies beyond what a certificate can say")]
    BeyondCalendar {
        /// The time given.
        now: Timestamp,
    },
}

impl AuthorityError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Key { .. } | Self::Certificate { .. } | Self::KeyMismatch { .. } => {
                "Restore the profile's folder from a backup or an export, or create a new profile."
            }
            Self::NotYetValid { .. } | Self::BeyondCalendar { .. } => "Check this machine's clock.",
            Self::RootEnds { .. } => "Create a new profile and have its root trusted.",
        }
    }
}

/// One certificate authority: its certificate and its key, which belong together.
pub(crate) struct Link {
    certificate: CertificateDer<'static>,
    validity: Validated,
    key: SigningKey,
}

impl Link {
    /// The link of a certificate and a PKCS#8 key read from somewhere, once they are found to belong together.
    pub(crate) fn from_parts(
        role: Role,
        certificate: Vec<u8>,
        pkcs8: Zeroizing<Vec<u8>>,
    ) -> Result<Self, AuthorityError> {
        let key = SigningKey::from_pkcs8(pkcs8).map_err(|source| AuthorityError::Key { role, source })?;
        let certificate = CertificateDer::from(certificate);
        let validity = Validated::read(&certificate).ok_or(AuthorityError::Certificate { role })?;
        if validity.public_point != key.public_point() {
            return Err(AuthorityError::KeyMismatch { role });
        }
        Ok(Self { certificate, validity, key })
    }

    fn to_parts(&self) -> LinkParts {
        LinkParts {
            certificate: self.certificate.as_ref().to_vec(),
            pkcs8: Zeroizing::new(self.pkcs8().to_vec()),
        }
    }

    pub(crate) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    pub(crate) fn pkcs8(&self) -> &[u8] {
        self.key.pkcs8()
    }
}

/// A root and two intermediates with their keys: whoever holds one can sign as the profile it was made for.
pub struct Authority {
    root: Link,
    subordinate: Link,
    regional: Link,
}

/// A certificate and its private key, as whoever keeps an authority keeps them.
pub struct LinkParts {
    /// The certificate, in DER.
    pub certificate: Vec<u8>,
    /// The private key, in PKCS#8: a secret.
    pub pkcs8: Zeroizing<Vec<u8>>,
}

/// An authority taken apart. Proves nothing: [`Authority::from_parts`] finds out whether the parts belong together.
pub struct AuthorityParts {
    /// Of the root.
    pub root: LinkParts,
    /// Of the one under the root.
    pub subordinate: LinkParts,
    /// Of the one that issues leaves.
    pub regional: LinkParts,
}

/// A leaf for one job: its key, which is never written anywhere, and the chain from the leaf to the root.
pub struct Credential {
    pub(crate) key: SigningKey,
    pub(crate) chain: [CertificateDer<'static>; 4],
}

impl Credential {
    /// The leaf's certificate.
    #[must_use]
    pub fn leaf(&self) -> &CertificateDer<'static> {
        let [leaf, ..] = &self.chain;
        leaf
    }
}

/// What [`Authority::renew`] replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// Nothing: all live long enough.
    NotDue,
    /// The regional intermediate.
    Regional,
    /// Both intermediates.
    Both,
}

/// Intermediates are renewed once less than this is left of them, a leaf's three days and an hour included.
const RENEWED_BEFORE: SignedDuration = SignedDuration::from_hours(30 * 24);

impl Authority {
    /// A fresh authority for this profile version.
    ///
    /// # Errors
    /// The provider gives no key, or the time is not one that a certificate can say.
    pub fn create(
        name: &ProfileName,
        version: &ProfileVersion,
        now: Timestamp,
    ) -> Result<Self, AuthorityError> {
        let root = certificate::root(name, version, now)?;
        let subordinate = certificate::subordinate(&root, now)?;
        let regional = certificate::regional(&subordinate, now)?;
        Ok(Self { root, subordinate, regional })
    }

    /// The authority of these parts.
    ///
    /// # Errors
    /// A key or a certificate can't be read, or the two of one link do not belong together.
    pub fn from_parts(parts: AuthorityParts) -> Result<Self, AuthorityError> {
        let link = |role, parts: LinkParts| Link::from_parts(role, parts.certificate, parts.pkcs8);
        Ok(Self {
            root: link(Role::Root, parts.root)?,
            subordinate: link(Role::Subordinate, parts.subordinate)?,
            regional: link(Role::Regional, parts.regional)?,
        })
    }

    /// Copies of its certificates and private keys, to be kept where nobody else reads them.
    #[must_use]
    pub fn to_parts(&self) -> AuthorityParts {
        AuthorityParts {
            root: self.root.to_parts(),
            subordinate: self.subordinate.to_parts(),
            regional: self.regional.to_parts(),
        }
    }

    pub(crate) fn from_links(root: Link, subordinate: Link, regional: Link) -> Self {
        Self { root, subordinate, regional }
    }

    pub(crate) fn link(&self, role: Role) -> &Link {
        match role {
            Role::Root => &self.root,
            Role::Subordinate => &self.subordinate,
            Role::Regional => &self.regional,
        }
    }

    /// The root's certificate, which verifiers are to trust.
    #[must_use]
    pub fn root(&self) -> &CertificateDer<'static> {
        &self.root.certificate
    }

    /// Renews the intermediates that end within thirty days, with new keys under the same names.
    ///
    /// # Errors
    /// The time lies before the authority was made, or the root itself ends.
    pub fn renew(&mut self, now: Timestamp) -> Result<Renewal, AuthorityError> {
        self.check_begun(now)?;
        let due = |link: &Link, lifetime| link.validity.not_after < certificate::later(now, lifetime);
        // A subordinate outlives every regional intermediate under it.
        let subordinate_due = due(&self.subordinate, Lifetime::REGIONAL.lasts() + RENEWED_BEFORE);
        let regional_due = due(&self.regional, RENEWED_BEFORE);
        if subordinate_due {
            if due(&self.root, Lifetime::SUBORDINATE.lasts()) {
                return Err(AuthorityError::RootEnds { now, not_after: self.root.validity.not_after });
            }
            let subordinate = certificate::subordinate(&self.root, now)?;
            self.regional = certificate::regional(&subordinate, now)?;
            self.subordinate = subordinate;
            return Ok(Renewal::Both);
        }
        if regional_due {
            self.regional = certificate::regional(&self.subordinate, now)?;
            return Ok(Renewal::Regional);
        }
        Ok(Renewal::NotDue)
    }

    fn check_begun(&self, now: Timestamp) -> Result<(), AuthorityError> {
        for role in Role::ALL {
            let not_before = self.link(role).validity.not_before;
            if now < not_before {
                return Err(AuthorityError::NotYetValid { role, now, not_before });
            }
        }
        Ok(())
    }

    /// A fresh leaf for one job: valid from an hour before `now`, for three days and an hour.
    ///
    /// Call [`Authority::renew`] first, and keep what it replaced.
    ///
    /// # Errors
    /// The provider gives no key, or the time lies outside the chain's.
    pub fn issue(&self, now: Timestamp) -> Result<Credential, AuthorityError> {
        self.check_begun(now)?;
        let (leaf, key) = certificate::leaf(&self.regional, now)?;
        let above = |role| self.link(role).certificate.clone();
        let chain = [leaf, above(Role::Regional), above(Role::Subordinate), above(Role::Root)];
        Ok(Credential { key, chain })
    }
}

#[cfg(test)]
mod tests {
    use super::{Authority, AuthorityError, Renewal, Role};
    use jiff::{Timestamp, ToSpan, tz::TimeZone};

    fn at(months: i32) -> Timestamp {
        let start = "2026-11-24T10:00:00Z".parse::<Timestamp>().unwrap().to_zoned_datetime(TimeZone::UTC);
        start.checked_add(months.months()).unwrap().timestamp()
    }

    fn fresh() -> Authority {
        Authority::create(&"release".parse().unwrap(), &"AbCdEf1234".parse().unwrap(), at(0)).unwrap()
    }

    #[test]
    fn intermediates_renew_themselves_and_the_root_stays() {
        let mut authority = fresh();
        let root = authority.root().clone();
        let mut seen = Vec::new();
        for month in 0..200 {
            seen.push(authority.renew(at(month)).unwrap());
            let [leaf, regional, subordinate, last] = authority.issue(at(month)).unwrap().chain;
            assert_eq!(last, root);
            for certificate in [&leaf, &regional, &subordinate] {
                let (_, certificate) = x509_parser::parse_x509_certificate(certificate).unwrap();
                let third_day = at(month).as_second() + 3 * 86400 - 1;
                assert!(certificate.validity().not_after.timestamp() >= third_day, "month {month}");
            }
        }
        assert_eq!(seen[0], Renewal::NotDue);
        assert_eq!(seen.iter().filter(|renewal| **renewal == Renewal::Both).count(), 4);
        assert!(seen[..14].contains(&Renewal::Regional));
    }

    #[test]
    fn an_authority_comes_back_from_its_parts_and_from_no_others() {
        let (authority, other) = (fresh(), fresh());
        let again = Authority::from_parts(authority.to_parts()).unwrap();
        assert_eq!(again.root(), authority.root());
        assert_eq!(again.issue(at(0)).unwrap().chain[1..], authority.issue(at(0)).unwrap().chain[1..]);
        let mut mixed = authority.to_parts();
        mixed.regional.pkcs8 = other.to_parts().regional.pkcs8;
        let refused = Authority::from_parts(mixed).err();
        assert_eq!(refused, Some(AuthorityError::KeyMismatch { role: Role::Regional }));
    }

    #[test]
    fn a_time_outside_the_authority_is_refused() {
        let mut authority = fresh();
        assert!(matches!(authority.renew(at(-1)), Err(AuthorityError::NotYetValid { .. })));
        assert!(matches!(authority.issue(at(-1)), Err(AuthorityError::NotYetValid { .. })));
        assert!(matches!(authority.renew(at(12 * 98)), Err(AuthorityError::RootEnds { .. })));
    }
}
