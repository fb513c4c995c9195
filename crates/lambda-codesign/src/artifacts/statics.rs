//! The static check: what a template says of code signing, without a look at any package.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Document, Node, Scalar};
use super::expression::{Meaning, below};
use super::oddity::unread_parts;
use super::publishers::{Names, publishers};
use super::remark::{ByCdk, Kind, Remark};
use super::template::{CONFIG, CodePlace, Runs, SERVERLESS_FUNCTION, functions, nested, resources, type_of};

/// A template, and how people call it.
pub(super) struct Template<'d> {
    name: &'d str,
    document: &'d Document,
    by_cdk: ByCdk,
    /// What becomes of code that nobody trusts under each of its configs.
    configs: BTreeMap<&'d str, Guard>,
    /// What SAM gives to functions that name no config.
    inherited: Guard,
}

/// What becomes of code that nobody trusts, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Guard {
    /// It is deployed: there is no config.
    None,
    /// It is deployed, and that is logged.
    Warn,
    /// Only the deployment knows.
    Elsewhere,
    /// It is refused.
    Enforce,
}

/// The logical ids that are mentioned where a config may be named.
#[derive(Debug, Default)]
struct Mentioned<'d> {
    ids: BTreeSet<&'d str>,
    /// Whether there is an alias, which may mention any.
    has_alias: bool,
}

const ARN: &str = "CodeSigningConfigArn";

impl<'d> Template<'d> {
    pub(super) fn new(name: &'d str, document: &'d Document, by_cdk: ByCdk) -> Self {
        let configs = configs(document).map(|(name, config)| (name.value(), mode_of(config))).collect();
        let mut template = Self { name, document, by_cdk, configs, inherited: Guard::None };
        template.inherited = template.weakest(&below(document.root(), &["Globals", "Function", ARN]));
        template
    }

    pub(super) fn remark(&self, kind: Kind, about: &Scalar) -> Remark {
        Remark::new(kind, self.name, self.document, (about.value(), about.start()))
    }

    /// What it says of configs and publishers, of functions that no config guards, and what of it was not understood.
    pub(super) fn check(&self, names: Names<'_>) -> Vec<Remark> {
        let mut remarks: Vec<_> = self.impossible().collect();
        let mut mentioned = Mentioned::default();
        for part in unread_parts(self.document) {
            remarks.push(Remark::new(part.kind, self.name, self.document, part.place));
            part.node.into_iter().for_each(|node| mentioned.add(node));
        }
        for (name, function) in functions(self.document) {
            let kind = match self.guard(function) {
                Guard::None => Some(Kind::NoConfig),
                Guard::Warn => Some(Kind::WarnOnly),
                Guard::Elsewhere => Some(Kind::ConfigElsewhere),
                Guard::Enforce => None,
            };
            remarks.extend(kind.map(|kind| self.remark(kind, name)));
            own(function).into_iter().for_each(|node| mentioned.add(node));
        }
        if functions(self.document).any(|(_, function)| inherits(function)) {
            self.global().into_iter().for_each(|node| mentioned.add(node));
        }
        // A nested stack may be given a config for its own functions.
        nested(self.document).filter_map(|one| one.properties).for_each(|node| mentioned.add(node));
        for (name, config) in configs(self.document) {
            if !mentioned.has(name.value()) {
                remarks.push(self.remark(Kind::ConfigUnused, name));
            }
            remarks.extend(publishers(config, names).into_iter().map(|kind| self.remark(kind, name)));
        }
        remarks
    }

    /// What can be said of the code that a function or layer runs.
    pub(super) fn of_code(&self, runs: &Runs<'_>, elsewhere: &'static str) -> Option<Remark> {
        let kind = match runs.place {
            CodePlace::Local(_) => return None,
            CodePlace::S3(_) => Kind::UnknownCode(elsewhere),
            CodePlace::Computed => {
                Kind::UnknownCode("names its code by an expression: what it runs is not known here")
            }
            CodePlace::Image => Kind::Image,
            CodePlace::Inline if self.guard(runs.resource) == Guard::Enforce => Kind::InlineCodeUnderEnforce,
            CodePlace::Inline => Kind::InlineCode,
        };
        Some(self.remark(kind, runs.name))
    }

    /// The nested templates that are not read.
    pub(super) fn unread(&self, is_read: &dyn Fn(&Node) -> bool) -> Vec<Remark> {
        let unread = nested(self.document).filter(|one| !one.location.is_some_and(is_read));
        unread
            .map(|one| {
                let about = one.location.and_then(Node::scalar).unwrap_or(one.name);
                self.remark(Kind::NestedUnread, about)
            })
            .collect()
    }

    /// Publishers' ARNs that no signature can have, as the CDK wrote them.
    fn impossible(&self) -> impl Iterator<Item = Remark> {
        let wrong = |config: &Node| {
            let mut scalars = Vec::new();
            config.scalars(&mut scalars);
            scalars.iter().any(|scalar| scalar.value().contains("://signing-profiles"))
        };
        let configs = configs(self.document).filter(move |(_, config)| wrong(config));
        configs.map(|(name, _)| self.remark(Kind::ImpossiblePublisher(self.by_cdk), name))
    }

    fn global(&self) -> Option<&'d Node> {
        self.document.root().get("Globals")?.get("Function")?.get(ARN)
    }

    fn guard(&self, function: &Node) -> Guard {
        match inherits(function) {
            true => self.inherited,
            false => self.weakest(&below(function, &["Properties", ARN])),
        }
    }

    /// Where a condition decides, it may be any of them.
    fn weakest(&self, named: &[Meaning<'_>]) -> Guard {
        let guard = |meaning: &Meaning<'_>| match meaning {
            Meaning::Nothing => Guard::None,
            Meaning::Of { id, attribute: None | Some(ARN) } => {
                self.configs.get(id).copied().unwrap_or(Guard::Elsewhere)
            }
            Meaning::Of { .. }
            | Meaning::Text(_)
            | Meaning::List(_)
            | Meaning::Mapping(_)
            | Meaning::Unknown => Guard::Elsewhere,
        };
        named.iter().map(guard).min().unwrap_or(Guard::Elsewhere)
    }
}

impl<'d> Mentioned<'d> {
    fn add(&mut self, node: &'d Node) {
        self.has_alias |= node.has_alias();
        let mut scalars = Vec::new();
        node.scalars(&mut scalars);
        // A logical id has letters and digits alone.
        let words =
            scalars.iter().flat_map(|scalar| scalar.value().split(|c: char| !c.is_ascii_alphanumeric()));
        self.ids.extend(words);
    }

    fn has(&self, id: &str) -> bool {
        self.has_alias || self.ids.contains(id)
    }
}

fn configs(document: &Document) -> impl Iterator<Item = (&Scalar, &Node)> {
    resources(document).filter(|(_, resource)| type_of(resource) == Some(CONFIG))
}

/// What a function itself names as its config.
fn own(function: &Node) -> Option<&Node> {
    function.get("Properties")?.get(ARN)
}

/// Whether a function has the config that SAM gives to those that name none.
fn inherits(function: &Node) -> bool {
    let named = || below(function, &["Properties", ARN]);
    type_of(function) == Some(SERVERLESS_FUNCTION)
        && own(function).is_none()
        && named().iter().all(|meaning| matches!(meaning, Meaning::Nothing))
}

/// `Warn` where it is not said (BEHAVIOUR.md, "Lambda").
fn mode_of(config: &Node) -> Guard {
    let modes = below(config, &["Properties", "CodeSigningPolicies", "UntrustedArtifactOnDeployment"]);
    let guard = |mode: &Meaning<'_>| match mode {
        Meaning::Nothing | Meaning::Text("Warn") => Guard::Warn,
        Meaning::Text("Enforce") => Guard::Enforce,
        Meaning::Text(_) | Meaning::List(_) | Meaning::Mapping(_) | Meaning::Of { .. } | Meaning::Unknown => {
            Guard::Elsewhere
        }
    };
    modes.iter().map(guard).min().unwrap_or(Guard::Elsewhere)
}

#[cfg(test)]
mod tests {
    use lambda_codesign_tests::random::Random;

    use super::super::document::Document;
    use super::super::remark::{ByCdk, Kind, Remark};
    use super::super::template::runs;
    use super::{Guard, Template};

    const CONFIGS: &str = "\
Resources:
  Strict: { Type: AWS::Lambda::CodeSigningConfig, Properties: { CodeSigningPolicies: { UntrustedArtifactOnDeployment: Enforce } } }
  Weak: { Type: AWS::Lambda::CodeSigningConfig, Properties: { AllowedPublishers: { SigningProfileVersionArns: [x] } } }
  F: { Type: AWS::Lambda::Function, Properties: { Code: { ZipFile: x }, CodeSigningConfigArn: ";

    fn told(text: String) -> Option<Vec<Remark>> {
        let document = Document::parse(text).ok()?;
        let template = Template::new("t", &document, ByCdk::No);
        let mut remarks = template.check(Some(&|_| false));
        remarks.extend(template.unread(&|_| false));
        remarks.extend(runs(&document).iter().filter_map(|one| template.of_code(one, "is elsewhere")));
        Some(remarks)
    }

    /// An expression in YAML and in JSON, and what becomes of code that nobody trusts under it.
    fn expression(random: &mut Random, depth: usize) -> ([String; 2], Guard) {
        let leaf = |yaml: &str, json: &str, guard| ([yaml.to_owned(), json.to_owned()], guard);
        match random.below(if depth == 0 { 6 } else { 9 }) {
            0 => leaf("!Ref Strict", r#"{"Ref": "Strict"}"#, Guard::Enforce),
            1 => leaf("!Sub '${Strict}'", r#"{"Fn::Sub": "${Strict.CodeSigningConfigArn}"}"#, Guard::Enforce),
            2 => leaf("!GetAtt [Weak, CodeSigningConfigArn]", r#"{"Ref": "Weak"}"#, Guard::Warn),
            3 => leaf("!Ref AWS::NoValue", r#""""#, Guard::None),
            4 => leaf("!ImportValue Strict", r#"{"Fn::Join": ["", [{"Ref": "Strict"}]]}"#, Guard::Elsewhere),
            5 => leaf("!GetAtt Strict.Other", r#""arn""#, Guard::Elsewhere),
            6 => {
                let ([yaml, json], guard) = expression(random, depth - 1);
                let json = format!(r#"{{"Fn::Sub": ["${{A.b}}", {{"A.b": {json}}}]}}"#);
                ([format!("!Sub ['${{It}}', {{It: {yaml}}}]"), json], guard)
            }
            _ => {
                let ([yaml, json], guard) = expression(random, depth - 1);
                let ([other_yaml, other_json], other) = expression(random, depth - 1);
                let json = format!(r#"{{"Fn::If": ["C", {json}, {other_json}]}}"#);
                ([format!("!If [C, {yaml}, {other_yaml}]"), json], guard.min(other))
            }
        }
    }

    #[test]
    fn the_weakest_of_all_branches_counts() {
        let mut random = Random::of(11);
        let mut seen = [0; 4];
        for _ in 0..2000 {
            let (spellings, guard) = expression(&mut random, 5);
            let expected = match guard {
                Guard::None => Some(Kind::NoConfig),
                Guard::Warn => Some(Kind::WarnOnly),
                Guard::Elsewhere => Some(Kind::ConfigElsewhere),
                Guard::Enforce => None,
            };
            let inline =
                if guard == Guard::Enforce { Kind::InlineCodeUnderEnforce } else { Kind::InlineCode };
            for spelling in spellings {
                let remarks = told(format!("{CONFIGS}{spelling} }} }}\n")).unwrap();
                let of_function = remarks.iter().filter(|it| it.about == "F").map(|it| it.kind);
                let expected: Vec<_> = expected.into_iter().chain([inline]).collect();
                assert_eq!(of_function.collect::<Vec<_>>(), expected, "{spelling}");
            }
            *seen
                .get_mut(
                    usize::from(guard > Guard::None)
                        + usize::from(guard > Guard::Warn)
                        + usize::from(guard > Guard::Elsewhere),
                )
                .unwrap() += 1;
        }
        assert!(seen.iter().all(|count| *count > 50), "{seen:?}");
    }

    /// Whatever is done to a template, it is read or refused, and nothing is told of a line that it does not have.
    #[test]
    fn any_template_is_judged() {
        let pieces = [
            "*a",
            "&a ",
            "<<: ",
            "!If [C, ",
            "!Sub '${",
            "}'",
            "Fn::ForEach::X: ",
            "!Ref ",
            "Type: ",
            "[",
            "]",
            "{",
            "}",
            "\n",
            "  ",
            ": ",
            "AWS::CloudFormation::Stack",
            "Globals: ",
            "Transform: ",
            "\u{e9}",
            "'",
            "\"",
            "null",
        ];
        let mut random = Random::of(12);
        let (mut read, mut refused) = (0, 0);
        for _ in 0..6000 {
            let ([yaml, json], _) = expression(&mut random, 3);
            let mut text = format!("{CONFIGS}{} }} }}\n", if random.below(2) == 0 { yaml } else { json });
            for _ in 0..=random.below(3) {
                let boundary =
                    |from: usize| (from..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap();
                let start = boundary(random.below(text.len() + 1));
                let end = boundary((start + random.below(12)).min(text.len()));
                text.replace_range(start..end, pieces[random.below(pieces.len())]);
            }
            let lines = text.matches('\n').count() + 1;
            match told(text) {
                Some(remarks) => {
                    read += 1;
                    assert!(remarks.iter().all(|remark| (1..=lines).contains(&remark.line)));
                }
                None => refused += 1,
            }
        }
        assert!(read > 300 && refused > 300, "{read} {refused}");
    }
}
