//! What the vector kernels share: a nibble of weights is the index of a look-up, for sixteen rows at a time.
//!
//! A nibble holds two trits, so a table of sixteen bytes holds every sum that they can make of two inputs, and one
//! byte shuffle looks up sixteen rows. Entries are biased, so that the sums of four inputs are unsigned bytes (at most
//! 2 * 124 = 248). Where a register has no cheap widening, its bytes are added up in pairs: as 16-bit numbers that hold
//! both, and once more the upper ones by themselves, which tells them apart at the end. Known as the vectorised LUT
//! method (T-MAC, arXiv:2407.00088). Look-ups and additions only.

/// Groups of four inputs after which 16-bit sums are widened: each group adds at most 124 either way.
pub(crate) const MAX_LUT_GROUPS: usize = 256;
/// What is added to the entries of a table: two inputs of at most 31 add up to at most 62.
pub(crate) const ENTRY_BIAS: i8 = 62;
/// The factors of the first input in the sixteen entries: the lower two bits of the index, less one.
pub(crate) const FIRST: [i8; 16] = trits(0);
/// The factors of the second input: the upper two bits, less one.
pub(crate) const SECOND: [i8; 16] = trits(2);

/// The field at bit `shift` of every index, less one. The field 3, which no model holds, counts as 1.
const fn trits(shift: u32) -> [i8; 16] {
    let mut trits = [0; 16];
    let mut index = 0;
    while index < trits.len() {
        trits[index] = match index >> shift & 3 {
            0 => -1,
            1 => 0,
            _ => 1,
        };
        index += 1;
    }
    trits
}
