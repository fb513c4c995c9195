//! The policy file: where it is found, how it is judged by, and what is said of it.

use std::fs;
use std::path::Path;

use snapbox::str;

use crate::running::{command, json, run, seen, testdata, text};

const PUBLISHER: &str = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/release_builds/AbCdEf1234";
const AT: [&str; 2] = ["--at", "2026-11-20T00:00:00Z"];

const POLICY: &str = r#"version = 1

[trust]
aws-root = false

[[trust.root]]
file = "root.pem"
vouches-for = ["arn:aws:signer:*:123456789012:/signing-profiles/*/*"]

[publishers]
releases = ["arn:aws:signer:*:123456789012:/signing-profiles/release_builds/*"]
vendor = ["arn:aws:signer:*:999999999999:/signing-profiles/vendor/*"]

[[rule]]
name = "everything"
allow = ["releases"]

[[rule]]
name = "vendor layers"
layers = ["vendor-*"]
allow = ["vendor"]
mode = { mismatch = "warn" }

[[exception]]
code = "expired"
functions = ["payments-batch"]
until = 2099-12-31
reason = "ticket 4711"
"#;

/// A repository with a policy file and a signed package in it.
fn repository(policy: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("deep/er")).unwrap();
    fs::create_dir(at(".git")).unwrap();
    fs::write(at("lambda-codesign.toml"), policy.replace("vendor layers", "vendor-layers")).unwrap();
    let case = testdata().join("accepted/manifest-2024");
    fs::copy(case.join("package.zip"), at("app.zip")).unwrap();
    fs::copy(case.join("root.pem"), at("root.pem")).unwrap();
    folder
}

fn verify(folder: &Path, arguments: &[&str]) -> std::process::Output {
    run(folder, &[&["verify", "app.zip"], &AT[..], arguments].concat())
}

#[track_caller]
fn ends(folder: &Path, arguments: &[&str], code: i32, says: &str) {
    let output = verify(folder, arguments);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", seen(&output));
    assert!(seen(&output).contains(says), "{arguments:?}: {}", seen(&output));
}

#[test]
fn packages_are_judged_by_the_file_for_their_function() {
    let folder = repository(POLICY);
    let at = folder.path();
    ends(at, &["--for", "function:payments-api"], 0, "allow  VALID  app.zip");
    ends(at, &["--for", "payments-api"], 0, "allow  VALID  app.zip");
    ends(at, &["--for", "layer:other"], 0, "allow  VALID  app.zip");
    ends(at, &["--for", "layer:vendor-x"], 0, "warning[publisher-not-allowed]");
    ends(at, &["--for", "arn:aws:lambda:eu-west-1:123456789012:layer:vendor-x:3"], 0, "warn  MISMATCH");
    ends(
        at,
        &[],
        2,
        "rule `vendor-layers` is for layers vendor-*, and it was not said which function or layer this is",
    );
    let europe =
        repository("version = 1\n[[rule]]\nname = \"eu\"\nregions = [\"eu-*\"]\nnot-before = 2026-11-10");
    for (region, code) in [("eu-west-1", 1), ("us-east-1", 0), ("", 2), ("no region", 2)] {
        let trusting = [&["verify", "app.zip", "--trust-root", "root.pem"], &AT[..]].concat();
        let output = command(europe.path(), &trusting).env("AWS_REGION", region).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{region}: {}", seen(&output));
        let both = [&trusting[..], &["--region", "us-east-1"]].concat();
        let output = command(europe.path(), &both).env("AWS_REGION", region).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{region}: {}", seen(&output));
    }
    ends(at, &["--for", "function:a b"], 2, "invalid value 'function:a b'");
    ends(at, &["--no-config", "--trust-root", "root.pem"], 0, "allow  VALID  app.zip");
}

#[test]
fn flags_narrow_what_the_file_says_and_never_widen_it() {
    let folder = repository(POLICY);
    let at = folder.path();
    let other = "arn:aws:signer:*:*:/signing-profiles/other/*";
    for (flags, code, says) in [
        (&["--allow", PUBLISHER][..], 0, "allow  VALID"),
        (&["--allow", "arn:aws:signer:*:*:/signing-profiles/*/*"], 0, "allow  VALID"),
        (&["--allow", other], 1, "error[publisher-not-allowed]"),
        (&["--allow", other, "--mode", "enforce"], 1, "error[publisher-not-allowed]"),
        (&["--any-publisher"], 2, "can't use --any-publisher with the policy file"),
        (&["--trust-root", "root.pem"], 2, "can't use --trust-root with the policy file"),
        (&["--no-aws-root"], 0, "allow  VALID"),
        (&["--not-before", "2026-11-10T00:00:00Z"], 1, "error[not-before]"),
        (&["--require-revocation"], 1, "error[revocation-not-checked]"),
        (&["--no-config", "--config", "x.toml"], 2, "cannot be used with"),
    ] {
        ends(at, &[&["--for", "function:f"], flags].concat(), code, says);
    }
    let vendor = ["--for", "layer:vendor-x"];
    ends(at, &[&vendor[..], &["--mode", "enforce"]].concat(), 1, "block  MISMATCH");
    // No rule says what happens to what has expired, so the flag may.
    ends(at, &[&vendor[..], &["--mode", "warn"]].concat(), 0, "warn  MISMATCH");
    let strict = repository(
        "version = 1\n[[rule]]\nname = \"a\"\nmode = \"enforce\"\nmax-revocation-age = \"1h\"\nnot-before = 2026-11-10",
    );
    ends(strict.path(), &["--mode", "warn"], 2, "can't use --mode warn with the policy file");
    ends(
        strict.path(),
        &["--trust-root", "root.pem", "--not-before", "2020-01-01T00:00:00Z"],
        1,
        "error[not-before]",
    );
}

#[test]
fn the_file_is_looked_for_here_and_above_up_to_the_repository_s_root() {
    let folder = repository(POLICY);
    let blocked = "version = 1\n[[rule]]\nname = \"late\"\nnot-before = 2026-11-10\n";
    let deep = folder.path().join("deep/er");
    let app = folder.path().join("app.zip");
    let judged = |variable: Option<&str>, arguments: &[&str]| {
        let arguments = [&["verify", app.to_str().unwrap(), "--output", "json"], &AT[..], arguments].concat();
        let mut command = command(&deep, &arguments);
        variable.map(|value| command.env("LAMBDA_CODESIGN_CONFIG", value));
        let output = command.output().unwrap();
        let document = json(&output);
        let path = document["policy_file"]["path"].as_str().unwrap_or("none").to_owned();
        (Path::new(&path).file_name().unwrap().to_str().unwrap().to_owned(), output.status.code().unwrap())
    };
    fs::write(folder.path().join("other.toml"), blocked).unwrap();
    let other = "../../other.toml";
    let for_f = ["--for", "function:f"];
    assert_eq!(judged(None, &for_f), ("lambda-codesign.toml".to_owned(), 0));
    assert_eq!(judged(Some(""), &for_f), ("lambda-codesign.toml".to_owned(), 0));
    assert_eq!(judged(Some(other), &[]), ("other.toml".to_owned(), 1));
    assert_eq!(judged(None, &["--config", other]), ("other.toml".to_owned(), 1));
    assert_eq!(judged(Some("missing.toml"), &["--config", other]), ("other.toml".to_owned(), 1));
    assert_eq!(judged(Some("missing.toml"), &["--no-config"]), ("none".to_owned(), 1));
    assert_eq!(judged(Some("missing.toml"), &[]), ("none".to_owned(), 3));
    // Another repository begins below the file.
    fs::create_dir(folder.path().join("deep/.git")).unwrap();
    assert_eq!(judged(None, &[]), ("none".to_owned(), 1));
    // A file of the nearer folder comes first.
    fs::write(deep.join("lambda-codesign.toml"), blocked).unwrap();
    assert_eq!(judged(None, &[]).1, 1);
}

#[test]
fn json_names_the_file_its_hash_and_the_rules_that_applied() {
    let folder = repository(POLICY);
    let document = json(&verify(folder.path(), &["--for", "layer:vendor-x", "--output", "json"]));
    let policy = &document["policy_file"];
    assert_eq!(policy["path"], "lambda-codesign.toml");
    assert_eq!(policy["rules"], serde_json::json!(["everything", "vendor-layers"]));
    let sha256 =
        std::process::Command::new("sha256sum").arg(folder.path().join("lambda-codesign.toml")).output();
    if let Ok(sha256) = sha256 {
        let digest = text(&sha256.stdout).split(' ').next().unwrap().to_owned();
        assert_eq!(policy["sha256"], digest);
    }
    assert_eq!(policy["sha256"].as_str().unwrap().len(), 64);
    let document = json(&verify(folder.path(), &["--no-config", "--output", "json"]));
    assert_eq!(document.get("policy_file"), None);
}

#[test]
fn exceptions_let_pass_until_they_end_and_say_so() {
    let folder = repository(POLICY);
    let at = folder.path();
    let late = ["verify", "app.zip", "--at", "2038-01-01T00:00:00Z"];
    let run_late = |arguments: &[&str]| run(at, &[&late[..], arguments].concat());
    let output = run_late(&["--for", "function:payments-batch", "--output", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", seen(&output));
    let document = json(&output);
    let result = &document["results"][0];
    assert_eq!((&result["decision"], &result["status"]), (&"warn".into(), &"EXPIRED".into()));
    assert_eq!(result["warnings"][0]["code"], "excepted");
    let message = result["warnings"][0]["message"].as_str().unwrap();
    assert_eq!(message, "`expired` is let pass until 2100-01-01T00:00:00Z: ticket 4711");
    assert_eq!(run_late(&["--for", "function:payments-api"]).status.code(), Some(1));
    // Nothing needed it.
    let output = verify(at, &["--for", "function:payments-batch"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        text(&output.stderr).starts_with("warning: nothing needed this exception\n"),
        "{}",
        seen(&output)
    );
    let document = json(&verify(at, &["--for", "function:payments-batch", "--output", "json"]));
    assert_eq!(document["policy_file"]["warnings"][0]["message"], "nothing needed this exception");
    assert_eq!(document["policy_file"]["warnings"][0]["line"], 24);
    // It ended.
    let output =
        run(at, &["verify", "app.zip", "--at", "2100-01-01T00:00:00Z", "--for", "function:payments-api"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(seen(&output).contains("the exception ended with 2099-12-31"), "{}", seen(&output));
}

#[test]
fn every_mistake_is_shown_where_it_stands() {
    let folder = repository(
        "version = 1\n\n[publishers]\nreleases = [\"arn:aws:signer\"]\n\n[[rule]]\nname = \"all\"\nalow = [\"releases\"]\nmode = \"wran\"\n\n[[exception]]\ncode = \"digest-mismatch\"\nreason = \"\\u001b[31m\"\nuntil = 2026-12-31\n",
    );
    let output = run(folder.path(), &["policy", "check"]);
    snapbox::assert_data_eq!(
        seen(&output),
        str![[r#"
error: `publishers` can't be used: it is not arn:PARTITION:signer:REGION:ACCOUNT:/signing-profiles/NAME/VERSION
 --> lambda-codesign.toml:4:13
  |
4 | releases = ["arn:aws:signer"]
  |             ^^^^^^^^^^^^^^^^

error: [[rule]] has no key `alow`
 --> lambda-codesign.toml:8:1
  |
8 | alow = ["releases"]
  | ^^^^
  |
help: did you mean `allow`?

error: `mode` can't be used: it is none of enforce, warn
 --> lambda-codesign.toml:9:8
  |
9 | mode = "wran"
  |        ^^^^^^

error: `code` can't be used: `digest-mismatch` is about integrity, which can't be waived
  --> lambda-codesign.toml:12:8
   |
12 | code = "digest-mismatch"
   |        ^^^^^^^^^^^^^^^^^
   |
help: exceptions are made of codes of expiry, mismatch and revocation

error: can't use the policy file lambda-codesign.toml
  why: there are 4 things wrong in it
  do:  mend what is shown, and run this again
exit 3

"#]]
    );
    ends(folder.path(), &[], 3, "error: `mode` can't be used: it is none of enforce, warn");
    let output = run(folder.path(), &["policy", "check", "--output", "json"]);
    assert_eq!(output.status.code(), Some(3));
    let places = &json(&output)["error"]["places"];
    assert_eq!(places.as_array().unwrap().len(), 4);
    assert_eq!((&places[1]["line"], &places[1]["column"]), (&8.into(), &1.into()));
    assert_eq!(places[1]["help"], "did you mean `allow`?");
}

#[test]
fn what_is_no_policy_file_is_answered_soon() {
    let many = format!("version = 1\nrule = [{}]\n", "1,".repeat(200_000));
    let folder = repository(&many);
    let output = run(folder.path(), &["policy", "check", "--output", "json"]);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(json(&output)["error"]["why"], "there are 200000 things wrong in it");
    assert_eq!(json(&output)["error"]["places"].as_array().unwrap().len(), 1000);
    for (content, says) in [
        (vec![b' '; 2 << 20], "it has 2097152 bytes, more than anybody writes"),
        (b"version = 1 # \xff".to_vec(), "it is not UTF-8 from byte 14 on"),
        (b"[".repeat(100_000), "keys cannot be empty"),
        (b"a.".repeat(300_000).into_iter().chain(*b"b = 1").collect(), "recursion"),
        (b"{a=".repeat(100_000), "expected key"),
        (b"a=".iter().copied().chain(b"{a=".repeat(100_000)).collect(), "recursion"),
        (b"a = ".iter().copied().chain(b"[".repeat(100_000)).collect(), "recursion"),
    ] {
        fs::write(folder.path().join("lambda-codesign.toml"), content).unwrap();
        let output = run(folder.path(), &["policy", "check"]);
        assert_eq!(output.status.code(), Some(3), "{}", seen(&output));
        assert!(seen(&output).contains(says), "{says}: {}", seen(&output));
    }
}

#[test]
fn a_file_without_mistakes_is_told_so() {
    let folder = repository(POLICY);
    let output = run(folder.path(), &["policy", "check"]);
    snapbox::assert_data_eq!(
        seen(&output),
        str![[r#"
nothing is wrong in lambda-codesign.toml: 1 root file, 2 publishers, 2 rules, 1 exception, 0 configs, 0 attachments
exit 0

"#]]
    );
    fs::write(folder.path().join("root.pem"), "not PEM").unwrap();
    let output = run(folder.path(), &["policy", "check"]);
    snapbox::assert_data_eq!(
        seen(&output),
        str![[r#"
error: the root can't be trusted: it holds no PEM block, or a broken one
 --> lambda-codesign.toml:7:8
  |
7 | file = "root.pem"
  |        ^^^^^^^^^^

error: can't use the policy file lambda-codesign.toml
  why: there is something wrong in it
  do:  mend what is shown, and run this again
exit 3

"#]]
    );
    let nowhere = tempfile::tempdir().unwrap();
    fs::create_dir(nowhere.path().join(".git")).unwrap();
    for command in ["check", "test", "show"] {
        let output = run(nowhere.path(), &["policy", command]);
        assert_eq!(output.status.code(), Some(3), "{}", seen(&output));
        assert!(seen(&output).contains("there is no policy file"), "{}", seen(&output));
    }
}

#[test]
fn show_says_which_rules_apply_and_why() {
    let configs = "\n[[config]]\nname = \"strict\"\npublishers = [\"releases\"]\nmode = \"enforce\"\n\n[[attachment]]\nconfig = \"strict\"\nfunctions = [\"payments-*\"]\n";
    let folder = repository(&format!("{POLICY}{configs}"));
    let output = run(
        folder.path(),
        &["policy", "show", "--for", "payments-batch", "--region", "eu-west-1", "--account", "123456789012"],
    );
    snapbox::assert_data_eq!(
        seen(&output),
        str![[r#"
function:payments-batch in eu-west-1 of account 123456789012, by lambda-codesign.toml

rules, in the file's order:
  applies  everything           line 15, for everything
  not      vendor-layers        line 19, for layers vendor-*: it is for other functions or layers

what they come to:
  allow                releases  (rule everything)
                         arn:aws:signer:*:123456789012:/signing-profiles/release_builds/*
  mode expiry          enforce
  mode mismatch        enforce
  mode revocation      enforce
  require-manifest     false
  not-before           -
  require-revocation   false
  max-revocation-age   -

exceptions:
  expired until 2099-12-31, line 24: ticket 4711

config: strict is to be attached
exit 0

"#]]
    );
    let shown = json(&run(folder.path(), &["policy", "show", "--for", "layer:vendor-x", "--output", "json"]));
    assert_eq!(shown["schema"], "lambda-codesign/policy-show/v1");
    assert_eq!(shown["rules"][1]["applies"], true);
    assert_eq!(shown["settings"][2]["key"], "mode mismatch");
    assert_eq!(
        (&shown["settings"][2]["value"], &shown["settings"][2]["rule"]),
        (&"warn".into(), &"vendor-layers".into())
    );
    let output = run(folder.path(), &["policy", "show"]);
    assert_eq!(output.status.code(), Some(2), "{}", seen(&output));
}

const CASES: &str = r#"version = 1

[[case]]
name = "a release is allowed"
for = "function:payments-api"
at = 2026-11-20
package = "app.zip"
expect = "allow"
status = "VALID"

[[case]]
name = "another profile is not"
for = "function:payments-api"
at = 2026-11-20
claims = { publisher = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/other/AbCdEf1234" }
expect = "block"
code = "publisher-not-allowed"

[[case]]
name = "no root vouches for the vendor"
for = "layer:vendor-x"
claims = { publisher = "arn:aws:signer:us-east-1:999999999999:/signing-profiles/vendor/AbCdEf1234" }
expect = "block"
status = "INVALID"
code = "chain-untrusted"

[[case]]
name = "what is unsigned only warns for a vendor's layer"
for = "layer:vendor-x"
unsigned = true
expect = "warn"
code = "unsigned"

[[case]]
name = "an old release is let pass by the exception"
for = "function:payments-batch"
at = 2038-01-01
package = "app.zip"
expect = "warn"
status = "EXPIRED"
"#;

#[test]
fn cases_beside_the_file_try_it() {
    let folder = repository(POLICY);
    let file = folder.path().join("lambda-codesign.cases.toml");
    fs::write(&file, CASES).unwrap();
    let output = run(folder.path(), &["policy", "test"]);
    snapbox::assert_data_eq!(
        seen(&output),
        str![[r#"
ok    a release is allowed
ok    another profile is not
ok    no root vouches for the vendor
ok    what is unsigned only warns for a vendor's layer
ok    an old release is let pass by the exception
5 cases, 0 of them wrong
exit 0

"#]]
    );
    fs::write(
        &file,
        CASES.replace("2038-01-01", "2026-11-20").replace("code = \"unsigned\"", "code = \"expired\""),
    )
    .unwrap();
    let output = run(folder.path(), &["policy", "test"]);
    snapbox::assert_data_eq!(
        seen(&output),
        str![[r#"
ok    a release is allowed
ok    another profile is not
ok    no root vouches for the vendor
wrong what is unsigned only warns for a vendor's layer
        lambda-codesign.cases.toml:27: expected warn expired, found warn MISMATCH unsigned
wrong an old release is let pass by the exception
        lambda-codesign.cases.toml:34: expected warn EXPIRED, found allow VALID
5 cases, 2 of them wrong
warning: nothing needed this exception
  --> lambda-codesign.toml:24:1
   |
24 | [[exception]]
   | ^^^^^^^^^^^^^
   |
help: remove it if its reason is gone

exit 1

"#]]
    );
    let document = json(&run(folder.path(), &["policy", "test", "--output", "json"]));
    assert_eq!(document["cases"][4]["passed"], false);
    assert_eq!(document["unused_exceptions"][0], 24);
    fs::write(&file, CASES.replace("for = \"layer:vendor-x\"\n", "")).unwrap();
    let output = run(folder.path(), &["policy", "test"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(seen(&output).contains("lambda-codesign.cases.toml:19:1"), "{}", seen(&output));
}

#[test]
fn nothing_of_a_policy_file_reaches_a_terminal_unescaped() {
    let folder = repository("version = 1\n# \u{9b}31m \u{202e}\n\"\u{9b}31m\\u001b\\n::error::\" = 1\n");
    for arguments in
        [&["policy", "check"][..], &["policy", "check", "--output", "json"], &["verify", "app.zip"]]
    {
        let all = seen(&run(folder.path(), arguments));
        assert!(!all.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\r']), "{all:?}");
        assert!(!all.lines().any(|line| line.starts_with("::")), "{all:?}");
    }
}
