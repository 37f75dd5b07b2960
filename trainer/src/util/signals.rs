//! Signals that ask for the end: work stops where nothing is lost.

use super::terminal::say;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

static STOP: AtomicBool = AtomicBool::new(false);

/// Becomes true at Ctrl-C, SIGTERM or SIGHUP. The second one ends the program at once, which loses nothing but the steps
/// since the last checkpoint. A signal that was ignored when the program started, as `nohup` has it, stays ignored.
pub fn stop_at_signals() -> &'static AtomicBool {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        if let Err(error) = system::listen() {
            say(format_args!(
                "note: signals will end the run without saving its last steps: {error}"
            ));
        }
    });
    &STOP
}

/// The first one asks, the second one ends.
fn received(signal: i32) {
    if STOP.swap(true, Ordering::Relaxed) {
        // What a shell reports of a program that a signal ended.
        std::process::exit(128 + signal);
    }
    say("\nstopping where nothing is lost; once more to stop at once");
}

#[cfg(unix)]
mod system {
    use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
    use signal_hook::iterator::Signals;
    use std::io;

    const ENDING: [Signal; 3] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];

    pub(super) fn listen() -> io::Result<()> {
        let heard = ENDING
            .into_iter()
            .filter_map(|signal| match is_ignored(signal) {
                Ok(true) => None,
                Ok(false) => Some(Ok(signal as i32)),
                Err(error) => Some(Err(error)),
            })
            .collect::<io::Result<Vec<i32>>>()?;
        let mut signals = Signals::new(heard)?;
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || signals.forever().for_each(super::received))?;
        Ok(())
    }

    /// Whether the parent of this process had it ignore `signal`. POSIX tells only whoever sets another action.
    #[allow(unsafe_code, reason = "sigaction(2)")]
    fn is_ignored(signal: Signal) -> io::Result<bool> {
        let ignore = SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty());
        // SAFETY: ignoring a signal runs no code of ours.
        let before = unsafe { sigaction(signal, &ignore) }?;
        if matches!(before.handler(), SigHandler::SigIgn) {
            return Ok(true);
        }
        // SAFETY: this is the action that the process had a moment ago.
        unsafe { sigaction(signal, &before) }?;
        Ok(false)
    }
}

#[cfg(not(unix))]
mod system {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use std::io;

    pub(super) fn listen() -> io::Result<()> {
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, flag())?;
            signal_hook::flag::register(signal, flag())?;
        }
        std::thread::spawn(|| {
            let flag = flag();
            while !flag.load(std::sync::atomic::Ordering::Relaxed) {
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
            super::received(SIGINT);
        });
        Ok(())
    }

    fn flag() -> std::sync::Arc<std::sync::atomic::AtomicBool> {
        use std::sync::{Arc, LazyLock, atomic::AtomicBool};
        static FLAG: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);
        FLAG.clone()
    }
}
