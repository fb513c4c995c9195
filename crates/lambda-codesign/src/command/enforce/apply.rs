//! `enforce apply`.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use lambda_codesign_aws::enforce::{ApplyError, Applying, Journal, Plan, Weaker};

use super::{Case, report, show};
use crate::cli::{Format, Global};
use crate::fault::{Exit, Fault};
use crate::output::Output;

/// How long one step is tried.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the caller allows.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    consent: Consent,
    weaker: Weaker,
}

/// Whether somebody is asked before anything is changed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Consent {
    Given,
    Sought,
}

impl Asked {
    pub(super) const fn of(yes: bool, allow_weaker: bool) -> Self {
        Self {
            consent: if yes { Consent::Given } else { Consent::Sought },
            weaker: if allow_weaker { Weaker::Allowed } else { Weaker::Refused },
        }
    }

    /// That somebody can be asked, where that is to be done.
    pub(super) fn check(self, format: Format) -> Result<(), Fault> {
        let can_ask = format == Format::Human && io::stdin().is_terminal();
        if self.consent == Consent::Given || can_ask {
            return Ok(());
        }
        Err(Fault::usage(
            "can't ask whether to apply",
            "standard input is no terminal, or JSON is written",
            "look at `enforce plan`, and say --yes",
        ))
    }
}

pub(super) fn run(case: &Case, asked: Asked, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    let plan = case.plan();
    if global.output == Format::Human {
        show::plan(case, &plan, output);
        output.flush();
    }
    weakens(&plan, asked.weaker)?;
    if !plan.is_empty() {
        if asked.consent == Consent::Sought && !is_agreed() {
            return Err(Fault::new(
                "nothing was applied",
                "`yes` was not the answer",
                "look at the plan again",
            ));
        }
        carry_out(case, &plan, asked.weaker)?;
    }
    match global.output {
        Format::Human if plan.is_empty() => {}
        Format::Human => output.note(&format!("Applied: {} steps.\n", plan.steps().len())),
        Format::Json => output.json(&report::plan(case, &plan, report::Applied::Yes)),
    }
    Ok(Exit::Done)
}

/// That nothing gets weaker that may not.
fn weakens(plan: &Plan, weaker: Weaker) -> Result<(), Fault> {
    match (weaker, plan.weaker()) {
        (Weaker::Allowed, _) | (Weaker::Refused, []) => Ok(()),
        (Weaker::Refused, functions) => {
            let names: Vec<&str> = functions.iter().map(|it| it.function.name().as_str()).collect();
            Err(Fault::new(
                "nothing was applied",
                format!("these functions would get weaker: {}", names.join(", ")),
                "mend the file, or say --allow-weaker where that is meant",
            )
            .refused())
        }
    }
}

fn is_agreed() -> bool {
    let mut stderr = anstream::stderr();
    let asked = write!(stderr, "Apply this? Only `yes` is taken: ").and_then(|()| stderr.flush());
    let mut answer = String::new();
    asked.is_ok() && io::stdin().read_line(&mut answer).is_ok() && answer.trim() == "yes"
}

fn carry_out(case: &Case, plan: &Plan, weaker: Weaker) -> Result<(), Fault> {
    let journal = Journal::default();
    let applying = Applying {
        connection: &case.services.connection,
        pace: &case.pace,
        patience: PATIENCE,
        journal: &journal,
    };
    let work = async {
        let done = applying.carry_out(plan, weaker).await;
        done.map_err(|error| match &error {
            ApplyError::Weaker(_) => {
                Fault::new("nothing was applied", &error, "say --allow-weaker").refused()
            }
            ApplyError::Step { step, error } => {
                let what = format!("could not {}; {}", show::words(step), progress(&journal, plan));
                Fault::of(what, error, error.remedy())
            }
        })
    };
    let stopped = || {
        let begun = journal
            .begun()
            .map(|step| format!(", and whether this was done is not known: {}", show::words(&step)));
        let why = format!("{}{}", progress(&journal, plan), begun.unwrap_or_default());
        Fault::new(
            "the plan was not carried out to its end",
            format!("it was interrupted; {why}"),
            "run it again: what is done is not done twice",
        )
    };
    case.services.run(work, stopped)
}

fn progress(journal: &Journal, plan: &Plan) -> String {
    format!("{} of {} steps are done", journal.done().len(), plan.steps().len())
}
