//! The whole file.

use jiff::Timestamp;
use lambda_codesign_core::claims::PublisherPattern;

use crate::Located;
use crate::config::{Attachment, Config, MOST_PUBLISHERS};
use crate::diagnostic::{Diagnostic, Problem, Section};
use crate::exception::ScopedException;
use crate::name::Name;
use crate::publishers::{Publisher, check_defined};
use crate::reader::{Problems, Table, document};
use crate::rule::{Rule, patterns};
use crate::scope::NamePattern;
use crate::trust::Trust;

/// What a policy file is called.
pub const FILE_NAME: &str = "lambda-codesign.toml";

/// The version of the file's form that is read.
pub const VERSION: i64 = 1;

/// A policy file in which nothing is wrong (docs/policy.md).
///
/// Holding one proves that every key of it is known, every value is one of its type and every name that it uses is
/// defined. It does not prove that the files which it names are there, nor that its exceptions still hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFile {
    /// The trusted roots; where the file does not speak of trust, whoever reads it says.
    pub trust: Option<Trust>,
    /// The publishers, in the file's order.
    pub publishers: Vec<Publisher>,
    /// The rules, in the file's order: a later one overrides what it names too.
    pub rules: Vec<Rule>,
    /// The exceptions, in the file's order.
    pub exceptions: Vec<ScopedException>,
    /// The code signing configs that should exist.
    pub configs: Vec<Config>,
    /// What they should be attached to.
    pub attachments: Vec<Attachment>,
    /// The functions that are left alone.
    pub unmanaged: Vec<NamePattern>,
    warnings: Vec<Diagnostic>,
}

impl Section {
    /// The keys that it knows; none where its keys are names.
    #[must_use]
    pub const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::File => {
                &["version", "trust", "publishers", "rule", "exception", "config", "attachment", "unmanaged"]
            }
            Self::Trust => &["aws-root", "root", "revocations-root"],
            Self::Root | Self::RevocationsRoot => &["file", "vouches-for"],
            Self::Publishers | Self::Tags => &[],
            Self::Rule => &[
                "name",
                "functions",
                "layers",
                "regions",
                "accounts",
                "allow",
                "mode",
                "require-manifest",
                "not-before",
                "require-revocation",
                "max-revocation-age",
            ],
            Self::Mode => &["expiry", "mismatch", "revocation"],
            Self::Exception => {
                &["code", "reason", "until", "code-sha256", "functions", "layers", "regions", "accounts"]
            }
            Self::Config => &["name", "description", "publishers", "mode", "tags", "regions", "accounts"],
            Self::Attachment => &["functions", "config"],
            Self::Unmanaged => &["functions"],
            Self::Cases => &["version", "case"],
            Self::Case => &[
                "name",
                "for",
                "region",
                "account",
                "at",
                "package",
                "claims",
                "unsigned",
                "code-sha256",
                "revocations",
                "expect",
                "status",
                "code",
            ],
            Self::Claims => &["publisher", "job", "signed", "expires", "manifest"],
        }
    }
}

impl PolicyFile {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// Everything that is wrong in it at once, in the file's order, warnings included.
    pub fn parse(text: &str) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = Problems::default();
        let document = document(text, &mut problems);
        let root = Table::root(Section::File, &document, &mut problems);
        check_version(&root, VERSION, &mut problems)?;
        let file = Self {
            trust: Trust::read(&root, &mut problems),
            publishers: Publisher::read_all(&root, &mut problems),
            rules: read_all(
                "rule",
                Section::Rule,
                &root,
                |table, problems| Some(Rule::read(table, problems)),
                &mut problems,
            ),
            exceptions: read_all(
                "exception",
                Section::Exception,
                &root,
                ScopedException::read,
                &mut problems,
            ),
            configs: read_all("config", Section::Config, &root, Config::read, &mut problems),
            attachments: read_all("attachment", Section::Attachment, &root, Attachment::read, &mut problems),
            unmanaged: unmanaged(&root, &mut problems),
            warnings: Vec::new(),
        };
        file.check_names(&root, &mut problems);
        file.check_use(&mut problems);
        let warnings = problems.sorted()?;
        Ok(Self { warnings, ..file })
    }

    /// What deserves a look in it.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The exceptions whose end has passed, each of which makes the file unusable.
    #[must_use]
    pub fn ended(&self, now: Timestamp) -> Vec<Diagnostic> {
        let ended = self.exceptions.iter().filter(|exception| exception.has_ended(now));
        ended
            .map(|exception| {
                let until = &exception.until;
                Diagnostic::new(Problem::ExceptionEnded { until: until.value }, until.at.clone())
            })
            .collect()
    }

    /// The patterns of these publishers.
    pub fn patterns<'f>(&'f self, names: &'f [Located<Name>]) -> impl Iterator<Item = &'f PublisherPattern> {
        let named = move |publisher: &&Publisher| names.iter().any(|name| name.value == publisher.name.value);
        let patterns = self.publishers.iter().filter(named).flat_map(|publisher| &publisher.patterns);
        patterns.map(|pattern| &pattern.value)
    }

    /// That names are defined, and defined once.
    fn check_names(&self, root: &Table<'_>, problems: &mut Problems) {
        check_unique(Section::Rule, self.rules.iter().map(|rule| &rule.name), problems);
        check_unique(Section::Config, self.configs.iter().map(|config| &config.name), problems);
        // A publisher whose list is wrong is defined all the same, so the keys count.
        let defined = root.names("publishers");
        self.publisher_uses().for_each(|names| check_defined(names, &defined, problems));
        let known = root.names_in("config");
        for Attachment { config: Located { value: name, at }, .. } in &self.attachments {
            if !known.contains(&name.as_str()) {
                let nearest = problems.nearest(name.as_str(), known.iter().copied());
                let nearest = nearest.and_then(|name| name.parse().ok());
                problems.add(Problem::NoSuchConfig { name: name.clone(), nearest }, at);
            }
        }
    }

    /// That what is defined is used, and not more of it than AWS takes.
    fn check_use(&self, problems: &mut Problems) {
        for Publisher { name, .. } in &self.publishers {
            if !self.publisher_uses().flatten().any(|used| used.value == name.value) {
                problems.add(Problem::UnusedPublisher { name: name.value.clone() }, &name.at);
            }
        }
        for Config { name, publishers, .. } in &self.configs {
            if !self.attachments.iter().any(|attachment| attachment.config.value == name.value) {
                problems.add(Problem::UnusedConfig { name: name.value.clone() }, &name.at);
            }
            // What patterns stand for is known only when an account is read.
            let count = self.patterns(&publishers.value).filter(|pattern| pattern.is_exact()).count();
            if count > MOST_PUBLISHERS {
                problems.add(Problem::TooManyPublishers { count, limit: MOST_PUBLISHERS }, &publishers.at);
            }
        }
    }

    fn publisher_uses(&self) -> impl Iterator<Item = &[Located<Name>]> {
        let rules = self.rules.iter().filter_map(|rule| rule.settings.allow.as_ref());
        let configs = self.configs.iter().map(|config| &config.publishers);
        rules.chain(configs).map(|names| names.value.as_slice())
    }
}

/// A file of another version is not misread: nothing else is said of it.
pub(crate) fn check_version(
    root: &Table<'_>,
    known: i64,
    problems: &mut Problems,
) -> Result<(), Vec<Diagnostic>> {
    let version = root.integer("version", problems);
    match root.required("version", version, problems) {
        Some(version) if version.value != known => {
            Err(vec![Diagnostic::new(Problem::Version { known }, version.at)])
        }
        Some(_) | None => Ok(()),
    }
}

pub(crate) fn read_all<'t, T>(
    key: &'static str,
    section: Section,
    root: &Table<'t>,
    read: impl Fn(&Table<'t>, &mut Problems) -> Option<T>,
    problems: &mut Problems,
) -> Vec<T> {
    root.tables(key, section, problems).iter().filter_map(|table| read(table, problems)).collect()
}

fn unmanaged(root: &Table<'_>, problems: &mut Problems) -> Vec<NamePattern> {
    let Some(table) = root.table("unmanaged", Section::Unmanaged, problems) else {
        return Vec::new();
    };
    table.required("functions", Some(()), problems);
    patterns("functions", &table, problems)
}

fn check_unique<'f>(
    section: Section,
    names: impl Iterator<Item = &'f Located<Name>>,
    problems: &mut Problems,
) {
    let mut seen: Vec<&Located<Name>> = Vec::new();
    for name in names {
        match seen.iter().find(|first| first.value == name.value) {
            Some(first) => {
                let problem = Problem::Duplicate { section, name: name.value.clone() };
                problems.add_pair(problem, &name.at, &first.at);
            }
            None => seen.push(name),
        }
    }
}
