//! Verdicts on a package and on the layers that it will run with, before anything is sent.

use lambda_codesign_core::digest::{CodeSha256, Threads, Workers};
use lambda_codesign_core::package::VerifiedPackage;
use lambda_codesign_core::policy::{Evidence, Policy};
use lambda_codesign_core::verdict::{Decision, Status, Verdict};
use lambda_codesign_core::verify::Examined;

use crate::code::{CodeError, DeployedCode};
use crate::config::Config;
use crate::deployed::{self, ShownSignature};
use crate::name::LayerVersionArn;

use super::{PublishError, Publishing, Target};

/// What is judged by beside the function's own config.
pub struct Rules<'a> {
    /// The policy where no config is attached, and for layers that are published.
    pub alone: Policy,
    /// The policy besides a config, which it narrows and never widens; none where nothing is asked besides.
    pub beside_config: Option<Policy>,
    /// The policy for a layer that the function has attached; none where nothing is asked of it besides the config.
    pub for_layer: &'a (dyn Fn(&LayerVersionArn) -> Option<Policy> + Sync),
}

/// The verdicts on one package: of the config, of a policy, or of both.
#[derive(Debug, Clone)]
pub enum Verdicts {
    /// The config's alone.
    Config(Box<Verdict>),
    /// The policy's alone.
    Policy(Box<Verdict>),
    /// Both.
    Both {
        /// The config's.
        config: Box<Verdict>,
        /// The policy's.
        policy: Box<Verdict>,
    },
}

/// What was judged before a function was published.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The verdicts on the package.
    pub package: Verdicts,
    /// What became of each attached layer.
    pub layers: Vec<JudgedLayer>,
    pub(super) config: Option<Config>,
    pub(super) examined: Examined,
}

/// A layer that a function has attached.
#[derive(Debug, Clone)]
pub struct JudgedLayer {
    /// The version.
    pub arn: LayerVersionArn,
    /// What became of it.
    pub outcome: LayerOutcome,
    pub(super) examined: Option<Examined>,
}

/// What became of an attached layer. Only [`LayerOutcome::Judged`] says anything of its code.
#[derive(Debug, Clone)]
pub enum LayerOutcome {
    /// Its code was fetched and judged.
    Judged(Verdicts),
    /// Its code is not given out to the caller, so Lambda alone judges it: it is unknown here.
    Withheld,
    /// No config is attached and no policy is for it, so nobody judges it.
    NotAsked,
}

/// A package that may be sent.
///
/// Holding one proves that these very bytes were gone through and that no policy that was asked blocks them. It does not
/// prove that Lambda takes them.
#[derive(Debug)]
pub(super) struct Passed<'p> {
    pub(super) bytes: &'p [u8],
    pub(super) hash: CodeSha256,
    pub(super) signature: ExpectedSignature,
}

/// What Lambda is to show of a package's signature (BEHAVIOUR.md "Lambda").
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ExpectedSignature {
    /// This one: it is valid.
    Shown(ShownSignature),
    /// This one or none: it is let pass, or of a root that Lambda does not know.
    AtMost(ShownSignature),
    /// None: the package has no signature that holds.
    None,
}

/// Who judges.
#[derive(Clone, Copy)]
enum Judges<'a> {
    Config(&'a Policy),
    Policy(&'a Policy),
    Both { config: &'a Policy, policy: &'a Policy },
}

impl<'a> Judges<'a> {
    fn of(config: Option<&'a Policy>, policy: Option<&'a Policy>) -> Option<Self> {
        match (config, policy) {
            (Some(config), Some(policy)) => Some(Self::Both { config, policy }),
            (Some(config), None) => Some(Self::Config(config)),
            (None, Some(policy)) => Some(Self::Policy(policy)),
            (None, None) => None,
        }
    }
}

impl Verdicts {
    fn of(examined: &Examined, judges: Judges<'_>, evidence: Evidence<'_>) -> Self {
        let judged = |by: &Policy| Box::new(examined.judged_by(by, evidence));
        match judges {
            Judges::Config(config) => Self::Config(judged(config)),
            Judges::Policy(policy) => Self::Policy(judged(policy)),
            Judges::Both { config, policy } => Self::Both { config: judged(config), policy: judged(policy) },
        }
    }

    /// The stricter of the two; the config's, where they are alike.
    #[must_use]
    pub fn deciding(&self) -> &Verdict {
        match self {
            Self::Config(verdict) | Self::Policy(verdict) => verdict,
            Self::Both { config, policy } if strictness(policy) > strictness(config) => policy,
            Self::Both { config, .. } => config,
        }
    }

    /// The policy's, where one was asked.
    #[must_use]
    pub fn of_policy(&self) -> Option<&Verdict> {
        match self {
            Self::Config(_) => None,
            Self::Policy(policy) | Self::Both { policy, .. } => Some(policy),
        }
    }
}

fn strictness(verdict: &Verdict) -> u8 {
    match verdict.decision() {
        Decision::Allow => 0,
        Decision::Warn => 1,
        Decision::Block => 2,
    }
}

impl ExpectedSignature {
    fn of(package: Option<&VerifiedPackage>, status: Status) -> Self {
        let Some(package) = package else { return Self::None };
        let claims = package.claims();
        let signature = ShownSignature { publisher: claims.profile().clone(), job: claims.job().clone() };
        // A root that somebody named is known here, and to a stand-in for Lambda, but not to Lambda.
        let is_local = claims.profile().account().as_str() == lambda_codesign_core::chain::LOCAL_ACCOUNT;
        if status == Status::Valid && !is_local { Self::Shown(signature) } else { Self::AtMost(signature) }
    }

    pub(super) fn is_met_by(&self, shown: Option<&ShownSignature>) -> bool {
        match self {
            Self::Shown(signature) => shown == Some(signature),
            Self::AtMost(signature) => shown.is_none_or(|shown| shown == signature),
            Self::None => shown.is_none(),
        }
    }

    pub(super) const fn signature(&self) -> Option<&ShownSignature> {
        match self {
            Self::Shown(signature) | Self::AtMost(signature) => Some(signature),
            Self::None => None,
        }
    }
}

impl Judged {
    /// Whether anything stops the publication.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        let layers = self.layers.iter().filter_map(JudgedLayer::verdict);
        layers.chain([self.package.deciding()]).any(|verdict| verdict.decision() == Decision::Block)
    }
}

impl JudgedLayer {
    /// The verdict that decides, where its code was judged.
    #[must_use]
    pub fn verdict(&self) -> Option<&Verdict> {
        match &self.outcome {
            LayerOutcome::Judged(verdicts) => Some(verdicts.deciding()),
            LayerOutcome::Withheld | LayerOutcome::NotAsked => None,
        }
    }
}

impl<'p> Passed<'p> {
    /// That this package may be sent, where its verdict does not block it.
    fn of(bytes: &'p [u8], examined: &Examined, verdict: &Verdict) -> Option<Self> {
        match verdict.decision() {
            Decision::Allow | Decision::Warn => Some(Self {
                bytes,
                hash: examined.code_sha256(),
                signature: ExpectedSignature::of(verdict.package(), verdict.status()),
            }),
            Decision::Block => None,
        }
    }
}

impl Publishing<'_> {
    /// Judges the package and the attached layers under the config that is attached and the rules besides; where none is
    /// attached, the rules judge alone.
    pub(super) async fn judge<'p>(
        &self,
        target: &Target,
        package: &'p [u8],
        rules: &Rules<'_>,
    ) -> Result<(Judged, Passed<'p>), PublishError> {
        let config = target.config.as_ref().map(Config::policy);
        let judges = match (&config, &rules.beside_config) {
            (Some(config), Some(policy)) => Judges::Both { config, policy },
            (Some(config), None) => Judges::Config(config),
            (None, _) => Judges::Policy(&rules.alone),
        };
        let examined = self.verifier.examine(threads(), package);
        let verdicts = Verdicts::of(&examined, judges, self.evidence);
        let mut layers = Vec::new();
        for layer in &target.function.layers {
            layers.push(self.judge_layer(&layer.arn, config.as_ref(), rules).await?);
        }
        let judged = Judged { package: verdicts, layers, config: target.config.clone(), examined };
        let passed = Passed::of(package, &judged.examined, judged.package.deciding());
        match passed.filter(|_| !judged.is_blocked()) {
            Some(passed) => Ok((judged, passed)),
            None => Err(PublishError::Blocked(Box::new(judged))),
        }
    }

    async fn judge_layer(
        &self,
        arn: &LayerVersionArn,
        config: Option<&Policy>,
        rules: &Rules<'_>,
    ) -> Result<JudgedLayer, PublishError> {
        let policy = (rules.for_layer)(arn);
        let without = |outcome| JudgedLayer { arn: arn.clone(), outcome, examined: None };
        let Some(judges) = Judges::of(config, policy.as_ref()) else {
            return Ok(without(LayerOutcome::NotAsked));
        };
        let Some(code) = self.layer_code(arn).await? else {
            return Ok(without(LayerOutcome::Withheld));
        };
        let examined = self.verifier.examine(threads(), code.bytes());
        let outcome = LayerOutcome::Judged(Verdicts::of(&examined, judges, self.evidence));
        Ok(JudgedLayer { arn: arn.clone(), outcome, examined: Some(examined) })
    }

    /// A layer's code, unless it is not given out to the caller.
    async fn layer_code(&self, arn: &LayerVersionArn) -> Result<Option<DeployedCode>, PublishError> {
        let layer = match deployed::layer(&self.connection.lambda, arn).await {
            Ok(layer) => layer,
            // Deleted, or another account's that grants no look.
            Err(error) if error.has_status(403) || error.has_status(404) => return Ok(None),
            Err(error) => return Err(PublishError::Layer { arn: arn.clone(), error }),
        };
        let limit = self.verifier.limits.package_size;
        let (downloads, location) = (&self.connection.downloads, layer.location.as_ref());
        match DeployedCode::fetch(downloads, location, layer.code_sha256, limit, self.deadline).await {
            Ok(code) => Ok(Some(code)),
            Err(CodeError::Withheld) => Ok(None),
            Err(error @ (CodeError::Download(_) | CodeError::Other { .. })) => {
                Err(PublishError::LayerCode { arn: arn.clone(), error })
            }
        }
    }

    /// Judges a package that no config judges.
    pub(super) fn judge_alone<'p>(
        &self,
        package: &'p [u8],
        policy: &Policy,
    ) -> Result<(Verdict, Passed<'p>), Box<Verdict>> {
        let examined = self.verifier.examine(threads(), package);
        let verdict = examined.judged_by(policy, self.evidence);
        match Passed::of(package, &examined, &verdict) {
            Some(passed) => Ok((verdict, passed)),
            None => Err(Box::new(verdict)),
        }
    }
}

/// All cores: nothing else is done meanwhile.
fn threads() -> Threads {
    match std::thread::available_parallelism() {
        Ok(cores) if cores.get() > 1 => Threads::Several(Workers::for_cores(cores)),
        Ok(_) | Err(_) => Threads::One,
    }
}
