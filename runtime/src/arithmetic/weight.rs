//! Powers of two by table: the share of a token, from its logit.

/// `round(2^15 * 2^(-f / 16))`: weights within one bit.
const FRACTIONS: [u16; 16] = [
    32768, 31379, 30048, 28774, 27554, 26386, 25268, 24196, 23170, 22188, 21247, 20347, 19484,
    18658, 17867, 17109,
];

/// `2^15 * 2^(-distance / 16)` for a logit `distance` below the largest, in sixteenths of a bit; 0 from 16 bits on.
///
/// A table of 16 entries and a shift: the entry is rounded to the nearest integer, the shift rounds down.
pub(crate) const fn weight(distance: u32) -> u32 {
    let octave = distance >> 4;
    let fraction = FRACTIONS[(distance & 15) as usize];
    if octave > 15 {
        0
    } else {
        fraction as u32 >> octave
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_real_function() {
        for distance in 0..300 {
            let within_a_bit = 32768.0 * (-f64::from(distance & 15) / 16.0).exp2();
            let exact = match distance >> 4 {
                octave @ 0..16 => within_a_bit.round() as u32 >> octave,
                _ => 0,
            };
            assert_eq!(weight(distance), exact, "at {distance}");
        }
        assert_eq!(weight(u32::MAX), 0);
    }
}
