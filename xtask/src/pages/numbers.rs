//! The measured numbers of README.md, taken from docs/benchmarks.md.
//!
//! No other page has one: a number that is written by hand is wrong after the next run of the benchmarks.

use std::fmt::Write as _;
use std::fs;

use super::{Page, read};
use crate::failure::Failure;
use crate::repository;

const README: &str = "README.md";
const BENCHMARKS: &str = "docs/benchmarks.md";

/// Between these lines of README.md is one table.
const TABLES: [Table; 2] = [
    Table {
        begin: "<!-- numbers: axum -->",
        same: "## Servers over loopback, the same token repeated",
        new: "## Servers over loopback, every token new",
    },
    Table {
        begin: "<!-- numbers: Express -->",
        same: "### RS256, the same token repeated",
        new: "### RS256, every token new",
    },
];
const END: &str = "<!-- end -->";

struct Table {
    begin: &'static str,
    /// The headings of the two measurements.
    same: &'static str,
    new: &'static str,
}

/// Pages that say what was measured once and how: the benchmarks, the soak test, decisions and changes.
const RECORDS: [&str; 4] = [BENCHMARKS, "docs/soak.md", "docs/adr/", "CHANGELOG.md"];

/// What follows a number that was measured here: no setting has such units.
const UNITS: [&str; 6] = ["µs", "ns", "microseconds", "nanoseconds", "×", "times as"];

pub(super) fn offences(pages: &[Page]) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    for page in pages.iter().filter(|page| !RECORDS.iter().any(|record| page.path.starts_with(record))) {
        let lines = page.prose.iter().filter_map(|(line, prose)| Some((line, measured(prose)?)));
        found.extend(lines.map(|(line, unit)| {
            format!("{}:{line}: a measured number ({unit}): link to {BENCHMARKS} instead", page.path)
        }));
    }
    let readme = read(README).unwrap_or_default();
    if readme != with_numbers(&readme)? {
        let what = "its numbers are not those of";
        found.push(format!("{README}:0: {what} {BENCHMARKS}: run `cargo xtask pages --write`"));
    }
    Ok(found)
}

/// The unit of the first measured number in a line.
fn measured(prose: &str) -> Option<&'static str> {
    let follows_a_number = |at: usize, unit: &str| {
        let before = prose[..at].trim_end();
        let ends = !prose[at + unit.len()..].starts_with(char::is_alphanumeric);
        ends && before.ends_with(|c: char| c.is_ascii_digit())
    };
    UNITS.into_iter().find(|unit| prose.match_indices(unit).any(|(at, _)| follows_a_number(at, unit)))
}

pub(super) fn write() -> Result<(), Failure> {
    let readme = with_numbers(&read(README).unwrap_or_default())?;
    fs::write(repository::root().join(README), readme)
        .map_err(|error| Failure::new(format!("cannot write {README}: {error}")))
}

fn with_numbers(readme: &str) -> Result<String, Failure> {
    let benchmarks = read(BENCHMARKS).unwrap_or_default();
    let mut readme = readme.to_owned();
    for table in &TABLES {
        let parts =
            readme.split_once(table.begin).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
        let Some((before, after)) = parts else {
            return Err(Failure::new(format!("{README} has no {} … {END}", table.begin)));
        };
        readme = format!("{before}{}\n\n{}\n{END}{after}", table.begin, table.filled(&benchmarks)?);
    }
    Ok(readme)
}

impl Table {
    /// Each server with the share of the unprotected server's speed that is left.
    fn filled(&self, benchmarks: &str) -> Result<String, Failure> {
        let (same, new) = (rows(benchmarks, self.same), rows(benchmarks, self.new));
        if same.is_empty() {
            return Err(Failure::new(format!("{BENCHMARKS} has no table under {:?}", self.same)));
        }
        let mut text = "| | the same token again | every token new |\n|---|---|---|\n".to_owned();
        for (server, ratio) in same.iter().filter(|(server, _)| !is_baseline(server)) {
            let other = new.iter().find(|(name, _)| name == server).map_or("", |(_, ratio)| ratio);
            // Writing to a String cannot fail.
            let _ = writeln!(text, "| {server} | {ratio} | {other} |");
        }
        Ok(text)
    }
}

/// What the others are compared with.
fn is_baseline(server: &str) -> bool {
    ["unprotected", "empty middleware", "bare signature"].iter().any(|words| server.contains(words))
}

/// The first and the last cell of each row of the table under this heading.
fn rows(page: &str, heading: &str) -> Vec<(String, String)> {
    let lines =
        page.lines().skip_while(|line| *line != heading).skip(1).take_while(|line| !line.starts_with('#'));
    let cells = lines.filter(|line| line.starts_with('|')).map(|line| line.trim_matches('|').split('|'));
    let pairs = cells.filter_map(|mut cells| {
        let (first, last) = (cells.next()?.trim(), cells.next_back()?.trim().trim_matches('*'));
        Some((first.to_owned(), last.to_owned()))
    });
    pairs.skip(2).collect() // Below the names of the columns and the line.
}

#[cfg(test)]
mod tests {
    use super::{Table, measured};

    #[test]
    fn a_measured_number_is_found_and_a_setting_is_not() {
        for line in [
            "some 20 µs for RSA",
            "it takes 1.5× as long",
            "4 times as fast",
            "206 ns, or so",
            "3 microseconds",
        ] {
            assert!(measured(line).is_some(), "{line}");
        }
        for line in
            ["a timeout of 500 ms", "`ns` is a namespace", "2 nsswitch", "compared × unprotected", "16 KiB"]
        {
            assert!(measured(line).is_none(), "{line}");
        }
    }

    #[test]
    fn the_last_column_of_both_tables_is_taken() {
        let page = "## A\n\n| server | x | **worse** |\n|--|--:|--:|\n| axum, unprotected | 1 | **1.00** |\n| Bearward | 2 | **0.92** |\n\n## B\n\n| server | worse |\n|--|--|\n| Bearward | **0.25** |\n";
        let table = Table { begin: "", same: "## A", new: "## B" };
        let filled = table.filled(page).unwrap_or_default();
        assert_eq!(filled.lines().skip(2).collect::<Vec<_>>(), ["| Bearward | 0.92 | 0.25 |"]);
    }
}
