//! What the kernel says about a process: the CPU time it used and the memory it holds.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::param::{clock_ticks_per_second, page_size};

/// CPU time, user and system, of all threads of `pid` so far.
///
/// `schedstat` counts nanoseconds; kernels without it are asked for `stat`, in ticks of mostly 10 ms.
pub(crate) fn cpu_time(pid: u32) -> Result<Duration> {
    match nanoseconds_of_threads(pid) {
        Some(nanoseconds) => Ok(Duration::from_nanos(nanoseconds)),
        None => ticks(pid),
    }
}

/// Resident memory of this process in bytes.
pub(crate) fn resident_bytes() -> Result<u64> {
    let pages = fs::read_to_string("/proc/self/statm")?;
    let pages = pages.split(' ').nth(1).context("/proc/self/statm has no second field")?;
    Ok(pages.parse::<u64>()? * page_size() as u64)
}

fn nanoseconds_of_threads(pid: u32) -> Option<u64> {
    let mut sum = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task")).ok()? {
        let statistics = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        sum += statistics.split(' ').next()?.parse::<u64>().ok()?;
    }
    Some(sum)
}

fn ticks(pid: u32) -> Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let statistics = fs::read_to_string(&path).with_context(|| path.clone())?;
    // The second field is the program's name in parentheses and may itself hold spaces.
    let after_name = statistics.rsplit(')').next().with_context(|| path.clone())?;
    let mut fields = after_name.split_whitespace().skip(11);
    let mut next = || -> Result<u64> { Ok(fields.next().with_context(|| path.clone())?.parse()?) };
    let ticks = next()? + next()?;
    Ok(Duration::from_secs_f64(ticks as f64 / clock_ticks_per_second() as f64))
}

#[cfg(test)]
mod tests {
    use super::{cpu_time, resident_bytes, ticks};

    #[test]
    fn both_clocks_run() {
        let pid = std::process::id();
        while ticks(pid).unwrap().is_zero() {
            std::hint::spin_loop();
        }
        assert!(!cpu_time(pid).unwrap().is_zero());
    }

    #[test]
    fn a_process_holds_memory() {
        assert!(resident_bytes().unwrap() > 100_000);
    }
}
