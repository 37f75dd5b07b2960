//! Products by lookup tables on ARMv7-M and ARMv8-M mainline (Cortex-M3, M4, M7, M33): sixteen rows at a time in r4-r11, two
//! to a register.
//!
//! A byte of four weights costs three instructions: load the byte, load the sum, add. The addition's free shift puts
//! the sums of the lower eight rows of a tile into the upper halves of the registers; 256 groups fit 16 bits.
#![allow(unsafe_code)]

use crate::arch::assembly::job::Job;
use crate::lut::types::Table;
use core::arch::naked_asm;
use core::mem::offset_of;

/// One byte of weights: its sum is added to a register.
macro_rules! row {
    ($tile:literal, $row:literal, $sum:literal) => {
        concat!(
            "ldrb r3, [r0, #",
            $tile,
            "*16+",
            $row,
            "]\nldrb r3, [r1, r3]\nadd ",
            $sum,
            ", ",
            $sum,
            ", r3\n",
            "ldrb r3, [r0, #",
            $tile,
            "*16+8+",
            $row,
            "]\nldrb r3, [r1, r3]\nadd ",
            $sum,
            ", ",
            $sum,
            ", r3, lsl #16\n",
        )
    };
}

/// Sixteen rows of one group.
macro_rules! tile {
    ($tile:literal) => {
        concat!(
            row!($tile, 0, "r4"),
            row!($tile, 1, "r5"),
            row!($tile, 2, "r6"),
            row!($tile, 3, "r7"),
            row!($tile, 4, "r8"),
            row!($tile, 5, "r9"),
            row!($tile, 6, "r10"),
            row!($tile, 7, "r11"),
            "adds r1, #172",
        )
    };
}

/// Sixteen rows of one group whose place its table holds.
macro_rules! listed_tile {
    () => {
        concat!("ldr r0, [r1, #{offset}]\nadd r0, r0, r12\n", tile!(0))
    };
}

/// Something with each register of sums.
macro_rules! each_sum {
    ($what:ident) => {
        concat!(
            $what!("r4"),
            $what!("r5"),
            $what!("r6"),
            $what!("r7"),
            $what!("r8"),
            $what!("r9"),
            $what!("r10"),
            $what!("r11"),
        )
    };
}

macro_rules! no_sums {
    () => {
        "movs r4, #0\nmovs r5, #0\nmovs r6, #0\nmovs r7, #0\nmov r8, #0\nmov r9, #0\nmov r10, #0\nmov r11, #0"
    };
}

/// Counts down the rows of tiles, through r3-r5: "higher" while some are left.
macro_rules! next_row {
    () => {
        "ldr r3, [lr, #{blocks}]\nldr r4, [lr, #{weights}]\nldr r5, [lr, #{stride}]\nadds r4, r4, r5\nstr r4, [lr, #{weights}]\nsubs r3, r3, #1\nstr r3, [lr, #{blocks}]"
    };
}

/// Rows 0 to 7 of a tile: the lower half and r12.
macro_rules! lower_from_zero {
    ($sum:literal) => {
        concat!("uxth r3, ", $sum, "\nadd r3, r3, r12\nstr r3, [r2], #4\n")
    };
}

/// Rows 8 to 15: the upper half and r12.
macro_rules! upper_from_zero {
    ($sum:literal) => {
        concat!("add r3, r12, ", $sum, ", lsr #16\nstr r3, [r2], #4\n")
    };
}

macro_rules! lower_from_sum {
    ($sum:literal) => {
        concat!(
            "uxth r3, ",
            $sum,
            "\nldr r0, [r2]\nadd r3, r3, r0\nstr r3, [r2], #4\n"
        )
    };
}

macro_rules! upper_from_sum {
    ($sum:literal) => {
        concat!(
            "ldr r3, [r2]\nadd r3, r3, ",
            $sum,
            ", lsr #16\nstr r3, [r2], #4\n"
        )
    };
}

macro_rules! lower_from_triple {
    ($sum:literal) => {
        concat!(
            "uxth r3, ",
            $sum,
            "\nadd r3, r3, r12\nldr r0, [r2]\nadd r3, r3, r0\nadd r3, r3, r0, lsl #1\n",
            "str r3, [r2], #4\n",
        )
    };
}

macro_rules! upper_from_triple {
    ($sum:literal) => {
        concat!(
            "ldr r0, [r2]\nadd r3, r12, ",
            $sum,
            ", lsr #16\nadd r3, r3, r0\nadd r3, r3, r0, lsl #1\n",
            "str r3, [r2], #4\n",
        )
    };
}

/// The sums of `job.blocks` rows of tiles.
///
/// Safety: `job` must be one that [`job`] made and whose slices are still borrowed.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn add_rows(job: &mut Job) {
    // r0 weights, r1 table, r2 accumulators, r3 the byte and its sum, r4-r11 sums, r12 end of the loop, lr job.
    // On the stack: table behind the last whole eight, table behind the last.
    naked_asm!(
        "push {{r2-r11, lr}}",
        "mov lr, r0",
        "ldr r2, [r0, #{acc}]",
        "ldr r1, [r0, #{tables}]",
        // 172 bytes a table: 128 + 32 + 8 + 4.
        "ldr r3, [r0, #{groups}]",
        "add r4, r1, r3, lsl #2",
        "add r4, r4, r3, lsl #3",
        "add r4, r4, r3, lsl #5",
        "add r4, r4, r3, lsl #7",
        "bic r3, r3, #7",
        "add r5, r1, r3, lsl #2",
        "add r5, r5, r3, lsl #3",
        "add r5, r5, r3, lsl #5",
        "add r5, r5, r3, lsl #7",
        "strd r5, r4, [sp]",

        // A row of tiles.
        "2:",
        no_sums!(),
        "ldr r0, [lr, #{weights}]",
        "ldr r1, [lr, #{tables}]",
        "ldr r12, [sp]",
        "cmp r1, r12",
        "beq 4f",
        // Eight groups at a time.
        "3:",
        tile!(0),
        tile!(1),
        tile!(2),
        tile!(3),
        tile!(4),
        tile!(5),
        tile!(6),
        tile!(7),
        "adds r0, #128",
        "cmp r1, r12",
        "bne 3b",
        // The rest.
        "4:",
        "ldr r12, [sp, #4]",
        "cmp r1, r12",
        "beq 6f",
        "5:",
        tile!(0),
        "adds r0, #16",
        "cmp r1, r12",
        "bne 5b",

        "6:",
        "ldr r3, [lr, #{base}]",
        "ldr r12, [lr, #{less}]",
        "cmp r3, #1",
        "beq 8f",
        "bhi 9f",
        each_sum!(lower_from_zero),
        each_sum!(upper_from_zero),
        "7:",
        next_row!(),
        "bhi 2b",
        "pop {{r2-r11, pc}}",

        "8:",
        each_sum!(lower_from_sum),
        each_sum!(upper_from_sum),
        "b 7b",
        "9:",
        each_sum!(lower_from_triple),
        each_sum!(upper_from_triple),
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

/// [`add_rows`] for tables that hold the place of their group's tile in a row.
///
/// Safety: `job` must be one that [`listed_job`] made and whose slices are still borrowed.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn add_listed_rows(job: &mut Job) {
    // As in `add_rows`, but r12: weights of this row of tiles. The loop takes four groups a turn; the first turn
    // begins where the rest of groups / 4 are left. On the stack: end of the tables, that rest.
    naked_asm!(
        "push {{r2-r11, lr}}",
        "mov lr, r0",
        "ldr r2, [r0, #{acc}]",
        "ldr r1, [r0, #{tables}]",
        "ldr r3, [r0, #{groups}]",
        "add r4, r1, r3, lsl #2",
        "add r4, r4, r3, lsl #3",
        "add r4, r4, r3, lsl #5",
        "add r4, r4, r3, lsl #7",
        "and r3, r3, #3",
        "strd r4, r3, [sp]",

        "2:",
        no_sums!(),
        "ldr r12, [lr, #{weights}]",
        "ldr r1, [lr, #{tables}]",
        "ldr r3, [sp, #4]",
        "tbh [pc, r3, lsl #1]",
        "4:",
        ".hword (20f - 4b) / 2, (23f - 4b) / 2, (22f - 4b) / 2, (21f - 4b) / 2",
        "20:",
        listed_tile!(),
        "21:",
        listed_tile!(),
        "22:",
        listed_tile!(),
        "23:",
        listed_tile!(),
        "ldr r3, [sp]",
        "cmp r1, r3",
        "bne 20b",

        "ldr r3, [lr, #{base}]",
        "ldr r12, [lr, #{less}]",
        "cmp r3, #1",
        "beq 8f",
        "bhi 9f",
        each_sum!(lower_from_zero),
        each_sum!(upper_from_zero),
        "7:",
        next_row!(),
        "bhi 2b",
        "pop {{r2-r11, pc}}",

        "8:",
        each_sum!(lower_from_sum),
        each_sum!(upper_from_sum),
        "b 7b",
        "9:",
        each_sum!(lower_from_triple),
        each_sum!(upper_from_triple),
        "b 7b",
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
