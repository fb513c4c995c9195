//! Signed packages with one thing changed each, and what a verifier has to say of them.
//!
//! Everything that a row doesn't touch is sound: what was changed is signed again, by the key that the change
//! leaves in charge, so that nothing but the fault itself can be the reason for a refusal.

mod armour;
mod structure;
mod signers;
mod attributes;
mod values;
mod bag;
mod certificates;
mod keys;
mod chain;
mod authorization;
mod validity;
mod times;
mod claims;
mod content;

use crate::cms::Form;
use crate::package::SignedPackage;

/// The time at which the mutated packages are to be verified, RFC 3339: the leaf has expired by then.
pub const VERIFIED_AT: &str = "2026-11-20T00:00:00Z";

/// The stage of verification that a row speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// PEM, BER and CMS.
    Envelope,
    /// Which certificate is the signer's.
    Signer,
    /// The certificates one by one, and their path to a trusted root at the signing time.
    Chain,
    /// The signature over the attributes.
    Signature,
    /// What the attributes state.
    Claims,
    /// The digest of the package.
    Content,
}

/// What the integrity check has to come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It passes.
    Accepted,
    /// It passes, with this warning.
    Warned(&'static str),
    /// It fails with this code.
    Refused(&'static str),
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub struct Mutation {
    pub name: &'static str,
    pub stage: Stage,
    pub expected: Expected,
    /// What is done to a sound package of either form.
    pub change: fn(&mut SignedPackage),
}

impl Mutation {
    /// The package, its bytes still to be asked for.
    pub fn package(&self, form: Form) -> SignedPackage {
        let mut package = SignedPackage::standard(form);
        (self.change)(&mut package);
        package
    }
}

/// Every row.
pub fn all() -> impl Iterator<Item = &'static Mutation> {
    [
        armour::ROWS,
        structure::ROWS,
        structure::FRAMES,
        signers::ROWS,
        attributes::ROWS,
        values::ROWS,
        bag::ROWS,
        certificates::ROWS,
        keys::ROWS,
        chain::ROWS,
        authorization::ROWS,
        validity::ROWS,
        times::ROWS,
        claims::ROWS,
        content::ROWS,
    ]
    .into_iter()
    .flatten()
}

type Change = fn(&mut SignedPackage);

const fn accepted(stage: Stage, name: &'static str, change: Change) -> Mutation {
    Mutation { name, stage, expected: Expected::Accepted, change }
}

const fn warned(stage: Stage, code: &'static str, name: &'static str, change: Change) -> Mutation {
    Mutation { name, stage, expected: Expected::Warned(code), change }
}

const fn refused(stage: Stage, code: &'static str, name: &'static str, change: Change) -> Mutation {
    Mutation { name, stage, expected: Expected::Refused(code), change }
}

const fn envelope_malformed(name: &'static str, change: Change) -> Mutation {
    refused(Stage::Envelope, "envelope-malformed", name, change)
}

const fn not_identified(name: &'static str, change: Change) -> Mutation {
    refused(Stage::Signer, "signer-not-identified", name, change)
}

const fn certificate_malformed(name: &'static str, change: Change) -> Mutation {
    refused(Stage::Chain, "certificate-malformed", name, change)
}

const fn too_large(name: &'static str, change: Change) -> Mutation {
    refused(Stage::Chain, "chain-too-large", name, change)
}

const fn untrusted(name: &'static str, change: Change) -> Mutation {
    refused(Stage::Chain, "chain-untrusted", name, change)
}

const fn untimely(name: &'static str, change: Change) -> Mutation {
    refused(Stage::Chain, "chain-not-valid-at-signing-time", name, change)
}

const fn not_authorized(name: &'static str, change: Change) -> Mutation {
    refused(Stage::Chain, "issuer-not-authorized", name, change)
}

const fn not_code_signing(name: &'static str, change: Change) -> Mutation {
    refused(Stage::Chain, "not-code-signing", name, change)
}

const fn signature_invalid(name: &'static str, change: Change) -> Mutation {
    refused(Stage::Signature, "signature-invalid", name, change)
}

const fn claims_malformed(name: &'static str, change: Change) -> Mutation {
    refused(Stage::Claims, "claims-malformed", name, change)
}

const fn digest_mismatch(name: &'static str, change: Change) -> Mutation {
    refused(Stage::Content, "digest-mismatch", name, change)
}
