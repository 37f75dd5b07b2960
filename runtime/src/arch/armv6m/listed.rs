//! Products with inputs of which many groups are zero, on ARMv6-M: as in `matvec.rs`, with the groups that have a table.
//!
//! With the feature `ram-kernel` this function lies among the variables, which the start-up code copies to RAM.
#![allow(unsafe_code)]

use super::matvec::{high_from_low, row, tile, times_172, triple_less};
use crate::arch::assembly::job::Job;
use crate::lut::types::Table;
use core::arch::naked_asm;
use core::mem::offset_of;

/// Eight rows of one group whose place its table holds.
macro_rules! listed_tile {
    () => {
        concat!(
            "ldr r0, [r1, #{offset}]\nadd r0, r12\n",
            tile!(0, 1, 2, 3, 4, 5, 6, 7),
        )
    };
}

/// [`add_rows`](super::matvec::add_rows) for tables that hold the place of their group's tile in a row.
///
/// Safety: `job` must be one that [`listed_job`] made and whose slices are still borrowed.
#[unsafe(naked)]
#[cfg_attr(feature = "ram-kernel", unsafe(link_section = ".data.ram_kernel"))]
pub(crate) unsafe extern "C" fn add_listed_rows(job: &mut Job) {
    // As in `add_rows`, but r12: weights of this block, lr: end of the tables. The loop takes eight groups a turn; the first
    // turn begins where the rest of groups / 8 are left.
    // On the stack: job, distance to the next block, blocks left, where the first turn begins.
    naked_asm!(
        "push {{r4-r7, lr}}",
        "mov r4, r8",
        "mov r5, r9",
        "mov r6, r10",
        "mov r7, r11",
        "push {{r4-r7}}",
        "sub sp, #16",
        "str r0, [sp, #0]",
        "movs r3, #8",
        "str r3, [sp, #4]",
        "ldr r3, [r0, #{blocks}]",
        "str r3, [sp, #8]",
        "ldr r1, [r0, #{tables}]",
        "ldr r3, [r0, #{groups}]",
        times_172!("r6", "r3"),
        "mov lr, r6",
        // The first turn has k = (groups - 1) % 8 + 1 groups, 54 bytes of code each.
        "subs r3, r3, #1",
        "lsls r3, r3, #29",
        "lsrs r3, r3, #29",
        "adds r3, r3, #1",
        "lsls r4, r3, #1",
        "lsls r5, r3, #2",
        "adds r4, r4, r5",
        "lsls r5, r3, #4",
        "adds r4, r4, r5",
        "lsls r5, r3, #5",
        "adds r4, r4, r5",
        "ldr r5, 11f",
        "subs r5, r5, r4",
        "str r5, [sp, #12]",
        "ldr r3, [r0, #{weights}]",
        "mov r12, r3",
        "ldr r2, [r0, #{acc}]",

        "2:",
        "ldr r3, [r0, #{base}]",
        "cmp r3, #0",
        "beq 10f",
        "b 4f",
        "10:",
        "ldr r4, [r0, #{less}]",
        "movs r5, r4",
        "movs r6, r4",
        "movs r7, r4",
        high_from_low!(),
        "3:",
        "ldr r1, [r0, #{tables}]",
        "ldr r3, [sp, #12]",
        "mov pc, r3",
        ".p2align 2",
        "11: .word 7f",
        "6:",
        listed_tile!(),
        listed_tile!(),
        listed_tile!(),
        listed_tile!(),
        listed_tile!(),
        listed_tile!(),
        listed_tile!(),
        listed_tile!(),
        "7:",
        "cmp r1, lr",
        "beq 8f",
        "b 6b",
        "8:",
        "stm r2!, {{r4-r7}}",
        "mov r4, r8",
        "mov r5, r9",
        "mov r6, r10",
        "mov r7, r11",
        "stm r2!, {{r4-r7}}",
        "ldr r3, [sp, #8]",
        "subs r3, r3, #1",
        "str r3, [sp, #8]",
        "beq 9f",
        // 8 bytes to the second half of a row of tiles, the rest to the next.
        "ldr r3, [sp, #4]",
        "add r12, r3",
        "ldr r0, [sp, #0]",
        "ldr r4, [r0, #{stride}]",
        "subs r4, r4, r3",
        "str r4, [sp, #4]",
        "b 2b",
        "9:",
        "add sp, #16",
        "pop {{r4-r7}}",
        high_from_low!(),
        "pop {{r4-r7, pc}}",

        "4:",
        "adds r2, #16",
        "ldm r2!, {{r4-r7}}",
        "cmp r3, #2",
        "bne 5f",
        "ldr r3, [r0, #{less}]",
        triple_less!(),
        high_from_low!(),
        "subs r2, #32",
        "ldm r2!, {{r4-r7}}",
        triple_less!(),
        "subs r2, #16",
        "b 3b",
        "5:",
        high_from_low!(),
        "subs r2, #32",
        "ldm r2!, {{r4-r7}}",
        "subs r2, #16",
        "b 3b",
        weights = const offset_of!(Job, weights),
        tables = const offset_of!(Job, tables),
        groups = const offset_of!(Job, groups),
        acc = const offset_of!(Job, acc),
        blocks = const offset_of!(Job, blocks),
        stride = const offset_of!(Job, stride),
        base = const offset_of!(Job, base),
        less = const offset_of!(Job, less),
        offset = const Table::OFFSET,
    )
}
