//! Who signs, by the names that the file gives them.

use lambda_codesign_core::claims::PublisherPattern;

use crate::Located;
use crate::diagnostic::{Problem, Section};
use crate::name::Name;
use crate::reader::{Problems, Table, parse};

/// A publisher by name: the signing profile versions that are it. Rotation means new profiles, so there may be several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publisher {
    /// Its name in the file.
    pub name: Located<Name>,
    /// ARNs, and patterns such as any version of a profile.
    pub patterns: Vec<Located<PublisherPattern>>,
}

impl Publisher {
    pub(crate) fn read_all(file: &Table<'_>, problems: &mut Problems) -> Vec<Self> {
        let Some(table) = file.table("publishers", Section::Publishers, problems) else {
            return Vec::new();
        };
        let mut publishers: Vec<Self> = table
            .keys()
            .filter_map(|key| {
                let name = parse("publishers", &key, problems);
                let patterns = table.list_named(key.value, "publishers", problems);
                Some(Self { name: name?, patterns: patterns?.value })
            })
            .collect();
        publishers.sort_by_key(|publisher| publisher.name.at.start);
        publishers
    }
}

/// That these names are among those that are defined.
pub(crate) fn check_defined(names: &[Located<Name>], defined: &[&str], problems: &mut Problems) {
    for name in names.iter().filter(|name| !defined.contains(&name.value.as_str())) {
        let nearest = problems.nearest(name.value.as_str(), defined.iter().copied());
        let nearest = nearest.and_then(|name| name.parse().ok());
        problems.add(Problem::NoSuchPublisher { name: name.value.clone(), nearest }, &name.at);
    }
}
