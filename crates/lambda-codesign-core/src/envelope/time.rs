//! GeneralizedTime as AWS Signer writes it: UTC with milliseconds (FORMAT.md, "The envelope").

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// Reads `YYYYMMDDHHMMSS[.f[f[f]]]Z`.
///
/// Milliseconds that end in 0, which DER forbids and AWS writes, are admitted; offsets, local times, seconds of
/// 60 and dates that do not exist are not.
pub(super) fn generalized(text: &[u8]) -> Option<Timestamp> {
    let text = text.strip_suffix(b"Z")?;
    let (whole, fraction) = match text.split_at_checked(14)? {
        (whole, []) => (whole, None),
        (whole, [b'.', digits @ ..]) if (1..=3).contains(&digits.len()) => (whole, Some(digits)),
        _ => return None,
    };
    let (year, rest) = whole.split_at_checked(4)?;
    let mut fields = rest.chunks(2);
    let mut field = || i8::try_from(digits(fields.next()?)?).ok();
    let year = i16::try_from(digits(year)?).ok()?;
    let (month, day, hour, minute, second) = (field()?, field()?, field()?, field()?, field()?);
    let nanoseconds = match fraction {
        None => 0,
        Some(fraction) => {
            let scale = 10_i32.checked_pow(9_u32.checked_sub(u32::try_from(fraction.len()).ok()?)?)?;
            i32::try_from(digits(fraction)?).ok()?.checked_mul(scale)?
        }
    };
    let time = DateTime::new(year, month, day, hour, minute, second, nanoseconds).ok()?;
    TimeZone::UTC.to_timestamp(time).ok()
}

fn digits(text: &[u8]) -> Option<u32> {
    text.iter().try_fold(0_u32, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u32::from(byte.wrapping_sub(b'0')))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::generalized;

    #[test]
    fn reads_what_aws_writes_and_nothing_looser() {
        let read = |text: &str| generalized(text.as_bytes()).map(|time| time.to_string());
        assert_eq!(read("20220211174524.338Z").as_deref(), Some("2022-02-11T17:45:24.338Z"));
        assert_eq!(read("20220211174524.120Z").as_deref(), Some("2022-02-11T17:45:24.12Z"));
        assert_eq!(read("20220211174524Z").as_deref(), Some("2022-02-11T17:45:24Z"));
        for wrong in [
            "20220211174524.338",
            "20220211174524.Z",
            "20220211174524.3381Z",
            "20220211174524.338+0100",
            "220211174524Z",
            "202202111745Z",
            "20220231174524Z",
            "20220211174560Z",
            "20220211244524Z",
            "2022021117452 Z",
            "+0220211174524Z",
            "99991231235959Z",
            "",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
