//! Leading zeros without a multiplication, on every core.

/// Zero bits above the highest one of `value`; 32 of 0.
///
/// A core with a multiplier and without an instruction for it would count by a multiplication: the compiler then prefers that.
#[cfg(not(all(target_arch = "riscv32", target_feature = "m")))]
pub(crate) const fn leading_zeros(value: u32) -> u32 {
    value.leading_zeros()
}

#[cfg(all(target_arch = "riscv32", target_feature = "m"))]
pub(crate) use by_halves as leading_zeros;

/// Halves what it looks at until one bit is left.
#[cfg(any(test, all(target_arch = "riscv32", target_feature = "m")))]
pub(crate) const fn by_halves(mut value: u32) -> u32 {
    if value == 0 {
        return 32;
    }
    let (mut zeros, mut half) = (0, 16);
    while half > 0 {
        if value >> (32 - half) == 0 {
            value <<= half;
            zeros += half;
        }
        half >>= 1;
    }
    zeros
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_agree() {
        let powers = (0..32).map(|bit| 1 << bit);
        let near = powers.flat_map(|power: u32| [power - 1, power, power + 1]);
        for value in near.chain([0, u32::MAX, 0x0123_4567]) {
            assert_eq!(by_halves(value), value.leading_zeros(), "{value}");
            assert_eq!(leading_zeros(value), value.leading_zeros(), "{value}");
        }
    }
}
