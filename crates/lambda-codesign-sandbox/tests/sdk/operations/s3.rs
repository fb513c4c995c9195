//! S3's operations.

use aws_sdk_s3::types::{
    BucketVersioningStatus, CompletedMultipartUpload, CompletedPart, Delete, ObjectIdentifier, Tag, Tagging,
    VersioningConfiguration,
};

use crate::stand::{BUCKET, Stand, refusal};

fn tags(value: &str) -> Tagging {
    Tagging::builder().tag_set(Tag::builder().key("team").value(value).build().unwrap()).build().unwrap()
}

#[tokio::test]
async fn buckets() {
    let stand = Stand::with_bucket().await;
    let s3 = &stand.s3;
    assert!(refusal(s3.create_bucket().bucket("NO").send().await).contains("InvalidBucketName"));
    s3.create_bucket().bucket("second").send().await.unwrap();
    s3.head_bucket().bucket("second").send().await.unwrap();
    let named: Vec<_> = s3.list_buckets().send().await.unwrap().buckets.unwrap();
    assert_eq!(named.len(), 2);
    s3.get_bucket_location().bucket("second").send().await.unwrap();
    let status = || s3.get_bucket_versioning().bucket("second");
    assert_eq!(status().send().await.unwrap().status, None);
    let suspended = VersioningConfiguration::builder().status(BucketVersioningStatus::Suspended).build();
    s3.put_bucket_versioning().bucket("second").versioning_configuration(suspended).send().await.unwrap();
    assert_eq!(status().send().await.unwrap().status, Some(BucketVersioningStatus::Suspended));
    s3.put_bucket_tagging().bucket("second").tagging(tags("a")).send().await.unwrap();
    assert_eq!(s3.get_bucket_tagging().bucket("second").send().await.unwrap().tag_set.len(), 1);
    s3.delete_bucket_tagging().bucket("second").send().await.unwrap();
    assert!(refusal(s3.get_bucket_tagging().bucket("second").send().await).contains("NoSuchTagSet"));
    stand.put("k", b"one".to_vec()).await;
    assert!(refusal(s3.delete_bucket().bucket(BUCKET).send().await).contains("BucketNotEmpty"));
    s3.delete_bucket().bucket("second").send().await.unwrap();
    assert!(refusal(s3.get_bucket_location().bucket("second").send().await).contains("NoSuchBucket"));
}

/// What nobody set is answered as S3 answers it: Terraform's `aws_s3_bucket` reads all of it.
#[tokio::test]
async fn subresources_of_buckets() {
    let stand = Stand::with_bucket().await;
    let s3 = &stand.s3;
    s3.get_bucket_encryption().bucket(BUCKET).send().await.unwrap();
    s3.get_bucket_acl().bucket(BUCKET).send().await.unwrap();
    s3.get_bucket_logging().bucket(BUCKET).send().await.unwrap();
    s3.get_bucket_accelerate_configuration().bucket(BUCKET).send().await.unwrap();
    s3.get_bucket_request_payment().bucket(BUCKET).send().await.unwrap();
    s3.get_bucket_notification_configuration().bucket(BUCKET).send().await.unwrap();
    s3.get_bucket_ownership_controls().bucket(BUCKET).send().await.unwrap();
    s3.get_public_access_block().bucket(BUCKET).send().await.unwrap();
    for (said, expected) in [
        (refusal(s3.get_bucket_policy().bucket(BUCKET).send().await), "NoSuchBucketPolicy"),
        (refusal(s3.get_bucket_policy_status().bucket(BUCKET).send().await), "NoSuchBucketPolicy"),
        (refusal(s3.get_bucket_cors().bucket(BUCKET).send().await), "NoSuchCORSConfiguration"),
        (refusal(s3.get_bucket_website().bucket(BUCKET).send().await), "NoSuchWebsiteConfiguration"),
        (
            refusal(s3.get_bucket_lifecycle_configuration().bucket(BUCKET).send().await),
            "NoSuchLifecycleConfiguration",
        ),
        (
            refusal(s3.get_bucket_replication().bucket(BUCKET).send().await),
            "ReplicationConfigurationNotFoundError",
        ),
        (
            refusal(s3.get_object_lock_configuration().bucket(BUCKET).send().await),
            "ObjectLockConfigurationNotFoundError",
        ),
        (refusal(s3.get_bucket_acl().bucket("no-such-bucket").send().await), "NoSuchBucket"),
    ] {
        assert!(said.contains(expected), "{said}");
    }
}

#[tokio::test]
async fn objects() {
    let stand = Stand::with_bucket().await;
    let s3 = &stand.s3;
    let put = s3.put_object().bucket(BUCKET).key("a/one").body(b"one".to_vec().into()).send().await.unwrap();
    let version = put.version_id.unwrap();
    let wrong = s3.put_object().bucket(BUCKET).key("a/two").content_md5("AAAAAAAAAAAAAAAAAAAAAA==");
    assert!(refusal(wrong.body(b"two".to_vec().into()).send().await).contains("BadDigest"));
    let copied = s3.copy_object().bucket(BUCKET).key("b/copy").copy_source(format!("{BUCKET}/a/one"));
    copied.send().await.unwrap();
    let got = s3.get_object().bucket(BUCKET).key("b/copy").send().await.unwrap();
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"one");
    let head = s3.head_object().bucket(BUCKET).key("a/one").version_id(&version).send().await.unwrap();
    assert_eq!(head.content_length, Some(3));
    assert_eq!(s3.list_objects().bucket(BUCKET).send().await.unwrap().contents.unwrap().len(), 2);
    let below = s3.list_objects_v2().bucket(BUCKET).prefix("a/").send().await.unwrap();
    assert_eq!(below.key_count, Some(1));
    s3.put_object_tagging().bucket(BUCKET).key("a/one").tagging(tags("a")).send().await.unwrap();
    let tagged = s3.get_object_tagging().bucket(BUCKET).key("a/one").send().await.unwrap();
    assert_eq!((tagged.tag_set.len(), tagged.version_id), (1, Some(version)));
    s3.delete_object_tagging().bucket(BUCKET).key("a/one").send().await.unwrap();
    let tagged = s3.get_object_tagging().bucket(BUCKET).key("a/one").send().await.unwrap();
    assert_eq!(tagged.tag_set.len(), 0);
    s3.delete_object().bucket(BUCKET).key("a/one").send().await.unwrap();
    let versions = s3.list_object_versions().bucket(BUCKET).send().await.unwrap();
    assert_eq!((versions.versions.unwrap().len(), versions.delete_markers.unwrap().len()), (2, 1));
    let object = ObjectIdentifier::builder().key("b/copy").build().unwrap();
    let deleted =
        s3.delete_objects().bucket(BUCKET).delete(Delete::builder().objects(object).build().unwrap());
    assert_eq!(deleted.send().await.unwrap().deleted.unwrap().len(), 1);
    for (said, expected) in [
        (refusal(s3.get_object().bucket(BUCKET).key("absent").send().await), "NoSuchKey"),
        (refusal(s3.get_object_tagging().bucket(BUCKET).key("absent").send().await), "NoSuchKey"),
        (
            refusal(s3.copy_object().bucket(BUCKET).key("c").copy_source("builds/absent").send().await),
            "NoSuchKey",
        ),
        (refusal(s3.list_objects().bucket("no-such-bucket").send().await), "NoSuchBucket"),
    ] {
        assert!(said.contains(expected), "{said}");
    }
}

#[tokio::test]
async fn uploads_in_parts() {
    let stand = Stand::with_bucket().await;
    let s3 = &stand.s3;
    let begin = async |key: &str| {
        s3.create_multipart_upload().bucket(BUCKET).key(key).send().await.unwrap().upload_id.unwrap()
    };
    let (kept, dropped) = (begin("kept").await, begin("dropped").await);
    let part = s3.upload_part().bucket(BUCKET).key("kept").upload_id(&kept).part_number(1);
    let part = part.body(b"part".to_vec().into()).send().await.unwrap();
    let parts = s3.list_parts().bucket(BUCKET).key("kept").upload_id(&kept).send().await.unwrap();
    assert_eq!(parts.parts.unwrap().len(), 1);
    assert_eq!(s3.list_multipart_uploads().bucket(BUCKET).send().await.unwrap().uploads.unwrap().len(), 2);
    s3.abort_multipart_upload().bucket(BUCKET).key("dropped").upload_id(&dropped).send().await.unwrap();
    let complete = |key: &str, upload: &str, tag: Option<String>| {
        let part = CompletedPart::builder().part_number(1).set_e_tag(tag).build();
        s3.complete_multipart_upload()
            .bucket(BUCKET)
            .key(key)
            .upload_id(upload)
            .multipart_upload(CompletedMultipartUpload::builder().parts(part).build())
    };
    assert!(refusal(complete("dropped", &dropped, part.e_tag.clone()).send().await).contains("NoSuchUpload"));
    assert!(refusal(complete("kept", &kept, Some("\"0\"".into())).send().await).contains("InvalidPart"));
    complete("kept", &kept, part.e_tag).send().await.unwrap();
    let got = s3.get_object().bucket(BUCKET).key("kept").send().await.unwrap();
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"part");
    let none = s3.list_parts().bucket(BUCKET).key("kept").upload_id(&kept).send().await;
    assert!(refusal(none).contains("NoSuchUpload"));
}
