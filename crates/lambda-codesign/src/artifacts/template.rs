//! What the functions and layers of a CloudFormation template run.

use super::document::{Document, Node, Scalar};

/// A function or layer, and where its code is.
#[derive(Debug)]
pub(crate) struct Runs<'d> {
    /// The logical id.
    pub(crate) name: &'d Scalar,
    pub(crate) place: CodePlace<'d>,
}

/// Where code is.
#[derive(Debug)]
pub(crate) enum CodePlace<'d> {
    /// A folder or zip at this path, as seen from the template.
    Local(&'d Scalar),
    /// An object of this key.
    S3(&'d Scalar),
    /// An object whose key only the deployment computes.
    Computed,
    /// In the template itself.
    Inline,
    /// A container image.
    Image,
}

/// The functions and layers of a template, in its order.
pub(crate) fn runs(template: &Document) -> Vec<Runs<'_>> {
    let resources = template.root().get("Resources");
    resources
        .into_iter()
        .flat_map(Node::entries)
        .filter_map(|(name, resource)| {
            let property = match resource.get("Type")?.literal()? {
                "AWS::Lambda::Function" => "Code",
                "AWS::Lambda::LayerVersion" => "Content",
                "AWS::Serverless::Function" => "CodeUri",
                "AWS::Serverless::LayerVersion" => "ContentUri",
                _ => return None,
            };
            let properties = resource.get("Properties");
            let code = properties.and_then(|properties| properties.get(property));
            let place = properties.and_then(apart).or_else(|| code.map(place)).unwrap_or(CodePlace::Computed);
            Some(Runs { name, place })
        })
        .collect()
}

/// The nested templates of stacks and SAM applications, where they are named without an expression.
pub(crate) fn nested(template: &Document) -> impl Iterator<Item = &Scalar> {
    let resources = template.root().get("Resources").into_iter().flat_map(Node::pairs);
    resources.filter_map(|(_, resource)| {
        let property = match resource.get("Type")?.literal()? {
            "AWS::CloudFormation::Stack" => "TemplateURL",
            "AWS::Serverless::Application" => "Location",
            _ => return None,
        };
        resource.get("Properties")?.get(property)?.scalar()
    })
}

/// Where the properties beside the code say that it is no package.
fn apart(properties: &Node) -> Option<CodePlace<'_>> {
    let is_image = properties.get("PackageType").and_then(Node::literal) == Some("Image");
    if is_image || properties.get("ImageUri").is_some() {
        return Some(CodePlace::Image);
    }
    properties.get("InlineCode").map(|_| CodePlace::Inline)
}

fn place(code: &Node) -> CodePlace<'_> {
    if let Some(path) = code.scalar() {
        return if path.value().contains("://") { CodePlace::S3(path) } else { CodePlace::Local(path) };
    }
    match code.get("S3Key").or_else(|| code.get("Key")) {
        Some(key) => key.scalar().map_or(CodePlace::Computed, CodePlace::S3),
        None if code.get("ZipFile").is_some() => CodePlace::Inline,
        None if code.get("ImageUri").is_some() => CodePlace::Image,
        None => CodePlace::Computed,
    }
}
