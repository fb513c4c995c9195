//! Signer's answers: JSON, or a status with a `message` and a `code` (BEHAVIOUR.md "On the wire").

use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde_json::json;

use super::AuthorityError;
use crate::store::StoreError;

/// The exceptions of the service's model that the sandbox answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Validation,
    /// A job that can't be started as it was asked for.
    InvalidJobParameters,
    ResourceNotFound,
    /// What the operations on tags answer in its place.
    NotFound,
    BadRequest,
    AccessDenied,
    Conflict,
    InternalServiceError,
    UnknownOperation,
}

impl Kind {
    const fn status(self) -> StatusCode {
        match self {
            Self::Validation | Self::InvalidJobParameters | Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::ResourceNotFound | Self::NotFound | Self::UnknownOperation => StatusCode::NOT_FOUND,
            Self::AccessDenied => StatusCode::FORBIDDEN,
            Self::Conflict => StatusCode::CONFLICT,
            Self::InternalServiceError => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    const fn exception(self) -> &'static str {
        match self {
            Self::Validation | Self::InvalidJobParameters => "ValidationException",
            Self::ResourceNotFound => "ResourceNotFoundException",
            Self::NotFound => "NotFoundException",
            Self::BadRequest => "BadRequestException",
            Self::AccessDenied => "AccessDeniedException",
            Self::Conflict => "ConflictException",
            Self::InternalServiceError => "InternalServiceErrorException",
            Self::UnknownOperation => "UnknownOperationException",
        }
    }

    const fn code(self) -> &'static str {
        match self {
            Self::InvalidJobParameters => "InvalidJobParameters",
            Self::Validation
            | Self::ResourceNotFound
            | Self::NotFound
            | Self::BadRequest
            | Self::AccessDenied
            | Self::Conflict
            | Self::InternalServiceError
            | Self::UnknownOperation => self.exception(),
        }
    }
}

/// Why an operation was not carried out, as the service says it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) kind: Kind,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::new(Kind::Validation, message)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::new(Kind::InternalServiceError, error.to_string())
    }
}

impl From<AuthorityError> for Refusal {
    fn from(error: AuthorityError) -> Self {
        Self::new(Kind::InternalServiceError, error.to_string())
    }
}

/// The operation's answer, or its refusal.
pub(super) fn answer<T: Serialize>(done: Result<T, Refusal>) -> Response {
    match done {
        Ok(value) => axum::Json(value).into_response(),
        Err(refusal) => {
            failed(refusal.kind.status(), refusal.kind.exception(), refusal.kind.code(), &refusal.message)
        }
    }
}

/// The answer of an operation that the service has and the sandbox has not.
pub(super) fn absent(operation: &'static str) -> Response {
    let message = format!("The sandbox does not have the operation {operation}.");
    failed(StatusCode::NOT_IMPLEMENTED, "NotImplemented", operation, &message)
}

fn failed(status: StatusCode, exception: &'static str, code: &str, message: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (HeaderName::from_static("x-amzn-errortype"), exception),
    ];
    (status, headers, json!({ "message": message, "code": code }).to_string()).into_response()
}
