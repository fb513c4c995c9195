//! The static check: what a template says of code signing, without a look at any package.

use lambda_codesign_core::claims::ProfileVersionArn;

use super::document::{Document, Node, Scalar};
use super::remark::{ByCdk, Kind, Remark};
use super::template::{CodePlace, Runs};

/// Whether a policy names a publisher; nothing where it names none.
pub(crate) type Names<'a> = &'a dyn Fn(&ProfileVersionArn) -> Option<bool>;

/// A template, and how people call it.
#[derive(Clone, Copy)]
pub(super) struct Template<'d> {
    pub(super) name: &'d str,
    pub(super) document: &'d Document,
    /// Whether the CDK wrote it.
    pub(super) by_cdk: ByCdk,
}

/// What becomes of code that nobody trusts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Enforce,
    Warn,
    Unknown,
}

/// A function's config.
enum Attached<'d> {
    None,
    /// It is this resource of the template.
    Here(&'d str, Mode),
    Elsewhere,
}

impl<'d> Template<'d> {
    fn resources(self) -> impl Iterator<Item = (&'d Scalar, &'d Node)> {
        self.document.root().get("Resources").into_iter().flat_map(Node::entries)
    }

    fn of_type(self, kind: &'static str) -> impl Iterator<Item = (&'d Scalar, &'d Node)> {
        self.resources().filter(move |(_, resource)| type_of(resource) == Some(kind))
    }

    fn configs(self) -> impl Iterator<Item = (&'d Scalar, &'d Node)> {
        self.of_type("AWS::Lambda::CodeSigningConfig")
    }

    fn remark(self, kind: Kind, about: &Scalar) -> Remark {
        Remark::new(kind, self.name, self.document, (about.value(), about.start()))
    }

    /// What it says of configs and publishers, and of functions that no config guards.
    pub(super) fn check(self, names: Names<'_>) -> Vec<Remark> {
        let mut remarks = Vec::new();
        let mut used = Vec::new();
        let globals = self.document.root().get("Globals").and_then(|globals| globals.get("Function"));
        for (name, function) in self.functions() {
            match self.attached(function, globals) {
                Attached::None => remarks.push(self.remark(Kind::NoConfig, name)),
                Attached::Elsewhere => remarks.push(self.remark(Kind::ConfigElsewhere, name)),
                Attached::Here(config, mode) => {
                    used.push(config);
                    match mode {
                        Mode::Warn => remarks.push(self.remark(Kind::WarnOnly, name)),
                        Mode::Unknown => remarks.push(self.remark(Kind::ConfigElsewhere, name)),
                        Mode::Enforce => {}
                    }
                }
            }
        }
        for (name, config) in self.configs() {
            if !used.contains(&name.value()) {
                remarks.push(self.remark(Kind::ConfigUnused, name));
            }
            remarks.extend(self.publishers(name, config, names));
        }
        remarks
    }

    /// What can be said of the code that a function or layer runs.
    pub(super) fn of_code(self, runs: &Runs<'_>, elsewhere: &'static str) -> Option<Remark> {
        let kind = match runs.place {
            CodePlace::Local(_) => return None,
            CodePlace::S3(_) => Kind::UnknownCode(elsewhere),
            CodePlace::Computed => {
                Kind::UnknownCode("names its code by an expression: what it runs is not known here")
            }
            CodePlace::Image => Kind::Image,
            CodePlace::Inline if self.enforces(runs.name) => Kind::InlineCodeUnderEnforce,
            CodePlace::Inline => Kind::InlineCode,
        };
        Some(self.remark(kind, runs.name))
    }

    /// Publishers' ARNs that no signature can have.
    pub(super) fn impossible(self) -> impl Iterator<Item = Remark> {
        let wrong = |config: &Node| {
            let mut scalars = Vec::new();
            config.scalars(&mut scalars);
            scalars.iter().any(|scalar| scalar.value().contains("://signing-profiles"))
        };
        let configs = self.configs().filter(move |(_, config)| wrong(config));
        configs.map(move |(name, _)| self.remark(Kind::ImpossiblePublisher(self.by_cdk), name))
    }

    /// A nested template that is not read.
    pub(super) fn unread(self, named: &Scalar) -> Remark {
        self.remark(Kind::NestedUnread, named)
    }

    fn functions(self) -> impl Iterator<Item = (&'d Scalar, &'d Node)> {
        self.of_type("AWS::Lambda::Function").chain(self.of_type("AWS::Serverless::Function"))
    }

    fn enforces(self, function: &Scalar) -> bool {
        let found = self.functions().find(|(name, _)| name.is(function));
        let globals = self.document.root().get("Globals").and_then(|globals| globals.get("Function"));
        found
            .is_some_and(|(_, node)| matches!(self.attached(node, globals), Attached::Here(_, Mode::Enforce)))
    }

    fn attached(self, function: &Node, globals: Option<&'d Node>) -> Attached<'d> {
        let own = function.get("Properties").and_then(|properties| properties.get("CodeSigningConfigArn"));
        let is_serverless = type_of(function) == Some("AWS::Serverless::Function");
        let inherited = globals.filter(|_| is_serverless).and_then(|it| it.get("CodeSigningConfigArn"));
        let Some(named) = own.or(inherited) else { return Attached::None };
        let Some(config) = referred(named) else { return Attached::Elsewhere };
        match self.configs().find(|(name, _)| name.value() == config) {
            Some((name, config)) => Attached::Here(name.value(), mode_of(config)),
            None => Attached::Elsewhere,
        }
    }

    fn publishers(self, name: &Scalar, config: &Node, names: Names<'_>) -> Vec<Remark> {
        let allowed = config
            .get("Properties")
            .and_then(|properties| properties.get("AllowedPublishers")?.get("SigningProfileVersionArns"));
        let mut kinds = Vec::new();
        for publisher in allowed.into_iter().flat_map(Node::items) {
            let arn = publisher.literal().and_then(|arn| arn.parse::<ProfileVersionArn>().ok());
            let kind = match (publisher.literal(), arn) {
                (Some(_), Some(arn)) => match names(&arn) {
                    Some(false) => Kind::PublisherNotAllowed,
                    Some(true) | None => continue,
                },
                // What holds `://` is named already.
                (Some(text), None) if text.contains("://signing-profiles") => continue,
                (Some(_) | None, _) if asks(names) => Kind::PublisherElsewhere,
                (Some(_) | None, _) => continue,
            };
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        kinds.into_iter().map(|kind| self.remark(kind, name)).collect()
    }
}

/// Whether the policy names publishers at all: any ARN tells.
fn asks(names: Names<'_>) -> bool {
    let any = "arn:aws:signer:us-east-1:000000000000:/signing-profiles/any/0000000000".parse();
    any.is_ok_and(|arn| names(&arn).is_some())
}

fn type_of(resource: &Node) -> Option<&str> {
    resource.get("Type")?.literal()
}

/// The logical id that a reference names: `Ref`, `Fn::GetAtt` and their short forms.
fn referred(node: &Node) -> Option<&str> {
    if let Some((tag, value)) = node.tagged() {
        return match tag {
            "!Ref" => Some(value),
            "!GetAtt" => Some(value.split_once('.').map_or(value, |(id, _)| id)),
            _ => None,
        };
    }
    if let Some(id) = node.get("Ref") {
        return id.literal();
    }
    let attribute = node.get("Fn::GetAtt")?;
    match attribute.literal() {
        Some(text) => Some(text.split_once('.').map_or(text, |(id, _)| id)),
        None => attribute.items().next()?.literal(),
    }
}

/// `Warn` where it is not said (BEHAVIOUR.md, "Lambda").
fn mode_of(config: &Node) -> Mode {
    let policies = config.get("Properties").and_then(|properties| properties.get("CodeSigningPolicies"));
    let Some(policies) = policies else { return Mode::Warn };
    match policies.get("UntrustedArtifactOnDeployment").map(Node::literal) {
        Some(Some("Enforce")) => Mode::Enforce,
        Some(Some("Warn")) | None => Mode::Warn,
        Some(Some(_) | None) => Mode::Unknown,
    }
}
