//! Packages that are blocked, one rule each.

use super::{Case, changed, expected, sound};
use crate::authority::Authority;
use crate::certificate::{Critical, DIGITAL_SIGNATURE, extended_usage, key_usage};
use crate::cms::{Certificate, Claims, Form};
use crate::package::{Entry, SIGNATURE_NAME, SignedPackage};
use crate::{der, manifest, oid, pem};

use crate::snapshot::{SignedSnapshot, plain};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = content();
    cases.extend(envelope());
    cases.extend(chain());
    cases.extend(manifests());
    cases.extend(policy());
    cases.extend(revocations());
    cases
}

fn blocked(
    status: &'static str,
    code: &'static str,
    what: &str,
    origin: &str,
    package: &SignedPackage,
) -> Case {
    let folder = format!("rejected/{code}--{what}");
    Case::new(&folder, origin, package, expected(status, "block", Some(code), &[]))
}

fn invalid(code: &'static str, what: &str, origin: &str, package: &SignedPackage) -> Case {
    blocked("INVALID", code, what, origin, package)
}

fn tampered(tamper: fn(&mut Vec<Entry>)) -> SignedPackage {
    SignedPackage { tamper, ..sound() }
}

fn content() -> Vec<Case> {
    let body = tampered(|entries| entries[1].body[0] ^= 1);
    let name = tampered(|entries| entries[1].name = "App.py".into());
    let order = tampered(|entries| entries.swap(1, 3));
    let added = tampered(|entries| entries.insert(1, Entry::file("evil.py", "")));
    let unsigned = tampered(|entries| entries.retain(|entry| entry.name != SIGNATURE_NAME));
    vec![
        invalid("digest-mismatch", "body", "one bit of a file changed after signing.", &body),
        invalid("digest-mismatch", "name", "a file renamed after signing.", &name),
        invalid("digest-mismatch", "order", "two entries swapped after signing.", &order),
        invalid("digest-mismatch", "added", "a file added after signing.", &added),
        blocked("MISMATCH", "unsigned", "signature-removed", "the signature entry taken out.", &unsigned),
    ]
}

fn envelope() -> Vec<Case> {
    let no_expiry = changed(|package| package.envelope.signer().remove(oid::EXPIRY));
    let text_before =
        changed(|package| package.envelope.armour = |ber| [b"text\n".to_vec(), pem::pkcs7(ber)].concat());
    let trailing = changed(|package| package.envelope.trailing = vec![0, 0]);
    let other_key =
        changed(|package| package.envelope.signer().key = Some(Authority::seeded("other").leaf.key));
    let no_leaf =
        changed(|package| package.envelope.certificates = Some(vec![Certificate::Lower, Certificate::Upper]));
    let long =
        sound().with_claims(&Claims { expires: "2038-03-01T09:19:26.806Z".into(), ..Claims::standard() });
    let bad_arn = sound().with_claims(&Claims {
        profile: Claims::standard().profile.replace("release_builds", "r"),
        ..Claims::standard()
    });
    vec![
        invalid(
            "envelope-malformed",
            "no-expiry",
            "no expiry attribute, which does not mean for ever.",
            &no_expiry,
        ),
        invalid("envelope-malformed", "text-before", "text in front of the PEM block.", &text_before),
        invalid("envelope-malformed", "trailing", "bytes after the CMS structure.", &trailing),
        invalid("signature-invalid", "other-key", "signed with another key than the leaf's.", &other_key),
        invalid("signer-not-identified", "no-leaf", "the bag lacks the signer's certificate.", &no_leaf),
        invalid("lifetime-too-long", "136-months", "an expiry 136 months after the signing time.", &long),
        invalid("claims-malformed", "profile-name", "a profile name of one character.", &bad_arn),
    ]
}

fn chain() -> Vec<Case> {
    let foreign = changed(|package| {
        package.trusted = vec![Certificate::Raw(Authority::seeded("other").root.der())];
    });
    let purpose = changed(|package| {
        let leaf = &mut package.authority.leaf.certificate;
        leaf.extension(oid::EXTENDED_KEY_USAGE).value = extended_usage(&[oid::SERVER_AUTH]);
    });
    let late = changed(|package| {
        package.authority.leaf.certificate.set_validity("2026-11-02T00:00:00Z", "2026-11-05T00:00:00Z");
    });
    let not_authority = changed(|package| {
        let (unused, bits) = DIGITAL_SIGNATURE;
        package.authority.lower.certificate.extension(oid::KEY_USAGE).value = key_usage(unused, bits);
    });
    let many = changed(|package| {
        let bag = package.envelope.certificates.as_mut().expect("there is a bag");
        bag.extend((0..16).map(|at| Certificate::Raw(Authority::seeded(&format!("{at}")).leaf.der())));
    });
    let extension = changed(|package| {
        package.authority.lower.certificate.add(oid::UNKNOWN_EXTENSION, Critical::Yes, der::null());
    });
    let elsewhere = |arn: String| arn.replace("123456789012", "999999999999");
    let abroad = sound().with_claims(&Claims {
        profile: elsewhere(Claims::standard().profile),
        job: elsewhere(Claims::standard().job),
        ..Claims::standard()
    });
    vec![
        invalid("chain-untrusted", "foreign-root", "the chain ends at a root that is not trusted.", &foreign),
        invalid("chain-untrusted", "not-vouched-for", "the root vouches for another account alone.", &abroad)
            .vouching_for("arn:aws:signer:*:123456789012:/signing-profiles/*/*"),
        invalid("not-code-signing", "server-auth", "a leaf for TLS servers.", &purpose),
        invalid("chain-not-valid-at-signing-time", "leaf-late", "the leaf becomes valid a day later.", &late),
        invalid(
            "issuer-not-authorized",
            "no-key-cert-sign",
            "an intermediate without keyCertSign.",
            &not_authority,
        ),
        invalid("chain-too-large", "twenty", "sixteen foreign certificates in the bag.", &many),
        invalid("certificate-malformed", "critical-extension", "an unknown critical extension.", &extension),
    ]
}

fn manifests() -> Vec<Case> {
    let merged = tampered(|entries| {
        let marker = entries.remove(2);
        entries[1].body.extend(marker.name.bytes());
    });
    let split = tampered(|entries| {
        let body = core::mem::take(&mut entries[0].body);
        entries[0].name = ".lambda-".into();
        entries.insert(1, Entry::file("codesign-manifest", body));
    });
    let mut second = SignedPackage::standard(Form::Of2024);
    second.entries.push(Entry::file(manifest::NAME, manifest::body(&[])));
    let mut missing = invalid(
        "manifest-missing",
        "required",
        "no manifest, and one is required.",
        &SignedPackage::standard(Form::Of2024),
    )
    .flag("require-manifest");
    missing.expected.warnings = vec!["boundary-unproven"];
    vec![
        invalid("manifest-mismatch", "merged", "a directory's name moved into the file before it.", &merged),
        invalid("manifest-displaced", "split", "the manifest's own name split in two.", &split),
        invalid("manifest-displaced", "not-first", "signed with a manifest that is not entry 0.", &second),
        missing,
    ]
}

fn policy() -> Vec<Case> {
    let stranger = sound().with_claims(&Claims {
        profile: Claims::standard().profile.replace("release_builds", "other_builds"),
        ..Claims::standard()
    });
    vec![
        invalid("signed-in-the-future", "clock", "judged as of a time before the signing time.", &sound())
            .at("2026-10-30T00:00:00Z"),
        blocked("EXPIRED", "expired", "at-expiry", "judged as of the very time of the expiry.", &sound())
            .at("2037-02-01T09:19:26.806Z"),
        blocked(
            "MISMATCH",
            "publisher-not-allowed",
            "other-profile",
            "another profile of the account.",
            &stranger,
        ),
        blocked(
            "MISMATCH",
            "not-before",
            "older",
            "signed before the earliest time that is wanted.",
            &sound(),
        )
        .flag("not-before 2026-11-02T00:00:00Z"),
        blocked("MISMATCH", "not-in-lock", "empty", "a lock that lists nothing.", &sound())
            .flag("lock lock.json")
            .file("lock.json", "{\"schema\": \"lambda-codesign/lock/v1\", \"packages\": []}\n".into()),
    ]
}

fn revocations() -> Vec<Case> {
    let revoked = |what, code, origin, snapshot: String| {
        blocked("REVOKED", code, what, origin, &sound())
            .flag("revocations snapshot.json")
            .file("snapshot.json", snapshot)
    };
    vec![
        revoked(
            "job",
            "revoked-signature",
            "the job is revoked.",
            plain("2026-11-10T00:00:00Z", "revoked", ""),
        ),
        revoked(
            "before",
            "revoked-profile",
            "the profile is revoked from a time before the signing time on.",
            plain("2026-11-10T00:00:00Z", "active", "2026-11-01T00:00:00Z"),
        ),
        blocked(
            "UNKNOWN",
            "revocation-not-checked",
            "required",
            "revocation required, and no snapshot.",
            &sound(),
        )
        .flag("require-revocation"),
        blocked(
            "UNKNOWN",
            "revocation-unvouched",
            "required",
            "revocation required, and a snapshot that nobody signed names job and profile as active.",
            &sound(),
        )
        .flag("require-revocation")
        .flag("revocations snapshot.json")
        .file("snapshot.json", plain("2026-11-10T00:00:00Z", "active", "")),
        blocked(
            "UNKNOWN",
            "revocation-too-old",
            "newer-job",
            "revocation required, and a job that is newer than the snapshot.",
            &sound(),
        )
        .flag("require-revocation")
        .knowing(&SignedSnapshot::standard(
            plain("2026-10-31T00:00:00Z", "active", "").replace("11111111-", "22222222-"),
        )),
    ]
}
