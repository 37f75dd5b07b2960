//! Chats with a model that is no part of this program: it lies in a partition of flash, A or else B.
#![no_std]
#![no_main]

use common::linked_partitions;
use common::model::ConstStaticCell;
use common::partition::{self, Memory};
use qemu_riscv32i::{Serial, exit};
use riscv_rt::entry;

/// 48 KB of the 64, and lookup tables for models up to 128 channels wide.
static MEMORY: ConstStaticCell<Memory<{ 48 * 1024 / 4 }, 33>> = ConstStaticCell::new(Memory::new());

#[entry]
fn main() -> ! {
    partition::run(&linked_partitions!(), &mut Serial, MEMORY.take());
    exit(0)
}
