//! What the functions and layers of a CloudFormation template run.

use super::document::{Document, Node, Scalar};

/// A function or layer, and where its code is.
#[derive(Debug)]
pub(crate) struct Runs<'d> {
    /// The logical id.
    pub(crate) name: &'d str,
    pub(crate) place: CodePlace<'d>,
}

/// Where code is.
#[derive(Debug)]
pub(crate) enum CodePlace<'d> {
    /// An object of this key.
    S3(&'d Scalar),
    /// An object whose key only the deployment computes.
    Computed,
    /// In the template itself.
    Inline,
    /// A container image.
    Image,
}

impl CodePlace<'_> {
    /// Why it can't be signed, where that is so.
    pub(crate) const fn remark(&self) -> Option<&'static str> {
        match self {
            Self::S3(_) => None,
            Self::Computed => Some("names its code by an expression: what it runs is not known here"),
            Self::Inline => Some("has inline code, which can't be signed: a config that enforces refuses it"),
            Self::Image => Some("runs a container image, to which code signing does not apply"),
        }
    }
}

/// The functions and layers of a template, in its order.
pub(crate) fn runs(template: &Document) -> Vec<Runs<'_>> {
    let resources = template.root().get("Resources");
    resources
        .into_iter()
        .flat_map(Node::pairs)
        .filter_map(|(name, resource)| {
            let property = match resource.get("Type")?.literal()? {
                "AWS::Lambda::Function" => "Code",
                "AWS::Lambda::LayerVersion" => "Content",
                _ => return None,
            };
            let code = resource.get("Properties")?.get(property)?;
            Some(Runs { name, place: place(code) })
        })
        .collect()
}

/// The name of the first code signing config whose publisher's ARN no signature can match: the CDK's
/// `fromSigningProfileAttributes` wrote `://` into it up to 2.276.
pub(crate) fn impossible_publisher(template: &Document) -> Option<&str> {
    let resources = template.root().get("Resources")?;
    resources.pairs().find_map(|(name, resource)| {
        let is_config = resource.get("Type")?.literal()? == "AWS::Lambda::CodeSigningConfig";
        let mut scalars = Vec::new();
        resource.get("Properties")?.scalars(&mut scalars);
        let wrong = scalars.iter().any(|scalar| scalar.value().contains("://signing-profiles"));
        (is_config && wrong).then_some(name)
    })
}

fn place(code: &Node) -> CodePlace<'_> {
    match code.get("S3Key") {
        Some(key) => key.scalar().map_or(CodePlace::Computed, CodePlace::S3),
        None if code.get("ZipFile").is_some() => CodePlace::Inline,
        None if code.get("ImageUri").is_some() => CodePlace::Image,
        None => CodePlace::Computed,
    }
}
