//! S3, as far as signing and publishing need it.

use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};

use crate::stand::{BUCKET, Stand, refusal};

#[tokio::test]
async fn versions_stay() {
    let stand = Stand::with_bucket().await;
    let first = stand.put("k", b"one".to_vec()).await;
    let second = stand.put("k", b"two".to_vec()).await;
    assert_ne!(first, second);
    let get = stand.s3.get_object().bucket(BUCKET).key("k").version_id(&first).send().await.unwrap();
    assert_eq!(get.body.collect().await.unwrap().to_vec(), b"one");
    let head = stand.s3.head_object().bucket(BUCKET).key("k").send().await.unwrap();
    assert_eq!((head.content_length, head.version_id), (Some(3), Some(second)));
    stand.s3.delete_object().bucket(BUCKET).key("k").send().await.unwrap();
    assert!(refusal(stand.s3.get_object().bucket(BUCKET).key("k").send().await).contains("NoSuchKey"));
    let get = stand.s3.get_object().bucket(BUCKET).key("k").version_id(&first).send().await.unwrap();
    assert_eq!(get.body.collect().await.unwrap().to_vec(), b"one");
}

#[tokio::test]
async fn a_multipart_upload_becomes_one_object() {
    let stand = Stand::with_bucket().await;
    let begun = stand.s3.create_multipart_upload().bucket(BUCKET).key("big").send().await.unwrap();
    let upload = begun.upload_id.unwrap();
    let mut parts = Vec::new();
    for (number, byte) in [(1, b'a'), (2, b'b')] {
        let body = vec![byte; 6 << 20];
        let part = stand.s3.upload_part().bucket(BUCKET).key("big").upload_id(&upload).part_number(number);
        let part = part.body(body.into()).send().await.unwrap();
        parts.push(CompletedPart::builder().part_number(number).set_e_tag(part.e_tag).build());
    }
    let whole = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let done = stand.s3.complete_multipart_upload().bucket(BUCKET).key("big").upload_id(upload);
    assert!(done.multipart_upload(whole).send().await.unwrap().version_id.is_some());
    let get =
        stand.s3.get_object().bucket(BUCKET).key("big").range("bytes=6291454-6291457").send().await.unwrap();
    assert_eq!(get.body.collect().await.unwrap().to_vec(), b"aabb");
}

#[tokio::test]
async fn what_stands_already_is_not_put_again_where_that_is_asked() {
    let stand = Stand::with_bucket().await;
    stand.put("k", b"one".to_vec()).await;
    let again = stand.s3.put_object().bucket(BUCKET).key("k").if_none_match("*").body(b"two".to_vec().into());
    assert!(refusal(again.send().await).contains("PreconditionFailed"));
    let listed = stand.s3.list_objects_v2().bucket(BUCKET).send().await.unwrap();
    assert_eq!(listed.contents.unwrap().len(), 1);
    let absent = stand.s3.get_object().bucket("no-such-bucket").key("k").send().await;
    assert!(refusal(absent).contains("NoSuchBucket"));
}

#[tokio::test]
async fn a_hundred_clients_at_once() {
    let stand = std::sync::Arc::new(Stand::with_bucket().await);
    let mut clients = tokio::task::JoinSet::new();
    for number in 0..100_u32 {
        let stand = stand.clone();
        clients.spawn(async move {
            let key = format!("k{number}");
            stand.put(&key, key.clone().into_bytes()).await;
            let get = stand.s3.get_object().bucket(BUCKET).key(&key).send().await.unwrap();
            assert_eq!(get.body.collect().await.unwrap().to_vec(), key.into_bytes());
        });
    }
    assert_eq!(clients.join_all().await.len(), 100);
}
