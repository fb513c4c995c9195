//! The last part of the demonstration: a config in Enforce, and what Lambda takes and refuses under it.

use lambda_codesign_core::Verifier;
use lambda_codesign_core::chain::{TrustRoots, Vouches};
use lambda_codesign_core::policy::{Policy, Publishers};
use lambda_codesign_core::verdict::Decision;
use tokio::runtime::Runtime;

use super::services::{Deployment, Services};
use super::{expect, now, row, step};
use crate::fault::Fault;
use crate::output::Output;

/// What is expected of a deployment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Taken,
    Refused,
}

pub(super) fn run(package: &[u8], output: &mut Output) -> Result<(), Fault> {
    let runtime = step(Runtime::new().map_err(|error| error.to_string()))?;
    runtime.block_on(enforce(package, output))
}

async fn enforce(package: &[u8], output: &mut Output) -> Result<(), Fault> {
    let services = step(Services::start().await)?;
    output.text("\n7. Signed by Signer and judged by Lambda, as the embedded sandbox plays them\n");
    let signed = step(services.sign(package).await)?;
    let verdict = step(verifier(&services))?.verify(&signed.bytes, now());
    expect(Decision::Allow, &verdict)?;
    row(output, "what the signing job wrote, verified here", &verdict);
    let config = step(services.enforce().await)?;
    show(output, "unsigned code", Expected::Refused, services.create(package, &config).await)?;
    show(output, "signed code", Expected::Taken, services.create(&signed.bytes, &config).await)?;
    show(output, "an unsigned layer", Expected::Refused, services.attach(package).await)?;
    let layer = step(services.sign(package).await)?;
    show(output, "a signed layer", Expected::Taken, services.attach(&layer.bytes).await)?;
    step(services.revoke(&signed.job).await)?;
    show(output, "the signed code, revoked", Expected::Refused, services.update(&signed.bytes).await)?;
    services.stop().await;
    Ok(())
}

fn verifier(services: &Services) -> Result<Verifier, String> {
    let mut roots = TrustRoots::none();
    roots.add_pem(services.trust_root(), &Vouches::All).map_err(|error| error.to_string())?;
    let publisher = services.profile.parse().map_err(|_| "the profile's ARN is no pattern".to_owned())?;
    Ok(Verifier::new(roots, Policy::new(Publishers::Only(vec![publisher]))))
}

fn show(
    output: &mut Output,
    what: &str,
    expected: Expected,
    deployment: Result<Deployment, String>,
) -> Result<(), Fault> {
    let (found, line) = match step(deployment)? {
        Deployment::Taken => (Expected::Taken, format!("   taken    {what}\n")),
        Deployment::Refused(why) => (Expected::Refused, format!("   refused  {what}\n            {why}\n")),
    };
    if found != expected {
        return step(Err(format!("a deployment was not answered as expected:\n{line}")));
    }
    output.text(&line);
    Ok(())
}
