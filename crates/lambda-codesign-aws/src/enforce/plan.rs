//! What has to be done, step by step, and what is left as it is.

use std::collections::{BTreeMap, BTreeSet};

use lambda_codesign_policy::Name;

use crate::config::{Config, Wanted};
use crate::name::{ConfigArn, FunctionArn};

use super::{Desired, Resolution, State, Strength};

/// The way from what an account has to what a file says.
///
/// Holding one proves that, taken in their order from the state that it was made from, its steps leave no function weaker
/// than the weaker of before and wanted, and edit and delete no config that the file does not own or that a function
/// outside the file has. It does not prove that the account still is as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub(super) steps: Vec<Step>,
    pub(super) weaker: Vec<Weakening>,
    pub(super) aside: Vec<Aside>,
    pub(super) resolutions: BTreeSet<Resolution>,
    /// The functions that the file gives a config.
    pub(super) assigned: BTreeSet<FunctionArn>,
    /// The configs that were there.
    pub(super) known: BTreeSet<ConfigArn>,
}

/// One step: one request that changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Make a config.
    Create {
        /// Its name in the file.
        name: Name,
        /// What it says.
        wanted: Wanted,
        /// Its tags.
        tags: BTreeMap<String, String>,
        /// Why a new one.
        origin: Origin,
    },
    /// Attach a config to a function, in place of any other.
    Attach {
        /// The function.
        function: FunctionArn,
        /// What it has.
        from: Option<ConfigArn>,
        /// What it gets.
        to: To,
    },
    /// Change what a config says.
    Update(Box<ConfigChange>),
    /// Set tags of a config.
    Tag {
        /// Its name in the file.
        name: Name,
        /// The config.
        arn: ConfigArn,
        /// The tags that it lacks, or has with another value.
        tags: BTreeMap<String, String>,
    },
    /// Take a function's config off.
    Detach {
        /// The function.
        function: FunctionArn,
        /// What it has.
        from: ConfigArn,
    },
    /// Delete a config that no function has any longer.
    Delete {
        /// The name that it is tagged with.
        name: Name,
        /// The config.
        arn: ConfigArn,
    },
}

/// A config that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigChange {
    /// Its name in the file.
    pub name: Name,
    /// As it is.
    pub before: Config,
    /// As it should be.
    pub wanted: Wanted,
}

/// Why a config is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// There is none of its name.
    New,
    /// The one that is there can't be changed, since functions outside the file have it.
    Shared {
        /// The one that is there, which stays.
        instead_of: ConfigArn,
        /// The functions outside the file.
        with: BTreeSet<FunctionArn>,
    },
    /// The one that is there can't be changed without leaving a function weaker for a while.
    Safer {
        /// The one that is there, which is deleted at the end.
        instead_of: ConfigArn,
    },
}

/// What a function gets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum To {
    /// The config that the plan makes for this name.
    Created(Name),
    /// One that is there.
    Live {
        /// Its name in the file.
        name: Name,
        /// The config.
        arn: ConfigArn,
    },
}

/// A function that the plan leaves letting pass something that was stopped before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weakening {
    /// The function.
    pub function: FunctionArn,
    /// What guards it.
    pub before: Strength,
    /// What will.
    pub wanted: Strength,
}

/// What is left as it is, whatever it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aside {
    /// A config that the file does not own.
    Config(ConfigArn),
    /// A config that carries a name of the file and is kept for the functions outside the file that have it.
    Kept {
        /// The name that it is tagged with.
        name: Name,
        /// The config.
        arn: ConfigArn,
        /// The functions.
        with: BTreeSet<FunctionArn>,
    },
    /// A function that the file leaves alone.
    Unmanaged(FunctionArn),
    /// A function of which the file does not speak.
    Unmentioned(FunctionArn),
    /// A function to which code signing does not apply, though the file gives it a config.
    Image(FunctionArn),
}

impl Plan {
    /// The way from this state to what is desired.
    #[must_use]
    pub fn between(state: &State, desired: &Desired) -> Self {
        super::difference::plan(state, desired)
    }

    /// The steps, in the order in which they are safe.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The functions that get weaker.
    #[must_use]
    pub fn weaker(&self) -> &[Weakening] {
        &self.weaker
    }

    /// What is left as it is.
    #[must_use]
    pub fn aside(&self) -> &[Aside] {
        &self.aside
    }

    /// What patterns of the file stand for.
    #[must_use]
    pub const fn resolutions(&self) -> &BTreeSet<Resolution> {
        &self.resolutions
    }

    /// Whether the account is as the file says.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

impl To {
    /// Its name in the file.
    #[must_use]
    pub const fn name(&self) -> &Name {
        match self {
            Self::Created(name) | Self::Live { name, .. } => name,
        }
    }
}

impl Step {
    /// Whether it makes a config that takes the place of this one.
    pub(super) fn replaces(&self, config: &ConfigArn) -> bool {
        match self {
            Self::Create {
                origin: Origin::Shared { instead_of, .. } | Origin::Safer { instead_of }, ..
            } => instead_of == config,
            Self::Create { origin: Origin::New, .. }
            | Self::Attach { .. }
            | Self::Update(_)
            | Self::Tag { .. }
            | Self::Detach { .. }
            | Self::Delete { .. } => false,
        }
    }
}
