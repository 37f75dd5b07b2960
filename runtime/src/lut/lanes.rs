//! For machines with vector registers: sixteen rows side by side, each trit a pair of masks.
//!
//! A trit is stored as the field `t + 1`, so `t * x = bit0 * x + bit1 * 2x - x`: two masked additions, and one
//! subtraction for all rows. Plain loops over sixteen bytes, which the compiler turns into vector instructions; sums
//! wrap, since a check for an overflow that `formats` has ruled out would keep it from doing so.

use formats::TritMatrix;
use formats::trits::{TILE_COLS, TILE_ROWS, Tile};

/// Groups of four inputs after which 16-bit sums are widened: each group adds at most 124.
const GROUPS_A_SUM: usize = 256;

/// `acc[row] = sum over col of matrix[row, col] * x[col]`, with the contract of
/// [`tables::matvec`](super::tables::matvec) but without its scratch memory.
pub(crate) fn matvec(matrix: TritMatrix<'_>, x: &[i8], acc: &mut [i32]) {
    acc.fill(0);
    let (groups, _) = x.as_chunks::<TILE_COLS>();
    for plane in matrix.planes() {
        let tile_rows = plane.chunks(matrix.tile_row_bytes().max(1));
        for (tile_row, acc) in tile_rows.zip(acc.as_chunks_mut::<TILE_ROWS>().0) {
            // The planes before weigh three times as much.
            acc.iter_mut()
                .for_each(|sum| *sum = sum.wrapping_add(*sum << 1));
            let (tiles, _): (&[Tile], _) = tile_row.as_chunks();
            for (tiles, groups) in tiles.chunks(GROUPS_A_SUM).zip(groups.chunks(GROUPS_A_SUM)) {
                let mut sums = [0i16; TILE_ROWS];
                for (tile, inputs) in tiles.iter().zip(groups) {
                    let four = sum_of_four(tile, *inputs);
                    for (sum, four) in sums.iter_mut().zip(four) {
                        *sum = sum.wrapping_add(four.into());
                    }
                }
                for (acc, sum) in acc.iter_mut().zip(sums) {
                    *acc = acc.wrapping_add(sum.into());
                }
            }
        }
    }
}

/// The four trits of each row with the four inputs: at most 124 either way, so wrapping bytes hold it.
#[inline(always)]
fn sum_of_four(tile: &Tile, inputs: [i8; TILE_COLS]) -> [i8; TILE_ROWS] {
    let [x0, x1, x2, x3] = inputs;
    let mut sums = [0i8
        .wrapping_sub(x0)
        .wrapping_sub(x1)
        .wrapping_sub(x2)
        .wrapping_sub(x3); TILE_ROWS];
    for (sum, &byte) in sums.iter_mut().zip(tile) {
        let masked = |bit: u32, x: i8| if byte & 1 << bit == 0 { 0 } else { x };
        *sum = sum
            .wrapping_add(masked(0, x0))
            .wrapping_add(masked(1, x0 << 1))
            .wrapping_add(masked(2, x1))
            .wrapping_add(masked(3, x1 << 1))
            .wrapping_add(masked(4, x2))
            .wrapping_add(masked(5, x2 << 1))
            .wrapping_add(masked(6, x3))
            .wrapping_add(masked(7, x3 << 1));
    }
    sums
}
