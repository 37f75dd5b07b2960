//! Filling lookup tables on RV32I: three entries an addition.
#![allow(unsafe_code)]

use crate::lut::types::Table;
use core::arch::naked_asm;

/// The three words of entries in t3-t5, at a word offset of the table.
macro_rules! triple {
    ($word:literal) => {
        concat!(
            "sw t3, 4*(",
            $word,
            ")(a1)\nsw t4, 4*(",
            $word,
            ")+4(a1)\nsw t5, 4*(",
            $word,
            ")+8(a1)"
        )
    };
}

/// Adds a register to the three words of entries.
macro_rules! next {
    ($x:literal) => {
        concat!(
            "add t3, t3, ",
            $x,
            "\nadd t4, t4, ",
            $x,
            "\nadd t5, t5, ",
            $x
        )
    };
}

/// A register's lowest byte's number in each of three bytes, through t6.
macro_rules! spread {
    ($x:literal) => {
        concat!(
            "slli t6, ",
            $x,
            ", 8\nadd ",
            $x,
            ", ",
            $x,
            ", t6\nslli t6, t6, 8\nadd ",
            $x,
            ", ",
            $x,
            ", t6"
        )
    };
}

/// Nine words of three entries: `word + f * x * 0x010101` makes three entries at once, since none of their sums
/// leaves its byte.
///
/// Safety: `inputs` must be valid for reading `4 * count` numbers, `tables` for writing `count`, and `count` not 0.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn fill_tables(inputs: *const i8, tables: *mut Table, count: usize) {
    naked_asm!(
        // a3: 128 in each of three bytes. a2: the end of the inputs.
        "li a3, 0x808080",
        "slli a2, a2, 2",
        "add a2, a2, a0",
        "2:",
        "lb t3, 0(a0)",
        "lb t0, 1(a0)",
        "lb t1, 2(a0)",
        "lb t2, 3(a0)",
        "addi a0, a0, 4",
        spread!("t0"),
        spread!("t1"),
        spread!("t2"),
        // t3: the entries 0, 1, 2: 128 - x1 - x2 - x3 with -x0, 0, x0.
        "slli t4, t3, 16",
        "sub t3, t4, t3",
        "add t3, t3, a3",
        "sub t3, t3, t0",
        "sub t3, t3, t1",
        "sub t3, t3, t2",
        "add t4, t3, t0",
        "add t5, t4, t0",
        // t2: from the last field of x2 to the first of the next of x3.
        "sub t2, t2, t1",
        "sub t2, t2, t1",
        triple!(0),
        next!("t1"),
        triple!(4),
        next!("t1"),
        triple!(8),
        next!("t2"),
        triple!(16),
        next!("t1"),
        triple!("16+4"),
        next!("t1"),
        triple!("16+8"),
        next!("t2"),
        triple!(32),
        next!("t1"),
        triple!("32+4"),
        next!("t1"),
        triple!("32+8"),
        "addi a1, a1, 172",
        "bne a0, a2, 2b",
        "ret",
    )
}
