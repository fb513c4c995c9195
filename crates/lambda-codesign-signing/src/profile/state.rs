//! What a profile is, as it stands in `state.json`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use serde::{Deserialize, Serialize};

use super::{ProfileError, ProfileFacts, ProfileStatus};
use crate::authority::{Authority, Role};
use crate::name::{ProfileName, ProfileVersion, ProfileVersionArn, Site};
use crate::validity::Validity;

/// A profile's revocation: it counts for signatures made after its effective time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileRevocation {
    /// From when on signatures are revoked.
    pub effective: Timestamp,
    /// Why, in the words of whoever revoked it.
    pub reason: String,
    /// When it was revoked, or moved earlier.
    pub revoked_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    pub(super) name: ProfileName,
    pub(super) version: ProfileVersion,
    pub(super) created_at: Timestamp,
    pub(super) validity: Validity,
    canceled_at: Option<Timestamp>,
    pub(super) revocation: Option<ProfileRevocation>,
    root: Base64Der,
    subordinate: Base64Der,
    regional: Base64Der,
}

/// The document: a later format gets another schema, and an older program refuses it by name.
#[derive(Serialize, Deserialize)]
#[serde(tag = "schema")]
pub(crate) enum Document {
    #[serde(rename = "lambda-codesign/profile/v1")]
    V1(State),
}

/// DER bytes, in base64 in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Base64Der(pub(crate) Vec<u8>);

impl TryFrom<String> for Base64Der {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        STANDARD.decode(text).map(Self)
    }
}

impl From<Base64Der> for String {
    fn from(der: Base64Der) -> Self {
        STANDARD.encode(der.0)
    }
}

impl State {
    /// A new profile and its authority.
    pub(super) fn create(
        name: ProfileName,
        validity: Validity,
        now: Timestamp,
    ) -> Result<(Self, Authority), ProfileError> {
        let version = ProfileVersion::random().map_err(ProfileError::Key)?;
        let authority = Authority::create(&name, &version, now).map_err(ProfileError::Authority)?;
        let der = |role| Base64Der(authority.link(role).certificate().to_vec());
        let state = Self {
            name,
            version,
            created_at: now,
            validity,
            canceled_at: None,
            revocation: None,
            root: der(Role::Root),
            subordinate: der(Role::Subordinate),
            regional: der(Role::Regional),
        };
        Ok((state, authority))
    }

    pub(super) fn certificate(&self, role: Role) -> &[u8] {
        match role {
            Role::Root => &self.root.0,
            Role::Subordinate => &self.subordinate.0,
            Role::Regional => &self.regional.0,
        }
    }

    /// Takes over the authority's certificates; tells whether any is new.
    pub(super) fn adopt(&mut self, authority: &Authority) -> bool {
        let mut is_new = false;
        for (role, der) in [(Role::Subordinate, &mut self.subordinate), (Role::Regional, &mut self.regional)]
        {
            let certificate = authority.link(role).certificate();
            if der.0 != certificate.as_ref() {
                der.0 = certificate.to_vec();
                is_new = true;
            }
        }
        is_new
    }

    pub(super) fn arn(&self) -> ProfileVersionArn {
        Site::local().profile_version(&self.name, &self.version)
    }

    fn status(&self) -> ProfileStatus {
        match (&self.revocation, self.canceled_at) {
            (Some(_), _) => ProfileStatus::Revoked,
            (None, Some(_)) => ProfileStatus::Canceled,
            (None, None) => ProfileStatus::Active,
        }
    }

    pub(super) fn check_active(&self) -> Result<(), ProfileError> {
        match self.status() {
            ProfileStatus::Active => Ok(()),
            ProfileStatus::Canceled => Err(ProfileError::Canceled(self.name.clone())),
            ProfileStatus::Revoked => Err(ProfileError::Revoked(self.name.clone())),
        }
    }

    pub(super) fn facts(&self) -> Result<ProfileFacts, ProfileError> {
        Ok(ProfileFacts {
            name: self.name.clone(),
            version: self.version.clone(),
            arn: self.arn(),
            created_at: self.created_at,
            validity: self.validity,
            status: self.status(),
            revocation: self.revocation.clone(),
            trust_root: CertificateDer::from(self.root.0.clone()),
        })
    }

    pub(super) fn cancel(&mut self, now: Timestamp) -> Result<(), ProfileError> {
        if self.revocation.is_some() {
            return Err(ProfileError::CancelRevoked(self.name.clone()));
        }
        self.canceled_at.get_or_insert(now);
        Ok(())
    }

    pub(super) fn revoke(
        &mut self,
        reason: &str,
        effective: Timestamp,
        now: Timestamp,
    ) -> Result<ProfileRevocation, ProfileError> {
        if effective > now {
            return Err(ProfileError::EffectiveInFuture { effective, now });
        }
        if let Some(ProfileRevocation { effective: recorded, .. }) = self.revocation
            && effective > recorded
        {
            return Err(ProfileError::EffectiveMovesLater { effective, recorded });
        }
        let revocation = ProfileRevocation { effective, reason: reason.to_owned(), revoked_at: now };
        self.revocation = Some(revocation.clone());
        Ok(revocation)
    }
}
