//! What is published, and how far.

use std::time::Duration;

use lambda_codesign_aws::code::{CodeError, DeployedCode};
use lambda_codesign_aws::deployed;
use lambda_codesign_aws::publish::{Aim, Journal, LayerOutcome, Step};
use lambda_codesign_aws::wait::Deadline;
use lambda_codesign_core::digest::CodeSha256;
use lambda_codesign_core::policy::{Mode, Policy, Publishers};
use lambda_codesign_core::verdict::{Decision, Status};
use lambda_codesign_sandbox::Options;

use crate::stand::{ALIAS, BUCKET, FUNCTION, OTHER, RELEASE, Stand, alias, package};

#[tokio::test]
async fn a_version_is_published_and_the_alias_moved_last() {
    let stand = Stand::ready().await;
    let package = stand.signed(RELEASE, "print('second')").await;
    let journal = Journal::default();
    let publishing = stand.publishing(&journal);
    let target = publishing.find(&FUNCTION.parse().unwrap(), alias()).await.unwrap();
    let published = publishing.function(&target, &package, &stand.rules().await).await.unwrap();
    assert_eq!(published.version.as_deref(), Some("2"));
    assert_eq!(published.judged.package.deciding().status(), Status::Valid);
    assert_eq!(published.latest, stand.latest().await);
    let live = stand.shown(Some(ALIAS)).await;
    assert_eq!((live.version.as_str(), live.code_sha256), ("2", Some(CodeSha256::of(&package))));
    let expected = published.judged.package.deciding().package().unwrap().claims().job().clone();
    assert_eq!(live.signature.map(|shown| shown.job), Some(expected));
    let moved = Step::Alias { alias: ALIAS.parse().unwrap(), version: "2".to_owned() };
    assert_eq!(journal.steps(), [Step::Updated, Step::Version("2".to_owned()), moved]);
}

#[tokio::test]
async fn a_repetition_makes_no_second_version() {
    let stand = Stand::ready().await;
    let package = stand.signed(RELEASE, "print('twice')").await;
    for _ in 0..2 {
        let published = stand.publish(&package, alias()).await.unwrap();
        assert_eq!(published.version.as_deref(), Some("2"));
    }
    assert_eq!(stand.versions_of(&package).await, 1);
}

#[tokio::test]
async fn each_aim_goes_so_far_and_no_further() {
    let stand = Stand::ready().await;
    let package = stand.signed(RELEASE, "print('aims')").await;
    let before = stand.latest().await;
    let rehearsed = stand.publish(&package, Aim::DryRun).await.unwrap();
    assert_eq!((rehearsed.version, stand.latest().await), (None, before.clone()));
    let latest = stand.publish(&package, Aim::Latest).await.unwrap();
    assert_eq!((latest.version, stand.versions_of(&package).await), (None, 0));
    assert_ne!(stand.latest().await.revision, before.revision);
    let version = stand.publish(&package, Aim::Version).await.unwrap();
    assert_eq!((version.version.as_deref(), version.alias), (Some("2"), None));
    assert_eq!(stand.shown(Some(ALIAS)).await.version, "1");
    let fresh = stand.publish(&package, Aim::Alias("fresh".parse().unwrap())).await.unwrap();
    assert_eq!(fresh.alias.unwrap().as_str(), "fresh");
    assert_eq!(stand.shown(Some("fresh")).await.version, "2");
}

#[tokio::test]
async fn updates_that_take_their_time_are_waited_for() {
    let transition = Duration::from_millis(300);
    let stand = Stand::with(Options { transition, ..Options::default() }, 8).await;
    let first = stand.signed(RELEASE, "print('slow')").await;
    let config = stand.config(&[RELEASE], Mode::Enforce).await;
    // It is still Pending when it is published to, and InProgress after each update.
    stand.create(first, Some(&config)).await;
    let package = stand.signed(RELEASE, "print('slower')").await;
    let published = stand.publish(&package, alias()).await.unwrap();
    assert_eq!(published.version.as_deref(), Some("1"));
    assert_eq!(stand.shown(Some(ALIAS)).await.code_sha256, Some(CodeSha256::of(&package)));
}

#[tokio::test]
async fn without_a_config_the_policy_judges_alone() {
    let stand = Stand::with(Options::default(), 8).await;
    stand.create(package("print('unsigned')"), None).await;
    let signed = stand.signed(RELEASE, "print('signed')").await;
    let published = stand.publish(&signed, Aim::Version).await.unwrap();
    assert_eq!(published.judged.package.of_policy().map(|it| it.decision()), Some(Decision::Allow));
    assert_eq!(stand.latest().await.code_sha256, Some(CodeSha256::of(&signed)));
}

#[tokio::test]
async fn under_warn_what_is_unsigned_goes_with_a_warning() {
    let stand = Stand::with(Options::default(), 8).await;
    let config = stand.config(&[RELEASE], Mode::Warn).await;
    stand.create(stand.signed(RELEASE, "print('signed')").await, Some(&config)).await;
    for package in [package("print('unsigned')"), stand.signed(OTHER, "print('other')").await] {
        let published = stand.publish(&package, alias()).await.unwrap();
        let verdict = published.judged.package.deciding();
        assert_eq!((verdict.decision(), verdict.status()), (Decision::Warn, Status::Mismatch));
        assert_eq!(stand.shown(Some(ALIAS)).await.code_sha256, Some(CodeSha256::of(&package)));
    }
}

#[tokio::test]
async fn what_no_request_holds_goes_by_way_of_the_bucket() {
    let stand = Stand::with(Options::default(), 8).await;
    let config = stand.config(&[RELEASE], Mode::Warn).await;
    stand.create(package("print('small')"), Some(&config)).await;
    let mut state = 1_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .take(6_700_000)
    .flatten()
    .collect();
    let package = package(noise);
    assert!(package.len() > 52_428_800, "{}", package.len());
    let published = stand.publish(&package, Aim::Version).await.unwrap();
    assert_eq!(published.latest.code_sha256, Some(CodeSha256::of(&package)));
    let listed = stand.admin.s3.list_objects_v2().bucket(BUCKET).prefix("lambda-codesign/published/");
    assert_eq!(listed.send().await.unwrap().contents.unwrap().len(), 1);
    let journal = Journal::default();
    let mut publishing = stand.publishing(&journal);
    publishing.bucket = None;
    let target = publishing.find(&FUNCTION.parse().unwrap(), Aim::Latest).await.unwrap();
    let refused = publishing.function(&target, &package, &stand.rules().await).await.unwrap_err();
    assert!(refused.to_string().contains("a request takes no more than 52428800"), "{refused}");
    stand.admin.s3.create_bucket().bucket("unversioned").send().await.unwrap();
    publishing.bucket = Some("unversioned".to_owned());
    let refused = publishing.function(&target, &package, &stand.rules().await).await.unwrap_err();
    assert!(refused.to_string().contains("keeps no versions"), "{refused}");
    assert_eq!(journal.steps(), [], "nothing was sent to Lambda");
}

#[tokio::test]
async fn attached_layers_are_judged_too() {
    let stand = Stand::ready().await;
    let good = stand.layer("good", stand.signed(RELEASE, "layer = 1").await).await;
    stand.attach(&good).await;
    let package = stand.signed(RELEASE, "print('layered')").await;
    let published = stand.publish(&package, Aim::Version).await.unwrap();
    let [layer] = published.judged.layers.as_slice() else { unreachable!("{:?}", published.judged.layers) };
    assert_eq!(layer.arn.as_str(), good);
    assert_eq!(layer.verdict().map(|it| it.status()), Some(Status::Valid));
    // Deleted, it stays attached, and its code can't be read any more: Lambda alone judges it.
    let delete = stand.admin.lambda.delete_layer_version().layer_name("good").version_number(1);
    delete.send().await.unwrap();
    let published = stand.publish(&package, Aim::Version).await.unwrap();
    assert!(matches!(published.judged.layers[0].outcome, LayerOutcome::Withheld));
}

#[tokio::test]
async fn layers_without_a_config_are_judged_where_a_policy_is_for_them() {
    let stand = Stand::with(Options::default(), 8).await;
    let signed = stand.signed(RELEASE, "print('signed')").await;
    stand.create(signed.clone(), None).await;
    let unsigned = stand.layer("unsigned", package("layer = 1")).await;
    stand.attach(&unsigned).await;
    let published = stand.publish(&signed, Aim::Latest).await.unwrap();
    assert!(matches!(published.judged.layers[0].outcome, LayerOutcome::NotAsked));
    let mut rules = stand.rules().await;
    rules.for_layer = &|_| Some(Policy::new(Publishers::Any));
    let refused = stand.publish_by(&signed, Aim::Latest, &rules).await.unwrap_err();
    assert!(refused.to_string().contains("is blocked"), "{refused}");
}

#[tokio::test]
async fn deployed_code_is_what_lambda_says() {
    let stand = Stand::ready().await;
    let deployed = deployed::function(&stand.connection.lambda, FUNCTION, Some(ALIAS)).await.unwrap();
    let stated = deployed.function.code_sha256.unwrap();
    let deadline = Deadline::after(Duration::from_secs(5));
    let downloads = &stand.connection.downloads;
    let fetch =
        |stated, limit| DeployedCode::fetch(downloads, deployed.location.as_ref(), stated, limit, deadline);
    let code = fetch(stated, 1 << 20).await.unwrap();
    assert_eq!((CodeSha256::of(code.bytes()), code.code_sha256()), (stated, stated));
    let withheld = DeployedCode::fetch(downloads, None, stated, 1 << 20, deadline).await;
    assert_eq!(withheld, Err(CodeError::Withheld));
    assert!(fetch(CodeSha256::of(b"other"), 1 << 20).await.unwrap_err().to_string().contains("CodeSha256"));
    assert!(fetch(stated, 10).await.unwrap_err().to_string().contains("more than 10 bytes"));
}
