//! Milliseconds, counted by an interrupt of SysTick.

use core::sync::atomic::{AtomicU32, Ordering};
use cortex_m::Peripherals;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::exception;

/// The board's clock, in ticks a millisecond.
const TICKS: u32 = 25_000;

static MILLISECONDS: AtomicU32 = AtomicU32::new(0);

/// Counts milliseconds in 32 bits.
pub struct Clock(());

impl Clock {
    /// Starts the clock.
    ///
    /// # Panics
    /// The second time.
    pub fn take() -> Self {
        let Some(Peripherals { mut SYST, .. }) = Peripherals::take() else {
            panic!("the clock is taken already")
        };
        SYST.set_clock_source(SystClkSource::Core);
        SYST.set_reload(TICKS - 1);
        SYST.clear_current();
        SYST.enable_counter();
        SYST.enable_interrupt();
        Self(())
    }

    /// Milliseconds since the start, modulo 2^32.
    pub fn now(&self) -> u32 {
        MILLISECONDS.load(Ordering::Relaxed)
    }
}

#[exception]
fn SysTick() {
    MILLISECONDS.fetch_add(1, Ordering::Relaxed);
}
