//! How old revocation facts may be.

use core::fmt;
use core::str::FromStr;

use jiff::{SignedDuration, Timestamp};

/// How old revocation facts may be when something is judged by them: `90m`, `24h`, `7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MaxAge {
    count: u32,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Minutes,
    Hours,
    Days,
}

/// That a text is not an age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not a number from 1 to 99999 followed by m, h or d, such as 24h")]
pub struct MaxAgeError;

impl MaxAge {
    /// Whether facts that are complete until then are older than this now.
    #[must_use]
    pub fn is_exceeded(self, complete_until: Timestamp, now: Timestamp) -> bool {
        now.duration_since(complete_until) > self.duration()
    }

    /// The one of two that demands newer facts.
    #[must_use]
    pub fn stricter(self, other: Self) -> Self {
        if other.duration() < self.duration() { other } else { self }
    }

    fn duration(self) -> SignedDuration {
        let seconds: i64 = match self.unit {
            Unit::Minutes => 60,
            Unit::Hours => 60 * 60,
            Unit::Days => 24 * 60 * 60,
        };
        SignedDuration::from_secs(seconds.saturating_mul(self.count.into()))
    }
}

impl FromStr for MaxAge {
    type Err = MaxAgeError;

    fn from_str(text: &str) -> Result<Self, MaxAgeError> {
        let (digits, unit) = [('m', Unit::Minutes), ('h', Unit::Hours), ('d', Unit::Days)]
            .into_iter()
            .find_map(|(letter, unit)| Some((text.strip_suffix(letter)?, unit)))
            .ok_or(MaxAgeError)?;
        let plain = (1..=5).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        let count = digits.parse().ok().filter(|_| plain).ok_or(MaxAgeError)?;
        Ok(Self { count, unit })
    }
}

impl fmt::Display for MaxAge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Minutes => 'm',
            Unit::Hours => 'h',
            Unit::Days => 'd',
        };
        write!(f, "{}{unit}", self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::MaxAge;

    #[test]
    fn ages_are_read_and_compared() {
        let age = |text: &str| text.parse::<MaxAge>();
        for text in ["1m", "90m", "24h", "7d", "99999d"] {
            assert_eq!(age(text).unwrap().to_string(), text);
        }
        for wrong in
            ["", "h", "0h", "01h", "-1h", "+1h", "1.5h", "24", "24 h", "24H", "100000d", "1w", "\u{661}h"]
        {
            assert!(age(wrong).is_err(), "{wrong}");
        }
        assert_eq!(age("1d").unwrap().stricter(age("23h").unwrap()).to_string(), "23h");
        assert_eq!(age("60m").unwrap().stricter(age("2h").unwrap()).to_string(), "60m");
        let exceeded = |until: &str| {
            age("1h").unwrap().is_exceeded(until.parse().unwrap(), "2026-11-20T12:00:00Z".parse().unwrap())
        };
        assert!(!exceeded("2026-11-20T11:00:00Z"));
        assert!(exceeded("2026-11-20T10:59:59.999Z"));
    }
}
