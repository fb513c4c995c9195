//! Lambda's one sentence, told again with the check that it does not name.

use core::fmt;

use lambda_codesign_core::text::Escaped;
use lambda_codesign_core::verdict::{Decision, Outcome, Verdict};
use lambda_codesign_core::verify::Examined;

use crate::config::Config;
use crate::name::{ConfigArn, LayerVersionArn};
use crate::service::{Failure, ServiceError};

use super::{Judged, Publishing, Target};

/// Why Lambda did not take a package that nothing here spoke against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Whose signature it is about.
    pub about: About,
    /// Why, as far as it can be told here.
    pub why: Why,
    sentence: String,
}

/// Whose signature Lambda speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// The package's.
    Package,
    /// That of a layer.
    Layer(LayerVersionArn),
}

/// Why Lambda refused, from the bytes and the config as they are now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// This check fails under the config that is attached now; it was another, or otherwise, when it was judged.
    Check {
        /// The config.
        config: ConfigArn,
        /// The check's name and what it found.
        found: String,
    },
    /// The layer's code is not given out to the caller.
    Withheld,
    /// The signature holds under a root that was named here, and Lambda trusts AWS Signer's alone.
    OwnRoot,
    /// Every check that is made here passes; whether job or profile are revoked is not known here.
    RevocationNotKnown,
    /// Every check that Lambda speaks of passes here.
    NothingFound,
}

impl Refusal {
    /// What to do about it, in one sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self.why {
            Why::Check { .. } => "Look who changed the config, and run this again: it judges by the new one.",
            Why::Withheld => "Ask the layer's owner for a signed version that this account may read.",
            Why::OwnRoot => "Sign it with AWS Signer.",
            Why::RevocationNotKnown => {
                "Ask Signer whether the job or profile is revoked, with `aws signer describe-signing-job`; sign again if so."
            }
            Why::NothingFound => {
                "Fetch the revocations anew and run this again; please report it if nothing is revoked."
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.about {
            About::Package => f.write_str("Lambda refuses the package: ")?,
            About::Layer(arn) => write!(f, "Lambda refuses the attached layer {arn}: ")?,
        }
        match &self.why {
            Why::Check { config, found } => write!(f, "{found}, under {config} as it is now"),
            Why::Withheld => f.write_str("its code is not given out, so which check fails can't be told"),
            Why::OwnRoot => f.write_str(
                "its signature holds under a root that was named here, and Lambda trusts AWS Signer's own alone",
            ),
            Why::RevocationNotKnown => f.write_str(
                "every other check passes, so its job or profile is revoked (that is not known without a snapshot)",
            ),
            Why::NothingFound => f.write_str("every check that it speaks of passes here"),
        }?;
        write!(f, " (its own words: {})", Escaped(self.sentence.as_bytes()))
    }
}

impl core::error::Error for Refusal {}

impl Publishing<'_> {
    /// Explains a refusal of a signature; nothing where Lambda refused something else.
    pub(super) async fn explain(
        &self,
        target: &Target,
        judged: &Judged,
        error: &ServiceError,
    ) -> Option<Refusal> {
        let Failure::Refused { code, message, .. } = error.failure() else { return None };
        if !matches!(code.as_str(), "CodeVerificationFailedException" | "InvalidCodeSignatureException") {
            return None;
        }
        let now = self.attached(target.function.arn.as_str()).await.ok().flatten();
        let about = about(message);
        let examined = match &about {
            About::Package => Some(&judged.examined),
            About::Layer(arn) => {
                judged.layers.iter().find(|layer| layer.arn == *arn).and_then(|layer| layer.examined.as_ref())
            }
        };
        let why = examined.map_or(Why::Withheld, |examined| {
            let now = now.or_else(|| judged.config.clone());
            self.why(examined, Check::of(message), now)
        });
        Some(Refusal { about, why, sentence: message.clone() })
    }

    fn why(&self, examined: &Examined, check: Check, now: Option<Config>) -> Why {
        let Some(now) = now else { return Why::NothingFound };
        let verdict = examined.judged_by(&now.policy(), self.evidence);
        let is_own = examined.package().is_some_and(|package| !package.signer().root().is_aws());
        match (check, verdict.decision()) {
            (_, Decision::Block) => Why::Check { config: now.arn, found: found(&verdict) },
            (Check::Integrity, Decision::Allow | Decision::Warn) if is_own => Why::OwnRoot,
            (Check::Integrity, Decision::Allow | Decision::Warn) => Why::NothingFound,
            (Check::Other, Decision::Allow | Decision::Warn) if verdict.checks().revocation.is_pass() => {
                Why::NothingFound
            }
            (Check::Other, Decision::Allow | Decision::Warn) => Why::RevocationNotKnown,
        }
    }
}

/// Which of the checks Lambda's sentence speaks of (BEHAVIOUR.md "Lambda").
#[derive(Clone, Copy, PartialEq, Eq)]
enum Check {
    Integrity,
    /// Expiry, mismatch or revocation: they share a sentence.
    Other,
}

impl Check {
    fn of(sentence: &str) -> Self {
        if sentence.contains("is not properly signed") { Self::Integrity } else { Self::Other }
    }
}

/// The check that decides, and what it found.
fn found(verdict: &Verdict) -> String {
    let against = verdict.judgement().against().next();
    let said = against.and_then(|(_, outcome, _)| Some((outcome.code()?, Outcome::message(outcome)?)));
    said.map_or_else(|| verdict.status().as_str().to_owned(), |(code, message)| format!("{code}: {message}"))
}

/// Whom the sentence ends with (BEHAVIOUR.md "Lambda").
fn about(sentence: &str) -> About {
    let last = sentence.rsplit(' ').next().unwrap_or_default();
    last.trim_end_matches('.').parse().map_or(About::Package, About::Layer)
}

#[cfg(test)]
mod tests {
    use super::{About, about};

    #[test]
    fn whom_a_sentence_is_about_stands_at_its_end() {
        let layer = "arn:aws:lambda:us-east-1:123456789012:layer:common:3";
        let sentence = |whom: &str| {
            format!("Lambda cannot deploy the function. Check the provided signature for {whom}.")
        };
        assert_eq!(about(&sentence(layer)), About::Layer(layer.parse().unwrap()));
        for other in ["f", "arn:aws:lambda:us-east-1:123456789012:function:f", ""] {
            assert_eq!(about(&sentence(other)), About::Package, "{other}");
        }
    }
}
