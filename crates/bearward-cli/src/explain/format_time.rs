//! Times and spans as a person says them.

use bearward_core::wire::NumericDate;

/// The last second of the year 9999; dates beyond have no usual form.
const YEAR_10000: f64 = 253_402_300_800.0;

/// `2026-11-21 14:03:05 UTC`.
pub(super) fn date(date: NumericDate) -> String {
    let seconds = date.seconds();
    if !(0.0..YEAR_10000).contains(&seconds) {
        let side = if seconds < 0.0 { "before 1970" } else { "after the year 9999" };
        return format!("{seconds} seconds since 1970, which is {side}");
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // it was just bounded
    let seconds = seconds as u64;
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{:02} UTC", second % 60)
}

/// How far two dates lie apart: `3 hours and 4 minutes`.
pub(super) fn distance(one: NumericDate, other: NumericDate) -> String {
    const UNITS: [(f64, &str); 5] =
        [(31_557_600.0, "year"), (86_400.0, "day"), (3600.0, "hour"), (60.0, "minute"), (1.0, "second")];
    let seconds = (one.seconds() - other.seconds()).abs().floor();
    let Some(first) = UNITS.iter().position(|(length, _)| seconds >= *length) else {
        return "less than a second".to_owned();
    };
    let mut rest = seconds;
    let mut words = Vec::new();
    for (length, unit) in UNITS.iter().skip(first).take(2) {
        let count = (rest / length).floor();
        rest -= count * length;
        if count >= 1.0 {
            words.push(format!("{count} {unit}{}", if count > 1.0 { "s" } else { "" }));
        }
    }
    words.join(" and ")
}

/// The date of a day since 1970-01-01 in the Gregorian calendar. Counted from 1 March of the year 0, so that
/// the leap day is the last of its year and the months from there on have lengths that repeat every five.
fn civil(days_since_1970: u64) -> (u64, u64, u64) {
    const DAYS_TO_1970: u64 = 719_468;
    const DAYS_OF_400_YEARS: u64 = 146_097;
    let days = days_since_1970 + DAYS_TO_1970;
    let (era, day_of_era) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let leap_days = day_of_era / 1460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> NumericDate {
        NumericDate::from_seconds(seconds).unwrap()
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0.0, "1970-01-01 00:00:00 UTC"),
            (951_782_399.0, "2000-02-28 23:59:59 UTC"),
            (951_782_400.0, "2000-02-29 00:00:00 UTC"),
            (951_868_800.0, "2000-03-01 00:00:00 UTC"),
            (1_700_000_000.9, "2023-11-14 22:13:20 UTC"),
            (1_735_689_599.0, "2024-12-31 23:59:59 UTC"),
            (4_107_542_399.0, "2100-02-28 23:59:59 UTC"),
            (4_107_542_400.0, "2100-03-01 00:00:00 UTC"),
            (253_402_300_799.0, "9999-12-31 23:59:59 UTC"),
            (-1.0, "-1 seconds since 1970, which is before 1970"),
        ] {
            assert_eq!(date(at(seconds)), expected);
        }
        assert!(date(at(1e308)).ends_with("after the year 9999"));
    }

    #[test]
    fn spans_have_two_units_at_most() {
        for (seconds, expected) in [
            (0.4, "less than a second"),
            (1.0, "1 second"),
            (59.9, "59 seconds"),
            (60.0, "1 minute"),
            (3_661.0, "1 hour and 1 minute"),
            (3_600.0 * 25.0, "1 day and 1 hour"),
            (86_400.0 * 2.0 + 59.0, "2 days"),
            (31_557_600.0 * 3.0 + 86_400.0, "3 years and 1 day"),
        ] {
            assert_eq!(distance(at(seconds), at(0.0)), expected);
            assert_eq!(distance(at(0.0), at(seconds)), expected);
        }
    }
}
