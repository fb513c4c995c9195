//! Files with mistakes: each is told, where it stands, and all of them at once.

use lambda_codesign_policy::{CaseFile, Diagnostic, Lines, PolicyFile};

fn told(text: &str, wrong: &[Diagnostic]) -> Vec<String> {
    let told = wrong.iter().map(|diagnostic| {
        let position = Lines::of(text).position(diagnostic.at.start);
        let help = diagnostic.problem.help().map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{position} {}{help}", diagnostic.problem)
    });
    told.collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let wrong = match PolicyFile::parse(text) {
        Ok(file) => file.warnings().to_vec(),
        Err(wrong) => wrong,
    };
    assert_eq!(told(text, &wrong), expected, "{text}");
}

/// A file with this behind its version, which stands on line 1.
#[track_caller]
fn check_part(part: &str, expected: &[&str]) {
    check(&format!("version = 1\n{part}"), expected);
}

#[test]
fn versions() {
    check("", &["1:1 the file needs `version`"]);
    check("version = 1", &[]);
    check("version = 2\nnew = true", &["1:11 the file is of another version than 1, the one known here"]);
    check(
        "version = 99999999999999999999",
        &["1:11 the file is of another version than 1, the one known here"],
    );
    check("version = \"1\"", &["1:11 `version` takes a whole number, not a text"]);
}

#[test]
fn syntax() {
    check_part("[[rule]\nname = \"a\"", &["2:8 unclosed array table, expected `]`"]);
    check_part(
        "[publishers]\na = \"\\q\"",
        &["3:7 missing escaped value, expected `b`, `e`, `f`, `n`, `r`, `\\\\`, `\"`, `x`, `u`, `U`"],
    );
    check_part(
        "x\u{1b}[31m = 1",
        &[
            "2:2 invalid unquoted key, expected letters, numbers, `-`, `_`",
            "2:3 key with no value, expected `=`",
        ],
    );
}

#[test]
fn unknown_keys() {
    check_part("[trsut]\n", &["2:2 the file has no key `trsut` (did you mean `trust`?)"]);
    check_part(
        "\"\\u001b[31m\" = 1\n",
        &[
            "2:1 the file has no key `\\u{1b}[31m` (the file has version, trust, publishers, rule, exception, config, attachment, unmanaged)",
        ],
    );
    check_part(
        "[[rule]]\nname = \"a\"\nmode = { integrity = \"warn\" }",
        &["4:10 `mode` has no key `integrity` (`mode` has expiry, mismatch, revocation)"],
    );
    check_part(
        "[unmanaged]\nfunction = [\"a\"]",
        &[
            "2:1 [unmanaged] needs `functions`",
            "3:1 [unmanaged] has no key `function` (did you mean `functions`?)",
        ],
    );
}

#[test]
fn trust() {
    check_part(
        "[trust]\naws-root = false",
        &[
            "3:12 no root is trusted, so no signature could be (name the root that signs your packages with [[trust.root]])",
        ],
    );
    check_part("[trust]\naws-root = \"no\"", &["3:12 `aws-root` takes true or false, not a text"]);
    check_part("[[trust.root]]\nfile = \"a.pem\"", &["2:1 [[trust.root]] needs `vouches-for`"]);
    check_part(
        "[[trust.root]]\nvouches-for = []",
        &["2:1 [[trust.root]] needs `file`", "3:15 `vouches-for` is empty"],
    );
    check_part("trust = 1.5", &["2:9 `trust` takes a table, not a fraction"]);
}

#[test]
fn publishers() {
    check_part(
        "[publishers]\na = [\"arn:x\", true, \"arn:aws:signer:*:*:/signing-profiles/?/*\"]",
        &[
            "3:6 `publishers` can't be used: it is not arn:PARTITION:signer:REGION:ACCOUNT:/signing-profiles/NAME/VERSION",
            "3:15 `publishers` takes a text, not true or false",
            "3:21 `publishers` can't be used: '?' stands in no ARN of a signing profile; `*` is the only wildcard",
        ],
    );
    check_part(
        "[publishers]\na = [\"arn:aws:signer:*:*:/signing-profiles/a/*\"]",
        &["3:1 nothing allows the publisher `a` (name it in the `allow` of a rule, or remove it)"],
    );
    check_part(
        "[publishers]\nreleases = []\n[[rule]]\nallow = [\"relases\", \"releases\", \"zzz\"]",
        &[
            "3:12 `publishers` is empty",
            "4:1 [[rule]] needs `name`",
            "5:10 there is no publisher `relases` (did you mean `releases`?)",
            "5:33 there is no publisher `zzz` (define it under [publishers])",
        ],
    );
}

#[test]
fn rules() {
    check_part("[[rule]]\nname = \"a\"\n[[rule]]\nname = \"a\"\n", &["5:8 [[rule]] `a` stands twice"]);
    check_part(
        "[[rule]]\nname = \"a b\"\nfunctions = \"f\"\nlayers = [\"?\"]\nregions = [\"EU\"]\naccounts = [\"*\"]\n",
        &[
            "3:8 `name` can't be used: it is not 1 to 64 letters, digits, `_`, `.` and `-`, the first a letter or digit",
            "4:13 `functions` takes a list, not a text",
            "5:11 `layers` can't be used: it is not 1 to 140 letters, digits, `_`, `-` and `*`, which is the only wildcard",
            "6:12 `regions` can't be used: it is not a region such as eu-central-1, or a pattern such as eu-*",
            "7:13 `accounts` can't be used: its account is not 12 digits",
        ],
    );
    check_part(
        "[[rule]]\nname = \"a\"\nmode = \"off\"\nrequire-manifest = 1\nnot-before = 2026-01-01T00:00:00\nmax-revocation-age = \"1w\"\n",
        &[
            "4:8 `mode` can't be used: it is none of enforce, warn",
            "5:20 `require-manifest` takes true or false, not a whole number",
            "6:14 `not-before` can't be used: it is not a time with its distance from UTC, such as 2026-11-20T00:00:00Z",
            "7:22 `max-revocation-age` can't be used: it is not a number from 1 to 99999 followed by m, h or d, such as 24h",
        ],
    );
    check_part(
        "[[rule]]\nname = \"a\"\nmode = [\"warn\"]\n",
        &["4:8 `mode` takes a text or a table, not a list"],
    );
    check_part("rule = 1", &["2:8 `rule` takes a list, not a whole number"]);
    check_part("rule = [1]", &["2:9 `rule` takes a table, not a whole number"]);
}

#[test]
fn exceptions() {
    check_part(
        "[[exception]]",
        &[
            "2:1 [[exception]] needs `code`",
            "2:1 [[exception]] needs `until`",
            "2:1 [[exception]] needs `reason`",
        ],
    );
    let with = |code: &str, until: &str| {
        format!("[[exception]]\ncode = \"{code}\"\nuntil = {until}\nreason = \"ticket 1\"\n")
    };
    check_part(&with("expired", "2026-12-31"), &[]);
    check_part(
        &with("expird", "2026-12-31"),
        &["3:8 `code` can't be used: there is no such code (did you mean `expired`?)"],
    );
    check_part(
        &with("x", "2026-12-31"),
        &["3:8 `code` can't be used: there is no such code (`lambda-codesign explain` lists all codes)"],
    );
    check_part(
        &with("digest-mismatch", "2026-12-31"),
        &[
            "3:8 `code` can't be used: `digest-mismatch` is about integrity, which can't be waived (exceptions are made of codes of expiry, mismatch and revocation)",
        ],
    );
    check_part(
        &with("boundary-unproven", "2026-12-31"),
        &[
            "3:8 `code` can't be used: `boundary-unproven` blocks no package (exceptions are made of codes of expiry, mismatch and revocation)",
        ],
    );
    for until in ["2026-12-31T00:00:00Z", "2026-12-31T00:00:00", "07:00:00"] {
        check_part(
            &with("expired", until),
            &["4:9 `until` can't be used: it is not a date, such as 2026-12-31"],
        );
    }
    check_part(&with("expired", "2026-02-30"), &["4:9 invalid date, expected day between 01 and 28"]);
    check_part(
        &(with("unsigned", "2026-12-31") + "code-sha256 = \"abc\""),
        &["6:15 `code-sha256` can't be used: it is not 44 characters of base64"],
    );
}

#[test]
fn configs() {
    check_part(
        "[[config]]\nname = \"a\"\npublishers = [\"p\"]\nmode = \"warn\"\n[publishers]\np = [\"arn:aws:signer:*:*:/signing-profiles/a/*\"]\n",
        &["3:8 nothing is attached to the config `a` (attach it with [[attachment]], or remove it)"],
    );
    check_part(
        "[[config]]\nname = \"a\"\n[[attachment]]\nconfig = \"b\"\n",
        &[
            "2:1 [[config]] needs `publishers`",
            "2:1 [[config]] needs `mode`",
            "4:1 [[attachment]] needs `functions`",
            "5:10 there is no config `b` (did you mean `a`?)",
        ],
    );
    let arns: Vec<_> = (0..21)
        .map(|index| {
            format!("\"arn:aws:signer:us-east-1:123456789012:/signing-profiles/p{index:02}/AbCdEf1234\"")
        })
        .collect();
    let many = format!(
        "[publishers]\np = [{}]\n[[config]]\nname = \"a\"\npublishers = [\"p\"]\nmode = \"warn\"\n[config.tags]\n\"aws:x\" = \"1\"\n[[attachment]]\nconfig = \"a\"\nfunctions = [\"*\"]",
        arns.join(", ")
    );
    check_part(
        &many,
        &[
            "6:14 21 publishers are named, and AWS takes 20 in a config",
            "9:1 `tags` can't be used: tags that begin with aws: or lambda-codesign: are not yours to set",
        ],
    );
}

/// A config with so many publishers, and this behind it.
fn config(publishers: usize, rest: &str) -> String {
    let arns: Vec<_> = (0..publishers)
        .map(|index| {
            format!("\"arn:aws:signer:us-east-1:123456789012:/signing-profiles/p{index:02}/AbCdEf1234\"")
        })
        .collect();
    format!(
        "[publishers]\np = [{}]\n[[config]]\nname = \"a\"\npublishers = [\"p\"]\nmode = \"warn\"\n{rest}\n\
         [[attachment]]\nconfig = \"a\"\nfunctions = [\"*\"]",
        arns.join(", ")
    )
}

#[test]
fn what_aws_takes_is_taken() {
    let tags = |count: usize| {
        let tags: Vec<_> = (0..count).map(|index| format!("t{index} = \"x\"")).collect();
        format!("tags = {{ {} }}", tags.join(", "))
    };
    let long = |count: usize| "ü".repeat(count);
    check_part(&config(20, ""), &[]);
    check_part(&config(1, &tags(49)), &[]);
    let many = "8:8 `tags` can't be used: they are more than AWS takes, which is 50 with the one that this tool sets";
    check_part(&config(1, &tags(50)), &[many]);
    check_part(&config(1, &format!("description = \"{}\"", long(256))), &[]);
    check_part(
        &config(1, &format!("description = \"{}\"", long(257))),
        &["8:15 `description` can't be used: it is longer than the 256 characters that AWS takes"],
    );
    check_part(&config(1, &format!("tags = {{ \"{}\" = \"{}\" }}", long(128), long(256))), &[]);
    check_part(
        &config(1, &format!("tags = {{ \"{}\" = \"{}\" }}", long(129), long(257))),
        &[
            "8:10 `tags` can't be used: it is longer than the 128 characters that AWS takes",
            "8:144 `tags` can't be used: it is longer than the 256 characters that AWS takes",
        ],
    );
    let second = "[[config]]\nname = \"b\"\npublishers = [\"p\"]\nmode = \"warn\"";
    check_part(
        &config(1, second),
        &["9:8 nothing is attached to the config `b` (attach it with [[attachment]], or remove it)"],
    );
}

#[test]
fn cases() {
    let check = |text: &str, expected: &[&str]| {
        let wrong = CaseFile::parse(text).err().unwrap_or_default();
        assert_eq!(told(text, &wrong), expected, "{text}");
    };
    check("", &["1:1 the file of cases needs `version`", "1:1 the file of cases needs `case`"]);
    check(
        "version = 1\n[[case]]",
        &[
            "2:1 [[case]] needs `name`",
            "2:1 exactly one of package, claims, unsigned has to be there",
            "2:1 [[case]] needs `expect`",
        ],
    );
    check(
        "version = 1\n[[case]]\nname = \"a\"\nfor = \"x:y:z\"\nunsigned = false\npackage = \"p.zip\"\nexpect = \"pass\"\nstatus = \"OK\"\ncode = \"unsignd\"",
        &[
            "2:1 exactly one of package, claims, unsigned has to be there",
            "4:7 `for` can't be used: it is not function:NAME, layer:NAME or the ARN of a function or layer",
            "5:12 `unsigned` can't be used: it is none of true",
            "7:10 `expect` can't be used: it is none of allow, warn, block",
            "8:10 `status` can't be used: it is none of VALID, INVALID, EXPIRED, MISMATCH, REVOKED, UNKNOWN",
            "9:8 `code` can't be used: there is no such code (did you mean `unsigned`?)",
        ],
    );
    check(
        "version = 1\n[[case]]\nname = \"a\"\nexpect = \"allow\"\n[case.claims]\npublisher = \"arn\"",
        &["6:13 `publisher` can't be used: it is not arn:PARTITION:signer:REGION:ACCOUNT:RESOURCE"],
    );
}

#[test]
fn an_exception_that_has_ended_is_a_mistake_from_the_next_day_on() {
    let text = "version = 1\n[[exception]]\ncode = \"expired\"\nuntil = 2026-12-31\nreason = \"ticket 1\"\n";
    let file = PolicyFile::parse(text).unwrap();
    let ended = |now: &str| told(text, &file.ended(now.parse().unwrap()));
    assert_eq!(ended("2026-12-31T23:59:59.999Z"), [""; 0]);
    assert_eq!(
        ended("2027-01-01T00:00:00Z"),
        ["4:9 the exception ended with 2026-12-31 (remove it once its reason is gone)"]
    );
}

proptest::proptest! {
    /// Whatever stands in a file, it is read or refused, and every place is in it.
    #[test]
    fn any_text_is_answered(text in "(version = 1\n)?([\\[\\]a-z\"={},.0-9# \n-]|rule|trust|config|allow|\\PC){0,80}") {
        if let Err(wrong) = PolicyFile::parse(&text) {
            assert!(!wrong.is_empty());
            for diagnostic in wrong {
                assert!(text.get(diagnostic.at.clone()).is_some() || diagnostic.at.start >= text.len(), "{diagnostic:?}");
            }
        }
        let _ = CaseFile::parse(&text);
    }
}
