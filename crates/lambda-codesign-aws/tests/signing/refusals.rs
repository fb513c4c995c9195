//! What is not signed, and what is not taken.

use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use lambda_codesign_aws::signing::{Desk, PackageError, SigningError, Unsigned};
use lambda_codesign_core::chain::TrustRoots;

use crate::stand::{BUCKET, PROFILE, QUIET, Stand, package};

/// The sentence and the remedy of a call that must fail.
fn said<T>(result: Result<T, SigningError>) -> (String, &'static str) {
    let error = result.err().expect("it was to fail");
    (error.to_string(), error.remedy())
}

#[tokio::test]
async fn a_profile_that_does_not_sign_is_named() {
    let stand = Stand::new().await;
    let (what, remedy) = said(stand.desk_of("nobody", BUCKET).await);
    assert!(what.starts_with("GetSigningProfile was refused with ResourceNotFoundException"), "{what}");
    assert!(remedy.contains("profile create"), "{remedy}");
    lambda_codesign_aws::profile::cancel(&stand.connection.signer, PROFILE).await.unwrap();
    let (what, remedy) = said(stand.desk_of(PROFILE, BUCKET).await);
    assert_eq!(what, "the profile was canceled");
    assert!(remedy.contains("another name"), "{remedy}");
}

#[tokio::test]
async fn a_bucket_must_be_there_and_keep_versions() {
    let stand = Stand::new().await;
    let sign = async |bucket: &str| {
        let desk = stand.desk_of(PROFILE, bucket).await.unwrap();
        said(desk.sign(&stand.connection, &package("print('bucket')"), QUIET).await)
    };
    let (what, remedy) = sign("absent").await;
    assert!(what.contains("PutObject was refused with NoSuchBucket"), "{what}");
    assert!(remedy.contains("region"), "{remedy}");
    stand.connection.s3.create_bucket().bucket("plain").send().await.unwrap();
    let (what, remedy) = sign("plain").await;
    assert_eq!(what, "the bucket keeps no versions");
    assert!(remedy.contains("put-bucket-versioning"), "{remedy}");
    let suspended = VersioningConfiguration::builder().status(BucketVersioningStatus::Suspended).build();
    let put = stand.connection.s3.put_bucket_versioning().bucket("plain");
    put.versioning_configuration(suspended).send().await.unwrap();
    assert_eq!(sign("plain").await.0, "the bucket keeps no versions");
    assert_eq!(stand.jobs().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_package_that_signer_would_refuse_is_not_sent() {
    let stand = Stand::new().await;
    let signed = stand.sign(&package("print('twice')")).await.unwrap();
    assert_eq!(Unsigned::read(signed.into_bytes()).err(), Some(PackageError::AlreadySigned));
    assert!(matches!(Unsigned::read(b"no zip".to_vec()), Err(PackageError::Archive(_))));
}

#[tokio::test]
async fn what_does_not_verify_is_not_taken() {
    let stand = Stand::new().await;
    let package = package("print('roots')");
    let aws_alone = Desk::open(&stand.connection, PROFILE, None, TrustRoots::aws(), BUCKET.to_owned());
    let (what, remedy) = said(aws_alone.await.unwrap().sign(&stand.connection, &package, QUIET).await);
    assert!(what.contains("was refused: it does not verify"), "{what}");
    assert!(remedy.contains("--trust-root"), "{remedy}");
    assert!(stand.sign(&package).await.is_ok(), "with the root it does");
}

#[tokio::test]
async fn what_somebody_else_put_in_the_place_of_a_signed_package_is_not_taken() {
    let stand = Stand::new().await;
    let (mine, theirs) = (package("print('mine')"), package("print('theirs')"));
    let other = stand.sign(&theirs).await.unwrap();
    let signed = stand.sign(&mine).await.unwrap();
    for (bytes, expected) in [
        (other.bytes().to_vec(), "signed it"),
        (mine.bytes().to_vec(), "it does not verify"),
        (b"nothing".to_vec(), "it does not verify"),
        (Vec::new(), "it does not verify"),
    ] {
        let put = stand.connection.s3.put_object().bucket(BUCKET).key(&signed.object.key).body(bytes.into());
        put.send().await.unwrap();
        let (what, _) = said(stand.sign(&mine).await);
        assert!(what.contains("was refused") && what.contains(expected), "{what}");
    }
    let put = stand.connection.s3.put_object().bucket(BUCKET).key(&signed.object.key);
    put.body(signed.bytes().to_vec().into()).send().await.unwrap();
    assert!(stand.sign(&mine).await.is_ok(), "put back, it is");
}
