//! `policy show`: which rules apply to a function or layer, and why.

use clap::Args;
use jiff::Timestamp;
use lambda_codesign_core::claims::PublisherPattern;
use lambda_codesign_core::policy::{Mode, Requirement};
use lambda_codesign_core::report::PolicyFileReport;
use lambda_codesign_policy::{
    Assignment, Dimension, Effective, Fit, Located, Name, ScopedException, Setting, Subject, Target,
};
use serde::Serialize;

use super::loaded;
use crate::cli::{Format, Global};
use crate::fault::{Exit, Fault, escaped};
use crate::output::Output;
use crate::policy_file::LoadedPolicy;
use crate::render::policy;
use crate::target::TargetArguments;

/// Show which rules of the policy file apply to a function or layer, and why.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  A function:
    lambda-codesign policy show --for payments-api --region eu-central-1 --account 123456789012
  A layer, by its ARN:
    lambda-codesign policy show --for arn:aws:lambda:eu-central-1:123456789012:layer:vendor:3

Exit codes: 0 shown, 2 wrong usage or too little said to tell which rules apply, 3 the file can't be used.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: TargetArguments,
}

/// What `policy show` shows.
#[derive(Serialize)]
pub(crate) struct Shown {
    schema: &'static str,
    policy_file: PolicyFileReport,
    pub(crate) target: String,
    pub(crate) rules: Vec<ShownRule>,
    pub(crate) settings: Vec<ShownSetting>,
    pub(crate) exceptions: Vec<ShownException>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) config: Option<ShownConfig>,
}

#[derive(Serialize)]
pub(crate) struct ShownRule {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) applies: bool,
    pub(crate) scope: String,
    pub(crate) why: String,
}

#[derive(Serialize)]
pub(crate) struct ShownSetting {
    pub(crate) key: &'static str,
    pub(crate) value: Option<String>,
    /// The rule that set it last.
    pub(crate) rule: Option<String>,
    /// What a name in it stands for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) patterns: Vec<String>,
}

#[derive(Serialize)]
pub(crate) struct ShownException {
    pub(crate) code: &'static str,
    pub(crate) until: String,
    pub(crate) reason: String,
    pub(crate) line: usize,
    pub(crate) code_sha256: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct ShownConfig {
    pub(crate) managed: bool,
    pub(crate) name: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    let loaded = loaded(global, Timestamp::now())?;
    let target = arguments.target.target();
    let shown = Shown::of(&loaded, &target, &loaded.effective(&target)?);
    match global.output {
        Format::Json => output.json(&shown),
        Format::Human => output.text(&policy::shown(&shown, &loaded.name())),
    }
    Ok(Exit::Done)
}

impl Shown {
    fn of(loaded: &LoadedPolicy, target: &Target, effective: &Effective<'_>) -> Self {
        let exceptions = effective.exceptions.iter();
        Self {
            schema: "lambda-codesign/policy-show/v1",
            policy_file: loaded.report(effective, &[]),
            target: target.to_string(),
            rules: effective
                .rules
                .iter()
                .map(|(rule, fit)| ShownRule {
                    name: rule.name.value.to_string(),
                    line: loaded.line(rule.name.at.start),
                    applies: *fit == Fit::Applies,
                    scope: rule.scope.to_string(),
                    why: why(*fit).to_owned(),
                })
                .collect(),
            settings: settings(effective),
            exceptions: exceptions.map(|exception| ShownException::of(loaded, exception)).collect(),
            config: ShownConfig::of(loaded, target),
        }
    }
}

const fn why(fit: Fit) -> &'static str {
    match fit {
        Fit::Applies => "its scope fits",
        Fit::Misses(Dimension::Subject) => "it is for other functions or layers",
        Fit::Misses(Dimension::Region) => "it is for other regions",
        Fit::Misses(Dimension::Account) => "it is for other accounts",
        // Such a rule is refused before anything is shown.
        Fit::Unknown(_) => "that can't be told",
    }
}

fn settings(effective: &Effective<'_>) -> Vec<ShownSetting> {
    let names = |names: &[Located<Name>]| {
        names.iter().map(|name| name.value.to_string()).collect::<Vec<_>>().join(", ")
    };
    let patterns = effective.patterns().unwrap_or_default();
    let allow = ShownSetting::optional("allow", effective.allow, names);
    vec![
        ShownSetting { patterns: patterns.iter().map(PublisherPattern::to_string).collect(), ..allow },
        ShownSetting::of("mode expiry", effective.expiry, Mode::as_str),
        ShownSetting::of("mode mismatch", effective.mismatch, Mode::as_str),
        ShownSetting::of("mode revocation", effective.revocation, Mode::as_str),
        ShownSetting::of("require-manifest", effective.manifest, demanded),
        ShownSetting::optional("not-before", effective.not_before, |time| time.to_string()),
        ShownSetting::of("require-revocation", effective.known_revocation, demanded),
        ShownSetting::optional("max-revocation-age", effective.max_age, |age| age.to_string()),
    ]
}

const fn demanded(requirement: Requirement) -> &'static str {
    match requirement {
        Requirement::Optional => "false",
        Requirement::Required => "true",
    }
}

impl ShownSetting {
    fn of<T>(key: &'static str, setting: Setting<'_, T>, word: impl Fn(T) -> &'static str) -> Self {
        Self::optional(key, Some(setting), |value| word(value).to_owned())
    }

    fn optional<T>(key: &'static str, setting: Option<Setting<'_, T>>, text: impl Fn(T) -> String) -> Self {
        let rule = setting.as_ref().and_then(|setting| setting.rule).map(|rule| rule.name.value.to_string());
        Self { key, value: setting.map(|setting| text(setting.value)), rule, patterns: Vec::new() }
    }
}

impl ShownException {
    fn of(loaded: &LoadedPolicy, scoped: &ScopedException) -> Self {
        Self {
            code: scoped.exception.code().as_str(),
            until: scoped.until.value.to_string(),
            reason: escaped(scoped.exception.reason()),
            line: loaded.line(scoped.at.start),
            code_sha256: scoped.exception.package().map(|hash| hash.to_string()),
        }
    }
}

impl ShownConfig {
    /// What should be attached to a function of a known region and account.
    fn of(loaded: &LoadedPolicy, target: &Target) -> Option<Self> {
        let (Some(Subject::Function(name)), Some(region), Some(account)) =
            (&target.subject, &target.region, &target.account)
        else {
            return None;
        };
        match loaded.file.assignment(name, region, account) {
            Assignment::Config(config) => {
                Some(Self { managed: true, name: Some(config.name.value.to_string()) })
            }
            Assignment::Unmanaged | Assignment::Unmentioned => Some(Self { managed: false, name: None }),
        }
    }
}
