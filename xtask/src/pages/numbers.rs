//! The measured numbers of README.md, taken from docs/benchmarks.md.

use std::fmt::Write as _;
use std::fs;

use super::read;
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

pub(super) fn offences() -> Result<Vec<String>, Failure> {
    let readme = read(README).unwrap_or_default();
    if readme == with_numbers(&readme)? {
        return Ok(Vec::new());
    }
    Ok(vec![format!(
        "{README}:0: its numbers are not those of {BENCHMARKS}: run `cargo xtask pages --write`"
    )])
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
    use super::Table;

    #[test]
    fn the_last_column_of_both_tables_is_taken() {
        let page = "## A\n\n| server | x | **worse** |\n|--|--:|--:|\n| axum, unprotected | 1 | **1.00** |\n| Bearward | 2 | **0.92** |\n\n## B\n\n| server | worse |\n|--|--|\n| Bearward | **0.25** |\n";
        let table = Table { begin: "", same: "## A", new: "## B" };
        let filled = table.filled(page).unwrap_or_default();
        assert_eq!(filled.lines().skip(2).collect::<Vec<_>>(), ["| Bearward | 0.92 | 0.25 |"]);
    }
}
