//! What a part of a file is about: functions and layers by name, regions, accounts.

use core::fmt;
use core::str::FromStr;

use lambda_codesign_core::claims::AccountId;
use lambda_codesign_core::wildcard::Wildcard;

/// The name of a function or layer (Lambda API Reference, CreateFunction and PublishLayerVersion).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceName(String);

/// The name of a region, such as `eu-central-1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region(String);

/// A pattern over the names of functions or layers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NamePattern(Wildcard);

/// A pattern over regions.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RegionPattern(Wildcard);

/// What a package is deployed as.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// The code of this function.
    Function(ResourceName),
    /// This layer.
    Layer(ResourceName),
}

/// What a package is for, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Target {
    /// The function or layer.
    pub subject: Option<Subject>,
    /// The region that it is deployed to.
    pub region: Option<Region>,
    /// The account that it is deployed to.
    pub account: Option<AccountId>,
}

/// Regions and accounts; an empty list means all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The regions.
    pub regions: Vec<RegionPattern>,
    /// The accounts.
    pub accounts: Vec<AccountId>,
}

/// What a rule or an exception is about. Where both lists of names are empty it is about every function and layer;
/// where one has names, about those alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// The functions.
    pub functions: Vec<NamePattern>,
    /// The layers.
    pub layers: Vec<NamePattern>,
    /// Where they are.
    pub place: Place,
}

/// A question that a scope asks of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// Which function or layer it is.
    Subject,
    /// In which region.
    Region,
    /// In which account.
    Account,
}

/// Whether a scope is about a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It is.
    Applies,
    /// It is not, for this reason.
    Misses(Dimension),
    /// That can't be told before this is known of the target.
    Unknown(Dimension),
}

/// Why a text does not name, or match, a function, layer or region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// Not a name.
    #[error("it is not 1 to 140 letters, digits, `_` and `-`")]
    Name,
    /// Not a pattern over names.
    #[error("it is not 1 to 140 letters, digits, `_`, `-` and `*`, which is the only wildcard")]
    NamePattern,
    /// Not a region.
    #[error("it is not a region, such as eu-central-1")]
    Region,
    /// Not a pattern over regions.
    #[error("it is not a region such as eu-central-1, or a pattern such as eu-*")]
    RegionPattern,
    /// Not a function or layer.
    #[error("it is not function:NAME, layer:NAME or the ARN of a function or layer")]
    Subject,
}

const LONGEST_NAME: usize = 140;

impl ResourceName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Region {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl NamePattern {
    /// Whether this function or layer is meant.
    #[must_use]
    pub fn matches(&self, name: &ResourceName) -> bool {
        self.0.matches(&name.0)
    }
}

impl RegionPattern {
    /// Whether this region is meant.
    #[must_use]
    pub fn matches(&self, region: &Region) -> bool {
        self.0.matches(&region.0)
    }
}

impl Place {
    /// Whether it has this region and account.
    #[must_use]
    pub fn has(&self, region: &Region, account: &AccountId) -> bool {
        let target = Target { subject: None, region: Some(region.clone()), account: Some(account.clone()) };
        fit([self.region(&target), self.account(&target)]) == Fit::Applies
    }

    fn region(&self, target: &Target) -> Fit {
        answer(Dimension::Region, &self.regions, target.region.as_ref(), RegionPattern::matches)
    }

    fn account(&self, target: &Target) -> Fit {
        answer(Dimension::Account, &self.accounts, target.account.as_ref(), AccountId::eq)
    }
}

impl Scope {
    /// Whether it is about this target.
    #[must_use]
    pub fn fit(&self, target: &Target) -> Fit {
        fit([self.subject(target), self.place.region(target), self.place.account(target)])
    }

    fn subject(&self, target: &Target) -> Fit {
        let named = |patterns: &[NamePattern], name| match patterns.iter().any(|it| it.matches(name)) {
            true => Fit::Applies,
            false => Fit::Misses(Dimension::Subject),
        };
        match (&target.subject, self.functions.is_empty() && self.layers.is_empty()) {
            (_, true) => Fit::Applies,
            (None, false) => Fit::Unknown(Dimension::Subject),
            (Some(Subject::Function(name)), false) => named(&self.functions, name),
            (Some(Subject::Layer(name)), false) => named(&self.layers, name),
        }
    }
}

fn answer<P, T>(
    dimension: Dimension,
    patterns: &[P],
    known: Option<&T>,
    matches: impl Fn(&P, &T) -> bool,
) -> Fit {
    match known {
        _ if patterns.is_empty() => Fit::Applies,
        None => Fit::Unknown(dimension),
        Some(known) if patterns.iter().any(|pattern| matches(pattern, known)) => Fit::Applies,
        Some(_) => Fit::Misses(dimension),
    }
}

/// A miss is a miss, whatever else is unknown.
fn fit<const N: usize>(answers: [Fit; N]) -> Fit {
    let misses = answers.into_iter().find(|answer| matches!(answer, Fit::Misses(_)));
    let unknown = || answers.into_iter().find(|answer| matches!(answer, Fit::Unknown(_)));
    misses.or_else(unknown).unwrap_or(Fit::Applies)
}

impl Target {
    /// What is known from both; where both know it, the first says.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            subject: self.subject.or(other.subject),
            region: self.region.or(other.region),
            account: self.account.or(other.account),
        }
    }
}

/// `function:NAME` or `NAME` alone, `layer:NAME`, or an ARN, which says region and account too:
/// `arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]` and `...:layer:NAME[:VERSION]`.
impl FromStr for Target {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let parts: Vec<&str> = text.split(':').collect();
        match parts.as_slice() {
            [name] => Ok(Self { subject: Some(Subject::Function(name.parse()?)), ..Self::default() }),
            [kind, name] => Ok(Self { subject: Some(subject(kind, name)?), ..Self::default() }),
            ["arn", partition, "lambda", region, account, kind, name]
            | ["arn", partition, "lambda", region, account, kind, name, _]
                if partition.starts_with("aws") =>
            {
                Ok(Self {
                    subject: Some(subject(kind, name)?),
                    region: Some(region.parse()?),
                    account: Some(account.parse().map_err(|_| ScopeError::Subject)?),
                })
            }
            _ => Err(ScopeError::Subject),
        }
    }
}

impl FromStr for Subject {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let (kind, name) = text.split_once(':').ok_or(ScopeError::Subject)?;
        subject(kind, name)
    }
}

fn subject(kind: &str, name: &str) -> Result<Subject, ScopeError> {
    match kind {
        "function" => Ok(Subject::Function(name.parse()?)),
        "layer" => Ok(Subject::Layer(name.parse()?)),
        _ => Err(ScopeError::Subject),
    }
}

fn is_name(text: &str, also: &[u8]) -> bool {
    let allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || also.contains(&byte);
    (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(allowed)
}

fn is_region(text: &str, also: &[u8]) -> bool {
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || also.contains(&byte);
    (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(allowed)
}

impl FromStr for ResourceName {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        is_name(text, b"").then(|| Self(text.to_owned())).ok_or(ScopeError::Name)
    }
}

impl FromStr for NamePattern {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        is_name(text, b"*").then(|| Self(Wildcard::new(text))).ok_or(ScopeError::NamePattern)
    }
}

impl FromStr for Region {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        is_region(text, b"").then(|| Self(text.to_owned())).ok_or(ScopeError::Region)
    }
}

impl FromStr for RegionPattern {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        is_region(text, b"*").then(|| Self(Wildcard::new(text))).ok_or(ScopeError::RegionPattern)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function(name) => write!(f, "function:{}", name.0),
            Self::Layer(name) => write!(f, "layer:{}", name.0),
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for RegionPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// As people say it: what is not named is everything.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.subject {
            Some(subject) => write!(f, "{subject}")?,
            None => f.write_str("no function or layer in particular")?,
        }
        if let Some(region) = &self.region {
            write!(f, " in {region}")?;
        }
        if let Some(account) = &self.account {
            write!(f, " of account {account}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { functions, layers, place: Place { regions, accounts } } = self;
        let mut parts = Vec::new();
        parts.extend(listed("functions", functions));
        parts.extend(listed("layers", layers));
        parts.extend(listed("regions", regions));
        parts.extend(listed("accounts", accounts));
        if parts.is_empty() { f.write_str("everything") } else { f.write_str(&parts.join("; ")) }
    }
}

fn listed(what: &str, patterns: &[impl fmt::Display]) -> Option<String> {
    let patterns: Vec<String> = patterns.iter().map(ToString::to_string).collect();
    (!patterns.is_empty()).then(|| format!("{what} {}", patterns.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::{Dimension, Fit, Place, Scope, ScopeError, Target};

    fn scope(functions: &[&str], layers: &[&str], regions: &[&str], accounts: &[&str]) -> Scope {
        Scope {
            functions: functions.iter().map(|it| it.parse().unwrap()).collect(),
            layers: layers.iter().map(|it| it.parse().unwrap()).collect(),
            place: Place {
                regions: regions.iter().map(|it| it.parse().unwrap()).collect(),
                accounts: accounts.iter().map(|it| it.parse().unwrap()).collect(),
            },
        }
    }

    fn target(subject: &str, region: &str, account: &str) -> Target {
        Target {
            subject: (!subject.is_empty()).then(|| subject.parse().unwrap()),
            region: (!region.is_empty()).then(|| region.parse().unwrap()),
            account: (!account.is_empty()).then(|| account.parse().unwrap()),
        }
    }

    #[test]
    fn a_scope_answers_what_it_can() {
        let everything = scope(&[], &[], &[], &[]);
        let payments = scope(&["payments-*"], &[], &[], &[]);
        let both = scope(&["payments-*"], &["vendor"], &[], &[]);
        let abroad = scope(&["payments-*"], &[], &["eu-*", "us-east-1"], &["123456789012"]);
        use Dimension::{Account, Region, Subject};
        for (scope, target, expected) in [
            (&everything, target("", "", ""), Fit::Applies),
            (&everything, target("layer:x", "", ""), Fit::Applies),
            (&payments, target("", "", ""), Fit::Unknown(Subject)),
            (&payments, target("function:payments-api", "", ""), Fit::Applies),
            (&payments, target("function:orders", "", ""), Fit::Misses(Subject)),
            (&payments, target("layer:payments-api", "", ""), Fit::Misses(Subject)),
            (&both, target("layer:vendor", "", ""), Fit::Applies),
            (&both, target("function:vendor", "", ""), Fit::Misses(Subject)),
            (&abroad, target("function:payments-api", "", ""), Fit::Unknown(Region)),
            (&abroad, target("function:payments-api", "eu-west-1", ""), Fit::Unknown(Account)),
            (&abroad, target("function:payments-api", "eu-west-1", "123456789012"), Fit::Applies),
            (&abroad, target("", "ap-south-1", ""), Fit::Misses(Region)),
            (&abroad, target("", "us-east-1", "999999999999"), Fit::Misses(Account)),
        ] {
            assert_eq!(scope.fit(&target), expected, "{scope}: {target}");
        }
    }

    #[test]
    fn scopes_and_targets_are_said() {
        for (scope, expected) in [
            (scope(&[], &[], &[], &[]), "everything"),
            (scope(&["a-*", "b"], &[], &[], &[]), "functions a-*, b"),
            (
                scope(&["a"], &["l"], &["eu-*"], &["123456789012"]),
                "functions a; layers l; regions eu-*; accounts 123456789012",
            ),
        ] {
            assert_eq!(scope.to_string(), expected);
        }
        assert_eq!(target("", "", "").to_string(), "no function or layer in particular");
        let known = target("function:f", "eu-west-1", "");
        assert_eq!(known.region.as_ref().map(|region| region.as_str()), Some("eu-west-1"));
        assert!(matches!(known.subject, Some(super::Subject::Function(name)) if name.as_str() == "f"));
    }

    #[test]
    fn targets_are_read_from_names_and_arns() {
        for (text, expected) in [
            ("function:f", "function:f"),
            ("f", "function:f"),
            ("layer:my-layer_2", "layer:my-layer_2"),
            (
                "arn:aws:lambda:eu-west-1:123456789012:function:f",
                "function:f in eu-west-1 of account 123456789012",
            ),
            (
                "arn:aws:lambda:eu-west-1:123456789012:function:f:live",
                "function:f in eu-west-1 of account 123456789012",
            ),
            (
                "arn:aws-cn:lambda:cn-north-1:123456789012:layer:l:3",
                "layer:l in cn-north-1 of account 123456789012",
            ),
        ] {
            assert_eq!(text.parse::<Target>().map(|target| target.to_string()), Ok(expected.to_owned()));
        }
        for (text, error) in [
            ("a.b", ScopeError::Name),
            ("", ScopeError::Name),
            ("lambda:f", ScopeError::Subject),
            ("function:", ScopeError::Name),
            ("function:a b", ScopeError::Name),
            ("function:*", ScopeError::Name),
            ("arn:aws:lambda:eu-west-1:1234:function:f", ScopeError::Subject),
            ("arn:aws:lambda:EU:123456789012:function:f", ScopeError::Region),
            ("arn:gcp:lambda:eu-west-1:123456789012:function:f", ScopeError::Subject),
            ("arn:aws:s3:eu-west-1:123456789012:function:f", ScopeError::Subject),
            ("arn:aws:lambda:eu-west-1:123456789012:function:f:1:2", ScopeError::Subject),
        ] {
            assert_eq!(text.parse::<Target>(), Err(error), "{text}");
        }
    }
}
