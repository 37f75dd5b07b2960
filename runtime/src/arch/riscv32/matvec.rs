//! Products by lookup tables on RV32I: sixteen rows at a time in sixteen registers, base instructions only.
//!
//! A byte of four weights costs four instructions: load the byte, add the table's address (a load has no register
//! offset here), load the sum, add.
#![allow(unsafe_code)]

use crate::arch::assembly::job::Job;
use crate::lut::types::Table;
use core::arch::naked_asm;
use core::mem::offset_of;

/// One byte of weights: its sum is added to a register. The table is the one at the same place among the chunk's.
macro_rules! row {
    ($tile:literal, $row:literal, $sum:literal) => {
        concat!(
            "lbu t0, ",
            $tile,
            "*16+",
            $row,
            "(a0)\nadd t0, t0, a1\nlbu t0, 172*",
            $tile,
            "(t0)\nadd ",
            $sum,
            ", ",
            $sum,
            ", t0\n"
        )
    };
}

/// Something with each row of a tile and its register.
macro_rules! each_row {
    ($what:ident, $tile:literal) => {
        concat!(
            $what!($tile, 0, "s0"),
            $what!($tile, 1, "s1"),
            $what!($tile, 2, "s2"),
            $what!($tile, 3, "s3"),
            $what!($tile, 4, "s4"),
            $what!($tile, 5, "s5"),
            $what!($tile, 6, "s6"),
            $what!($tile, 7, "s7"),
            $what!($tile, 8, "s8"),
            $what!($tile, 9, "s9"),
            $what!($tile, 10, "s10"),
            $what!($tile, 11, "s11"),
            $what!($tile, 12, "a4"),
            $what!($tile, 13, "a5"),
            $what!($tile, 14, "a6"),
            $what!($tile, 15, "a7"),
        )
    };
}

/// Sixteen rows of one group.
macro_rules! tile {
    ($tile:literal) => {
        each_row!(row, $tile)
    };
}

/// [`row`] of a group by itself, whose table is some places on.
macro_rules! listed_row {
    ($table:literal, $row:literal, $sum:literal) => {
        concat!(
            "lbu t0, ",
            $row,
            "(a0)\nadd t0, t0, a1\nlbu t0, 172*",
            $table,
            "(t0)\nadd ",
            $sum,
            ", ",
            $sum,
            ", t0\n"
        )
    };
}

/// Sixteen rows of one group whose place its table holds, some tables on.
macro_rules! listed_tile {
    ($table:literal) => {
        concat!(
            "lw a0, 172*",
            $table,
            "+{offset}(a1)\nadd a0, a0, t3\n",
            each_row!(listed_row, $table),
        )
    };
}

macro_rules! from_zero {
    ($tile:literal, $row:literal, $sum:literal) => {
        concat!("mv ", $sum, ", t1\n")
    };
}

macro_rules! from_sum {
    ($tile:literal, $row:literal, $sum:literal) => {
        concat!("lw ", $sum, ", 4*", $row, "(a2)\n")
    };
}

/// Three times the sum, plus t1.
macro_rules! from_triple {
    ($tile:literal, $row:literal, $sum:literal) => {
        concat!(
            "lw t0, 4*",
            $row,
            "(a2)\nslli ",
            $sum,
            ", t0, 1\nadd ",
            $sum,
            ", ",
            $sum,
            ", t0\n",
            "add ",
            $sum,
            ", ",
            $sum,
            ", t1\n",
        )
    };
}

macro_rules! store {
    ($tile:literal, $row:literal, $sum:literal) => {
        concat!("sw ", $sum, ", 4*", $row, "(a2)\n")
    };
}

/// Saves (`sw`) or restores (`lw`) the registers that belong to the caller.
macro_rules! saved {
    ($instruction:literal) => {
        concat!(
            $instruction,
            " s0, 0(sp)\n",
            $instruction,
            " s1, 4(sp)\n",
            $instruction,
            " s2, 8(sp)\n",
            $instruction,
            " s3, 12(sp)\n",
            $instruction,
            " s4, 16(sp)\n",
            $instruction,
            " s5, 20(sp)\n",
            $instruction,
            " s6, 24(sp)\n",
            $instruction,
            " s7, 28(sp)\n",
            $instruction,
            " s8, 32(sp)\n",
            $instruction,
            " s9, 36(sp)\n",
            $instruction,
            " s10, 40(sp)\n",
            $instruction,
            " s11, 44(sp)",
        )
    };
}

/// `to = a1 + 172 * count`, the bytes of a table, through t0.
macro_rules! times_172 {
    ($to:literal, $count:literal) => {
        concat!(
            "slli ",
            $to,
            ", ",
            $count,
            ", 2\nadd ",
            $to,
            ", ",
            $to,
            ", a1\n",
            "slli t0, ",
            $count,
            ", 3\nadd ",
            $to,
            ", ",
            $to,
            ", t0\n",
            "slli t0, ",
            $count,
            ", 5\nadd ",
            $to,
            ", ",
            $to,
            ", t0\n",
            "slli t0, ",
            $count,
            ", 7\nadd ",
            $to,
            ", ",
            $to,
            ", t0",
        )
    };
}

/// The sums of `job.blocks` rows of tiles.
///
/// Safety: `job` must be one that [`job`] made and whose slices are still borrowed.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn add_rows(job: &mut Job) {
    // a0 weights, a1 table, a2 accumulators, a3 job, t0 the byte and its sum, t1 less, t2 rows of tiles left,
    // t3 weights of this row, t4 table behind the last whole eight, t5 table behind the last, t6 stride,
    // s0-s11 and a4-a7 sums.
    naked_asm!(
        "addi sp, sp, -48",
        saved!("sw"),
        "mv a3, a0",
        "lw a1, {tables}(a3)",
        "lw t1, {groups}(a3)",
        times_172!("t5", "t1"),
        "andi t1, t1, -8",
        times_172!("t4", "t1"),
        "lw a2, {acc}(a3)",
        "lw t1, {less}(a3)",
        "lw t2, {blocks}(a3)",
        "lw t3, {weights}(a3)",
        "lw t6, {stride}(a3)",

        // A row of tiles.
        "2:",
        "lw a1, {base}(a3)",
        "addi a1, a1, -1",
        "beqz a1, 8f",
        "bgtz a1, 9f",
        each_row!(from_zero, 0),
        "3:",
        "lw a1, {tables}(a3)",
        "mv a0, t3",
        "beq a1, t4, 5f",
        // Eight groups at a time.
        "4:",
        tile!(0),
        tile!(1),
        tile!(2),
        tile!(3),
        tile!(4),
        tile!(5),
        tile!(6),
        tile!(7),
        "addi a0, a0, 128",
        "addi a1, a1, 172*8",
        "bne a1, t4, 4b",
        // The rest.
        "5:",
        "beq a1, t5, 7f",
        "6:",
        tile!(0),
        "addi a0, a0, 16",
        "addi a1, a1, 172",
        "bne a1, t5, 6b",

        "7:",
        each_row!(store, 0),
        "addi a2, a2, 64",
        "add t3, t3, t6",
        "addi t2, t2, -1",
        "bgtz t2, 2b",
        saved!("lw"),
        "addi sp, sp, 48",
        "ret",

        "8:",
        each_row!(from_sum, 0),
        "j 3b",
        "9:",
        each_row!(from_triple, 0),
        "j 3b",
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
    // As in `add_rows`, but t4: table behind the last whole four.
    naked_asm!(
        "addi sp, sp, -48",
        saved!("sw"),
        "mv a3, a0",
        "lw a1, {tables}(a3)",
        "lw t1, {groups}(a3)",
        times_172!("t5", "t1"),
        "andi t1, t1, -4",
        times_172!("t4", "t1"),
        "lw a2, {acc}(a3)",
        "lw t1, {less}(a3)",
        "lw t2, {blocks}(a3)",
        "lw t3, {weights}(a3)",
        "lw t6, {stride}(a3)",

        "2:",
        "lw a1, {base}(a3)",
        "addi a1, a1, -1",
        "beqz a1, 8f",
        "bgtz a1, 9f",
        each_row!(from_zero, 0),
        "3:",
        "lw a1, {tables}(a3)",
        "beq a1, t4, 5f",
        // Four groups at a time.
        "4:",
        listed_tile!(0),
        listed_tile!(1),
        listed_tile!(2),
        listed_tile!(3),
        "addi a1, a1, 172*4",
        "bne a1, t4, 4b",
        // The rest.
        "5:",
        "beq a1, t5, 7f",
        "6:",
        listed_tile!(0),
        "addi a1, a1, 172",
        "bne a1, t5, 6b",

        "7:",
        each_row!(store, 0),
        "addi a2, a2, 64",
        "add t3, t3, t6",
        "addi t2, t2, -1",
        "bgtz t2, 2b",
        saved!("lw"),
        "addi sp, sp, 48",
        "ret",

        "8:",
        each_row!(from_sum, 0),
        "j 3b",
        "9:",
        each_row!(from_triple, 0),
        "j 3b",
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
