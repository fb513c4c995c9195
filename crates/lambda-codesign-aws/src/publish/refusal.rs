//! Lambda's one sentence, told again with the check that it does not name.

use core::fmt;

use lambda_codesign_core::text::Escaped;
use lambda_codesign_core::verdict::{Decision, Outcome, Verdict};
use lambda_codesign_core::verify::Examined;

use crate::config::Config;
use crate::name::{ConfigArn, LayerVersionArn};
use crate::service::{Failure, ServiceError};

use super::{Judged, LayerOutcome, Publishing, Target};

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
    /// Every check that is made here passes; whether job or profile are revoked is not known here.
    RevocationNotKnown,
    /// Every check that is made here passes, revocation by the snapshot included.
    NothingFound,
}

impl Refusal {
    /// What to do about it, in one sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self.why {
            Why::Check { .. } => "Look who changed the config, and run this again: it judges by the new one.",
            Why::Withheld => "Ask the layer's owner for a signed version that this account may read.",
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
            Why::RevocationNotKnown => f.write_str(
                "every other check passes, so its job or profile is revoked (that is not known without a snapshot)",
            ),
            Why::NothingFound => f.write_str("every check passes here, revocation by the snapshot included"),
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
        let why = match &about {
            About::Package => self.why(&judged.examined, judged, now),
            About::Layer(arn) => match judged.layers.iter().find(|layer| layer.arn == *arn) {
                Some(layer) => match (&layer.examined, &layer.outcome) {
                    (Some(examined), _) => self.why(examined, judged, now),
                    (None, LayerOutcome::Withheld | LayerOutcome::NotAsked | LayerOutcome::Judged(_)) => {
                        Why::Withheld
                    }
                },
                None => Why::Withheld,
            },
        };
        Some(Refusal { about, why, sentence: message.clone() })
    }

    fn why(&self, examined: &Examined, judged: &Judged, now: Option<Config>) -> Why {
        let now = now.or_else(|| judged.config.clone());
        let verdict = now.as_ref().map(|now| examined.judged_by(&now.policy(), self.evidence));
        match (now, verdict) {
            (Some(now), Some(verdict)) if verdict.decision() == Decision::Block => {
                Why::Check { config: now.arn, found: found(&verdict) }
            }
            (_, Some(verdict)) if verdict.checks().revocation.is_pass() => Why::NothingFound,
            (_, _) => Why::RevocationNotKnown,
        }
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
