//! What a value of a template comes to, as far as the template itself says it.

use super::document::Node;
use super::oddity::shows_all_keys;

/// One thing that a value may come to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meaning<'d> {
    /// As if it were not there: it is not, it is empty, or it is `AWS::NoValue`.
    Nothing,
    Text(&'d str),
    List(&'d Node),
    Mapping(&'d Node),
    /// A resource or parameter of the template, or an attribute of one.
    Of {
        id: &'d str,
        attribute: Option<&'d str>,
    },
    /// Only the deployment knows.
    Unknown,
}

/// What a value may come to: more than one thing, where a condition decides.
pub(super) fn meanings(node: &Node) -> Vec<Meaning<'_>> {
    let mut found = Vec::new();
    follow(node, &mut found);
    found
}

/// What stands below a value under these keys, each in the one before.
pub(super) fn below<'d>(node: &'d Node, keys: &[&str]) -> Vec<Meaning<'d>> {
    let Some((key, rest)) = keys.split_first() else { return meanings(node) };
    let one = |meaning| match meaning {
        Meaning::Nothing => vec![Meaning::Nothing],
        Meaning::Mapping(mapping) => {
            let named = mapping.pairs().filter(|(name, _)| name == key);
            let found: Vec<_> = named.flat_map(|(_, value)| below(value, rest)).collect();
            match found.as_slice() {
                [] if shows_all_keys(mapping) => vec![Meaning::Nothing],
                [] => vec![Meaning::Unknown],
                [_, ..] => found,
            }
        }
        Meaning::Text(_) | Meaning::List(_) | Meaning::Of { .. } | Meaning::Unknown => vec![Meaning::Unknown],
    };
    meanings(node).into_iter().flat_map(one).collect()
}

fn follow<'d>(node: &'d Node, found: &mut Vec<Meaning<'d>>) {
    match call(node) {
        Some(("If", argument)) => match argument.items() {
            [_, one, other] => [one, other].into_iter().for_each(|branch| follow(branch, found)),
            _ => found.push(Meaning::Unknown),
        },
        Some(("Sub", argument)) => match variable(argument).as_slice() {
            [] => found.push(pattern(argument).map_or(Meaning::Unknown, substituted)),
            values => values.iter().for_each(|value| follow(value, found)),
        },
        Some((name, argument)) => found.push(result(name, argument)),
        None => found.push(plain(node)),
    }
}

/// The function of CloudFormation's that a value calls, without `Fn::` or `!`, and its argument.
fn call(node: &Node) -> Option<(&str, &Node)> {
    if let Some(tag) = node.tag() {
        return Some((tag.strip_prefix('!').unwrap_or(tag), node));
    }
    let [(key, argument)] = node.mapping() else { return None };
    let key = key.literal()?;
    let name = key.strip_prefix("Fn::").or_else(|| (key == "Ref").then_some(key))?;
    // An argument that calls something itself is none that is known here.
    Some(if argument.tag().is_none() { (name, argument) } else { ("", argument) })
}

/// Whether a value is a mapping, and calls nothing.
pub(super) fn is_plain_mapping(node: &Node) -> bool {
    call(node).is_none() && node.is_mapping()
}

fn plain(node: &Node) -> Meaning<'_> {
    match node.literal() {
        Some(text) if is_nothing(text) => Meaning::Nothing,
        Some(text) => Meaning::Text(text),
        None if node.is_sequence() => Meaning::List(node),
        None if node.is_mapping() => Meaning::Mapping(node),
        None => Meaning::Unknown,
    }
}

/// An empty text, or YAML's or JSON's null (YAML 1.2.2, 10.2.1.1).
fn is_nothing(text: &str) -> bool {
    text.trim().is_empty() || ["null", "Null", "NULL", "~"].contains(&text)
}

fn result<'d>(name: &str, argument: &'d Node) -> Meaning<'d> {
    match (name, argument.text(), argument.items()) {
        ("Ref", Some(id), _) => reference(id),
        ("GetAtt", Some(text), _) => attribute(text),
        ("GetAtt", None, [id, attribute]) => match (id.literal(), attribute.literal()) {
            (Some(id), Some(attribute)) => Meaning::Of { id, attribute: Some(attribute) },
            (_, _) => Meaning::Unknown,
        },
        (_, _, _) => Meaning::Unknown,
    }
}

fn reference(id: &str) -> Meaning<'_> {
    if id == "AWS::NoValue" { Meaning::Nothing } else { Meaning::Of { id, attribute: None } }
}

fn attribute(text: &str) -> Meaning<'_> {
    let (id, attribute) = text.split_once('.').map_or((text, None), |(id, rest)| (id, Some(rest)));
    Meaning::Of { id, attribute }
}

/// The text of a `Sub`, with or without variables of its own.
fn pattern(argument: &Node) -> Option<&str> {
    match argument.items() {
        [] => argument.text(),
        [text, variables] if shows_all_keys(variables) => text.literal(),
        _ => None,
    }
}

/// What the variable of its own has that a `Sub` consists of.
fn variable(argument: &Node) -> Vec<&Node> {
    let Some(name) = pattern(argument).and_then(placeholder) else { return Vec::new() };
    let variables = argument.items().iter().skip(1).flat_map(Node::pairs);
    variables.filter(|(key, _)| *key == name).map(|(_, value)| value).collect()
}

/// What stands between `${` and `}`, where a text is nothing else.
fn placeholder(text: &str) -> Option<&str> {
    let name = text.strip_prefix("${")?.strip_suffix('}')?;
    (!name.starts_with('!') && !name.contains(['$', '{', '}'])).then_some(name)
}

fn substituted(text: &str) -> Meaning<'_> {
    match placeholder(text) {
        Some(name) if name.contains('.') => attribute(name),
        Some(name) => reference(name),
        None if is_nothing(text) => Meaning::Nothing,
        None if text.contains("${") => Meaning::Unknown,
        None => Meaning::Text(text),
    }
}

/// How the text ends that a value comes to, where the template says it.
pub(super) fn ending(node: &Node) -> Option<&str> {
    match call(node) {
        None => node.literal(),
        Some(("Sub", argument)) => pattern(argument),
        Some(("Join", argument)) => match argument.items() {
            [_, parts] if parts.tag().is_none() => parts.items().last()?.literal(),
            _ => None,
        },
        Some((_, _)) => None,
    }
}
