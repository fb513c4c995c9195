//! What other accounts may do with a profile.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Signer;
use super::profiles::{change, parse_name, visible};
use super::records::{Action, Permission, ProfileRecord};
use super::refusal::{Kind, Refusal};
use super::request::{Query, body, value};
use crate::sigv4::Caller;

/// The most statements that a profile has: enough for tests, and an end.
const MOST: usize = 100;

/// Whether a profile's owner lets the caller do this.
pub(super) fn allow(record: &ProfileRecord, caller: &Caller, action: Action) -> bool {
    record.permissions.iter().any(|permission| {
        let version = permission.profile_version.as_deref();
        permission.action == action
            && is_principal(&permission.principal, caller)
            && version.is_none_or(|version| version == record.version.as_str())
    })
}

/// A principal is an account, or an ARN of one of its identities: the sandbox tells accounts apart and no more.
fn is_principal(principal: &str, caller: &Caller) -> bool {
    principal == caller.account || principal.split(':').nth(4) == Some(&caller.account)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AddBody {
    #[serde(flatten)]
    permission: Permission,
    #[serde(default)]
    revision_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RevisionAnswer {
    revision_id: String,
}

/// Gives the permissions a new revision id.
fn revise(record: &mut ProfileRecord) -> RevisionAnswer {
    let revision_id = uuid::Uuid::new_v4().to_string();
    record.revision = Some(revision_id.clone());
    RevisionAnswer { revision_id }
}

fn check_revision(record: &ProfileRecord, given: Option<&str>) -> Result<(), Refusal> {
    if given.is_none_or(|given| record.revision.as_deref() == Some(given)) {
        return Ok(());
    }
    Err(Refusal::new(Kind::Conflict, "The revision id is not that of the profile's permissions."))
}

/// AddProfilePermission.
pub(super) async fn add(State(signer): State<Signer>, Path(name): Path<String>, bytes: Bytes) -> Response {
    signer
        .carry_out(move |world, caller| {
            let (name, asked) = (parse_name(&name)?, body::<AddBody>(&bytes)?);
            change(world, caller, &name, |record| {
                check_revision(record, asked.revision_id.as_deref())?;
                let id = &asked.permission.statement_id;
                if record.permissions.iter().any(|permission| permission.statement_id == *id) {
                    return Err(Refusal::new(Kind::Conflict, format!("The statement {id} already exists.")));
                }
                if record.permissions.len() >= MOST {
                    return Err(Refusal::validation("The profile has too many permissions."));
                }
                record.permissions.push(asked.permission);
                Ok(revise(record))
            })
        })
        .await
}

/// RemoveProfilePermission.
pub(super) async fn remove(
    State(signer): State<Signer>,
    Path((name, statement)): Path<(String, String)>,
    query: Query,
) -> Response {
    signer
        .carry_out(move |world, caller| {
            let name = parse_name(&name)?;
            let given = value(&query, "revisionId");
            let given = given.ok_or_else(|| Refusal::validation("The revision id is missing."))?;
            change(world, caller, &name, |record| {
                check_revision(record, Some(given))?;
                let before = record.permissions.len();
                record.permissions.retain(|permission| permission.statement_id != statement);
                if record.permissions.len() == before {
                    let message = format!("The statement {statement} does not exist.");
                    return Err(Refusal::new(Kind::ResourceNotFound, message));
                }
                Ok(revise(record))
            })
        })
        .await
}

/// ListProfilePermissions.
pub(super) async fn list(State(signer): State<Signer>, Path(name): Path<String>) -> Response {
    signer
        .carry_out(move |world, caller| {
            let name = parse_name(&name)?;
            let own = (caller.account.as_str(), &name);
            let record = world.store.read(|read| visible(read, caller, own, Action::GetSigningProfile))?;
            let size = json!(record.permissions).to_string().len();
            let mut answer = json!({ "permissions": record.permissions, "policySizeBytes": size });
            if let (Some(revision), Some(members)) = (record.revision, answer.as_object_mut()) {
                members.insert("revisionId".into(), revision.into());
            }
            Ok(answer)
        })
        .await
}
