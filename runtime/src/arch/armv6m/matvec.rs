//! Products by lookup tables on ARMv6-M (Cortex-M0, M0+, M1): eight at a time in r4-r11.
//!
//! A byte of four weights costs three instructions: load the byte, load the sum, add. Compilers keep at most four sums
//! in registers on this core, whose instructions reach r8-r11 by `mov`, `add` and `cmp` alone.
//!
//! With the feature `ram-kernel` these functions lie among the variables, which the start-up code copies to RAM.
#![allow(unsafe_code)]

use crate::arch::assembly::job::Job;
use core::arch::naked_asm;
use core::mem::offset_of;

/// `to = r1 + 172 * count`, the bytes of a table, through r7.
macro_rules! times_172 {
    ($to:literal, $count:literal) => {
        concat!(
            "lsls ",
            $to,
            ", ",
            $count,
            ", #2\nadds ",
            $to,
            ", ",
            $to,
            ", r1\n",
            "lsls r7, ",
            $count,
            ", #3\nadds ",
            $to,
            ", ",
            $to,
            ", r7\n",
            "lsls r7, ",
            $count,
            ", #5\nadds ",
            $to,
            ", ",
            $to,
            ", r7\n",
            "lsls r7, ",
            $count,
            ", #7\nadds ",
            $to,
            ", ",
            $to,
            ", r7",
        )
    };
}

macro_rules! high_from_low {
    () => {
        "mov r8, r4\nmov r9, r5\nmov r10, r6\nmov r11, r7"
    };
}

/// r4-r7 times three, plus r3, through r1.
macro_rules! triple_less {
    () => {
        concat!(
            triple_less!("r4"),
            triple_less!("r5"),
            triple_less!("r6"),
            triple_less!("r7")
        )
    };
    ($sum:literal) => {
        concat!(
            "lsls r1, ",
            $sum,
            ", #1\nadds ",
            $sum,
            ", ",
            $sum,
            ", r1\nadds ",
            $sum,
            ", ",
            $sum,
            ", r3\n"
        )
    };
}

/// One byte of weights at an offset: its sum is added to a register.
macro_rules! row {
    ($offset:literal, $sum:literal) => {
        concat!(
            "ldrb r3, [r0, #",
            $offset,
            "]\nldrb r3, [r1, r3]\nadd ",
            $sum,
            ", r3\n"
        )
    };
}

/// Eight rows of one group.
macro_rules! tile {
    ($a:literal, $b:literal, $c:literal, $d:literal, $e:literal, $f:literal, $g:literal, $h:literal) => {
        concat!(
            row!($a, "r4"),
            row!($b, "r5"),
            row!($c, "r6"),
            row!($d, "r7"),
            row!($e, "r8"),
            row!($f, "r9"),
            row!($g, "r10"),
            row!($h, "r11"),
            "adds r1, #172\n",
        )
    };
}

/// Two groups: as far as the offset of a byte load reaches.
macro_rules! two_tiles {
    () => {
        concat!(
            tile!(0, 1, 2, 3, 4, 5, 6, 7),
            tile!(16, 17, 18, 19, 20, 21, 22, 23),
            "adds r0, #32",
        )
    };
}

pub(super) use {high_from_low, row, tile, times_172, triple_less};

/// The sums of `job.blocks` blocks of eight rows.
///
/// Safety: `job` must be one that [`job`] made and whose slices are still borrowed.
#[unsafe(naked)]
#[cfg_attr(feature = "ram-kernel", unsafe(link_section = ".data.ram_kernel"))]
pub(crate) unsafe extern "C" fn add_rows(job: &mut Job) {
    // r0 weights, r1 table, r2 accumulators, r3 the byte and its sum, r4-r11 sums, r12 the last table's end, lr job.
    // The loop takes sixteen groups a turn; the first turn begins where the rest of groups / 16 are left. Two passes:
    // the upper halves of all rows of tiles, then the lower ones, so that each step is the same.
    // On the stack: weights of the first block, table, distance to the next block, end of the accumulators, where the
    // first turn begins, where the sums begin; the second pass's weights, accumulators and their end; the bias.
    naked_asm!(
        "push {{r4-r7, lr}}",
        "mov r4, r8",
        "mov r5, r9",
        "mov r6, r10",
        "mov r7, r11",
        "push {{r4-r7}}",
        "sub sp, #40",
        "mov lr, r0",
        "ldr r1, [r0, #{tables}]",
        "str r1, [sp, #4]",
        "ldr r3, [r0, #{groups}]",
        times_172!("r6", "r3"),
        "mov r12, r6",
        // From behind a row of this chunk to the next: two groups a step of the weights.
        "ldr r4, [r0, #{stride}]",
        "adds r5, r3, #1",
        "lsrs r5, r5, #1",
        "lsls r5, r5, #5",
        "subs r4, r4, r5",
        "str r4, [sp, #8]",
        "ldr r4, [r0, #{less}]",
        "str r4, [sp, #36]",
        // Half-tiles of the two passes: (blocks + 1) / 2 and blocks / 2, 64 bytes of accumulators each.
        "ldr r2, [r0, #{acc}]",
        "ldr r4, [r0, #{blocks}]",
        "lsrs r5, r4, #1",
        "subs r4, r4, r5",
        "lsls r4, r4, #6",
        "adds r4, r4, r2",
        "str r4, [sp, #12]",
        "lsls r5, r5, #6",
        "adds r5, r5, r2",
        "adds r5, #32",
        "str r5, [sp, #32]",
        "adds r4, r2, #0",
        "adds r4, #32",
        "str r4, [sp, #28]",
        // The first turn has k = (groups - 1) % 16 + 1 groups: its code is 102 bytes a pair, 52 the second of a pair.
        "subs r3, r3, #1",
        "lsls r3, r3, #28",
        "lsrs r3, r3, #28",
        "adds r3, r3, #1",
        "ldr r5, [r0, #{weights}]",
        "movs r7, #52",
        "lsrs r4, r3, #1",
        "bcc 2f",
        // An odd one: the first is the second of a pair, 16 bytes on.
        "subs r5, #16",
        "b 3f",
        "2:",
        "movs r7, #0",
        "3:",
        "str r5, [sp, #0]",
        "adds r5, #8",
        "str r5, [sp, #24]",
        "lsls r6, r4, #1",
        "adds r7, r7, r6",
        "lsls r6, r4, #2",
        "adds r7, r7, r6",
        "lsls r6, r4, #5",
        "adds r7, r7, r6",
        "lsls r6, r4, #6",
        "adds r7, r7, r6",
        "ldr r6, 19f",
        "subs r6, r6, r7",
        "str r6, [sp, #16]",
        // Where the sums begin.
        "ldr r3, [r0, #{base}]",
        "ldr r6, 20f",
        "cmp r3, #1",
        "blo 4f",
        "ldr r6, 21f",
        "beq 4f",
        "ldr r6, 22f",
        "4:",
        "str r6, [sp, #20]",
        "ldr r0, [sp, #0]",
        "b 5f",

        "8:",
        "stm r2!, {{r4-r7}}",
        "mov r4, r8",
        "mov r5, r9",
        "mov r6, r10",
        "mov r7, r11",
        "stm r2!, {{r4-r7}}",
        // To the same half of the next row of tiles.
        "ldr r3, [sp, #8]",
        "adds r0, r0, r3",
        "adds r2, #32",
        "ldr r3, [sp, #12]",
        "cmp r2, r3",
        "beq 14f",

        // A block of eight rows.
        "5:",
        "ldr r3, [sp, #20]",
        "mov pc, r3",
        ".p2align 2",
        "19: .word 13f",
        "20: .word 10f",
        "21: .word 11f",
        "22: .word 12f",

        // To the second pass, if there is one and it is not done.
        "14:",
        "ldr r2, [sp, #28]",
        "ldr r4, [sp, #32]",
        "cmp r3, r4",
        "beq 9f",
        "cmp r2, r4",
        "beq 9f",
        "str r4, [sp, #12]",
        "ldr r0, [sp, #24]",
        "b 5b",
        "9:",
        "add sp, #40",
        "pop {{r4-r7}}",
        high_from_low!(),
        "pop {{r4-r7, pc}}",

        // The accumulators hold something: the last four first, since they come through r4-r7.
        ".p2align 1",
        "11:",
        "adds r2, #16",
        "ldm r2!, {{r4-r7}}",
        high_from_low!(),
        "subs r2, #32",
        "ldm r2!, {{r4-r7}}",
        "subs r2, #16",
        "b 6f",
        "12:",
        "adds r2, #16",
        "ldm r2!, {{r4-r7}}",
        "mov r3, lr",
        "ldr r3, [r3, #{less}]",
        triple_less!(),
        high_from_low!(),
        "subs r2, #32",
        "ldm r2!, {{r4-r7}}",
        triple_less!(),
        "subs r2, #16",
        "b 6f",
        // Nothing yet but the tables' bias.
        "10:",
        "ldr r4, [sp, #36]",
        "movs r5, r4",
        "movs r6, r4",
        "movs r7, r4",
        high_from_low!(),
        "6:",
        "ldr r1, [sp, #4]",
        "ldr r3, [sp, #16]",
        "mov pc, r3",

        "7:",
        two_tiles!(),
        two_tiles!(),
        two_tiles!(),
        two_tiles!(),
        two_tiles!(),
        two_tiles!(),
        two_tiles!(),
        two_tiles!(),
        "13:",
        "cmp r1, r12",
        "bne 15f",
        "b 8b",
        "15:",
        "b 7b",
        weights = const offset_of!(Job, weights),
        tables = const offset_of!(Job, tables),
        groups = const offset_of!(Job, groups),
        acc = const offset_of!(Job, acc),
        blocks = const offset_of!(Job, blocks),
        stride = const offset_of!(Job, stride),
        base = const offset_of!(Job, base),
        less = const offset_of!(Job, less),
    )
}
