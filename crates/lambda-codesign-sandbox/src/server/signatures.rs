//! Whether a request was signed with the sandbox's own credentials, where that is asked for.
//!
//! The signature is computed again by the SDKs' own signer, over what the request says it signed, and compared: that of
//! the `Authorization` header, or that of a presigned query, which S3 alone takes.

use lambda_codesign_core::text::Hex;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use axum::body::Body;
use axum::http::Request;
use axum::http::request::Parts;
use http_body_util::{BodyExt as _, Limited};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use percent_encoding::percent_decode_str;

use crate::sigv4::{Scope, Service};

/// The most that is read of a request to learn its hash: Lambda's own limit (BEHAVIOUR.md "limits").
const MAX_BODY: usize = 70_167_211;
/// A request's time may lie so far off, as with AWS.
const SKEW: Duration = Duration::from_secs(15 * 60);
/// A presigned query lives a week at most, as with AWS.
const LONGEST: u64 = 7 * 24 * 60 * 60;

/// Why a signature is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum SignatureError {
    #[error("The request has no SigV4 signature.")]
    Missing,
    #[error("Request has expired")]
    Expired,
    #[error("The request's time lies more than fifteen minutes off.")]
    Skewed,
    #[error("The request is larger than any that is signed.")]
    TooLarge,
    #[error("The signature is not one by the sandbox's credentials.")]
    Mismatch,
}

/// The request, once its signature was found to be one by the holder of `secret`.
pub(super) async fn check(
    request: Request<Body>,
    service: Service,
    secret: &str,
    now: Timestamp,
) -> Result<Request<Body>, SignatureError> {
    let (parts, body) = request.into_parts();
    let stated = Stated::of(&parts).ok_or(SignatureError::Missing)?;
    stated.is_current(now)?;
    let (signable, body) = match (service, stated.place, header(&parts, "x-amz-content-sha256")) {
        // A presigned request says nothing of its body.
        (Service::S3, Place::Query { .. }, _) => (SignableBody::UnsignedPayload, body),
        // S3's own header says what was signed of the body, and S3 holds the body to it.
        (Service::S3, Place::Header, Some(hash)) => (SignableBody::Precomputed(hash.to_owned()), body),
        (Service::S3, Place::Header, None) | (_, Place::Query { .. }, _) => {
            return Err(SignatureError::Missing);
        }
        (Service::Signer | Service::Lambda | Service::Sts, Place::Header, _) => {
            let bytes = Limited::new(body, MAX_BODY)
                .collect()
                .await
                .map_err(|_| SignatureError::TooLarge)?
                .to_bytes();
            let hash = SignableBody::Precomputed(hex(&bytes));
            (hash, Body::from(bytes))
        }
    };
    let computed = stated.compute(&parts, service, signable, secret).ok_or(SignatureError::Mismatch)?;
    if !same(&computed, &stated.signature) {
        return Err(SignatureError::Mismatch);
    }
    Ok(Request::from_parts(parts, body))
}

fn hex(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    Hex(&sha2::Sha256::digest(bytes)).to_string()
}

fn header<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts.headers.get(name).and_then(|value| value.to_str().ok())
}

fn since_epoch(time: Timestamp) -> Option<SystemTime> {
    let seconds = u64::try_from(time.as_second()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

fn time(text: &str) -> Option<Timestamp> {
    let time = DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    TimeZone::UTC.to_timestamp(time).ok()
}

fn pairs(parts: &Parts) -> impl Iterator<Item = &str> {
    parts.uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty())
}

/// Whether a pair of a query is one that the signer itself writes.
fn is_of_signature(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default();
    matches!(
        name,
        "X-Amz-Algorithm"
            | "X-Amz-Credential"
            | "X-Amz-Date"
            | "X-Amz-Expires"
            | "X-Amz-SignedHeaders"
            | "X-Amz-Signature"
    )
}

fn decoded(value: &str) -> String {
    percent_decode_str(value).decode_utf8_lossy().into_owned()
}

/// Compares every byte, wherever the first difference is.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

/// Where a signature stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Header,
    Query { lives: Duration },
}

/// What a request says of its signature.
struct Stated {
    place: Place,
    scope: Scope,
    signed_headers: Vec<String>,
    signature: String,
    time: Timestamp,
}

impl Stated {
    fn of(parts: &Parts) -> Option<Self> {
        if header(parts, "authorization").is_some() { Self::in_header(parts) } else { Self::in_query(parts) }
    }

    fn in_query(parts: &Parts) -> Option<Self> {
        let pairs: Vec<(String, String)> = pairs(parts)
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (name.to_owned(), decoded(value)))
            .collect();
        let value =
            |name: &str| pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
        let lives: u64 = value("X-Amz-Expires")?.parse().ok()?;
        let signed_headers: Vec<String> =
            value("X-Amz-SignedHeaders")?.split(';').map(str::to_owned).collect();
        let is_sound = value("X-Amz-Algorithm") == Some("AWS4-HMAC-SHA256")
            && lives <= LONGEST
            && signed_headers.iter().any(|signed| signed == "host");
        is_sound.then_some(())?;
        Some(Self {
            place: Place::Query { lives: Duration::from_secs(lives) },
            scope: Scope::of(parts)?,
            signed_headers,
            signature: value("X-Amz-Signature")?.to_owned(),
            time: time(value("X-Amz-Date")?)?,
        })
    }

    /// Whether it was made of late.
    fn is_current(&self, now: Timestamp) -> Result<(), SignatureError> {
        let off = self.time.duration_since(now);
        match self.place {
            Place::Query { lives } if off.is_negative() && off.unsigned_abs() > lives => {
                Err(SignatureError::Expired)
            }
            Place::Query { .. } if off.is_negative() => Ok(()),
            Place::Header | Place::Query { .. } if off.unsigned_abs() > SKEW => Err(SignatureError::Skewed),
            Place::Header | Place::Query { .. } => Ok(()),
        }
    }

    fn in_header(parts: &Parts) -> Option<Self> {
        let scope = Scope::of(parts)?;
        let fields = header(parts, "authorization")?.strip_prefix("AWS4-HMAC-SHA256")?;
        let field = |name: &str| fields.split(',').find_map(|field| field.trim().strip_prefix(name));
        let signed_headers: Vec<String> = field("SignedHeaders=")?.split(';').map(str::to_owned).collect();
        let is_signed = |name: &str| signed_headers.iter().any(|signed| signed == name);
        if !is_signed("host") || !is_signed("x-amz-date") {
            return None;
        }
        let signature = field("Signature=")?.to_owned();
        let time = time(header(parts, "x-amz-date")?)?;
        Some(Self { place: Place::Header, scope, signed_headers, signature, time })
    }

    fn compute(
        &self,
        parts: &Parts,
        service: Service,
        body: SignableBody<'_>,
        secret: &str,
    ) -> Option<String> {
        let mut settings = SigningSettings::default();
        if service == Service::S3 {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        }
        if let Place::Query { lives } = self.place {
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = Some(lives);
        }
        let is_signed = |name: &str| self.signed_headers.iter().any(|signed| signed == name);
        if is_signed("x-amz-content-sha256") {
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        // The signer leaves some headers out by itself; what this request signed is told by its own list alone.
        settings.excluded_headers = None;
        let headers: Vec<(&str, &str)> = parts
            .headers
            .iter()
            .filter(|(name, _)| is_signed(name.as_str()) && name.as_str() != "x-amz-date")
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
            .collect();
        let host = header(parts, "host")?;
        let query: Vec<&str> = pairs(parts).filter(|pair| !is_of_signature(pair)).collect();
        let uri = format!("http://{host}{}?{}", parts.uri.path(), query.join("&"));
        let identity = Credentials::new(&self.scope.access_key, secret, None, None, "sandbox").into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.scope.region)
            .name(&self.scope.service)
            .time(since_epoch(self.time)?)
            .settings(settings)
            .build()
            .ok()?
            .into();
        let request = SignableRequest::new(parts.method.as_str(), uri, headers.into_iter(), body).ok()?;
        let (_, signature) = sign(request, &parameters).ok()?.into_parts();
        Some(signature)
    }
}
