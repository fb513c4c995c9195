//! A plan for people, in the signs that they know from Terraform: `+` adds, `~` changes, `-` removes.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use lambda_codesign_aws::config::Wanted;
use lambda_codesign_aws::enforce::{Aside, ConfigChange, Origin, Plan, Step};
use lambda_codesign_aws::name::{ConfigArn, FunctionArn};

use super::Case;
use crate::fault::escaped;
use crate::output::Output;
use crate::render::human::{BAD, GOOD, styled};

const CHANGED: Style = AnsiColor::Yellow.on_default().bold();

pub(super) fn plan(case: &Case, plan: &Plan, output: &mut Output) {
    for step in plan.steps() {
        let mut text = String::new();
        block(step, plan, &mut text);
        output.text(&text);
    }
    let mut text = String::new();
    foot(case, plan, &mut text);
    output.note(&text);
}

/// How many steps add, change and remove something.
pub(super) struct Counts {
    pub(super) add: usize,
    pub(super) change: usize,
    pub(super) remove: usize,
}

impl Counts {
    pub(super) fn of(plan: &Plan) -> Self {
        let mut counts = Self { add: 0, change: 0, remove: 0 };
        for step in plan.steps() {
            let count = match Sign::of(step) {
                Sign::Add => &mut counts.add,
                Sign::Change => &mut counts.change,
                Sign::Remove => &mut counts.remove,
            };
            *count += 1;
        }
        counts
    }
}

enum Sign {
    Add,
    Change,
    Remove,
}

impl Sign {
    const fn of(step: &Step) -> Self {
        match step {
            Step::Create { .. } | Step::Attach { from: None, .. } => Self::Add,
            Step::Attach { from: Some(_), .. } | Step::Update(_) | Step::Tag { .. } => Self::Change,
            Step::Detach { .. } | Step::Delete { .. } => Self::Remove,
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Add => styled("+", GOOD),
            Self::Change => styled("~", CHANGED),
            Self::Remove => styled("-", BAD),
        }
    }
}

/// The id of a config, which is what differs between their ARNs.
fn id(arn: &ConfigArn) -> &str {
    arn.as_str().rsplit(':').next().unwrap_or_default()
}

/// A step in words, to go after "could not".
pub(super) fn words(step: &Step) -> String {
    match step {
        Step::Create { name, .. } => format!("create config {name}"),
        Step::Attach { function, to, .. } => {
            format!("attach config {} to {}", to.name(), function.name().as_str())
        }
        Step::Update(change) => format!("change config {} ({})", change.name, id(&change.before.arn)),
        Step::Tag { name, arn, .. } => format!("tag config {name} ({})", id(arn)),
        Step::Detach { function, from } => {
            format!("take config {} off {}", id(from), function.name().as_str())
        }
        Step::Delete { name, arn } => format!("delete config {name} ({})", id(arn)),
    }
}

/// A step with what it changes. Writing to a string does not fail.
fn block(step: &Step, plan: &Plan, text: &mut String) {
    let sign = Sign::of(step).shown();
    let weaker = |function: &FunctionArn| {
        let is_weaker = plan.weaker().iter().any(|it| it.function == *function);
        if is_weaker { format!("  {}", styled("weaker", BAD)) } else { String::new() }
    };
    let _ = match step {
        Step::Create { name, wanted, origin, .. } => {
            let _ = writeln!(text, "  {sign} config {name}{}", why(origin));
            created(wanted, text)
        }
        Step::Attach { function, from: None, to } => {
            writeln!(
                text,
                "  {sign} function {}  config {}{}",
                function.name().as_str(),
                to.name(),
                weaker(function)
            )
        }
        Step::Attach { function, from: Some(from), to } => {
            let (name, to) = (function.name().as_str(), to.name());
            writeln!(text, "  {sign} function {name}  config {} -> {to}{}", id(from), weaker(function))
        }
        Step::Update(change) => {
            let _ = writeln!(text, "  {sign} config {} ({})", change.name, id(&change.before.arn));
            changed(change, text)
        }
        Step::Tag { name, arn, tags } => {
            let _ = writeln!(text, "  {sign} config {name} ({})", id(arn));
            tags.iter().try_for_each(|(key, value)| {
                writeln!(text, "      tag {} = {}", escaped(key), escaped(value))
            })
        }
        Step::Detach { function, from } => {
            writeln!(
                text,
                "  {sign} function {}  config {}{}",
                function.name().as_str(),
                id(from),
                weaker(function)
            )
        }
        Step::Delete { name, arn } => writeln!(text, "  {sign} config {name} ({})", id(arn)),
    };
}

/// Why a config is made where there is one of its name.
fn why(origin: &Origin) -> String {
    match origin {
        Origin::New => String::new(),
        Origin::Shared { instead_of, with } => {
            let names: Vec<&str> = with.iter().map(|it| it.name().as_str()).collect();
            format!(", since functions outside the file have {}: {}", id(instead_of), names.join(", "))
        }
        Origin::Safer { instead_of } => {
            format!(", since changing {} would leave a function weaker for a while", id(instead_of))
        }
    }
}

fn created(wanted: &Wanted, text: &mut String) -> std::fmt::Result {
    writeln!(text, "      mode {}", wanted.mode.as_str())?;
    if !wanted.description.is_empty() {
        writeln!(text, "      description {}", escaped(&wanted.description))?;
    }
    wanted
        .publishers
        .iter()
        .try_for_each(|publisher| writeln!(text, "      publisher {}", escaped(publisher)))
}

fn changed(change: &ConfigChange, text: &mut String) -> std::fmt::Result {
    let ConfigChange { before, wanted, .. } = change;
    if before.mode != wanted.mode {
        writeln!(text, "      mode {} -> {}", before.mode.as_str(), wanted.mode.as_str())?;
    }
    if before.description != wanted.description {
        let (from, to) = (escaped(&before.description), escaped(&wanted.description));
        writeln!(text, "      description {from:?} -> {to:?}")?;
    }
    let (had, has): (BTreeSet<_>, BTreeSet<_>) =
        (before.publishers.iter().collect(), wanted.publishers.iter().collect());
    for publisher in has.difference(&had) {
        writeln!(text, "      {} publisher {}", styled("+", GOOD), escaped(publisher))?;
    }
    for publisher in had.difference(&has) {
        writeln!(text, "      {} publisher {}", styled("-", BAD), escaped(publisher))?;
    }
    Ok(())
}

fn foot(case: &Case, plan: &Plan, text: &mut String) {
    for resolution in plan.resolutions() {
        let _ = writeln!(text, "{} stands for {}", resolution.pattern, resolution.publishers.join(", "));
    }
    let aside = |is: fn(&Aside) -> bool| plan.aside().iter().filter(|aside| is(aside)).count();
    let configs = aside(|it| matches!(it, Aside::Config(_) | Aside::Kept { .. }));
    let functions = aside(|it| matches!(it, Aside::Unmanaged(_) | Aside::Unmentioned(_)));
    let images = aside(|it| matches!(it, Aside::Image(_)));
    let _ = writeln!(
        text,
        "Not managed: {configs} configs, {functions} functions, and {images} images, to which code signing does not apply."
    );
    let Counts { add, change, remove } = Counts::of(plan);
    let _ = if plan.is_empty() {
        writeln!(text, "No difference: {}.", case.name())
    } else {
        writeln!(text, "Plan: {add} to add, {change} to change, {remove} to remove: {}.", case.name())
    };
    if !plan.weaker().is_empty() {
        let _ = writeln!(text, "Weaker than before: {} functions.", plan.weaker().len());
    }
}
