//! Plans carried out against the sandbox, with every call lost in turn.

use std::collections::BTreeMap;

use lambda_codesign_aws::config;
use lambda_codesign_aws::enforce::{ApplyError, Applying, Journal, Step, StepError, Strength, Weaker};
use lambda_codesign_aws::name::FunctionArn;
use lambda_codesign_core::policy::Mode;
use lambda_codesign_policy::PolicyFile;
use lambda_codesign_sandbox::Faults;

use crate::stand::{Stand, package};

const PATTERNS: &str = r#"version = 1
[publishers]
release = ["arn:aws:signer:*:123456789012:/signing-profiles/release/*"]
vendor = ["arn:aws:signer:*:123456789012:/signing-profiles/vendor/*"]
"#;

const FILE: &str = r#"
[[config]]
name = "pay"
mode = "enforce"
publishers = ["release"]
[[config]]
name = "rest"
mode = "warn"
publishers = ["release", "vendor"]
[[config]]
name = "swap"
mode = "enforce"
publishers = ["vendor"]
[[attachment]]
functions = ["f*"]
config = "rest"
[[attachment]]
functions = ["pay-*"]
config = "pay"
[[attachment]]
functions = ["swap-*"]
config = "swap"
"#;

fn file() -> PolicyFile {
    PolicyFile::parse(&format!("{PATTERNS}{FILE}")).unwrap()
}

/// An account in which every kind of step is to be taken.
async fn stand(attempts: u32) -> Stand {
    let stand = Stand::new(attempts, &["release", "vendor"]).await;
    let pay = stand.config(Some("pay"), &["release"], Mode::Warn).await;
    let swap = stand.config(Some("swap"), &["release"], Mode::Enforce).await;
    let gone = stand.config(Some("gone"), &["release"], Mode::Warn).await;
    let theirs = stand.config(None, &["vendor"], Mode::Warn).await;
    let code = package("print(1)");
    for (name, config) in [("pay-a", None), ("pay-b", Some(&pay)), ("swap-a", None), ("f1", None)] {
        stand.function(name, &code, config, &[]).await;
    }
    for (name, config) in [("old", &gone), ("f2", &theirs)] {
        stand.function(name, &code, Some(config), &[]).await;
    }
    // Enforce refuses the unsigned code that attaching does not look at.
    for name in ["f0", "swap-b"] {
        stand.function(name, &code, None, &[]).await;
        config::attach(&stand.admin.lambda, name, &swap.arn).await.unwrap();
    }
    stand.sandbox.set_faults(Faults::default());
    stand
}

/// What guards each function, its publishers without their versions, which differ from sandbox to sandbox.
async fn strengths(stand: &Stand) -> BTreeMap<FunctionArn, Strength> {
    let state = stand.state(&stand.admin).await;
    let strength = |function| match state.config_of(function).map(|live| Strength::of(&live.config)) {
        None | Some(Strength::Unguarded) => Strength::Unguarded,
        Some(Strength::Guarded { mode, publishers }) => {
            let named = publishers.iter().map(|arn| arn.rsplit_once('/').unwrap().0.to_owned());
            Strength::Guarded { mode, publishers: named.collect() }
        }
    };
    state.functions.keys().map(|function| (function.clone(), strength(function))).collect()
}

/// Takes a run that was ended somewhere to its end, and looks that it did no harm.
struct Watch {
    before: BTreeMap<FunctionArn, Strength>,
    wanted: BTreeMap<FunctionArn, Strength>,
}

impl Watch {
    async fn new() -> Self {
        let stand = stand(8).await;
        let before = strengths(&stand).await;
        stand.apply(&file()).await.unwrap();
        Self { before, wanted: strengths(&stand).await }
    }

    async fn ends(&self, stand: &Stand, what: &str) {
        stand.sandbox.set_faults(Faults::default());
        for (function, now) in strengths(stand).await {
            let (before, wanted) = (&self.before[&function], &self.wanted[&function]);
            assert!(now.may_stand_between(before, wanted), "{what}: {function} is {now:?}");
        }
        stand.apply(&file()).await.unwrap_or_else(|error| unreachable!("{what}: {error}"));
        assert_eq!(strengths(stand).await, self.wanted, "{what}");
        assert_eq!(stand.plan(&file()).await.steps(), [], "{what}");
        // Those of the file and that of others: none was made twice and left.
        assert_eq!(stand.state(&stand.admin).await.configs.len(), 4, "{what}");
    }
}

/// How many calls a run makes.
async fn calls() -> u64 {
    let stand = stand(1).await;
    stand.apply(&file()).await.unwrap();
    stand.sandbox.requests_met()
}

#[tokio::test]
async fn an_account_becomes_what_the_file_says() {
    let stand = stand(8).await;
    assert_eq!(stand.connection.account().await.unwrap().as_str(), crate::model::ACCOUNT);
    let plan = stand.plan(&file()).await;
    let journal = Journal::default();
    let applying = Applying {
        connection: &stand.connection,
        pace: &stand.pace,
        patience: std::time::Duration::from_secs(5),
        journal: &journal,
    };
    let refused = applying.carry_out(&plan, Weaker::Refused).await.unwrap_err();
    let ApplyError::Weaker(weaker) = &refused else { unreachable!("{refused}") };
    let names: Vec<&str> = weaker.iter().map(|it| it.function.name().as_str()).collect();
    // From Enforce to Warn, to more publishers, to another publisher, to none.
    assert_eq!(names, ["f0", "f2", "swap-b", "old"]);
    assert_eq!((journal.done(), journal.begun()), (vec![], None));
    applying.carry_out(&plan, Weaker::Allowed).await.unwrap();
    assert_eq!((journal.done().as_slice(), journal.begun()), (plan.steps(), None));
    let again = stand.plan(&file()).await;
    assert!(again.is_empty(), "{:?}", again.steps());
}

#[tokio::test]
async fn a_call_that_is_lost_or_unanswered_leaves_nothing_weaker_and_is_made_up_for() {
    let (watch, calls) = (Watch::new().await, calls().await);
    let mut failed = 0;
    for attempts in [1, 8] {
        // What the SDK repeats itself is the same for every call, so a few of them stand for all.
        for call in (0..calls).step_by(if attempts == 1 { 1 } else { 5 }) {
            for faults in [
                Faults { drop_request: Some(call), ..Faults::default() },
                Faults { cut_request: Some(call), ..Faults::default() },
            ] {
                let stand = stand(attempts).await;
                stand.sandbox.set_faults(faults.clone());
                let first = stand.apply(&file()).await;
                assert!(attempts == 1 || first.is_ok(), "{faults:?}: {first:?}");
                failed += u64::from(first.is_err());
                watch.ends(&stand, &format!("{faults:?}, {attempts} attempts")).await;
            }
        }
    }
    // A look that nothing repeats ends the run, and every step is repeated.
    assert!(failed > 10 && failed < calls * 2, "{failed} of {calls}");
}

#[tokio::test]
async fn a_run_that_is_killed_at_any_call_is_finished_by_the_next() {
    let watch = Watch::new().await;
    for call in 1..=calls().await {
        let stand = stand(1).await;
        tokio::select! {
            biased;
            () = async { while stand.sandbox.requests_met() < call { tokio::task::yield_now().await } } => {}
            _done = async { stand.apply(&file()).await } => {}
        }
        watch.ends(&stand, &format!("killed at {call}")).await;
    }
}

#[tokio::test]
async fn throttling_and_errors_are_lived_with() {
    let watch = Watch::new().await;
    for seed in 0..6 {
        let stand = stand(8).await;
        stand.sandbox.set_faults(Faults {
            seed,
            throttle: 20,
            error: 5,
            cut_after: 5,
            cut: 5,
            ..Faults::default()
        });
        stand.apply(&file()).await.unwrap_or_else(|error| unreachable!("{seed}: {error}"));
        watch.ends(&stand, &format!("seed {seed}")).await;
    }
}

#[tokio::test]
async fn a_config_that_somebody_else_took_meanwhile_is_not_edited() {
    let stand = stand(8).await;
    let plan = stand.plan(&file()).await;
    let arn = plan.steps().iter().find_map(|step| {
        if let Step::Update(change) = step { Some(change.before.arn.clone()) } else { None }
    });
    stand.function("late", &package("print(2)"), None, &[]).await;
    config::attach(&stand.admin.lambda, "late", &arn.unwrap()).await.unwrap();
    let error = stand.carry_out(&plan).await.unwrap_err();
    assert!(
        matches!(&error, ApplyError::Step { error: StepError::Shared { function }, .. } if function.name().as_str() == "late"),
        "{error}"
    );
    stand.apply(&file()).await.unwrap();
    assert!(stand.plan(&file()).await.is_empty());
}
