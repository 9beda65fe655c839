//! How much of everything is measured.

use serde::{Deserialize, Serialize};

/// The sizes of a run; they are part of the report.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// Distinct tokens per algorithm in `verify`.
    pub(crate) verify_tokens: usize,
    /// How often the repeated token is verified per round.
    pub(crate) verify_repeats: usize,
    pub(crate) verify_rounds: usize,
    /// Distinct good tokens per algorithm beside which refused ones are measured.
    pub(crate) refused_tokens: usize,
    pub(crate) refused_rounds: usize,
    /// Requests that wait for one fetch.
    pub(crate) refused_waiting: usize,
    /// Distinct tokens for the servers; each server process sees each of them once at most.
    pub(crate) http_tokens: usize,
    pub(crate) http_rounds: usize,
    /// Whole seconds, for `wrk` knows no others.
    pub(crate) http_warmup_seconds: u64,
    pub(crate) http_seconds: u64,
    pub(crate) http_connections: usize,
    /// Points of the cost curve, each axis.
    pub(crate) curve_tokens: Vec<usize>,
    pub(crate) curve_issuers: Vec<usize>,
    pub(crate) curve_keys: Vec<usize>,
    pub(crate) curve_rounds: usize,
    /// Tokens that two threads present.
    pub(crate) threads_tokens: Vec<usize>,
    pub(crate) threads_rounds: usize,
    pub(crate) threads_milliseconds: u64,
    pub(crate) cold_rounds: usize,
    /// Requests per round with a proof each.
    pub(crate) beyond_proofs: usize,
    /// Live proofs whose memory is looked at.
    pub(crate) beyond_replay_entries: usize,
    /// Distinct tokens per algorithm for the Express servers; each process sees each of them once at most.
    pub(crate) express_tokens: usize,
    /// Distinct tokens for their warm-up: more than any cache here holds.
    pub(crate) express_warmup_tokens: usize,
    pub(crate) express: Turns,
    /// Distinct tokens after which their memory is looked at.
    pub(crate) express_memory_tokens: usize,
}

/// How often servers that take turns are measured, and for how long.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Turns {
    pub(crate) rounds: usize,
    /// Of each server in a round.
    pub(crate) turns: usize,
    pub(crate) turn_milliseconds: u64,
    pub(crate) warmup_seconds: u64,
}

impl Plan {
    /// What the published numbers are made with: some thirty minutes.
    pub(crate) fn full() -> Self {
        Self {
            verify_tokens: 4_000,
            verify_repeats: 20_000,
            verify_rounds: 9,
            refused_tokens: 300,
            refused_rounds: 9,
            refused_waiting: 2_000,
            http_tokens: 120_000,
            http_rounds: 5,
            http_warmup_seconds: 1,
            http_seconds: 2,
            http_connections: 64,
            curve_tokens: vec![1, 10, 100, 1_000, 10_000, 100_000],
            curve_issuers: vec![1, 10, 100, 1_000, 10_000],
            curve_keys: vec![1, 3, 10, 30, 100],
            curve_rounds: 5,
            threads_tokens: vec![1, 1_000],
            threads_rounds: 9,
            threads_milliseconds: 500,
            cold_rounds: 15,
            beyond_proofs: 2_000,
            beyond_replay_entries: 1_000_000,
            express_tokens: 40_000,
            express_warmup_tokens: 30_000,
            express: Turns { rounds: 3, turns: 10, turn_milliseconds: 250, warmup_seconds: 3 },
            express_memory_tokens: 100_000,
        }
    }

    /// Everything once, to see that it works; its numbers mean little.
    pub(crate) fn quick() -> Self {
        Self {
            verify_tokens: 300,
            verify_repeats: 1_000,
            verify_rounds: 3,
            refused_tokens: 60,
            refused_rounds: 3,
            refused_waiting: 2_000,
            http_tokens: 60_000,
            http_rounds: 1,
            http_warmup_seconds: 1,
            http_seconds: 1,
            http_connections: 64,
            curve_tokens: vec![1, 1_000, 10_000],
            curve_issuers: vec![1, 1_000],
            curve_keys: vec![1, 100],
            curve_rounds: 2,
            threads_tokens: vec![1, 1_000],
            threads_rounds: 3,
            threads_milliseconds: 200,
            cold_rounds: 3,
            beyond_proofs: 200,
            beyond_replay_entries: 100_000,
            express_tokens: 15_000,
            express_warmup_tokens: 2_000,
            express: Turns { rounds: 1, turns: 5, turn_milliseconds: 200, warmup_seconds: 1 },
            express_memory_tokens: 20_000,
        }
    }
}
