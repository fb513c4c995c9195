//! Mappings of a template that may be other than they stand.

use std::collections::BTreeSet;

use super::document::{Document, Node, Scalar};
use super::expression::is_plain_mapping;
use super::remark::Kind;
use super::template::{code_of, is_looked_at, resources, type_of};

/// Why a mapping may be other than it stands, and where.
#[derive(Debug, Clone, Copy)]
struct Oddity<'d> {
    /// The key, where it is one that can be named.
    key: Option<&'d Scalar>,
    /// What is not read there.
    node: &'d Node,
    why: Why,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// A YAML alias or merge key.
    Alias,
    /// A function of CloudFormation's.
    Computed,
    /// A key that is there twice.
    Twice,
    /// No mapping, or a key that is no text.
    Odd,
}

/// A part of a template that is not understood.
#[derive(Debug)]
pub(super) struct Part<'d> {
    pub(super) kind: Kind,
    /// What it is called, and where it begins.
    pub(super) place: (&'d str, usize),
    /// What stands there, where the template has it.
    pub(super) node: Option<&'d Node>,
}

const INCLUDES: &str = "has another file put in, which was not read: what it adds is not known here";

impl Why {
    /// As the rest of a sentence.
    const fn says(self) -> &'static str {
        match self {
            Self::Alias => {
                "is written with a YAML alias or merge key, which is not followed: what it comes to is not known here"
            }
            Self::Computed => {
                "is made by a function of the template, such as Fn::ForEach, which is not followed: what it comes to is not known here"
            }
            Self::Twice => {
                "is there twice, or has a key that is, of which tools read one or the other: what it comes to is not known here"
            }
            Self::Odd => {
                "is not written as templates are, in plain keys and values: what it comes to is not known here"
            }
        }
    }
}

/// What of a mapping is not as it stands; nothing is found below it.
fn oddities(node: &Node) -> Vec<Oddity<'_>> {
    let whole = |why| vec![Oddity { key: None, node, why }];
    if node.is_alias() {
        return whole(Why::Alias);
    }
    if node.tag().is_some() {
        return whole(Why::Computed);
    }
    if !node.is_mapping() {
        return whole(Why::Odd);
    }
    let mut met = BTreeSet::new();
    let mut found = Vec::new();
    for (key, value) in node.mapping() {
        let why = match key.literal() {
            None => Why::Odd,
            Some("<<") => Why::Alias,
            Some(name) if name.starts_with("Fn::") => Why::Computed,
            Some(name) if !met.insert(name) => Why::Twice,
            Some(_) => continue,
        };
        found.push(Oddity { key: key.scalar(), node: value, why });
    }
    found
}

/// Whether a key that a mapping does not show is not there.
pub(super) fn shows_all_keys(node: &Node) -> bool {
    oddities(node).iter().all(|oddity| oddity.why == Why::Twice)
}

/// The parts of a template that may have functions or configs in them, or decide on them, and are not understood.
pub(super) fn unread_parts(document: &Document) -> Vec<Part<'_>> {
    let root = document.root();
    let mut found = odd(("the template", 0), root, About::Key);
    for (key, value) in root.entries() {
        match key.value() {
            "Resources" => found.extend(odd(place(key), value, About::Key)),
            "Globals" => {
                found.extend(odd(place(key), value, About::Owner));
                let functions = value.entries().filter(|(key, _)| key.value() == "Function");
                found.extend(functions.flat_map(|(_, functions)| odd(place(key), functions, About::Owner)));
            }
            "Transform" => found.extend(transforms(key, value)),
            _ => {}
        }
    }
    let named =
        resources(document).filter(|(name, _)| !name.value().starts_with("Fn::") && name.value() != "<<");
    found.extend(named.flat_map(|(name, resource)| of_resource(name, resource)));
    found
}

/// What a part is called by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Key,
    Owner,
}

fn place(name: &Scalar) -> (&str, usize) {
    (name.value(), name.start())
}

fn odd<'d>(owner: (&'d str, usize), node: &'d Node, about: About) -> Vec<Part<'d>> {
    let part = |oddity: Oddity<'d>| {
        let (name, at) = oddity.key.map_or(owner, place);
        let name = if about == About::Key { name } else { owner.0 };
        Part { kind: Kind::PartUnread(oddity.why.says()), place: (name, at), node: Some(oddity.node) }
    };
    oddities(node).into_iter().map(part).collect()
}

fn of_resource<'d>(name: &'d Scalar, resource: &'d Node) -> Vec<Part<'d>> {
    let odd = |node| odd(place(name), node, About::Owner);
    let mut found = odd(resource);
    let Some(kind) = type_of(resource) else {
        if found.is_empty() {
            let kind = Kind::PartUnread(Why::Odd.says());
            found.push(Part { kind, place: place(name), node: Some(resource) });
        }
        return found;
    };
    if let Some(properties) = resource.get("Properties").filter(|_| is_looked_at(kind)) {
        found.extend(odd(properties));
        // What is no mapping is told as code that is not known.
        let code = code_of(kind).and_then(|property| properties.get(property));
        found.extend(code.filter(|code| is_plain_mapping(code)).into_iter().flat_map(odd));
    }
    found
}

/// What is done to a template before it is deployed, where it is more than AWS's own macros do.
fn transforms<'d>(key: &'d Scalar, value: &'d Node) -> impl Iterator<Item = Part<'d>> {
    let each = if value.is_sequence() { value.items() } else { std::slice::from_ref(value) };
    let kind = |one: &Node| match one.literal().or_else(|| one.get("Name")?.literal()) {
        Some("AWS::Include") => Some(Kind::PartUnread(INCLUDES)),
        Some(name) if name.starts_with("AWS::") => None,
        Some(_) | None => Some(Kind::Macro),
    };
    each.iter().filter_map(kind).map(|kind| Part { kind, place: place(key), node: None })
}
