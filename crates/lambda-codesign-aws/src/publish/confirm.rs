//! Whether Lambda shows what was verified, and what is done where it does not.

use core::fmt;
use std::time::Duration;

use lambda_codesign_core::digest::CodeSha256;

use crate::code::DeployedCode;
use crate::deployed::{Function, ShownSignature};
use crate::service::ServiceError;
use crate::wait::Deadline;

use super::deploy::{CALL, same_layers};
use super::judge::Passed;
use super::source::{MAX_IN_REQUEST, Source};
use super::{Publishing, Step, Target};

/// How long the earlier code is tried to be fetched.
const EARLIER: Duration = Duration::from_secs(20);

/// `$LATEST`, compared with what was verified.
///
/// Holding one proves that Lambda showed it with the hash, the layers and the signature that were verified, once its
/// update was done. It does not prove that nobody changed it since: its revision tells.
#[derive(Debug)]
pub(super) struct Confirmed {
    function: Function,
}

/// Lambda shows something else than what was verified.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Lambda shows {difference}; {restoration}")]
pub struct ConfirmError {
    /// What is other.
    pub difference: Difference,
    /// What became of `$LATEST`.
    pub restoration: Restoration,
}

/// What Lambda shows otherwise than it was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Other bytes.
    Code {
        /// What was sent.
        sent: CodeSha256,
        /// What is shown.
        found: Option<CodeSha256>,
    },
    /// Other layers.
    Layers,
    /// Another signature, or none, or one where none was verified.
    Signature {
        /// What was verified.
        verified: Option<Box<ShownSignature>>,
        /// What is shown.
        found: Option<Box<ShownSignature>>,
    },
}

/// What became of `$LATEST` after something else was shown than what was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restoration {
    /// The earlier code is there again.
    Restored,
    /// It was left, since the earlier code is not at hand.
    NotAtHand,
    /// It was left, since somebody else changed it meanwhile.
    Overtaken,
    /// The earlier code was sent, and Lambda refused it or did not answer.
    Failed(ServiceError),
}

impl ConfirmError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self.restoration {
            Restoration::Restored | Restoration::Overtaken => {
                "Verify what is deployed with `verify --function`, and check that the endpoint is Lambda's."
            }
            Restoration::NotAtHand | Restoration::Failed(_) => {
                "Verify what is deployed with `verify --function`, and deploy the last good package."
            }
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signature = |shown: &Option<Box<ShownSignature>>| match shown {
            Some(shown) => format!("the signature of {} by {}", shown.publisher, shown.job),
            None => "no signature".to_owned(),
        };
        match self {
            Self::Code { sent, found: Some(found) } => {
                write!(f, "the CodeSha256 {found}, and {sent} was sent")
            }
            Self::Code { sent, found: None } => write!(f, "no CodeSha256, and {sent} was sent"),
            Self::Layers => f.write_str("other layers than were judged"),
            Self::Signature { verified, found } => {
                write!(f, "{}, and {} was verified", signature(found), signature(verified))
            }
        }
    }
}

impl fmt::Display for Restoration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Restored => f.write_str("$LATEST has its earlier code again"),
            Self::NotAtHand => f.write_str("$LATEST was left so, since its earlier code is not at hand"),
            Self::Overtaken => f.write_str("$LATEST was left so, since somebody else changed it meanwhile"),
            Self::Failed(error) => write!(f, "$LATEST could not be given its earlier code again: {error}"),
        }
    }
}

impl Confirmed {
    pub(super) const fn function(&self) -> &Function {
        &self.function
    }

    pub(super) fn into_function(self) -> Function {
        self.function
    }
}

/// What a function shows otherwise than it was verified.
fn difference(target: &Target, passed: &Passed<'_>, now: &Function) -> Option<Difference> {
    if now.code_sha256 != Some(passed.hash) {
        return Some(Difference::Code { sent: passed.hash, found: now.code_sha256 });
    }
    if !same_layers(now, &target.function) {
        return Some(Difference::Layers);
    }
    other_signature(passed, now.signature.as_ref())
}

/// Where the signature that is shown is not the one that was verified.
pub(super) fn other_signature(passed: &Passed<'_>, shown: Option<&ShownSignature>) -> Option<Difference> {
    let verified = passed.signature.signature().cloned().map(Box::new);
    let is_met = passed.signature.is_met_by(shown);
    (!is_met).then(|| Difference::Signature { verified, found: shown.cloned().map(Box::new) })
}

impl Publishing<'_> {
    /// The code that is deployed before anything is sent, where a request can bring it back.
    pub(super) async fn earlier(&self, target: &Target) -> Option<DeployedCode> {
        let limit = u64::try_from(MAX_IN_REQUEST).unwrap_or(u64::MAX);
        if target.function.code_size > limit {
            return None;
        }
        let (downloads, location) = (&self.connection.downloads, target.location.as_ref());
        let stated = target.function.code_sha256?;
        // It may never be needed, so it is not tried for long.
        let deadline = Deadline::after(self.deadline.left().min(EARLIER));
        DeployedCode::fetch(downloads, location, stated, limit, deadline).await.ok()
    }

    /// Compares what Lambda shows with what was verified; where it is other, the earlier code is brought back.
    pub(super) async fn confirm(
        &self,
        target: &Target,
        passed: &Passed<'_>,
        function: Function,
        earlier: Option<DeployedCode>,
    ) -> Result<Confirmed, ConfirmError> {
        match difference(target, passed, &function) {
            None => Ok(Confirmed { function }),
            Some(difference) => {
                let restoration = self.restore(target, &function.revision, earlier).await;
                Err(ConfirmError { difference, restoration })
            }
        }
    }

    /// Brings the earlier code back, if `$LATEST` is still of this revision.
    async fn restore(&self, target: &Target, revision: &str, earlier: Option<DeployedCode>) -> Restoration {
        let Some(earlier) = earlier else { return Restoration::NotAtHand };
        let answer = self.update(target, &Source::Request(earlier.bytes()), revision).send().await;
        let sent = answer.map_err(|error| ServiceError::of(CALL, error));
        let now = self.settled(target.function.arn.as_str(), None).await.ok();
        let is_back = now.is_some_and(|now| now.function.code_sha256 == Some(earlier.code_sha256()));
        match sent {
            _ if is_back => {
                self.journal.replace(&Step::Updated, Step::Restored);
                Restoration::Restored
            }
            Err(error) if !error.has_status(412) => Restoration::Failed(error),
            Ok(_) | Err(_) => Restoration::Overtaken,
        }
    }
}
