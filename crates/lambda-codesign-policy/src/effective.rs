//! What a file says of one function or layer.

use jiff::Timestamp;
use lambda_codesign_core::claims::PublisherPattern;
use lambda_codesign_core::policy::{MaxAge, Mode, Modes, Policy, Publishers, Requirement};

use crate::Located;
use crate::exception::ScopedException;
use crate::file::PolicyFile;
use crate::name::Name;
use crate::rule::Rule;
use crate::scope::{Dimension, Fit, Target};

/// What a file says of one target: every setting, and the rule that it comes from.
///
/// Holding one proves that each rule of the file was asked, and none was left undecided.
#[derive(Debug, Clone)]
pub struct Effective<'f> {
    file: &'f PolicyFile,
    /// Each rule in the file's order, and whether it applies.
    pub rules: Vec<(&'f Rule, Fit)>,
    /// The publishers that may sign; where no rule says it, none are named.
    pub allow: Option<Setting<'f, &'f [Located<Name>]>>,
    /// What happens where the signature has ended.
    pub expiry: Setting<'f, Mode>,
    /// What happens where publisher or age are not as wanted.
    pub mismatch: Setting<'f, Mode>,
    /// What happens where job or profile were revoked.
    pub revocation: Setting<'f, Mode>,
    /// Whether a manifest is demanded.
    pub manifest: Setting<'f, Requirement>,
    /// The earliest signing time.
    pub not_before: Option<Setting<'f, Timestamp>>,
    /// Whether revocation has to be known.
    pub known_revocation: Setting<'f, Requirement>,
    /// How old revocation facts may be.
    pub max_age: Option<Setting<'f, MaxAge>>,
    /// The exceptions that are made for it.
    pub exceptions: Vec<&'f ScopedException>,
}

/// A setting, and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting<'f, T> {
    /// What is set.
    pub value: T,
    /// The rule that set it last; none, where it is what holds without a rule.
    pub rule: Option<&'f Rule>,
}

/// That a rule may or may not apply, since too little is known of the target. Packages are never judged as if it did not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rule `{rule}` is for {scope}, and it was not said {question}", question = question(*.unknown))]
pub struct Undecided {
    /// The rule.
    pub rule: Name,
    /// What it is about.
    pub scope: String,
    /// What has to be known.
    pub unknown: Dimension,
}

const fn question(unknown: Dimension) -> &'static str {
    match unknown {
        Dimension::Subject => "which function or layer this is",
        Dimension::Region => "which region this is for",
        Dimension::Account => "which account this is for",
    }
}

impl PolicyFile {
    /// What the file says of this target. Rules apply in the file's order, and a later one overrides what it names.
    ///
    /// # Errors
    ///
    /// [`Undecided`] where too little is known of the target to tell whether a rule applies.
    pub fn effective(&self, target: &Target) -> Result<Effective<'_>, Undecided> {
        let mut effective = Effective {
            file: self,
            rules: Vec::new(),
            allow: None,
            expiry: Setting::default(),
            mismatch: Setting::default(),
            revocation: Setting::default(),
            manifest: Setting::default(),
            not_before: None,
            known_revocation: Setting::default(),
            max_age: None,
            exceptions: Vec::new(),
        };
        for rule in &self.rules {
            let fit = rule.scope.fit(target);
            match fit {
                Fit::Applies => effective.apply(rule),
                Fit::Misses(_) => {}
                Fit::Unknown(unknown) => {
                    let (rule, scope) = (rule.name.value.clone(), rule.scope.to_string());
                    return Err(Undecided { rule, scope, unknown });
                }
            }
            effective.rules.push((rule, fit));
        }
        // An exception that may not be meant lets nothing pass.
        effective.exceptions =
            self.exceptions.iter().filter(|exception| exception.scope.fit(target) == Fit::Applies).collect();
        Ok(effective)
    }
}

impl<'f> Effective<'f> {
    fn apply(&mut self, rule: &'f Rule) {
        let settings = &rule.settings;
        if let Some(names) = &settings.allow {
            self.allow = Some(Setting { value: names.value.as_slice(), rule: Some(rule) });
        }
        set(&mut self.expiry, settings.mode.expiry.as_ref(), rule);
        set(&mut self.mismatch, settings.mode.mismatch.as_ref(), rule);
        set(&mut self.revocation, settings.mode.revocation.as_ref(), rule);
        set(&mut self.manifest, settings.manifest.as_ref(), rule);
        set(&mut self.known_revocation, settings.revocation.as_ref(), rule);
        if let Some(time) = &settings.not_before {
            self.not_before = Some(Setting { value: time.value, rule: Some(rule) });
        }
        if let Some(age) = &settings.max_age {
            self.max_age = Some(Setting { value: age.value, rule: Some(rule) });
        }
    }

    /// The rules that apply.
    pub fn applied(&self) -> impl Iterator<Item = &'f Rule> {
        self.rules.iter().filter(|(_, fit)| *fit == Fit::Applies).map(|(rule, _)| *rule)
    }

    /// The patterns over publishers that may sign, where a rule names any.
    #[must_use]
    pub fn patterns(&self) -> Option<Vec<PublisherPattern>> {
        self.allow.map(|names| self.file.patterns(names.value).cloned().collect())
    }

    /// The mode of each check.
    #[must_use]
    pub const fn modes(&self) -> Modes {
        Modes { expiry: self.expiry.value, mismatch: self.mismatch.value, revocation: self.revocation.value }
    }

    /// The policy by which packages are judged.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let publishers = self.patterns().map_or(Publishers::NotGiven, Publishers::Only);
        let mut policy = Policy::new(publishers)
            .with_modes(self.modes())
            .with_manifest(self.manifest.value)
            .with_revocation(self.known_revocation.value);
        if let Some(time) = self.not_before {
            policy = policy.with_not_before(time.value);
        }
        if let Some(age) = self.max_age {
            policy = policy.with_max_age(age.value);
        }
        self.exceptions
            .iter()
            .fold(policy, |policy, exception| policy.with_exception(exception.exception.clone()))
    }
}

impl<T: Default> Default for Setting<'_, T> {
    fn default() -> Self {
        Self { value: T::default(), rule: None }
    }
}

fn set<'f, T: Copy>(setting: &mut Setting<'f, T>, value: Option<&Located<T>>, rule: &'f Rule) {
    if let Some(value) = value {
        *setting = Setting { value: value.value, rule: Some(rule) };
    }
}
