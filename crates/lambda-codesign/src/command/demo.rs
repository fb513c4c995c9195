//! `demo`: the whole way in one run, without any account.

mod enforced;
mod services;
mod tamper;

use std::fs;

use clap::Args;
use jiff::Timestamp;
use lambda_codesign_core::Verifier;
use lambda_codesign_core::chain::{TrustRoots, Vouches};
use lambda_codesign_core::policy::{Evidence, Policy, Publishers, Requirement};
use lambda_codesign_core::verdict::{Checks, Decision, Outcome, Seen, Verdict};
use lambda_codesign_signing::name::ProfileName;
use lambda_codesign_signing::pack::{PackOptions, pack};
use lambda_codesign_signing::profile::Profile;
use lambda_codesign_signing::sign::{SignRequest, sign};

use crate::fault::{Exit, Fault};
use crate::output::Output;

/// A genuine AWS signature, as published with the Datadog Forwarder 3.127.0.
const GENUINE: &[u8] = include_bytes!("../../demo/datadog-forwarder-2024.SF");
/// Packages that another implementation signed, and its root.
const OTHERS: [(&str, &[u8]); 2] = [
    ("valid-manifest.zip", include_bytes!("../../demo/valid-manifest.zip")),
    ("manifest-moved.zip", include_bytes!("../../demo/manifest-moved.zip")),
];
const OTHERS_ROOT: &[u8] = include_bytes!("../../demo/vectors-root.pem");

/// Pack a folder, sign it, verify it, tamper with it in five ways and see each refused; then deploy to a sandbox that
/// judges as Lambda does.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lambda-codesign demo

It needs no account and no network, and leaves nothing behind.")]
pub(crate) struct Arguments {}

pub(crate) fn run(_: &Arguments, output: &mut Output) -> Result<Exit, Fault> {
    genuine(output)?;
    others(output)?;
    let package = packed(output)?;
    let profile = step(name().and_then(ephemeral))?;
    let signed = step(
        sign(&package, &profile, &SignRequest::at(Timestamp::now())).map_err(|error| error.to_string()),
    )?;
    output.text(&format!(
        "\n4. Signed with a local profile, whose root and keys live in memory alone\n   profile  {}\n   job      {}\n",
        signed.statement.profile_version, signed.statement.job
    ));
    let verifier = step(verifier(&profile))?;
    let verdict = verifier.verify(&signed.bytes, now());
    expect(Decision::Allow, &verdict)?;
    output.text("\n5. Verified\n");
    row(output, "the signed package", &verdict);
    let recompressed = step(tamper::recompressed(&signed.bytes))?;
    let verdict = verifier.verify(&recompressed, now());
    expect(Decision::Allow, &verdict)?;
    row(output, "recompressed: not signed, so still valid", &verdict);
    refused(&signed.bytes, &profile, &verifier, output)?;
    enforced::run(&package, output)?;
    output.text(
        "\nWhat this proved: a genuine AWS signature holds against the built-in root; a package that was signed is taken as \
         it is, and no changed, renamed, added, moved or borrowed byte is; under a config in \
         Enforce no unsigned or revoked code or layer is deployed.\n",
    );
    Ok(Exit::Done)
}

fn ephemeral(name: ProfileName) -> Result<Profile, String> {
    Profile::ephemeral(name, Timestamp::now()).map_err(|error| error.to_string())
}

fn name() -> Result<ProfileName, String> {
    "demo".parse().map_err(|error: lambda_codesign_signing::name::NameError| error.to_string())
}

/// What must not fail, since nothing here depends on the user.
fn step<T>(result: Result<T, String>) -> Result<T, Fault> {
    result.map_err(|error| Fault::new("the demonstration failed", error, "please report it"))
}

fn expect(decision: Decision, verdict: &Verdict) -> Result<(), Fault> {
    let unexpected =
        || format!("a package was answered {}: {:?}", verdict.status().as_str(), verdict.checks());
    step(if verdict.decision() == decision { Ok(()) } else { Err(unexpected()) })
}

fn now() -> Evidence<'static> {
    Evidence { now: Timestamp::now(), revocations: None }
}

/// One line: what it is, what became of it and why.
fn row(output: &mut Output, what: &str, verdict: &Verdict) {
    let Checks { integrity, expiry, mismatch, revocation } = verdict.checks();
    let failed = [integrity, expiry, mismatch, revocation].into_iter().find(|outcome| outcome.is_fail());
    let code = failed.and_then(Outcome::code).map(|code| code.as_str()).unwrap_or_default();
    let (decision, status) = (verdict.decision().as_str(), verdict.status().as_str());
    output.text(&format!("   {decision:5}  {status:8}  {code:20}  {what}\n"));
}

fn genuine(output: &mut Output) -> Result<(), Fault> {
    let verifier = Verifier::new(TrustRoots::aws(), Policy::new(Publishers::Any));
    let statement = step(
        verifier.authenticate_signature(GENUINE, &mut Seen::default()).map_err(|finding| finding.to_string()),
    )?;
    let (claims, signer) = (statement.claims(), statement.signer());
    output.text(&format!(
        "1. A genuine AWS signature of 2024, inspected: signature and chain hold against the built-in root\n   profile  {}\n   \
         signed   {}, expires {}\n   root     {}\n",
        claims.profile(),
        claims.signing_time(),
        claims.expires(),
        signer.root().certificate().subject()
    ));
    Ok(())
}

fn others(output: &mut Output) -> Result<(), Fault> {
    let mut roots = TrustRoots::none();
    step(roots.add_pem(OTHERS_ROOT, &Vouches::All).map_err(|error| error.to_string()))?;
    let verifier = Verifier::new(roots, Policy::new(Publishers::Any));
    output.text("\n2. Packages that another implementation signed\n");
    for ((name, package), decision) in OTHERS.into_iter().zip([Decision::Allow, Decision::Block]) {
        let verdict = verifier.verify(package, now());
        expect(decision, &verdict)?;
        row(output, name, &verdict);
    }
    Ok(())
}

fn packed(output: &mut Output) -> Result<Vec<u8>, Fault> {
    let folder = step(tempfile::tempdir().map_err(|error| error.to_string()))?;
    let write = || {
        fs::create_dir(folder.path().join("lib"))?;
        fs::write(folder.path().join("app.py"), "def handler(event, context):\n    return 'hello'\n")?;
        fs::write(folder.path().join("lib/data.txt"), "data\n".repeat(100))
    };
    step(write().map_err(|error| error.to_string()))?;
    let pack = || pack(folder.path(), &PackOptions::default()).map_err(|error| error.to_string());
    let (once, again) = (step(pack())?, step(pack())?);
    if once.bytes != again.bytes {
        return step(Err("packing a folder twice gave different bytes".to_owned()));
    }
    output.text(&format!(
        "\n3. Packed a folder, twice: the same {} bytes, {} entries with a manifest in front\n",
        once.bytes.len(),
        once.entries
    ));
    Ok(once.bytes)
}

/// A verifier that trusts this profile alone, and asks for a manifest.
fn verifier(profile: &Profile) -> Result<Verifier, String> {
    let mut roots = TrustRoots::none();
    let pem = profile.trust_root_pem().map_err(|error| error.to_string())?;
    roots.add_pem(pem.as_bytes(), &Vouches::All).map_err(|error| error.to_string())?;
    let arn = profile.facts().map_err(|error| error.to_string())?.arn;
    let publisher = arn.as_str().parse().map_err(|_| "the profile's ARN is no pattern".to_owned())?;
    let policy = Policy::new(Publishers::Only(vec![publisher])).with_manifest(Requirement::Required);
    Ok(Verifier::new(roots, policy))
}

fn refused(signed: &[u8], profile: &Profile, verifier: &Verifier, output: &mut Output) -> Result<(), Fault> {
    output.text("\n6. Tampered with in five ways, each refused\n");
    for (what, package) in step(tamper::five_ways(signed, profile))? {
        let verdict = verifier.verify(&package, now());
        expect(Decision::Block, &verdict)?;
        row(output, what, &verdict);
    }
    Ok(())
}
