//! Every call cut, dropped, throttled and killed in turn: no alias on unverified code, no second version of a content,
//! and the next run ends it.

use std::sync::LazyLock;

use lambda_codesign_aws::publish::{Aim, PublishError, Published, Rules};
use lambda_codesign_core::digest::CodeSha256;
use lambda_codesign_sandbox::{Faults, Options};

use tokio::runtime::Runtime;

use crate::stand::{ALIAS, RELEASE, Stand, alias};

/// Waits until the sandbox has met so many calls.
pub(crate) async fn reached(stand: &Stand, calls: u64) {
    while stand.sandbox.requests_met() < calls {
        tokio::task::yield_now().await;
    }
}

/// A stand, two packages that are deployed there, and the rules, with the count of calls at zero.
pub(crate) struct Case {
    pub(crate) stand: Stand,
    pub(crate) package: Vec<u8>,
    /// What somebody else deploys.
    pub(crate) theirs: Vec<u8>,
    pub(crate) rules: Rules<'static>,
}

/// What every case begins with; it is made once.
struct Beginning {
    state: Vec<u8>,
    package: Vec<u8>,
    theirs: Vec<u8>,
}

static BEGINNING: LazyLock<Beginning> = LazyLock::new(|| {
    let made = std::thread::spawn(|| Runtime::new().unwrap().block_on(Beginning::make()));
    made.join().unwrap()
});

impl Beginning {
    async fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state");
        let options = Options { state: Some(file.clone()), ..Options::default() };
        let stand = Stand::with_function(options, 8).await;
        let package = stand.signed(RELEASE, "print('second')").await;
        let theirs = stand.signed(RELEASE, "print('theirs')").await;
        stand.sandbox.stop().await;
        Self { state: std::fs::read(file).unwrap(), package, theirs }
    }
}

impl Case {
    pub(crate) async fn new(attempts: u32) -> Self {
        let Beginning { state, package, theirs } = &*BEGINNING;
        let stand = Stand::copied(state, attempts).await;
        let rules = stand.rules().await;
        stand.sandbox.set_faults(Faults::default());
        Self { stand, package: package.clone(), theirs: theirs.clone(), rules }
    }

    pub(crate) async fn publish(&self) -> Result<Published, PublishError> {
        self.stand.publish_by(&self.package, alias(), &self.rules).await
    }

    /// The alias is where it was, or at the one version of the package.
    pub(crate) async fn holds(&self, what: &str) {
        self.stand.sandbox.set_faults(Faults::default());
        let live = self.stand.shown(Some(ALIAS)).await;
        let is_ours = live.code_sha256 == Some(CodeSha256::of(&self.package));
        assert!(live.version == "1" || is_ours, "{what}: {live:?}");
        assert!(self.stand.versions_of(&self.package).await <= 1, "{what}");
    }

    /// The next run ends it, with one version of the package, and the alias there.
    pub(crate) async fn ends(&self, what: &str) {
        self.holds(what).await;
        self.publish().await.unwrap_or_else(|error| unreachable!("{what}: {error}"));
        self.holds(what).await;
        let hash = Some(CodeSha256::of(&self.package));
        assert_eq!(self.stand.versions_of(&self.package).await, 1, "{what}");
        assert_eq!(self.stand.shown(Some(ALIAS)).await.code_sha256, hash, "{what}");
        assert_eq!(self.stand.latest().await.code_sha256, hash, "{what}");
    }
}

/// How many calls one publication makes, from the first look to the alias.
pub(crate) async fn calls() -> u64 {
    let case = Case::new(1).await;
    case.publish().await.unwrap();
    case.stand.sandbox.requests_met()
}

#[tokio::test]
async fn a_cut_call_leaves_nothing_half_published() {
    let calls = calls().await;
    // GetFunction, GetFunctionCodeSigningConfig, GetCodeSigningConfig, GetAlias, the earlier code, UpdateFunctionCode,
    // GetFunction, PublishVersion, UpdateAlias.
    assert_eq!(calls, 9);
    let mut failed = 0;
    for attempts in [1, 8] {
        for call in 0..calls {
            for faults in [
                Faults { drop_request: Some(call), ..Faults::default() },
                Faults { cut_request: Some(call), ..Faults::default() },
            ] {
                let case = Case::new(attempts).await;
                case.stand.sandbox.set_faults(faults.clone());
                let first = case.publish().await;
                assert!(attempts == 1 || first.is_ok(), "{faults:?}: {:?}", first.err());
                failed += u64::from(first.is_err());
                case.ends(&format!("{faults:?}, {attempts} attempts")).await;
            }
        }
    }
    // A look that nothing repeats ends the run; a change is settled by a look, and a download repeated.
    assert!((8..=16).contains(&failed), "{failed}");
}

#[tokio::test]
async fn an_alias_that_is_absent_is_made_through_a_cut_too() {
    let fresh = || Aim::Alias("fresh".parse().unwrap());
    let last = calls().await - 1;
    for attempts in [1, 8] {
        for faults in [
            Faults { drop_request: Some(last), ..Faults::default() },
            Faults { cut_request: Some(last), ..Faults::default() },
        ] {
            let case = Case::new(attempts).await;
            case.stand.sandbox.set_faults(faults);
            case.stand.publish_by(&case.package, fresh(), &case.rules).await.unwrap();
            let shown = case.stand.shown(Some("fresh")).await;
            assert_eq!(shown.code_sha256, Some(CodeSha256::of(&case.package)));
            case.ends("the other alias").await;
        }
    }
}

#[tokio::test]
async fn a_run_that_is_killed_at_any_call_is_finished_by_the_next() {
    for call in 1..=calls().await {
        let case = Case::new(1).await;
        tokio::select! {
            biased;
            () = reached(&case.stand, call) => {}
            _done = case.publish() => {}
        }
        case.ends(&format!("killed at {call}")).await;
    }
}

#[tokio::test]
async fn throttling_of_a_third_of_all_calls_is_lived_with() {
    let case = Case::new(8).await;
    for seed in 0..10 {
        case.stand.sandbox.set_faults(Faults { seed, throttle: 30, ..Faults::default() });
        case.publish().await.unwrap_or_else(|error| unreachable!("{seed}: {error}"));
    }
    case.ends("throttled").await;
}

#[tokio::test]
async fn calls_that_are_cut_at_random_are_lived_with() {
    let mut ended = 0;
    for seed in 0..8 {
        let case = Case::new(8).await;
        case.stand.sandbox.set_faults(Faults { seed, cut: 10, cut_after: 10, error: 5, ..Faults::default() });
        ended += u64::from(case.publish().await.is_ok());
        case.ends(&format!("seed {seed}")).await;
    }
    assert!(ended >= 6, "{ended}");
}
