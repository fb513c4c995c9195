//! How strictly packages are judged, and for whom.

use jiff::Timestamp;
use lambda_codesign_core::policy::{MaxAge, Mode, Requirement};

use crate::Located;
use crate::diagnostic::Section;
use crate::name::Name;
use crate::reader::{Problems, Table, TextOrTable, word};
use crate::scope::{Place, Scope};

/// A rule: for everything in its scope, the settings that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub name: Located<Name>,
    /// What it is about.
    pub scope: Scope,
    /// What it sets.
    pub settings: Settings,
}

/// What a rule sets; what it does not name stays as the rules before it left it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The publishers that may sign, by name.
    pub allow: Option<Located<Vec<Located<Name>>>>,
    /// What happens to what fails.
    pub mode: ModeSettings,
    /// Whether a manifest is demanded.
    pub manifest: Option<Located<Requirement>>,
    /// The earliest signing time.
    pub not_before: Option<Located<Timestamp>>,
    /// Whether revocation has to be known.
    pub revocation: Option<Located<Requirement>>,
    /// How old revocation facts may be.
    pub max_age: Option<Located<MaxAge>>,
}

/// The mode of each check.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModeSettings {
    /// Of expiry.
    pub expiry: Option<Located<Mode>>,
    /// Of mismatch.
    pub mismatch: Option<Located<Mode>>,
    /// Of revocation.
    pub revocation: Option<Located<Mode>>,
}

impl Rule {
    pub(crate) fn read(table: &Table<'_>, problems: &mut Problems) -> Self {
        let name = table.name(problems);
        let scope = Scope::read(table, problems);
        let settings = Settings {
            allow: table.list("allow", problems),
            mode: ModeSettings::read(table, problems),
            manifest: requirement("require-manifest", table, problems),
            not_before: table.instant("not-before", problems),
            revocation: requirement("require-revocation", table, problems),
            max_age: table.parsed("max-revocation-age", problems),
        };
        Self { name, scope, settings }
    }
}

impl Scope {
    pub(crate) fn read(table: &Table<'_>, problems: &mut Problems) -> Self {
        Self {
            functions: patterns("functions", table, problems),
            layers: patterns("layers", table, problems),
            place: Place::read(table, problems),
        }
    }
}

impl Place {
    pub(crate) fn read(table: &Table<'_>, problems: &mut Problems) -> Self {
        Self {
            regions: patterns("regions", table, problems),
            accounts: patterns("accounts", table, problems),
        }
    }
}

/// A list of which the places don't matter; nothing where it is not there.
pub(crate) fn patterns<T>(key: &'static str, table: &Table<'_>, problems: &mut Problems) -> Vec<T>
where
    T: core::str::FromStr,
    crate::diagnostic::ValueError: From<T::Err>,
{
    let list = table.list(key, problems).map(|list| list.value).unwrap_or_default();
    list.into_iter().map(|located| located.value).collect()
}

fn requirement(
    key: &'static str,
    table: &Table<'_>,
    problems: &mut Problems,
) -> Option<Located<Requirement>> {
    let Located { value, at } = table.flag(key, problems)?;
    Some(Located { value: if value { Requirement::Required } else { Requirement::Optional }, at })
}

impl ModeSettings {
    fn read(table: &Table<'_>, problems: &mut Problems) -> Self {
        match table.text_or_table("mode", Section::Mode, problems) {
            None => Self::default(),
            Some(TextOrTable::Text(text)) => {
                let mode = mode("mode", &text, problems);
                Self { expiry: mode.clone(), mismatch: mode.clone(), revocation: mode }
            }
            Some(TextOrTable::Table(table)) => {
                let mut of = |key| mode(key, &table.text(key, problems)?, problems);
                Self { expiry: of("expiry"), mismatch: of("mismatch"), revocation: of("revocation") }
            }
        }
    }
}

/// `enforce` or `warn`.
pub(crate) fn mode(
    key: &'static str,
    text: &Located<&str>,
    problems: &mut Problems,
) -> Option<Located<Mode>> {
    word(key, text, &["enforce", "warn"], &[Mode::Enforce, Mode::Warn], problems)
}
