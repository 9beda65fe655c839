//! One section for each part of the suite.

use super::table::Table;
use crate::curve::Axis;
use crate::http::{Scenario, Throughput};
use crate::statistics::Rounds;
use crate::verify::Tokens;
use crate::{beyond, cold, curve, express, frameworks, refused, threads, verify};

/// The share of its time that a server under full load spends on its core.
const BUSY: f64 = 0.85;

pub(super) fn verify(rows: &[verify::Row]) -> String {
    let mut table =
        Table::new(["verify and validate", "algorithm", "token", "ns", "× raw", "range", "allocations"]);
    for row in rows {
        table.row([
            row.contender.clone(),
            row.algorithm.name().to_owned(),
            match row.tokens {
                Tokens::New => "new".to_owned(),
                Tokens::Repeated => "repeated".to_owned(),
            },
            format!("{:.0}", row.nanoseconds.median),
            ratio(row.times_raw.median),
            range(row.times_raw),
            format!("{:.1}", row.allocations),
        ]);
    }
    table.to_string()
}

pub(super) fn refused(results: &refused::Results) -> String {
    let mut table = Table::new([
        "refused",
        "algorithm",
        "code",
        "ns",
        "× good",
        "range",
        "× good, 16 KiB",
        "allocations",
    ]);
    for row in &results.rows {
        table.row([
            row.what.clone(),
            row.algorithm.name().to_owned(),
            row.code.clone().unwrap_or_default(),
            format!("{:.0}", row.nanoseconds.median),
            ratio(row.times_good.median),
            range(row.times_good),
            ratio(row.times_long.median),
            format!("{:.1}", row.allocations),
        ]);
    }
    let waiting = results.waiting;
    format!(
        "{table}\n{} requests that wait {:.1} s for one slow fetch take {:.0} µs of CPU time each, starting the server \
         and all else included; one by itself takes {:.0} µs.\n",
        waiting.requests,
        waiting.seconds,
        waiting.nanoseconds_each / 1e3,
        waiting.nanoseconds_alone / 1e3,
    )
}

pub(super) fn throughput(throughput: &Throughput, scenario: Scenario) -> String {
    let mut table = Table::new([
        "server",
        "requests/s",
        "CPU µs/request",
        "busy",
        "p50 µs",
        "p99 µs",
        "throughput ratio",
        "CPU ratio",
        "**worse**",
    ]);
    for row in throughput.rows.iter().filter(|row| row.scenario == scenario) {
        table.row([
            row.server.clone(),
            format!("{:.0}", row.requests_per_second.median),
            format!("{:.2}", row.cpu_microseconds.median),
            format!("{:.0} %", row.busy.median * 100.0),
            format!("{:.0}", row.p50_microseconds.median),
            format!("{:.0}", row.p99_microseconds.median),
            with_range(row.throughput_ratio),
            with_range(row.cpu_ratio),
            format!("**{}**", ratio(row.verdict())),
        ]);
    }
    let mut text = table.to_string();
    let idle = throughput.rows.iter().any(|row| row.scenario == scenario && row.busy.median < BUSY);
    if idle {
        text += "\nSome servers were not kept busy: other programs were running, or the load generator was the limit. \
                 Throughput ratios flatter here; the CPU ratios hold.\n";
    }
    for row in throughput.rows.iter().filter(|row| row.scenario == scenario) {
        if row.is_protected() && row.seen_twice.median > 0.0 {
            text += &format!(
                "\n{} was so fast that {:.0} % of its tokens came twice.\n",
                row.server,
                row.seen_twice.median * 100.0
            );
        }
    }
    text
}

pub(super) fn adapters(throughput: &Throughput) -> String {
    let mut text = format!("Load: {}; calls of gRPC: the suite's own.\n", throughput.load_generator);
    for (scenario, what) in
        [(Scenario::Repeated, "The same token repeated"), (Scenario::New, "Every token new")]
    {
        text += &format!("\n### {what}\n\n");
        text += &self::throughput(throughput, scenario);
    }
    text
}

pub(super) fn curve(rows: &[curve::Row], axis: Axis) -> String {
    let mut table = Table::new([axis.what(), "ns per request", "× the first", "resident KiB"]);
    let rows: Vec<_> = rows.iter().filter(|row| row.axis == axis).collect();
    for row in &rows {
        table.row([
            row.value.to_string(),
            format!("{:.0}", row.cost.nanoseconds),
            ratio(row.cost.nanoseconds / rows[0].cost.nanoseconds),
            format!("{}", row.cost.resident_bytes / 1024),
        ]);
    }
    table.to_string()
}

pub(super) fn threads(rows: &[threads::Row]) -> String {
    let mut table =
        Table::new(["tokens", "one engine, requests/s", "two engines, requests/s", "ratio", "range"]);
    for row in rows {
        table.row([
            row.tokens.to_string(),
            format!("{:.0}", row.one_engine.median),
            format!("{:.0}", row.two_engines.median),
            ratio(row.ratio.median),
            range(row.ratio),
        ]);
    }
    table.to_string()
}

pub(super) fn cold(rows: &[cold::Row]) -> String {
    let mut table = Table::new([
        "server",
        "listens after ms",
        "first request ms",
        "good token refused at first",
        "second request ms",
    ]);
    for row in rows {
        table.row([
            row.server.clone(),
            format!("{:.1}", row.start_milliseconds.median),
            format!("{:.2}", row.first_request_milliseconds.median),
            format!("{} of {}", row.first_requests_refused, row.rounds),
            format!("{:.2}", row.second_request_milliseconds.median),
        ]);
    }
    table.to_string()
}

pub(super) fn beyond(results: &beyond::Results) -> String {
    let mut table = Table::new(["what", "ns", "beside", "ns", "×", "range"]);
    for row in &results.rows {
        table.row([
            row.what.clone(),
            format!("{:.0}", row.nanoseconds.median),
            row.floor.clone(),
            format!("{:.0}", row.floor_nanoseconds.median),
            ratio(row.times_floor.median),
            range(row.times_floor),
        ]);
    }
    format!(
        "{table}\nThe replay store of one process takes {} MiB with {} live proofs: {:.0} bytes each.\n",
        mebibytes(results.replay_bytes as f64),
        results.replay_entries,
        results.replay_bytes as f64 / results.replay_entries as f64,
    )
}

pub(super) fn express(results: &express::Results) -> String {
    let mut text = listed(&results.versions);
    for part in &results.parts {
        for (scenario, what) in
            [(Scenario::Repeated, "the same token repeated"), (Scenario::New, "every token new")]
        {
            text += &format!("\n### {}, {what}\n\n", part.algorithm.name());
            text += &self::throughput(&part.throughput, scenario);
        }
        text += &format!("\n### {}, the event loop\n\n", part.algorithm.name());
        text += &stalls(&part.throughput);
    }
    text += "\n### Memory after many tokens\n\n";
    text += &memory(&results.memory);
    text
}

pub(super) fn frameworks(results: &frameworks::Results) -> String {
    let mut text = listed(&results.versions);
    for (scenario, what) in
        [(Scenario::Repeated, "The same token repeated"), (Scenario::New, "Every token new")]
    {
        text += &format!("\n### {what}\n\n");
        text += &self::throughput(&results.throughput, scenario);
    }
    text
}

fn listed(versions: &[(String, String)]) -> String {
    let versions: Vec<String> = versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    format!("{}.\n", versions.join(", "))
}

fn stalls(throughput: &Throughput) -> String {
    let mut table =
        Table::new(["server", "longest stall ms, repeated", "range", "longest stall ms, new", "range"]);
    let of = |server: &str, scenario| {
        let row = throughput.rows.iter().find(|row| row.server == server && row.scenario == scenario)?;
        row.stall_milliseconds
    };
    for row in throughput.rows.iter().filter(|row| row.scenario == Scenario::Repeated) {
        let (Some(repeated), Some(new)) = (row.stall_milliseconds, of(&row.server, Scenario::New)) else {
            continue;
        };
        table.row([
            row.server.clone(),
            format!("{:.1}", repeated.median),
            range(repeated),
            format!("{:.1}", new.median),
            range(new),
        ]);
    }
    table.to_string()
}

fn memory(memory: &express::Memory) -> String {
    let mut table = Table::new(["server", "resident MiB before", "after", "growth"]);
    for row in &memory.rows {
        table.row([
            row.server.clone(),
            mebibytes(row.before_bytes),
            mebibytes(row.after_bytes),
            mebibytes(row.after_bytes - row.before_bytes),
        ]);
    }
    format!(
        "{table}\n{} distinct tokens, after garbage collection. Bearward remembers at most {} of them in at most {} MiB.\n",
        memory.tokens,
        memory.max_tokens,
        memory.max_bytes / (1024 * 1024),
    )
}

fn mebibytes(bytes: f64) -> String {
    format!("{:.1}", bytes / (1024.0 * 1024.0))
}

/// A ratio with the digits that mean something.
pub(super) fn ratio(value: f64) -> String {
    // What three digits round to 0.100 is 0.10.
    if value < 0.0995 { format!("{value:.3}") } else { format!("{value:.2}") }
}

pub(super) fn with_range(rounds: Rounds) -> String {
    format!("{} ({})", ratio(rounds.median), range(rounds))
}

fn range(rounds: Rounds) -> String {
    format!("{}–{}", ratio(rounds.lowest), ratio(rounds.highest))
}

#[cfg(test)]
mod tests {
    use super::ratio;

    #[test]
    fn a_ratio_has_two_digits_that_mean_something() {
        let ratios = [0.0049, 0.0994, 0.0996, 0.1, 0.925, 1.0, 12.345].map(ratio);
        assert_eq!(ratios, ["0.005", "0.099", "0.10", "0.10", "0.93", "1.00", "12.35"]);
    }
}
