//! `enforce apply`.

use std::time::Duration;

use lambda_codesign_aws::enforce::{ApplyError, Applying, Journal, Plan, Weaker};

use super::{Case, report, show};
use crate::ask::{Consent, ask};
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

impl Asked {
    pub(super) const fn of(yes: bool, allow_weaker: bool) -> Self {
        Self {
            consent: if yes { Consent::Given } else { Consent::Open },
            weaker: if allow_weaker { Weaker::Allowed } else { Weaker::Refused },
        }
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
        ask("the plan", "Apply it?", asked.consent)?;
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
