//! What the images share: start-up, the end, and the two instructions between which `tests` counts.
#![no_std]

pub mod stack;

#[cfg(target_arch = "arm")]
use {cortex_m as _, cortex_m_rt as _};
#[cfg(target_arch = "riscv32")]
use {riscv as _, riscv_rt as _};

#[cfg(target_arch = "arm")]
pub use cortex_m_rt::entry;
#[cfg(target_arch = "riscv32")]
pub use riscv_rt::entry;
pub use semihosting::{print, println, process::exit};

/// The model file that the tool chose when it built this.
pub static MODEL_FILE: &[u8] = include_bytes!(env!("MODEL_PATH"));

#[cfg(target_arch = "arm")]
macro_rules! return_instruction {
    () => {
        "bx lr"
    };
}
#[cfg(target_arch = "riscv32")]
macro_rules! return_instruction {
    () => {
        "ret"
    };
}

/// Opens a window of counted instructions. A function of one instruction, which is not counted.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub extern "C" fn window_begin() {
    core::arch::naked_asm!(return_instruction!())
}

/// Closes the window. Neither is this instruction counted; the jump to it is.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub extern "C" fn window_end() {
    core::arch::naked_asm!(return_instruction!())
}

/// A decimal number of the build's environment.
///
/// # Panics
/// When it is none: the build fails.
pub const fn number(text: &str) -> usize {
    match usize::from_str_radix(text, 10) {
        Ok(number) => number,
        Err(_) => panic!("not a number"),
    }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    println!("{info}");
    exit(101)
}
