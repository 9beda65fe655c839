//! The clock for work in one thread.

use anyhow::Result;
use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds of this thread's CPU time per operation, of which `work` does so many.
///
/// CPU time and not the clock on the wall: other programs on the machine disturb it least.
pub(crate) fn nanoseconds_each(operations: usize, work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let clock = || {
        let now = clock_gettime(ClockId::ThreadCPUTime);
        now.tv_sec as f64 * 1e9 + now.tv_nsec as f64
    };
    let start = clock();
    work()?;
    Ok((clock() - start) / operations as f64)
}
