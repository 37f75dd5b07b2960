//! Filling lookup tables on RV32I: three entries an addition.
#![allow(unsafe_code)]

use crate::arch::assembly::job::Listing;
use crate::lut::types::Table;
use core::arch::naked_asm;
use core::mem::offset_of;

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

/// The four inputs of a group: x0 in t3, x1, x2, x3 in t0-t2.
macro_rules! inputs {
    () => {
        "lb t3, 0(a0)\nlb t0, 1(a0)\nlb t1, 2(a0)\nlb t2, 3(a0)\naddi a0, a0, 4"
    };
}

/// The table of [`inputs`], with 128 in each of three bytes of a3.
macro_rules! entries {
    () => {
        concat!(
            spread!("t0"),
            "\n",
            spread!("t1"),
            "\n",
            spread!("t2"),
            "\n",
            // t3: the entries 0, 1, 2: 128 - x1 - x2 - x3 with -x0, 0, x0.
            "slli t4, t3, 16\nsub t3, t4, t3\nadd t3, t3, a3\n",
            "sub t3, t3, t0\nsub t3, t3, t1\nsub t3, t3, t2\n",
            "add t4, t3, t0\nadd t5, t4, t0\n",
            // t2: from the last field of x2 to the first of the next of x3.
            "sub t2, t2, t1\nsub t2, t2, t1\n",
            triple!(0),
            "\n",
            next!("t1"),
            "\n",
            triple!(4),
            "\n",
            next!("t1"),
            "\n",
            triple!(8),
            "\n",
            next!("t2"),
            "\n",
            triple!(16),
            "\n",
            next!("t1"),
            "\n",
            triple!("16+4"),
            "\n",
            next!("t1"),
            "\n",
            triple!("16+8"),
            "\n",
            next!("t2"),
            "\n",
            triple!(32),
            "\n",
            next!("t1"),
            "\n",
            triple!("32+4"),
            "\n",
            next!("t1"),
            "\n",
            triple!("32+8"),
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
        inputs!(),
        entries!(),
        "addi a1, a1, 172",
        "bne a0, a2, 2b",
        "ret",
    )
}

/// [`fill_tables`] for the groups that are not zero, until no table is free; each table notes its group's place.
///
/// Safety: `listing` must describe groups and tables that are there, at least one of each.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn fill_listed_tables(listing: &mut Listing) {
    // a2: the end of the inputs. a4: the group's place. a5: tables that are free. a6: listing.
    naked_asm!(
        "li a3, 0x808080",
        "mv a6, a0",
        "lw a1, {tables}(a6)",
        "lw a2, {end}(a6)",
        "lw a4, {offset}(a6)",
        "lw a5, {free}(a6)",
        "lw a0, {inputs}(a6)",
        "2:",
        inputs!(),
        "or t4, t3, t0",
        "or t5, t1, t2",
        "or t4, t4, t5",
        "beqz t4, 3f",
        entries!(),
        "sw a4, {note}(a1)",
        "addi a1, a1, 172",
        "addi a5, a5, -1",
        "beqz a5, 4f",
        "3:",
        "addi a4, a4, 16",
        "bne a0, a2, 2b",
        "4:",
        "sw a0, {inputs}(a6)",
        "sw a5, {free}(a6)",
        "ret",
        inputs = const offset_of!(Listing, inputs),
        end = const offset_of!(Listing, end),
        tables = const offset_of!(Listing, tables),
        free = const offset_of!(Listing, free),
        offset = const offset_of!(Listing, offset),
        note = const Table::OFFSET,
    )
}
