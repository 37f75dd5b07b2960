//! Multiplication by `m / 2^s` with `m` in 4..=7: two shifts, at most two additions, a rounding shift.

/// A positive factor `m / 2^s` in one byte: `m` in 4..=7 in the low two bits (as `m - 4`), `s` in
/// `0..=`[`Scale::MAX_SHIFT`] above them.
///
/// Four mantissas an octave bring any factor between 2^-14 and 7 within 12.5 %.
///
/// ```
/// use formats::Scale;
///
/// let scale = Scale::new(5, 4).ok_or("out of range")?; // 5/16
/// assert_eq!((scale.mantissa(), scale.shift()), (5, 4));
/// assert_eq!(Scale::from_byte(scale.to_byte()), Some(scale));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Scale(u8);

impl Scale {
    /// The largest shift that a file may hold.
    ///
    /// ```
    /// use formats::Scale;
    ///
    /// assert!(Scale::new(4, Scale::MAX_SHIFT).is_some());
    /// assert!(Scale::new(4, Scale::MAX_SHIFT + 1).is_none());
    /// ```
    pub const MAX_SHIFT: u8 = 16;

    /// `mantissa / 2^shift`, or `None` unless `mantissa` is in 4..=7 and `shift` at most [`Scale::MAX_SHIFT`].
    ///
    /// ```
    /// use formats::Scale;
    ///
    /// const HALF: Scale = Scale::new(4, 3).unwrap();
    /// assert_eq!(HALF.mantissa(), 4);
    /// assert_eq!(Scale::new(3, 0), None);
    /// ```
    #[inline]
    pub const fn new(mantissa: u8, shift: u8) -> Option<Self> {
        if mantissa < 4 || mantissa > 7 || shift > Self::MAX_SHIFT {
            return None;
        }
        Some(Self(shift << 2 | (mantissa - 4)))
    }

    /// The scale that a byte of a file stands for, or `None` when its shift is too large.
    ///
    /// ```
    /// use formats::Scale;
    ///
    /// assert_eq!(Scale::from_byte(18), Scale::new(6, 4));
    /// assert_eq!(Scale::from_byte(u8::MAX), None);
    /// ```
    #[inline]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        if byte >> 2 > Self::MAX_SHIFT {
            return None;
        }
        Some(Self(byte))
    }

    /// The byte that a file holds.
    ///
    /// ```
    /// assert_eq!(formats::Scale::new(6, 4).map(|scale| scale.to_byte()), Some(18));
    /// ```
    pub const fn to_byte(self) -> u8 {
        self.0
    }

    /// `m`, in 4..=7.
    ///
    /// ```
    /// assert_eq!(formats::Scale::new(6, 4).map(|scale| scale.mantissa()), Some(6));
    /// ```
    #[inline]
    pub const fn mantissa(self) -> u8 {
        (self.0 & 3) + 4
    }

    /// `s`, in `0..=`[`Scale::MAX_SHIFT`].
    ///
    /// ```
    /// assert_eq!(formats::Scale::new(6, 4).map(|scale| scale.shift()), Some(4));
    /// ```
    #[inline]
    pub const fn shift(self) -> u8 {
        self.0 >> 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_a_scale_or_refused() {
        for byte in 0..=u8::MAX {
            match Scale::from_byte(byte) {
                Some(scale) => {
                    assert_eq!(Scale::new(scale.mantissa(), scale.shift()), Some(scale));
                    assert_eq!(scale.to_byte(), byte);
                }
                None => assert!(byte >> 2 > Scale::MAX_SHIFT),
            }
        }
        assert_eq!(Scale::new(3, 0), None);
        assert_eq!(Scale::new(8, 0), None);
        assert_eq!(Scale::new(4, Scale::MAX_SHIFT + 1), None);
    }
}
