//! Binary logarithms by shifts, compares and additions.

use super::leading_zeros;

/// `round(2^24 * log2(1 + 2^-k))` for `k` from 1 on.
const FACTORS: [u32; 20] = [
    9_814_042, 5_401_057, 2_850_868, 1_467_383, 744_810, 375_270, 188_362, 94_364, 47_228, 23_626,
    11_816, 5_909, 2_954, 1_477, 739, 369, 185, 92, 46, 23,
];

/// `2^16 * log2(value)`, at most one off; 0 for 0.
///
/// Briggs's method: the value is a power of two times factors of `1 + 2^-k`, whose logarithms are a table.
pub(crate) const fn log2(value: u32) -> u32 {
    if value == 0 {
        return 0;
    }
    let zeros = leading_zeros(value);
    // Between 1 and 2, where 2^31 is 1.
    let mantissa = value << zeros;
    let (mut product, mut fraction) = (1u32 << 31, 0);
    let mut k = 1;
    while k <= FACTORS.len() {
        if let Some(larger) = product.checked_add(product >> k)
            && larger <= mantissa
        {
            product = larger;
            fraction += FACTORS[k - 1];
        }
        k += 1;
    }
    ((31 - zeros) << 16) + ((fraction + 128) >> 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_real_function() {
        let near = 1..5000;
        let far = (5000..u32::MAX).step_by(99_991);
        for value in near.chain(far).chain([u32::MAX]) {
            let exact = f64::from(value).log2() * 65_536.0;
            let off = (f64::from(log2(value)) - exact).abs();
            assert!(off <= 1.0, "{off} at {value}");
        }
        assert_eq!(log2(0), 0);
        assert_eq!(log2(1 << 20), 20 << 16);
    }
}
