//! What `publish` answers: the verdicts as `verify` has them, and what was published.

use std::fmt::Write as _;

use jiff::Timestamp;
use lambda_codesign_aws::deployed::ShownSignature;
use lambda_codesign_aws::publish::{
    Judged as PackageAndLayers, LayerOutcome, Origin, Published, PublishedLayer,
};
use lambda_codesign_core::Verdict;
use lambda_codesign_core::report::{PackageReport, PolicyFileReport};
use lambda_codesign_core::verdict::Decision;
use serde::Serialize;

use crate::cli::{Format, Global};
use crate::command::verify::Judged;
use crate::fault::{Exit, Fault};
use crate::output::Output;
use crate::render::human::{self, GOOD, styled};

/// The verdicts, what nobody judged, and what was published.
pub(super) struct Rows {
    judged: Vec<Judged>,
    not_judged: Vec<NotJudged>,
    published: Option<PublishedRow>,
    policy_file: Option<PolicyFileReport>,
}

/// An attached layer without a verdict.
#[derive(Clone, Serialize)]
struct NotJudged {
    layer: String,
    why: &'static str,
}

/// What became of a package that was not blocked.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Outcome {
    /// It is published.
    Published,
    /// Lambda would take it; nothing was changed.
    DryRun,
    /// It was there already; nothing was changed.
    Unchanged,
}

/// What was published.
#[derive(Serialize)]
pub(super) struct PublishedRow {
    result: Outcome,
    arn: String,
    code_sha256: String,
    signing_profile_version_arn: Option<String>,
    signing_job_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alias: Option<String>,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    results: Vec<PackageReport>,
    not_judged: &'a [NotJudged],
    published: Option<&'a PublishedRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_file: Option<&'a PolicyFileReport>,
}

impl PublishedRow {
    pub(super) fn function(published: &Published, result: Outcome) -> Self {
        let verdict = published.judged.package.deciding();
        let signed = verdict.package().map(|package| package.claims());
        let seen = verdict.seen().code_sha256;
        Self {
            result,
            arn: published.latest.arn.to_string(),
            code_sha256: seen.map(|hash| hash.to_string()).unwrap_or_default(),
            signing_profile_version_arn: signed.map(|claims| claims.profile().to_string()),
            signing_job_arn: signed.map(|claims| claims.job().to_string()),
            revision_id: (result == Outcome::Published).then(|| published.latest.revision.clone()),
            version: published.version.clone(),
            alias: published.alias.as_ref().map(ToString::to_string),
        }
    }

    pub(super) fn layer(published: &PublishedLayer) -> Option<Self> {
        let signed = published.verdict.package().map(|package| ShownSignature {
            publisher: package.claims().profile().clone(),
            job: package.claims().job().clone(),
        });
        Some(Self {
            result: match published.origin {
                Origin::New => Outcome::Published,
                Origin::There => Outcome::Unchanged,
            },
            arn: published.arn.to_string(),
            code_sha256: published.verdict.seen().code_sha256?.to_string(),
            signing_profile_version_arn: signed.as_ref().map(|signed| signed.publisher.to_string()),
            signing_job_arn: signed.map(|signed| signed.job.to_string()),
            revision_id: None,
            version: Some(published.arn.version().to_string()),
            alias: None,
        })
    }

    fn text(&self) -> String {
        let word = match self.result {
            Outcome::Published => "published",
            Outcome::DryRun => "would be published",
            Outcome::Unchanged => "there already",
        };
        let mut text = format!("\n{}  {}\n", styled(word, GOOD), self.arn);
        let none = || "none".to_owned();
        let _ = writeln!(text, "  CodeSha256  {}", self.code_sha256);
        let _ =
            writeln!(text, "  profile     {}", self.signing_profile_version_arn.clone().unwrap_or_else(none));
        let _ = writeln!(text, "  job         {}", self.signing_job_arn.clone().unwrap_or_else(none));
        if let Some(version) = &self.version {
            let _ = writeln!(text, "  version     {version}");
        }
        if let Some(alias) = &self.alias {
            let _ = writeln!(text, "  alias       {alias}");
        }
        text
    }
}

impl Rows {
    pub(super) fn of_function(
        package: &str,
        all: &PackageAndLayers,
        published: Option<PublishedRow>,
    ) -> Self {
        let verdict = all.package.deciding().clone();
        let mut judged = vec![Judged::without(package.to_owned(), Ok(verdict))];
        let mut not_judged = Vec::new();
        for layer in &all.layers {
            let name = layer.arn.to_string();
            match &layer.outcome {
                LayerOutcome::Judged(verdicts) => {
                    judged.push(Judged::without(name, Ok(verdicts.deciding().clone())));
                }
                LayerOutcome::Withheld => {
                    let why = "its code is not given out to the caller, so Lambda alone judges it";
                    not_judged.push(NotJudged { layer: name, why });
                }
                LayerOutcome::NotAsked => {
                    let why = "the function has no config, and no policy file says anything of it";
                    not_judged.push(NotJudged { layer: name, why });
                }
            }
        }
        Self { judged, not_judged, published, policy_file: None }
    }

    pub(super) fn of_layer(package: &str, verdict: Verdict, published: Option<PublishedRow>) -> Self {
        let judged = vec![Judged::without(package.to_owned(), Ok(verdict))];
        Self { judged, not_judged: Vec::new(), published, policy_file: None }
    }

    pub(super) fn under(self, file: PolicyFileReport) -> Self {
        Self { policy_file: Some(file), ..self }
    }

    pub(super) fn verdicts(&self) -> impl Iterator<Item = &Verdict> {
        self.judged.iter().filter_map(|one| one.result.as_ref().ok())
    }

    pub(super) fn show(&self, now: Timestamp, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
        match global.output {
            Format::Json => output.json(&Document {
                schema: "lambda-codesign/publish/v1",
                results: self.judged.iter().map(Judged::report).collect(),
                not_judged: &self.not_judged,
                published: self.published.as_ref(),
                policy_file: self.policy_file.as_ref(),
            }),
            Format::Human => {
                human::verdicts(&self.judged, now, output);
                for NotJudged { layer, why } in &self.not_judged {
                    human::remark(&format!("the attached layer {layer} is not judged here: {why}"));
                }
                if let Some(published) = &self.published {
                    output.note(&published.text());
                }
            }
        }
        let blocked = self.verdicts().any(|verdict| verdict.decision() == Decision::Block);
        Ok(if blocked { Exit::Blocked } else { Exit::Done })
    }
}
