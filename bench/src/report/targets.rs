//! The numbers to reach, and whether they were.

use super::Report;
use super::sections::ratio;
use super::table::Table;
use crate::bearward::NAME;
use crate::curve::Axis;
use crate::express;
use crate::frameworks::FRAMEWORKS;
use crate::http::{BARE_SIGNATURE, BESIDE_AXUM, Door, Row, Scenario, Throughput};
use crate::refused;
use crate::token::Algorithm;
use crate::verify::{self, Tokens};

/// Which way a number has to go.
#[derive(Clone, Copy)]
enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

impl Bound {
    fn verdict(self, measured: f64) -> String {
        let missed_by = match self {
            Self::AtMost(limit) => measured / limit - 1.0,
            Self::AtLeast(limit) => 1.0 - measured / limit,
        };
        if missed_by <= 0.0 { "reached".to_owned() } else { format!("missed by {:.0} %", missed_by * 100.0) }
    }

    fn limit(self) -> String {
        match self {
            Self::AtMost(limit) => format!("≤ {}", ratio(limit)),
            Self::AtLeast(limit) => format!("≥ {}", ratio(limit)),
        }
    }
}

/// The targets that this run says something about; `None` without any.
pub(super) fn targets(report: &Report) -> Option<String> {
    let mut table = Table::new(["target", "to reach", "measured", "verdict"]);
    let mut any = false;
    let mut target = |what: &str, bound: Bound, measured: Option<f64>| {
        if let Some(measured) = measured {
            any = true;
            table.row([what.to_owned(), bound.limit(), ratio(measured), bound.verdict(measured)]);
        }
    };

    let verify = report.verify.as_deref().unwrap_or_default();
    let new = own_row(verify, Tokens::New);
    target("RS256, new token, × raw", Bound::AtMost(1.15), new.map(|row| row.times_raw.median));
    let repeated = own_row(verify, Tokens::Repeated);
    let microseconds = repeated.map(|row| row.nanoseconds.median / 1e3);
    target("RS256, repeated token, µs", Bound::AtMost(1.0), microseconds);
    let allocations = repeated.map(|row| row.allocations);
    target("RS256, repeated token, allocations", Bound::AtMost(1.0), allocations);

    for (what, length) in [
        ("refused, of usual length, the dearest, × a good new one", refused::Length::Usual),
        ("refused, of 16 KiB, the dearest, × a good new one", refused::Length::Longest),
    ] {
        target(what, Bound::AtMost(1.2), dearest(report, length, |row| row.times_good.median));
    }
    let of_one_length = dearest(report, refused::Length::Longest, |row| row.times_long.median);
    target("refused, of 16 KiB, the dearest, × a good one of 16 KiB", Bound::AtMost(1.2), of_one_length);

    if let Some(throughput) = &report.axum {
        let repeated = server(throughput, Scenario::Repeated, NAME).map(Row::verdict);
        target("axum, repeated token, × unprotected", Bound::AtLeast(0.93), repeated);
        let limit = over(throughput, Scenario::New, NAME, BARE_SIGNATURE);
        target("axum, every token new, × axum + bare signature", Bound::AtLeast(0.85), limit);
        let advantage = advantage_over_best_peer(throughput);
        target("axum, every token new, × the best peer", Bound::AtLeast(2.0), advantage);
    }
    for [_, name] in BESIDE_AXUM {
        let adapters = report.adapters.as_ref();
        let row = adapters.and_then(|throughput| server(throughput, Scenario::Repeated, name));
        target(
            &format!("{name}, repeated token, × unprotected"),
            Bound::AtLeast(0.90),
            row.map(Row::verdict),
        );
    }
    for part in report.express.iter().flat_map(|results| &results.parts) {
        for (scenario, own, what, other, least) in [
            (
                Scenario::Repeated,
                NAME,
                "repeated token, × + empty middleware",
                express::EMPTY_MIDDLEWARE,
                0.93,
            ),
            (
                Scenario::Repeated,
                express::CLAIMS_READ,
                "repeated token, claims read, × + empty middleware",
                express::EMPTY_MIDDLEWARE,
                0.92,
            ),
            (
                Scenario::Repeated,
                express::CLAIMS_READ,
                "repeated token, claims read, × fast-jwt with its cache",
                express::CACHED_PEER,
                1.0,
            ),
            (Scenario::New, NAME, "every token new, × + bare signature", express::BARE_SIGNATURE, 0.90),
        ] {
            let what = format!("Express, {}, {what}", part.algorithm.name());
            target(&what, Bound::AtLeast(least), over(&part.throughput, scenario, own, other));
        }
    }
    if let Some(results) = &report.express {
        let what = format!("Express, {} tokens, growth over the cache's bound", results.memory.tokens);
        target(&what, Bound::AtMost(1.0), results.memory.growth_over_bound());
    }
    for framework in &FRAMEWORKS {
        let throughput = report.frameworks.as_ref().map(|results| &results.throughput);
        let row = throughput.and_then(|found| server(found, Scenario::Repeated, framework.bearward));
        let what = format!("{}, repeated token, × unprotected", framework.bearward);
        target(&what, Bound::AtLeast(0.90), row.map(Row::verdict));
    }
    for (axis, what) in
        [(Axis::Tokens, "live tokens"), (Axis::Issuers, "issuers"), (Axis::Keys, "keys in the set")]
    {
        let core = format!("{what}, highest cost over lowest, core alone");
        target(&core, Bound::AtMost(2.0), steepness(report, axis, 0.0));
        let whole = format!("{what}, highest cost over lowest, whole axum request");
        let request = unprotected_nanoseconds(report);
        let ratio = request.and_then(|request| steepness(report, axis, request));
        target(&whole, Bound::AtMost(2.0), ratio);
    }
    for row in report.threads.iter().flatten() {
        let what = format!("two threads, {} tokens, one engine × two engines", row.tokens);
        target(&what, Bound::AtLeast(0.90), Some(row.ratio.median));
    }
    any.then(|| table.to_string() + &ceiling(report).unwrap_or_default())
}

/// How far ahead of the best peer anything could be with every token new: nobody answers for less than
/// the unprotected server's CPU time and the signature alone.
fn ceiling(report: &Report) -> Option<String> {
    let raw = report.verify.as_ref()?.iter().find(|row| {
        row.algorithm == Algorithm::RS256 && row.tokens == Tokens::New && row.contender == verify::RAW
    })?;
    let rows = || report.axum.iter().flat_map(|part| &part.rows).filter(|r| r.scenario == Scenario::New);
    let cpu = |row: &Row| row.cpu_microseconds.median;
    let unprotected = rows().filter(|row| row.door == Door::Open).map(cpu).min_by(f64::total_cmp)?;
    let peers = rows().filter(|row| row.is_protected() && row.server != NAME);
    let best = peers.min_by(|one, other| cpu(one).total_cmp(&cpu(other)))?;
    let floor = unprotected + raw.nanoseconds.median / 1e3;
    Some(format!(
        "\nEvery token new: an unprotected request ({unprotected:.1} µs of CPU time) and an RS256 signature alone \
         ({:.1} µs) make {floor:.1} µs; the best peer, {}, takes {:.1} µs. No check of the signature can be more than \
         {} times as fast as that peer on this machine.\n",
        raw.nanoseconds.median / 1e3,
        best.server,
        cpu(best),
        ratio(cpu(best) / floor),
    ))
}

/// The highest ratio of a refused request of this length, but for those where several keys are tried by design.
fn dearest(report: &Report, length: refused::Length, ratio: fn(&refused::Row) -> f64) -> Option<f64> {
    let rows = report.refused.iter().flat_map(|results| &results.rows);
    let bounded =
        rows.filter(|row| row.code.is_some() && row.length == length && row.cost == refused::Cost::Bounded);
    bounded.map(ratio).max_by(f64::total_cmp)
}

fn own_row(rows: &[verify::Row], tokens: Tokens) -> Option<&verify::Row> {
    rows.iter().find(|row| row.contender == NAME && row.algorithm == Algorithm::RS256 && row.tokens == tokens)
}

fn server<'a>(throughput: &'a Throughput, scenario: Scenario, name: &str) -> Option<&'a Row> {
    throughput.rows.iter().find(|row| row.scenario == scenario && row.server == name)
}

/// One row over another of the same run, by throughput and by CPU time; the worse of the two.
fn over(throughput: &Throughput, scenario: Scenario, own: &str, other: &str) -> Option<f64> {
    Some(advantage(server(throughput, scenario, own)?, server(throughput, scenario, other)?))
}

fn advantage(own: &Row, other: &Row) -> f64 {
    let throughput = own.requests_per_second.median / other.requests_per_second.median;
    throughput.min(other.cpu_microseconds.median / own.cpu_microseconds.median)
}

/// With every token new, over whichever peer does best at it.
fn advantage_over_best_peer(throughput: &Throughput) -> Option<f64> {
    let own = server(throughput, Scenario::New, NAME)?;
    let peers = throughput
        .rows
        .iter()
        .filter(|row| row.scenario == Scenario::New && row.is_protected() && row.server != NAME);
    peers.map(|peer| advantage(own, peer)).min_by(f64::total_cmp)
}

/// The highest cost on an axis over the lowest, where every request costs `request` nanoseconds besides.
fn steepness(report: &Report, axis: Axis, request: f64) -> Option<f64> {
    let rows = report.curve.as_deref().unwrap_or_default().iter();
    let costs = rows.filter(|row| row.axis == axis).map(|row| row.cost.nanoseconds + request);
    let highest = costs.clone().max_by(f64::total_cmp)?;
    Some(highest / costs.min_by(f64::total_cmp)?)
}

/// The CPU time of a request to the server that Bearward is compared with.
fn unprotected_nanoseconds(report: &Report) -> Option<f64> {
    let throughput = report.axum.as_ref()?;
    let own = server(throughput, Scenario::Repeated, NAME)?;
    let baseline = server(throughput, Scenario::Repeated, &own.baseline)?;
    Some(baseline.cpu_microseconds.median * 1e3)
}
