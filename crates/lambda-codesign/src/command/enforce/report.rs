//! `enforce` for machines.

use std::collections::BTreeMap;

use lambda_codesign_aws::config::Wanted;
use lambda_codesign_aws::enforce::{
    Aside, ConfigChange, Forecast, Here, Origin, Outcome, Piece, Plan, Reason, Ruling, Step, Strength,
};
use lambda_codesign_core::report::PolicyFileReport;
use serde::Serialize;
use serde_json::{Value, json};

use super::Case;
use super::show::Counts;

/// Whether the plan was carried out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Applied {
    Yes,
    No,
}

#[derive(Serialize)]
pub(super) struct Document<'a> {
    schema: &'static str,
    account: &'a str,
    region: &'a str,
    policy_file: PolicyFileReport,
    #[serde(flatten)]
    body: Body,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Body {
    Plan {
        applied: bool,
        summary: Value,
        steps: Vec<Value>,
        weaker: Vec<Value>,
        not_managed: Vec<Value>,
        patterns: Value,
    },
    Simulation {
        summary: Value,
        functions: Vec<Value>,
    },
}

fn document<'a>(case: &'a Case, schema: &'static str, body: Body) -> Document<'a> {
    let Here { region, account } = &case.state.here;
    let policy_file = case.policy.report_all();
    Document { schema, account: account.as_str(), region: region.as_str(), policy_file, body }
}

pub(super) fn plan<'a>(case: &'a Case, plan: &Plan, applied: Applied) -> Document<'a> {
    let Counts { add, change, remove } = Counts::of(plan);
    let weaker = plan.weaker().iter().map(|it| {
        json!({"function": it.function.as_str(), "before": strength(&it.before), "wanted": strength(&it.wanted)})
    });
    let patterns: BTreeMap<&str, &[String]> =
        plan.resolutions().iter().map(|it| (it.pattern.as_str(), it.publishers.as_slice())).collect();
    let body = Body::Plan {
        applied: applied == Applied::Yes,
        summary: json!({"add": add, "change": change, "remove": remove, "weaker": plan.weaker().len()}),
        steps: plan.steps().iter().map(step).collect(),
        weaker: weaker.collect(),
        not_managed: plan.aside().iter().map(aside).collect(),
        patterns: json!(patterns),
    };
    document(case, "lambda-codesign/enforce-plan/v1", body)
}

fn strength(strength: &Strength) -> Value {
    match strength {
        Strength::Unguarded => Value::Null,
        Strength::Guarded { mode, publishers } => json!({"mode": mode.as_str(), "publishers": publishers}),
    }
}

fn step(step: &Step) -> Value {
    match step {
        Step::Create { name, wanted, tags, origin } => json!({
            "action": "create-config", "config": name.as_str(), "wanted": said(wanted), "tags": tags,
            "instead_of": instead_of(origin),
        }),
        Step::Attach { function, from, to } => json!({
            "action": "attach", "function": function.as_str(), "config": to.name().as_str(),
            "from": from.as_ref().map(|arn| arn.as_str()),
        }),
        Step::Update(change) => {
            let ConfigChange { name, before, wanted } = &**change;
            let was = Wanted {
                description: before.description.clone(),
                publishers: before.publishers.clone(),
                mode: before.mode,
            };
            json!({
                "action": "update-config", "config": name.as_str(), "arn": before.arn.as_str(),
                "before": said(&was), "wanted": said(wanted),
            })
        }
        Step::Tag { name, arn, tags } => {
            json!({"action": "tag-config", "config": name.as_str(), "arn": arn.as_str(), "tags": tags})
        }
        Step::Detach { function, from } => {
            json!({"action": "detach", "function": function.as_str(), "from": from.as_str()})
        }
        Step::Delete { name, arn } => {
            json!({"action": "delete-config", "config": name.as_str(), "arn": arn.as_str()})
        }
    }
}

fn said(wanted: &Wanted) -> Value {
    let Wanted { description, publishers, mode } = wanted;
    json!({"mode": mode.as_str(), "description": description, "publishers": publishers})
}

fn instead_of(origin: &Origin) -> Value {
    match origin {
        Origin::New => Value::Null,
        Origin::Shared { instead_of, with } => {
            let with: Vec<&str> = with.iter().map(|function| function.as_str()).collect();
            json!({"arn": instead_of.as_str(), "reason": "shared", "with": with})
        }
        Origin::Safer { instead_of } => json!({"arn": instead_of.as_str(), "reason": "safer"}),
    }
}

fn aside(aside: &Aside) -> Value {
    match aside {
        Aside::Config(arn) => json!({"kind": "config", "arn": arn.as_str()}),
        Aside::Kept { name, arn, with } => {
            let with: Vec<&str> = with.iter().map(|function| function.as_str()).collect();
            json!({"kind": "kept-config", "config": name.as_str(), "arn": arn.as_str(), "with": with})
        }
        Aside::Unmanaged(arn) => json!({"kind": "unmanaged", "arn": arn.as_str()}),
        Aside::Unmentioned(arn) => json!({"kind": "unmentioned", "arn": arn.as_str()}),
        Aside::Image(arn) => json!({"kind": "image", "arn": arn.as_str()}),
    }
}

pub(super) fn simulation<'a>(case: &'a Case, forecasts: &[Forecast]) -> Document<'a> {
    let count = |is: fn(&Forecast) -> bool| forecasts.iter().filter(|forecast| is(forecast)).count();
    let (refused, unknown) = (count(Forecast::is_refused), count(Forecast::is_unknown));
    let body = Body::Simulation {
        summary: json!({"refused": refused, "unknown": unknown, "taken": forecasts.len() - refused - unknown}),
        functions: forecasts.iter().map(forecast).collect(),
    };
    document(case, "lambda-codesign/enforce-simulate/v1", body)
}

fn forecast(forecast: &Forecast) -> Value {
    let outcome = match (forecast.is_refused(), forecast.is_unknown()) {
        (true, _) => "refused",
        (false, true) => "unknown",
        (false, false) => "taken",
    };
    json!({
        "function": forecast.function.as_str(), "config": forecast.config.as_str(), "outcome": outcome,
        "pieces": forecast.pieces.iter().map(ruling).collect::<Vec<_>>(),
    })
}

fn ruling(ruling: &Ruling) -> Value {
    let (outcome, code, message) = match &ruling.outcome {
        Outcome::Taken => ("taken", None, None),
        Outcome::Refused(reason) => ("refused", Some(word(reason)), Some(reason.to_string())),
        Outcome::Unknown(doubt) => ("unknown", None, Some(doubt.to_string())),
    };
    let layer = match &ruling.piece {
        Piece::Package => None,
        Piece::Layer(arn) => Some(arn.as_str()),
    };
    json!({
        "layer": layer, "publisher": ruling.publisher.as_ref().map(|arn| arn.as_str()),
        "outcome": outcome, "code": code, "message": message,
    })
}

/// The code of docs/checks.md that says the same of code.
const fn word(reason: &Reason) -> &'static str {
    match reason {
        Reason::Unsigned => "unsigned",
        Reason::NotListed => "publisher-not-allowed",
        Reason::Expired(_) => "expired",
        Reason::RevokedJob => "revoked-signature",
        Reason::RevokedProfile(_) => "revoked-profile",
        Reason::Code { code, .. } => code,
    }
}
