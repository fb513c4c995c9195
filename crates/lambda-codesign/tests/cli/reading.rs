//! The command line as people and machines see it: output, errors and exit codes, in an empty home.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use snapbox::str;

use crate::running::{command, json, run, seen, testdata, text};

#[test]
fn an_allowed_package() {
    let folder = testdata().join("accepted/manifest-2024");
    let output =
        run(&folder, &["verify", "package.zip", "--trust-root", "root.pem", "--at", "2026-11-20T00:00:00Z"]);
    snapbox::assert_data_eq!(
        seen(&output),
        str![[r#"
allow  VALID  package.zip

  integrity   pass     7 entries, as they were signed
  expiry      pass     until 2037-02-01T09:19:26.806Z (10 years left)
  mismatch    skipped  publishers were not checked: none was named
  revocation  unknown  revocation was not checked: no revocation facts were given

  signed      2026-11-01T09:19:26.806Z
  expires     2037-02-01T09:19:26.806Z
  profile     arn:aws:signer:us-east-1:123456789012:/signing-profiles/release_builds/AbCdEf1234
  job         arn:aws:signer:us-east-1:123456789012:/signing-jobs/11111111-2222-4333-8444-555555555555
  root        CN=Signer us-west-2 ROOT CA,ST=WA,OU=Cryptography,O=AWS,C=US (given to this command)
exit 0

"#]]
    );
}

#[test]
fn a_blocked_package_says_which_check_why_and_what_to_do() {
    let folder = testdata().join("rejected/digest-mismatch--body");
    let output =
        run(&folder, &["verify", "package.zip", "--trust-root", "root.pem", "--at", "2026-11-20T00:00:00Z"]);
    snapbox::assert_data_eq!(
        seen(&output),
        str![[r#"
block  INVALID  package.zip

  integrity   FAIL     digest-mismatch
  expiry      skipped  not checked: nothing that the signature says is proved
  mismatch    skipped  not checked: nothing that the signature says is proved
  revocation  skipped  not checked: nothing that the signature says is proved

  claimed, and not proved:
  signed      2026-11-01T09:19:26.806Z
  expires     2037-02-01T09:19:26.806Z
  profile     arn:aws:signer:us-east-1:123456789012:/signing-profiles/release_builds/AbCdEf1234
  job         arn:aws:signer:us-east-1:123456789012:/signing-jobs/11111111-2222-4333-8444-555555555555

error[digest-mismatch]: the content's digest is not the one that was signed
  why: The package's content is not the content that was signed.
  do:  Sign the package after its last change, and deploy the signed file as it is.
exit 1

"#]]
    );
}

#[test]
fn many_packages_are_a_table_in_the_order_asked_for() {
    let output = run(
        &testdata(),
        &[
            "verify",
            "rejected/expired--at-expiry/package.zip",
            "accepted/boundary-unproven/package.zip",
            "missing.zip",
            "rejected/unsigned--signature-removed/package.zip",
            "--trust-root",
            "accepted/manifest-2024/root.pem",
            "--at",
            "2037-02-01T09:19:26.805Z",
            "--jobs",
            "2",
        ],
    );
    snapbox::assert_data_eq!(
        seen(&output),
        str![[r#"
allow  VALID     rejected/expired--at-expiry/package.zip
allow  VALID     accepted/boundary-unproven/package.zip  (warning: boundary-unproven)
none   -         missing.zip  could not be read
block  MISMATCH  rejected/unsigned--signature-removed/package.zip  unsigned

error[unsigned]: rejected/unsigned--signature-removed/package.zip: the package carries no signature
  why: The package carries no signature.
  do:  Sign it with a profile that the code signing configuration allows.

4 packages: 2 allowed, 0 warned of, 1 blocked, 1 without a verdict
error: could not read missing.zip
  why: there is no such file
  do:  check the path
exit 3

"#]]
    );
}

#[test]
fn the_json_of_verify_is_the_contracts() {
    let folder = testdata().join("vectors");
    let allowed = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/release_builds/AbCdEf1234";
    let output = run(
        &folder,
        &[
            "verify",
            "valid-manifest.zip",
            "tampered-body.zip",
            "missing.zip",
            "--trust-root",
            "root.pem",
            "--at",
            "2026-11-20T00:00:00Z",
            "--allow",
            allowed,
            "--output",
            "json",
        ],
    );
    assert_eq!(output.status.code(), Some(3));
    let document = json(&output);
    assert_eq!(document["schema"], "lambda-codesign/verify/v1");
    let [valid, tampered, missing] = document["results"].as_array().unwrap().as_slice() else {
        panic!("there are three results");
    };
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        keys(valid),
        [
            "checks",
            "code_sha256",
            "decision",
            "entries",
            "manifest",
            "path",
            "signature",
            "size",
            "status",
            "uncompressed_size",
            "warnings"
        ]
    );
    assert_eq!(keys(&valid["checks"]), ["expiry", "integrity", "mismatch", "revocation"]);
    assert_eq!(valid["checks"]["revocation"]["code"], "revocation-not-checked");
    assert_eq!(
        valid["checks"]["integrity"],
        serde_json::json!({"outcome": "pass", "code": null, "message": null})
    );
    assert_eq!(valid["manifest"], serde_json::json!({"present": true, "entries": 4}));
    assert_eq!(valid["signature"]["signing_profile_version_arn"], allowed);
    assert_eq!(valid["signature"]["signing_time"], "2026-11-01T09:19:26.806Z");
    assert_eq!(valid["signature"]["chain"].as_array().unwrap().len(), 4);
    assert_eq!(valid["signature"]["certificate_hashes"].as_array().unwrap().len(), 4);
    assert_eq!(valid["signature"]["certificate_hashes"][0].as_str().unwrap().len(), 192);
    assert_eq!((&tampered["decision"], &tampered["status"]), (&"block".into(), &"INVALID".into()));
    assert_eq!(tampered["signature"], Value::Null);
    assert_eq!(tampered["claimed"]["signing_profile_version_arn"], allowed);
    assert_eq!((&missing["decision"], &missing["status"]), (&Value::Null, &Value::Null));
    assert!(missing["error"]["message"].as_str().unwrap().contains("no such file"));
}

#[test]
fn bad_input_gets_its_sentence_and_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let valid = testdata().join("accepted/manifest-2024");
    let package = fs::read(valid.join("package.zip")).unwrap();
    fs::write(at("text.zip"), "this is no zip\n").unwrap();
    fs::write(at("empty.zip"), "").unwrap();
    fs::write(at("truncated.zip"), &package[..package.len() / 2]).unwrap();
    fs::write(at("package.zip"), &package).unwrap();
    fs::copy(valid.join("root.pem"), at("root.pem")).unwrap();
    fs::write(at("bad.pem"), "-----BEGIN CERTIFICATE-----\n").unwrap();
    fs::write(at("bad.json"), "{}").unwrap();
    fs::create_dir(at("folder")).unwrap();
    let huge = fs::File::create(at("huge.zip")).unwrap();
    huge.set_len(4 << 30).unwrap();
    for (arguments, code, says) in [
        (&["verify"][..], 2, "required arguments"),
        (&["verify", "missing.zip"], 3, "there is no such file"),
        (&["verify", "folder"], 3, "it is a directory"),
        (&["verify", "text.zip"], 1, "error[archive-malformed]"),
        (&["verify", "empty.zip"], 1, "error[archive-malformed]"),
        (&["verify", "truncated.zip"], 1, "error[archive-malformed]"),
        (&["verify", "huge.zip"], 1, "error[archive-too-large]"),
        (&["verify", "package.zip", "--allow", "arn:aws:signer"], 2, "invalid value 'arn:aws:signer'"),
        (&["verify", "package.zip", "--at", "yesterday"], 2, "invalid value 'yesterday'"),
        (&["verify", "package.zip", "--trust-root", "bad.pem"], 3, "can't trust the root bad.pem"),
        (
            &["verify", "package.zip", "--trust-root", "missing.pem"],
            3,
            "could not read the trust root missing.pem",
        ),
        (&["verify", "package.zip", "--lock", "bad.json"], 3, "can't use the lock bad.json"),
        (
            &["verify", "package.zip", "--revocations", "bad.json"],
            3,
            "can't use the revocation snapshot bad.json",
        ),
        (&["verify", "package.zip", "--no-aws-root"], 2, "no root is trusted"),
        (&["verify", "-", "-"], 2, "standard input is named more than once"),
        (
            &[
                "verify",
                "package.zip",
                "--any-publisher",
                "--allow",
                "arn:aws:signer:*:*:/signing-profiles/*/*",
            ],
            2,
            "cannot be used with",
        ),
        (
            &["verify", "package.zip", "--config", "missing.toml"],
            3,
            "could not read the policy file missing.toml",
        ),
        (&["inspect", "text.zip"], 1, "error[archive-malformed]"),
        (&["inspect", "missing.SF"], 3, "there is no such file"),
        (&["digest", "text.zip"], 1, "archive-malformed"),
        (&["digest", "folder"], 3, "it is a directory"),
        (&["explain", "digest-mismatsch"], 2, "did you mean `digest-mismatch`?"),
        (&["man", "nothing"], 2, "no manual page"),
        (&["nothing"], 2, "unrecognized subcommand"),
    ] {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", seen(&output));
        assert!(seen(&output).contains(says), "{arguments:?}: {}", seen(&output));
        assert!(!seen(&output).contains("panicked"), "{arguments:?}: {}", seen(&output));
    }
}

#[test]
fn json_is_one_document_whatever_happens() {
    let folder = testdata().join("rejected/digest-mismatch--body");
    for (arguments, code) in [
        (&["verify", "missing.zip"][..], 3),
        (&["verify", "package.zip", "--lock", "missing.json"], 3),
        (&["inspect", "missing.zip"], 3),
        (&["inspect", "case.toml"], 1),
        (&["digest", "case.toml"], 1),
        (&["digest", "missing.zip"], 3),
        (&["explain", "nothing"], 2),
        (&["diff", "package.zip", "missing.zip"], 3),
        (&["sign", "missing.zip", "-o", "x.zip", "--signing-profile", "local:nobody"], 3),
        (&["signature", "extract", "case.toml", "-o", "/nonexistent/x.SF"], 1),
    ] {
        let output = run(&folder, &[arguments, &["--output", "json"]].concat());
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", seen(&output));
        assert!(json(&output)["schema"].as_str().unwrap().starts_with("lambda-codesign/"), "{arguments:?}");
    }
}

#[test]
fn standard_input_is_a_package() {
    let folder = testdata().join("accepted/manifest-2024");
    let mut verify =
        command(&folder, &["verify", "-", "--trust-root", "root.pem", "--at", "2026-11-20T00:00:00Z"]);
    verify.stdin(fs::File::open(folder.join("package.zip")).unwrap());
    let output = verify.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", seen(&output));
    assert!(text(&output.stdout).starts_with("allow  VALID  -\n"));
}

#[test]
fn a_closed_pipe_changes_no_exit_code() {
    let folder = testdata().join("rejected/digest-mismatch--body");
    for (arguments, code) in [
        (&["verify", "package.zip", "--trust-root", "root.pem"][..], 1),
        (&["explain"], 0),
        (&["--help"], 0),
        (&["completions", "bash"], 0),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command(&folder, arguments).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(!text(&output.stderr).contains("panicked"), "{arguments:?}");
    }
}

#[test]
fn each_case_of_testdata_gets_its_exit_code() {
    let mut judged = 0;
    for case in lambda_codesign_tests::cases::all() {
        let folder = testdata().join(&case.folder);
        let root = match case.rules.vouches {
            None => "root.pem".to_owned(),
            Some(pattern) => format!("root.pem={pattern}"),
        };
        let at = case.rules.at.unwrap_or(lambda_codesign_tests::cases::AT);
        let mut arguments =
            vec!["verify", "package.zip", "--output", "json", "--trust-root", &root, "--at", at];
        if !case.rules.no_allow {
            arguments.extend(["--allow", lambda_codesign_tests::cases::ALLOWED]);
        }
        let flags: Vec<_> = case.rules.flags.iter().map(|flag| as_argument(flag)).collect();
        arguments.extend(flags.iter().map(String::as_str));
        let output = run(&folder, &arguments);
        let expected = if case.expected.decision == "block" { 1 } else { 0 };
        assert_eq!(output.status.code(), Some(expected), "{}: {}", case.folder, seen(&output));
        let result = &json(&output)["results"][0];
        assert_eq!(result["status"], case.expected.status, "{}", case.folder);
        assert_eq!(result["decision"], case.expected.decision, "{}", case.folder);
        judged += 1;
    }
    assert!(judged >= 40, "{judged}");
}

/// The flags of a case stand without their dashes, and each value behind its flag.
pub(crate) fn as_argument(word: &str) -> String {
    const FLAGS: [&str; 10] = [
        "config",
        "max-revocation-age",
        "require-manifest",
        "require-revocation",
        "lock",
        "revocations",
        "revocations-root",
        "mode",
        "not-before",
        "any-publisher",
    ];
    if FLAGS.contains(&word) { format!("--{word}") } else { word.to_owned() }
}

#[test]
fn genuine_envelopes_are_inspected() {
    let folder = testdata().join("aws");
    let output = run(&folder, &["inspect", "datadog-layer-2022.SF", "--output", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", seen(&output));
    let document = json(&output);
    assert_eq!(document["verified"], true);
    assert_eq!(
        document["signature"]["trust_root_sha256"],
        "410220a72bba4576767ba5941b694a9bddc40817f76957f6919fdac89a7849c7"
    );
    assert_eq!(document["signature"]["signing_time"], "2022-02-11T17:45:24.338Z");
    let foreign = testdata().join("accepted/manifest-2024/package.zip");
    let output = run(&folder, &["inspect", foreign.to_str().unwrap(), "--output", "json"]);
    assert_eq!(output.status.code(), Some(1), "{}", seen(&output));
    let document = json(&output);
    assert_eq!(document["verified"], false);
    assert_eq!(document["reason"]["code"], "chain-untrusted");
    assert_eq!(document["signature"], Value::Null);
    assert_eq!(document["claimed"]["signing_time"], "2026-11-01T09:19:26.806Z");
}

#[test]
fn a_signature_alone_is_held_to_what_its_root_vouches_for() {
    let folder = testdata().join("aws");
    let elsewhere = "signer-root.pem=arn:aws:signer:*:999999999999:/signing-profiles/*/*";
    for (arguments, code) in [
        (&["inspect", "datadog-layer-2022.SF"][..], 0),
        (&["inspect", "datadog-layer-2022.SF", "--trust-root", elsewhere], 1),
        (&["inspect", "datadog-layer-2022.SF", "--at", "2022-02-11T17:45:24Z"], 1),
    ] {
        let output = run(&folder, arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", seen(&output));
    }
    let vectors = testdata().join("vectors");
    let output =
        run(&vectors, &["inspect", "tampered-body.zip", "--trust-root", "root.pem", "--output", "json"]);
    assert_eq!(output.status.code(), Some(1), "{}", seen(&output));
    let document = json(&output);
    assert_eq!(
        (&document["verified"], &document["reason"]["code"]),
        (&false.into(), &"digest-mismatch".into())
    );
    assert_eq!(
        document["signature"]["chain"].as_array().unwrap().len(),
        4,
        "the signature and its chain hold"
    );
}

#[test]
fn digest_writes_what_openssl_takes() {
    let folder = testdata().join("accepted/manifest-2024");
    let output = run(&folder, &["digest", "package.zip", "--raw"]);
    assert_eq!((output.stdout.len(), output.status.code()), (48, Some(0)));
    let document = json(&run(&folder, &["digest", "package.zip", "--output", "json"]));
    let hex: String = output.stdout.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(document["inner"], hex.as_str());
    assert_eq!(document["scheme"], "concat-sha384-sha384");
    let verdict = json(&run(&folder, &["verify", "package.zip", "--output", "json"]));
    assert_eq!(document["code_sha256"], verdict["results"][0]["code_sha256"]);
}

#[test]
fn every_code_is_explained() {
    let folder = testdata();
    let document = json(&run(&folder, &["explain", "--output", "json"]));
    let codes = document["codes"].as_array().unwrap();
    assert!(codes.len() > 40);
    for code in codes {
        let output = run(&folder, &["explain", code["code"].as_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stdout).contains(code["remedy"].as_str().unwrap()));
    }
}

#[test]
fn every_help_has_examples() {
    let folder = testdata();
    for command in ["verify", "policy", "inspect", "digest", "explain", "completions", "man"] {
        let output = run(&folder, &[command, "--help"]);
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stdout).contains("Examples:\n"), "{command}");
    }
    let output = run(&folder, &["man", "verify"]);
    assert!(text(&output.stdout).contains(".SH EXAMPLES") || text(&output.stdout).contains("Examples:"));
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = run(&folder, &["completions", shell]);
        assert!(text(&output.stdout).contains("require-manifest"), "{shell}");
    }
}

#[test]
fn nothing_of_a_package_reaches_a_terminal_unescaped() {
    let package = hostile();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("hostile\u{1b}[31m\n::error::x.zip"), package).unwrap();
    let name = "hostile\u{1b}[31m\n::error::x.zip";
    for arguments in [
        &["verify", name, name][..],
        &["verify", name, "-v"],
        &["verify", name, "--output", "json"],
        &["inspect", name],
        &["inspect", name, "--output", "json"],
        &["digest", name],
        &["verify", "missing\u{1b}[31m\n::error::"],
    ] {
        let output = run(folder.path(), arguments);
        let all = seen(&output);
        assert!(
            !all.contains('\u{1b}') && !all.contains('\r') && !all.contains('\u{202e}'),
            "{arguments:?}: {all:?}"
        );
        assert!(!all.lines().any(|line| line.starts_with("::")), "{arguments:?}: {all:?}");
    }
}

/// A package whose ARN and names would act on a terminal or a CI log.
pub(crate) fn hostile() -> Vec<u8> {
    use lambda_codesign_tests::cms::{Claims, Form};
    use lambda_codesign_tests::package::SignedPackage;
    let claims = Claims { profile: "arn:\u{1b}[31m\r\n::error::\u{202e}<b>".into(), ..Claims::standard() };
    SignedPackage::standard(Form::Of2024).with_claims(&claims).zip()
}

#[test]
fn lock_and_snapshot_files_follow_their_schemas() {
    let schema = |name: &str| -> Value {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema").join(name);
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    };
    let mut checked = 0;
    for case in lambda_codesign_tests::cases::all() {
        for (name, content) in &case.files {
            let schema = match *name {
                "lock.json" => schema("lock-v1.json"),
                "snapshot.json" if content.contains("signed-revocations") => {
                    schema("signed-revocations-v1.json")
                }
                "snapshot.json" => schema("revocations-v1.json"),
                // The policy's own tests hold it to its schema.
                _ => continue,
            };
            let file: Value = serde_json::from_str(content).unwrap();
            assert!(jsonschema::is_valid(&schema, &file), "{}/{name}", case.folder);
            checked += 1;
        }
    }
    assert!(checked >= 6, "{checked}");
    assert!(!jsonschema::is_valid(
        &schema("lock-v1.json"),
        &serde_json::json!({"schema": "lambda-codesign/lock/v1"})
    ));
}
