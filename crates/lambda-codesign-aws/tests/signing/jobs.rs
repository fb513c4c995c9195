//! Jobs: one for each content, whoever asks how often.

use std::sync::Mutex;
use std::time::Duration;

use lambda_codesign_aws::signing::{Desk, How, Objects, Origin, Reuse, Unsigned};
use lambda_codesign_core::verdict::Status;
use lambda_codesign_sandbox::Options;

use crate::stand::{BUCKET, PROFILE, QUIET, Stand, connect, heard, package};

#[tokio::test]
async fn a_package_is_signed_once() {
    let stand = Stand::new().await;
    let (steps, package) = (Mutex::default(), package("print('once')"));
    let desk = stand.desk().await;
    let first = desk.sign(&stand.connection, &package, &heard(&steps)).await.unwrap();
    assert_eq!(*steps.lock().unwrap(), ["uploaded", "started", "succeeded", "verified"]);
    assert_eq!((first.origin, first.verdict().status()), (Origin::Asked, Status::Valid));
    let claims = first.verdict().package().unwrap().claims();
    assert_eq!(claims.profile(), &desk.profile().version);
    assert_eq!(stand.jobs().await, [first.job().id()]);
    assert_eq!(first.object.key.rsplit('/').next(), Some(format!("{}.zip", first.job().id()).as_str()));

    let again = desk.sign(&stand.connection, &package, &heard(&steps)).await.unwrap();
    assert_eq!((again.origin, again.bytes()), (Origin::Earlier, first.bytes()));
    assert_eq!(steps.lock().unwrap().len(), 5, "nothing was uploaded or started");
    let other = stand.sign(&crate::stand::package("print('other')")).await.unwrap();
    assert_eq!((other.origin, stand.jobs().await.len()), (Origin::Asked, 2));
}

#[tokio::test]
async fn a_fresh_signature_has_a_job_of_its_own() {
    let stand = Stand::new().await;
    let package = package("print('fresh')");
    let first = stand.sign(&package).await.unwrap();
    let desk = stand.desk().await.with(How { reuse: Reuse::Never, ..How::default() });
    let second = desk.sign(&stand.connection, &package, QUIET).await.unwrap();
    assert_ne!(first.job(), second.job());
    assert_eq!((second.origin, stand.jobs().await.len()), (Origin::Asked, 2));
}

#[tokio::test]
async fn a_revoked_signature_is_not_answered_again() {
    let stand = Stand::new().await;
    let package = package("print('revoked')");
    let first = stand.sign(&package).await.unwrap();
    let revoke = stand.connection.signer.revoke_signature().job_id(first.job().id()).reason("test");
    revoke.send().await.unwrap();
    let second = stand.sign(&package).await.unwrap();
    assert_ne!(first.job(), second.job());
    assert_eq!((second.origin, stand.sign(&package).await.unwrap().job()), (Origin::Asked, second.job()));
    assert_eq!(stand.jobs().await.len(), 2);
}

#[tokio::test]
async fn a_signature_of_another_version_is_not_taken() {
    let stand = Stand::new().await;
    let package = package("print('versions')");
    let first = stand.sign(&package).await.unwrap();
    lambda_codesign_aws::profile::create(&stand.connection.signer, "other", None).await.unwrap();
    let desk = stand.desk_of("other", BUCKET).await.unwrap();
    let second = desk.sign(&stand.connection, &package, QUIET).await.unwrap();
    let publisher = |signed: &lambda_codesign_aws::signing::Signed| {
        signed.verdict().package().unwrap().claims().profile().clone()
    };
    assert_ne!(publisher(&first), publisher(&second));
    assert_eq!((second.origin, publisher(&second)), (Origin::Asked, desk.profile().version.clone()));
}

#[tokio::test]
async fn what_a_run_made_is_deleted_on_request() {
    let stand = Stand::new().await;
    let desk = stand.desk().await.with(How { objects: Objects::Delete, ..How::default() });
    let signed = desk.sign(&stand.connection, &package("print('gone')"), QUIET).await.unwrap();
    assert_eq!((signed.left.len(), stand.objects().await), (0, Vec::new()));
}

#[tokio::test]
async fn a_large_package_goes_up_in_parts_and_once() {
    let stand = Stand::new().await;
    let folder = tempfile::tempdir().unwrap();
    let noise: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(18 * 1024 * 1024).collect();
    std::fs::write(folder.path().join("noise"), noise).unwrap();
    let packed = lambda_codesign_signing::pack::pack(folder.path(), &Default::default()).unwrap();
    let package = Unsigned::read(packed.bytes).unwrap();
    let first = stand.sign(&package).await.unwrap();
    let desk = stand.desk().await.with(How { reuse: Reuse::Never, ..How::default() });
    let second = desk.sign(&stand.connection, &package, QUIET).await.unwrap();
    assert_ne!(first.job(), second.job());
    let uploads = stand.objects().await.iter().filter(|key| key.contains("unsigned/")).count();
    assert_eq!(uploads, 1, "the same bytes lay there already");
}

#[tokio::test]
async fn a_job_is_waited_for() {
    let stand = Stand::with(Options { job: Duration::from_millis(1200), ..Options::default() }, 8).await;
    let package = package("print('slow')");
    let desk = stand.desk().await.with(How { patience: Duration::from_millis(300), ..How::default() });
    let overdue = desk.sign(&stand.connection, &package, QUIET).await.unwrap_err().to_string();
    assert!(overdue.ends_with("was started and is not done in time"), "{overdue}");
    let signed = stand.sign(&package).await.unwrap();
    assert_eq!(stand.jobs().await, [signed.job().id()], "the same job was waited for again");
}

#[tokio::test]
async fn a_profile_of_another_account_signs_where_it_is_granted() {
    let stand = Stand::new().await;
    let owner = connect(&stand.sandbox, "210987654321", 8).await;
    let version = lambda_codesign_aws::profile::create(&owner.signer, "theirs", None).await.unwrap();
    for action in ["signer:StartSigningJob", "signer:GetSigningProfile"] {
        let permission = owner.signer.add_profile_permission().profile_name("theirs").action(action);
        let permission = permission.principal("123456789012").statement_id(action.replace(':', "-"));
        permission.send().await.unwrap();
    }
    let account = "210987654321".parse().unwrap();
    let desk = Desk::open(&stand.connection, "theirs", Some(account), stand.roots(), BUCKET.to_owned());
    let desk = desk.await.unwrap();
    let signed = desk.sign(&stand.connection, &package("print('across')"), QUIET).await.unwrap();
    assert_eq!(signed.verdict().package().unwrap().claims().profile(), &version);
    let ungranted = stand.desk_of("theirs", BUCKET).await.unwrap_err().to_string();
    assert!(ungranted.contains("GetSigningProfile was refused"), "{ungranted}");
    assert_ne!(desk.profile().name, PROFILE);
}
