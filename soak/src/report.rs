//! What is printed on the way and at the end.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use bearward_issuer::{Endpoint, RunningIssuer};

use crate::options::Options;
use crate::process::{Api, Usage};
use crate::tally::{Counts, GRACE, Tally};

pub(crate) struct Report {
    started: Instant,
    /// At the start of the run.
    first: Usage,
    /// At the latest look.
    last: Usage,
    most_descriptors: usize,
    api_ended: bool,
}

impl Report {
    pub(crate) fn begin(options: &Options, started: Instant, api: &Api) -> Self {
        let first = api.usage().unwrap_or_default();
        let duration = options.duration();
        println!("{} clients for {}; Ctrl-C ends it sooner", options.clients, shown(duration));
        println!(
            "{:>7} {:>9} {:>7} {:>5} {:>8} {:>5} {:>7} {:>9}  {:>8} {:>8}",
            "time", "accepted", "delayed", "lost", "refused", "fds", "memory", "log", "p50", "p99"
        );
        Self { started, first, last: first, most_descriptors: first.descriptors, api_ended: false }
    }

    pub(crate) fn progress(&mut self, api: &Api, tally: &Tally) {
        self.look(api);
        let Counts { accepted, delayed, lost, refused, known, .. } = tally.counts();
        println!(
            "{:>7} {accepted:>9} {delayed:>7} {lost:>5} {refused:>8} {:>5} {:>7} {:>9}  {:>8} {:>8}",
            shown(self.started.elapsed()),
            self.last.descriptors,
            bytes(self.last.resident),
            bytes(api.log().bytes),
            format!("{:.1?}", known.quantile(0.5)),
            format!("{:.1?}", known.quantile(0.99)),
        );
    }

    /// Whether the API still runs.
    pub(crate) fn api_lives(&mut self, api: &mut Api) -> bool {
        self.api_ended = !api.lives();
        !self.api_ended
    }

    /// Prints the summary. Success is that no valid request was lost, no bad one let in, and the API alive.
    pub(crate) fn end(mut self, api: &Api, issuer: &RunningIssuer, tally: &Tally) -> ExitCode {
        self.look(api);
        let (counts, log, took) = (tally.counts(), api.log(), self.started.elapsed());
        let answered =
            counts.accepted + counts.delayed + counts.refused + counts.lost + counts.odd + counts.let_in;
        println!();
        println!(
            "after {}, {answered} answers ({:.0} a second)",
            shown(took),
            answered as f64 / took.as_secs_f64()
        );
        println!(
            "valid requests     {} accepted, {} delayed (503 while a new key could not be had; {} after it could, at the longest), {} lost",
            counts.accepted,
            counts.delayed,
            shown(counts.longest_delay),
            counts.lost
        );
        println!(
            "bad requests       {} refused, {} let in, {} answered in another way",
            counts.refused, counts.let_in, counts.odd
        );
        println!("connections        {} hung up, {} refused", counts.hung_up, counts.not_connected);
        println!(
            "latency            known key p50 {:.1?}, p99 {:.1?}; all others p50 {:.1?}, p99 {:.1?}",
            counts.known.quantile(0.5),
            counts.known.quantile(0.99),
            counts.others.quantile(0.5),
            counts.others.quantile(0.99)
        );
        println!(
            "memory             {} at the start, {} at the end, {} at most",
            bytes(self.first.resident),
            bytes(self.last.resident),
            bytes(self.last.peak)
        );
        println!(
            "descriptors        {} at the start, {} at the end, {} at most seen",
            self.first.descriptors, self.last.descriptors, self.most_descriptors
        );
        println!(
            "fetches            {} of key sets, {} of metadata",
            issuer.requests(Endpoint::Jwks),
            issuer.requests(Endpoint::Metadata)
        );
        println!(
            "log                {} in {} lines ({:.1} a second)",
            bytes(log.bytes),
            log.lines,
            log.lines as f64 / took.as_secs_f64()
        );
        for (code, lines) in &log.codes {
            println!("                   {lines:>7} {code}");
        }
        for loss in &counts.losses {
            println!("lost: {loss}");
        }
        if self.api_ended {
            println!("the API ended by itself");
        }
        let passed = counts.lost == 0 && counts.let_in == 0 && counts.odd == 0 && !self.api_ended;
        match passed {
            true => println!("passed: no valid request was lost (grace for a new key: {})", shown(GRACE)),
            false => println!("FAILED"),
        }
        if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn look(&mut self, api: &Api) {
        if let Some(usage) = api.usage() {
            self.last = usage;
            self.most_descriptors = self.most_descriptors.max(usage.descriptors);
        }
    }
}

fn shown(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds / 60 {
        0 => format!("{seconds} s"),
        minutes => format!("{minutes}:{:02} min", seconds % 60),
    }
}

fn bytes(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..10_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
