//! Who is not answered, and answers that no service gives.

use axum::body::Body;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};

use crate::fault::Fault;
use crate::options::Signatures;
use crate::sigv4::Service;
use crate::world::World;

/// A page in a browser must not reach the sandbox: a request with an `Origin`, or for a host that is not the
/// sandbox's own (DNS rebinding), is refused. So is one without a signature where signatures are asked for.
pub(super) fn refuse(world: &World, request: &Request<Body>) -> Option<Response<Body>> {
    if request.headers().contains_key(header::ORIGIN) {
        return Some(plain(StatusCode::FORBIDDEN, "The sandbox answers no request that bears an Origin."));
    }
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !is_own_host(world, host) {
        return Some(plain(StatusCode::FORBIDDEN, "The sandbox answers for its own address alone."));
    }
    if world.signatures == Signatures::Required && request.headers().get(header::AUTHORIZATION).is_none() {
        return Some(plain(StatusCode::FORBIDDEN, "The sandbox was started to ask for signatures."));
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

pub(super) fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}
