//! Learned factors of the form `m / 2^s`, and the rounding multiplication by them.

use burn::tensor::Tensor;
use formats::dims::{MAX_ACTIVATION, SUM_LIMIT};
use formats::{Dims, Scale};

/// The scale nearest to `2^log2`, with `m` in 4..=7: within 12.5 %, and at the ends of the range the last one.
pub fn nearest(log2: f32) -> Scale {
    let max_shift = i32::from(Scale::MAX_SHIFT);
    let log2 = f64::from(log2).clamp(f64::from(2 - max_shift), 7f64.log2());
    let mut octave = log2.floor();
    let mut mantissa = (4.0 * (log2 - octave).exp2() + 0.5).floor();
    if mantissa == 8.0 {
        mantissa = 4.0;
        octave += 1.0;
    }
    let shift = 2 - octave as i32;
    Scale::new(mantissa as u8, shift as u8).expect("the clamp keeps both in range")
}

/// The factor that a scale stands for, exactly.
pub fn factor(scale: Scale) -> f32 {
    f32::from(scale.mantissa()) * (-f32::from(scale.shift())).exp2()
}

/// The scale whose [`factor`] this is.
///
/// # Panics
/// When it is none.
pub fn from_factor(factor: f32) -> Scale {
    let scale = nearest(factor.log2());
    assert_eq!(self::factor(scale), factor, "the factor of a scale");
    scale
}

/// The logarithms to base 2 that the scales of a parameter may have: no smaller than the smallest scale, and no larger than
/// leaves the residual stream, in the worst case, in what a model file may hold.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Range {
    least: f32,
    most: f32,
}

impl Range {
    /// For the scales called `name` in a model of `dims`. Every half-block may add the same share of what the residual stream
    /// holds.
    pub fn of(name: &str, dims: &Dims) -> Self {
        let inputs = match name.rsplit('.').next() {
            Some("o_proj_scales") => Some(dims.d_model),
            Some("down_proj_scales") => Some(dims.d_ff),
            _ => None,
        };
        let scales = (0..=Scale::MAX_SHIFT).flat_map(|shift| {
            let mantissas = (4..8).rev();
            mantissas.filter_map(move |mantissa| Scale::new(mantissa, shift))
        });
        // From the largest down.
        let mut allowed = scales.filter(|&scale| inputs.is_none_or(|n| fits(scale, n, dims)));
        let least = 2.0 - f32::from(Scale::MAX_SHIFT);
        let most = allowed.next().map_or(least, |scale| factor(scale).log2());
        Self { least, most }
    }

    /// Brings logarithms into it.
    pub fn clamp(self, log2: &mut [f32]) {
        for log2 in log2 {
            *log2 = log2.clamp(self.least, self.most);
        }
    }
}

/// Whether a half-block whose last matrix has rows of `inputs` weights and this scale keeps to its share.
fn fits(scale: Scale, inputs: u16, dims: &Dims) -> bool {
    let sum = u64::from(dims.max_weight().unsigned_abs())
        * u64::from(MAX_ACTIVATION.unsigned_abs())
        * u64::from(inputs);
    let reached = ((sum * u64::from(scale.mantissa())) >> scale.shift()) + 1;
    let limit = (SUM_LIMIT - 1) / u64::from(dims.d_model);
    let share = limit.saturating_sub(dims.embedding_bound()) / (2 * u64::from(dims.layers));
    reached <= share
}

/// `floor(x * factor + 1/2)` for integers `x` below 2^24 / 8, or 2^23 / 8 when the scale has no shift, and exact
/// factors, which broadcast. The gradient is that of `x * factor`.
pub fn apply<const D: usize>(x: Tensor<D>, factor: Tensor<D>) -> Tensor<D> {
    round_half_up(x * factor)
}

/// `floor(x + 1/2)` for multiples of 2^-16 whose numerators are below 2^24. The gradient passes straight through.
fn round_half_up<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let exact = x.clone().inner();
    // The difference is a multiple of 2^-16 too, so the sum is exact.
    let difference = exact.clone().add_scalar(0.5).floor() - exact;
    x + difference
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn the_nearest_scale_is_within_its_step() {
        for i in -1400..=280 {
            let log2 = i as f32 / 100.0;
            let ratio = f64::from(factor(nearest(log2))) / f64::from(log2).exp2();
            assert!((0.88..=1.126).contains(&ratio), "{log2}: {ratio}");
        }
        assert_eq!(nearest(-100.0), Scale::new(4, 16).unwrap());
        assert_eq!(nearest(100.0), Scale::new(7, 0).unwrap());
        assert_eq!(nearest(0.0), Scale::new(4, 2).unwrap());
        // 2^0.95 is 7.7 / 4: rounds up into the next octave.
        assert_eq!(nearest(0.95), Scale::new(4, 1).unwrap());
    }

    #[test]
    fn every_scale_survives_its_factor() {
        for byte in 0..=u8::MAX {
            if let Some(scale) = Scale::from_byte(byte) {
                assert_eq!(from_factor(factor(scale)), scale);
            }
        }
    }

    #[test]
    fn products_round_half_up_exactly() {
        let device = Device::flex();
        for byte in 0..=(16 << 2 | 3) {
            let scale = Scale::from_byte(byte).unwrap();
            let x: Vec<i64> = (-40..40)
                .chain([(1 << 20) - 1, -(1 << 20), 99_999, -123_457])
                .chain(
                    [(1 << 21) - 1, -(1 << 21)]
                        .into_iter()
                        .filter(|_| scale.shift() > 0),
                )
                .collect();
            let data: Vec<f32> = x.iter().map(|&v| v as f32).collect();
            let tensor = Tensor::<1>::from_floats(data.as_slice(), &device);
            let factor = Tensor::<1>::from_floats([factor(scale)], &device);
            let got: Vec<f32> = apply(tensor, factor).try_into_vec_as().unwrap();
            let (m, s) = (i64::from(scale.mantissa()), u32::from(scale.shift()));
            for (&x, &got) in x.iter().zip(&got) {
                // floor(a / 2^s + 1/2) is floor((2 a + 2^s) / 2^(s + 1)).
                let expected = (2 * m * x + (1 << s)) >> (s + 1);
                assert_eq!(got as i64, expected, "{x} by {scale:?}");
            }
        }
    }

    #[test]
    fn the_gradient_is_that_of_the_product() {
        let device = Device::flex().autodiff();
        let x = Tensor::<2>::from_floats([[3.0, -5.0], [7.0, 9.0]], &device).require_grad();
        let f = Tensor::<2>::from_floats([[0.75, 1.25]], &device).require_grad();
        let gradients = apply(x.clone(), f.clone()).sum().backward();
        let dx: Vec<f32> = x.grad(&gradients).unwrap().try_into_vec_as().unwrap();
        let df: Vec<f32> = f.grad(&gradients).unwrap().try_into_vec_as().unwrap();
        assert_eq!(dx, [0.75, 1.25, 0.75, 1.25]);
        assert_eq!(df, [10.0, 4.0]);
    }
}
