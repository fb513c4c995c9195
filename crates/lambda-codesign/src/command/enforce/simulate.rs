//! `enforce simulate`.

use std::time::Duration;

use jiff::Timestamp;
use lambda_codesign_aws::enforce::{Depth as By, Doubt, Forecast, Outcome, Piece, Ruling, Simulation};
use lambda_codesign_aws::wait::Deadline;
use lambda_codesign_core::Verifier;
use lambda_codesign_core::policy::{Policy, Publishers};

use super::{Case, interrupted, report};
use crate::aws::service_fault;
use crate::cli::{Format, Global, Verbosity};
use crate::fault::{Exit, Fault, escaped};
use crate::output::Output;
use crate::render::human::{BAD, styled};
use crate::trust::TrustArguments;

/// All code has to arrive in this time.
const PATIENCE: Duration = Duration::from_secs(3600);

/// What is looked at.
pub(super) enum Depth<'a> {
    Arns,
    Code(&'a TrustArguments),
}

impl<'a> Depth<'a> {
    pub(super) const fn of(deep: bool, trust: &'a TrustArguments) -> Self {
        if deep { Self::Code(trust) } else { Self::Arns }
    }

    fn verifier(&self, case: &Case) -> Result<Option<Verifier>, Fault> {
        match self {
            Self::Arns => Ok(None),
            Self::Code(trust) => {
                let roots = trust.roots_beside(Some(&case.policy))?;
                Ok(Some(Verifier::new(roots, Policy::new(Publishers::Any))))
            }
        }
    }
}

pub(super) fn run(
    case: &Case,
    depth: Depth<'_>,
    global: &Global,
    output: &mut Output,
) -> Result<Exit, Fault> {
    let verifier = depth.verifier(case)?;
    let deadline = Deadline::after(PATIENCE);
    let simulation = Simulation {
        connection: &case.services.connection,
        pace: &case.pace,
        now: Timestamp::now(),
        depth: verifier.as_ref().map_or(By::Arns, |verifier| By::Code { verifier, deadline }),
    };
    let what = "could not judge what is deployed";
    let judging = async {
        let forecasts = simulation.run(&case.state, &case.desired).await;
        forecasts.map_err(|error| service_fault(what, &error))
    };
    let forecasts = case.services.run(judging, || interrupted(what))?;
    match global.output {
        Format::Human => show(case, &forecasts, output),
        Format::Json => output.json(&report::simulation(case, &forecasts)),
    }
    Ok(exit(&forecasts))
}

/// Code that was not looked at is no code that would be taken; expiry and revocation that are not known are as `verify` takes
/// them.
fn exit(forecasts: &[Forecast]) -> Exit {
    let is_unread =
        |ruling: &Ruling| matches!(ruling.outcome, Outcome::Unknown(Doubt::Code(_) | Doubt::Layer(_)));
    if forecasts.iter().flat_map(|forecast| &forecast.pieces).any(is_unread) {
        Exit::NoVerdict
    } else if forecasts.iter().any(Forecast::is_refused) {
        Exit::Blocked
    } else {
        Exit::Done
    }
}

fn show(case: &Case, forecasts: &[Forecast], output: &mut Output) {
    for forecast in forecasts {
        let word = match (forecast.is_refused(), forecast.is_unknown()) {
            (true, _) => styled("refused", BAD),
            (false, true) => "unknown".to_owned(),
            (false, false) if output.verbosity() == Verbosity::Verbose => "taken".to_owned(),
            (false, false) => continue,
        };
        let name = forecast.function.name().as_str();
        output.text(&format!("{word}  {name}  under config {}\n", forecast.config));
        forecast.pieces.iter().filter_map(line).for_each(|line| output.text(&line));
    }
    let count = |is: fn(&Forecast) -> bool| forecasts.iter().filter(|forecast| is(forecast)).count();
    let (refused, unknown) = (count(Forecast::is_refused), count(Forecast::is_unknown));
    let taken = forecasts.len() - refused - unknown;
    let sum = format!("{refused} functions would be refused, {unknown} are unknown, {taken} would be taken");
    output.note(&format!("Enforce by {}: {sum}.\n", case.name()));
}

/// What is to be said of a piece that is not just taken.
fn line(ruling: &Ruling) -> Option<String> {
    let why = match &ruling.outcome {
        Outcome::Taken => return None,
        Outcome::Refused(reason) => format!("refused: {reason}"),
        Outcome::Unknown(doubt) => format!("unknown: {doubt}"),
    };
    let piece = match &ruling.piece {
        Piece::Package => "package".to_owned(),
        Piece::Layer(arn) => format!("layer {arn}"),
    };
    let signer = ruling.publisher.as_ref().map(|arn| format!("\n      signed by {arn}"));
    Some(format!("  {piece}  {}{}\n", escaped(&why), signer.unwrap_or_default()))
}
