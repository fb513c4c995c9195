//! Signing: other tools accept what is written, and earlier bytes stay.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what a helper of a test meets ends the test")]

mod packages;

use std::fs;
use std::num::NonZeroUsize;
use std::process::Command;

use lambda_codesign_core::Verifier;
use lambda_codesign_core::archive::{Archive, ArchiveError, Limits, SIGNATURE_ENTRY};
use lambda_codesign_core::chain::{TrustRoots, Vouches};
use lambda_codesign_core::digest::{Threads, Workers};
use lambda_codesign_core::manifest::{Boundaries, ManifestError};
use lambda_codesign_core::policy::{Evidence, Policy, Publishers};
use lambda_codesign_core::verdict::Status;
use lambda_codesign_signing::diff::{Differences, SignedDifference, UnsignedDifference, diff};
use lambda_codesign_signing::graft::extract;
use lambda_codesign_signing::manifest::Manifest;
use lambda_codesign_signing::prepare::{ManifestState, PrepareError, Prepared, settle_manifest};
use lambda_codesign_signing::sign::{SignError, SignRequest, sign};
use lambda_codesign_tests::zip::{ZipForge, file};

use packages::{now, ordinary, packed, profile, python_zip, run, sign_at};

#[test]
fn openssl_accepts_what_is_written() {
    for package in [packed(), ordinary()] {
        let folder = tempfile::tempdir().unwrap();
        let profile = profile();
        let signed = sign(&package, &profile, &SignRequest::at(now())).unwrap();
        fs::write(folder.path().join("root.pem"), profile.trust_root_pem().unwrap()).unwrap();
        fs::write(folder.path().join("s.zip"), &signed.bytes).unwrap();
        // The digest by another reader and another hash than ours.
        let script = "import zipfile, hashlib\n\
            z = zipfile.ZipFile('s.zip')\n\
            s = 'META_INF/aws_signer_signature_v1.0.SF'\n\
            h = hashlib.sha384()\n\
            for i in z.infolist():\n\
            \x20   if i.filename != s: h.update(i.filename.encode()); h.update(z.read(i))\n\
            open('inner.bin', 'wb').write(h.digest())\n\
            open('s.SF', 'wb').write(z.read(s))";
        run("python3", &["-c", script], folder.path());
        let time = now().as_second().to_string();
        let arguments = [
            "cms",
            "-verify",
            "-inform",
            "PEM",
            "-in",
            "s.SF",
            "-content",
            "inner.bin",
            "-binary",
            "-CAfile",
            "root.pem",
            "-purpose",
            "any",
            "-attime",
            &time,
            "-out",
            "content.bin",
        ];
        run("openssl", &arguments, folder.path());
        let inner = fs::read(folder.path().join("inner.bin")).unwrap();
        assert_eq!(fs::read(folder.path().join("content.bin")).unwrap(), inner);
        assert_eq!(fs::read(folder.path().join("s.SF")).unwrap(), extract(&signed.bytes).unwrap());

        fs::write(folder.path().join("inner.bin"), [0; 48]).unwrap();
        let refused = Command::new("openssl").args(arguments).current_dir(folder.path()).output().unwrap();
        assert!(!refused.status.success());
    }
}

#[test]
fn the_verifier_accepts_what_is_written_and_reads_the_same_statement() {
    let validity = "10days".parse().unwrap();
    for (package, manifest) in
        [(packed(), Manifest::Write), (ordinary(), Manifest::Write), (ordinary(), Manifest::Omit)]
    {
        let profile = profile();
        let request = SignRequest { expires_in: Some(validity), manifest, ..SignRequest::at(now()) };
        let signed = sign(&package, &profile, &request).unwrap();
        let mut roots = TrustRoots::none();
        let pattern = "arn:aws:signer:us-east-1:000000000000:/signing-profiles/release/*";
        let vouches = Vouches::Matching(pattern.parse().unwrap());
        roots.add_pem(profile.trust_root_pem().unwrap().as_bytes(), &vouches).unwrap();
        let publisher = signed.statement.profile_version.as_str().parse().unwrap();
        let verifier = Verifier::new(roots, Policy::new(Publishers::Only(vec![publisher])));
        let at = |time: &str| {
            let now = time.parse().unwrap();
            verifier.verify(&signed.bytes, Evidence { now, revocations: None })
        };
        let verdict = at("2026-12-04T10:00:00Z");
        assert_eq!(verdict.status(), Status::Valid, "{verdict:?}");
        assert_eq!(at("2026-12-04T10:00:00.120Z").status(), Status::Expired);
        let verified = verdict.package().unwrap();
        assert_eq!(verified.claims().signing_time(), signed.statement.signed_at);
        assert_eq!(verified.claims().expires(), signed.statement.expires);
        assert_eq!(verified.content().code_sha256(), signed.code_sha256);
        assert_eq!(verified.content().framed(), signed.framed_sha384);
        assert_eq!(verdict.listed().is_some(), signed.manifest != ManifestState::Absent);
    }
}

/// The signature entry as `openssl asn1parse` shows it.
fn parsed_envelope() -> String {
    let folder = tempfile::tempdir().unwrap();
    let signature = extract(&sign_at(&packed(), Manifest::Write).unwrap().bytes).unwrap();
    fs::write(folder.path().join("s.SF"), &signature).unwrap();
    let text = String::from_utf8(signature).unwrap();
    assert!(text.starts_with("-----BEGIN PKCS7-----\n") && text.ends_with("\n-----END PKCS7-----\n"));
    assert!(text.lines().all(|line| line.len() <= 64));
    let parsed = run("openssl", &["asn1parse", "-inform", "PEM", "-in", "s.SF"], folder.path());
    String::from_utf8(parsed.stdout).unwrap()
}

#[test]
fn the_envelope_has_the_structure_of_a_genuine_one() {
    let parsed = parsed_envelope();
    // depth and kind of each value outside the certificates, the lengths where they are indefinite, and what it is
    let shape: Vec<String> = parsed
        .lines()
        .filter_map(|line| line.split_once(":d=")?.1.split_once(' '))
        .filter(|(depth, _)| ["0", "1", "2", "3"].contains(depth))
        .map(|(depth, rest)| {
            let kind = rest.split_once(": ").unwrap().1.trim();
            let indefinite = if rest.contains("l=inf") { "indefinite " } else { "" };
            format!("{depth} {indefinite}{kind}")
        })
        .collect();
    let genuine = [
        "0 indefinite SEQUENCE",
        "1 OBJECT            :pkcs7-signedData",
        "1 indefinite cont [ 0 ]",
        "2 indefinite SEQUENCE",
        "3 INTEGER           :01",
        "3 SET",
        "3 SEQUENCE",
        "3 indefinite cont [ 0 ]",
        "3 SET",
        "3 EOC",
        "2 EOC",
        "1 EOC",
    ];
    assert_eq!(shape, genuine);
}

#[test]
fn the_attributes_stand_in_der_order_and_the_times_have_milliseconds() {
    let parsed = parsed_envelope();
    let attributes: Vec<&str> =
        parsed.lines().filter(|line| line.contains(":d=7") && line.contains("OBJECT")).collect();
    let order = [
        "contentType",
        "1.3.187.137.1.3",
        "signingTime",
        "1.2.840.113549.1.9.52",
        "messageDigest",
        "1.3.187.137.1.4",
        "1.3.187.137.1.2",
    ];
    let last: Vec<&str> =
        attributes.iter().rev().take(7).rev().map(|line| line.rsplit_once(':').unwrap().1).collect();
    assert_eq!(
        last, order,
        "the attributes stand in DER order: by length, then by bytes, and this profile's ARN is the shorter"
    );
    assert!(parsed.contains("GENERALIZEDTIME   :20261124100000.120Z"));
    assert!(parsed.contains("GENERALIZEDTIME   :20380224100000.120Z"));
}

/// Subject, validity and basic constraints, from the leaf up.
const CHAIN: [(&str, &str, &str, &str); 4] = [
    ("CN=signer", "Nov 24 09:00:00 2026 GMT", "Nov 27 10:00:00 2026 GMT", "CA:FALSE"),
    (
        "CN=lambda-codesign local us-east-1 SUBORDINATE CA",
        "Nov 24 09:00:00 2026 GMT",
        "Nov 24 10:00:00 2027 GMT",
        "CA:TRUE, pathlen:0",
    ),
    (
        "CN=lambda-codesign local SUBORDINATE CA",
        "Nov 24 09:00:00 2026 GMT",
        "Nov 24 10:00:00 2031 GMT",
        "CA:TRUE, pathlen:1",
    ),
    (
        "CN=lambda-codesign local ROOT CA ",
        "Nov 24 09:00:00 2026 GMT",
        "Nov 25 10:00:00 2126 GMT",
        "CA:TRUE\n",
    ),
];

#[test]
fn the_chain_has_the_shape_of_a_genuine_one() {
    let folder = tempfile::tempdir().unwrap();
    let signature = extract(&sign_at(&packed(), Manifest::Write).unwrap().bytes).unwrap();
    fs::write(folder.path().join("s.SF"), signature).unwrap();
    let arguments = ["pkcs7", "-in", "s.SF", "-print_certs", "-text", "-noout"];
    let text = String::from_utf8(run("openssl", &arguments, folder.path()).stdout).unwrap();
    let certificates: Vec<&str> = text.split("Certificate:\n").skip(1).collect();
    assert_eq!(certificates.len(), CHAIN.len());
    for (certificate, (subject, not_before, not_after, constraints)) in certificates.iter().zip(CHAIN) {
        let subject_line = certificate.lines().find(|line| line.contains("Subject: ")).unwrap();
        assert!(
            subject_line.contains(&format!("O=lambda-codesign local profile, OU=release, {subject}")),
            "{subject_line}"
        );
        assert!(!certificate.contains("AWS"));
        assert!(certificate.contains(&format!("Not Before: {not_before}")), "{certificate}");
        assert!(certificate.contains(&format!("Not After : {not_after}")), "{certificate}");
        assert!(certificate.contains(constraints), "{certificate}");
        assert!(certificate.contains("ASN1 OID: secp384r1") && certificate.contains("ecdsa-with-SHA384"));
        let is_leaf = constraints == "CA:FALSE";
        assert_eq!(
            certificate.contains("X509v3 Extended Key Usage: critical\n                Code Signing"),
            is_leaf
        );
        let usage =
            if is_leaf { "Digital Signature\n" } else { "Digital Signature, Certificate Sign, CRL Sign\n" };
        assert!(
            certificate.contains(&format!("X509v3 Key Usage: critical\n                {usage}")),
            "{certificate}"
        );
    }
}

#[test]
fn unzip_python_and_java_read_what_is_written() {
    for package in [packed(), ordinary()] {
        let folder = tempfile::tempdir().unwrap();
        let signed = sign_at(&package, Manifest::Write).unwrap();
        fs::write(folder.path().join("s.zip"), &signed.bytes).unwrap();
        run("unzip", &["-tqq", "s.zip"], folder.path());
        run(
            "python3",
            &["-c", "import zipfile; assert zipfile.ZipFile('s.zip').testzip() is None"],
            folder.path(),
        );
        let archive = Archive::parse(&signed.bytes, &Limits::default()).unwrap();
        let names: Vec<&str> = archive.entries().iter().map(|entry| entry.name()).collect();
        let listed = run("jar", &["tf", "s.zip"], folder.path()).stdout;
        let listed = String::from_utf8(listed).unwrap();
        assert_eq!(listed.lines().count(), names.len());
        assert!(listed.ends_with("META_INF/\nMETA_INF/aws_signer_signature_v1.0.SF\n"));
        run("jar", &["xf", "s.zip"], folder.path());
        assert_eq!(fs::read(folder.path().join(SIGNATURE_ENTRY)).unwrap(), extract(&signed.bytes).unwrap());
    }
}

#[test]
fn the_records_of_earlier_entries_stay_byte_for_byte() {
    for (package, manifest, state, added_in_front) in [
        (ordinary(), Manifest::Omit, ManifestState::Absent, 0),
        (ordinary(), Manifest::Write, ManifestState::Written, 1),
        (packed(), Manifest::Write, ManifestState::Kept, 0),
        (packed(), Manifest::Omit, ManifestState::Kept, 0),
    ] {
        let signed = sign_at(&package, manifest).unwrap();
        assert_eq!(signed.manifest, state);
        let before = Archive::parse(&package, &Limits::default()).unwrap();
        let after = Archive::parse(&signed.bytes, &Limits::default()).unwrap();
        let names: Vec<&str> = after.entries().iter().map(|entry| entry.name()).collect();
        assert_eq!(names.len(), before.entries().len() + added_in_front + 2);
        assert_eq!(names[names.len() - 2..], ["META_INF/", SIGNATURE_ENTRY]);
        for (old, new) in before.entries().iter().zip(after.entries().iter().skip(added_in_front)) {
            assert_eq!(old.record(), new.record(), "{}", old.name());
        }
        let Differences { signed: changed, unsigned } = diff(&package, &signed.bytes).unwrap();
        let manifest_is_new = matches!(changed.first(), Some(SignedDifference::Manifest(_)));
        assert_eq!(manifest_is_new, added_in_front == 1);
        assert_eq!(changed[added_in_front..], [SignedDifference::Added { name: "META_INF/".into() }]);
        assert!(matches!(unsigned[..], [UnsignedDifference::Signature(_)]), "{unsigned:?}");
        if added_in_front == 0 {
            assert!(signed.bytes.starts_with(&package[..before.entries().last().unwrap().offset()]));
        }
    }
}

#[test]
fn a_package_signed_already_is_refused() {
    let signed = sign_at(&packed(), Manifest::Write).unwrap();
    let error = sign_at(&signed.bytes, Manifest::Write).unwrap_err();
    assert!(matches!(error, SignError::Package(PrepareError::AlreadySigned)), "{error}");
    assert_eq!(error.to_string(), "the package is signed already");
}

fn refused(package: &[u8]) -> PrepareError {
    match sign_at(package, Manifest::Omit) {
        Err(SignError::Package(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_wrong_manifest_is_refused() {
    let body = "lambda-codesign-manifest-v1\\n0000000055\\nf 0600 3 app.py\\n";
    let with = |body: &str| {
        python_zip(&format!("z.writestr('.lambda-codesign-manifest', '{body}')\nz.writestr('app.py', 'abc')"))
    };
    assert!(sign_at(&with(body), Manifest::Write).is_ok());
    for (wrong, said) in [
        (body.replace("0600 3", "0600 4"), "line 3 of the manifest lists the file \"app.py\" of 4 bytes"),
        (body.replace("0600 3", "0644 3"), "it records the permission bits 0644 for \"app.py\""),
        (body.replace("0055", "0057"), "line 2 of it is malformed"),
        (body.replace("-v1", "-v2"), "line 1 of it is malformed"),
        (String::new(), "line 1 of it is malformed"),
        ("x".repeat(200), "the manifest has 200 bytes"),
    ] {
        let shown = refused(&with(&wrong)).to_string();
        assert!(shown.starts_with("the package's manifest is wrong: ") && shown.contains(said), "{shown}");
    }
    let behind =
        python_zip(&format!("z.writestr('a', 'abc')\nz.writestr('.lambda-codesign-manifest', '{body}')"));
    assert!(matches!(refused(&behind), PrepareError::Manifest(ManifestError::Elsewhere { index: 1 })));
    let split = python_zip(&format!("z.writestr('.lambda-codesign', '-manifest{body}app.pyabc')"));
    assert!(matches!(refused(&split), PrepareError::Manifest(ManifestError::BrokenUp)));
}

#[test]
fn what_has_no_one_reading_is_refused() {
    let mut trailing = packed();
    trailing.push(0);
    for bad in [Vec::new(), b"PK".to_vec(), trailing, python_zip("")] {
        assert!(matches!(refused(&bad), PrepareError::Archive(_)));
    }
    let mut bent = packed();
    let at = bent.windows(4).position(|window| window == b"app.").unwrap() + 8;
    bent[at] ^= 1;
    assert!(matches!(refused(&bent), PrepareError::Archive(_)));
}

#[test]
fn a_directory_of_the_name_that_is_there_serves() {
    let package = python_zip("z.writestr('META_INF/', '')\nz.writestr('app.py', 'abc')");
    for manifest in [Manifest::Omit, Manifest::Write] {
        let signed = sign_at(&package, manifest).unwrap();
        let archive = Archive::parse(&signed.bytes, &Limits::default()).unwrap();
        assert_eq!(archive.entries().iter().filter(|entry| entry.name() == "META_INF/").count(), 1);
    }
}

#[test]
fn zip64_records_stay_and_their_offsets_move() {
    // Python writes a ZIP64 offset only past 4 GiB, so the sentinel is forged into its directory.
    let folder = tempfile::tempdir().unwrap();
    let script = "import struct\n\
        def local(n, b): return struct.pack('<4s5H3I2H', b'PK\\3\\4', 45, 0, 0, 0, 33, __import__('zlib').crc32(b), len(b), len(b), len(n), 0) + n + b\n\
        def central(n, b, o): \n\
        \x20   x = struct.pack('<HHQ', 1, 8, o)\n\
        \x20   return struct.pack('<4s6H3I5H2I', b'PK\\1\\2', 45 | 3 << 8, 45, 0, 0, 0, 33, __import__('zlib').crc32(b), len(b), len(b), len(n), len(x), 0, 0, 0, 0o100644 << 16, 0xffffffff) + n + x\n\
        d = local(b'a', b'1') + local(b'b', b'22')\n\
        c = central(b'a', b'1', 0) + central(b'b', b'22', len(local(b'a', b'1')))\n\
        e64 = struct.pack('<4sQ2H2I4Q', b'PK\\6\\6', 44, 45, 45, 0, 0, 2, 2, len(c), len(d))\n\
        loc = struct.pack('<4sIQI', b'PK\\6\\7', 0, len(d) + len(c), 1)\n\
        end = struct.pack('<4s4H2IH', b'PK\\5\\6', 0, 0, 2, 2, len(c), len(d), 2) + b'hi'\n\
        open('z.zip', 'wb').write(d + c + e64 + loc + end)";
    run("python3", &["-c", script], folder.path());
    let package = fs::read(folder.path().join("z.zip")).unwrap();
    let signed = sign_at(&package, Manifest::Write).unwrap();
    fs::write(folder.path().join("s.zip"), &signed.bytes).unwrap();
    run("unzip", &["-tqq", "s.zip"], folder.path());
    let check = "import zipfile; z = zipfile.ZipFile('s.zip'); assert (z.read('a'), z.read('b'), z.comment) == (b'1', b'22', b'hi')";
    run("python3", &["-c", check], folder.path());
}

#[test]
fn a_package_for_another_signer_gets_its_manifest_and_stays_as_it_is_otherwise() {
    let settle = |package: &[u8], manifest| settle_manifest(package.to_vec(), manifest, Threads::One);
    for package in [packed(), ordinary()] {
        let settled = settle(&package, Manifest::Write).unwrap();
        let names = |bytes: &[u8]| -> Vec<String> {
            let archive = Archive::parse(bytes, &Limits::default()).unwrap();
            archive.entries().iter().map(|entry| entry.name().to_owned()).collect()
        };
        let (before, after) = (names(&package), names(&settled.bytes));
        assert!(after.ends_with(&before) && after.len() <= before.len() + 1, "{after:?}");
        assert!(after.iter().all(|name| name != "META_INF/"), "the signer adds it");
        assert_eq!(settle(&settled.bytes, Manifest::Write).unwrap().bytes, settled.bytes);
        let signed = |package: &[u8]| sign_at(package, Manifest::Write).unwrap().bytes;
        let (once, twice) = (signed(&package), signed(&settled.bytes));
        assert_eq!(diff(&once, &twice).unwrap().signed, Vec::new(), "both sign the same");
        assert!(matches!(settle(&once, Manifest::Write), Err(PrepareError::AlreadySigned)));
    }
    let omitted = settle(&ordinary(), Manifest::Omit).unwrap();
    assert_eq!((omitted.bytes, omitted.manifest), (ordinary(), ManifestState::Absent));
}

#[test]
fn a_package_that_is_signed_in_its_own_memory_or_on_several_threads_is_the_same() {
    let one = NonZeroUsize::MIN;
    let several = Threads::Several(Workers { count: one, buffer: one, ahead: one });
    let settled = settle_manifest(ordinary(), Manifest::Write, Threads::One).unwrap().bytes;
    for package in [packed(), ordinary(), settled] {
        for manifest in [Manifest::Write, Manifest::Omit] {
            let read = |threads| Prepared::read(&package, manifest, threads).unwrap();
            let take = |threads| Prepared::take(package.clone(), manifest, threads).unwrap();
            let first = read(Threads::One);
            let (digest, state) = (first.digest().clone(), first.manifest());
            let signed = first.with_signature(b"s").unwrap();
            for other in [read(several), take(Threads::One), take(several)] {
                assert_eq!((other.digest(), other.manifest()), (&digest, state));
                assert_eq!(other.with_signature(b"s").unwrap(), signed);
            }
        }
    }
}

/// Such as one whose signature was taken off: its manifest does not list the directory, which is there.
#[test]
fn the_directory_of_a_signature_may_be_there_unlisted() {
    let taken_off = include_bytes!("../../../testdata/rejected/unsigned--signature-removed/package.zip");
    let signed = sign_at(taken_off, Manifest::Write).unwrap();
    assert_eq!(signed.manifest, ManifestState::Kept);
    let archive = Archive::parse(&signed.bytes, &Limits::default()).unwrap();
    let content = archive.content_digest().unwrap();
    assert!(matches!(content.boundaries(), Ok(Boundaries::Listed { .. })), "{content:?}");
    assert_eq!(content.framed(), signed.framed_sha384);
}

/// A file or a link in the place of the directory is told of before the profile makes a job.
#[test]
fn what_stands_in_the_way_of_the_signature_is_refused_by_what_is_read() {
    let package = ZipForge::of([file("META_INF", "a file")]).build();
    for threads in [Threads::One, Threads::Several(Workers::for_cores(NonZeroUsize::MIN))] {
        let refused = Prepared::read(&package, Manifest::Omit, threads).map(drop);
        assert!(
            matches!(refused, Err(PrepareError::Archive(ArchiveError::PathConflict { .. }))),
            "{refused:?}"
        );
        assert!(Prepared::take(package.clone(), Manifest::Omit, threads).is_err());
    }
}

/// By how far the end of the file is, bytes of a body can pass for an end record: in the signed package alone.
#[test]
fn a_body_that_is_an_end_record_once_it_is_signed_is_refused() {
    let package = |body: Vec<u8>| ZipForge::of([file("a", body)]).build();
    let signed = |package: &[u8]| {
        let prepared = Prepared::read(package, Manifest::Omit, Threads::One).expect("it has one reading");
        prepared.with_signature(&[7; 400])
    };
    let length = signed(&package(vec![0; 22])).unwrap().len();
    let comment = u16::try_from(length - (31 + 22)).unwrap();
    let record = [&b"PK\x05\x06"[..], &[0; 16], &comment.to_le_bytes()].concat();
    let refused = signed(&package(record));
    assert!(
        matches!(refused, Err(PrepareError::Archive(ArchiveError::SecondEndRecord { .. }))),
        "{refused:?}"
    );
}
