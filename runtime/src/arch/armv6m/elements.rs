//! The element-wise steps on ARMv6-M: what the carry flag saves, and what fits eight registers.
//!
//! All of them take whole fours of numbers (`quads`, not 0), but `score_by_*` and `weigh`, which take any `count` but 0.
//! Safety: what they read and write must be there.
//!
//! - `magnitudes`, `positives`: the sum of magnitudes, modulo 2^32, and of what is positive;
//! - `by_*`, `rectify_by_*`: `clamp((factor * x + half) >> shift)`, of `max(x, 0)`, with the shift (not 0) and above its
//!   eight bits the clamp, which is 31 when rectified;
//! - `score_by_*`: `scores = (factor * scores + half) >> shift` plus the biases, the last first, to the largest; the
//!   shift is 0 for the factor 1 only;
//! - `weigh`: `weights = exp2(max - scores)` where that is not zero; leaves the others;
//! - `add_scaled`: `channels += scale(sums)`.
#![allow(unsafe_code)]

use crate::arithmetic::EXP2_TABLE;

use core::arch::naked_asm;

/// r1 += |register|, through r6: the sign shifted out into the carry makes the complement a negation.
macro_rules! magnitude {
    ($x:literal) => {
        concat!(
            "asrs r6, ",
            $x,
            ", #32\neors ",
            $x,
            ", r6\nadcs r1, ",
            $x,
            "\n"
        )
    };
}

macro_rules! positive {
    ($x:literal) => {
        concat!("cmp ", $x, ", #0\nble 3f\nadds r1, r1, ", $x, "\n3:\n")
    };
}

#[unsafe(naked)]
pub(crate) unsafe extern "C" fn magnitudes(input: *const i32, quads: usize) -> u32 {
    naked_asm!(
        "push {{r4-r6, lr}}",
        "lsls r1, r1, #4",
        "adds r1, r1, r0",
        "mov r12, r1",
        "movs r1, #0",
        "2:",
        "ldm r0!, {{r2-r5}}",
        magnitude!("r2"),
        magnitude!("r3"),
        magnitude!("r4"),
        magnitude!("r5"),
        "cmp r0, r12",
        "bne 2b",
        "movs r0, r1",
        "pop {{r4-r6, pc}}",
    )
}

#[unsafe(naked)]
pub(crate) unsafe extern "C" fn positives(input: *const i32, quads: usize) -> u32 {
    naked_asm!(
        "push {{r4-r6, lr}}",
        "lsls r1, r1, #4",
        "adds r1, r1, r0",
        "mov r12, r1",
        "movs r1, #0",
        "2:",
        "ldm r0!, {{r2-r5}}",
        positive!("r2"),
        positive!("r3"),
        positive!("r4"),
        positive!("r5"),
        "cmp r0, r12",
        "bne 2b",
        "movs r0, r1",
        "pop {{r4-r6, pc}}",
    )
}

/// A register times a factor, through r7.
macro_rules! times {
    (1, $x:literal) => {
        ""
    };
    (3, $x:literal) => {
        concat!("lsls r7, ", $x, ", #1\nadds ", $x, ", ", $x, ", r7\n")
    };
    (5, $x:literal) => {
        concat!("lsls r7, ", $x, ", #2\nadds ", $x, ", ", $x, ", r7\n")
    };
    (7, $x:literal) => {
        concat!("lsls r7, ", $x, ", #3\nsubs ", $x, ", r7, ", $x, "\n")
    };
}

/// A register times a factor, shifted right by r2 and rounded half up: the last bit shifted out is the carry.
macro_rules! scaled {
    ($factor:tt, $x:literal) => {
        concat!(
            times!($factor, $x),
            "asrs ",
            $x,
            ", r2\nadcs ",
            $x,
            ", r3\n"
        )
    };
}

/// One number, clamped to r6 either way; lr is twice that.
macro_rules! quantised {
    ($factor:tt, $x:literal, $at:literal) => {
        concat!(
            scaled!($factor, $x),
            "adds r7, ",
            $x,
            ", r6\ncmp r7, lr\nbls 3f\n",
            "asrs r7, ",
            $x,
            ", #31\nmovs ",
            $x,
            ", r6\neors ",
            $x,
            ", r7\nsubs ",
            $x,
            ", ",
            $x,
            ", r7\n3:\n",
            "strb ",
            $x,
            ", [r1, #",
            $at,
            "]\n",
        )
    };
}

/// One number of which nothing negative is kept.
macro_rules! rectified {
    ($factor:tt, $x:literal, $at:literal) => {
        concat!(
            "cmp ",
            $x,
            ", #0\nbgt 3f\nstrb r3, [r1, #",
            $at,
            "]\nb 5f\n3:\n",
            scaled!($factor, $x),
            "cmp ",
            $x,
            ", r6\nble 4f\nmovs ",
            $x,
            ", r6\n4:\nstrb ",
            $x,
            ", [r1, #",
            $at,
            "]\n5:\n",
        )
    };
}

macro_rules! loops {
    ($($name:ident: $number:ident, $factor:tt;)*) => {$(
        #[unsafe(naked)]
        pub(crate) unsafe extern "C" fn $name(input: *const i32, output: *mut i8, quads: usize, shift_clamp: u32) {
            // r0 input, r1 output, r2 shift, r3 zero, r4 and r5 the numbers, r6 clamp, r7 scratch, lr twice the clamp, r12
            // end.
            naked_asm!(
                "push {{r4-r7, lr}}",
                "lsls r2, r2, #4",
                "adds r2, r2, r0",
                "mov r12, r2",
                "uxtb r2, r3",
                "lsrs r6, r3, #8",
                "lsls r7, r6, #1",
                "mov lr, r7",
                "movs r3, #0",
                "2:",
                "ldm r0!, {{r4, r5}}",
                $number!($factor, "r4", 0),
                $number!($factor, "r5", 1),
                "ldm r0!, {{r4, r5}}",
                $number!($factor, "r4", 2),
                $number!($factor, "r5", 3),
                "adds r1, #4",
                "cmp r0, r12",
                "bne 2b",
                "pop {{r4-r7, pc}}",
            )
        }
    )*};
}

loops! {
    by_1: quantised, 1;
    by_3: quantised, 3;
    by_5: quantised, 5;
    by_7: quantised, 7;
    rectify_by_1: rectified, 1;
    rectify_by_3: rectified, 3;
    rectify_by_5: rectified, 5;
    rectify_by_7: rectified, 7;
}

/// Scores by the factor, rounded, plus their biases, the last bias first; returns the largest.
macro_rules! score_loops {
    ($($name:ident: $factor:literal;)*) => {$(
        #[unsafe(naked)]
        pub(crate) unsafe extern "C" fn $name(scores: *mut i32, last_bias: *const [u8; 2], count: usize, shift: u32) -> i32 {
            // r0 scores, r1 bias, r2 end, r3 shift, r4 the score, r5 scratch, r6 largest, r7 one.
            naked_asm!(
                "push {{r4-r7, lr}}",
                "lsls r2, r2, #2",
                "adds r2, r2, r0",
                "movs r7, #1",
                // No carry, which a shift by nothing would leave as it is; nor does the end of a turn.
                "lsls r6, r7, #31",
                "2:",
                "ldr r4, [r0]",
                $factor,
                // The last bit shifted out is the carry, which rounds.
                "asrs r4, r3",
                "ldrb r5, [r1]",
                "adcs r4, r5",
                "ldrsb r5, [r1, r7]",
                "lsls r5, r5, #8",
                "adds r4, r4, r5",
                "stm r0!, {{r4}}",
                "cmp r4, r6",
                "ble 3f",
                "movs r6, r4",
                "3:",
                "subs r1, #2",
                "cmp r0, r2",
                "bne 2b",
                "movs r0, r6",
                "pop {{r4-r7, pc}}",
            )
        }
    )*};
}

score_loops! {
    score_by_1: "";
    score_by_3: "lsls r5, r4, #1\nadds r4, r4, r5\n";
    score_by_5: "lsls r5, r4, #2\nadds r4, r4, r5\n";
    score_by_7: "lsls r5, r4, #3\nsubs r4, r5, r4\n";
}

/// One weight, of the score in a register.
macro_rules! weight {
    ($score:literal, $at:literal) => {
        concat!(
            "subs ",
            $score,
            ", r3, ",
            $score,
            "\ncmp ",
            $score,
            ", #{last}\nbhi 3f\n",
            "ldrb ",
            $score,
            ", [r5, ",
            $score,
            "]\nstrb ",
            $score,
            ", [r1, #",
            $at,
            "]\n3:\n",
        )
    };
}

#[unsafe(naked)]
pub(crate) unsafe extern "C" fn weigh(
    scores: *const i32,
    weights: *mut i8,
    count: usize,
    max: i32,
) {
    // r0 scores, r1 weights, r2 weights left, r3 largest, r4 and r6 the distance, r5 the table.
    naked_asm!(
        "push {{r4-r6, lr}}",
        "ldr r5, 5f",
        "subs r2, #4",
        "blo 4f",
        "2:",
        "ldm r0!, {{r4, r6}}",
        weight!("r4", 0),
        weight!("r6", 1),
        "ldm r0!, {{r4, r6}}",
        weight!("r4", 2),
        weight!("r6", 3),
        "adds r1, #4",
        "subs r2, #4",
        "bhs 2b",
        "4:",
        "adds r2, #4",
        "beq 7f",
        // The rest.
        "6:",
        "ldm r0!, {{r4}}",
        weight!("r4", 0),
        "adds r1, #1",
        "subs r2, #1",
        "bne 6b",
        "7:",
        "pop {{r4-r6, pc}}",
        ".p2align 2",
        "5: .word {table}",
        last = const EXP2_TABLE.len() - 1,
        table = sym EXP2_TABLE,
    )
}

/// One channel: 4 x, and x and 2 x as the mantissa's bits say, shifted, rounded by the carry and added.
macro_rules! add_scaled_number {
    ($at:literal) => {
        concat!(
            "ldrb r4, [r2, #",
            $at,
            "]\nldm r1!, {{r6}}\nlsls r5, r6, #2\n",
            "lsrs r4, r4, #1\nbcc 3f\nadds r5, r5, r6\n3:\n",
            "lsrs r4, r4, #1\nbcc 4f\nlsls r6, r6, #1\nadds r5, r5, r6\n4:\n",
            // No carry, which a shift by nothing would leave as it is.
            "cmp r7, r0\nasrs r5, r4\nldr r6, [r0]\nadcs r5, r6\nstm r0!, {{r5}}\n",
        )
    };
}

#[unsafe(naked)]
pub(crate) unsafe extern "C" fn add_scaled(
    channels: *mut i32,
    sums: *const i32,
    scales: *const u8,
    quads: usize,
) {
    // r0 channels, r1 sums, r2 scales, r3 end, r4 scale, r5 the number, r6 scratch, r7 zero.
    naked_asm!(
        "push {{r4-r7, lr}}",
        "lsls r3, r3, #4",
        "adds r3, r3, r0",
        "movs r7, #0",
        "2:",
        add_scaled_number!(0),
        add_scaled_number!(1),
        add_scaled_number!(2),
        add_scaled_number!(3),
        "adds r2, #4",
        "cmp r0, r3",
        "bne 2b",
        "pop {{r4-r7, pc}}",
    )
}
