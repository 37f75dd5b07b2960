//! Element by element over the tokens of a batch: each array of [`LANES`] is one number of every token.

use crate::arch::simd::vectorised;
use crate::arch::simd::work::Work;
use crate::arithmetic::{Norm, Quarters, checked, scaled_by};
use crate::lut::batch::LANES;

/// [`crate::elements::abs_mean_norm`] of every token's vector.
pub(super) fn abs_mean_norm(input: &[[i32; LANES]], output: &mut [[i8; LANES]], norm: Norm) {
    let sums = vectorised(Magnitudes(input));
    let mut factors = Factors::default();
    let mut left = [0; LANES];
    for (lane, &sum) in sums.iter().enumerate() {
        let (m, shift) = norm.factor(sum);
        factors.set(lane, m, shift.max(0).unsigned_abs());
        left[lane] = shift.min(0).unsigned_abs();
    }
    vectorised(Quantise {
        input,
        output,
        factors: &factors,
        clamp: norm.clamp() as i8,
    });
    // Vectors of little more than zeros are made larger: rare, and a shift that differs by lane is a multiplication
    // where vector registers have no such instruction.
    for (lane, &left) in left.iter().enumerate().filter(|&(_, &left)| left > 0) {
        let (quarters, clamp) = (factors.quarters(lane), norm.clamp());
        for (y, x) in output.iter_mut().zip(input) {
            // Within -127..=127 after the clamp.
            y[lane] = quarters
                .times(x[lane])
                .wrapping_shl(left)
                .clamp(-clamp, clamp) as i8;
        }
    }
}

/// `sum |x|` of every token.
struct Magnitudes<'a>(&'a [[i32; LANES]]);

impl Work for Magnitudes<'_> {
    type Output = [u32; LANES];

    #[inline(always)]
    fn run(self) -> [u32; LANES] {
        let mut sums = [0u32; LANES];
        for row in self.0 {
            for (sum, x) in sums.iter_mut().zip(row) {
                *sum = sum.wrapping_add(x.unsigned_abs());
            }
        }
        sums
    }
}

/// `(m x + half) >> right` of every token, `m` as masks of its lower bits.
#[derive(Default)]
struct Factors {
    two: [i32; LANES],
    one: [i32; LANES],
    half: [i32; LANES],
    right: [u32; LANES],
}

impl Factors {
    fn set(&mut self, lane: usize, m: u8, right: u32) {
        let Quarters { two, one } = Quarters::new(m);
        (self.two[lane], self.one[lane]) = (two, one);
        (self.half[lane], self.right[lane]) = (1 << right >> 1, right);
    }

    #[inline(always)]
    fn quarters(&self, lane: usize) -> Quarters {
        let (two, one) = (self.two[lane], self.one[lane]);
        Quarters { two, one }
    }
}

struct Quantise<'a> {
    input: &'a [[i32; LANES]],
    output: &'a mut [[i8; LANES]],
    factors: &'a Factors,
    clamp: i8,
}

impl Work for Quantise<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let factors = self.factors;
        for (row, y) in self.input.iter().zip(self.output) {
            for lane in 0..LANES {
                let rounded = factors
                    .quarters(lane)
                    .times(row[lane])
                    .wrapping_add(factors.half[lane]);
                let scaled = rounded.wrapping_shr(factors.right[lane]);
                // First to a byte, as vector registers narrow numbers.
                let byte = scaled.clamp(i8::MIN.into(), i8::MAX.into()) as i8;
                y[lane] = byte.clamp(-self.clamp, self.clamp);
            }
        }
    }
}

/// `max(x, 0)`.
pub(super) fn rectify(rows: &mut [[i32; LANES]]) {
    vectorised(|| {
        rows.as_flattened_mut()
            .iter_mut()
            .for_each(|x| *x = (*x).max(0))
    });
}

/// Adds `sums` to `residual`, each row by its scale.
pub(super) fn add_scaled(residual: &mut [[i32; LANES]], sums: &[[i32; LANES]], scales: &[u8]) {
    vectorised(|| {
        for ((x, sum), &byte) in residual.iter_mut().zip(sums).zip(scales) {
            let scale = scaled_by(checked(byte));
            for (x, &sum) in x.iter_mut().zip(sum) {
                *x = x.wrapping_add(scale(sum));
            }
        }
    });
}

/// Each row by its scale.
pub(super) fn scale_rows(rows: &mut [[i32; LANES]], scales: &[u8]) {
    vectorised(|| {
        for (row, &byte) in rows.iter_mut().zip(scales) {
            let scale = scaled_by(checked(byte));
            row.iter_mut().for_each(|x| *x = scale(*x));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elements;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    proptest! {
        /// Every lane with magnitudes of its own, from nothing to the largest.
        #[test]
        fn the_norm_of_lanes_is_the_norm_of_each(
            numbers in prop::collection::vec(-40_000i32..40_000, 4 * LANES..64 * LANES),
            (target, clamp) in prop::sample::select(vec![(10, 31), (5, 31), (2, 4), (1, 1)]),
        ) {
            let rows: Vec<[i32; LANES]> = numbers
                .as_chunks()
                .0
                .iter()
                .map(|row: &[i32; LANES]| core::array::from_fn(|lane| row[lane] >> (lane % 20) & if lane == 31 { 0 } else { -1 }))
                .collect();
            let norm = Norm::new(rows.len(), target, clamp);
            let mut output = vec![[99; LANES]; rows.len()];
            abs_mean_norm(&rows, &mut output, norm);
            for lane in 0..LANES {
                let vector: Vec<i32> = rows.iter().map(|row| row[lane]).collect();
                let mut expected = vec![0; rows.len()];
                elements::abs_mean_norm(&vector, &mut expected, norm);
                let got: Vec<i8> = output.iter().map(|row| row[lane]).collect();
                prop_assert_eq!(got, expected, "lane {}", lane);
            }
        }
    }
}
