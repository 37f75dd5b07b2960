//! What the process has needed of the machine.

/// The most memory that the process has had at once, in bytes, where the system tells.
#[cfg(unix)]
pub fn peak_memory() -> Option<u64> {
    use nix::sys::resource::{UsageWho, getrusage};
    // A Mac counts bytes, other systems kilobytes.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    u64::try_from(usage.max_rss()).ok().map(|size| size * unit)
}

/// The most memory that the process has had at once, in bytes, where the system tells.
#[cfg(not(unix))]
pub fn peak_memory() -> Option<u64> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn memory_that_was_used_counts() {
        let used = vec![1u8; 64 << 20];
        assert!(used.iter().all(|&byte| byte == 1));
        let peak = peak_memory().unwrap();
        assert!((64 << 20..1 << 40).contains(&peak), "{peak}");
    }
}
