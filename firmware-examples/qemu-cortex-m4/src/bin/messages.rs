//! Sends what is typed as a packet, and shows a packet as text.
#![no_std]
#![no_main]

use common::messages::{self, Clock};
use cortex_m_rt::entry;
use qemu_cortex_m4 as board;
use qemu_cortex_m4::{Log, engine, exit};

#[entry]
fn main() -> ! {
    let clock = board::Clock::take();
    let clock = Clock {
        now: || clock.now(),
        ticks: 1,
    };
    messages::run(engine(), &mut Log::new(), &clock);
    exit(0)
}
