//! The code itself, as the verifier judges it.

use std::collections::BTreeMap;

use lambda_codesign_core::Verifier;
use lambda_codesign_core::digest::{CodeSha256, Threads};
use lambda_codesign_core::policy::Evidence;
use lambda_codesign_core::verdict::{Decision, Verdict};
use lambda_codesign_core::verify::Examined;

use crate::code::{CodeError, DeployedCode};
use crate::config::Wanted;
use crate::deployed::{self, Function, ShownSignature};
use crate::download::CodeLocation;
use crate::name::LayerVersionArn;
use crate::service::ServiceError;
use crate::wait::Deadline;

use super::facts::Office;
use super::{Doubt, Outcome, Piece, Reason, Ruling, Simulation};

/// The layers that were gone through, each once, however many functions have it.
#[derive(Default)]
pub(super) struct Codes(BTreeMap<LayerVersionArn, Result<Examined, Doubt>>);

/// Judges the code of functions under one config.
pub(super) struct Judge<'a> {
    pub(super) simulation: &'a Simulation<'a>,
    pub(super) verifier: &'a Verifier,
    pub(super) deadline: Deadline,
    pub(super) wanted: &'a Wanted,
}

impl Judge<'_> {
    pub(super) async fn function(
        &self,
        function: &Function,
        codes: &mut Codes,
        office: &mut Office<'_>,
    ) -> Result<Vec<Ruling>, ServiceError> {
        let package = self.package(function).await?;
        let mut rulings = vec![self.ruling(Piece::Package, package.as_ref(), office).await?];
        for layer in &function.layers {
            if !codes.0.contains_key(&layer.arn) {
                let examined = self.layer(&layer.arn).await?;
                codes.0.insert(layer.arn.clone(), examined);
            }
            if let Some(examined) = codes.0.get(&layer.arn) {
                rulings.push(self.ruling(Piece::Layer(layer.arn.clone()), examined.as_ref(), office).await?);
            }
        }
        Ok(rulings)
    }

    async fn package(&self, function: &Function) -> Result<Result<Examined, Doubt>, ServiceError> {
        let lambda = &self.simulation.connection.lambda;
        self.simulation.pace.turn().await;
        let found = deployed::function(lambda, function.arn.name().as_str(), None).await?;
        match found.function.code_sha256 {
            Some(stated) => Ok(self.examine(found.location.as_ref(), stated).await),
            None => Ok(Err(Doubt::Code(CodeError::Withheld))),
        }
    }

    async fn layer(&self, arn: &LayerVersionArn) -> Result<Result<Examined, Doubt>, ServiceError> {
        self.simulation.pace.turn().await;
        match deployed::layer(&self.simulation.connection.lambda, arn).await {
            Ok(layer) => Ok(self.examine(layer.location.as_ref(), layer.code_sha256).await),
            // Deleted, or another account's that grants no look.
            Err(error) if error.has_status(403) || error.has_status(404) => Ok(Err(Doubt::Layer(error))),
            Err(error) => Err(error),
        }
    }

    async fn examine(&self, at: Option<&CodeLocation>, stated: CodeSha256) -> Result<Examined, Doubt> {
        let limit = self.verifier.limits.package_size;
        let downloads = &self.simulation.connection.downloads;
        let code = DeployedCode::fetch(downloads, at, stated, limit, self.deadline).await;
        Ok(self.verifier.examine(Threads::One, code.map_err(Doubt::Code)?.bytes()))
    }

    async fn ruling(
        &self,
        piece: Piece,
        examined: Result<&Examined, &Doubt>,
        office: &mut Office<'_>,
    ) -> Result<Ruling, ServiceError> {
        let examined = match examined {
            Ok(examined) => examined,
            Err(doubt) => {
                return Ok(Ruling { piece, publisher: None, outcome: Outcome::Unknown(doubt.clone()) });
            }
        };
        let signature = examined.package().map(|package| ShownSignature {
            publisher: package.claims().profile().clone(),
            job: package.claims().job().clone(),
        });
        let publisher = signature.as_ref().map(|signature| signature.publisher.clone());
        let outcome = self.outcome(examined, signature.as_ref(), office).await?;
        Ok(Ruling { piece, publisher, outcome })
    }

    async fn outcome(
        &self,
        examined: &Examined,
        signature: Option<&ShownSignature>,
        office: &mut Office<'_>,
    ) -> Result<Outcome, ServiceError> {
        let (now, policy) = (self.simulation.now, self.wanted.policy());
        // What fails without Signer's word fails with it, so it is asked for the rest alone.
        let without = examined.judged_by(&policy, Evidence { now, revocations: None });
        let (Some(signature), None) = (signature, refused(&without)) else {
            return Ok(refused(&without).map_or(Outcome::Taken, Outcome::Refused));
        };
        let facts = match office.facts(signature).await? {
            Ok(facts) => facts,
            Err(doubt) => return Ok(Outcome::Unknown(doubt)),
        };
        let revocations = facts.revocations(signature, now);
        let with = examined.judged_by(&policy, Evidence { now, revocations: Some(&revocations) });
        Ok(refused(&with).map_or(Outcome::Taken, Outcome::Refused))
    }
}

/// Why a verdict blocks, where it does.
fn refused(verdict: &Verdict) -> Option<Reason> {
    match verdict.decision() {
        Decision::Allow | Decision::Warn => None,
        Decision::Block => {
            let against = verdict.judgement().against().map(|(_, outcome, _)| outcome).next();
            Some(Reason::Code {
                code: against.and_then(|outcome| outcome.code()).map_or("", |code| code.as_str()),
                message: against.and_then(|outcome| outcome.message()).unwrap_or_default(),
            })
        }
    }
}
