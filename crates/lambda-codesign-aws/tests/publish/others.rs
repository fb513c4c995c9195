//! Somebody else deploys between any two calls: what they deployed is never lost.

use std::cell::Cell;

use lambda_codesign_aws::publish::{DeployError, PublishError, VersionError};
use lambda_codesign_core::digest::CodeSha256;
use lambda_codesign_sandbox::Faults;

use crate::faults::{Case, calls};
use crate::stand::FUNCTION;

/// What publishing came to, when somebody else deployed after so many calls, or when it had ended before.
async fn beside(case: &Case, call: u64, faults: Faults) -> Result<(), PublishError> {
    case.stand.sandbox.set_faults(faults);
    let has_ended = Cell::new(false);
    let publishes = async {
        let ours = case.publish().await;
        has_ended.set(true);
        ours
    };
    let deploys = async {
        while case.stand.sandbox.requests_met() < call && !has_ended.get() {
            tokio::task::yield_now().await;
        }
        case.stand.deploys_other(case.theirs.clone()).await;
    };
    let (ours, ()) = tokio::join!(publishes, deploys);
    ours.map(drop)
}

/// The jobs whose code was deployed, in their order.
fn deployed(case: &Case) -> Vec<String> {
    let judged = case.stand.sandbox.judgements();
    let taken = judged.into_iter().filter(|record| record.error_code.is_none());
    taken
        .filter(|record| record.event_name == "UpdateFunctionCode20150331v2")
        .filter_map(|record| record.additional_event_data?.signing_job_arn)
        .collect()
}

#[tokio::test]
async fn a_deployment_between_any_two_calls_is_not_lost() {
    let (mut overtaken, mut published) = (0, 0);
    for call in 0..=calls().await {
        let case = Case::new(1).await;
        let what = format!("somebody else at call {call}");
        let ours = beside(&case, call, Faults::default()).await;
        case.holds(&what).await;
        let (latest, order) = (case.stand.latest().await, deployed(&case));
        // Once the function was read, nobody's later deployment is followed by ours.
        if call >= 2 {
            assert_eq!(latest.code_sha256, Some(CodeSha256::of(&case.theirs)), "{what}: {ours:?}");
        }
        assert_eq!(latest.signature.map(|shown| shown.job.to_string()).as_ref(), order.last(), "{what}");
        match ours {
            Ok(()) => published += 1,
            Err(
                PublishError::Deploy(DeployError::Overtaken) | PublishError::Version(VersionError::Overtaken),
            ) => overtaken += 1,
            Err(other) => unreachable!("{what}: {other}"),
        }
        case.ends(&what).await;
    }
    assert!(overtaken >= 4 && published >= 2, "{overtaken} overtaken, {published} published");
}

/// That what must never be is not, when somebody else deploys after so many calls under these faults.
async fn holds_beside(attempts: u32, call: u64, faults: Faults, what: &str) {
    let case = Case::new(attempts).await;
    let ours = beside(&case, call, faults).await;
    case.holds(what).await;
    let hashes = [CodeSha256::of(&case.package), CodeSha256::of(&case.theirs)].map(Some);
    let latest = case.stand.latest().await;
    assert!(hashes.contains(&latest.code_sha256), "{what}: {ours:?}");
    assert_eq!(
        latest.signature.map(|shown| shown.job.to_string()).as_ref(),
        deployed(&case).last(),
        "{what}"
    );
    // Once the function was read, nobody's later deployment is followed by ours.
    if call >= 2 && attempts == 1 {
        assert_eq!(latest.code_sha256, hashes[1], "{what}: {ours:?}");
    }
    case.ends(what).await;
}

#[tokio::test]
async fn a_deployment_at_any_time_beside_any_cut_is_not_lost() {
    let calls = calls().await;
    for call in 0..=calls {
        for cut in 0..calls {
            let faults = match (call + cut) % 2 {
                0 => Faults { drop_request: Some(cut), ..Faults::default() },
                _ => Faults { cut_request: Some(cut), ..Faults::default() },
            };
            holds_beside(1, call, faults, &format!("call {cut} cut, somebody else at {call}")).await;
        }
    }
}

#[tokio::test]
async fn a_deployment_at_any_time_under_faults_is_not_lost() {
    let calls = calls().await;
    for seed in 0..24 {
        let faults = Faults { seed, throttle: 30, cut: 5, cut_after: 5, ..Faults::default() };
        holds_beside(8, (seed * 7) % (calls + 6), faults, &format!("seed {seed}")).await;
    }
}

/// Two runs of the same package at once: what one is told the other did is no harm.
#[tokio::test]
async fn two_runs_at_once_make_one_version() {
    for _ in 0..5 {
        let case = Case::new(8).await;
        let (one, other) = tokio::join!(case.publish(), case.publish());
        for ended in [one, other] {
            let is_told = |error: PublishError| error.to_string().contains("somebody else");
            assert!(ended.map_or_else(is_told, |_| true));
        }
        case.ends("two at once").await;
    }
}

#[tokio::test]
async fn an_alias_that_somebody_else_moved_is_left_there() {
    let case = Case::new(8).await;
    let journal = lambda_codesign_aws::publish::Journal::default();
    let publishing = case.stand.publishing(&journal);
    let target = publishing.find(&FUNCTION.parse().unwrap(), crate::stand::alias()).await.unwrap();
    // They point it to $LATEST's first version again, which changes its revision alone.
    let moved = case.stand.admin.lambda.update_alias().function_name(FUNCTION).name(crate::stand::ALIAS);
    moved.function_version("1").description("theirs").send().await.unwrap();
    let error = publishing.function(&target, &case.package, &case.rules).await.unwrap_err();
    assert!(error.to_string().contains("somebody else moved the alias live meanwhile"), "{error}");
    assert_eq!(case.stand.shown(Some(crate::stand::ALIAS)).await.version, "1");
    assert_eq!(journal.to_string(), "$LATEST has the package; version 2 is published");
    case.ends("the next run").await;
}
