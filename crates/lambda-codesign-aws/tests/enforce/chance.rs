//! From any state to any file: on the way no function is weaker than the weaker of before and wanted, nothing of others is
//! touched, and afterwards there is nothing to do.

use std::collections::BTreeMap;

use fastrand::Rng;
use lambda_codesign_aws::enforce::{Origin, Plan, Speaks, State, Step, Strength};
use lambda_codesign_aws::name::FunctionArn;
use lambda_codesign_core::policy::Mode;

use crate::model::{Model, publisher};

const FUNCTIONS: [&str; 6] = ["f0", "f1", "f2", "f3", "f4", "f5"];
const NAMES: [&str; 4] = ["one", "two", "three", "four"];
const PROFILES: [&str; 3] = ["a", "b", "c"];

fn some<'a>(rng: &mut Rng, all: &[&'a str]) -> Vec<&'a str> {
    let mut chosen: Vec<&str> = all.iter().copied().filter(|_| rng.bool()).collect();
    if chosen.is_empty() {
        chosen.extend(rng.choice(all.iter().copied()));
    }
    chosen
}

/// What is drawn.
#[derive(Clone, Copy, PartialEq)]
enum Sort {
    /// Any state and any file.
    Any,
    /// Configs of one publisher each that are to have others.
    Swaps,
}

impl Sort {
    fn of(seed: u64) -> Self {
        if seed.is_multiple_of(4) { Self::Swaps } else { Self::Any }
    }
}

fn mode(rng: &mut Rng) -> Mode {
    if rng.bool() { Mode::Enforce } else { Mode::Warn }
}

fn state(rng: &mut Rng, sort: Sort) -> Model {
    let mut model = Model::new(&FUNCTIONS, &PROFILES);
    let mut configs = Vec::new();
    if sort == Sort::Swaps {
        let all = PROFILES.into_iter().zip(NAMES);
        configs.extend(all.map(|(profile, name)| model.config(Some(name), Mode::Enforce, &[profile])));
    }
    let count = if sort == Sort::Swaps { 0 } else { rng.usize(0..6) };
    for _ in 0..count {
        let owner = rng.choice([None, Some("gone"), Some("one"), Some("two"), Some("three")]).unwrap();
        let (mode, profiles) = (mode(rng), some(rng, &PROFILES));
        configs.push(model.config(owner, mode, &profiles));
    }
    for name in FUNCTIONS {
        if let Some(config) = rng.choice(&configs).filter(|_| rng.u8(0..4) > 0) {
            model.attach(name, config);
        }
    }
    model
}

fn file(rng: &mut Rng, sort: Sort) -> String {
    let mut text = "version = 1\n[publishers]\n".to_owned();
    for name in PROFILES {
        text.push_str(&format!("{name} = [{:?}]\n", publisher(name)));
    }
    let names = if sort == Sort::Swaps { NAMES[..3].to_vec() } else { some(rng, &NAMES) };
    for (place, name) in names.iter().enumerate() {
        let (mode, publishers) = match sort {
            Sort::Any => (mode(rng).as_str(), some(rng, &PROFILES)),
            Sort::Swaps => ("enforce", vec![PROFILES[(place + 1) % 3]]),
        };
        text.push_str(&format!(
            "[[config]]\nname = {name:?}\nmode = {mode:?}\npublishers = {publishers:?}\n"
        ));
        if rng.u8(0..4) == 0 {
            text.push_str("description = \"by chance\"\ntags = { team = \"t\" }\n");
        }
    }
    for function in FUNCTIONS.iter().filter(|_| rng.u8(0..4) > 0).collect::<Vec<_>>() {
        let config = rng.choice(&names).unwrap();
        text.push_str(&format!("[[attachment]]\nfunctions = [{function:?}]\nconfig = {config:?}\n"));
    }
    if sort == Sort::Any && rng.bool() {
        text.push_str(&format!("[unmanaged]\nfunctions = {:?}\n", some(rng, &FUNCTIONS[..2])));
    }
    text
}

fn strengths(model: &Model) -> BTreeMap<FunctionArn, Strength> {
    model.state.functions.keys().map(|function| (function.clone(), model.strength(function))).collect()
}

/// What nobody may touch: the configs that the file does not own, and what functions outside the file have.
fn others(state: &State, outside: &[FunctionArn]) -> impl PartialEq + std::fmt::Debug + use<> {
    let unowned = state.configs.values().filter(|live| live.owner().is_none());
    let unowned: Vec<_> = unowned.map(|live| (live.config.clone(), live.tags.clone())).collect();
    let having = outside.iter().map(|function| state.config_of(function).map(|live| live.config.clone()));
    (unowned, having.collect::<Vec<_>>())
}

fn outside(model: &Model, file: &str, plan: &Plan) -> Vec<FunctionArn> {
    let desired = model.desired(file).unwrap();
    let is_outside = |(function, speaks): (&FunctionArn, &Speaks)| match speaks {
        Speaks::Assigned(_) => None,
        Speaks::Image(_) | Speaks::Unmanaged | Speaks::Unmentioned => Some(function.clone()),
    };
    let detached = |function: &FunctionArn| {
        plan.steps().iter().any(|step| matches!(step, Step::Detach { function: it, .. } if it == function))
    };
    desired.functions.iter().filter_map(is_outside).filter(|it| !detached(it)).collect()
}

#[test]
fn every_way_is_safe_and_ends_where_it_should() {
    let (mut steps, mut replaced, mut shared, mut weaker) = (0, 0, 0, 0);
    for seed in 0..2000 {
        let mut rng = Rng::with_seed(seed);
        let (mut model, file) = (state(&mut rng, Sort::of(seed)), file(&mut rng, Sort::of(seed)));
        let plan = model.plan(&file);
        let before = strengths(&model);
        let outside = outside(&model, &file, &plan);
        let untouched = others(&model.state, &outside);
        let desired = model.desired(&file).unwrap();
        let wanted = |function: &FunctionArn| match desired.assigned(function) {
            Some(name) => Strength::wanted(&desired.configs[name].wanted),
            None if outside.contains(function) => before[function].clone(),
            None => Strength::Unguarded,
        };
        for (number, step) in plan.steps().iter().enumerate() {
            model.take(step);
            let what = format!("seed {seed}, step {number} of {:#?}\n{file}", plan.steps());
            for (function, now) in strengths(&model) {
                let (before, wanted) = (&before[&function], wanted(&function));
                assert!(now.may_stand_between(before, &wanted), "{function}: {what}");
                let is_named = plan.weaker().iter().any(|it| it.function == function);
                assert!(is_named || now.is_at_least(before), "{function} is weaker unsaid: {what}");
            }
            assert_eq!(others(&model.state, &outside), untouched, "{what}");
            replaced += u32::from(matches!(step, Step::Create { origin: Origin::Safer { .. }, .. }));
            shared += u32::from(matches!(step, Step::Create { origin: Origin::Shared { .. }, .. }));
            // An application that ends here is finished from here.
            let rest = model.plan(&file);
            assert!(rest.steps().len() < 20, "{what}");
        }
        for (function, now) in strengths(&model) {
            assert_eq!(now, wanted(&function), "seed {seed}: {function}\n{file}");
        }
        assert_eq!(model.plan(&file).steps(), [], "seed {seed}\n{file}");
        steps += plan.steps().len();
        weaker += plan.weaker().len();
    }
    // Chance has met every way.
    assert!(
        steps > 10_000 && replaced > 20 && shared > 200 && weaker > 1000,
        "{steps} {replaced} {shared} {weaker}"
    );
}

#[test]
fn whoever_is_interrupted_and_goes_on_comes_to_the_same_end() {
    for seed in 0..500 {
        let mut rng = Rng::with_seed(seed);
        let (mut model, file) = (state(&mut rng, Sort::of(seed)), file(&mut rng, Sort::of(seed)));
        let mut rounds = 0;
        loop {
            let plan = model.plan(&file);
            if plan.is_empty() {
                break;
            }
            let taken = rng.usize(1..=plan.steps().len());
            plan.steps().iter().take(taken).for_each(|step| model.take(step));
            rounds += 1;
            assert!(rounds < 60, "seed {seed} goes on and on: {:#?}\n{file}", plan.steps());
        }
    }
}
