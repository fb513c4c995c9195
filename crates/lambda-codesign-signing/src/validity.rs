//! How long a signature lives.

use core::fmt;
use core::str::FromStr;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use lambda_codesign_core::text::Escaped;
use serde::{Deserialize, Serialize};

/// The period from the signing time to the signature's expiry: days, months or years, at most 135 months (BEHAVIOUR.md "Signer").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Validity {
    value: u16,
    unit: Unit,
}

/// What a period is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Days.
    Days,
    /// Calendar months.
    Months,
    /// Calendar years.
    Years,
}

/// Text that is not a validity period, or one past Signer's limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValidityError {
    /// Not a number with `days`, `months` or `years`.
    #[error("\"{}\" is not a validity period", Escaped(.0.as_bytes()))]
    NotAPeriod(String),
    /// Zero, or more than 135 months.
    #[error("the validity period {value} {unit} is not between 1 day and 135 months")]
    OutOfRange {
        /// The number given.
        value: u16,
        /// Its unit.
        unit: &'static str,
    },
    /// The end lies beyond the calendar.
    #[error("the validity period ends beyond the year 9999")]
    BeyondCalendar,
}

impl ValidityError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        "Give a period of days, months or years of at most 135 months, such as 90days or 135months."
    }
}

impl Unit {
    const fn word(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::Months => "months",
            Self::Years => "years",
        }
    }

    /// The most of this unit within 135 months, where those are longest.
    const fn most(self) -> u16 {
        match self {
            Self::Days => 4110,
            Self::Months => 135,
            Self::Years => 11,
        }
    }
}

impl Validity {
    /// The longest, and what Signer and local profiles take where none is given: 135 months.
    pub const DEFAULT: Self = Self { value: 135, unit: Unit::Months };

    /// So many days.
    ///
    /// # Errors
    /// None, or more than 4,110.
    pub const fn days(value: u16) -> Result<Self, ValidityError> {
        Self::checked(value, Unit::Days)
    }

    /// So many calendar months.
    ///
    /// # Errors
    /// None, or more than 135.
    pub const fn months(value: u16) -> Result<Self, ValidityError> {
        Self::checked(value, Unit::Months)
    }

    /// So many calendar years.
    ///
    /// # Errors
    /// None, or more than 11.
    pub const fn years(value: u16) -> Result<Self, ValidityError> {
        Self::checked(value, Unit::Years)
    }

    /// How many it counts.
    #[must_use]
    pub const fn value(self) -> u16 {
        self.value
    }

    /// What it counts.
    #[must_use]
    pub const fn unit(self) -> Unit {
        self.unit
    }

    const fn checked(value: u16, unit: Unit) -> Result<Self, ValidityError> {
        if value == 0 || value > unit.most() {
            return Err(ValidityError::OutOfRange { value, unit: unit.word() });
        }
        Ok(Self { value, unit })
    }

    /// The end of the period that begins at `start`, by the calendar of UTC, and never past 135 months.
    ///
    /// # Errors
    /// The end lies beyond the year 9999.
    pub fn end(self, start: Timestamp) -> Result<Timestamp, ValidityError> {
        let later = |span: Result<Span, jiff::Error>| -> Result<Timestamp, jiff::Error> {
            Ok(start.to_zoned_datetime(TimeZone::UTC).checked_add(span?)?.timestamp())
        };
        let end = later(match self.unit {
            Unit::Days => Span::new().try_days(self.value),
            Unit::Months => Span::new().try_months(self.value),
            Unit::Years => Span::new().try_years(self.value),
        });
        let latest = later(Span::new().try_months(Self::DEFAULT.value));
        match (end, latest) {
            (Ok(end), Ok(latest)) => Ok(end.min(latest)),
            (Err(_), _) | (_, Err(_)) => Err(ValidityError::BeyondCalendar),
        }
    }
}

impl fmt::Display for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.value, self.unit.word())
    }
}

impl From<Validity> for String {
    fn from(validity: Validity) -> Self {
        validity.to_string()
    }
}

impl TryFrom<String> for Validity {
    type Error = ValidityError;

    fn try_from(text: String) -> Result<Self, ValidityError> {
        text.parse()
    }
}

impl FromStr for Validity {
    type Err = ValidityError;

    fn from_str(text: &str) -> Result<Self, ValidityError> {
        let refused = || ValidityError::NotAPeriod(text.to_owned());
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at_checked(digits).ok_or_else(refused)?;
        let unit = match unit.trim_start() {
            "day" | "days" => Unit::Days,
            "month" | "months" => Unit::Months,
            "year" | "years" => Unit::Years,
            _ => return Err(refused()),
        };
        Self::checked(number.parse().map_err(|_| refused())?, unit)
    }
}

#[cfg(test)]
mod tests {
    use super::Validity;
    use jiff::Timestamp;

    fn end(validity: &str, start: &str) -> String {
        validity.parse::<Validity>().unwrap().end(start.parse::<Timestamp>().unwrap()).unwrap().to_string()
    }

    #[test]
    fn periods_end_where_the_genuine_ones_do() {
        assert_eq!(end("135months", "2022-02-11T17:45:24.338Z"), "2033-05-11T17:45:24.338Z");
        assert_eq!(end("135months", "2024-10-11T15:50:53.701Z"), "2036-01-11T15:50:53.701Z");
        assert_eq!(end("1 month", "2026-01-31T00:00:00Z"), "2026-02-28T00:00:00Z");
        assert_eq!(end("10days", "2026-02-25T00:00:00Z"), "2026-03-07T00:00:00Z");
        assert_eq!(end("11years", "2026-02-25T00:00:00Z"), "2037-02-25T00:00:00Z");
    }

    #[test]
    fn what_signer_refuses_is_refused() {
        for bad in [
            "",
            "0days",
            "136months",
            "12years",
            "4111days",
            "5",
            "days",
            "-1days",
            "1week",
            "99999days",
            "1.5years",
        ] {
            assert!(bad.parse::<Validity>().is_err(), "{bad}");
        }
    }

    #[test]
    fn no_number_of_days_exceeds_135_months() {
        let start = "2094-12-01T00:00:00Z";
        assert_eq!(end("4110days", start), "2106-03-01T00:00:00Z");
        assert_eq!(end("135months", start), "2106-03-01T00:00:00Z");
        assert_eq!(end("4000days", start), "2105-11-14T00:00:00Z");
    }
}
