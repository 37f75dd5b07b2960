//! The element-wise steps on RV32I.
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

/// a2 += |number|.
macro_rules! magnitude {
    ($at:literal) => {
        concat!(
            "lw t0, 4*",
            $at,
            "(a0)\nsrai t1, t0, 31\nxor t0, t0, t1\nsub t0, t0, t1\nadd a2, a2, t0\n"
        )
    };
}

macro_rules! positive {
    ($at:literal) => {
        concat!("lw t0, 4*", $at, "(a0)\nblez t0, 3f\nadd a2, a2, t0\n3:\n")
    };
}

macro_rules! sums {
    ($($name:ident: $number:ident;)*) => {$(
        #[unsafe(naked)]
        pub(crate) unsafe extern "C" fn $name(input: *const i32, quads: usize) -> u32 {
            naked_asm!(
                "slli a1, a1, 4",
                "add a1, a1, a0",
                "li a2, 0",
                "2:",
                $number!(0),
                $number!(1),
                $number!(2),
                $number!(3),
                "addi a0, a0, 16",
                "bne a0, a1, 2b",
                "mv a0, a2",
                "ret",
            )
        }
    )*};
}

sums! {
    magnitudes: magnitude;
    positives: positive;
}

/// t0 times a factor, plus a half of the step, shifted right.
macro_rules! scaled {
    ($factor:literal) => {
        concat!($factor, "add t0, t0, t2\nsra t0, t0, t3\n")
    };
}

/// One number, clamped to t4 either way; t5 is twice that.
macro_rules! quantised {
    ($factor:literal, $at:literal) => {
        concat!(
            "lw t0, 4*", $at, "(a0)\n", scaled!($factor),
            "add t1, t0, t4\nbleu t1, t5, 3f\nsrai t1, t0, 31\nxor t0, t1, t4\nsub t0, t0, t1\n3:\n",
            "sb t0, ", $at, "(a1)\n",
        )
    };
}

/// One number of which nothing negative is kept.
macro_rules! rectified {
    ($factor:literal, $at:literal) => {
        concat!(
            "lw t0, 4*",
            $at,
            "(a0)\nbgtz t0, 3f\nsb zero, ",
            $at,
            "(a1)\nj 5f\n3:\n",
            scaled!($factor),
            "ble t0, t4, 4f\nmv t0, t4\n4:\nsb t0, ",
            $at,
            "(a1)\n5:\n",
        )
    };
}

macro_rules! loops {
    ($($name:ident: $number:ident, $factor:literal;)*) => {$(
        #[unsafe(naked)]
        pub(crate) unsafe extern "C" fn $name(input: *const i32, output: *mut i8, quads: usize, shift_clamp: u32) {
            // a0 input, a1 output, a2 end, t0 the number, t1 scratch, t2 half, t3 shift, t4 clamp, t5 twice that.
            naked_asm!(
                "slli a2, a2, 4",
                "add a2, a2, a0",
                "andi t3, a3, 255",
                "srli t4, a3, 8",
                "slli t5, t4, 1",
                "li t2, 1",
                "sll t2, t2, t3",
                "srli t2, t2, 1",
                "2:",
                $number!($factor, 0),
                $number!($factor, 1),
                $number!($factor, 2),
                $number!($factor, 3),
                "addi a0, a0, 16",
                "addi a1, a1, 4",
                "bne a0, a2, 2b",
                "ret",
            )
        }
    )*};
}

loops! {
    by_1: quantised, "";
    by_3: quantised, "slli t1, t0, 1\nadd t0, t0, t1\n";
    by_5: quantised, "slli t1, t0, 2\nadd t0, t0, t1\n";
    by_7: quantised, "slli t1, t0, 3\nsub t0, t1, t0\n";
    rectify_by_1: rectified, "";
    rectify_by_3: rectified, "slli t1, t0, 1\nadd t0, t0, t1\n";
    rectify_by_5: rectified, "slli t1, t0, 2\nadd t0, t0, t1\n";
    rectify_by_7: rectified, "slli t1, t0, 3\nsub t0, t1, t0\n";
}

/// Scores by the factor, rounded, plus their biases, the last bias first; returns the largest.
macro_rules! score_loops {
    ($($name:ident: $factor:literal;)*) => {$(
        #[unsafe(naked)]
        pub(crate) unsafe extern "C" fn $name(scores: *mut i32, last_bias: *const [u8; 2], count: usize, shift: u32) -> i32 {
            // a0 scores, a1 bias, a2 end, a3 shift, a4 half, a5 largest, t0 the score, t1 scratch.
            naked_asm!(
                "slli a2, a2, 2",
                "add a2, a2, a0",
                "li a4, 1",
                "sll a4, a4, a3",
                "srli a4, a4, 1",
                "li a5, 0x80000000",
                "2:",
                "lw t0, 0(a0)",
                $factor,
                "add t0, t0, a4",
                "sra t0, t0, a3",
                "lbu t1, 0(a1)",
                "add t0, t0, t1",
                "lb t1, 1(a1)",
                "slli t1, t1, 8",
                "add t0, t0, t1",
                "sw t0, 0(a0)",
                "ble t0, a5, 3f",
                "mv a5, t0",
                "3:",
                "addi a0, a0, 4",
                "addi a1, a1, -2",
                "bne a0, a2, 2b",
                "mv a0, a5",
                "ret",
            )
        }
    )*};
}

score_loops! {
    score_by_1: "";
    score_by_3: "slli t1, t0, 1\nadd t0, t0, t1\n";
    score_by_5: "slli t1, t0, 2\nadd t0, t0, t1\n";
    score_by_7: "slli t1, t0, 3\nsub t0, t1, t0\n";
}

/// One weight.
macro_rules! weight {
    ($at:literal) => {
        concat!(
            "lw t0, 4*",
            $at,
            "(a0)\nsub t0, a3, t0\nbgeu t0, a5, 3f\nadd t0, t0, a4\nlbu t0, 0(t0)\nsb t0, ",
            $at,
            "(a1)\n3:\n",
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
    // a0 scores, a1 weights, a2 weights behind the last whole four, a3 largest, a4 table, a5 its length, a6 end of the
    // weights, t0 the distance.
    naked_asm!(
        "add a6, a1, a2",
        "andi a2, a2, -4",
        "add a2, a2, a1",
        "lui a4, %hi({table})",
        "addi a4, a4, %lo({table})",
        "li a5, {length}",
        "beq a1, a2, 4f",
        "2:",
        weight!(0),
        weight!(1),
        weight!(2),
        weight!(3),
        "addi a0, a0, 16",
        "addi a1, a1, 4",
        "bne a1, a2, 2b",
        "4:",
        "beq a1, a6, 7f",
        // The rest.
        "6:",
        weight!(0),
        "addi a0, a0, 4",
        "addi a1, a1, 1",
        "bne a1, a6, 6b",
        "7:",
        "ret",
        length = const EXP2_TABLE.len(),
        table = sym EXP2_TABLE,
    )
}

/// One channel: 4 x, and x and 2 x as the mantissa's bits say, shifted, rounded and added.
macro_rules! add_scaled_number {
    ($at:literal) => {
        concat!(
            "lbu t0, ",
            $at,
            "(a2)\nlw t1, 4*",
            $at,
            "(a1)\nslli t2, t1, 2\n",
            "andi t3, t0, 1\nbeqz t3, 3f\nadd t2, t2, t1\n3:\n",
            "andi t3, t0, 2\nbeqz t3, 4f\nslli t1, t1, 1\nadd t2, t2, t1\n4:\n",
            "srli t0, t0, 2\nsll t3, a4, t0\nsrli t3, t3, 1\nadd t2, t2, t3\nsra t2, t2, t0\n",
            "lw t1, 4*",
            $at,
            "(a0)\nadd t2, t2, t1\nsw t2, 4*",
            $at,
            "(a0)\n",
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
    // a0 channels, a1 sums, a2 scales, a3 end, a4 one, t0 scale, t1 and t3 scratch, t2 the number.
    naked_asm!(
        "slli a3, a3, 4",
        "add a3, a3, a0",
        "li a4, 1",
        "2:",
        add_scaled_number!(0),
        add_scaled_number!(1),
        add_scaled_number!(2),
        add_scaled_number!(3),
        "addi a0, a0, 16",
        "addi a1, a1, 16",
        "addi a2, a2, 4",
        "bne a0, a3, 2b",
        "ret",
    )
}
