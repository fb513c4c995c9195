//! What is said of Enforce beforehand is what the sandbox then answers.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_lambda::primitives::Blob;
use fastrand::Rng;
use jiff::{Span, Timestamp};
use lambda_codesign_aws::config::{self, Wanted};
use lambda_codesign_aws::enforce::{
    Depth, Desired, Doubt, Forecast, Outcome, Piece, Reason, Simulation, State,
};
use lambda_codesign_aws::wait::Deadline;
use lambda_codesign_core::Verifier;
use lambda_codesign_core::policy::{Mode, Policy, Publishers};
use lambda_codesign_policy::PolicyFile;

use crate::stand::{Stand, package, roots};

const FILE: &str = r#"version = 1
[publishers]
release = ["arn:aws:signer:*:123456789012:/signing-profiles/release/*"]
vendor = ["arn:aws:signer:*:123456789012:/signing-profiles/vendor/*"]
[[config]]
name = "narrow"
mode = "warn"
publishers = ["release"]
[[config]]
name = "wide"
mode = "warn"
publishers = ["release", "vendor"]
[[attachment]]
functions = ["narrow-*"]
config = "narrow"
[[attachment]]
functions = ["wide-*"]
config = "wide"
"#;

/// Which kind of code, and its bytes.
async fn codes(stand: &Stand) -> Vec<(&'static str, Vec<u8>)> {
    let mut codes = vec![("unsigned", package("print(0)"))];
    for (what, profile) in [
        ("release", "release"),
        ("vendor", "vendor"),
        ("other", "other"),
        ("job", "release"),
        ("profile", "withdrawn"),
    ] {
        codes.push((what, stand.signed(profile, &format!("print('{what}')")).await));
    }
    let mut changed = codes[1].1.clone();
    let place = changed.windows(7).position(|bytes| bytes == b"release").unwrap();
    changed[place] ^= 1;
    codes.push(("changed", changed));
    codes
}

/// Functions of any code with any layers, and after that a signature and a profile that are revoked.
async fn stand(seed: u64) -> (Stand, BTreeMap<String, (Vec<u8>, Vec<String>)>) {
    let mut rng = Rng::with_seed(seed);
    let stand = Stand::new(8, &["release", "vendor", "other", "withdrawn"]).await;
    let codes = codes(&stand).await;
    let mut layers = Vec::new();
    for (what, bytes) in &codes {
        layers.push(stand.layer(what, bytes.clone()).await);
    }
    let mut functions = BTreeMap::new();
    for number in 0..30 {
        let name = format!("{}-{number}", if rng.bool() { "narrow" } else { "wide" });
        // Mostly what is taken, so that one layer decides.
        let code = if rng.bool() { 1 } else { rng.usize(0..codes.len()) };
        let mut with: Vec<String> =
            (0..rng.usize(0..3)).map(|_| rng.choice(&layers[1..4]).unwrap().clone()).collect();
        if rng.u8(0..5) == 0 {
            with.push(rng.choice(&layers).unwrap().clone());
        }
        with.sort();
        with.dedup();
        stand.function(&name, &codes[code].1, None, &with).await;
        functions.insert(name, (codes[code].1.clone(), with));
    }
    revoke(&stand, &layers[4]).await;
    (stand, functions)
}

async fn revoke(stand: &Stand, layer: &str) {
    let shown = stand.admin.lambda.get_layer_version_by_arn().arn(layer).send().await.unwrap();
    let job = shown.content.unwrap().signing_job_arn.unwrap();
    let request = stand.admin.signer.revoke_signature().job_id(job.rsplit('/').next().unwrap());
    request.reason("lost").send().await.unwrap();
    let publisher = stand.publisher("withdrawn").await;
    let earlier = aws_sdk_lambda::primitives::DateTime::from_secs(1);
    let request = stand.admin.signer.revoke_signing_profile().profile_name("withdrawn");
    let request = request.profile_version(publisher.rsplit('/').next().unwrap());
    request.reason("lost").effective_time(earlier).send().await.unwrap();
}

async fn simulate(stand: &Stand, depth: Depth<'_>, now: Timestamp) -> (State, Desired, Vec<Forecast>) {
    let state = stand.state(&stand.admin).await;
    let desired = Desired::of(&PolicyFile::parse(FILE).unwrap(), &state).unwrap();
    let simulation = Simulation { connection: &stand.connection, pace: &stand.pace, now, depth };
    let forecasts = simulation.run(&state, &desired).await.unwrap();
    (state, desired, forecasts)
}

/// Whether the sandbox takes package and layers of a function under this config in Enforce.
async fn answers(stand: &Stand, name: &str, wanted: &Wanted, code: &[u8], layers: &[String]) -> (bool, bool) {
    let lambda = &stand.admin.lambda;
    let wanted = Wanted { mode: Mode::Enforce, ..wanted.clone() };
    let config = config::create(lambda, &wanted, &BTreeMap::new()).await.unwrap();
    let bare = lambda.update_function_configuration().function_name(name);
    bare.set_layers(Some(Vec::new())).send().await.unwrap();
    config::attach(lambda, name, &config.arn).await.unwrap();
    let request = lambda.update_function_code().function_name(name).zip_file(Blob::new(code)).dry_run(true);
    let package = request.send().await;
    let request = lambda.update_function_configuration().function_name(name);
    let layers = request.set_layers(Some(layers.to_vec())).send().await;
    for message in [
        package.as_ref().err().map(|it| format!("{it:?}")),
        layers.as_ref().err().map(|it| format!("{it:?}")),
    ] {
        assert!(message.as_ref().is_none_or(|it| it.contains("CodeVerificationFailed")), "{message:?}");
    }
    (package.is_err(), layers.is_err())
}

fn refused(forecast: &Forecast, of: impl Fn(&Piece) -> bool) -> bool {
    let mut pieces = forecast.pieces.iter().filter(|ruling| of(&ruling.piece));
    pieces.any(|ruling| matches!(ruling.outcome, Outcome::Refused(_)))
}

#[tokio::test]
async fn the_forecast_is_what_the_sandbox_answers() {
    let (mut taken, mut by_layer) = (0, 0);
    for seed in 0..3 {
        let (stand, functions) = stand(seed).await;
        let verifier = Verifier::new(roots(&stand.sandbox), Policy::new(Publishers::Any));
        let deadline = Deadline::after(Duration::from_secs(60));
        let (_, desired, shallow) = simulate(&stand, Depth::Arns, Timestamp::now()).await;
        let depth = Depth::Code { verifier: &verifier, deadline };
        let (_, _, deep) = simulate(&stand, depth, Timestamp::now()).await;
        assert_eq!((shallow.len(), deep.len()), (30, 30));
        for (shallow, deep) in shallow.iter().zip(&deep) {
            let name = shallow.function.name().as_str();
            let (code, layers) = &functions[name];
            let wanted = &desired.configs[&shallow.config].wanted;
            let answer = answers(&stand, name, wanted, code, layers).await;
            for forecast in [shallow, deep] {
                let package = refused(forecast, |piece| *piece == Piece::Package);
                let layers = refused(forecast, |piece| *piece != Piece::Package);
                assert_eq!((package, layers), answer, "seed {seed}: {forecast:#?}");
                assert!(!forecast.is_unknown() && forecast.is_refused() == (package || layers));
            }
            taken += u32::from(!shallow.is_refused());
            by_layer += u32::from(answer == (false, true));
        }
    }
    assert!(taken > 15 && by_layer > 15, "{taken} {by_layer}");
}

#[tokio::test]
async fn each_reason_is_said() {
    let (stand, functions) = stand(7).await;
    let (_, _, forecasts) = simulate(&stand, Depth::Arns, Timestamp::now()).await;
    let reasons: Vec<&Reason> = forecasts
        .iter()
        .flat_map(|forecast| &forecast.pieces)
        .filter_map(|ruling| match &ruling.outcome {
            Outcome::Refused(reason) => Some(reason),
            Outcome::Taken | Outcome::Unknown(_) => None,
        })
        .collect();
    assert!(
        functions.len() == 30
            && reasons.contains(&&Reason::Unsigned)
            && reasons.contains(&&Reason::NotListed)
    );
    assert!(reasons.contains(&&Reason::RevokedJob), "{reasons:?}");
    let later = Timestamp::now() + Span::new().hours(24 * 365 * 12);
    let (_, _, forecasts) = simulate(&stand, Depth::Arns, later).await;
    let expired = |forecast: &Forecast| {
        forecast.pieces.iter().all(|it| matches!(it.outcome, Outcome::Refused(Reason::Expired(_))))
    };
    assert!(forecasts.iter().any(expired));
}

#[tokio::test]
async fn what_is_another_accounts_is_not_known() {
    let stand = Stand::new(8, &["release"]).await;
    let code = stand.signed("release", "print(1)").await;
    stand.function("narrow-1", &code, None, &[]).await;
    let mut state = stand.state(&stand.admin).await;
    let file = FILE.replace(
        r#""arn:aws:signer:*:123456789012:/signing-profiles/vendor/*""#,
        &format!("{:?}", "arn:aws:signer:us-east-1:999999999999:/signing-profiles/vendor/AbCdEf1234"),
    );
    let file =
        PolicyFile::parse(&file.replace("publishers = [\"release\"]", "publishers = [\"vendor\"]")).unwrap();
    for function in state.functions.values_mut() {
        let shown = function.signature.as_mut().unwrap();
        shown.publisher =
            "arn:aws:signer:us-east-1:999999999999:/signing-profiles/vendor/AbCdEf1234".parse().unwrap();
    }
    let desired = Desired::of(&file, &state).unwrap();
    let now = Timestamp::now();
    let simulation = Simulation { connection: &stand.connection, pace: &stand.pace, now, depth: Depth::Arns };
    let forecasts = simulation.run(&state, &desired).await.unwrap();
    assert!(forecasts[0].is_unknown());
    assert_eq!(forecasts[0].pieces[0].outcome, Outcome::Unknown(Doubt::Elsewhere));
}
