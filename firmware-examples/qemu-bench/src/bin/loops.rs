//! Loops of known length between the two markers: what the counting tool is validated on.
//!
//! A turn takes two instructions; around them stand one that loads the number of turns and the jump to the end marker.
//! Each line of output is a number of turns, one a window.
#![no_std]
#![no_main]

use core::arch::asm;
use qemu_bench::{entry, exit, println, window_begin, window_end};

macro_rules! turns {
    ($($turns:literal),*) => {$(
        println!("{}", $turns);
        // SAFETY: the two functions only return; the loop touches nothing but the register it names.
        unsafe {
            #[cfg(target_arch = "arm")]
            asm!(
                "bl {begin}", "movs r4, {turns}", "2: subs r4, #1", "bne 2b", "bl {end}",
                begin = sym window_begin, end = sym window_end, turns = const $turns,
                out("r4") _, out("lr") _,
            );
            #[cfg(target_arch = "riscv32")]
            asm!(
                "jal {begin}", "li t1, {turns}", "2: addi t1, t1, -1", "bnez t1, 2b", "jal {end}",
                begin = sym window_begin, end = sym window_end, turns = const $turns,
                out("t1") _, out("ra") _,
            );
        }
    )*};
}

#[entry]
fn main() -> ! {
    turns!(1, 2, 3, 10, 100, 255);
    exit(0)
}
