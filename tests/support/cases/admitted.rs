//! Packages that are allowed, or only warned of.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::{Case, changed, expected, sound};
use crate::cms::{Attribute, Claims, Form};
use crate::package::{Entry, SignedPackage};
use crate::snapshot::{SignedSnapshot, plain};
use crate::{der, oid};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = sound_packages();
    cases.extend(warned_of());
    cases.extend(let_pass_in_warn_mode());
    cases.extend(unsettled());
    cases
}

fn valid(folder: &str, origin: &str, package: &SignedPackage, warnings: &[&'static str]) -> Case {
    let folder = format!("accepted/{folder}");
    Case::new(&folder, origin, package, expected("VALID", "allow", None, warnings))
}

fn sound_packages() -> Vec<Case> {
    let of_2022 = SignedPackage::standard(Form::Of2022).with_manifest();
    let bare = SignedPackage::standard(Form::Of2024);
    vec![
        valid("manifest-2024", "a manifest in front, the envelope in the form of 2024.", &sound(), &[]),
        valid("manifest-2022", "a manifest in front, the envelope in the form of 2022.", &of_2022, &[]),
        valid("required-manifest", "a manifest in front, and one is required.", &sound(), &[])
            .flag("require-manifest"),
        valid("locked", "no manifest, but the lock lists the file.", &bare, &[])
            .flag("lock lock.json")
            .file("lock.json", lock_of(&bare.zip())),
        valid("unrevoked", "a snapshot names job and profile as active.", &sound(), &[])
            .flag("require-revocation")
            .knowing(&signed("2026-11-02T00:00:00Z", "")),
        valid(
            "revoked-later",
            "the profile is revoked from a time after the signing time on.",
            &sound(),
            &[],
        )
        .flag("require-revocation")
        .knowing(&signed("2026-11-02T00:00:00Z", "2026-11-01T12:00:00Z")),
    ]
}

fn warned_of() -> Vec<Case> {
    let bare = SignedPackage::standard(Form::Of2024);
    let links = SignedPackage::of(
        vec![Entry::file("lib/libfoo.so.1", "elf"), Entry::link("lib/libfoo.so", "libfoo.so.1")],
        Form::Of2024,
    );
    let mut mode = sound();
    mode.tamper = |entries| entries[1].mode = 0o100_755;
    let abroad = sound().with_claims(&Claims {
        job: Claims::standard().job.replace("123456789012", "999999999999"),
        ..Claims::standard()
    });
    let unknown = changed(|package| {
        let attribute = Attribute::new(oid::UNKNOWN_ATTRIBUTE, der::utf8("of a later AWS Signer"));
        package.envelope.signer().attributes().list.push(attribute);
    });
    vec![
        valid(
            "boundary-unproven",
            "no manifest, so nothing proves the boundaries.",
            &bare,
            &["boundary-unproven"],
        ),
        valid(
            "mode-unproven",
            "a symbolic link, and no manifest that says so.",
            &links,
            &["boundary-unproven", "mode-unproven"],
        ),
        valid("mode-changed", "a file made executable after signing.", &mode, &["mode-changed"]),
        valid(
            "cross-account-signature",
            "the job ran in another account than the profile's.",
            &abroad,
            &["cross-account-signature"],
        ),
        valid("unknown-attribute", "a signed attribute that nobody knows.", &unknown, &["unknown-attribute"]),
    ]
}

fn let_pass_in_warn_mode() -> Vec<Case> {
    let warn = |folder: &str, origin: &str, status, code| {
        let folder = format!("accepted/{folder}");
        Case::new(&folder, origin, &sound(), expected(status, "warn", Some(code), &[])).flag("mode warn")
    };
    vec![
        warn("warn-expired", "expired, in warn mode.", "EXPIRED", "expired").at("2038-01-01T00:00:00Z"),
        warn(
            "warn-unknown",
            "revocation required and unknown, in warn mode.",
            "UNKNOWN",
            "revocation-not-checked",
        )
        .flag("require-revocation"),
        Case::new(
            "accepted/excepted",
            "older than the policy file allows, and an exception of it lets that pass.",
            &sound(),
            expected("MISMATCH", "warn", Some("not-before"), &["excepted"]),
        )
        .flag("config policy.toml")
        .file("policy.toml", EXCEPTING.to_owned()),
    ]
}

const EXCEPTING: &str = "\
version = 1

[[rule]]
name = \"everything\"
not-before = 2026-11-15

[[exception]]
code = \"not-before\"
until = 2026-12-31
reason = \"The release of 1 November stays until the next one\"
";

/// Checks that were skipped or stayed unknown: `verify` lets them be where nothing demands them.
fn unsettled() -> Vec<Case> {
    let elsewhere = plain("2026-11-10T00:00:00Z", "active", "").replace("11111111-", "22222222-");
    let mut cases = vec![
        valid("publishers-not-checked", "no publisher named, under a root of one's own.", &sound(), &[])
            .without_publishers(),
        valid("revocation-not-covered", "a snapshot that does not name the job.", &sound(), &[])
            .flag("revocations snapshot.json")
            .file("snapshot.json", elsewhere),
        valid("revocation-too-old", "a snapshot that ends before the signing time.", &sound(), &[])
            .knowing(&signed("2026-10-31T00:00:00Z", "")),
        valid(
            "revocation-unvouched",
            "a snapshot that nobody signed names job and profile as active.",
            &sound(),
            &[],
        )
        .flag("revocations snapshot.json")
        .file("snapshot.json", plain("2026-11-10T00:00:00Z", "active", "")),
        valid("revocation-ahead", "a snapshot that is signed after the time of the check.", &sound(), &[])
            .knowing(&signed("2026-11-02T00:00:00Z", ""))
            .at("2026-11-02T12:00:00Z"),
        valid("revocation-stale", "a snapshot that is older than it may be.", &sound(), &[])
            .flag("max-revocation-age 17d")
            .knowing(&signed("2026-11-02T00:00:00Z", "")),
    ];
    for (case, code) in cases.iter_mut().zip([
        "publishers-not-checked",
        "revocation-not-covered",
        "revocation-too-old",
        "revocation-unvouched",
        "revocation-ahead",
        "revocation-stale",
    ]) {
        case.expected.unsettled = Some(code);
    }
    cases
}

/// A signed snapshot that names the standard job as active; an empty time leaves its profile active.
fn signed(complete_until: &str, profile_effective: &str) -> SignedSnapshot {
    SignedSnapshot::standard(plain(complete_until, "active", profile_effective))
}

/// A lock that lists this file.
fn lock_of(package: &[u8]) -> String {
    let hash = STANDARD.encode(Sha256::digest(package));
    format!(
        "{{\"schema\": \"lambda-codesign/lock/v1\",\n \"packages\": [{{\"path\": \"package.zip\", \"code_sha256\": \
         \"{hash}\"}}]}}\n"
    )
}
