//! Filling lookup tables on ARMv7-M and ARMv8-M mainline (Cortex-M3, M4, M7, M33): three entries an addition.
#![allow(unsafe_code)]

use crate::arch::assembly::arm_triples::{next, three_triples, triple};
use crate::lut::types::Table;
use core::arch::naked_asm;

/// Nine words of three entries and one that no weight reaches, four words at a time: `word + f * x * 0x010101` makes
/// three entries at once, since none of their sums leaves its byte.
///
/// Safety: `inputs` must be valid for reading `4 * count` numbers, `tables` for writing `count`, and `count` not 0.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn fill_tables(inputs: *const i8, tables: *mut Table, count: usize) {
    naked_asm!(
        "push {{r4-r9, lr}}",
        // r8: 128 in each of three bytes. r9: the end of the inputs.
        "movw r8, #0x8080",
        "movt r8, #0x80",
        "add r9, r0, r2, lsl #2",
        "2:",
        "ldrsb r2, [r0, #1]",
        "ldrsb r3, [r0, #2]",
        "ldrsb r7, [r0, #3]",
        "ldrsb r5, [r0], #4",
        // r2, r3, r7: x1, x2, x3 in each of three bytes.
        "add r12, r2, r2, lsl #8",
        "add r2, r12, r2, lsl #16",
        "add r12, r3, r3, lsl #8",
        "add r3, r12, r3, lsl #16",
        "add r12, r7, r7, lsl #8",
        "add r7, r12, r7, lsl #16",
        // r4: the entries 0, 1, 2: 128 - x1 - x2 - x3 with -x0, 0, x0.
        "rsb r4, r5, r5, lsl #16",
        "add r4, r4, r8",
        "subs r4, r4, r2",
        "subs r4, r4, r3",
        "subs r4, r4, r7",
        "adds r5, r4, r2",
        "adds r6, r5, r2",
        // r7: from the last field of x2 to the first of the next of x3.
        "sub r7, r7, r3, lsl #1",
        three_triples!(),
        "adds r1, #16",
        next!("r7"),
        three_triples!(),
        "adds r1, #16",
        next!("r7"),
        triple!(),
        next!("r3"),
        triple!(),
        next!("r3"),
        "stm r1!, {{r4-r6}}",
        "cmp r0, r9",
        "bne 2b",
        "pop {{r4-r9, pc}}",
    )
}
