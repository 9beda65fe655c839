//! The charts of docs/benchmarks.md: each value of one is in a table of the page.
//!
//! `cargo xtask bench --markdown` writes both. Here it is found out when only one of them was committed.

use super::read;
use crate::failure::Failure;
use crate::tracked;

const PAGE: &str = "docs/benchmarks.md";
const CHARTS: &str = "docs/benchmarks/";

pub(super) fn offences() -> Result<Vec<String>, Failure> {
    let page = read(PAGE).unwrap_or_default();
    let rows = rows(&page);
    let mut found = Vec::new();
    for path in tracked::files()?.iter().filter(|path| path.starts_with(CHARTS) && path.ends_with(".svg")) {
        let Some(chart) = read(path) else { continue };
        if !page.contains(path.trim_start_matches("docs/")) {
            found.push(format!("{path}:0: {PAGE} does not show it"));
        }
        let values: Vec<_> = values(&chart).collect();
        if values.is_empty() {
            found.push(format!("{path}:0: a chart without values"));
        }
        let wrong = values.into_iter().filter(|value| !rows.iter().any(|row| has(row, value)));
        found.extend(wrong.map(|value| format!("{path}:0: {value:?} is in no table of {PAGE}")));
    }
    Ok(found)
}

/// What each value says: a name, what was measured, and the number, with its range if it has one.
fn values(chart: &str) -> impl Iterator<Item = &str> {
    chart.split("<g><title>").skip(1).filter_map(|rest| Some(rest.split_once("</title>")?.0))
}

/// The cells of each row of a table.
fn rows(page: &str) -> Vec<Vec<&str>> {
    let lines = page.lines().filter(|line| line.starts_with('|'));
    lines.map(|line| line.split('|').map(|cell| cell.trim().trim_matches('*')).collect()).collect()
}

/// Whether this row has what the value says: `Bearward: every token new: 0.25 (0.22–0.30)`.
fn has(row: &[&str], value: &str) -> bool {
    let Some((name, rest)) = value.split_once(": ") else { return false };
    let Some((_, number)) = rest.rsplit_once(": ") else { return false };
    let cell = |text: &str| row.contains(&text);
    let of_algorithm = || name.split_once(", ").is_some_and(|(algorithm, _)| cell(algorithm));
    let in_two_cells = || {
        let Some((median, range)) = number.trim_end_matches(')').split_once(" (") else {
            return cell(number.trim_end_matches(" ns"));
        };
        cell(median) && cell(range)
    };
    (cell(name) || of_algorithm()) && (cell(number) || in_two_cells())
}

#[cfg(test)]
mod tests {
    use super::{has, rows, values};

    const PAGE: &str = "\
| server | ratio | **worse** |
|---|---|---|
| Bearward | 0.25 (0.22–0.30) | **0.25** |

| verify | algorithm | × raw | range |
|---|---|---|---|
| Bearward | RS256 | 1.19 | 1.12–1.27 |

| live tokens | ns |
|---|---|
| 1000 | 256 |
";

    #[test]
    fn a_value_is_found_in_its_row_only() {
        let rows = rows(PAGE);
        let known = |value: &str| rows.iter().any(|row| has(row, value));
        for value in [
            "Bearward: every token new: 0.25 (0.22–0.30)",
            "RS256, new token: Bearward: 1.19 (1.12–1.27)",
            "1000: live tokens: 256 ns",
        ] {
            assert!(known(value), "{value}");
        }
        for value in [
            "Bearward: every token new: 0.26 (0.22–0.30)",
            "Bearward: every token new: 0.25 (0.22–0.31)",
            "another: every token new: 0.25 (0.22–0.30)",
            "ES256, new token: Bearward: 1.19 (1.12–1.27)",
            "100: live tokens: 256 ns",
            "nothing",
        ] {
            assert!(!known(value), "{value}");
        }
    }

    #[test]
    fn the_values_of_a_chart_are_its_titles() {
        let chart = "<title id=\"name\">axum</title><g><title>a: b: 1.00 (1.00–1.00)</title><rect/></g>";
        assert_eq!(values(chart).collect::<Vec<_>>(), ["a: b: 1.00 (1.00–1.00)"]);
    }
}
