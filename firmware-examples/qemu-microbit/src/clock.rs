//! A free-running clock: TIMER0.

use nrf51_pac::TIMER0;

/// 16 MHz by 2^4 are microseconds.
const PRESCALER: u8 = 4;

/// Counts microseconds in 32 bits.
pub struct Clock(TIMER0);

impl Clock {
    pub(crate) fn new(timer: TIMER0) -> Self {
        timer.mode.write(|w| w.mode().timer());
        timer.bitmode.write(|w| w.bitmode()._32bit());
        // SAFETY: 0 to 9 are valid.
        timer
            .prescaler
            .write(|w| unsafe { w.prescaler().bits(PRESCALER) });
        // SAFETY: a task starts when 1 is written.
        timer.tasks_start.write(|w| unsafe { w.bits(1) });
        Self(timer)
    }

    /// Microseconds since the start, modulo 2^32.
    pub fn now(&self) -> u32 {
        // SAFETY: a task starts when 1 is written; this one copies the counter to its register.
        self.0.tasks_capture[0].write(|w| unsafe { w.bits(1) });
        self.0.cc[0].read().bits()
    }
}
