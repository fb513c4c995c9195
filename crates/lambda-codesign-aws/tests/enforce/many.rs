//! Hundreds of functions in two regions, with faults.

use std::num::NonZeroU32;
use std::time::Duration;

use lambda_codesign_aws::connection::Connection;
use lambda_codesign_aws::enforce::{
    Applying, Depth, Desired, Forecast, Here, Journal, Plan, Simulation, State, Weaker,
};
use lambda_codesign_aws::pace::Pace;
use lambda_codesign_aws::profile;
use lambda_codesign_policy::PolicyFile;
use lambda_codesign_sandbox::Faults;

use crate::model::ACCOUNT;
use crate::stand::{Stand, package};

const FILE: &str = r#"version = 1
[publishers]
release = ["arn:aws:signer:*:123456789012:/signing-profiles/release/*"]
[[config]]
name = "watched"
mode = "warn"
publishers = ["release"]
[[config]]
name = "enforced"
mode = "enforce"
publishers = ["release"]
regions = ["us-*"]
[[attachment]]
functions = ["*"]
config = "watched"
[[attachment]]
functions = ["f1*"]
config = "enforced"
[unmanaged]
functions = ["*7"]
"#;

/// One region of an account of many functions.
struct Region {
    connection: Connection,
    here: Here,
    pace: Pace,
}

impl Region {
    /// With so many functions, of which each has one of so many layers; those and every third function are signed.
    async fn new(stand: &Stand, region: &str, functions: usize, layers: usize) -> Self {
        // The package is signed where the profile is that the region's configs list.
        let regional = stand.in_region(region);
        if region != "us-east-1" {
            regional.bucket().await;
            profile::create(&stand.admin.in_region(region).signer, "release", None).await.unwrap();
        }
        let signed = regional.signed("release", "print('signed')").await;
        let unsigned = package("print('unsigned')");
        let mut shared = Vec::new();
        for number in 0..layers {
            shared.push(regional.layer(&format!("layer-{number}"), signed.clone()).await);
        }
        for number in 0..functions {
            let code = if number.is_multiple_of(3) { &signed } else { &unsigned };
            let layer = shared[number % layers].clone();
            regional.function(&format!("f{number}"), code, None, &[layer]).await;
        }
        let here = Here { region: region.parse().unwrap(), account: ACCOUNT.parse().unwrap() };
        let pace = Pace::per_second(NonZeroU32::new(1_000_000).unwrap());
        Self { connection: stand.connection.in_region(region), here, pace }
    }

    async fn read(&self) -> (State, Desired) {
        let state = State::read(&self.connection, self.here.clone(), &self.pace).await.unwrap();
        let desired = Desired::of(&PolicyFile::parse(FILE).unwrap(), &state).unwrap();
        (state, desired)
    }

    async fn plan(&self) -> Plan {
        let (state, desired) = self.read().await;
        Plan::between(&state, &desired)
    }

    async fn apply(&self, plan: &Plan) {
        let journal = Journal::default();
        let patience = Duration::from_secs(30);
        let applying =
            Applying { connection: &self.connection, pace: &self.pace, patience, journal: &journal };
        applying.carry_out(plan, Weaker::Refused).await.unwrap();
    }

    async fn simulate(&self) -> Vec<Forecast> {
        let (state, desired) = self.read().await;
        let now = jiff::Timestamp::now();
        let simulation =
            Simulation { connection: &self.connection, pace: &self.pace, now, depth: Depth::Arns };
        simulation.run(&state, &desired).await.unwrap()
    }
}

#[tokio::test]
async fn three_hundred_functions_in_two_regions_with_faults() {
    let stand = Stand::new(8, &["release"]).await;
    for (region, functions, layers) in [("us-east-1", 200, 30), ("eu-central-1", 100, 20)] {
        let region = Region::new(&stand, region, functions, layers).await;
        let faults = Faults { seed: 5, throttle: 5, error: 2, cut: 2, cut_after: 2, ..Faults::default() };
        stand.sandbox.set_faults(faults);
        let plan = region.plan().await;
        region.apply(&plan).await;
        let rest = region.plan().await;
        assert!(rest.is_empty(), "{:?}", rest.steps());
        let forecasts = region.simulate().await;
        stand.sandbox.set_faults(Faults::default());
        let managed = functions - functions / 10;
        assert_eq!(forecasts.len(), managed);
        let signed = (0..functions).filter(|number| number.is_multiple_of(3) && number % 10 != 7).count();
        let refused = forecasts.iter().filter(|forecast| forecast.is_refused()).count();
        assert_eq!(refused, managed - signed);
    }
}

#[tokio::test]
#[ignore = "it takes a minute; its figures are in docs/guides/warn-to-enforce.md"]
async fn two_thousand_functions_take_so_many_calls() {
    let stand = Stand::new(8, &["release"]).await;
    let region = Region::new(&stand, "us-east-1", 2000, 50).await;
    stand.sandbox.set_faults(Faults::default());
    let plan = region.plan().await;
    let reading = stand.sandbox.requests_met();
    region.apply(&plan).await;
    let applying = stand.sandbox.requests_met() - reading;
    let (_, again) = (region.plan().await.is_empty(), stand.sandbox.requests_met() - reading - applying);
    let before = stand.sandbox.requests_met();
    region.simulate().await;
    let simulating = stand.sandbox.requests_met() - before;
    // 40 pages of functions, a page of configs, a page of profiles; two configs and 1,800 attachments; two more looks at
    // each of the two configs; the same, and one signing job and one profile.
    assert_eq!([reading, applying, again, simulating], [42, 1802, 46, 48]);
}
