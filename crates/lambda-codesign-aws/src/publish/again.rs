//! What a call that changes something leaves to be done when it fails, and looks at what was done.

use crate::deployed::{self, FunctionCode, Update};
use crate::service::{Failure, ServiceError};
use crate::wait::{Overdue, Pauses};

use super::Publishing;

/// What is to be done after a change that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// It was carried out, or not, or can't be yet: look, and repeat it where nothing changed.
    Look,
    /// It was refused for good.
    Stop,
}

/// Why nothing could be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LookError {
    /// An update was still under way.
    Overdue,
    /// Lambda refused or did not answer.
    Service(ServiceError),
}

impl From<ServiceError> for LookError {
    fn from(error: ServiceError) -> Self {
        Self::Service(error)
    }
}

impl From<Overdue> for LookError {
    fn from(_: Overdue) -> Self {
        Self::Overdue
    }
}

impl After {
    /// Neither an update that is in progress (409) nor a role that is not there yet (400) is tried again by the SDKs
    /// (BEHAVIOUR.md "On the wire"). A revision that is not the one that was named (412) may be due to the first of two
    /// tries, whose answer was lost.
    pub(super) fn of(error: &ServiceError) -> Self {
        let passes = match error.failure() {
            Failure::Refused { status, message, .. } => {
                matches!(status, 409 | 412 | 429) || message.contains("cannot be assumed by Lambda")
            }
            Failure::Unanswered(_) | Failure::Malformed(_) | Failure::Unsent(_) => false,
        };
        if passes || error.is_unanswered() { Self::Look } else { Self::Stop }
    }
}

impl Publishing<'_> {
    /// The function's `$LATEST`, or a version of it, once no update of it is under way.
    pub(super) async fn settled(
        &self,
        function: &str,
        version: Option<&str>,
    ) -> Result<FunctionCode, LookError> {
        let mut pauses = Pauses::default();
        loop {
            let found = deployed::function(&self.connection.lambda, function, version).await?;
            match found.function.update {
                Update::InProgress => pauses.pause(self.deadline).await?,
                Update::Successful | Update::Failed(_) => return Ok(found),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::After;
    use crate::service::{Failure, ServiceError};

    #[test]
    fn what_may_pass_is_looked_at_and_what_was_refused_is_not() {
        let refused = |status, message: &str| Failure::Refused {
            status,
            code: "X".to_owned(),
            message: message.to_owned(),
        };
        let role = "The role defined for the function cannot be assumed by Lambda.";
        for (failure, after) in [
            (refused(409, ""), After::Look),
            (refused(412, ""), After::Look),
            (refused(429, ""), After::Look),
            (refused(500, ""), After::Look),
            (refused(400, role), After::Look),
            (Failure::Unanswered(String::new()), After::Look),
            (Failure::Malformed(String::new()), After::Look),
            (Failure::Unsent(String::new()), After::Stop),
            (refused(400, "Lambda cannot deploy the function."), After::Stop),
            (refused(403, ""), After::Stop),
            (refused(404, ""), After::Stop),
        ] {
            assert_eq!(After::of(&ServiceError::failed("X", failure.clone())), after, "{failure:?}");
        }
    }
}
