//! The four kinds of certificate, with the extensions and lifetimes of the genuine ones.

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, IsCa, Issuer,
    KeyIdMethod, KeyUsagePurpose, PublicKeyData as _, SerialNumber,
};
use rustls_pki_types::CertificateDer;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::{AuthorityError, Link, Role};
use crate::key::{SigningKey, random};
use crate::name::{ProfileName, ProfileVersion};

/// What is read back of a certificate.
pub(super) struct Validated {
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
    pub(super) public_point: Vec<u8>,
}

impl Validated {
    pub(super) fn read(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (rest, certificate) = x509_parser::parse_x509_certificate(certificate).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let validity = certificate.validity();
        Some(Self {
            not_before: Timestamp::from_second(validity.not_before.timestamp()).ok()?,
            not_after: Timestamp::from_second(validity.not_after.timestamp()).ok()?,
            public_point: certificate.public_key().subject_public_key.data.to_vec(),
        })
    }
}

/// How long a certificate lives after the moment it is issued; each begins an hour before.
#[derive(Clone, Copy)]
pub(super) struct Lifetime(SignedDuration);

impl Lifetime {
    const ROOT: Self = Self::days(36_525);
    pub(super) const SUBORDINATE: Self = Self::days(5 * 365 + 1);
    pub(super) const REGIONAL: Self = Self::days(365);
    const LEAF: Self = Self::days(3);

    const fn days(days: i64) -> Self {
        Self(SignedDuration::from_hours(24 * days))
    }

    pub(super) const fn lasts(self) -> SignedDuration {
        self.0
    }
}

/// `now` and so much, or the end of the calendar.
pub(super) fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// The self-signed root of a profile version.
pub(super) fn root(
    name: &ProfileName,
    version: &ProfileVersion,
    now: Timestamp,
) -> Result<Link, AuthorityError> {
    let role = Role::Root;
    let key = generate(role)?;
    let subject = Subject {
        profile: name.as_str().to_owned(),
        common_name: format!("lambda-codesign local ROOT CA {version}"),
    };
    let mut params = params(role, &key, Lifetime::ROOT, now)?;
    params.distinguished_name = subject.distinguished_name();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).map_err(|_| AuthorityError::Certificate { role })?;
    link(role, certificate.der().clone(), key)
}

/// The intermediate under the root.
pub(super) fn subordinate(root: &Link, now: Timestamp) -> Result<Link, AuthorityError> {
    intermediate(Role::Subordinate, root, now)
}

/// The intermediate that issues leaves.
pub(super) fn regional(subordinate: &Link, now: Timestamp) -> Result<Link, AuthorityError> {
    intermediate(Role::Regional, subordinate, now)
}

fn intermediate(role: Role, parent: &Link, now: Timestamp) -> Result<Link, AuthorityError> {
    let (lifetime, path_length, common_name) = match role {
        Role::Root | Role::Subordinate => (Lifetime::SUBORDINATE, 1, "lambda-codesign local SUBORDINATE CA"),
        Role::Regional => (Lifetime::REGIONAL, 0, "lambda-codesign local us-east-1 SUBORDINATE CA"),
    };
    let key = generate(role)?;
    let mut params = params(role, &key, lifetime, now)?;
    params.distinguished_name = below(parent, common_name, role)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(path_length));
    params.use_authority_key_identifier_extension = true;
    let certificate = issue(role, &params, &key, parent)?;
    link(role, certificate, key)
}

/// The leaf and its key.
pub(super) fn leaf(
    regional: &Link,
    now: Timestamp,
) -> Result<(CertificateDer<'static>, SigningKey), AuthorityError> {
    let role = Role::Regional;
    let key = generate(role)?;
    let mut params = params(role, &key, Lifetime::LEAF, now)?;
    params.distinguished_name = below(regional, "signer", role)?;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.custom_extensions = leaf_extensions(&key);
    let certificate = issue(role, &params, &key, regional)?;
    Ok((certificate, key))
}

/// Basic constraints (not critical, no CA), the key's identifier, and codeSigning as a critical extended key usage,
/// which rcgen by itself writes as not critical.
fn leaf_extensions(key: &SigningKey) -> Vec<CustomExtension> {
    let not_a_ca = CustomExtension::from_oid_content(&[2, 5, 29, 19], vec![0x30, 0]);
    let identifier = crate::der::definite(crate::der::Tag::OctetString, &[&key_identifier(key)]);
    let identifier = CustomExtension::from_oid_content(&[2, 5, 29, 14], identifier);
    let code_signing = vec![0x30, 10, 0x06, 8, 0x2b, 6, 1, 5, 5, 7, 3, 3];
    let mut usage = CustomExtension::from_oid_content(&[2, 5, 29, 37], code_signing);
    usage.set_criticality(true);
    vec![not_a_ca, identifier, usage]
}

/// The first 160 bits of the SHA-256 of the public key (RFC 7093 2, method 1).
fn key_identifier(key: &SigningKey) -> Vec<u8> {
    Sha256::digest(key.der_bytes()).iter().copied().take(20).collect()
}

fn generate(role: Role) -> Result<SigningKey, AuthorityError> {
    SigningKey::generate().map_err(|source| AuthorityError::Key { role, source })
}

/// What all kinds share: the validity, a random serial, the key's identifier and a CA's key usages.
fn params(
    role: Role,
    key: &SigningKey,
    lifetime: Lifetime,
    now: Timestamp,
) -> Result<CertificateParams, AuthorityError> {
    let beyond = || AuthorityError::BeyondCalendar { now };
    let not_before = now.checked_sub(SignedDuration::from_hours(1)).map_err(|_| beyond())?;
    let not_after = now.checked_add(lifetime.lasts()).map_err(|_| beyond())?;
    let serial = random::<16>().map_err(|source| AuthorityError::Key { role, source })?;
    let mut params = CertificateParams::default();
    params.not_before = OffsetDateTime::from_unix_timestamp(not_before.as_second()).map_err(|_| beyond())?;
    params.not_after = OffsetDateTime::from_unix_timestamp(not_after.as_second()).map_err(|_| beyond())?;
    params.serial_number = Some(SerialNumber::from(serial.to_vec()));
    params.key_identifier_method = KeyIdMethod::PreSpecified(key_identifier(key));
    params.key_usages = authority_usages();
    Ok(params)
}

/// The subject of a certificate made here.
struct Subject {
    profile: String,
    common_name: String,
}

impl Subject {
    fn of(link: &Link, role: Role) -> Result<Self, AuthorityError> {
        let unreadable = || AuthorityError::Certificate { role };
        let (_, read) = x509_parser::parse_x509_certificate(&link.certificate).map_err(|_| unreadable())?;
        let one = |text: Option<&x509_parser::x509::AttributeTypeAndValue<'_>>| {
            text.and_then(|text| text.as_str().ok()).map(str::to_owned).ok_or_else(unreadable)
        };
        Ok(Self {
            profile: one(read.subject().iter_organizational_unit().next())?,
            common_name: one(read.subject().iter_common_name().next())?,
        })
    }

    fn distinguished_name(&self) -> DistinguishedName {
        let mut name = DistinguishedName::new();
        name.push(DnType::OrganizationName, "lambda-codesign local profile");
        name.push(DnType::OrganizationalUnitName, self.profile.as_str());
        name.push(DnType::CommonName, self.common_name.as_str());
        name
    }
}

/// The same profile's name with another common name.
fn below(parent: &Link, common_name: &str, role: Role) -> Result<DistinguishedName, AuthorityError> {
    let Subject { profile, common_name: _ } = Subject::of(parent, role)?;
    Ok(Subject { profile, common_name: common_name.to_owned() }.distinguished_name())
}

fn issue(
    role: Role,
    params: &CertificateParams,
    key: &SigningKey,
    parent: &Link,
) -> Result<CertificateDer<'static>, AuthorityError> {
    let mut issuing = CertificateParams::default();
    issuing.distinguished_name = Subject::of(parent, role)?.distinguished_name();
    issuing.key_identifier_method = KeyIdMethod::PreSpecified(key_identifier(&parent.key));
    issuing.key_usages = authority_usages();
    let certificate = params.signed_by(key, &Issuer::new(issuing, &parent.key));
    Ok(certificate.map_err(|_| AuthorityError::Certificate { role })?.der().clone())
}

fn authority_usages() -> Vec<KeyUsagePurpose> {
    vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign]
}

fn link(role: Role, certificate: CertificateDer<'static>, key: SigningKey) -> Result<Link, AuthorityError> {
    let validity = Validated::read(&certificate).ok_or(AuthorityError::Certificate { role })?;
    Ok(Link { certificate, validity, key })
}
