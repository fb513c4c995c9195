//! How Lambda refuses (BEHAVIOUR.md "On the wire").

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::json;

use crate::store::StoreError;

/// Why an operation was not carried out.
#[derive(Debug, thiserror::Error)]
pub(super) enum LambdaError {
    #[error("1 validation error detected: {0}")]
    Validation(String),
    #[error("{0}")]
    InvalidParameter(String),
    #[error("{0}")]
    InvalidContent(String),
    #[error("{0}")]
    NotFound(String),
    #[error("The Lambda code signing configuration {0} can not be found.")]
    ConfigNotFound(String),
    #[error(
        "The code signing configuration cannot be found. Check that the provided configuration is not deleted: {0}."
    )]
    CodeSigningConfigNotFound(String),
    #[error("{0}")]
    Conflict(String),
    #[error("{0}")]
    CodeVerificationFailed(String),
    #[error(
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to \
         retrieve the latest Revision Id"
    )]
    PreconditionFailed,
    #[error("{0}")]
    TooLarge(String),
    #[error("The sandbox does not have {0}.")]
    NotImplemented(&'static str),
    #[error("Unable to determine service/operation name to be authorized")]
    UnknownOperation,
    #[error("The sandbox can't carry this out: {0}")]
    Store(#[from] StoreError),
    #[error("The sandbox can't carry this out.")]
    Internal,
}

/// How a message is spelled: some members of the model are `Message`, some `message`, most with a `Type`.
#[derive(Clone, Copy)]
enum Shape {
    Upper,
    UpperWithType(&'static str),
    Lower,
    LowerWithType,
}

impl LambdaError {
    const fn wire(&self) -> (StatusCode, &'static str, Shape) {
        use Shape::{Lower, LowerWithType, Upper, UpperWithType};
        const USER: Shape = UpperWithType("User");
        match self {
            Self::Validation(_) => (StatusCode::BAD_REQUEST, "ValidationException", Lower),
            Self::InvalidParameter(_) => {
                (StatusCode::BAD_REQUEST, "InvalidParameterValueException", LowerWithType)
            }
            Self::InvalidContent(_) => {
                (StatusCode::BAD_REQUEST, "InvalidRequestContentException", LowerWithType)
            }
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "ResourceNotFoundException", USER),
            Self::ConfigNotFound(_) => (StatusCode::NOT_FOUND, "ResourceNotFoundException", Upper),
            Self::CodeSigningConfigNotFound(_) => {
                (StatusCode::NOT_FOUND, "CodeSigningConfigNotFoundException", USER)
            }
            Self::Conflict(_) => (StatusCode::CONFLICT, "ResourceConflictException", LowerWithType),
            Self::CodeVerificationFailed(_) => {
                (StatusCode::BAD_REQUEST, "CodeVerificationFailedException", USER)
            }
            Self::PreconditionFailed => {
                (StatusCode::PRECONDITION_FAILED, "PreconditionFailedException", LowerWithType)
            }
            Self::TooLarge(_) => {
                (StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLargeException", LowerWithType)
            }
            Self::NotImplemented(_) => (StatusCode::NOT_IMPLEMENTED, "NotImplementedException", Lower),
            Self::UnknownOperation => (StatusCode::FORBIDDEN, "AccessDeniedException", Upper),
            Self::Store(_) | Self::Internal => {
                (StatusCode::INTERNAL_SERVER_ERROR, "ServiceException", UpperWithType("Service"))
            }
        }
    }

    /// The error's code, as in `x-amzn-errortype`.
    pub(super) const fn code(&self) -> &'static str {
        self.wire().1
    }

    pub(super) fn into_response(self) -> Response<Body> {
        let (status, code, shape) = self.wire();
        let message = self.to_string();
        let body = match shape {
            Shape::Upper => json!({ "Message": message }),
            Shape::UpperWithType(kind) => json!({ "Type": kind, "Message": message }),
            Shape::Lower => json!({ "message": message }),
            Shape::LowerWithType => json!({ "Type": "User", "message": message }),
        };
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("x-amzn-errortype", HeaderValue::from_static(code));
        response
    }
}

/// A value that breaks what the model says of it.
pub(super) fn invalid(value: &str, member: &str, constraint: &str) -> LambdaError {
    LambdaError::Validation(format!(
        "Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
    ))
}
