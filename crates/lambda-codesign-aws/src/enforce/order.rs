//! The order in which configs are made and changed and functions get theirs.
//!
//! A step moves functions in one of two ways: an attachment moves one function from a config to another, an update moves
//! all functions of a config at once. Each function stands somewhere before (`b`) and should stand somewhere (`w`).
//!
//! - Making a config moves nobody, so that comes first.
//! - Attaching a config that already says what it should puts the function at `w` itself: always safe.
//! - An update is safe for the functions that stay, since it puts them at `w`. It is not for a function that has yet to
//!   leave, if what the config will say is weaker than both its `b` and its `w`: that function has to leave first.
//! - It may have to leave for a config that is still to be updated. That is safe if what that config says by now is no
//!   weaker than the weaker of `b` and `w`.
//! - Where configs wait for each other in a circle, as where two are to swap their publishers, one of them is not updated
//!   but replaced by a new one, which opens the circle: its functions go to the new one straight, and it is deleted when
//!   it is empty.
//!
//! So there is always a next step, and none leaves a function weaker than the weaker of `b` and `w`. Detaching and
//! deleting come last, when every function that gets another config has it.

use std::collections::{BTreeMap, BTreeSet};

use lambda_codesign_policy::Name;

use crate::name::{ConfigArn, FunctionArn};

use super::desired::DesiredConfig;
use super::plan::{ConfigChange, Origin, Step, To};
use super::state::LiveConfig;
use super::strength::Strength;

/// A model of the account, in which steps are tried before they stand in a plan.
pub(super) struct Order {
    before: BTreeMap<FunctionArn, Strength>,
    wanted: BTreeMap<FunctionArn, Strength>,
    /// The config of each name.
    targets: BTreeMap<Name, To>,
    /// The configs that are yet to be updated.
    pending: BTreeMap<ConfigArn, (ConfigChange, DesiredConfig)>,
    /// The config that was there from the beginning and that a function has.
    standing: BTreeMap<FunctionArn, ConfigArn>,
    /// The functions that have a config which the plan makes: they are where they should be.
    arrived: BTreeSet<FunctionArn>,
    assigned: BTreeMap<FunctionArn, Name>,
    steps: Vec<Step>,
}

impl Order {
    pub(super) const fn new(
        before: BTreeMap<FunctionArn, Strength>,
        wanted: BTreeMap<FunctionArn, Strength>,
    ) -> Self {
        Self {
            before,
            wanted,
            targets: BTreeMap::new(),
            pending: BTreeMap::new(),
            standing: BTreeMap::new(),
            arrived: BTreeSet::new(),
            assigned: BTreeMap::new(),
            steps: Vec::new(),
        }
    }

    /// A config that says what it should.
    pub(super) fn keep(&mut self, name: &Name, live: &LiveConfig) {
        let arn = live.config.arn.clone();
        self.targets.insert(name.clone(), To::Live { name: name.clone(), arn });
    }

    /// A config that is to say something else.
    pub(super) fn update(&mut self, change: ConfigChange, config: &DesiredConfig) {
        let (name, arn) = (change.name.clone(), change.before.arn.clone());
        self.targets.insert(name.clone(), To::Live { name, arn: arn.clone() });
        self.pending.insert(arn, (change, config.clone()));
    }

    /// A config that is to be made.
    pub(super) fn create(&mut self, name: &Name, config: &DesiredConfig, origin: Origin) {
        let (wanted, tags) = (config.wanted.clone(), config.tags.clone());
        self.targets.insert(name.clone(), To::Created(name.clone()));
        self.steps.push(Step::Create { name: name.clone(), wanted, tags, origin });
    }

    /// A function has this config.
    pub(super) fn stands(&mut self, function: &FunctionArn, live: &LiveConfig) {
        self.standing.insert(function.clone(), live.config.arn.clone());
    }

    /// A function should have the config of this name.
    pub(super) fn assign(&mut self, function: &FunctionArn, name: &Name) {
        self.assigned.insert(function.clone(), name.clone());
    }

    pub(super) fn steps(mut self) -> Vec<Step> {
        loop {
            self.attach(|order, _, to| !order.is_pending(to));
            let Some(first) = self.pending.keys().next().cloned() else { return self.steps };
            let safe = self.pending.keys().find(|arn| self.is_safe_to_update(arn)).cloned();
            match safe {
                Some(arn) => self.carry_out_update(&arn),
                None if self.attach(Self::is_safe_to_attach) > 0 => {}
                None => self.replace(&first),
            }
        }
    }

    /// Attaches what is not yet where it should be, if it may; answers how many were.
    fn attach(&mut self, may: impl Fn(&Self, &FunctionArn, &To) -> bool) -> usize {
        let moves: Vec<(FunctionArn, To)> = self
            .assigned
            .iter()
            .filter_map(|(function, name)| Some((function, self.targets.get(name)?)))
            .filter(|(function, to)| !self.is_at(function, to) && may(self, function, to))
            .map(|(function, to)| (function.clone(), to.clone()))
            .collect();
        let count = moves.len();
        for (function, to) in moves {
            let from = match &to {
                To::Live { arn, .. } => self.standing.insert(function.clone(), arn.clone()),
                To::Created(_) => {
                    self.arrived.insert(function.clone());
                    self.standing.remove(&function)
                }
            };
            self.steps.push(Step::Attach { function, from, to });
        }
        count
    }

    fn is_at(&self, function: &FunctionArn, to: &To) -> bool {
        match to {
            To::Live { arn, .. } => self.standing.get(function) == Some(arn),
            To::Created(_) => self.arrived.contains(function),
        }
    }

    fn is_pending(&self, to: &To) -> bool {
        match to {
            To::Live { arn, .. } => self.pending.contains_key(arn),
            To::Created(_) => false,
        }
    }

    /// Whether what a config says by now may be had on the way.
    fn is_safe_to_attach(&self, function: &FunctionArn, to: &To) -> bool {
        match to {
            To::Live { arn, .. } => self
                .pending
                .get(arn)
                .is_none_or(|(change, _)| self.may_stand(function, &Strength::of(&change.before))),
            To::Created(_) => true,
        }
    }

    fn is_safe_to_update(&self, arn: &ConfigArn) -> bool {
        let Some((change, _)) = self.pending.get(arn) else { return false };
        let then = Strength::wanted(&change.wanted);
        let mut having = self.standing.iter().filter(|(_, has)| *has == arn);
        having.all(|(function, _)| self.may_stand(function, &then))
    }

    fn may_stand(&self, function: &FunctionArn, strength: &Strength) -> bool {
        match (self.before.get(function), self.wanted.get(function)) {
            (Some(before), Some(wanted)) => strength.may_stand_between(before, wanted),
            // A function outside the file: its config is not updated, and it is not moved.
            (Some(_), None) | (None, Some(_) | None) => false,
        }
    }

    fn carry_out_update(&mut self, arn: &ConfigArn) {
        if let Some((change, _)) = self.pending.remove(arn) {
            self.steps.push(Step::Update(Box::new(change)));
        }
    }

    fn replace(&mut self, arn: &ConfigArn) {
        if let Some((change, config)) = self.pending.remove(arn) {
            self.create(&change.name, &config, Origin::Safer { instead_of: arn.clone() });
        }
    }
}
