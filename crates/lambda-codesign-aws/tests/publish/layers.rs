//! Layers that are published.

use lambda_codesign_aws::publish::{Journal, LayerRequest, Origin, PublishError, PublishedLayer, Step};
use lambda_codesign_core::digest::CodeSha256;
use lambda_codesign_core::policy::{Policy, Publishers};
use lambda_codesign_core::verdict::Status;
use lambda_codesign_sandbox::{Faults, Options};

use crate::stand::{OTHER, RELEASE, Stand, package};

fn wanted() -> LayerRequest {
    LayerRequest {
        name: "common".parse().unwrap(),
        runtimes: vec!["python3.12".to_owned(), "python3.13".to_owned()],
        architectures: vec!["arm64".to_owned()],
        license: Some("Apache-2.0".to_owned()),
    }
}

async fn publish(stand: &Stand, package: &[u8]) -> Result<PublishedLayer, PublishError> {
    let policy = stand.rules().await.alone;
    stand.publishing(&Journal::default()).layer(&wanted(), package, &policy).await
}

/// The versions of the layer that have this content, of all that there are.
async fn versions(stand: &Stand, package: &[u8]) -> (usize, usize) {
    let listed = stand.admin.lambda.list_layer_versions().layer_name("common").send().await.unwrap();
    let (mut ours, mut all) = (0, 0);
    for version in listed.layer_versions.unwrap_or_default() {
        let arn = version.layer_version_arn.unwrap().parse().unwrap();
        let layer = lambda_codesign_aws::deployed::layer(&stand.admin.lambda, &arn).await.unwrap();
        all += 1;
        ours += usize::from(layer.code_sha256 == CodeSha256::of(package));
    }
    (ours, all)
}

#[tokio::test]
async fn a_layer_is_published_once_for_each_content() {
    let stand = Stand::new().await;
    let first = stand.signed(RELEASE, "layer = 1").await;
    let published = publish(&stand, &first).await.unwrap();
    assert_eq!((published.origin, published.arn.version()), (Origin::New, 1));
    let shown = lambda_codesign_aws::deployed::layer(&stand.admin.lambda, &published.arn).await.unwrap();
    assert_eq!(shown.code_sha256, CodeSha256::of(&first));
    assert!(wanted().is_said_by(&shown), "{shown:?}");
    assert_eq!(shown.signature.unwrap().job, *published.verdict.package().unwrap().claims().job());
    assert_eq!((shown.runtimes, shown.architectures), (wanted().runtimes, wanted().architectures));
    assert_eq!(shown.license.as_deref(), Some("Apache-2.0"));
    let again = publish(&stand, &first).await.unwrap();
    assert_eq!((again.origin, again.arn), (Origin::There, published.arn));
    let second = stand.signed(RELEASE, "layer = 2").await;
    assert_eq!(publish(&stand, &second).await.unwrap().arn.version(), 2);
    // The same content for other runtimes is another version.
    let other = LayerRequest { runtimes: Vec::new(), ..wanted() };
    let (journal, policy) = (Journal::default(), stand.rules().await.alone);
    let published = stand.publishing(&journal).layer(&other, &second, &policy).await.unwrap();
    assert_eq!(journal.steps(), [Step::Layer(published.arn.clone())]);
    assert_eq!(published.arn.version(), 3);
    // And so it is under another license.
    let other = LayerRequest { license: None, ..other };
    let published = stand.publishing(&journal).layer(&other, &second, &policy).await.unwrap();
    assert_eq!((published.origin, published.arn.version()), (Origin::New, 4));
}

#[tokio::test]
async fn what_lambda_would_take_is_blocked_here() {
    let stand = Stand::new().await;
    let mut tampered = stand.signed(RELEASE, "layer = 1").await;
    let place = tampered.windows(6).position(|window| window == b"app.py").unwrap();
    tampered[place] = b'b';
    for (package, status) in [
        (package("layer = 1"), Status::Mismatch),
        (stand.signed(OTHER, "layer = 1").await, Status::Mismatch),
        (tampered, Status::Invalid),
    ] {
        let error = publish(&stand, &package).await.unwrap_err();
        let PublishError::BlockedLayer(verdict) = &error else { unreachable!("{error}") };
        assert_eq!(verdict.status(), status);
        assert_eq!(versions(&stand, &package).await, (0, 0));
    }
}

#[tokio::test]
async fn a_signature_that_lambda_does_not_show_is_said() {
    let (stand, elsewhere) = (Stand::new().await, Stand::new().await);
    let foreign = elsewhere.signed(RELEASE, "layer = 1").await;
    let policy = Policy::new(Publishers::Any);
    let journal = Journal::default();
    let mut publishing = stand.publishing(&journal);
    publishing.verifier = &elsewhere.verifier;
    let error = publishing.layer(&wanted(), &foreign, &policy).await.unwrap_err();
    assert!(error.to_string().contains("with no signature, and the signature of arn:"), "{error}");
}

/// How many calls a publication makes.
async fn calls() -> u64 {
    let stand = Stand::new().await;
    let package = stand.signed(RELEASE, "layer = 1").await;
    let policy = stand.rules().await.alone;
    stand.sandbox.set_faults(Faults::default());
    stand.publishing(&Journal::default()).layer(&wanted(), &package, &policy).await.unwrap();
    stand.sandbox.requests_met()
}

#[tokio::test]
async fn a_cut_or_killed_call_makes_no_second_version() {
    let calls = calls().await;
    assert_eq!(calls, 2);
    for attempts in [1, 8] {
        for call in 0..=calls {
            for faults in [
                Faults { drop_request: Some(call), ..Faults::default() },
                Faults { cut_request: Some(call), ..Faults::default() },
            ] {
                let stand = Stand::with(Options::default(), attempts).await;
                let package = stand.signed(RELEASE, "layer = 1").await;
                let policy = stand.rules().await.alone;
                let journal = Journal::default();
                stand.sandbox.set_faults(faults.clone());
                let first = stand.publishing(&journal).layer(&wanted(), &package, &policy).await;
                // The first look may fail where nothing tries again; what changes something is always settled.
                assert!(first.is_ok() || (attempts == 1 && call == 0), "{faults:?}: {first:?}");
                stand.sandbox.set_faults(Faults::default());
                publish(&stand, &package).await.unwrap();
                assert_eq!(versions(&stand, &package).await, (1, 1), "{faults:?}");
            }
        }
    }
    for call in 1..=calls {
        let stand = Stand::new().await;
        let package = stand.signed(RELEASE, "layer = 1").await;
        let policy = stand.rules().await.alone;
        stand.sandbox.set_faults(Faults::default());
        let journal = Journal::default();
        let publishing = stand.publishing(&journal);
        let wanted = wanted();
        tokio::select! {
            biased;
            () = crate::faults::reached(&stand, call) => {}
            _done = publishing.layer(&wanted, &package, &policy) => {}
        }
        // What was on its way is carried out, or is not: no revision guards a layer.
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        publish(&stand, &package).await.unwrap();
        assert_eq!(versions(&stand, &package).await, (1, 1), "killed at {call}");
    }
}
