//! The report for a person.

use std::fmt::{self, Write as _};

use bearward_core::wire::NumericDate;

use super::raw_json::RawJson;
use super::report::{Check, Decision, Report, Status};
use super::{format_time, printable};

/// The report as text: what the token says, what was fetched, every check, and last the verdict.
pub(super) fn render(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = contents(report, &mut out).and_then(|()| checks(report, &mut out));
    let _ = hints(report, &mut out);
    let _ = verdict(report, &mut out);
    out
}

fn contents(report: &Report, out: &mut String) -> fmt::Result {
    for (title, json) in [("header", &report.header), ("claims", &report.claims)] {
        part(title, json.as_ref(), out)?;
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
        let mark = match check.status {
            Status::Passed => "ok",
            Status::Failed => "FAILED",
            Status::NotChecked => "-",
        };
        write!(out, "{mark:<6}  ")?;
        match rest {
            [] => write!(out, "{:<13} ", check.name)?,
            _ => {
                let names: Vec<_> = group.iter().map(|check| check.name).collect();
                write!(out, "{}: ", names.join(", "))?;
            }
        }
        if let Some(code) = check.code {
            write!(out, "{code}: ")?;
        }
        writeln!(out, "{}", check.detail)?;
    }
    Ok(())
}

/// What people get wrong, each with what to do about it.
fn hints(report: &Report, out: &mut String) -> fmt::Result {
    for hint in &report.hints {
        let of = hint.provider.map_or_else(String::new, |provider| format!(" ({provider})"));
        writeln!(out, "\nHINT{of}: {}\n  {}", hint.problem, hint.remedy)?;
        writeln!(out, "  Rust: {}\n  Node: {}", hint.rust, hint.node)?;
    }
    Ok(())
}

fn verdict(Report { verdict, hints, .. }: &Report, out: &mut String) -> fmt::Result {
    let decision = match verdict.decision {
        Decision::Accepted => "ACCEPTED",
        Decision::Refused => "REFUSED",
        Decision::Unavailable => "UNAVAILABLE",
        Decision::Undecided => "UNDECIDED",
    };
    write!(out, "\n{decision}: ")?;
    if matches!(verdict.decision, Decision::Refused | Decision::Unavailable) {
        write!(out, "{}: ", verdict.code)?;
    }
    writeln!(out, "{}", verdict.detail)?;
    // A hint knows more of this very token.
    if let Some(remedy) = verdict.remedy.filter(|_| hints.is_empty()) {
        writeln!(out, "  {remedy}")?;
    }
    match (verdict.status, &verdict.www_authenticate) {
        (Some(status), Some(challenge)) => {
            writeln!(out, "{} answers {status} with\n  WWW-Authenticate: {challenge}", verdict.answered_by)
        }
        (Some(status), None) => writeln!(out, "{} answers {status}.", verdict.answered_by),
        (None, _) => Ok(()),
    }
}

/// Line by line, since the line breaks are ours and whatever else is in there is not.
fn lines(json: &str) -> String {
    json.lines().map(printable::plain).collect::<Vec<_>>().join("\n")
}
