//! Filling lookup tables on ARMv6-M (Cortex-M0, M0+, M1): three entries an addition.
//!
//! With the feature `ram-kernel` this function lies among the variables, which the start-up code copies to RAM.
#![allow(unsafe_code)]

use crate::arch::assembly::arm_triples::{next, three_triples, triple};
use crate::lut::types::Table;
use core::arch::naked_asm;

/// Nine words of three entries and one that no weight reaches, four words at a time: `word + f * x * 0x010101` makes
/// three entries at once, since none of their sums leaves its byte.
///
/// Safety: `inputs` must be valid for reading `4 * count` numbers, `tables` for writing `count`, and `count` not 0.
#[unsafe(naked)]
#[cfg_attr(feature = "ram-kernel", unsafe(link_section = ".data.ram_kernel"))]
pub(crate) unsafe extern "C" fn fill_tables(inputs: *const i8, tables: *mut Table, count: usize) {
    naked_asm!(
        "push {{r4-r7, lr}}",
        "mov r4, r8",
        "mov r5, r9",
        "push {{r4, r5}}",
        // r8: 128 in each of three bytes. r9: the end of the inputs.
        "movs r3, #128",
        "lsls r4, r3, #8",
        "adds r3, r3, r4",
        "lsls r4, r4, #8",
        "adds r3, r3, r4",
        "mov r8, r3",
        "lsls r2, r2, #2",
        "adds r2, r0, r2",
        "mov r9, r2",
        "2:",
        "movs r2, #1",
        "ldrsb r2, [r0, r2]",
        "movs r3, #2",
        "ldrsb r3, [r0, r3]",
        "movs r7, #3",
        "ldrsb r7, [r0, r7]",
        // r2, r3, r7: x1, x2, x3 in each of three bytes.
        "lsls r4, r2, #8",
        "adds r2, r2, r4",
        "lsls r4, r4, #8",
        "adds r2, r2, r4",
        "lsls r4, r3, #8",
        "adds r3, r3, r4",
        "lsls r4, r4, #8",
        "adds r3, r3, r4",
        "lsls r4, r7, #8",
        "adds r7, r7, r4",
        "lsls r4, r4, #8",
        "adds r7, r7, r4",
        // r4: the entries 0, 1, 2: 128 - x1 - x2 - x3 with -x0, 0, x0.
        "movs r5, #0",
        "ldrsb r5, [r0, r5]",
        "lsls r4, r5, #16",
        "subs r4, r4, r5",
        "add r4, r8",
        "subs r4, r4, r2",
        "subs r4, r4, r3",
        "subs r4, r4, r7",
        "adds r5, r4, r2",
        "adds r6, r5, r2",
        // r7: from the last field of x2 to the first of the next of x3.
        "subs r7, r7, r3",
        "subs r7, r7, r3",
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
        "adds r0, #4",
        "cmp r0, r9",
        "bne 2b",
        "pop {{r4, r5}}",
        "mov r8, r4",
        "mov r9, r5",
        "pop {{r4-r7, pc}}",
    )
}
