//! Tags of profiles, the only resources that bear them.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::Method;
use axum::response::Response;
use lambda_codesign_signing::name::ProfileName;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Signer;
use super::profiles::{change, visible};
use super::records::{Action, site};
use super::refusal::{Kind, Refusal};
use super::request::{Query, body, values};
use crate::sigv4::Caller;
use crate::world::World;

/// The model's `TagMap`.
const MOST: usize = 200;

#[derive(Deserialize)]
struct TagBody {
    tags: BTreeMap<String, String>,
}

/// TagResource, UntagResource and ListTagsForResource.
pub(super) async fn answer(
    State(signer): State<Signer>,
    Path(arn): Path<String>,
    method: Method,
    query: Query,
    bytes: Bytes,
) -> Response {
    signer
        .carry_out(move |world, caller| {
            let name = profile_of(caller, &arn)?;
            let done = match method {
                Method::POST => tag(world, caller, &name, body::<TagBody>(&bytes)?.tags),
                Method::DELETE => change(world, caller, &name, |record| {
                    values(&query, "tagKeys").for_each(|key| drop(record.tags.remove(key)));
                    Ok(json!({}))
                }),
                Method::GET => {
                    let own = (caller.account.as_str(), &name);
                    let found =
                        world.store.read(|read| visible(read, caller, own, Action::GetSigningProfile));
                    found.map(|record| json!({ "tags": record.tags }))
                }
                _ => Err(Refusal::new(Kind::UnknownOperation, "Signer has no such operation on tags.")),
            };
            done.map_err(in_words_of_tags)
        })
        .await
}

fn tag(
    world: &World,
    caller: &Caller,
    name: &ProfileName,
    tags: BTreeMap<String, String>,
) -> Result<Value, Refusal> {
    check_tags(&tags, Kind::BadRequest)?;
    change(world, caller, name, |record| {
        record.tags.extend(tags);
        check_tags(&record.tags, Kind::BadRequest)?;
        Ok(json!({}))
    })
}

/// The operations on tags have exceptions of their own.
fn in_words_of_tags(refusal: Refusal) -> Refusal {
    let kind = match refusal.kind {
        Kind::ResourceNotFound | Kind::NotFound => Kind::NotFound,
        Kind::Validation | Kind::InvalidJobParameters | Kind::BadRequest => Kind::BadRequest,
        Kind::AccessDenied | Kind::Conflict | Kind::InternalServiceError | Kind::UnknownOperation => {
            refusal.kind
        }
    };
    Refusal { kind, ..refusal }
}

/// The caller's profile that an ARN names.
fn profile_of(caller: &Caller, arn: &str) -> Result<ProfileName, Refusal> {
    let bad = || Refusal::new(Kind::BadRequest, "The resource ARN is not that of a signing profile.");
    let (scope, name) = arn.split_once(":/signing-profiles/").ok_or_else(bad)?;
    let name = name.parse().map_err(|_| bad())?;
    if scope != site(caller, &caller.account)?.to_string() {
        return Err(Refusal::new(Kind::NotFound, format!("Signing profile {name} not found")));
    }
    Ok(name)
}

/// Tags are at most 200, and of the lengths of the model; `aws:` is not for users.
pub(super) fn check_tags(tags: &BTreeMap<String, String>, kind: Kind) -> Result<(), Refusal> {
    let is_tag = |(key, value): (&String, &String)| {
        (1..=128).contains(&key.chars().count()) && !key.starts_with("aws:") && value.chars().count() <= 256
    };
    if tags.len() > MOST || !tags.iter().all(is_tag) {
        return Err(Refusal::new(kind, "The tags are too many, or a key or value is not valid."));
    }
    Ok(())
}
