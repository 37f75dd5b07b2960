//! Multiplication by shifts and additions.

/// `a * b` by shifts and additions: for offsets and constants on cores without a multiplier.
///
/// Wraps like `u32::wrapping_mul`. Costs one turn for each bit of `b`.
pub(crate) const fn times(a: u32, b: u32) -> u32 {
    // Unseen by the compiler, which would multiply by a constant.
    let (mut sum, mut addend, mut left) = (0u32, a, core::hint::black_box(b));
    while left != 0 {
        if left & 1 != 0 {
            sum = sum.wrapping_add(addend);
        }
        addend <<= 1;
        left >>= 1;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::times;

    #[test]
    fn times_is_multiplication() {
        for a in [0, 1, 2, 3, 128, 4095, 65_535, u32::MAX] {
            for b in [0, 1, 5, 10, 127, 4096, 1 << 20, u32::MAX] {
                assert_eq!(times(a, b), a.wrapping_mul(b));
            }
        }
    }
}
