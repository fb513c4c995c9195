//! What a policy file says of one region of an account.

use std::collections::{BTreeMap, BTreeSet};

use lambda_codesign_core::claims::PublisherPattern;
use lambda_codesign_policy::{Assignment, Config, Name, OWNER_TAG, PolicyFile};

use crate::config::{MAX_PUBLISHERS, Wanted};
use crate::deployed::{Function, Package};
use crate::name::FunctionArn;

use super::{Here, State};

/// The file's configs and attachments for this region and account, as Lambda takes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    /// The configs that should be there.
    pub configs: BTreeMap<Name, DesiredConfig>,
    /// What the file says of each function.
    pub functions: BTreeMap<FunctionArn, Speaks>,
    /// What patterns stand for.
    pub resolutions: BTreeSet<Resolution>,
}

/// A config that should be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredConfig {
    /// What it should say; its publishers are sorted.
    pub wanted: Wanted,
    /// The tags that it should have, the owner's among them.
    pub tags: BTreeMap<String, String>,
}

/// What a file says of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Speaks {
    /// It should have this config.
    Assigned(Name),
    /// It should have this config, and is an image, to which code signing does not apply (BEHAVIOUR.md "Lambda").
    Image(Name),
    /// It is to be left alone.
    Unmanaged,
    /// Nothing.
    Unmentioned,
}

/// The profiles of the account that a pattern stands for, of which AWS knows nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resolution {
    /// The pattern.
    pub pattern: String,
    /// The profiles' versions.
    pub publishers: Vec<String>,
}

/// Why the file can't be carried out here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Patterns are resolved against the account's own profiles.
    #[error(
        "config {config}: the profiles that {pattern} stands for can't be listed, since they are another account's"
    )]
    Foreign {
        /// The config.
        config: Name,
        /// The pattern.
        pattern: String,
    },
    /// A publisher that is not there would silently be left out.
    #[error("config {config}: {pattern} stands for no signing profile of this account and region")]
    Nobody {
        /// The config.
        config: Name,
        /// The pattern.
        pattern: String,
    },
    /// Lambda takes no more.
    #[error(
        "config {config}: its publishers stand for {count} profile versions, and Lambda takes {MAX_PUBLISHERS}"
    )]
    TooMany {
        /// The config.
        config: Name,
        /// How many.
        count: usize,
    },
}

impl Problem {
    /// What to do about it, in one sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Foreign { .. } => "List the ARNs of the other account's profile versions.",
            Self::Nobody { .. } => "Create the profile, mend the pattern, or list the ARN.",
            Self::TooMany { .. } => "Narrow the patterns, or list the profile versions that still matter.",
        }
    }
}

impl Desired {
    /// What the file says of the account as it is.
    ///
    /// # Errors
    /// Every problem that keeps it from being carried out.
    pub fn of(file: &PolicyFile, state: &State) -> Result<Self, Vec<Problem>> {
        let Here { region, account } = &state.here;
        let (mut problems, mut resolutions) = (Vec::new(), BTreeSet::new());
        let mut configs = BTreeMap::new();
        for config in file.configs.iter().filter(|config| config.place.has(region, account)) {
            let mut resolver = Resolver { state, resolutions: &mut resolutions, problems: &mut problems };
            let publishers = resolver.publishers(file, config);
            configs.insert(config.name.value.clone(), DesiredConfig::of(config, publishers));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let speaks = |function: &Function| speaks(file, function, &state.here);
        let functions =
            state.functions.iter().map(|(arn, function)| (arn.clone(), speaks(function))).collect();
        Ok(Self { configs, functions, resolutions })
    }

    /// The config that a function should have.
    #[must_use]
    pub fn assigned(&self, function: &FunctionArn) -> Option<&Name> {
        match self.functions.get(function)? {
            Speaks::Assigned(name) => Some(name),
            Speaks::Image(_) | Speaks::Unmanaged | Speaks::Unmentioned => None,
        }
    }
}

fn speaks(file: &PolicyFile, function: &Function, here: &Here) -> Speaks {
    match file.assignment(function.arn.name(), &here.region, &here.account) {
        Assignment::Config(config) => match function.package {
            Package::Zip => Speaks::Assigned(config.name.value.clone()),
            Package::Image => Speaks::Image(config.name.value.clone()),
        },
        Assignment::Unmanaged => Speaks::Unmanaged,
        Assignment::Unmentioned => Speaks::Unmentioned,
    }
}

impl DesiredConfig {
    fn of(config: &Config, publishers: BTreeSet<String>) -> Self {
        let mut tags = config.tags.clone();
        tags.insert(OWNER_TAG.to_owned(), config.name.value.to_string());
        let wanted = Wanted {
            description: config.description.clone(),
            publishers: publishers.into_iter().collect(),
            mode: config.mode,
        };
        Self { wanted, tags }
    }
}

/// Finds the profiles that patterns stand for.
struct Resolver<'a> {
    state: &'a State,
    resolutions: &'a mut BTreeSet<Resolution>,
    problems: &'a mut Vec<Problem>,
}

impl Resolver<'_> {
    fn publishers(&mut self, file: &PolicyFile, config: &Config) -> BTreeSet<String> {
        let mut publishers = BTreeSet::new();
        for pattern in file.patterns(&config.publishers.value) {
            // An ARN is taken as it is, as Lambda does (BEHAVIOUR.md "Lambda", CreateCodeSigningConfig).
            if pattern.is_exact() {
                publishers.insert(pattern.as_str().to_owned());
            } else {
                publishers.extend(self.resolve(&config.name.value, pattern));
            }
        }
        if publishers.len() > MAX_PUBLISHERS {
            let config = config.name.value.clone();
            self.problems.push(Problem::TooMany { config, count: publishers.len() });
        }
        publishers
    }

    fn resolve(&mut self, config: &Name, pattern: &PublisherPattern) -> Vec<String> {
        let (config, text) = (config.clone(), pattern.as_str().to_owned());
        if !pattern.account().matches(self.state.here.account.as_str()) {
            self.problems.push(Problem::Foreign { config, pattern: text });
            return Vec::new();
        }
        let found = self.state.profiles.iter().filter(|profile| pattern.matches(profile));
        let mut publishers: Vec<String> = found.map(ToString::to_string).collect();
        publishers.sort();
        if publishers.is_empty() {
            self.problems.push(Problem::Nobody { config, pattern: text });
        } else {
            self.resolutions.insert(Resolution { pattern: text, publishers: publishers.clone() });
        }
        publishers
    }
}
