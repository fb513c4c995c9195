//! What Lambda would refuse at the next deployment of what is deployed, if the file's configs were attached in Enforce.
//!
//! Lambda judges a function's package and its layers together, and its one sentence does not say which failed (BEHAVIOUR.md
//! "What users of today's tools complain of"). Here each is judged by itself: from the two ARNs that Lambda shows, or
//! from the code.

mod facts;
mod code;

use jiff::Timestamp;
use lambda_codesign_core::Verifier;
use lambda_codesign_core::claims::ProfileVersionArn;
use lambda_codesign_core::policy::Mode;
use lambda_codesign_policy::Name;

use crate::code::CodeError;
use crate::config::Wanted;
use crate::connection::Connection;
use crate::deployed::{Function, ShownSignature};
use crate::name::{FunctionArn, LayerVersionArn};
use crate::pace::Pace;
use crate::service::ServiceError;
use crate::wait::Deadline;

use super::{Desired, State};
use code::Codes;
use facts::Office;

/// How the pieces of a function are judged.
#[derive(Clone, Copy, Debug)]
pub enum Depth<'a> {
    /// By the ARNs that Lambda shows, which is Lambda's word for the signature.
    Arns,
    /// By the code itself, fetched and verified.
    Code {
        /// What verifies it; its policy does not matter.
        verifier: &'a Verifier,
        /// How long is waited for it.
        deadline: Deadline,
    },
}

/// What judges.
#[derive(Debug)]
pub struct Simulation<'a> {
    /// The account and region that the state is of.
    pub connection: &'a Connection,
    /// How fast requests go.
    pub pace: &'a Pace,
    /// The time as of which is judged.
    pub now: Timestamp,
    /// By what.
    pub depth: Depth<'a>,
}

/// What would become of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// The function.
    pub function: FunctionArn,
    /// The file's config for it.
    pub config: Name,
    /// Its package and its layers, in their order.
    pub pieces: Vec<Ruling>,
}

/// What would become of a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// The piece.
    pub piece: Piece,
    /// Who signed it, where that is known.
    pub publisher: Option<ProfileVersionArn>,
    /// What would become of it.
    pub outcome: Outcome,
}

/// What is judged by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The function's own package.
    Package,
    /// A layer.
    Layer(LayerVersionArn),
}

/// What would become of a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is taken, as far as is known from what was looked at.
    Taken,
    /// It is refused.
    Refused(Reason),
    /// It can't be told.
    Unknown(Doubt),
}

/// Why a piece would be refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// Lambda shows no valid signature.
    #[error("it has no valid signature")]
    Unsigned,
    /// The config does not list its publisher.
    #[error("its publisher is not listed")]
    NotListed,
    /// Its signature has expired.
    #[error("its signature expired at {0}")]
    Expired(Timestamp),
    /// Its signature was revoked.
    #[error("its signature was revoked")]
    RevokedJob,
    /// The profile that signed it was revoked from an earlier time on.
    #[error("its publisher was revoked from {0} on")]
    RevokedProfile(Timestamp),
    /// The verifier says so of the code.
    #[error("{message}")]
    Code {
        /// The code of the check that fails (docs/checks.md).
        code: &'static str,
        /// What it says.
        message: String,
    },
}

/// Why it can't be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// Jobs of others are not described to us.
    #[error("the signing job is another account's or region's, so expiry and revocation are not known")]
    Elsewhere,
    /// Signer does not describe the job or the profile.
    #[error("expiry and revocation are not known: {0}")]
    Undescribed(ServiceError),
    /// The code is not at hand.
    #[error("the code was not looked at: {0}")]
    Code(CodeError),
    /// The layer is not described.
    #[error("the layer was not looked at: {0}")]
    Layer(ServiceError),
}

impl Forecast {
    /// Whether Lambda would refuse it.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.pieces.iter().any(|ruling| matches!(ruling.outcome, Outcome::Refused(_)))
    }

    /// Whether it can't be told whether Lambda would take it.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        !self.is_refused() && self.pieces.iter().any(|ruling| matches!(ruling.outcome, Outcome::Unknown(_)))
    }
}

impl Simulation<'_> {
    /// Judges every function to which the file gives a config.
    ///
    /// # Errors
    /// A service does not answer, or refuses otherwise than by saying that something is not there or not for us.
    pub async fn run(&self, state: &State, desired: &Desired) -> Result<Vec<Forecast>, ServiceError> {
        let mut office = Office::new(self, &state.here);
        let mut codes = Codes::default();
        let mut forecasts = Vec::new();
        for (arn, function) in &state.functions {
            let Some((name, config)) = desired.assigned(arn).and_then(|it| desired.configs.get_key_value(it))
            else {
                continue;
            };
            let wanted = Wanted { mode: Mode::Enforce, ..config.wanted.clone() };
            let pieces = match self.depth {
                Depth::Arns => self.by_arns(function, &wanted, &mut office).await?,
                Depth::Code { verifier, deadline } => {
                    let judge = code::Judge { simulation: self, verifier, deadline, wanted: &wanted };
                    judge.function(function, &mut codes, &mut office).await?
                }
            };
            forecasts.push(Forecast { function: arn.clone(), config: name.clone(), pieces });
        }
        Ok(forecasts)
    }

    async fn by_arns(
        &self,
        function: &Function,
        wanted: &Wanted,
        office: &mut Office<'_>,
    ) -> Result<Vec<Ruling>, ServiceError> {
        let package = [(Piece::Package, function.signature.as_ref())];
        let layers = function.layers.iter();
        let layers = layers.map(|layer| (Piece::Layer(layer.arn.clone()), layer.signature.as_ref()));
        let mut rulings = Vec::new();
        for (piece, signature) in package.into_iter().chain(layers) {
            let outcome = match signature {
                None => Outcome::Refused(Reason::Unsigned),
                Some(signature) => self.by_signature(signature, wanted, office).await?,
            };
            let publisher = signature.map(|signature| signature.publisher.clone());
            rulings.push(Ruling { piece, publisher, outcome });
        }
        Ok(rulings)
    }

    async fn by_signature(
        &self,
        signature: &ShownSignature,
        wanted: &Wanted,
        office: &mut Office<'_>,
    ) -> Result<Outcome, ServiceError> {
        if !wanted.publishers.iter().any(|listed| listed == signature.publisher.as_str()) {
            return Ok(Outcome::Refused(Reason::NotListed));
        }
        Ok(match office.facts(signature).await? {
            Ok(facts) => facts.against(self.now).map_or(Outcome::Taken, Outcome::Refused),
            Err(doubt) => Outcome::Unknown(doubt),
        })
    }
}
