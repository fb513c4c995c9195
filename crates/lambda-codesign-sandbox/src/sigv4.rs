//! What a request's SigV4 signature says: who asks, where, and for which service.

use axum::http::request::Parts;
use percent_encoding::percent_decode_str;

/// The account of whoever asks with an access key that is not itself an account.
pub(crate) const DEFAULT_ACCOUNT: &str = "123456789012";
/// The region of whoever does not say one.
pub(crate) const DEFAULT_REGION: &str = "us-east-1";

/// Who asks, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The account: the access key where it is twelve digits, else the default one.
    pub(crate) account: String,
    /// The region of the scope.
    pub(crate) region: String,
}

/// The services that are answered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Signer,
    Lambda,
    S3,
    Sts,
}

/// What the scope said: `KEY/DATE/REGION/SERVICE/aws4_request`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) access_key: String,
    pub(crate) region: String,
    pub(crate) service: String,
}

impl Scope {
    /// The scope of a request: of its `Authorization` header or of its presigned query.
    pub(crate) fn of(request: &Parts) -> Option<Self> {
        let header = request.headers.get("authorization").and_then(|value| value.to_str().ok());
        let from_header = header.and_then(|value| {
            let fields = value.strip_prefix("AWS4-HMAC-SHA256")?;
            fields.split(',').find_map(|field| field.trim().strip_prefix("Credential="))
        });
        if let Some(credential) = from_header {
            return Self::parse(credential);
        }
        let credential =
            request.uri.query()?.split('&').find_map(|pair| pair.strip_prefix("X-Amz-Credential="))?;
        Self::parse(&percent_decode_str(credential).decode_utf8_lossy())
    }

    fn parse(credential: &str) -> Option<Self> {
        let mut fields = credential.split('/');
        let access_key = fields.next()?.to_owned();
        let _date = fields.next()?;
        let (region, service) = (fields.next()?.to_owned(), fields.next()?.to_owned());
        let is_name = |name: &str| {
            !name.is_empty()
                && name.len() <= 64
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        (is_name(&region) && is_name(&service)).then_some(Self { access_key, region, service })
    }

    pub(crate) fn caller(&self) -> Caller {
        let is_account =
            self.access_key.len() == 12 && self.access_key.bytes().all(|byte| byte.is_ascii_digit());
        let account = if is_account { self.access_key.clone() } else { DEFAULT_ACCOUNT.to_owned() };
        Caller { account, region: self.region.clone() }
    }
}

impl Caller {
    /// Whoever asks without a signature.
    pub(crate) fn anonymous() -> Self {
        Self { account: DEFAULT_ACCOUNT.to_owned(), region: DEFAULT_REGION.to_owned() }
    }
}

/// The service of a request: by its scope, then by its path.
pub(crate) fn service(scope: Option<&Scope>, path: &str) -> Service {
    match scope.map(|scope| scope.service.as_str()) {
        Some("signer") => Service::Signer,
        Some("lambda") => Service::Lambda,
        Some("sts") => Service::Sts,
        Some(_) => Service::S3,
        None if path.starts_with("/signing-") => Service::Signer,
        None if is_dated(path) => Service::Lambda,
        None => Service::S3,
    }
}

/// Whether a path begins with an API's date, as Lambda's do: `/2015-03-31/`.
fn is_dated(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    first.len() == 10
        && first.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use super::{Caller, Scope, Service, service};
    use axum::http::Request;

    fn scope(header: &str) -> Option<Scope> {
        let (parts, ()) = Request::builder().header("authorization", header).body(()).unwrap().into_parts();
        Scope::of(&parts)
    }

    #[test]
    fn a_scope_says_service_region_and_account() {
        let found = scope(
            "AWS4-HMAC-SHA256 Credential=210987654321/20261125/eu-west-1/signer/aws4_request, SignedHeaders=host, Signature=00",
        )
        .unwrap();
        assert_eq!(found.service, "signer");
        assert_eq!(found.caller(), Caller { account: "210987654321".into(), region: "eu-west-1".into() });
        assert_eq!(scope("AWS4-HMAC-SHA256 Credential=a/b/c\u{20}d/signer/x"), None);
        assert_eq!(scope("Basic x"), None);
    }

    #[test]
    fn the_path_tells_where_no_scope_does() {
        assert_eq!(service(None, "/2015-03-31/functions"), Service::Lambda);
        assert_eq!(service(None, "/signing-profiles/x"), Service::Signer);
        assert_eq!(service(None, "/bucket/2015-03-31/x"), Service::S3);
    }
}
