//! Where a request comes in: its signature goes, its body is checked, and s3s hands it to the service.

use std::sync::Arc;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::host::{S3Host, VirtualHost};
use s3s::service::S3ServiceBuilder;
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::body::{AWS_CHUNKED, BodyFault, CheckedBody, ChecksumHeaders, Encoding, Outcome, Said, tokens};
use super::digest::Wrong;
use super::service::Service;
use crate::sigv4::Caller;
use crate::world::World;

/// The most bytes of XML; an upload of 10000 parts with their checksums is completed with about 3 MB.
const XML_BYTES: usize = 8 << 20;

/// Answers a request to S3.
pub(crate) async fn answer(world: Arc<World>, caller: Caller, request: Request<Body>) -> Response<Body> {
    let outcome = Outcome::default();
    let request = match admit(request, &outcome) {
        Ok(request) => request,
        Err(refusal) => return refused(refusal),
    };
    let mut builder = S3ServiceBuilder::new(Service { world, caller, body: outcome.clone() });
    builder.set_host(OwnHost);
    let mut config = S3Config::default();
    config.xml_max_body_size = XML_BYTES;
    builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
    let answered = builder.build().call(request).await;
    // Whatever was made of a body that is not what it was said to be: this is why.
    if let Some(fault) = outcome.fault() {
        return refused(fault.into());
    }
    match answered {
        Ok(response) => finished(response.map(Body::new)),
        Err(_) => refused(S3ErrorCode::InternalError.into()),
    }
}

fn refused(refusal: S3Error) -> Response<Body> {
    let response = refusal.to_http_response().map(|response| response.map(Body::new));
    finished(response.unwrap_or_else(|_| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    }))
}

fn finished(mut response: Response<Body>) -> Response<Body> {
    if let Ok(id) = HeaderValue::try_from(uuid::Uuid::new_v4().simple().to_string()) {
        response.headers_mut().insert("x-amz-request-id", id);
    }
    response
}

/// Takes the signature off a request, and has its body checked as it passes.
fn admit(request: Request<Body>, outcome: &Outcome) -> S3Result<Request<s3s::Body>> {
    let (mut parts, body) = request.into_parts();
    refuse_nul(&parts)?;
    let query = parts.uri.query().unwrap_or_default();
    let completes = parts.method == Method::POST && has_parameter(query, "uploadId");
    let checksums = if completes { ChecksumHeaders::Object } else { ChecksumHeaders::Body };
    let said = Said::of(&parts.headers, checksums)?;
    strip_signature(&mut parts.headers);
    if said.encoding == Encoding::AwsChunked {
        strip_encoding(&mut parts.headers, said.length)?;
    }
    parts.uri = without_presigning(parts.uri)?;
    let body = CheckedBody::new(body, said, outcome.clone());
    Ok(Request::from_parts(parts, s3s::Body::http_body_unsync(body)))
}

/// The store's keys are parts with NULs between them.
fn refuse_nul(parts: &Parts) -> S3Result<()> {
    let source = parts.headers.get("x-amz-copy-source").map(HeaderValue::as_bytes).unwrap_or_default();
    let has_nul = |bytes: &[u8]| bytes.windows(3).any(|window| window == b"%00");
    if has_nul(parts.uri.path().as_bytes()) || has_nul(source) {
        return Err(S3Error::with_message(S3ErrorCode::InvalidURI, "Keys of the sandbox hold no NUL."));
    }
    Ok(())
}

fn strip_signature(headers: &mut HeaderMap) {
    for name in [
        "authorization",
        "x-amz-content-sha256",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-trailer",
        "x-amz-decoded-content-length",
    ] {
        headers.remove(name);
    }
}

/// Leaves the headers of the object alone, as its bytes are when they have been decoded.
fn strip_encoding(headers: &mut HeaderMap, length: Option<u64>) -> S3Result<()> {
    let missing = || S3Error::from(S3ErrorCode::MissingContentLength);
    let length = length.ok_or_else(missing)?;
    let encoding = headers.remove(header::CONTENT_ENCODING);
    let encoding = encoding.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default();
    let others: Vec<&str> = tokens(encoding).filter(|token| *token != AWS_CHUNKED).collect();
    if let (false, Ok(others)) = (others.is_empty(), HeaderValue::try_from(others.join(","))) {
        headers.insert(header::CONTENT_ENCODING, others);
    }
    headers.remove(header::TRANSFER_ENCODING);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    Ok(())
}

fn has_parameter(query: &str, name: &str) -> bool {
    query.split('&').any(|pair| pair.split('=').next() == Some(name))
}

/// The address without the parameters of a presigned one.
fn without_presigning(uri: Uri) -> S3Result<Uri> {
    let Some(query) = uri.query() else { return Ok(uri) };
    let is_signature = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        name.starts_with("X-Amz-") || matches!(name, "AWSAccessKeyId" | "Signature" | "Expires")
    };
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_signature(pair)).collect();
    let path =
        if kept.is_empty() { uri.path().to_owned() } else { format!("{}?{}", uri.path(), kept.join("&")) };
    let invalid = |_| S3Error::from(S3ErrorCode::InvalidURI);
    let mut parts = uri.into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path).map_err(invalid)?);
    Uri::from_parts(parts).map_err(|_| S3ErrorCode::InvalidURI.into())
}

/// `localhost`, or a bucket before it; addresses are not asked about.
struct OwnHost;

impl S3Host for OwnHost {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        let name = host.split(':').next().unwrap_or(host);
        Ok(match name.strip_suffix(".localhost") {
            Some(bucket) if bucket != "s3" => VirtualHost::new("localhost").with_bucket(bucket),
            Some(_) | None => VirtualHost::new("localhost"),
        })
    }
}

impl From<BodyFault> for S3Error {
    fn from(fault: BodyFault) -> Self {
        let (code, message) = match fault {
            BodyFault::Incomplete => (
                S3ErrorCode::IncompleteBody,
                "You did not provide the number of bytes specified by the Content-Length HTTP header",
            ),
            BodyFault::Malformed => {
                (S3ErrorCode::InvalidRequest, "The request body is not in the aws-chunked encoding.")
            }
            BodyFault::InvalidDigest => {
                (S3ErrorCode::InvalidRequest, "A value of an x-amz-checksum header is invalid.")
            }
            BodyFault::Wrong(Wrong::Md5) => {
                (S3ErrorCode::BadDigest, "The Content-MD5 you specified did not match what we received.")
            }
            BodyFault::Wrong(Wrong::Content) => (
                S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into()),
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
            ),
            BodyFault::Wrong(Wrong::Checksum(algorithm)) => {
                let message =
                    format!("The {} you specified did not match the calculated checksum.", algorithm.name());
                return Self::with_message(S3ErrorCode::BadDigest, message);
            }
        };
        let mut error = Self::with_message(code, message);
        error.set_status_code(StatusCode::BAD_REQUEST);
        error
    }
}

#[cfg(test)]
mod tests {
    use super::without_presigning;

    #[test]
    fn a_presigned_address_keeps_what_it_asks_for() {
        let uri = "/b/k?versionId=1&X-Amz-Signature=ff&X-Amz-Date=x&x-id=GetObject".parse().unwrap();
        assert_eq!(without_presigning(uri).unwrap(), "/b/k?versionId=1&x-id=GetObject");
        assert_eq!(without_presigning("/b/k?X-Amz-Signature=ff".parse().unwrap()).unwrap(), "/b/k");
    }
}
