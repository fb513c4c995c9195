//! Who is not answered, and answers that no service gives.

use axum::body::Body;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};

use super::signatures::SignatureError;
use crate::fault::Fault;
use crate::sigv4::Service;
use crate::world::World;

/// A page in a browser must not reach the sandbox: a request with an `Origin`, or for a host that is not the
/// sandbox's own (DNS rebinding), is refused.
pub(super) fn refuse(world: &World, request: &Request<Body>) -> Option<Response<Body>> {
    if request.headers().contains_key(header::ORIGIN) {
        return Some(plain(StatusCode::FORBIDDEN, "The sandbox answers no request that bears an Origin."));
    }
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !is_own_host(world, host) {
        return Some(plain(StatusCode::FORBIDDEN, "The sandbox answers for its own address alone."));
    }
    None
}

/// The address itself, `localhost`, or a bucket before either (`bucket.localhost`).
fn is_own_host(world: &World, host: &str) -> bool {
    let own = world.endpoint.trim_start_matches("http://");
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    host == own
        || name == "localhost"
        || name.ends_with(".localhost")
        || own.rsplit_once(':').is_some_and(|(ip, _)| ip == name)
}

/// The answer of a service that is made to fail (BEHAVIOUR.md "On the wire").
pub(super) fn fault_answer(service: Service, fault: Fault) -> Response<Body> {
    let throttled = fault == Fault::Throttle;
    let status = match (service, throttled) {
        (Service::S3, true) => StatusCode::SERVICE_UNAVAILABLE,
        (Service::Signer | Service::Lambda | Service::Sts, true) => StatusCode::TOO_MANY_REQUESTS,
        (_, false) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let code = match (service, throttled) {
        (Service::S3, true) => "SlowDown",
        (Service::S3 | Service::Sts, false) => "InternalError",
        (Service::Lambda, true) => "TooManyRequestsException",
        (Service::Lambda, false) => "ServiceException",
        (Service::Signer | Service::Sts, true) => "ThrottlingException",
        (Service::Signer, false) => "InternalServiceErrorException",
    };
    let body = match service {
        Service::S3 | Service::Sts => {
            format!("<Error><Code>{code}</Code><Message>The sandbox fails on purpose.</Message></Error>")
        }
        Service::Signer | Service::Lambda => {
            format!("{{\"message\":\"The sandbox fails on purpose.\",\"code\":\"{code}\"}}")
        }
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(code));
    response
}

/// The answer to a request whose signature is not taken.
pub(super) fn unsigned(service: Service, error: SignatureError) -> Response<Body> {
    let code = match (service, error) {
        (_, SignatureError::TooLarge) => "RequestEntityTooLargeException",
        (Service::S3, SignatureError::Missing) | (_, SignatureError::Expired) => "AccessDenied",
        (Service::S3, SignatureError::Skewed) => "RequestTimeTooSkewed",
        (Service::S3, SignatureError::Mismatch) => "SignatureDoesNotMatch",
        (Service::Signer | Service::Lambda | Service::Sts, SignatureError::Missing) => {
            "MissingAuthenticationTokenException"
        }
        (
            Service::Signer | Service::Lambda | Service::Sts,
            SignatureError::Skewed | SignatureError::Mismatch,
        ) => "InvalidSignatureException",
    };
    let body = match service {
        Service::S3 | Service::Sts => format!("<Error><Code>{code}</Code><Message>{error}</Message></Error>"),
        Service::Signer | Service::Lambda => format!("{{\"message\":\"{error}\",\"code\":\"{code}\"}}"),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = match error {
        SignatureError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        SignatureError::Missing
        | SignatureError::Expired
        | SignatureError::Skewed
        | SignatureError::Mismatch => StatusCode::FORBIDDEN,
    };
    response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(code));
    response
}

pub(super) fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}
