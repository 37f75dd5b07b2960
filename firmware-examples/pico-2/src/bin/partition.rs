//! Chats with a model that is no part of this program: it lies in a partition of flash, A or else B.
#![no_std]
#![no_main]

use common::linked_partitions;
use common::model::ConstStaticCell;
use common::partition::{self, Memory};
use cortex_m_rt::entry;
use pico_2::{Pico2, rest};

/// 400 KB of the 520, and lookup tables for models up to 128 channels wide.
static MEMORY: ConstStaticCell<Memory<{ 400 * 1024 / 4 }, 33>> =
    ConstStaticCell::new(Memory::new());

#[entry]
fn main() -> ! {
    let mut serial = Pico2::take().serial;
    partition::run(&linked_partitions!(), &mut serial, MEMORY.take());
    rest()
}
