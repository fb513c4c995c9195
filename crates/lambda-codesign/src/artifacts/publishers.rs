//! The publishers that a config of a template allows.

use lambda_codesign_core::claims::ProfileVersionArn;

use super::document::Node;
use super::expression::{Meaning, below, meanings};
use super::remark::Kind;

/// Whether a policy names a publisher, where it names any.
pub(crate) type Names<'a> = Option<&'a dyn Fn(&ProfileVersionArn) -> bool>;

/// What deserves a look in the publishers of a config, each once.
pub(super) fn publishers(config: &Node, names: Names<'_>) -> Vec<Kind> {
    let mut kinds = Vec::new();
    for list in below(config, &["Properties", "AllowedPublishers", "SigningProfileVersionArns"]) {
        // Each publisher as what it may come to.
        let publishers: Vec<Vec<_>> = match list {
            Meaning::List(list) => list.items().iter().map(meanings).collect(),
            Meaning::Nothing
            | Meaning::Text(_)
            | Meaning::Mapping(_)
            | Meaning::Of { .. }
            | Meaning::Unknown => vec![vec![list]],
        };
        let may_lack = |publisher: &Vec<_>| publisher.iter().any(|it| matches!(it, Meaning::Nothing));
        if publishers.iter().all(may_lack) {
            kinds.push(Kind::NoPublisher);
        }
        kinds.extend(publishers.into_iter().flatten().filter_map(|publisher| kind_of(publisher, names)));
    }
    let mut once = Vec::new();
    for kind in kinds {
        if !once.contains(&kind) {
            once.push(kind);
        }
    }
    once
}

fn kind_of(publisher: Meaning<'_>, names: Names<'_>) -> Option<Kind> {
    let text = match publisher {
        Meaning::Nothing => return None,
        // The deployment puts something else in the place of what is in two braces.
        Meaning::Text(text) if !text.contains("{{") => text,
        Meaning::Text(_) | Meaning::List(_) | Meaning::Mapping(_) | Meaning::Of { .. } | Meaning::Unknown => {
            return names.map(|_| Kind::PublisherElsewhere);
        }
    };
    match text.parse() {
        Ok(arn) => names.is_some_and(|names| !names(&arn)).then_some(Kind::PublisherNotAllowed),
        // What holds `://` is named already.
        Err(_) => (!text.contains("://signing-profiles")).then_some(Kind::MalformedPublisher),
    }
}
