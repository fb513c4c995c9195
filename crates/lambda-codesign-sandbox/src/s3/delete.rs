//! DeleteObject and DeleteObjects.

use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::conditions::Conditions;
use super::objects::{self, Deleted, ObjectError};
use super::records::{NULL_VERSION, VersionRecord};
use super::service::Service;
use crate::world::World;

/// The most keys of one request (S3 API reference, DeleteObjects).
const KEYS: usize = 1000;

pub(super) async fn one(service: &Service, input: DeleteObjectInput) -> S3Result<DeleteObjectOutput> {
    let DeleteObjectInput { bucket, key, version_id, if_match, .. } = input;
    let named = version_id.clone();
    let work = move |world: &World| {
        let now = world.now();
        world.store.write(|write| {
            if if_match.is_some() {
                let conditions = Conditions { matches: if_match, ..Conditions::default() };
                conditions.check_write(objects::newest(write, &bucket, &key)?.as_ref())?;
            }
            Ok::<_, S3Error>(objects::delete(write, (&bucket, &key), version_id.as_deref(), now)?)
        })
    };
    let (delete_marker, version_id) = match service.run(work).await? {
        Deleted::Hidden(marker) => {
            (Some(true), Some(marker.version.unwrap_or_else(|| NULL_VERSION.to_owned())))
        }
        Deleted::Gone(Some(VersionRecord::Marker(_))) => (Some(true), named),
        Deleted::Gone(Some(VersionRecord::Object(_)) | None) => (None, named),
    };
    Ok(DeleteObjectOutput { delete_marker, version_id, ..DeleteObjectOutput::default() })
}

pub(super) async fn many(service: &Service, input: DeleteObjectsInput) -> S3Result<DeleteObjectsOutput> {
    let DeleteObjectsInput { bucket, delete, .. } = input;
    if delete.objects.is_empty() || delete.objects.len() > KEYS {
        return Err(S3Error::with_message(
            S3ErrorCode::MalformedXML,
            "The XML you provided was not well-formed or did not validate against our published schema",
        ));
    }
    let is_quiet = delete.quiet.unwrap_or_default();
    let work = move |world: &World| {
        let now = world.now();
        world
            .store
            .write(|write| {
                let mut deleted = Vec::new();
                for object in delete.objects {
                    let version = object.version_id;
                    let done = objects::delete(write, (&bucket, &object.key), version.as_deref(), now)?;
                    deleted.push(answered(object.key, version, done));
                }
                Ok::<_, ObjectError>(deleted)
            })
            .map_err(S3Error::from)
    };
    let deleted = service.run(work).await?;
    Ok(DeleteObjectsOutput { deleted: (!is_quiet).then_some(deleted), ..DeleteObjectsOutput::default() })
}

fn answered(key: String, version: Option<String>, done: Deleted) -> DeletedObject {
    let (delete_marker, delete_marker_version_id) = match done {
        Deleted::Hidden(marker) => {
            (Some(true), Some(marker.version.unwrap_or_else(|| NULL_VERSION.to_owned())))
        }
        Deleted::Gone(Some(VersionRecord::Marker(_))) => (Some(true), version.clone()),
        Deleted::Gone(Some(VersionRecord::Object(_)) | None) => (None, None),
    };
    DeletedObject { delete_marker, delete_marker_version_id, key: Some(key), version_id: version }
}
