//! The element-wise steps on small cores: the checked door to loops in assembly.
//!
//! Compilers turn `(x << 3) - x` into a multiplication where the core has one; these loops add.
#![allow(unsafe_code)]

#[cfg(kernel = "armv6m")]
use crate::arch::armv6m::elements as steps;
#[cfg(kernel = "armv7m")]
use crate::arch::armv7m::elements as steps;
#[cfg(kernel = "riscv32")]
use crate::arch::riscv32::elements as steps;
use crate::arithmetic::{Quarters, checked, scale};
use formats::Scale;

/// Numbers that a loop takes at a time.
const QUAD: usize = 4;
/// What some rectifying loops saturate to.
const RECTIFIED_CLAMP: i32 = 31;

/// The sum of the magnitudes, or with `rectified` of the positive numbers, modulo 2^32.
pub(crate) fn sum(input: &[i32], rectified: bool) -> u32 {
    let (quads, rest) = input.as_chunks::<QUAD>();
    let sum = if quads.is_empty() {
        0
    } else {
        // SAFETY: reads `quads.len()` times four numbers, and there is at least one such group.
        unsafe {
            if rectified {
                steps::positives(quads.as_ptr().cast(), quads.len())
            } else {
                steps::magnitudes(quads.as_ptr().cast(), quads.len())
            }
        }
    };
    rest.iter().fold(sum, |sum, &x| {
        let x = if rectified { x.max(0) } else { x };
        sum.wrapping_add(x.unsigned_abs())
    })
}

/// `output = clamp((m * x + half) >> shift)` for `m` in 4..=7, of `max(x, 0)` with `rectified`.
pub(crate) fn quantise(
    input: &[i32],
    output: &mut [i8],
    m: u8,
    shift: u32,
    clamp: i32,
    rectified: bool,
) {
    let quads = input.len().min(output.len()) / QUAD;
    let less = powers_of_two(m);
    let mut done = 0;
    if quads != 0 && shift > less && (!rectified || clamp == RECTIFIED_CLAMP) {
        let shift_clamp = (shift - less) | clamp.unsigned_abs() << 8;
        // SAFETY: reads and writes `quads` times four numbers, and both slices have them.
        unsafe {
            let (x, y) = (input.as_ptr(), output.as_mut_ptr());
            // Calls by name: a call through a pointer would hide from the proof of what can be reached.
            match (rectified, m) {
                (false, 4) => steps::by_1(x, y, quads, shift_clamp),
                (false, 5) => steps::by_5(x, y, quads, shift_clamp),
                (false, 6) => steps::by_3(x, y, quads, shift_clamp),
                (false, _) => steps::by_7(x, y, quads, shift_clamp),
                (true, 4) => steps::rectify_by_1(x, y, quads, shift_clamp),
                (true, 5) => steps::rectify_by_5(x, y, quads, shift_clamp),
                (true, 6) => steps::rectify_by_3(x, y, quads, shift_clamp),
                (true, _) => steps::rectify_by_7(x, y, quads, shift_clamp),
            }
        }
        done = quads * QUAD;
    }
    if done < input.len() {
        let (input, output) = (
            input.get(done..).unwrap_or_default(),
            output.get_mut(done..).unwrap_or_default(),
        );
        quantise_rest(input, output, m, shift, clamp, rectified);
    }
}

/// What the loops leave: less than four numbers, or all where the shift is small.
#[cold]
#[inline(never)]
fn quantise_rest(input: &[i32], output: &mut [i8], m: u8, shift: u32, clamp: i32, rectified: bool) {
    let half = 1i32.wrapping_shl(shift) >> 1;
    for (y, &x) in output.iter_mut().zip(input) {
        let x = if rectified { x.max(0) } else { x };
        *y = (Quarters::new(m).times(x).wrapping_add(half) >> shift)
            .min(clamp)
            .max(-clamp) as i8;
    }
}

/// The powers of two in a mantissa: the loops take 4 as 1 with two shifts less, and 6 as 3 with one less.
const fn powers_of_two(m: u8) -> u32 {
    match m {
        4 => 2,
        6 => 1,
        _ => 0,
    }
}

/// `scores = scale(scores) + biases`, the last bias first; returns the largest score.
pub(crate) fn add_biases(scores: &mut [i32], by: Scale, biases: &[[u8; 2]]) -> i32 {
    let count = scores.len().min(biases.len());
    let (Some(scores), Some(biases)) =
        (scores.get_mut(..count), biases.get(biases.len() - count..))
    else {
        return i32::MIN;
    };
    let Some(last) = biases.last() else {
        return i32::MIN;
    };
    let less = powers_of_two(by.mantissa());
    let shift = u32::from(by.shift());
    // A factor of 1 may stay unshifted: there is nothing to round.
    if shift > less || (shift == less && by.mantissa() == 4) {
        // SAFETY: reads and writes `count` scores and reads as many biases, up to the last; `count` is not 0.
        return unsafe {
            let (scores, shift) = (scores.as_mut_ptr(), shift - less);
            match by.mantissa() {
                4 => steps::score_by_1(scores, last, count, shift),
                5 => steps::score_by_5(scores, last, count, shift),
                6 => steps::score_by_3(scores, last, count, shift),
                _ => steps::score_by_7(scores, last, count, shift),
            }
        };
    }
    for score in &mut *scores {
        *score = scale(*score, by);
    }
    // SAFETY: as above.
    unsafe { steps::score_by_1(scores.as_mut_ptr(), last, count, 0) }
}

/// `weights = exp2(max - scores)`; `weights` must be zero before.
pub(crate) fn weigh(scores: &[i32], max: i32, weights: &mut [i8]) {
    let count = scores.len().min(weights.len());
    if count != 0 {
        // SAFETY: reads `count` scores and writes as many weights, at least one.
        unsafe { steps::weigh(scores.as_ptr(), weights.as_mut_ptr(), count, max) }
    }
}

/// `channels += scale(sums)`, each by its own scale, as bytes that `Model::parse` has checked.
pub(crate) fn add_scaled(channels: &mut [i32], sums: &[i32], scales: &[u8]) {
    let count = channels.len().min(sums.len()).min(scales.len());
    let quads = count / QUAD;
    if quads != 0 {
        // SAFETY: reads and writes `quads` times four channels and reads as many sums and scales, at least four each.
        unsafe { steps::add_scaled(channels.as_mut_ptr(), sums.as_ptr(), scales.as_ptr(), quads) }
    }
    let done = quads * QUAD;
    let rest = channels.iter_mut().zip(sums).zip(scales).skip(done);
    for ((x, &sum), &byte) in rest {
        *x = x.wrapping_add(scale(sum, checked(byte)));
    }
}
