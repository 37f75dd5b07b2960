//! Multiplication by a factor `m / 2^s`, rounded half up.

use super::opaque::opaque;
use core::hint::black_box;
use formats::Scale;

/// `floor(m * x / 2^s + 1/2)` for `m / 2^s` = `scale`.
///
/// Exact for `|x| < 2^28`, the bound of every accumulator (`formats::dims::SUM_LIMIT`).
#[inline]
pub(crate) fn scale(x: i32, scale: Scale) -> i32 {
    let product = Quarters::new(scale.mantissa()).times(x);
    let shift = scale.shift() as u32;
    // Half of a step, zero when nothing is shifted out.
    let half = 1i32.wrapping_shl(shift) >> 1;
    product.wrapping_add(half).wrapping_shr(shift)
}

/// [`scale`] for many numbers by the same factor.
#[cfg(not(assembly))]
#[inline(always)]
pub(crate) fn scaled_by(scale: Scale) -> impl Fn(i32) -> i32 {
    let quarters = Quarters::unseen(scale.mantissa());
    let shift = u32::from(scale.shift());
    let half = 1i32.wrapping_shl(shift) >> 1;
    move |x| quarters.times(x).wrapping_add(half).wrapping_shr(shift)
}

/// Multiplies by `m` in 4..=7, with two shifts and two additions: the bits of `m`, as masks, choose what is added.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quarters {
    /// All ones where `2 x` is added.
    pub(crate) two: i32,
    /// All ones where `x` is added.
    pub(crate) one: i32,
}

impl Quarters {
    /// For one number.
    #[inline]
    pub(crate) fn new(m: u8) -> Self {
        let m = i32::from(m);
        Self {
            two: opaque(-(m >> 1 & 1)),
            one: opaque(-(m & 1)),
        }
    }

    /// For many numbers: a compiler that sees where masks of a whole loop come from makes a multiplication of them.
    #[inline]
    pub(crate) fn unseen(m: u8) -> Self {
        black_box(Self::new(m))
    }

    /// `m * x`.
    #[inline(always)]
    pub(crate) const fn times(self, x: i32) -> i32 {
        (x << 2)
            .wrapping_add((x << 1) & self.two)
            .wrapping_add(x & self.one)
    }
}

/// The scale of a byte that `Model::parse` has checked.
#[inline]
pub(crate) fn checked(byte: u8) -> Scale {
    const SMALLEST: Scale = Scale::new(4, Scale::MAX_SHIFT).unwrap();
    Scale::from_byte(byte).unwrap_or(SMALLEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_exact_division_for_every_scale() {
        let limit = 1 << 28;
        for byte in 0..=u8::MAX {
            let Some(s) = Scale::from_byte(byte) else {
                continue;
            };
            for x in (-300..300).chain([-limit + 1, limit - 1, 123_456_789, -98_765_432]) {
                let (m, two_to_s) = (i64::from(s.mantissa()), 1i64 << s.shift());
                let exact = (2 * m * i64::from(x) + two_to_s).div_euclid(2 * two_to_s);
                assert_eq!(i64::from(scale(x, s)), exact, "{x} by {s:?}");
            }
        }
    }
}
