//! What services answer when they do not do what was asked.

use core::error::Error;
use core::fmt;

use aws_sdk_lambda::config::http::HttpResponse;
use aws_sdk_lambda::error::{ProvideErrorMetadata, SdkError};
use lambda_codesign_core::text::Escaped;

/// A call that failed, the SDK's own repetitions included.
///
/// Holding one does not prove that nothing was done: see [`Failure::Unanswered`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceError {
    operation: &'static str,
    failure: Failure,
}

/// How a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The service refused, with its code and its own words.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The service's word for it; empty where it gave none.
        code: String,
        /// The service's sentence.
        message: String,
    },
    /// No answer came: it was carried out, or not.
    Unanswered(String),
    /// It was answered otherwise than the service's model says.
    Malformed(String),
    /// It was not sent.
    Unsent(String),
}

impl ServiceError {
    /// The failure of an SDK's call.
    pub fn of<E>(operation: &'static str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let failure = match &error {
            SdkError::ServiceError(refusal) => Failure::Refused {
                status: refusal.raw().status().as_u16(),
                code: refusal.err().code().unwrap_or_default().to_owned(),
                message: refusal.err().message().unwrap_or_default().to_owned(),
            },
            SdkError::ConstructionFailure(_) => Failure::Unsent(chain(&error)),
            // The SDK's errors are open to additions.
            SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) | _ => {
                Failure::Unanswered(chain(&error))
            }
        };
        Self { operation, failure }
    }

    /// An answer that lacks what its model promises.
    #[must_use]
    pub fn without(operation: &'static str, member: &str) -> Self {
        Self { operation, failure: Failure::Malformed(format!("it has no {member}")) }
    }

    /// An answer in which a member is not what its model promises.
    #[must_use]
    pub fn malformed(operation: &'static str, member: &str, why: &dyn Error) -> Self {
        Self { operation, failure: Failure::Malformed(format!("its {member} can't be read: {why}")) }
    }

    /// A request that could not be made.
    #[must_use]
    pub fn unsent(operation: &'static str, why: &dyn Error) -> Self {
        Self { operation, failure: Failure::Unsent(chain(why)) }
    }

    #[cfg(test)]
    pub(crate) const fn failed(operation: &'static str, failure: Failure) -> Self {
        Self { operation, failure }
    }

    /// The operation that was called, such as `StartSigningJob`.
    #[must_use]
    pub const fn operation(&self) -> &'static str {
        self.operation
    }

    /// How it failed.
    #[must_use]
    pub const fn failure(&self) -> &Failure {
        &self.failure
    }

    /// The service's word for its refusal.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match &self.failure {
            Failure::Refused { code, .. } => Some(code),
            Failure::Unanswered(_) | Failure::Malformed(_) | Failure::Unsent(_) => None,
        }
    }

    /// Whether the service refused with this word.
    #[must_use]
    pub fn is(&self, code: &str) -> bool {
        self.code() == Some(code)
    }

    /// Whether the service refused with this HTTP status.
    #[must_use]
    pub const fn has_status(&self, wanted: u16) -> bool {
        matches!(&self.failure, Failure::Refused { status, .. } if *status == wanted)
    }

    /// Whether it may have been carried out all the same.
    #[must_use]
    pub const fn is_unanswered(&self) -> bool {
        match &self.failure {
            // A server error says nothing about what was done before it.
            Failure::Refused { status, .. } => *status >= 500,
            Failure::Unanswered(_) | Failure::Malformed(_) => true,
            Failure::Unsent(_) => false,
        }
    }

    /// What to do about it, in one sentence.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        let code = match &self.failure {
            Failure::Unanswered(_) => return "Check the network and the service's health, and try again.",
            Failure::Malformed(_) => return "Check that the endpoint is the service's.",
            Failure::Unsent(_) => return "Check the arguments.",
            Failure::Refused { code, .. } => code.as_str(),
        };
        match code {
            "AccessDenied" | "AccessDeniedException" => {
                "Allow the operation in the caller's IAM policy; docs/guides/iam.md lists what each command needs."
            }
            "ExpiredToken" | "ExpiredTokenException" => "Log in again.",
            "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidAccessKeyId" => "Check the credentials and the clock.",
            "ThrottlingException" | "TooManyRequestsException" | "ThrottledException" | "SlowDown" => {
                "Try again later, or with fewer at once."
            }
            "ValidationException" | "InvalidParameterValueException" => "Mend what the service names.",
            "ResourceNotFoundException" => "Check the name, the account and the region.",
            "NoSuchBucket" => "Check the bucket's name and its region.",
            _ => "See what the service says; `lambda-codesign explain` knows its sentences.",
        }
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operation = self.operation;
        let shown = |text: &str| Escaped(text.as_bytes()).to_string();
        match &self.failure {
            Failure::Refused { status, code, message } if message.is_empty() => {
                write!(f, "{operation} was refused with {status} {}", shown(code))
            }
            Failure::Refused { code, message, .. } if code.is_empty() => {
                write!(f, "{operation} was refused: {}", shown(message))
            }
            Failure::Refused { code, message, .. } => {
                write!(f, "{operation} was refused with {}: {}", shown(code), shown(message))
            }
            Failure::Unanswered(why) => write!(f, "{operation} got no answer: {}", shown(why)),
            Failure::Malformed(why) => write!(f, "the answer of {operation} is malformed: {}", shown(why)),
            Failure::Unsent(why) => write!(f, "{operation} could not be sent: {}", shown(why)),
        }
    }
}

impl Error for ServiceError {}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let said = next.to_string();
        if !text.ends_with(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = next.source();
    }
    // Some of them are laid out in lines.
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
