//! AWS Signer: profiles, and jobs that really sign (BEHAVIOUR.md "Signer").

mod refusal;
mod records;
mod request;
mod pages;
mod platform;
mod profiles;
mod permissions;
mod tags;
mod run;
mod start;
mod jobs;
mod authority;

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::{any, delete, get, post, put};
use lambda_codesign_core::policy::{JobState, ProfileState, Revocations};
use serde::Serialize;

use crate::sigv4::Caller;
use crate::store::StoreError;
use crate::world::World;
use records::{JOBS, PROFILES};
use refusal::{Kind, Refusal};

pub(crate) use authority::{AuthorityError, AuthorityHolder};

/// Signer as one caller sees it.
#[derive(Clone)]
struct Signer {
    world: Arc<World>,
    caller: Caller,
}

impl Signer {
    /// Carries out an operation away from the runtime's own threads, and answers what came of it.
    async fn carry_out<T: Serialize + Send + 'static>(
        self,
        work: impl FnOnce(&World, &Caller) -> Result<T, Refusal> + Send + 'static,
    ) -> Response {
        let Self { world, caller } = self;
        let done = world.blocking(move |world| work(world, &caller)).await;
        let done = done.map_err(|_| Refusal::new(Kind::InternalServiceError, "The operation was cut short."));
        refusal::answer(done.flatten())
    }
}

/// Signer's routes, for one caller.
pub(crate) fn routes(world: Arc<World>, caller: Caller) -> Router {
    Router::new()
        .route("/signing-profiles", get(profiles::list))
        .route("/signing-profiles/{name}", put(profiles::put).get(profiles::get).delete(profiles::cancel))
        .route("/signing-profiles/{name}/revoke", put(profiles::revoke))
        .route("/signing-profiles/{name}/permissions", post(permissions::add).get(permissions::list))
        .route("/signing-profiles/{name}/permissions/{statement}", delete(permissions::remove))
        .route("/signing-platforms", get(platform::list))
        .route("/signing-platforms/{id}", get(platform::get))
        .route("/signing-jobs", post(start::start).get(jobs::list))
        .route("/signing-jobs/with-payload", post(async || refusal::absent("SignPayload")))
        .route("/signing-jobs/{id}", get(jobs::describe))
        .route("/signing-jobs/{id}/revoke", put(jobs::revoke))
        .route("/revocations", get(platform::revocation_status))
        .route("/tags/{*arn}", any(tags::answer))
        .fallback(async || {
            refusal::answer::<()>(Err(Refusal::new(
                Kind::UnknownOperation,
                "Signer has no operation of this method and path.",
            )))
        })
        .with_state(Signer { world, caller })
}

/// What is revoked in all accounts, complete until now: every job and every profile version is named, as one that is
/// not named counts as unknown. Blocks.
pub(crate) fn revocations(world: &World) -> Result<Revocations, StoreError> {
    let now = world.now();
    let (jobs, profiles) =
        world.store.read(|read| Ok::<_, StoreError>((read.all(&JOBS, "")?, read.all(&PROFILES, "")?)))?;
    let mut revocations = Revocations::complete_until_only(now);
    // An ARN that core does not read can stand in no signature that core takes.
    for job in jobs {
        if let Ok(arn) = job.arn.parse() {
            let state = if job.revocation.is_some() { JobState::Revoked } else { JobState::Active };
            revocations = revocations.with_job(arn, state);
        }
    }
    for profile in profiles {
        if let Ok(arn) = profile.version_arn.parse() {
            let state = profile.revocation.map_or(ProfileState::Active, |revocation| ProfileState::Revoked {
                effective: revocation.effective,
            });
            revocations = revocations.with_profile(arn, state);
        }
    }
    Ok(revocations)
}
