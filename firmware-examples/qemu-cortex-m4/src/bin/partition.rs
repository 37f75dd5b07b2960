//! Chats with a model that is no part of this program: it lies in a partition of flash, A or else B.
#![no_std]
#![no_main]

use common::linked_partitions;
use common::model::ConstStaticCell;
use common::partition::{self, Memory};
use cortex_m_rt::entry;
use qemu_cortex_m4::{Log, exit};

/// 80 KB of the 128, and lookup tables for models up to 128 channels wide.
static MEMORY: ConstStaticCell<Memory<{ 80 * 1024 / 4 }, 33>> = ConstStaticCell::new(Memory::new());

#[entry]
fn main() -> ! {
    partition::run(&linked_partitions!(), &mut Log::new(), MEMORY.take());
    exit(0)
}
