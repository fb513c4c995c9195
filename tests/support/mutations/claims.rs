//! The ARNs that are stated (FORMAT.md "The envelope").

use super::Stage::Claims;
use super::{Mutation, accepted, claims_malformed, envelope_malformed, warned};
use crate::cms;
use crate::package::SignedPackage;
use crate::{der, oid};

pub(super) const ROWS: &[Mutation] = &[
    envelope_malformed("the profile is a PrintableString", |p| typed(p, oid::PROFILE, der::PRINTABLE_STRING)),
    envelope_malformed("the profile is an IA5String", |p| typed(p, oid::PROFILE, der::IA5_STRING)),
    envelope_malformed("the profile is a TeletexString", |p| typed(p, oid::PROFILE, der::TELETEX_STRING)),
    envelope_malformed("the profile is a BMPString", |p| {
        let profile = cms::Claims::standard().profile;
        let wide: Vec<u8> = profile.encode_utf16().flat_map(u16::to_be_bytes).collect();
        p.envelope.signer().state(oid::PROFILE, der::tlv(der::BMP_STRING, &wide));
    }),
    envelope_malformed("the profile is an OCTET STRING", |p| typed(p, oid::PROFILE, der::OCTET_STRING)),
    envelope_malformed("the job is a PrintableString", |p| typed(p, oid::JOB, der::PRINTABLE_STRING)),
    envelope_malformed("the job is an IA5String", |p| typed(p, oid::JOB, der::IA5_STRING)),
    envelope_malformed("the profile is in two segments", |p| {
        let value = der::segmented(der::UTF8_STRING, cms::Claims::standard().profile.as_bytes());
        p.envelope.signer().state(oid::PROFILE, value);
    }),
    envelope_malformed("the profile is not UTF-8", |p| {
        p.envelope.signer().state(oid::PROFILE, der::tlv(der::UTF8_STRING, b"arn:aws:signer:\xff\xfe"));
    }),
    claims_malformed("the profile is empty", |p| profile(p, "")),
    claims_malformed("the profile ends in NUL", |p| {
        profile(p, &[STEM, "release_builds/AbCdEf1234\0"].concat())
    }),
    claims_malformed("the profile ends in NUL and more", |p| {
        profile(p, &[STEM, "release_builds/AbCdEf1234\0/other"].concat());
    }),
    claims_malformed("the profile ends in a newline", |p| {
        profile(p, &[STEM, "release_builds/AbCdEf1234\n"].concat())
    }),
    claims_malformed("the profile has a newline within", |p| {
        profile(p, &[STEM, "release\n::error::builds/AbCdEf1234"].concat());
    }),
    claims_malformed("the profile has an escape", |p| {
        profile(p, &[STEM, "release\u{1b}[2Jbuilds/AbCdEf1234"].concat());
    }),
    claims_malformed("the profile has a bidirectional override", |p| {
        profile(p, &[STEM, "release\u{202e}sdliub/AbCdEf1234"].concat());
    }),
    claims_malformed("the profile has a letter that looks like another", |p| {
        profile(p, &[STEM, "rele\u{430}se_builds/AbCdEf1234"].concat());
    }),
    claims_malformed("the profile has a hyphen in its name", |p| {
        profile(p, &[STEM, "release-builds/AbCdEf1234"].concat())
    }),
    claims_malformed("the profile has an asterisk for its name", |p| {
        profile(p, &[STEM, "*/AbCdEf1234"].concat())
    }),
    claims_malformed("the profile has an asterisk for its version", |p| {
        profile(p, &[STEM, "release_builds/*"].concat())
    }),
    claims_malformed("the profile's name has one character", |p| {
        profile(p, &[STEM, "r/AbCdEf1234"].concat())
    }),
    accepted(Claims, "the profile's name has two characters", |p| {
        profile(p, &[STEM, "rb/AbCdEf1234"].concat())
    }),
    accepted(Claims, "the profile's name has 64 characters", |p| {
        profile(p, &[STEM, &"r".repeat(64), "/AbCdEf1234"].concat());
    }),
    claims_malformed("the profile's name has 65 characters", |p| {
        profile(p, &[STEM, &"r".repeat(65), "/AbCdEf1234"].concat());
    }),
    claims_malformed("the profile's name has 10,000 characters", |p| {
        profile(p, &[STEM, &"r".repeat(10_000), "/AbCdEf1234"].concat());
    }),
    claims_malformed("the profile's version has 9 characters", |p| {
        profile(p, &[STEM, "release_builds/AbCdEf123"].concat())
    }),
    claims_malformed("the profile's version has 11 characters", |p| {
        profile(p, &[STEM, "release_builds/AbCdEf12345"].concat());
    }),
    claims_malformed("the profile has no version", |p| profile(p, &[STEM, "release_builds"].concat())),
    claims_malformed("the profile has a segment too many", |p| {
        profile(p, &[STEM, "release_builds/AbCdEf1234/AbCdEf1234"].concat());
    }),
    claims_malformed("the profile has an empty segment", |p| {
        profile(p, &[STEM, "/release_builds/AbCdEf1234"].concat());
    }),
    claims_malformed("the profile is an alias", |p| {
        profile(p, "arn:aws:signer:us-east-1:123456789012:/aliases/release_builds");
    }),
    claims_malformed("the profile is of another service", |p| {
        profile(p, "arn:aws:s3:us-east-1:123456789012:/signing-profiles/release_builds/AbCdEf1234");
    }),
    claims_malformed("the profile's account has 11 digits", |p| {
        profile(p, "arn:aws:signer:us-east-1:12345678901:/signing-profiles/release_builds/AbCdEf1234");
    }),
    claims_malformed("the profile's account has a letter", |p| {
        profile(p, "arn:aws:signer:us-east-1:12345678901x:/signing-profiles/release_builds/AbCdEf1234");
    }),
    claims_malformed("the profile has no region", |p| {
        profile(p, "arn:aws:signer::123456789012:/signing-profiles/release_builds/AbCdEf1234");
    }),
    claims_malformed("the profile has a space before it", |p| {
        profile(p, " arn:aws:signer:us-east-1:123456789012:/signing-profiles/release_builds/AbCdEf1234");
    }),
    claims_malformed("the profile begins in capitals", |p| {
        profile(p, "ARN:aws:signer:us-east-1:123456789012:/signing-profiles/release_builds/AbCdEf1234");
    }),
    claims_malformed("the profile is a job", |p| profile(p, &cms::Claims::standard().job)),
    claims_malformed("the job is a profile", |p| job(p, &cms::Claims::standard().profile)),
    claims_malformed("the job ends in a newline", |p| {
        job(p, &[cms::Claims::standard().job, "\n".into()].concat())
    }),
    claims_malformed("the job ends in NUL", |p| job(p, &[cms::Claims::standard().job, "\0".into()].concat())),
    claims_malformed("the job has an escape", |p| {
        job(
            p,
            "arn:aws:signer:us-east-1:123456789012:/signing-jobs/\u{1b}[2J1111-2222-4333-8444-555555555555",
        );
    }),
    claims_malformed("the job has no identifier", |p| {
        job(p, "arn:aws:signer:us-east-1:123456789012:/signing-jobs/")
    }),
    claims_malformed("the job's identifier is no UUID", |p| {
        job(p, "arn:aws:signer:us-east-1:123456789012:/signing-jobs/11111111222243338444555555555555");
    }),
    claims_malformed("the job's identifier has a letter that is no digit", |p| {
        job(p, "arn:aws:signer:us-east-1:123456789012:/signing-jobs/1111111g-2222-4333-8444-555555555555");
    }),
    warned(Claims, "cross-account-signature", "the job ran in another account", |p| {
        job(p, "arn:aws:signer:us-east-1:210987654321:/signing-jobs/11111111-2222-4333-8444-555555555555");
    }),
    warned(Claims, "cross-account-signature", "the job ran in another region", |p| {
        job(p, "arn:aws:signer:eu-west-1:123456789012:/signing-jobs/11111111-2222-4333-8444-555555555555");
    }),
    warned(Claims, "cross-account-signature", "the job ran in another partition", |p| {
        job(p, "arn:aws-cn:signer:us-east-1:123456789012:/signing-jobs/11111111-2222-4333-8444-555555555555");
    }),
];

const STEM: &str = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/";

fn profile(p: &mut SignedPackage, text: &str) {
    p.envelope.signer().state(oid::PROFILE, der::utf8(text));
}

fn job(p: &mut SignedPackage, text: &str) {
    p.envelope.signer().state(oid::JOB, der::utf8(text));
}

/// The standard ARN under another type.
fn typed(p: &mut SignedPackage, oid: &str, tag: u8) {
    let claims = cms::Claims::standard();
    let text = if oid == oid::JOB { claims.job } else { claims.profile };
    p.envelope.signer().state(oid, der::tlv(tag, text.as_bytes()));
}
