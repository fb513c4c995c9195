//! ListObjects and ListObjectsV2.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as TOKEN;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::buckets::{owner, timestamp};
use super::objects;
use super::records::{StoredObject, VERSIONS, VersionRecord};
use super::service::Service;
use crate::store::{More, Read, StoreError, below, key};
use crate::world::World;

/// The most entries of an answer.
const ENTRIES: usize = 1000;
/// Records that are read at a time.
const STRIDE: usize = 256;

/// What `encoding-type=url` leaves as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// What is to be listed.
pub(super) struct Query {
    pub(super) bucket: String,
    pub(super) prefix: String,
    pub(super) delimiter: Option<String>,
    /// The key, or the common prefix, after which the list begins.
    pub(super) after: Option<String>,
    pub(super) limit: usize,
}

/// An entry of a list.
enum Entry {
    Object(Box<(String, StoredObject)>),
    Prefix(String),
}

/// A page of the list.
struct Listed {
    entries: Vec<Entry>,
    more: More,
}

impl Entry {
    fn name(&self) -> &str {
        match self {
            Self::Object(object) => &object.0,
            Self::Prefix(prefix) => prefix,
        }
    }
}

impl Query {
    /// The common prefix that a key is folded into.
    pub(super) fn fold<'a>(&self, object: &'a str) -> Option<&'a str> {
        let delimiter = self.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty())?;
        let rest = object.strip_prefix(&self.prefix)?;
        let end = rest.find(delimiter)?.saturating_add(self.prefix.len()).saturating_add(delimiter.len());
        object.get(..end)
    }

    /// Where in the table the list begins.
    fn start(&self) -> Option<String> {
        let after = self.after.as_deref()?;
        Some(self.behind(after))
    }

    /// Behind all versions of a key, and of all keys that are folded into it.
    fn behind(&self, name: &str) -> String {
        let is_folded = self.fold(name) == Some(name);
        let last = if is_folded { "\u{10ffff}" } else { "\0\u{10ffff}" };
        format!("{}{last}", key(&[&self.bucket, name]))
    }
}

/// The current objects of a bucket in the order of their keys, folded at the delimiter.
fn list(read: &Read, query: &Query) -> Result<Listed, StoreError> {
    let mut listed = Listed { entries: Vec::new(), more: More::End };
    let inside = format!("{}{}", below(&[&query.bucket]), query.prefix);
    let mut after = query.start();
    loop {
        let page = read.scan(&VERSIONS, &inside, after.as_deref(), STRIDE)?;
        let Some((last, _)) = page.records.last() else { return Ok(listed) };
        let mut next = last.clone();
        let mut seen: Option<String> = None;
        for (place, record) in page.records {
            let Some(object) = place.split('\0').nth(1) else { continue };
            // Only the first version of a key is current.
            if seen.as_deref() == Some(object) {
                continue;
            }
            seen = Some(object.to_owned());
            next = query.behind(object);
            let VersionRecord::Object(found) = record else { continue };
            if listed.entries.len() >= query.limit {
                listed.more = More::Follows;
                return Ok(listed);
            }
            if let Some(prefix) = query.fold(object) {
                listed.entries.push(Entry::Prefix(prefix.to_owned()));
                next = query.behind(prefix);
                break;
            }
            listed.entries.push(Entry::Object(Box::new((object.to_owned(), found))));
        }
        after = Some(next);
    }
}

async fn page(service: &Service, query: Query) -> S3Result<Listed> {
    let work = move |world: &World| {
        Ok(world.store.read(|read| {
            objects::bucket_record(read, &query.bucket)?;
            if query.limit == 0 {
                return Ok(Listed { entries: Vec::new(), more: More::End });
            }
            list(read, &query).map_err(objects::ObjectError::from)
        })?)
    };
    service.run(work).await
}

pub(super) fn limit(asked: Option<i32>) -> S3Result<usize> {
    let invalid = || {
        S3Error::with_message(
            S3ErrorCode::InvalidArgument,
            "Argument maxKeys must be an integer between 0 and 2147483647",
        )
    };
    let asked = asked.map(usize::try_from).transpose().map_err(|_| invalid())?;
    Ok(asked.unwrap_or(ENTRIES).min(ENTRIES))
}

/// Writes names as the request wants them.
#[derive(Clone, Copy)]
pub(super) enum Names {
    AsTheyAre,
    Url,
}

impl Names {
    pub(super) fn of(encoding: Option<&EncodingType>) -> Self {
        match encoding {
            Some(encoding) if encoding.as_str() == EncodingType::URL => Self::Url,
            Some(_) | None => Self::AsTheyAre,
        }
    }

    pub(super) fn write(self, name: &str) -> String {
        match self {
            Self::AsTheyAre => name.to_owned(),
            Self::Url => utf8_percent_encode(name, PLAIN).to_string(),
        }
    }
}

/// The entries as answers have them.
fn split(entries: Vec<Entry>, names: Names, owned: Option<&str>) -> (Vec<Object>, Vec<CommonPrefix>) {
    let mut objects = Vec::new();
    let mut prefixes = Vec::new();
    for entry in entries {
        match entry {
            Entry::Prefix(prefix) => prefixes.push(CommonPrefix { prefix: Some(names.write(&prefix)) }),
            Entry::Object(found) => {
                let (name, object) = *found;
                objects.push(Object {
                    e_tag: Some(ETag::Strong(object.etag)),
                    key: Some(names.write(&name)),
                    last_modified: Some(timestamp(object.modified)),
                    owner: owned.map(owner),
                    size: i64::try_from(object.blob.size).ok(),
                    storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
                    ..Object::default()
                });
            }
        }
    }
    (objects, prefixes)
}

pub(super) async fn first(service: &Service, input: ListObjectsInput) -> S3Result<ListObjectsOutput> {
    let names = Names::of(input.encoding_type.as_ref());
    let limit = limit(input.max_keys)?;
    let query = Query {
        bucket: input.bucket.clone(),
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: input.delimiter.clone(),
        after: input.marker.clone().filter(|marker| !marker.is_empty()),
        limit,
    };
    let listed = page(service, query).await?;
    let last = listed.entries.last().map(|entry| names.write(entry.name()));
    let (contents, common_prefixes) = split(listed.entries, names, Some(&service.caller.account));
    Ok(ListObjectsOutput {
        name: Some(input.bucket),
        prefix: Some(names.write(&input.prefix.unwrap_or_default())),
        marker: Some(names.write(&input.marker.unwrap_or_default())),
        max_keys: i32::try_from(limit).ok(),
        is_truncated: Some(listed.more == More::Follows),
        contents: Some(contents),
        common_prefixes: Some(common_prefixes),
        next_marker: last.filter(|_| listed.more == More::Follows && input.delimiter.is_some()),
        delimiter: input.delimiter.map(|delimiter| names.write(&delimiter)),
        encoding_type: input.encoding_type,
        ..ListObjectsOutput::default()
    })
}

pub(super) async fn second(service: &Service, input: ListObjectsV2Input) -> S3Result<ListObjectsV2Output> {
    let names = Names::of(input.encoding_type.as_ref());
    let limit = limit(input.max_keys)?;
    let token = input.continuation_token.as_deref().map(read_token).transpose()?;
    let query = Query {
        bucket: input.bucket.clone(),
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: input.delimiter.clone(),
        after: token.or_else(|| input.start_after.clone()).filter(|after| !after.is_empty()),
        limit,
    };
    let listed = page(service, query).await?;
    let last = listed.entries.last().map(|entry| TOKEN.encode(entry.name()));
    let owned = input.fetch_owner.unwrap_or_default().then_some(service.caller.account.as_str());
    let count = i32::try_from(listed.entries.len()).ok();
    let (contents, common_prefixes) = split(listed.entries, names, owned);
    Ok(ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: Some(names.write(&input.prefix.unwrap_or_default())),
        max_keys: i32::try_from(limit).ok(),
        key_count: count,
        continuation_token: input.continuation_token,
        is_truncated: Some(listed.more == More::Follows),
        next_continuation_token: last.filter(|_| listed.more == More::Follows),
        contents: Some(contents),
        common_prefixes: Some(common_prefixes),
        delimiter: input.delimiter.map(|delimiter| names.write(&delimiter)),
        encoding_type: input.encoding_type,
        start_after: input.start_after.map(|after| names.write(&after)),
        ..ListObjectsV2Output::default()
    })
}

fn read_token(token: &str) -> S3Result<String> {
    let bytes = TOKEN.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    bytes.ok_or_else(|| {
        S3Error::with_message(S3ErrorCode::InvalidArgument, "The continuation token provided is incorrect")
    })
}
