//! How deep the stack gets: it is painted, and what lost its paint was used.

use core::ptr::{read_volatile, write_volatile};

const PAINT: u32 = 0xA5A5_A5A5;
/// What a call of these functions may itself take below its caller.
const MARGIN: usize = 256;

unsafe extern "C" {
    /// The lowest word of the stack, by the linker script.
    static mut _stack_low: u32;
}

/// The address of a local variable: where the stack is now, or a little below.
#[inline(never)]
fn here() -> usize {
    let mark = 0u32;
    core::hint::black_box(&raw const mark) as usize
}

/// Paints all of the stack below the caller.
#[inline(never)]
pub fn paint() {
    let mut word = &raw mut _stack_low;
    while (word as usize) < here() - MARGIN {
        // SAFETY: aligned, in the stack's region, below what is in use.
        unsafe {
            write_volatile(word, PAINT);
            word = word.add(1);
        }
    }
}

/// Bytes of the stack that were used below the caller since it called [`paint`], to within the margin painting leaves.
///
/// # Panics
/// When the stack is not in its region.
#[inline(never)]
pub fn high_water() -> usize {
    let top = here();
    let mut word = &raw const _stack_low;
    assert!(top > word as usize, "the stack lies below its region");
    // SAFETY: aligned and in the stack's region.
    while (word as usize) < top && unsafe { read_volatile(word) } == PAINT {
        word = unsafe { word.add(1) };
    }
    top - word as usize
}
