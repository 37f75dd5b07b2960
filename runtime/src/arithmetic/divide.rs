//! Division by shifts and subtractions.

/// `floor(n / d)` by long division, one turn for each bit; all ones for `d` = 0.
///
/// For the few quotients that are not per weight: 32 turns of a shift, a compare and a subtraction.
pub(crate) const fn divide(n: u32, d: u32) -> u32 {
    let (mut rest, mut remainder, mut quotient) = (n, 0u32, 0u32);
    let mut bit = 0;
    while bit < u32::BITS {
        // The bit that is shifted out of a remainder says that it is above every divisor.
        let above = remainder >> 31 != 0;
        remainder = remainder << 1 | rest >> 31;
        rest <<= 1;
        quotient <<= 1;
        if above || remainder >= d {
            remainder = remainder.wrapping_sub(d);
            quotient |= 1;
        }
        bit += 1;
    }
    quotient
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn divide_is_division(n: u32, d in 1u32.., shift in 0u32..32) {
            let d = (d >> shift).max(1);
            prop_assert_eq!(divide(n, d), n / d);
        }
    }

    #[test]
    fn nothing_panics_at_zero() {
        assert_eq!(divide(7, 0), u32::MAX);
        assert_eq!(divide(0, 1), 0);
        assert_eq!(divide(u32::MAX, u32::MAX), 1);
    }
}
