//! The code signing configs that should exist, and what they are attached to.

use std::collections::BTreeMap;

use lambda_codesign_core::claims::AccountId;
use lambda_codesign_core::policy::Mode;

use crate::Located;
use crate::diagnostic::{Problem, Section, ValueError};
use crate::file::PolicyFile;
use crate::name::Name;
use crate::reader::{Problems, Table};
use crate::rule::{mode, patterns};
use crate::scope::{NamePattern, Place, Region, ResourceName};

/// The tag by which a config in an account belongs to the file's config of that name.
pub const OWNER_TAG: &str = "lambda-codesign:config";

/// AWS takes at most so many publishers in a config (BEHAVIOUR.md, CreateCodeSigningConfig).
pub(crate) const MOST_PUBLISHERS: usize = 20;
/// Lambda API Reference, CreateCodeSigningConfig.
const LONGEST_DESCRIPTION: usize = 256;
/// Lambda Developer Guide, "Using tags on Lambda resources": 50 tags, ours among them.
const MOST_TAGS: usize = 49;
const LONGEST_TAG_KEY: usize = 128;
const LONGEST_TAG_VALUE: usize = 256;

/// A code signing config that should exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Its name, which AWS does not know and [`OWNER_TAG`] keeps.
    pub name: Located<Name>,
    /// What it is for.
    pub description: String,
    /// The publishers that it allows, by name.
    pub publishers: Located<Vec<Located<Name>>>,
    /// What Lambda does with what fails.
    pub mode: Mode,
    /// Tags beside the owner's.
    pub tags: BTreeMap<String, String>,
    /// The regions and accounts in which it should exist.
    pub place: Place,
}

/// That functions should have a config attached. The last one that matches a function decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The functions.
    pub functions: Vec<NamePattern>,
    /// The config's name.
    pub config: Located<Name>,
}

/// What should be attached to a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignment<'f> {
    /// This config.
    Config(&'f Config),
    /// Whatever is: the file says to leave the function alone.
    Unmanaged,
    /// Whatever is: the file does not speak of the function.
    Unmentioned,
}

impl Config {
    pub(crate) fn read(table: &Table<'_>, problems: &mut Problems) -> Option<Self> {
        let name = table.name(problems);
        let publishers = table.list("publishers", problems);
        let publishers = table.required("publishers", publishers, problems);
        let text = table.text("mode", problems);
        let mode = table.required("mode", text, problems).and_then(|text| mode("mode", &text, problems));
        let description = table.text("description", problems);
        if let Some(description) = &description {
            no_longer("description", description, LONGEST_DESCRIPTION, problems);
        }
        let tags = tags(table, problems);
        let place = Place::read(table, problems);
        let description = description.map(|text| text.value.to_owned()).unwrap_or_default();
        Some(Self { name, description, publishers: publishers?, mode: mode?.value, tags, place })
    }
}

fn tags(table: &Table<'_>, problems: &mut Problems) -> BTreeMap<String, String> {
    let Some(table) = table.table("tags", Section::Tags, problems) else {
        return BTreeMap::new();
    };
    let mut tags = BTreeMap::new();
    for key in table.keys() {
        no_longer("tags", &key, LONGEST_TAG_KEY, problems);
        if key.value.starts_with("aws:") || key.value.starts_with("lambda-codesign:") {
            problems.add(Problem::Value { key: "tags", error: ValueError::ReservedTag }, &key.at);
        }
        if let Some(value) = table.text_named(key.value, "tags", problems) {
            no_longer("tags", &value, LONGEST_TAG_VALUE, problems);
            tags.insert(key.value.to_owned(), value.value.to_owned());
        }
    }
    if tags.len() > MOST_TAGS {
        problems.add(Problem::Value { key: "tags", error: ValueError::TooManyTags }, table.at());
    }
    tags
}

fn no_longer(key: &'static str, text: &Located<&str>, limit: usize, problems: &mut Problems) {
    if text.value.chars().count() > limit {
        problems.add(Problem::Value { key, error: ValueError::TooLong(limit) }, &text.at);
    }
}

impl Attachment {
    pub(crate) fn read(table: &Table<'_>, problems: &mut Problems) -> Option<Self> {
        let functions = patterns("functions", table, problems);
        table.required("functions", Some(()), problems);
        let config = table.parsed("config", problems);
        let config = table.required("config", config, problems);
        Some(Self { functions, config: config? })
    }
}

impl PolicyFile {
    /// What should be attached to a function of this region and account.
    #[must_use]
    pub fn assignment(
        &self,
        function: &ResourceName,
        region: &Region,
        account: &AccountId,
    ) -> Assignment<'_> {
        if self.unmanaged.iter().any(|pattern| pattern.matches(function)) {
            return Assignment::Unmanaged;
        }
        let matching = self
            .attachments
            .iter()
            .rev()
            .filter(|attachment| attachment.functions.iter().any(|pattern| pattern.matches(function)));
        matching
            .filter_map(|attachment| self.config(&attachment.config.value))
            .find(|config| config.place.has(region, account))
            .map_or(Assignment::Unmentioned, Assignment::Config)
    }

    /// The config of this name.
    #[must_use]
    pub fn config(&self, name: &Name) -> Option<&Config> {
        self.configs.iter().find(|config| config.name.value == *name)
    }
}
