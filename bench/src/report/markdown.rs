//! The report for people.

use super::{Chart, Report, sections, targets};
use crate::curve::Axis;
use crate::http::Scenario;
use crate::options::Part;

/// From here on, the page is written by hand and stays as it is.
const NOTES: &str = "<!-- By hand from here on: the benchmark keeps it. -->";

/// The results alone, for the terminal.
pub(crate) fn results(report: &Report) -> String {
    Sections { report, charts: None, parts: vec![machine(report)] }.all()
}

/// `docs/benchmarks.md`: the results, and how to read and repeat them. `charts` is the directory with the pictures, as
/// the page names it; `old` is the page as it was.
pub(crate) fn page(report: &Report, charts: &str, old: &str) -> String {
    let results = Sections { report, charts: Some(charts), parts: vec![machine(report)] }.all();
    let notes = old.find(NOTES).map_or(String::new(), |at| format!("\n{}", &old[at..]));
    format!("{PREFACE}\n{results}{notes}")
}

/// The sections so far.
struct Sections<'a> {
    report: &'a Report,
    charts: Option<&'a str>,
    parts: Vec<String>,
}

impl Sections<'_> {
    fn all(mut self) -> String {
        let report = self.report;
        if let Some(targets) = targets::targets(report) {
            self.parts.push(format!("## Targets\n\n{targets}"));
        }
        if let Some(rows) = &report.verify {
            self.section(Part::Verify, "One token, one core, no network", &[Chart::OneToken]);
            self.parts.push(sections::verify(rows));
        }
        if let Some(results) = &report.refused {
            self.section(Part::Refused, "Refused requests, one core, no network", &[]);
            self.parts.push(sections::refused(results));
        }
        if let Some(throughput) = &report.axum {
            self.section(Part::Axum, "Servers over loopback, the same token repeated", &[Chart::Axum]);
            self.parts.push(format!("Load: {}.\n", throughput.load_generator));
            self.parts.push(sections::throughput(throughput, Scenario::Repeated));
            self.section(Part::Axum, "Servers over loopback, every token new", &[]);
            self.parts.push(sections::throughput(throughput, Scenario::New));
        }
        if let Some(throughput) = &report.adapters {
            self.section(Part::Adapters, "Other Rust frameworks", &[Chart::Adapters]);
            self.parts.push(sections::adapters(throughput));
        }
        if let Some(rows) = &report.curve {
            self.section(Part::Curve, "Cost curve", &[Chart::Curve]);
            for axis in [Axis::Tokens, Axis::TokensDefaultLimits, Axis::Issuers, Axis::Keys] {
                self.parts.push(sections::curve(rows, axis));
            }
        }
        if let Some(rows) = &report.threads {
            self.section(Part::Threads, "Two threads", &[]);
            self.parts.push(sections::threads(rows));
        }
        if let Some(rows) = &report.cold {
            self.section(Part::Cold, "Start-up", &[]);
            self.parts.push(sections::cold(rows));
        }
        if let Some(results) = &report.beyond {
            self.section(Part::Beyond, "Beyond bearer tokens", &[]);
            self.parts.push(sections::beyond(results));
        }
        if let Some(results) = &report.express {
            self.section(Part::Express, "Express", &[Chart::ExpressRs256, Chart::ExpressEs256]);
            self.parts.push(sections::express(results));
        }
        if let Some(results) = &report.frameworks {
            self.section(Part::Frameworks, "Other Node.js frameworks", &[Chart::Frameworks]);
            self.parts.push(sections::frameworks(results));
        }
        self.parts.join("\n")
    }

    fn section(&mut self, part: Part, heading: &str, charts: &[Chart]) {
        self.parts.push(format!("## {heading}\n"));
        if self.report.is_smoke(part) {
            self.parts.push("**A smoke run: too short for its numbers to mean much.**\n".to_owned());
        }
        let Some(directory) = self.charts else { return };
        for chart in charts.iter().filter(|chart| chart.draw(self.report).is_some()) {
            let (title, file) = (chart.title(), chart.file());
            self.parts
                .push(format!("![Chart: {title}. The tables below have its numbers.]({directory}/{file})\n"));
        }
    }
}

fn machine(report: &Report) -> String {
    let machine = &report.machine;
    let versions: Vec<String> =
        machine.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    format!(
        "{}, {} cores, {}, {}.\n{}.\n",
        machine.cpu,
        machine.cores,
        machine.kernel,
        machine.compiler,
        versions.join(", "),
    )
}

const PREFACE: &str = "\
# Benchmarks

Written by `cargo xtask bench --markdown docs/benchmarks.md`. Compare ratios, not times: each ratio was
taken within one round, with the two sides measured one after the other on the same core, and what is
shown is the median over the rounds, with the lowest and the highest beside it. The charts show numbers of the
tables: a bar is a median, and the line across its end goes from the lowest to the highest.

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

#[cfg(test)]
mod tests {
    use super::{NOTES, page, results};
    use crate::options::Part;
    use crate::report::Report;

    fn small() -> Report {
        serde_json::from_str(include_str!("small.json")).unwrap()
    }

    #[test]
    fn the_page_shows_the_chart_of_each_part_that_was_measured() {
        let page = page(&small(), "charts", "");
        let shown: Vec<_> =
            page.lines().filter_map(|line| line.split_once("](")?.1.strip_suffix(')')).collect();
        let files = ["one-token.svg", "axum.svg", "curve.svg", "express-rs256.svg"];
        assert_eq!(shown, files.map(|file| format!("charts/{file}")));
        assert!(!results(&small()).contains(".svg"), "a terminal shows no pictures");
    }

    #[test]
    fn what_was_written_by_hand_stays() {
        let by_hand = format!("{NOTES}\n\n## Why\n\nBecause.\n");
        let first = page(&small(), "charts", &format!("# Old numbers\n\n{by_hand}"));
        assert!(first.ends_with(&format!("\n\n{by_hand}")) && !first.contains("Old numbers"));
        assert_eq!(page(&small(), "charts", &first), first);
    }

    #[test]
    fn a_part_of_a_smoke_run_says_so_and_no_other() {
        let mut report = small();
        assert!(!results(&report).contains("smoke"));
        let mut smoke = report.runs[0].clone();
        smoke.quick = true;
        smoke.parts = vec![Part::Curve];
        report.runs[0].parts.retain(|part| *part != Part::Curve);
        report.runs.push(smoke);
        let results = results(&report);
        assert_eq!(results.matches("smoke").count(), 1);
        assert!(results.contains("## Cost curve\n\n**A smoke run"));
    }
}
