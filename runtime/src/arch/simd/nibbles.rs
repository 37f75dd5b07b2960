//! What the vector kernels share: a nibble of weights is the index of a look-up, for sixteen rows at a time.
//!
//! A nibble holds two trits, so a table of sixteen bytes holds every sum that they can make of two inputs, and one
//! byte shuffle looks up sixteen rows. Entries are biased, so that the sums of four inputs are unsigned bytes (at most
//! 2 * 124 = 248). Where a register has no cheap widening, its bytes are added up in pairs: as 16-bit numbers that hold
//! both, and once more the upper ones by themselves, which tells them apart at the end. Known as the vectorised LUT
//! method (T-MAC, arXiv:2407.00088). Look-ups and additions only.

#![allow(unsafe_code)]

use core::mem::MaybeUninit;
use formats::TritMatrix;
use formats::trits::{TILE_COLS, TILE_ROWS, Tile};

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

/// What a kernel of sixteen rows does with registers; [`matvec`] does the rest.
pub(crate) struct Rows<Fill, AddPlane, Store> {
    /// The tables of a group of inputs: for the low nibbles and for the high ones.
    pub(crate) fill: Fill,
    /// Three times the sums, and what a row of tiles of a plane adds up to.
    pub(crate) add_plane: AddPlane,
    /// Adds the sums of sixteen rows to what is there.
    pub(crate) add_to: Store,
}

/// `acc[row] = sum over col of matrix[row, col] * x[col]`, with the contract of
/// [`tables::matvec`](crate::lut::tables::matvec) but without its scratch memory: two registers of stack for each of
/// [`MAX_LUT_GROUPS`].
///
/// Inlined into the kernel, so that it is compiled for the kernel's instructions.
#[inline(always)]
pub(crate) fn matvec<T: Copy, S: Copy>(
    matrix: TritMatrix<'_>,
    x: &[i8],
    acc: &mut [i32],
    zero: S,
    rows: Rows<
        impl Fn([i8; TILE_COLS]) -> [T; 2],
        impl Fn(S, &[Tile], &[[T; 2]]) -> S,
        impl Fn(&mut [i32; TILE_ROWS], S),
    >,
) {
    acc.fill(0);
    let stride = matrix.tile_row_bytes();
    let mut memory = [const { MaybeUninit::<[T; 2]>::uninit() }; MAX_LUT_GROUPS];
    let mut start = 0;
    for chunk in x.as_chunks::<TILE_COLS>().0.chunks(MAX_LUT_GROUPS) {
        for (place, &group) in memory.iter_mut().zip(chunk) {
            place.write((rows.fill)(group));
        }
        let (filled, _) = memory.split_at(chunk.len().min(MAX_LUT_GROUPS));
        // SAFETY: the loop has written these places, and a `MaybeUninit<T>` lies in memory as its `T` does.
        let tables = unsafe { &*(core::ptr::from_ref(filled) as *const [[T; 2]]) };
        let bytes = chunk.len() * TILE_ROWS;
        let mut at = start;
        for acc in acc.as_chunks_mut::<TILE_ROWS>().0 {
            let mut sums = zero;
            for plane in matrix.planes() {
                let Some(row) = plane.get(at..).and_then(|row| row.get(..bytes)) else {
                    break;
                };
                sums = (rows.add_plane)(sums, row.as_chunks().0, tables);
            }
            (rows.add_to)(acc, sums);
            at += stride;
        }
        start += bytes;
    }
}
