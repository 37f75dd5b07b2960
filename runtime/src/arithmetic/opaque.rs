//! A number of which the compiler must not know where it came from.
#![allow(unsafe_code)]

/// The same number, of which the compiler no longer knows where it came from: it would make a multiplication of a mask
/// that is all ones or all zeros, and of a count of turns.
#[cfg(assembly)]
#[inline(always)]
pub(super) fn opaque(mut mask: i32) -> i32 {
    // SAFETY: no instruction at all.
    unsafe {
        core::arch::asm!("/* {0} */", inout(reg) mask, options(pure, nomem, nostack, preserves_flags))
    };
    mask
}

/// The compiler of a host may see what a mask is, unless it says otherwise.
#[cfg(not(assembly))]
#[inline(always)]
pub(super) const fn opaque(mask: i32) -> i32 {
    mask
}
