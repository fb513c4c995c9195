//! Every call cut, dropped and killed in turn: never a second job, never an unverified package.

use lambda_codesign_aws::signing::{Signed, SigningError, Unsigned};
use lambda_codesign_core::verdict::Status;
use lambda_codesign_sandbox::{Faults, Options};

use crate::stand::{QUIET, Stand, package};

/// How many calls one run makes, from the profile to the package.
async fn calls() -> u64 {
    let stand = Stand::with(Options::default(), 1).await;
    stand.sandbox.set_faults(Faults::default());
    stand.sign(&package("print('counted')")).await.unwrap();
    stand.sandbox.requests_met()
}

/// That what came out is signed, and by the one job that there is.
async fn holds(stand: &Stand, signed: &Signed, cut: &str) {
    assert_eq!(signed.verdict().status(), Status::Valid, "{cut}");
    assert_eq!(stand.jobs().await, [signed.job().id()], "{cut}");
}

/// Meets one fault, then runs again without.
async fn cut(attempts: u32, faults: Faults, name: &str) -> Result<Signed, SigningError> {
    let stand = Stand::with(Options::default(), attempts).await;
    let package = package(name);
    stand.sandbox.set_faults(faults);
    let desk = stand.desk_of(crate::stand::PROFILE, crate::stand::BUCKET).await;
    let first = match desk {
        Ok(desk) => desk.sign(&stand.connection, &package, QUIET).await,
        Err(error) => Err(error),
    };
    stand.sandbox.set_faults(Faults::default());
    if let Ok(signed) = &first {
        holds(&stand, signed, name).await;
    }
    holds(&stand, &stand.sign(&package).await.unwrap(), name).await;
    first
}

#[tokio::test]
async fn a_cut_call_starts_no_second_job() {
    let calls = calls().await;
    assert!((6..12).contains(&calls), "{calls}");
    let mut failed = 0;
    for call in 0..calls {
        for (faults, name) in [
            (Faults { drop_request: Some(call), ..Faults::default() }, format!("print('dropped {call}')")),
            (Faults { cut_request: Some(call), ..Faults::default() }, format!("print('cut {call}')")),
        ] {
            // Once with nothing that tries again, once as the command line does.
            failed += u64::from(cut(1, faults.clone(), &name).await.is_err());
            assert!(cut(8, faults, &name).await.is_ok(), "{name}");
        }
    }
    // The looks at what lies in the bucket already may fail without harm.
    assert!(failed >= calls, "{failed} of {calls}");
}

#[tokio::test]
async fn a_run_that_is_killed_at_any_call_is_finished_by_the_next() {
    for call in 1..=calls().await {
        let stand = Stand::with(Options::default(), 1).await;
        let package: Unsigned = package(&format!("print('killed {call}')"));
        stand.sandbox.set_faults(Faults::default());
        let reached = async {
            while stand.sandbox.requests_met() < call {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            () = reached => {}
            _done = stand.sign(&package) => {}
        }
        holds(&stand, &stand.sign(&package).await.unwrap(), "killed").await;
    }
}

#[tokio::test]
async fn throttling_of_a_third_of_all_calls_is_lived_with() {
    let stand = Stand::new().await;
    for seed in 0..10 {
        let package = package(&format!("print('throttled {seed}')"));
        stand.sandbox.set_faults(Faults { seed, throttle: 30, ..Faults::default() });
        let signed = stand.sign(&package).await.unwrap();
        assert_eq!(signed.verdict().status(), Status::Valid);
    }
    stand.sandbox.set_faults(Faults::default());
    assert_eq!(stand.jobs().await.len(), 10);
}

#[tokio::test]
async fn many_that_sign_the_same_at_once_start_one_job() {
    let stand = Stand::new().await;
    let package = package("print('at once')");
    let (one, two, three) = tokio::join!(stand.sign(&package), stand.sign(&package), stand.sign(&package));
    for signed in [one, two, three] {
        holds(&stand, &signed.unwrap(), "at once").await;
    }
}
