//! A beat at fixed times: one that comes late does not move those after it.

/// Keeps a beat by any free-running clock of 32 bits that is asked often enough; its unit is the clock's tick.
#[derive(Clone, Debug)]
pub struct Beat {
    period: u32,
    next: u32,
    beats: u32,
    latest: u32,
}

impl Beat {
    /// A beat each `period` ticks from `now` on.
    pub const fn new(now: u32, period: u32) -> Self {
        Self {
            period,
            next: now.wrapping_add(period),
            beats: 0,
            latest: 0,
        }
    }

    /// Whether it is time for the next beat. Ask until it is not: after a long pause several are due.
    pub fn due(&mut self, now: u32) -> bool {
        let late = now.wrapping_sub(self.next);
        if late > u32::MAX / 2 {
            return false;
        }
        self.next = self.next.wrapping_add(self.period);
        self.beats += 1;
        self.latest = self.latest.max(late);
        true
    }

    /// How many beats there were.
    pub const fn beats(&self) -> u32 {
        self.beats
    }

    /// How late the latest beat came, in ticks.
    pub const fn latest(&self) -> u32 {
        self.latest
    }

    /// Whether each beat came before half of the next period was over: an eye sees an even beat.
    pub const fn kept(&self) -> bool {
        self.latest < self.period / 2
    }
}
