//! TOML with every value's place, read on past mistakes so that all of them are told at once.

use core::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use lambda_codesign_core::code::Code;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, Kind, Problem, Section, Severity, ValueError};
use crate::name::Name;
use crate::nearest::nearest;
use crate::{Located, Span};

/// What was found wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Diagnostic>);

/// So many mistakes are guessed at.
const MOST_GUESSES: usize = 20;

impl Problems {
    pub(crate) fn add(&mut self, problem: Problem, at: &Span) {
        self.0.push(Diagnostic::new(problem, at.clone()));
    }

    pub(crate) fn add_pair(&mut self, problem: Problem, at: &Span, other: &Span) {
        self.0.push(Diagnostic { problem, at: at.clone(), other: Some(other.clone()) });
    }

    /// What somebody may have meant. Nobody mends a file with many mistakes guess by guess, so only the first of them
    /// are guessed at: guessing compares each word with each.
    pub(crate) fn nearest<'a>(
        &self,
        written: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Option<&'a str> {
        if self.0.len() < MOST_GUESSES { nearest(written, known) } else { None }
    }

    /// All of them in the order of the file: errors, or else warnings. Where there are errors, warnings may be their
    /// consequence; where the syntax is broken, so may be keys that are unknown or missing.
    pub(crate) fn sorted(mut self) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        self.0.sort_by_key(|diagnostic| (diagnostic.at.start, diagnostic.at.end));
        let syntax = |diagnostic: &Diagnostic| matches!(diagnostic.problem, Problem::Syntax(_));
        let broken: Vec<usize> = self.0.iter().filter(|it| syntax(it)).map(|it| it.at.start).collect();
        if !broken.is_empty() {
            self.0.retain(|diagnostic| !diagnostic.problem.is_about_keys());
        }
        let is_broken = |at: &Span| broken.iter().any(|start| at.contains(start));
        self.0.retain(|diagnostic| syntax(diagnostic) || !is_broken(&diagnostic.at));
        if self.0.iter().all(|diagnostic| diagnostic.severity() == Severity::Warning) {
            return Ok(self.0);
        }
        self.0.retain(|diagnostic| diagnostic.severity() == Severity::Error);
        Err(self.0)
    }
}

/// The document in a text. What breaks the syntax is told, and the rest is read all the same.
pub(crate) fn document<'t>(text: &'t str, problems: &mut Problems) -> Spanned<DeTable<'t>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = error.span().unwrap_or(0..0);
        problems.add(Problem::Syntax(error.message().to_owned()), &at);
    }
    table
}

/// A table whose keys are known.
#[derive(Debug, Clone)]
pub(crate) struct Table<'t> {
    section: Section,
    at: Span,
    entries: &'t DeTable<'t>,
}

impl<'t> Table<'t> {
    /// The whole file.
    pub(crate) fn root(
        section: Section,
        document: &'t Spanned<DeTable<'t>>,
        problems: &mut Problems,
    ) -> Self {
        // What a file lacks is told at its beginning.
        let table = Self { section, at: 0..0, entries: document.get_ref() };
        table.check_keys(problems);
        table
    }

    pub(crate) const fn at(&self) -> &Span {
        &self.at
    }

    fn open(
        section: Section,
        key: &'static str,
        value: &'t Spanned<DeValue<'t>>,
        problems: &mut Problems,
    ) -> Option<Self> {
        let DeValue::Table(entries) = value.get_ref() else {
            return wrong_kind(key, Kind::Table, value, problems);
        };
        let table = Self { section, at: value.span(), entries };
        table.check_keys(problems);
        Some(table)
    }

    fn check_keys(&self, problems: &mut Problems) {
        let known = self.section.keys();
        if known.is_empty() {
            return;
        }
        for key in self.entries.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            let word = key.get_ref().to_string();
            let nearest = problems.nearest(&word, known.iter().copied());
            problems.add(Problem::UnknownKey { key: word, section: self.section, nearest }, &key.span());
        }
    }

    fn value(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.entries.iter().find(|(known, _)| known.get_ref() == key).map(|(_, value)| value)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// The keys and their places, for tables whose keys are names.
    pub(crate) fn keys(&self) -> impl Iterator<Item = Located<&'t str>> {
        let entries: &'t DeTable<'t> = self.entries;
        entries.keys().map(|key| Located { value: key.get_ref().as_ref(), at: key.span() })
    }

    /// The keys of the table under a key, whatever their values are.
    pub(crate) fn names(&self, key: &str) -> Vec<&'t str> {
        let table = self.value(key).and_then(|value| value.get_ref().as_table());
        table.map(|table| table.keys().map(|key| key.get_ref().as_ref()).collect()).unwrap_or_default()
    }

    /// What the tables of a list are called, whatever else is in them.
    pub(crate) fn names_in(&self, key: &str) -> Vec<&'t str> {
        let items = self.value(key).and_then(|value| value.get_ref().as_array());
        let tables = items.into_iter().flatten().filter_map(|item| item.get_ref().as_table());
        tables
            .flat_map(|table| table.iter().filter(|(key, _)| key.get_ref() == "name"))
            .filter_map(|(_, name)| name.get_ref().as_str())
            .collect()
    }

    /// That the key is there; what is wrong with its value was told already.
    pub(crate) fn required<T>(
        &self,
        key: &'static str,
        value: Option<T>,
        problems: &mut Problems,
    ) -> Option<T> {
        if !self.has(key) {
            problems.add(Problem::Missing { key, section: self.section }, &self.at);
        }
        value
    }

    /// What the part is called.
    pub(crate) fn name(&self, problems: &mut Problems) -> Located<Name> {
        let name = self.parsed("name", problems);
        self.required("name", name, problems).unwrap_or_else(|| Name::missing(&self.at))
    }

    pub(crate) fn text(&self, key: &'static str, problems: &mut Problems) -> Option<Located<&'t str>> {
        let text = text_of(key, self.value(key)?, problems)?;
        if text.value.trim().is_empty() {
            problems.add(Problem::Empty { key }, &text.at);
            return None;
        }
        Some(text)
    }

    /// A text that is read as a value of its type.
    pub(crate) fn parsed<T>(&self, key: &'static str, problems: &mut Problems) -> Option<Located<T>>
    where
        T: FromStr,
        ValueError: From<T::Err>,
    {
        let text = self.text(key, problems)?;
        parse(key, &text, problems)
    }

    /// A list of texts, none of which may be missing or wrong.
    pub(crate) fn list<T>(
        &self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Located<Vec<Located<T>>>>
    where
        T: FromStr,
        ValueError: From<T::Err>,
    {
        list_of(key, self.value(key)?, problems)
    }

    /// The list under a key that is itself a name.
    pub(crate) fn list_named<T>(
        &self,
        key: &str,
        says: &'static str,
        problems: &mut Problems,
    ) -> Option<Located<Vec<Located<T>>>>
    where
        T: FromStr,
        ValueError: From<T::Err>,
    {
        list_of(says, self.value(key)?, problems)
    }

    pub(crate) fn text_named(
        &self,
        key: &str,
        says: &'static str,
        problems: &mut Problems,
    ) -> Option<Located<&'t str>> {
        text_of(says, self.value(key)?, problems)
    }

    pub(crate) fn integer(&self, key: &'static str, problems: &mut Problems) -> Option<Located<i64>> {
        let value = self.value(key)?;
        match value.get_ref().as_integer() {
            // A number past any version is another version.
            Some(integer) => {
                let read = i64::from_str_radix(integer.as_str(), integer.radix()).unwrap_or(i64::MAX);
                Some(Located { value: read, at: value.span() })
            }
            None => wrong_kind(key, Kind::Integer, value, problems),
        }
    }

    pub(crate) fn flag(&self, key: &'static str, problems: &mut Problems) -> Option<Located<bool>> {
        let value = self.value(key)?;
        match value.get_ref().as_bool() {
            Some(flag) => Some(Located { value: flag, at: value.span() }),
            None => wrong_kind(key, Kind::Boolean, value, problems),
        }
    }

    /// A time with its distance from UTC, or a date, which stands for its beginning in UTC.
    pub(crate) fn instant(&self, key: &'static str, problems: &mut Problems) -> Option<Located<Timestamp>> {
        let written = self.written_time(key, problems)?;
        let instant =
            written.value.parse::<Timestamp>().ok().or_else(|| beginning(date_alone(&written.value)?));
        located(key, instant, written.at, ValueError::Time, problems)
    }

    /// A date alone.
    pub(crate) fn date(&self, key: &'static str, problems: &mut Problems) -> Option<Located<Date>> {
        let written = self.written_time(key, problems)?;
        located(key, date_alone(&written.value), written.at, ValueError::Date, problems)
    }

    fn written_time(&self, key: &'static str, problems: &mut Problems) -> Option<Located<String>> {
        let value = self.value(key)?;
        match value.get_ref().as_datetime() {
            Some(time) => Some(Located { value: time.to_string(), at: value.span() }),
            None => wrong_kind(key, Kind::Time, value, problems),
        }
    }

    pub(crate) fn table(&self, key: &'static str, section: Section, problems: &mut Problems) -> Option<Self> {
        Self::open(section, key, self.value(key)?, problems)
    }

    /// The table under a key that may hold a text instead.
    pub(crate) fn text_or_table(
        &self,
        key: &'static str,
        section: Section,
        problems: &mut Problems,
    ) -> Option<TextOrTable<'t>> {
        let value = self.value(key)?;
        if let Some(text) = value.get_ref().as_str() {
            return Some(TextOrTable::Text(Located { value: text, at: value.span() }));
        }
        if value.get_ref().is_table() {
            return Self::open(section, key, value, problems).map(TextOrTable::Table);
        }
        wrong_kind(key, Kind::TextOrTable, value, problems)
    }

    pub(crate) fn tables(&self, key: &'static str, section: Section, problems: &mut Problems) -> Vec<Self> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let Some(items) = value.get_ref().as_array() else {
            return wrong_kind(key, Kind::List, value, problems).unwrap_or_default();
        };
        items.iter().filter_map(|item| Self::open(section, key, item, problems)).collect()
    }
}

/// A value that is either.
pub(crate) enum TextOrTable<'t> {
    Text(Located<&'t str>),
    Table(Table<'t>),
}

/// The text as a value of its type.
pub(crate) fn parse<T>(key: &'static str, text: &Located<&str>, problems: &mut Problems) -> Option<Located<T>>
where
    T: FromStr,
    ValueError: From<T::Err>,
{
    match text.value.parse() {
        Ok(value) => Some(Located { value, at: text.at.clone() }),
        Err(error) => {
            problems.add(Problem::Value { key, error: ValueError::from(error) }, &text.at);
            None
        }
    }
}

/// One of a few words.
pub(crate) fn word<T: Copy>(
    key: &'static str,
    text: &Located<&str>,
    words: &'static [&'static str],
    meanings: &[T],
    problems: &mut Problems,
) -> Option<Located<T>> {
    let meaning =
        words.iter().zip(meanings).find(|(word, _)| **word == text.value).map(|(_, meaning)| *meaning);
    located(key, meaning, text.at.clone(), ValueError::Word(words), problems)
}

/// The code of this name.
pub(crate) fn code_named(text: Located<&str>, problems: &mut Problems) -> Option<Located<Code>> {
    let known = Code::ALL.iter().map(|code| code.as_str());
    let error = ValueError::Code { nearest: nearest(text.value, known).and_then(Code::from_name) };
    located("code", Code::from_name(text.value), text.at, error, problems)
}

/// The date, where nothing stands behind it.
fn date_alone(written: &str) -> Option<Date> {
    written.parse::<Date>().ok().filter(|date| date.to_string() == written)
}

/// The time at which a date begins in UTC.
pub(crate) fn beginning(date: Date) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()
}

/// The time at which a date ends in UTC.
pub(crate) fn end(date: Date) -> Option<Timestamp> {
    beginning(date.checked_add(1.day()).ok()?)
}

pub(crate) fn located<T>(
    key: &'static str,
    value: Option<T>,
    at: Span,
    error: ValueError,
    problems: &mut Problems,
) -> Option<Located<T>> {
    match value {
        Some(value) => Some(Located { value, at }),
        None => {
            problems.add(Problem::Value { key, error }, &at);
            None
        }
    }
}

fn text_of<'t>(
    key: &'static str,
    value: &'t Spanned<DeValue<'t>>,
    problems: &mut Problems,
) -> Option<Located<&'t str>> {
    match value.get_ref().as_str() {
        Some(text) => Some(Located { value: text, at: value.span() }),
        None => wrong_kind(key, Kind::Text, value, problems),
    }
}

fn list_of<T>(
    key: &'static str,
    value: &Spanned<DeValue<'_>>,
    problems: &mut Problems,
) -> Option<Located<Vec<Located<T>>>>
where
    T: FromStr,
    ValueError: From<T::Err>,
{
    let Some(items) = value.get_ref().as_array() else {
        return wrong_kind(key, Kind::List, value, problems);
    };
    if items.is_empty() {
        problems.add(Problem::Empty { key }, &value.span());
        return None;
    }
    let read: Vec<Option<Located<T>>> =
        items.iter().map(|item| parse(key, &text_of(key, item, problems)?, problems)).collect();
    let whole: Option<Vec<_>> = read.into_iter().collect();
    Some(Located { value: whole?, at: value.span() })
}

fn wrong_kind<T>(
    key: &'static str,
    expected: Kind,
    value: &Spanned<DeValue<'_>>,
    problems: &mut Problems,
) -> Option<T> {
    let found = match value.get_ref() {
        DeValue::String(_) => Kind::Text,
        DeValue::Integer(_) => Kind::Integer,
        DeValue::Float(_) => Kind::Float,
        DeValue::Boolean(_) => Kind::Boolean,
        DeValue::Datetime(_) => Kind::Time,
        DeValue::Array(_) => Kind::List,
        DeValue::Table(_) => Kind::Table,
    };
    problems.add(Problem::WrongKind { key, expected, found }, &value.span());
    None
}
