//! The policy file and its cases: what they say of a target, by a second reckoning over the TOML that stands in them.

use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use lambda_codesign_core::chain::TrustRoots;
use lambda_codesign_core::digest::CodeSha256;
use lambda_codesign_core::policy::{Evidence, Requirement, SupposedSignature, Supposition};
use lambda_codesign_core::verdict::{Decision, Judgement};
use lambda_codesign_policy::{
    Assignment, Case, CaseFile, Diagnostic, Effective, Given, Lines, PolicyFile, Rule, Severity, Subject,
    SupposedClaims, Target,
};
use toml::{Table, Value};

use super::{glob_match, harmless, parts_match, time};

/// A policy file and, behind a NUL, a file of cases; without one the same text is both. Each is refused with what is
/// wrong in it and where, or says of every target what a second reckoning says.
pub fn policy_file(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else {
        return;
    };
    let (policy, cases) = text.split_once('\0').unwrap_or((text, text));
    let cases = read_cases(cases);
    let file = match PolicyFile::parse(policy) {
        Ok(file) => file,
        Err(wrong) => return refused(policy, &wrong),
    };
    told(policy, file.warnings(), Severity::Warning);
    let written = Written::of(policy);
    told(policy, &file.ended(time(NOW)), Severity::Error);
    assert_eq!(file.ended(time(NOW)).len(), written.ended());
    for target in TARGETS.iter().chain(cases.iter().map(|case| &case.target)) {
        said_of(&file, &written, target);
    }
    cases.iter().for_each(|case| judged(&file, case));
}

const NOW: &str = "2026-11-20T12:00:00Z";
const TODAY: &str = "2026-11-20";

/// Targets of which more and less is known.
static TARGETS: LazyLock<Vec<Target>> = LazyLock::new(|| {
    let known = |subject: &str, region: &str, account: &str| Target {
        subject: subject.parse().ok(),
        region: region.parse().ok(),
        account: account.parse().ok(),
    };
    vec![
        known("", "", ""),
        known("function:payments-api", "", ""),
        known("function:nightly-report", "eu-central-1", "123456789012"),
        known("function:playground-1", "us-east-1", "123456789012"),
        known("function:a", "eu-west-1", "999999999999"),
        known("layer:vendor-x", "eu-west-1", ""),
        known("layer:a", "eu-central-1", "123456789012"),
    ]
});

fn refused(text: &str, wrong: &[Diagnostic]) {
    assert!(!wrong.is_empty(), "refused for nothing");
    told(text, wrong, Severity::Error);
}

/// Every problem is one sentence of the right weight, at a place that is in the text, and they come in its order.
fn told(text: &str, problems: &[Diagnostic], severity: Severity) {
    let lines = Lines::of(text);
    for Diagnostic { problem, at, other } in problems {
        let sentence = problem.to_string();
        assert!(!sentence.is_empty());
        harmless(&sentence);
        harmless(&problem.help().unwrap_or_default());
        for place in [Some(at), other.as_ref()].into_iter().flatten() {
            assert!(text.get(place.clone()).is_some(), "{place:?} is not in the text: {sentence}");
        }
    }
    for Diagnostic { at, .. } in problems.iter().take(MOST_PLACES) {
        let before = &text[..at.start];
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
        let line = before.matches('\n').count() + 1;
        let position = lines.position(at.start);
        assert_eq!((position.line, position.column), (line, column));
    }
    assert!(problems.iter().all(|problem| problem.severity() == severity));
    assert!(problems.is_sorted_by_key(|problem| problem.at.start));
}

/// Places that are reckoned a second time, each of which takes a way through the text.
const MOST_PLACES: usize = 16;

fn read_cases(text: &str) -> Vec<Case> {
    let file = match CaseFile::parse(text) {
        Ok(file) => file,
        Err(wrong) => {
            refused(text, &wrong);
            return Vec::new();
        }
    };
    let written = Written::of(text);
    let written = tables(&written.0, "case");
    assert_eq!(file.cases.len(), written.len());
    for (case, table) in file.cases.iter().zip(written) {
        assert_eq!(Some(case.name.as_str()), word(table, "name"));
        assert_eq!(Some(case.expected.decision.as_str()), word(table, "expect"));
        assert_eq!(case.expected.status.map(|status| status.as_str()), word(table, "status"));
        assert_eq!(case.expected.code.map(|code| code.as_str()), word(table, "code"));
        assert!(text.get(case.span.clone()).is_some());
    }
    file.cases
}

/// The same text, as the TOML reader has it that stops at the first mistake.
struct Written(Table);

impl Written {
    fn of(text: &str) -> Self {
        let table: Table = text.parse().expect("what was read is TOML");
        assert_eq!(table.get("version").and_then(Value::as_integer), Some(1));
        Self(table)
    }

    /// How many exceptions ended before today. Years have four digits, so dates compare as texts do.
    fn ended(&self) -> usize {
        let dates = tables(&self.0, "exception").into_iter().filter_map(|table| table.get("until"));
        dates.filter(|until| until.to_string().as_str() < TODAY).count()
    }

    /// The patterns of these publishers, sorted.
    fn patterns(&self, names: &[&str]) -> Vec<&str> {
        let publishers = self.0.get("publishers").and_then(Value::as_table);
        let named = publishers.into_iter().flatten().filter(|(name, _)| names.contains(&name.as_str()));
        let mut patterns: Vec<_> = named.flat_map(|(_, patterns)| texts(Some(patterns))).collect();
        patterns.sort_unstable();
        patterns
    }

    /// The name of the config that this function should have; `None` where it is left alone.
    fn config(&self, function: &str, target: &Target) -> Option<&str> {
        let unmanaged = self.0.get("unmanaged").and_then(Value::as_table);
        if unmanaged.is_some_and(|table| matches(&list(table, "functions"), function)) {
            return None;
        }
        let configs = tables(&self.0, "config");
        let mut attachments = tables(&self.0, "attachment");
        attachments.reverse();
        attachments.retain(|attachment| matches(&list(attachment, "functions"), function));
        attachments.into_iter().filter_map(|attachment| word(attachment, "config")).find(|name| {
            let config = configs.iter().find(|config| word(config, "name") == Some(name));
            config.is_some_and(|config| in_place(config, target) == Some(true))
        })
    }
}

fn tables<'t>(table: &'t Table, key: &str) -> Vec<&'t Table> {
    table.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table).collect()
}

fn texts(list: Option<&Value>) -> Vec<&str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn list<'t>(table: &'t Table, key: &str) -> Vec<&'t str> {
    texts(table.get(key))
}

fn word<'t>(table: &'t Table, key: &str) -> Option<&'t str> {
    table.get(key).and_then(Value::as_str)
}

fn matches(patterns: &[&str], name: &str) -> bool {
    patterns.iter().any(|pattern| glob_match(pattern.as_bytes(), name.as_bytes()))
}

/// Whether a rule or an exception is about a target, where that can be told.
fn fits(part: &Table, target: &Target) -> Option<bool> {
    let (functions, layers) = (list(part, "functions"), list(part, "layers"));
    let subject = match &target.subject {
        _ if functions.is_empty() && layers.is_empty() => Some(true),
        None => None,
        Some(Subject::Function(name)) => Some(matches(&functions, name.as_str())),
        Some(Subject::Layer(name)) => Some(matches(&layers, name.as_str())),
    };
    all(&[subject, in_place(part, target)])
}

fn in_place(part: &Table, target: &Target) -> Option<bool> {
    let answer = |patterns: &[&str], known: Option<&str>| match known {
        _ if patterns.is_empty() => Some(true),
        None => None,
        Some(known) => Some(matches(patterns, known)),
    };
    let region = answer(&list(part, "regions"), target.region.as_ref().map(|region| region.as_str()));
    let account = target.account.as_ref().map(ToString::to_string);
    all(&[region, answer(&list(part, "accounts"), account.as_deref())])
}

/// One `no` is enough; else everything has to be known.
fn all(answers: &[Option<bool>]) -> Option<bool> {
    match answers.contains(&Some(false)) {
        true => Some(false),
        false => (!answers.contains(&None)).then_some(true),
    }
}

/// Rules, settings, exceptions and config of a target.
fn said_of(file: &PolicyFile, written: &Written, target: &Target) {
    harmless(&target.to_string());
    let rules = tables(&written.0, "rule");
    let undecided = rules.iter().find(|rule| fits(rule, target).is_none());
    match file.effective(target) {
        Ok(effective) => {
            assert!(undecided.is_none(), "a rule that may apply was left out");
            settings(&effective, written, &rules, target);
        }
        Err(error) => {
            harmless(&error.to_string());
            assert_eq!(undecided.and_then(|rule| word(rule, "name")), Some(error.rule.as_str()));
        }
    }
    if let Target {
        subject: Some(Subject::Function(function)),
        region: Some(region),
        account: Some(account),
    } = target
    {
        let assigned = match file.assignment(function, region, account) {
            Assignment::Config(config) => Some(config.name.value.as_str()),
            Assignment::Unmanaged | Assignment::Unmentioned => None,
        };
        assert_eq!(assigned, written.config(function.as_str(), target));
    }
}

/// The last rule that applies and says it.
struct Last<'t> {
    applying: Vec<&'t Table>,
}

impl<'t> Last<'t> {
    /// The value under a key, and the name of its rule.
    fn of(&self, key: &str) -> (Option<&'t Value>, Option<&'t str>) {
        self.by(|rule| rule.get(key))
    }

    fn mode(&self, check: &str) -> (&'t str, Option<&'t str>) {
        let (mode, rule) = self.by(|rule| match rule.get("mode")? {
            Value::Table(modes) => modes.get(check),
            mode => Some(mode),
        });
        (mode.and_then(Value::as_str).unwrap_or("enforce"), rule)
    }

    fn demand(&self, key: &str) -> (Requirement, Option<&'t str>) {
        let (demanded, rule) = self.of(key);
        let demanded = demanded.and_then(Value::as_bool).unwrap_or(false);
        (if demanded { Requirement::Required } else { Requirement::Optional }, rule)
    }

    fn by(&self, value: impl Fn(&'t Table) -> Option<&'t Value>) -> (Option<&'t Value>, Option<&'t str>) {
        let found = self.applying.iter().rev().find_map(|rule| Some((value(rule)?, word(rule, "name"))));
        found.map_or((None, None), |(value, rule)| (Some(value), rule))
    }
}

fn settings(effective: &Effective<'_>, written: &Written, rules: &[&Table], target: &Target) {
    let named = |rule: Option<&Rule>| rule.map(|rule| rule.name.value.to_string());
    let expected = |rule: Option<&str>| rule.map(str::to_owned);
    let applying = rules.iter().filter(|rule| fits(rule, target) == Some(true)).copied().collect();
    let last = Last { applying };
    assert_eq!(effective.rules.len(), rules.len());
    let applied: Vec<_> = effective.applied().map(|rule| rule.name.value.as_str()).collect();
    assert_eq!(applied, last.applying.iter().filter_map(|rule| word(rule, "name")).collect::<Vec<_>>());

    for (setting, check) in
        [(effective.expiry, "expiry"), (effective.mismatch, "mismatch"), (effective.revocation, "revocation")]
    {
        let (mode, rule) = last.mode(check);
        assert_eq!((setting.value.as_str(), named(setting.rule)), (mode, expected(rule)), "{check}");
    }
    for (setting, key) in
        [(effective.manifest, "require-manifest"), (effective.known_revocation, "require-revocation")]
    {
        let (demand, rule) = last.demand(key);
        assert_eq!((setting.value, named(setting.rule)), (demand, expected(rule)), "{key}");
    }
    let came_from = [
        (effective.allow.map(|setting| setting.rule), "allow"),
        (effective.not_before.map(|setting| setting.rule), "not-before"),
        (effective.max_age.map(|setting| setting.rule), "max-revocation-age"),
    ];
    for (rule, key) in came_from {
        assert_eq!(rule.map(named), last.of(key).0.map(|_| expected(last.of(key).1)), "{key}");
    }
    let mut patterns =
        effective.patterns().map(|patterns| patterns.iter().map(ToString::to_string).collect::<Vec<_>>());
    patterns.iter_mut().for_each(|patterns| patterns.sort_unstable());
    let allowed = last.of("allow").0.map(|names| written.patterns(&texts(Some(names))));
    assert_eq!(patterns, allowed.map(|patterns| patterns.into_iter().map(str::to_owned).collect()));

    let reasons: Vec<_> = effective.exceptions.iter().map(|scoped| scoped.exception.reason()).collect();
    let excepted =
        tables(&written.0, "exception").into_iter().filter(|part| fits(part, target) == Some(true));
    assert_eq!(reasons, excepted.filter_map(|part| word(part, "reason")).collect::<Vec<_>>());
}

/// What the policy makes of a case: only a publisher that a rule allows passes, and nothing unsigned does.
fn judged(file: &PolicyFile, case: &Case) {
    let Ok(effective) = file.effective(&case.target) else {
        return;
    };
    let now = case.at.unwrap_or_else(|| time(NOW));
    let (signature, code_sha256) = match &case.given {
        Given::Package(_) => return,
        Given::Claims { claims, code_sha256 } => match supposed(claims, now) {
            Some(signature) => (Some(signature), code_sha256),
            None => return,
        },
        Given::Unsigned { code_sha256 } => (None, code_sha256),
    };
    let allowed = signature.as_ref().is_some_and(|signature| {
        let publisher = signature.publisher.as_str();
        effective.patterns().unwrap_or_default().iter().any(|it| parts_match(&it.to_string(), publisher))
    });
    let code_sha256 = code_sha256.unwrap_or_else(|| CodeSha256::of(b""));
    let evidence = Evidence { now, revocations: None };
    let judgement = effective.policy().suppose(&Supposition { code_sha256, signature }, &ROOTS, evidence);
    said(&judgement);
    match judgement.decision() {
        Decision::Allow => assert!(allowed, "a publisher that nothing allows"),
        Decision::Warn => {
            assert!(!effective.exceptions.is_empty() || warns(&effective), "nothing lets it pass")
        }
        Decision::Block => {}
    }
}

static ROOTS: LazyLock<TrustRoots> = LazyLock::new(TrustRoots::aws);

fn warns(effective: &Effective<'_>) -> bool {
    let modes = [effective.expiry, effective.mismatch, effective.revocation];
    modes.iter().any(|setting| setting.value.as_str() == "warn")
}

fn supposed(claims: &SupposedClaims, now: Timestamp) -> Option<SupposedSignature> {
    let signing_time = claims.signed.unwrap_or(now);
    let (home, _) = claims.publisher.as_str().split_once("/signing-profiles/")?;
    let job = || format!("{home}/signing-jobs/00000000-0000-4000-8000-000000000000").parse().ok();
    let year = SignedDuration::from_hours(365 * 24);
    Some(SupposedSignature {
        publisher: claims.publisher.clone(),
        job: claims.job.clone().or_else(job)?,
        signing_time,
        expires: claims.expires.or_else(|| signing_time.checked_add(year).ok())?,
        manifest: claims.manifest,
    })
}

fn said(judgement: &Judgement) {
    let outcomes = judgement.against().filter_map(|(_, outcome, _)| outcome.message());
    let warnings = judgement.warnings().iter().map(ToString::to_string);
    outcomes.chain(warnings).for_each(|sentence| harmless(&sentence));
}
