//! The element-wise steps on ARMv7-M: free shifts, the carry as the rounding bit, saturation.
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

/// r1 += |register|: the complement of a negative number, plus one.
macro_rules! magnitude {
    ($x:literal) => {
        concat!(
            "eor r12, ",
            $x,
            ", ",
            $x,
            ", asr #31\nadd r1, r1, r12\nadd r1, r1, ",
            $x,
            ", lsr #31\n"
        )
    };
}

macro_rules! positive {
    ($x:literal) => {
        concat!("bic r12, ", $x, ", ", $x, ", asr #31\nadd r1, r1, r12\n")
    };
}

macro_rules! sums {
    ($($name:ident: $number:ident;)*) => {$(
        #[unsafe(naked)]
        pub(crate) unsafe extern "C" fn $name(input: *const i32, quads: usize) -> u32 {
            naked_asm!(
                "push {{r4-r6, lr}}",
                "add r6, r0, r1, lsl #4",
                "movs r1, #0",
                "2:",
                "ldm r0!, {{r2-r5}}",
                $number!("r2"),
                $number!("r3"),
                $number!("r4"),
                $number!("r5"),
                "cmp r0, r6",
                "bne 2b",
                "mov r0, r1",
                "pop {{r4-r6, pc}}",
            )
        }
    )*};
}

sums! {
    magnitudes: magnitude;
    positives: positive;
}

/// r4 times a factor, shifted right by r2 and rounded half up: the last bit shifted out is the carry.
macro_rules! scaled {
    ($factor:literal) => {
        concat!(
            "ldr r4, [r0], #4\n",
            $factor,
            "asrs r4, r2\nadc r4, r4, #0\n"
        )
    };
}

/// One number, clamped to r6 either way; r7 is twice that.
macro_rules! quantised {
    ($factor:literal) => {
        concat!(
            scaled!($factor),
            "adds r5, r4, r6\ncmp r5, r7\nbls 3f\nasrs r5, r4, #31\neor r4, r5, r6\nsubs r4, r4, r5\n3:\n",
            "strb r4, [r1], #1\n",
        )
    };
}

/// One number of which nothing negative is kept, at most 31.
macro_rules! rectified {
    ($factor:literal) => {
        concat!(scaled!($factor), "usat r4, #5, r4\nstrb r4, [r1], #1\n")
    };
}

macro_rules! loops {
    ($($name:ident: $number:ident, $factor:literal;)*) => {$(
        #[unsafe(naked)]
        pub(crate) unsafe extern "C" fn $name(input: *const i32, output: *mut i8, quads: usize, shift_clamp: u32) {
            // r0 input, r1 output, r2 shift, r4 the number, r5 scratch, r6 clamp, r7 twice that, r12 end.
            naked_asm!(
                "push {{r4-r7, lr}}",
                "add r12, r0, r2, lsl #4",
                "uxtb r2, r3",
                "lsrs r6, r3, #8",
                "lsls r7, r6, #1",
                "2:",
                $number!($factor),
                $number!($factor),
                $number!($factor),
                $number!($factor),
                "cmp r0, r12",
                "bne 2b",
                "pop {{r4-r7, pc}}",
            )
        }
    )*};
}

loops! {
    by_1: quantised, "";
    by_3: quantised, "add r4, r4, r4, lsl #1\n";
    by_5: quantised, "add r4, r4, r4, lsl #2\n";
    by_7: quantised, "rsb r4, r4, r4, lsl #3\n";
    rectify_by_1: rectified, "";
    rectify_by_3: rectified, "add r4, r4, r4, lsl #1\n";
    rectify_by_5: rectified, "add r4, r4, r4, lsl #2\n";
    rectify_by_7: rectified, "rsb r4, r4, r4, lsl #3\n";
}

/// Scores by the factor, rounded, plus their biases, the last bias first; returns the largest.
macro_rules! score_loops {
    ($($name:ident: $factor:literal;)*) => {$(
        #[unsafe(naked)]
        pub(crate) unsafe extern "C" fn $name(scores: *mut i32, last_bias: *const [u8; 2], count: usize, shift: u32) -> i32 {
            // r0 scores, r1 bias, r2 end, r3 shift, r4 the score, r5 the bias, r6 largest.
            naked_asm!(
                "push {{r4-r6, lr}}",
                "add r2, r0, r2, lsl #2",
                "mov r6, #0x80000000",
                // No carry, which a shift by nothing would leave as it is; nor does the end of a turn.
                "cmp r0, r2",
                "2:",
                "ldr r4, [r0]",
                $factor,
                // The last bit shifted out is the carry, which rounds.
                "asrs r4, r3",
                "ldrsh r5, [r1], #-2",
                "adc r4, r4, r5",
                "str r4, [r0], #4",
                "cmp r4, r6",
                "it gt",
                "movgt r6, r4",
                "cmp r0, r2",
                "bne 2b",
                "mov r0, r6",
                "pop {{r4-r6, pc}}",
            )
        }
    )*};
}

score_loops! {
    score_by_1: "";
    score_by_3: "add r4, r4, r4, lsl #1\n";
    score_by_5: "add r4, r4, r4, lsl #2\n";
    score_by_7: "rsb r4, r4, r4, lsl #3\n";
}

/// One weight.
macro_rules! weight {
    ($at:literal) => {
        concat!(
            "ldr r4, [r0], #4\nsubs r4, r3, r4\ncmp r4, #{last}\nbhi 3f\n",
            "ldrb r4, [r5, r4]\nstrb r4, [r1, #",
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
    // r0 scores, r1 weights, r2 weights left, r3 largest, r4 the distance, r5 the table.
    naked_asm!(
        "push {{r4, r5, lr}}",
        "ldr r5, 5f",
        "subs r2, #4",
        "blo 4f",
        "2:",
        weight!(0),
        weight!(1),
        weight!(2),
        weight!(3),
        "adds r1, #4",
        "subs r2, #4",
        "bhs 2b",
        "4:",
        "adds r2, #4",
        "beq 7f",
        // The rest.
        "6:",
        weight!(0),
        "adds r1, #1",
        "subs r2, #1",
        "bne 6b",
        "7:",
        "pop {{r4, r5, pc}}",
        ".p2align 2",
        "5: .word {table}",
        last = const EXP2_TABLE.len() - 1,
        table = sym EXP2_TABLE,
    )
}

/// One channel: 4 x, and x and 2 x as the mantissa's bits say, shifted, rounded by the carry and added.
macro_rules! add_scaled_number {
    () => {
        concat!(
            "ldrb r4, [r2], #1\nldr r6, [r1], #4\nlsl r5, r6, #2\n",
            "lsls r12, r4, #31\nit mi\naddmi r5, r5, r6\nit cs\naddcs r5, r5, r6, lsl #1\n",
            // No carry, which a shift by nothing would leave as it is.
            "lsrs r4, r4, #2\ncmp r7, r0\nasrs r5, r4\nldr r6, [r0]\nadc r5, r5, r6\nstr r5, [r0], #4\n",
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
    // r0 channels, r1 sums, r2 scales, r3 end, r4 scale, r5 the number, r6 and r12 scratch, r7 zero.
    naked_asm!(
        "push {{r4-r7, lr}}",
        "add r3, r0, r3, lsl #4",
        "movs r7, #0",
        "2:",
        add_scaled_number!(),
        add_scaled_number!(),
        add_scaled_number!(),
        add_scaled_number!(),
        "cmp r0, r3",
        "bne 2b",
        "pop {{r4-r7, pc}}",
    )
}
