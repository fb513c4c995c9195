//! What is otherwise than it should be.

use std::collections::{BTreeMap, BTreeSet};

use lambda_codesign_policy::Name;

use crate::name::{ConfigArn, FunctionArn};

use super::desired::{Desired, DesiredConfig, Speaks};
use super::order::Order;
use super::plan::{Aside, ConfigChange, Origin, Plan, Step, Weakening};
use super::state::{LiveConfig, State};
use super::strength::Strength;

/// An account beside what it should be.
struct Difference<'a> {
    state: &'a State,
    desired: &'a Desired,
    /// What each function has.
    attached: BTreeMap<&'a FunctionArn, &'a LiveConfig>,
}

pub(super) fn plan(state: &State, desired: &Desired) -> Plan {
    let attached = state
        .configs
        .values()
        .flat_map(|live| live.functions.iter().map(move |function| (function, live)))
        .collect();
    let difference = Difference { state, desired, attached };
    let mut order = Order::new(difference.befores(), difference.wanteds());
    let mut chosen = BTreeMap::new();
    for (name, config) in &desired.configs {
        let live = difference.choose(name, config);
        difference.settle(name, config, live, &mut order);
        chosen.extend(live.map(|live| (&live.config.arn, (name, config, live))));
    }
    for (function, live) in &difference.attached {
        order.stands(function, live);
    }
    for (function, name) in difference.assignments() {
        order.assign(function, name);
    }
    let mut steps = order.steps();
    chosen.retain(|arn, _| !steps.iter().any(|step| step.replaces(arn)));
    steps.extend(chosen.values().filter_map(|(name, config, live)| retag(name, config, live)));
    let chosen = chosen.into_keys().collect();
    let left = difference.leftovers(&chosen);
    steps.extend(left.iter().flat_map(|left| left.detaches()));
    steps.extend(left.iter().filter_map(Leftover::delete));
    let kept = left.iter().filter_map(Leftover::kept);
    Plan {
        weaker: difference.weaker(&left),
        aside: kept.chain(difference.aside(&left)).collect(),
        steps,
        resolutions: desired.resolutions.clone(),
        known: state.configs.keys().cloned().collect(),
        assigned: difference.assignments().map(|(function, _)| function.clone()).collect(),
    }
}

impl<'a> Difference<'a> {
    fn assignments(&self) -> impl Iterator<Item = (&'a FunctionArn, &'a Name)> {
        self.desired.functions.iter().filter_map(|(function, speaks)| match speaks {
            Speaks::Assigned(name) => Some((function, name)),
            Speaks::Image(_) | Speaks::Unmanaged | Speaks::Unmentioned => None,
        })
    }

    fn before(&self, function: &FunctionArn) -> Strength {
        self.attached.get(function).map_or(Strength::Unguarded, |live| Strength::of(&live.config))
    }

    fn befores(&self) -> BTreeMap<FunctionArn, Strength> {
        self.assignments().map(|(function, _)| (function.clone(), self.before(function))).collect()
    }

    fn wanteds(&self) -> BTreeMap<FunctionArn, Strength> {
        let strength = |name| self.desired.configs.get(name).map(|config| Strength::wanted(&config.wanted));
        self.assignments().filter_map(|(function, name)| Some((function.clone(), strength(name)?))).collect()
    }

    /// The live config that is the file's: of several of its name, which interruptions leave, the one with least to do.
    fn choose(&self, name: &Name, config: &DesiredConfig) -> Option<&'a LiveConfig> {
        let owned = self.state.configs.values().filter(|live| live.owner().as_ref() == Some(name));
        // The first of those that are as good, so that the next look chooses the same.
        owned.min_by_key(|live| {
            let differs = says_otherwise(config, live) || !missing_tags(config, live).is_empty();
            (differs, !self.outsiders(live).is_empty(), usize::MAX - live.functions.len())
        })
    }

    /// The functions that have it and to which the file gives no config.
    fn outsiders(&self, live: &LiveConfig) -> BTreeSet<FunctionArn> {
        live.functions.iter().filter(|function| self.desired.assigned(function).is_none()).cloned().collect()
    }

    /// Tells the order what becomes of the config of a name.
    fn settle(&self, name: &Name, config: &DesiredConfig, live: Option<&LiveConfig>, order: &mut Order) {
        let Some(live) = live else { return order.create(name, config, Origin::New) };
        let otherwise = says_otherwise(config, live);
        if !otherwise && missing_tags(config, live).is_empty() {
            return order.keep(name, live);
        }
        let with = self.outsiders(live);
        if !with.is_empty() {
            let origin = Origin::Shared { instead_of: live.config.arn.clone(), with };
            return order.create(name, config, origin);
        }
        if otherwise {
            let before = live.config.clone();
            order.update(ConfigChange { name: name.clone(), before, wanted: config.wanted.clone() }, config);
        } else {
            order.keep(name, live);
        }
    }

    /// What the file owns and has no use for.
    fn leftovers(&self, chosen: &BTreeSet<&ConfigArn>) -> Vec<Leftover<'a>> {
        let others = self.state.configs.iter().filter(|(arn, _)| !chosen.contains(arn));
        others
            .filter_map(|(_, live)| {
                let name = live.owner()?;
                // A config that the file still has may have been attached by hand: it is not for us to take it off.
                let dropped = !self.desired.configs.contains_key(&name);
                let detached = |function: &&FunctionArn| {
                    dropped && matches!(self.desired.functions.get(*function), Some(Speaks::Unmentioned))
                };
                let (detached, kept) = self.outsiders(live).iter().cloned().partition(|it| detached(&it));
                Some(Leftover { name, live, detached, kept })
            })
            .collect()
    }

    fn weaker(&self, left: &[Leftover<'_>]) -> Vec<Weakening> {
        let wanteds = self.wanteds();
        let detached = left.iter().flat_map(|left| &left.detached);
        let all = wanteds.into_iter().chain(detached.map(|it| (it.clone(), Strength::Unguarded)));
        all.map(|(function, wanted)| Weakening { before: self.before(&function), function, wanted })
            .filter(|change| !change.wanted.is_at_least(&change.before))
            .collect()
    }

    fn aside(&self, left: &[Leftover<'_>]) -> Vec<Aside> {
        let is_detached = |function| left.iter().any(|left| left.detached.contains(function));
        let unowned = self.state.configs.iter().filter(|(_, live)| live.owner().is_none());
        let configs = unowned.map(|(arn, _)| Aside::Config(arn.clone()));
        let functions = self.desired.functions.iter().filter_map(|(function, speaks)| match speaks {
            Speaks::Assigned(_) => None,
            Speaks::Image(_) => Some(Aside::Image(function.clone())),
            Speaks::Unmanaged => Some(Aside::Unmanaged(function.clone())),
            Speaks::Unmentioned => (!is_detached(function)).then(|| Aside::Unmentioned(function.clone())),
        });
        configs.chain(functions).collect()
    }
}

/// A config that the file owns and has no use for.
struct Leftover<'a> {
    name: Name,
    live: &'a LiveConfig,
    detached: BTreeSet<FunctionArn>,
    kept: BTreeSet<FunctionArn>,
}

impl Leftover<'_> {
    fn detaches(&self) -> impl Iterator<Item = Step> {
        let from = &self.live.config.arn;
        self.detached.iter().map(|it| Step::Detach { function: it.clone(), from: from.clone() })
    }

    fn delete(&self) -> Option<Step> {
        let (name, arn) = (self.name.clone(), self.live.config.arn.clone());
        self.kept.is_empty().then_some(Step::Delete { name, arn })
    }

    fn kept(&self) -> Option<Aside> {
        let (name, arn) = (self.name.clone(), self.live.config.arn.clone());
        let with = self.kept.clone();
        (!with.is_empty()).then_some(Aside::Kept { name, arn, with })
    }
}

/// The tags to be set on a config that stays the file's.
fn retag(name: &Name, config: &DesiredConfig, live: &LiveConfig) -> Option<Step> {
    let tags = missing_tags(config, live);
    (!tags.is_empty()).then(|| Step::Tag { name: name.clone(), arn: live.config.arn.clone(), tags })
}

fn says_otherwise(config: &DesiredConfig, live: &LiveConfig) -> bool {
    let publishers = |list: &[String]| list.iter().cloned().collect::<BTreeSet<_>>();
    let (wanted, live) = (&config.wanted, &live.config);
    wanted.mode != live.mode
        || wanted.description != live.description
        || publishers(&wanted.publishers) != publishers(&live.publishers)
}

/// The tags that a config lacks. What others tagged it with stays.
fn missing_tags(config: &DesiredConfig, live: &LiveConfig) -> BTreeMap<String, String> {
    let lacks = |(key, value): &(&String, &String)| live.tags.get(*key) != Some(*value);
    config.tags.iter().filter(lacks).map(|(key, value)| (key.clone(), value.clone())).collect()
}
