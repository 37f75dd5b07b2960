//! The abs-mean norm of many vectors, and its gradient.

use crate::config::Arithmetic;
use crate::model::norm::Norm;
use crate::util::simd::{sum, sum2, wide};

/// Float vectors whose magnitudes sum to less are zeros, which stay zeros and have no gradient: their factor would be infinite.
/// `relu` makes them.
const LEAST: f32 = 1e-20;

/// What floats are multiplied with whose magnitudes sum to `sum`, so that these then sum to `target`.
#[inline(always)]
fn float_factor(target: f32, sum: f32) -> f32 {
    if sum < LEAST { 0.0 } else { target / sum }
}

/// Norms each vector of `width` numbers of `x` into `y`.
///
/// # Panics
/// When `x` and `y` differ in length.
pub fn forward(x: &[f32], y: &mut [f32], width: usize, renorm: Norm, arithmetic: Arithmetic) {
    assert_eq!(x.len(), y.len());
    wide(
        #[inline(always)]
        || forward_rows(x, y, width, renorm, arithmetic),
    );
}

#[inline(always)]
fn forward_rows(x: &[f32], y: &mut [f32], width: usize, renorm: Norm, arithmetic: Arithmetic) {
    let clamp = f32::from(renorm.clamp);
    let target = f32::from(renorm.target) * width as f32;
    for (x, y) in x.chunks_exact(width).zip(y.chunks_exact_mut(width)) {
        let sum = sum(x, f32::abs);
        match arithmetic {
            Arithmetic::Integer => {
                let factor = renorm.factor(sum, width);
                for (y, x) in y.iter_mut().zip(x) {
                    *y = (x * factor + 0.5).floor().max(-clamp).min(clamp);
                }
            }
            Arithmetic::Float => {
                let factor = float_factor(target, sum);
                for (y, x) in y.iter_mut().zip(x) {
                    *y = x * factor;
                }
            }
        }
    }
}

/// From the gradient `dy` with respect to the abs-mean norm of `x` to that with respect to `x`, in place: that of
/// `target * x / mean|x|`, clamped.
///
/// # Panics
/// When `x` and `dy` differ in length.
pub fn backward(x: &[f32], dy: &mut [f32], width: usize, renorm: Norm, arithmetic: Arithmetic) {
    assert_eq!(x.len(), dy.len());
    wide(
        #[inline(always)]
        || backward_rows(x, dy, width, renorm, arithmetic),
    );
}

#[inline(always)]
fn backward_rows(x: &[f32], dy: &mut [f32], width: usize, renorm: Norm, arithmetic: Arithmetic) {
    let clamp = match arithmetic {
        Arithmetic::Integer => f32::from(renorm.clamp),
        Arithmetic::Float => f32::INFINITY,
    };
    let target = f32::from(renorm.target) * width as f32;
    for (x, dy) in x.chunks_exact(width).zip(dy.chunks_exact_mut(width)) {
        let sum = sum(x, f32::abs);
        let (sum, factor) = match arithmetic {
            // No sum of magnitudes of integers is between 0 and 1.
            Arithmetic::Integer => (sum.max(1.0), target / sum.max(1.0)),
            Arithmetic::Float => (sum.max(LEAST), float_factor(target, sum)),
        };
        for (dy, x) in dy.iter_mut().zip(x) {
            *dy = if x.abs() * factor <= clamp { *dy } else { 0.0 };
        }
        let share = sum2(x, dy, |x, dy| x * dy) / sum;
        for (dy, x) in dy.iter_mut().zip(x) {
            let share = match () {
                () if *x > 0.0 => share,
                () if *x < 0.0 => -share,
                () => 0.0,
            };
            *dy = factor * (*dy - share);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::norm::HIDDEN;

    /// What relu leaves of a token that no hidden channel answers to. The gradient of integers is burn's, which relu cuts later.
    #[test]
    fn a_vector_of_zeros_stays_one_and_has_no_gradient() {
        for arithmetic in [Arithmetic::Integer, Arithmetic::Float] {
            for width in [4, 512] {
                let x = vec![0.0; width];
                let mut y = vec![1.0; width];
                forward(&x, &mut y, width, HIDDEN, arithmetic);
                assert_eq!(y, x, "{arithmetic:?}");
                let mut dy = vec![1.0; width];
                backward(&x, &mut dy, width, HIDDEN, arithmetic);
                match arithmetic {
                    Arithmetic::Integer => assert!(dy.iter().all(|dy| dy.is_finite())),
                    Arithmetic::Float => assert_eq!(dy, x),
                }
            }
        }
    }
}
