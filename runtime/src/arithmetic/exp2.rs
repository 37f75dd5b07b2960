//! Powers of two by table: the softmax's exponential, in sixteenths of a bit.

/// `EXP2[d] = floor(31 * 2^(-d / 16))`; beyond the end it is zero.
pub(crate) const EXP2: [u8; 80] = table();

/// [`EXP2`] where assembly finds it.
#[cfg(assembly)]
pub(crate) static EXP2_TABLE: [u8; EXP2.len()] = EXP2;

/// `floor(31 * 2^(-distance / 16))` for a distance below the maximum, in sixteenths of a bit.
#[cfg(any(not(assembly), feature = "alloc"))]
#[inline]
pub(crate) fn exp2(distance: u32) -> i8 {
    let value = usize::try_from(distance).ok().and_then(|d| EXP2.get(d));
    // At most 31.
    value.map_or(0, |&value| value.cast_signed())
}

/// The table without floats: the largest `v` with `v^16 * 2^d <= 31^16`, which is `floor(31 * 2^(-d / 16))`.
const fn table() -> [u8; 80] {
    let mut table = [0; 80];
    let mut d = 0;
    while d < table.len() {
        let mut v: u8 = 31;
        while !at_most(v, d) {
            v -= 1;
        }
        table[d] = v;
        d += 1;
    }
    table
}

/// Whether `v^16 * 2^d <= 31^16`, with `31^16 < 2^80` and `v^16 * 2^d < 2^160` compared in 128 bits.
const fn at_most(v: u8, d: usize) -> bool {
    let power = (v as u128).pow(16);
    // `power << d <= limit` exactly when `power <= limit >> d`, for integers.
    power <= 31u128.pow(16) >> d
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_real_function() {
        for d in 0..200u32 {
            let exact = 31.0 * (-f64::from(d) / 16.0).exp2();
            assert_eq!(f64::from(exp2(d)), exact.floor(), "at {d}");
        }
        assert_eq!(exp2(0), 31);
        assert_eq!(exp2(79), 1);
        assert_eq!(exp2(u32::MAX), 0);
    }
}
