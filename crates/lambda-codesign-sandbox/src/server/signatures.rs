//! Whether a request was signed with the sandbox's own credentials, where that is asked for.
//!
//! The signature is computed again by the SDKs' own signer, over the headers that the request says it signed, and
//! compared. Presigned queries are not taken.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use axum::body::Body;
use axum::http::Request;
use axum::http::request::Parts;
use http_body_util::{BodyExt as _, Limited};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::sigv4::{Scope, Service};

/// The most that is read of a request to learn its hash: Lambda's own limit (BEHAVIOUR.md "limits").
const MAX_BODY: usize = 70_167_211;
/// A request's time may lie so far off, as with AWS.
const SKEW: Duration = Duration::from_secs(15 * 60);

/// Why a signature is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum SignatureError {
    #[error("The request has no SigV4 signature in its Authorization header.")]
    Missing,
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
    if stated.time.duration_since(now).unsigned_abs() > SKEW {
        return Err(SignatureError::Skewed);
    }
    // S3's own header says what was signed of the body, and S3 holds the body to it.
    let (signable, body) = match (service, header(&parts, "x-amz-content-sha256")) {
        (Service::S3, Some(hash)) => (SignableBody::Precomputed(hash.to_owned()), body),
        (Service::S3, None) => return Err(SignatureError::Missing),
        (Service::Signer | Service::Lambda | Service::Sts, _) => {
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
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn header<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts.headers.get(name).and_then(|value| value.to_str().ok())
}

fn since_epoch(time: Timestamp) -> Option<SystemTime> {
    let seconds = u64::try_from(time.as_second()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// Compares every byte, wherever the first difference is.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

/// What a request says of its signature.
struct Stated {
    scope: Scope,
    signed_headers: Vec<String>,
    signature: String,
    time: Timestamp,
}

impl Stated {
    fn of(parts: &Parts) -> Option<Self> {
        let scope = Scope::of(parts)?;
        let fields = header(parts, "authorization")?.strip_prefix("AWS4-HMAC-SHA256")?;
        let field = |name: &str| fields.split(',').find_map(|field| field.trim().strip_prefix(name));
        let signed_headers: Vec<String> = field("SignedHeaders=")?.split(';').map(str::to_owned).collect();
        let is_signed = |name: &str| signed_headers.iter().any(|signed| signed == name);
        if !is_signed("host") || !is_signed("x-amz-date") {
            return None;
        }
        let signature = field("Signature=")?.to_owned();
        let time = DateTime::strptime("%Y%m%dT%H%M%SZ", header(parts, "x-amz-date")?).ok()?;
        let time = TimeZone::UTC.to_timestamp(time).ok()?;
        Some(Self { scope, signed_headers, signature, time })
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
        let uri = format!("http://{host}{}", parts.uri.path_and_query()?);
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
