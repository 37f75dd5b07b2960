//! QEMU's `virt` with an RV32I core: its model, its serial line and its clock.
#![no_std]

mod serial;

pub use semihosting::process::exit;
pub use serial::Serial;

use core::fmt::Write;
use formats::fit::Board;
use riscv as _;
use riscv_rt as _;

/// What this part is held to; memory.x tells the linker the same.
const BOARD: Board = Board {
    name: "QEMU virt, held to a small part",
    core: "RV32I",
    flash: 1024 * 1024,
    ram: 64 * 1024,
};

common::embed_model!(env!("MODEL_PATH"), BOARD);

/// The lower half of the machine timer.
const MTIME: *const u32 = 0x0200_BFF8 as *const u32;

/// Ticks of 10 MHz since the start, modulo 2^32.
pub fn now() -> u32 {
    // SAFETY: the address of a register of this machine, which may be read at any time.
    unsafe { MTIME.read_volatile() }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let _ = writeln!(Serial, "{info}");
    exit(101)
}

/// A multiply or divide ends here: this core has none.
#[unsafe(no_mangle)]
extern "C" fn ExceptionHandler(_: &riscv_rt::TrapFrame) -> ! {
    let (cause, at) = (
        riscv::register::mcause::read().bits(),
        riscv::register::mepc::read(),
    );
    let _ = writeln!(Serial, "trap: cause {cause} at {at:#010x}");
    exit(102)
}
