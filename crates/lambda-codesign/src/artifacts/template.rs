//! What the functions and layers of a CloudFormation template run.

use super::document::{Document, Node, Scalar};

/// A function or layer, and where its code is.
#[derive(Debug)]
pub(crate) struct Runs<'d> {
    /// The logical id.
    pub(crate) name: &'d Scalar,
    pub(crate) resource: &'d Node,
    pub(crate) place: CodePlace<'d>,
}

/// A stack or SAM application that a template nests.
#[derive(Debug)]
pub(crate) struct Nested<'d> {
    /// The logical id.
    pub(crate) name: &'d Scalar,
    pub(crate) properties: Option<&'d Node>,
    /// What says where its template is; nothing where that is never read.
    pub(crate) location: Option<&'d Node>,
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

/// Code in an object whose place the template says without an expression.
#[derive(Debug)]
pub(crate) struct InS3<'d> {
    pub(crate) bucket: &'d str,
    pub(crate) key: &'d str,
    pub(crate) version: Option<&'d Scalar>,
    /// What names the key: alone, or in an `s3://` URI.
    pub(crate) named: &'d Scalar,
}

impl InS3<'_> {
    /// What takes the place of what names the key.
    pub(crate) fn renamed(&self, key: &str) -> String {
        if self.named.value() == self.key { key.to_owned() } else { format!("s3://{}/{key}", self.bucket) }
    }
}

pub(super) const CONFIG: &str = "AWS::Lambda::CodeSigningConfig";
pub(super) const SERVERLESS_FUNCTION: &str = "AWS::Serverless::Function";
const FUNCTION: &str = "AWS::Lambda::Function";

pub(super) fn resources(template: &Document) -> impl Iterator<Item = (&Scalar, &Node)> {
    template.root().get("Resources").into_iter().flat_map(Node::entries)
}

pub(super) fn type_of(resource: &Node) -> Option<&str> {
    resource.get("Type")?.literal()
}

/// The functions of a template.
pub(super) fn functions(template: &Document) -> impl Iterator<Item = (&Scalar, &Node)> {
    let of = |kind| resources(template).filter(move |(_, resource)| type_of(resource) == Some(kind));
    of(FUNCTION).chain(of(SERVERLESS_FUNCTION))
}

/// Whether anything is said of resources of this type.
pub(super) fn is_looked_at(kind: &str) -> bool {
    kind == CONFIG || code_of(kind).is_some() || location_of(kind).is_some()
}

/// The objects that functions and layers of a template have as their code.
pub(crate) fn objects(template: &Document) -> impl Iterator<Item = InS3<'_>> {
    resources(template).filter_map(|(_, resource)| {
        let code = resource.get("Properties")?.get(code_of(type_of(resource)?)?)?;
        if let Some(uri) = code.scalar() {
            let (bucket, key) = uri.value().strip_prefix("s3://")?.split_once('/')?;
            return Some(InS3 { bucket, key, version: None, named: uri });
        }
        let part = |long: &str, short: &str| code.get(long).or_else(|| code.get(short));
        let named = part("S3Key", "Key")?.scalar()?;
        let version = match part("S3ObjectVersion", "Version") {
            None => None,
            Some(version) => Some(version.scalar()?),
        };
        Some(InS3 { bucket: part("S3Bucket", "Bucket")?.literal()?, key: named.value(), version, named })
    })
}

/// The property that has the code of a function or layer.
pub(super) fn code_of(kind: &str) -> Option<&'static str> {
    match kind {
        FUNCTION => Some("Code"),
        "AWS::Lambda::LayerVersion" => Some("Content"),
        SERVERLESS_FUNCTION => Some("CodeUri"),
        "AWS::Serverless::LayerVersion" => Some("ContentUri"),
        _ => None,
    }
}

/// The functions and layers of a template, in its order.
pub(crate) fn runs(template: &Document) -> Vec<Runs<'_>> {
    resources(template)
        .filter_map(|(name, resource)| {
            let property = code_of(type_of(resource)?)?;
            let properties = resource.get("Properties");
            let code = properties.and_then(|properties| properties.get(property));
            let place = properties.and_then(apart).or_else(|| code.map(place)).unwrap_or(CodePlace::Computed);
            Some(Runs { name, resource, place })
        })
        .collect()
}

/// The property that says where the template of a nested stack is; nothing in it where that is never read.
fn location_of(kind: &str) -> Option<Option<&'static str>> {
    match kind {
        "AWS::CloudFormation::Stack" => Some(Some("TemplateURL")),
        "AWS::Serverless::Application" => Some(Some("Location")),
        "AWS::CloudFormation::StackSet" => Some(None),
        module if module.ends_with("::MODULE") => Some(None),
        _ => None,
    }
}

/// The stacks, SAM applications and modules that a template nests.
pub(crate) fn nested(template: &Document) -> impl Iterator<Item = Nested<'_>> {
    resources(template).filter_map(|(name, resource)| {
        let property = location_of(type_of(resource)?)?;
        let properties = resource.get("Properties");
        let location = property.and_then(|property| properties?.get(property));
        Some(Nested { name, properties, location })
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
