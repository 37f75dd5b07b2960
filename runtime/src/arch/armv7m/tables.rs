//! Filling lookup tables on ARMv7-M and ARMv8-M mainline (Cortex-M3, M4, M7, M33): three entries an addition.
#![allow(unsafe_code)]

use crate::arch::assembly::arm_triples::{next, three_triples, triple};
use crate::arch::assembly::job::Listing;
use crate::lut::types::Table;
use core::arch::naked_asm;
use core::mem::offset_of;

/// The four inputs of a group: x1, x2, x3 in r2, r3, r7 and x0 in r5.
macro_rules! inputs {
    () => {
        "ldrsb r2, [r0, #1]\nldrsb r3, [r0, #2]\nldrsb r7, [r0, #3]\nldrsb r5, [r0], #4"
    };
}

/// A register's number in each of three bytes, through r12.
macro_rules! spread {
    ($x:literal) => {
        concat!(
            "add r12, ",
            $x,
            ", ",
            $x,
            ", lsl #8\nadd ",
            $x,
            ", r12, ",
            $x,
            ", lsl #16\n",
        )
    };
}

/// The table of [`inputs`], with 128 in each of three bytes of r8.
macro_rules! entries {
    () => {
        concat!(
            spread!("r2"),
            spread!("r3"),
            spread!("r7"),
            // r4: the entries 0, 1, 2: 128 - x1 - x2 - x3 with -x0, 0, x0.
            "rsb r4, r5, r5, lsl #16\nadd r4, r4, r8\n",
            "subs r4, r4, r2\nsubs r4, r4, r3\nsubs r4, r4, r7\n",
            "adds r5, r4, r2\nadds r6, r5, r2\n",
            // r7: from the last field of x2 to the first of the next of x3.
            "sub r7, r7, r3, lsl #1\n",
            three_triples!(),
            "\nadds r1, #16\n",
            next!("r7"),
            "\n",
            three_triples!(),
            "\nadds r1, #16\n",
            next!("r7"),
            "\n",
            triple!(),
            "\n",
            next!("r3"),
            "\n",
            triple!(),
            "\n",
            next!("r3"),
            "\nstm r1!, {{r4-r6}}",
        )
    };
}

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
        inputs!(),
        entries!(),
        "cmp r0, r9",
        "bne 2b",
        "pop {{r4-r9, pc}}",
    )
}

/// [`fill_tables`] for the groups that are not zero, until no table is free; each table notes its group's place.
///
/// Safety: `listing` must describe groups and tables that are there, at least one of each.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn fill_listed_tables(listing: &mut Listing) {
    // r9: the end of the inputs. r10: the group's place. r11: tables that are free. lr: listing.
    naked_asm!(
        "push {{r4-r11, lr}}",
        "movw r8, #0x8080",
        "movt r8, #0x80",
        "mov lr, r0",
        "ldr r9, [r0, #{end}]",
        "ldr r10, [r0, #{offset}]",
        "ldr r11, [r0, #{free}]",
        "ldr r1, [r0, #{tables}]",
        "ldr r0, [r0, #{inputs}]",
        "2:",
        inputs!(),
        "orr r12, r2, r3",
        "orr r6, r7, r5",
        "orrs r12, r12, r6",
        "beq 3f",
        entries!(),
        "str r10, [r1, #{note}]",
        "subs r11, r11, #1",
        "beq 4f",
        "3:",
        "add r10, r10, #16",
        "cmp r0, r9",
        "bne 2b",
        "4:",
        "str r0, [lr, #{inputs}]",
        "str r11, [lr, #{free}]",
        "pop {{r4-r11, pc}}",
        inputs = const offset_of!(Listing, inputs),
        end = const offset_of!(Listing, end),
        tables = const offset_of!(Listing, tables),
        free = const offset_of!(Listing, free),
        offset = const offset_of!(Listing, offset),
        note = const Table::OFFSET as isize - size_of::<Table>() as isize,
    )
}
