//! The one call of STS that tools make before anything else: GetCallerIdentity.

use axum::body::Body;
use axum::http::{Response, StatusCode};

use crate::sigv4::Caller;

/// Answers a request by its form body.
pub(crate) fn answer(caller: &Caller, form: &[u8]) -> Response<Body> {
    let form = String::from_utf8_lossy(form);
    let action = form.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or_default();
    let is_name = action.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let (status, body) = match action {
        "GetCallerIdentity" => (StatusCode::OK, identity(&caller.account)),
        other if is_name && !other.is_empty() => (
            StatusCode::NOT_IMPLEMENTED,
            error("NotImplemented", &format!("The sandbox does not have {other}.")),
        ),
        _ => (StatusCode::BAD_REQUEST, error("MissingAction", "The request names no action.")),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", axum::http::HeaderValue::from_static("text/xml"));
    response
}

fn identity(account: &str) -> String {
    format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::{account}:user/sandbox</Arn><UserId>AIDASANDBOX</UserId><Account>{account}</Account>\
         </GetCallerIdentityResult><ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata>\
         </GetCallerIdentityResponse>",
        uuid::Uuid::new_v4()
    )
}

fn error(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
         <Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    )
}
