//! The report for people.

use super::{Report, sections, targets};
use crate::curve::Axis;
use crate::http::Scenario;

/// The results alone, for the terminal.
pub(crate) fn results(report: &Report) -> String {
    let mut parts = vec![machine(report)];
    if let Some(targets) = targets::targets(report) {
        parts.push("## Targets\n".to_owned());
        parts.push(targets);
    }
    if let Some(rows) = &report.verify {
        parts.push("## One token, one core, no network\n".to_owned());
        parts.push(sections::verify(rows));
    }
    if let Some(results) = &report.refused {
        parts.push("## Refused requests, one core, no network\n".to_owned());
        parts.push(sections::refused(results));
    }
    if let Some(throughput) = &report.axum {
        parts.push("## Servers over loopback, the same token repeated\n".to_owned());
        parts.push(format!("Load: {}.\n", throughput.load_generator));
        parts.push(sections::throughput(throughput, Scenario::Repeated));
        parts.push("## Servers over loopback, every token new\n".to_owned());
        parts.push(sections::throughput(throughput, Scenario::New));
    }
    if let Some(throughput) = &report.adapters {
        parts.push("## Other Rust frameworks\n".to_owned());
        parts.push(sections::adapters(throughput));
    }
    if let Some(rows) = &report.curve {
        parts.push("## Cost curve\n".to_owned());
        for axis in [Axis::Tokens, Axis::TokensDefaultLimits, Axis::Issuers, Axis::Keys] {
            parts.push(sections::curve(rows, axis));
        }
    }
    if let Some(rows) = &report.threads {
        parts.push("## Two threads\n".to_owned());
        parts.push(sections::threads(rows));
    }
    if let Some(rows) = &report.cold {
        parts.push("## Start-up\n".to_owned());
        parts.push(sections::cold(rows));
    }
    if let Some(results) = &report.beyond {
        parts.push("## Beyond bearer tokens\n".to_owned());
        parts.push(sections::beyond(results));
    }
    if let Some(results) = &report.express {
        parts.push("## Express\n".to_owned());
        parts.push(sections::express(results));
    }
    if let Some(results) = &report.frameworks {
        parts.push("## Other Node.js frameworks\n".to_owned());
        parts.push(sections::frameworks(results));
    }
    parts.join("\n")
}

/// `docs/benchmarks.md`: the results, and how to read and repeat them.
pub(crate) fn page(report: &Report) -> String {
    format!("{PREFACE}\n{}", results(report))
}

fn machine(report: &Report) -> String {
    let machine = &report.machine;
    let versions: Vec<String> =
        machine.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let warning = "\n**A smoke run: too short for its numbers to mean anything.**\n";
    format!(
        "{}, {} cores, {}, {}.\n{}.\n{}",
        machine.cpu,
        machine.cores,
        machine.kernel,
        machine.compiler,
        versions.join(", "),
        if report.quick { warning } else { "" },
    )
}

const PREFACE: &str = "\
# Benchmarks

Written by `cargo xtask bench --markdown docs/benchmarks.md`. Compare ratios, not times: each ratio was
taken within one round, with the two sides measured one after the other on the same core, and what is
shown is the median over the rounds, with the lowest and the highest beside it.

- **One token**: CPU time of one thread. *raw* is the signature check alone, with a parsed key and the
  signature's bytes at hand; everything else is measured from the token's text to the validated claims.
  `jsonwebtoken` has its key prepared and does not have to find it. *new* means never seen before.
- **Refused**: CPU time of one thread, from a request's headers to the decision. *× good* is to a good token of the
  same algorithm that was not seen before, *× good, 16 KiB* to one that is as long as a token may be: the bytes of a
  long token are decoded and hashed whether it is good or not. For DPoP, token and answer are in hand, and the proof is
  compared with a good proof.
- **Servers**: one core for the server, another for the load generator, a fresh process for each round,
  checked first for letting in a good token and refusing a forged, an expired and a misdirected one.
  Each peer is set up as its documentation advises, on the framework version it supports, with the fastest
  cryptography it offers, and compared with the same version unprotected. *CPU* is the server's own time,
  user and system; *busy* is the share of the run it was on its core: well under 100 %, the load generator
  or another program was the limit, and the throughput ratio flatters. Judge by the worse of the two.
  *+ empty middleware* is axum with a layer that does nothing; *+ bare signature* has a layer that verifies the
  signature with the parsed key and looks at nothing else: no server that verifies signatures is faster.
- **Other Rust frameworks**: measured as the servers above are, each beside the same framework unprotected. Calls of gRPC are
  sent by the suite's own load generator, over eight connections of HTTP/2.
- **Cost curve**: each point is a process of its own. Resident memory is by how much it grew, the tokens that
  the benchmark holds not counted.
- **Two threads**: requests in a second of two threads on a core each, which share an engine or have one each. Tokens
  were seen before.
- **Express**: checked like the servers above. In each round all are started, warmed up until their code is
  compiled and their caches are full, and then take turns of a quarter of a second, the others held meanwhile.
  The *longest stall* is by how much a timer of the event loop came late at most while the load ran. Bearward
  copies the claims when they are first read, so it is shown with a handler that reads none and with one that does;
  the peers parse them always. *+ empty middleware* is what any protection costs at least, *+ bare signature* what one
  costs that checks a new token: the signature, by the same addon with a parsed key, and nothing else.
- **Other Node.js frameworks**: measured as Express is, each beside the same framework unprotected.
- **Start-up**: from the start of the process to the first answer, then the first two requests with a good token.
";
