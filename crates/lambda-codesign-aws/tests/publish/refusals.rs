//! What is not published, and what is said of it.

use std::time::Duration;

use aws_sdk_lambda::types::{AliasRoutingConfiguration, FunctionCode, PackageType};
use jiff::{Timestamp, ToSpan as _};
use lambda_codesign_aws::config::{self, Wanted};
use lambda_codesign_aws::publish::{
    Aim, DeployError, FindError, Journal, PublishError, Restoration, Rules, Why,
};
use lambda_codesign_aws::wait::Deadline;
use lambda_codesign_core::digest::CodeSha256;
use lambda_codesign_core::policy::{Mode, Policy, Publishers};
use lambda_codesign_core::verdict::{Decision, Status};
use lambda_codesign_sandbox::{Faults, Options};

use crate::stand::{ALIAS, FUNCTION, OTHER, RELEASE, Stand, alias, package, roots};

/// That nothing was changed and nothing was asked of Lambda but to be read.
async fn blocks(stand: &Stand, package: &[u8], status: Status) {
    let (before, judged) = (stand.latest().await, stand.sandbox.judgements().len());
    let error = stand.publish(package, alias()).await.unwrap_err();
    let PublishError::Blocked(blocked) = &error else { unreachable!("{error}") };
    let verdict = blocked.package.deciding();
    assert_eq!((verdict.decision(), verdict.status()), (Decision::Block, status));
    assert_eq!((stand.latest().await, stand.sandbox.judgements().len()), (before, judged));
    assert_eq!(stand.shown(Some(ALIAS)).await.version, "1");
}

#[tokio::test]
async fn what_the_config_blocks_is_never_sent() {
    let mut stand = Stand::ready().await;
    let signed = stand.signed(RELEASE, "print('signed')").await;
    let mut tampered = signed.clone();
    let place = tampered.windows(6).position(|window| window == b"app.py").unwrap();
    tampered[place] = b'b';
    blocks(&stand, &package("print('unsigned')"), Status::Mismatch).await;
    blocks(&stand, &stand.signed(OTHER, "print('other')").await, Status::Mismatch).await;
    blocks(&stand, &tampered, Status::Invalid).await;
    blocks(&stand, b"no zip", Status::Invalid).await;
    stand.at = Timestamp::now().checked_add((140 * 31 * 24).hours()).ok();
    blocks(&stand, &signed, Status::Expired).await;
}

#[tokio::test]
async fn integrity_blocks_under_warn_too() {
    let stand = Stand::ready().await;
    let config = stand.config(&[RELEASE], Mode::Warn).await;
    config::attach(&stand.admin.lambda, FUNCTION, &config.arn).await.unwrap();
    let mut tampered = stand.signed(RELEASE, "print('signed')").await;
    let place = tampered.windows(6).position(|window| window == b"app.py").unwrap();
    tampered[place] = b'b';
    blocks(&stand, &tampered, Status::Invalid).await;
}

#[tokio::test]
async fn publishers_that_nobody_is_let_nobody_pass() {
    let stand = Stand::ready().await;
    let without_version = stand.publisher(RELEASE).await.rsplit_once('/').unwrap().0.to_owned();
    let absent = without_version.replace(RELEASE, "nobody") + "/AbCdEf1234";
    let publishers = vec![without_version, absent];
    let wanted = Wanted { description: String::new(), publishers, mode: Mode::Enforce };
    let tags = std::collections::BTreeMap::new();
    let config = config::create(&stand.admin.lambda, &wanted, &tags).await.unwrap();
    config::attach(&stand.admin.lambda, FUNCTION, &config.arn).await.unwrap();
    blocks(&stand, &stand.signed(RELEASE, "print('signed')").await, Status::Mismatch).await;
}

#[tokio::test]
async fn a_policy_beside_the_config_narrows_it() {
    let stand = Stand::ready().await;
    let signed = stand.signed(RELEASE, "print('signed')").await;
    let only = |publisher: String| Policy::new(Publishers::Only(vec![publisher.parse().unwrap()]));
    let rules = |beside: Policy| Rules {
        alone: Policy::new(Publishers::Any),
        beside_config: Some(beside),
        for_layer: &|_| None,
    };
    let narrower = rules(only(stand.publisher(OTHER).await));
    let error = stand.publish_by(&signed, alias(), &narrower).await.unwrap_err();
    assert!(matches!(error, PublishError::Blocked(_)), "{error}");
    let alike = rules(only(stand.publisher(RELEASE).await));
    stand.publish_by(&signed, alias(), &alike).await.unwrap();
    // A policy that lets everything pass widens nothing.
    let wider = rules(Policy::new(Publishers::Any).with_mode(Mode::Warn));
    let other = stand.signed(OTHER, "print('other')").await;
    let error = stand.publish_by(&other, alias(), &wider).await.unwrap_err();
    assert!(matches!(error, PublishError::Blocked(_)), "{error}");
}

#[tokio::test]
async fn a_layer_of_an_unlisted_publisher_stops_the_function() {
    let stand = Stand::ready().await;
    let config = stand.config(&[RELEASE, OTHER], Mode::Enforce).await;
    config::attach(&stand.admin.lambda, FUNCTION, &config.arn).await.unwrap();
    let layer = stand.layer("other", stand.signed(OTHER, "layer = 1").await).await;
    stand.attach(&layer).await;
    let narrower = stand.config(&[RELEASE], Mode::Enforce).await;
    config::attach(&stand.admin.lambda, FUNCTION, &narrower.arn).await.unwrap();
    let signed = stand.signed(RELEASE, "print('signed')").await;
    let error = stand.publish(&signed, alias()).await.unwrap_err();
    let PublishError::Blocked(blocked) = &error else { unreachable!("{error}") };
    assert_eq!(blocked.package.deciding().decision(), Decision::Allow);
    assert_eq!(blocked.layers[0].verdict().map(|it| it.status()), Some(Status::Mismatch));
}

#[tokio::test]
async fn a_refusal_of_lambda_is_told_with_its_check() {
    let stand = Stand::ready().await;
    let signed = stand.signed(RELEASE, "print('signed')").await;
    let (journal, rules) = (Journal::default(), stand.rules().await);
    let publishing = stand.publishing(&journal);
    let target = publishing.find(&FUNCTION.parse().unwrap(), alias()).await.unwrap();
    // The config is changed after it was read.
    let other = stand.config(&[OTHER], Mode::Enforce).await;
    config::attach(&stand.admin.lambda, FUNCTION, &other.arn).await.unwrap();
    let error = publishing.function(&target, &signed, &rules).await.unwrap_err();
    let PublishError::Deploy(DeployError::Refused(refusal)) = &error else { unreachable!("{error}") };
    let Why::Check { config, found } = &refusal.why else { unreachable!("{refusal}") };
    assert_eq!(*config, other.arn);
    assert!(found.starts_with("publisher-not-allowed: "), "{found}");
    assert!(error.to_string().contains("Check the provided signature for arn:aws:lambda:"), "{error}");
    assert_eq!(journal.steps(), []);
    // What only Signer knows is not known here.
    let release = stand.config(&[RELEASE], Mode::Enforce).await;
    config::attach(&stand.admin.lambda, FUNCTION, &release.arn).await.unwrap();
    let job = stand.publish(&signed, Aim::DryRun).await.unwrap();
    let job = job.judged.package.deciding().package().unwrap().claims().job().id().to_owned();
    let revoke = stand.admin.signer.revoke_signature().job_id(job).reason("leaked");
    revoke.send().await.unwrap();
    for aim in [Aim::DryRun, alias()] {
        let error = stand.publish(&signed, aim).await.unwrap_err();
        let PublishError::Deploy(DeployError::Refused(refusal)) = &error else { unreachable!("{error}") };
        assert_eq!(refusal.why, Why::RevocationNotKnown);
    }
    assert_eq!(stand.shown(Some(ALIAS)).await.version, "1");
}

#[tokio::test]
async fn what_is_no_function_of_a_zip_is_said() {
    let stand = Stand::ready().await;
    let code = FunctionCode::builder().image_uri("123456789012.dkr.ecr.us-east-1.amazonaws.com/i:1").build();
    let request = stand.admin.lambda.create_function().function_name("image").code(code);
    let request = request.package_type(PackageType::Image).role("arn:aws:iam::123456789012:role/any");
    request.send().await.unwrap();
    let journal = Journal::default();
    let publishing = stand.publishing(&journal);
    let find = async |name: &str| publishing.find(&name.parse().unwrap(), alias()).await.unwrap_err();
    assert_eq!(find("image").await, FindError::Image);
    assert_eq!(find("absent").await, FindError::Absent);
    assert_eq!(find("f:live").await, FindError::Qualified);
    let elsewhere = find("arn:aws:lambda:us-east-1:210987654321:function:f").await;
    assert!(elsewhere != FindError::Image, "{elsewhere}");
}

#[tokio::test]
async fn an_alias_that_shifts_is_left_alone() {
    let stand = Stand::ready().await;
    stand.deploys_other(stand.signed(RELEASE, "print('canary')").await).await;
    stand.admin.lambda.publish_version().function_name(FUNCTION).send().await.unwrap();
    let weights = AliasRoutingConfiguration::builder().additional_version_weights("2", 0.1).build();
    let shift = stand.admin.lambda.update_alias().function_name(FUNCTION).name(ALIAS);
    shift.routing_config(weights).send().await.unwrap();
    let signed = stand.signed(RELEASE, "print('signed')").await;
    let error = stand.publish(&signed, alias()).await.unwrap_err();
    assert!(matches!(error, PublishError::Find(FindError::Shifting(_))), "{error}");
    assert_eq!(stand.versions_of(&signed).await, 0);
}

/// A signature that holds here and that Lambda does not show: by the root of another sandbox.
#[tokio::test]
async fn what_lambda_shows_otherwise_is_taken_back() {
    let (stand, elsewhere) = (Stand::with(Options::default(), 8).await, Stand::new().await);
    let first = stand.signed(RELEASE, "print('first')").await;
    stand.create(first.clone(), None).await;
    let foreign = elsewhere.signed(RELEASE, "print('foreign')").await;
    let stand = Stand { verifier: trusting(&stand, &elsewhere), ..stand };
    let rules = Rules { alone: Policy::new(Publishers::Any), ..stand.rules().await };
    let journal = Journal::default();
    let publishing = stand.publishing(&journal);
    let target = publishing.find(&FUNCTION.parse().unwrap(), alias()).await.unwrap();
    let error = publishing.function(&target, &foreign, &rules).await.unwrap_err();
    let PublishError::Confirm(error) = &error else { unreachable!("{error}") };
    assert_eq!(error.restoration, Restoration::Restored);
    assert!(error.to_string().starts_with("Lambda shows no signature, and the signature of arn:"), "{error}");
    assert_eq!(stand.latest().await.code_sha256, Some(CodeSha256::of(&first)));
    assert_eq!(journal.to_string(), "$LATEST has its earlier code again");
    let aliases = stand.admin.lambda.list_aliases().function_name(FUNCTION).send().await.unwrap();
    assert_eq!((aliases.aliases.unwrap().len(), stand.versions_of(&foreign).await), (0, 0));
}

#[tokio::test]
async fn a_call_that_is_never_answered_ends_with_the_deadline() {
    let stand = Stand::ready().await;
    let signed = stand.signed(RELEASE, "print('signed')").await;
    let (journal, rules) = (Journal::default(), stand.rules().await);
    let mut publishing = stand.publishing(&journal);
    let target = publishing.find(&FUNCTION.parse().unwrap(), alias()).await.unwrap();
    publishing.deadline = Deadline::after(Duration::from_millis(200));
    let hangs = Faults { slow: 100, slow_ms: 3_600_000, ..Faults::default() };
    stand.sandbox.set_faults(hangs);
    let error = publishing.function(&target, &signed, &rules).await.unwrap_err();
    assert!(matches!(error, PublishError::Unanswered), "{error}");
    publishing.deadline = Deadline::after(Duration::from_millis(200));
    let error = publishing.find(&FUNCTION.parse().unwrap(), alias()).await.unwrap_err();
    assert_eq!(error, FindError::Unanswered);
}

/// As a package of a local profile is to Lambda: signed under a root that only the caller trusts.
#[tokio::test]
async fn a_root_of_ones_own_is_none_of_lambdas() {
    let (stand, elsewhere) = (Stand::ready().await, Stand::new().await);
    let foreign = elsewhere.signed(RELEASE, "print('foreign')").await;
    let publishers = vec![elsewhere.publisher(RELEASE).await];
    let wanted = Wanted { description: String::new(), publishers, mode: Mode::Enforce };
    let tags = std::collections::BTreeMap::new();
    let config = config::create(&stand.admin.lambda, &wanted, &tags).await.unwrap();
    config::attach(&stand.admin.lambda, FUNCTION, &config.arn).await.unwrap();
    let stand = Stand { verifier: trusting(&stand, &elsewhere), ..stand };
    let error = stand.publish(&foreign, alias()).await.unwrap_err();
    let PublishError::Deploy(DeployError::Refused(refusal)) = &error else { unreachable!("{error}") };
    assert_eq!(refusal.why, Why::OwnRoot);
}

fn trusting(stand: &Stand, elsewhere: &Stand) -> lambda_codesign_core::Verifier {
    let mut both = roots(&stand.sandbox);
    let pem = elsewhere.sandbox.trust_root_pem();
    both.add_pem(pem.as_bytes(), &lambda_codesign_core::chain::Vouches::All).unwrap();
    lambda_codesign_core::Verifier::new(both, Policy::new(Publishers::Any))
}
