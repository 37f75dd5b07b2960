//! Powers of two, several at a time.

/// Coefficients of the polynomial for `2^x` on `[0, 1)` after the constant 1: relative error below 1e-7, a least
/// squares fit of it at Chebyshev points.
const COEFFICIENTS: [f32; 5] = [
    0.693_151_36,
    0.240_164_15,
    0.055_800_447,
    0.009_016_688,
    0.001_867_182_9,
];

/// `2^x` for `x` up to 126, within 3e-7 of it; below -120 about `2^-120`. Vectorises.
#[inline(always)]
pub fn exp2(x: f32) -> f32 {
    let x = if x > -120.0 { x } else { -120.0 };
    let whole = x.floor();
    let part = x - whole;
    let [a, b, c, d, e] = COEFFICIENTS;
    let mantissa = 1.0 + part * (a + part * (b + part * (c + part * (d + part * e))));
    // Adding 1.5 * 2^23 leaves the whole number in the low bits of the sum.
    let bits = (whole + 12_582_912.0).to_bits();
    f32::from_bits(bits.wrapping_add(127) << 23) * mantissa
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_close_to_the_exact_power() {
        for i in -11_000..=12_000 {
            let x = i as f32 / 100.0;
            let exact = f64::from(x).exp2();
            let error = (f64::from(exp2(x)) / exact - 1.0).abs();
            assert!(error < 3e-7, "{x}: {error}");
        }
        assert_eq!(exp2(0.0), 1.0);
        assert_eq!(exp2(-1.0), 0.5);
        assert!(exp2(-1e9) < 1e-35);
    }
}
