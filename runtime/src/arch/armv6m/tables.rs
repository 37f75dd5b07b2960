//! Filling lookup tables on ARMv6-M (Cortex-M0, M0+, M1): three entries an addition.
//!
//! With the feature `ram-kernel` this function lies among the variables, which the start-up code copies to RAM.
#![allow(unsafe_code)]

use crate::arch::assembly::arm_triples::{next, three_triples, triple};
use crate::arch::assembly::job::Listing;
use crate::lut::types::Table;
use core::arch::naked_asm;
use core::mem::offset_of;

/// The four inputs of a group: x1, x2, x3 in r2, r3, r7 and x0 in r5.
macro_rules! inputs {
    () => {
        concat!(
            "movs r2, #1\nldrsb r2, [r0, r2]\nmovs r3, #2\nldrsb r3, [r0, r3]\n",
            "movs r7, #3\nldrsb r7, [r0, r7]\nmovs r5, #0\nldrsb r5, [r0, r5]",
        )
    };
}

/// A register's number in each of three bytes, through r4.
macro_rules! spread {
    ($x:literal) => {
        concat!(
            "lsls r4, ",
            $x,
            ", #8\nadds ",
            $x,
            ", ",
            $x,
            ", r4\n",
            "lsls r4, r4, #8\nadds ",
            $x,
            ", ",
            $x,
            ", r4\n",
        )
    };
}

/// From [`inputs`] to the first three words of entries in r4-r6; r3: x2 in each of three bytes; r7: from the last field of
/// x2 to the first of the next of x3.
macro_rules! first_words {
    () => {
        concat!(
            spread!("r2"),
            spread!("r3"),
            spread!("r7"),
            // r4: the entries 0, 1, 2: 128 - x1 - x2 - x3 with -x0, 0, x0.
            "lsls r4, r5, #16\nsubs r4, r4, r5\nadd r4, r8\n",
            "subs r4, r4, r2\nsubs r4, r4, r3\nsubs r4, r4, r7\n",
            "adds r5, r4, r2\nadds r6, r5, r2\n",
            "subs r7, r7, r3\nsubs r7, r7, r3",
        )
    };
}

/// r8: 128 in each of three bytes, through r3 and r4.
macro_rules! biases {
    () => {
        "movs r3, #128\nlsls r4, r3, #8\nadds r3, r3, r4\nlsls r4, r4, #8\nadds r3, r3, r4\nmov r8, r3"
    };
}

/// The words of the second and third field of x3.
macro_rules! later_triples {
    () => {
        concat!(
            "adds r1, #16\n",
            next!("r7"),
            "\n",
            three_triples!(),
            "\n",
            "adds r1, #16\n",
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
#[cfg_attr(feature = "ram-kernel", unsafe(link_section = ".data.ram_kernel"))]
pub(crate) unsafe extern "C" fn fill_tables(inputs: *const i8, tables: *mut Table, count: usize) {
    naked_asm!(
        "push {{r4-r7, lr}}",
        "mov r4, r8",
        "mov r5, r9",
        "push {{r4, r5}}",
        biases!(),
        // r9: the end of the inputs.
        "lsls r2, r2, #2",
        "adds r2, r0, r2",
        "mov r9, r2",
        "2:",
        inputs!(),
        first_words!(),
        three_triples!(),
        later_triples!(),
        "adds r0, #4",
        "cmp r0, r9",
        "bne 2b",
        "pop {{r4, r5}}",
        "mov r8, r4",
        "mov r9, r5",
        "pop {{r4-r7, pc}}",
    )
}

/// [`fill_tables`] for the groups that are not zero, until no table is free; each table notes its group's place.
///
/// Safety: `listing` must describe groups and tables that are there, at least one of each.
#[unsafe(naked)]
#[cfg_attr(feature = "ram-kernel", unsafe(link_section = ".data.ram_kernel"))]
pub(crate) unsafe extern "C" fn fill_listed_tables(listing: &mut Listing) {
    // r9: the end of the inputs. r10: the group's place. r11: tables that are free. r12: listing.
    naked_asm!(
        "push {{r4-r7, lr}}",
        "mov r4, r8",
        "mov r5, r9",
        "mov r6, r10",
        "mov r7, r11",
        "push {{r4-r7}}",
        biases!(),
        "mov r12, r0",
        "ldr r1, [r0, #{end}]",
        "mov r9, r1",
        "ldr r1, [r0, #{offset}]",
        "mov r10, r1",
        "ldr r1, [r0, #{free}]",
        "mov r11, r1",
        "ldr r1, [r0, #{tables}]",
        "ldr r0, [r0, #{inputs}]",
        "2:",
        inputs!(),
        "movs r4, r2",
        "orrs r4, r3",
        "orrs r4, r7",
        "orrs r4, r5",
        "beq 3f",
        first_words!(),
        // The fourth word is the place.
        "stm r1!, {{r4-r6}}",
        "mov r2, r10",
        "stm r1!, {{r2}}",
        next!("r3"),
        triple!(),
        next!("r3"),
        triple!(),
        later_triples!(),
        "mov r2, r11",
        "subs r2, #1",
        "mov r11, r2",
        "beq 4f",
        "3:",
        "movs r2, #16",
        "add r10, r2",
        "adds r0, #4",
        "cmp r0, r9",
        "bne 2b",
        "b 5f",
        "4:",
        "adds r0, #4",
        "5:",
        "mov r1, r12",
        "str r0, [r1, #{inputs}]",
        "mov r2, r11",
        "str r2, [r1, #{free}]",
        "pop {{r4-r7}}",
        "mov r8, r4",
        "mov r9, r5",
        "mov r10, r6",
        "mov r11, r7",
        "pop {{r4-r7, pc}}",
        inputs = const offset_of!(Listing, inputs),
        end = const offset_of!(Listing, end),
        tables = const offset_of!(Listing, tables),
        free = const offset_of!(Listing, free),
        offset = const offset_of!(Listing, offset),
    )
}
