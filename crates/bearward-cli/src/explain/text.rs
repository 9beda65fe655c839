//! The report for a person. Colours are for terminals: what prints it takes them out elsewhere.

use std::fmt::{self, Write as _};

use anstyle::{AnsiColor, Style};
use bearward_core::wire::NumericDate;

use super::raw_json::RawJson;
use super::report::{Check, Decision, Report, Status};
use super::{format_time, printable};

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const FAINT: Style = Style::new().dimmed();
const HEAD: Style = Style::new().bold();

/// The report as text: what the token says, what was fetched, every check, the verdict, and last the one thing to do.
pub(super) fn render(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = contents(report, &mut out).and_then(|()| checks(report, &mut out));
    let _ = hints(report, &mut out);
    let _ = verdict(report, &mut out);
    out
}

fn contents(report: &Report, out: &mut String) -> fmt::Result {
    match (&report.header, &report.claims) {
        (None, None) => writeln!(out, "nothing in the token can be read")?,
        (header, claims) => {
            part("header", header.as_ref(), out)?;
            part("claims", claims.as_ref(), out)?;
        }
    }
    if let Some(answer) = &report.introspection {
        part("introspection", Some(answer), out)?;
    }
    let verified = |check: &Check| check.name == "signature" && check.status == Status::Passed;
    if report.claims.is_some() && report.introspection.is_none() && !report.checks.iter().any(verified) {
        writeln!(out, "(the token's own words: nothing shows yet who wrote them)")?;
    }
    if let Some(proof) = &report.dpop_proof {
        for (title, json) in [("proof header", &proof.header), ("proof claims", &proof.claims)] {
            part(title, json.as_ref(), out)?;
        }
    }
    if let Some(provider) = &report.provider {
        writeln!(out, "a token in the form of {}", provider.title)?;
    }
    out.push('\n');
    for fetch in &report.fetches {
        writeln!(out, "fetched {}: {}", fetch.url, fetch.result)?;
    }
    match NumericDate::from_seconds(report.checked_at) {
        Some(now) => writeln!(out, "checked at {}\n", format_time::date(now)),
        None => Ok(()),
    }
}

fn part(title: &str, json: Option<&RawJson>, out: &mut String) -> fmt::Result {
    match json.map(RawJson::indented) {
        Some(json) => writeln!(out, "{title} {}", lines(&json)),
        None => writeln!(out, "{title} not readable"),
    }
}

/// Checks that were left out for one reason share a line.
fn checks(report: &Report, out: &mut String) -> fmt::Result {
    let alike = |one: &Check, next: &Check| {
        one.status == Status::NotChecked && next.status == Status::NotChecked && one.detail == next.detail
    };
    for group in report.checks.chunk_by(alike) {
        let [check, rest @ ..] = group else { continue };
        let (mark, style) = match check.status {
            Status::Passed => ("ok", GOOD),
            Status::Failed => ("FAILED", BAD.bold()),
            Status::NotChecked => ("-", FAINT),
        };
        write!(out, "{style}{mark:<6}{style:#}  ")?;
        match rest {
            [] => write!(out, "{:<13} ", check.name)?,
            _ => {
                let names: Vec<_> = group.iter().map(|check| check.name).collect();
                write!(out, "{}: ", names.join(", "))?;
            }
        }
        if let Some(code) = check.code {
            write!(out, "{BAD}{code}{BAD:#}: ")?;
        }
        writeln!(out, "{}", check.detail)?;
    }
    Ok(())
}

/// What people get wrong, each with what to do about it.
fn hints(report: &Report, out: &mut String) -> fmt::Result {
    for hint in &report.hints {
        let of = hint.provider.map_or_else(String::new, |provider| format!(" ({provider})"));
        writeln!(out, "\n{HEAD}HINT{of}{HEAD:#}: {}\n  {}", hint.problem, hint.remedy)?;
        writeln!(out, "  Rust: {}\n  Node: {}", hint.rust, hint.node)?;
    }
    Ok(())
}

fn verdict(Report { verdict, hints, .. }: &Report, out: &mut String) -> fmt::Result {
    let (decision, style) = match verdict.decision {
        Decision::Accepted => ("ACCEPTED", GOOD.bold()),
        Decision::Refused => ("REFUSED", BAD.bold()),
        Decision::Unavailable => ("UNAVAILABLE", BAD.bold()),
        Decision::Undecided => ("UNDECIDED", HEAD),
    };
    write!(out, "\n{style}{decision}{style:#}: ")?;
    if matches!(verdict.decision, Decision::Refused | Decision::Unavailable) {
        write!(out, "{style}{}{style:#}: ", verdict.code)?;
    }
    writeln!(out, "{}", verdict.detail)?;
    match (verdict.status, &verdict.www_authenticate) {
        (Some(status), Some(challenge)) => {
            writeln!(out, "{} answers {status} with\n  WWW-Authenticate: {challenge}", verdict.answered_by)?;
        }
        (Some(status), None) => writeln!(out, "{} answers {status}.", verdict.answered_by)?,
        (None, _) => {}
    }
    // A hint knows more of this very token.
    let to_do = hints.first().map(|hint| hint.remedy.as_str()).or(verdict.remedy.as_deref());
    match to_do {
        Some(to_do) => writeln!(out, "\n{HEAD}TO DO{HEAD:#}: {to_do}"),
        None => Ok(()),
    }
}

/// Line by line, since the line breaks are ours and whatever else is in there is not.
fn lines(json: &str) -> String {
    json.lines().map(printable::plain).collect::<Vec<_>>().join("\n")
}
