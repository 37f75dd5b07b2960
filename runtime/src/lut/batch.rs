//! Matrix products for many tokens at once: a lookup table whose entries are vectors, one number a token.
//!
//! As in [`tables`](super::tables) a byte of weights is the index of the sum of four inputs, but an entry holds that
//! sum for [`LANES`] tokens. One look-up and three additions then serve four weights of all of them; no byte of weights
//! is ever decoded. Plain loops over arrays, which the compiler turns into vector instructions.

use crate::arch::simd::work::Work;
use crate::arch::simd::{chunk_bias, vectorised};
pub(crate) mod types;

#[cfg(target_arch = "x86_64")]
use crate::arch::x86::avx2::Avx2;
use alloc::boxed::Box;
use alloc::vec::Vec;
use formats::TritMatrix;
use formats::trits::{TILE_COLS, TILE_ROWS, Tile};
pub use types::LANES;
use types::{Sums, TABLES, Table};

/// Groups of four inputs after which 16-bit sums are widened: each group adds at most 124 either way.
const GROUPS_A_SUM: usize = 256;

/// Working memory of [`matmul`]: 64 KB of tables, and sums for the rows of the largest product so far.
#[derive(Clone, Debug)]
pub struct Scratch {
    tables: Box<[Table]>,
    sums: Vec<Sums>,
}

impl Scratch {
    /// Scratch for any product.
    pub fn new() -> Self {
        Self {
            tables: alloc::vec![[[0; LANES]; 256]; TABLES].into(),
            sums: Vec::new(),
        }
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

/// `acc[row][lane] = sum over col of matrix[row, col] * x[col][lane]`.
///
/// `x` holds activations in -31..=31, a multiple of four columns of them (a rest is not read); `acc` is padded to whole
/// rows of tiles. Columns beyond `x` and rows beyond `acc` are not read.
pub fn matmul(
    matrix: TritMatrix<'_>,
    x: &[[i8; LANES]],
    scratch: &mut Scratch,
    acc: &mut [[i32; LANES]],
) {
    let Scratch { tables, sums } = scratch;
    let rows = acc.len();
    let planes = matrix.planes().count();
    acc.fill([0; LANES]);
    let mut start = 0;
    for block in x.as_chunks::<TILE_COLS>().0.chunks(GROUPS_A_SUM) {
        sums.clear();
        for _ in 0..planes {
            sums.resize(sums.len() + rows, [[0; LANES / 2]; 2]);
        }
        for inputs in block.chunks(TABLES) {
            vectorised(Fill { tables, inputs });
            let tables = &tables[..inputs.len()];
            for (plane, sums) in matrix.planes().zip(sums.chunks_mut(rows.max(1))) {
                let tile_rows = plane.chunks(matrix.tile_row_bytes().max(1));
                for (tile_row, sums) in tile_rows.zip(sums.as_chunks_mut().0) {
                    let (tiles, _) = tile_row.get(start..).unwrap_or_default().as_chunks();
                    accumulate(tiles, tables, sums);
                }
            }
            start += inputs.len() * TILE_ROWS;
        }
        vectorised(AddTo {
            acc,
            sums,
            groups: block.len(),
        });
    }
}

/// Adds the look-ups of a row of tiles to the sums of its sixteen rows.
fn accumulate(tiles: &[Tile], tables: &[Table], sums: &mut [Sums; TILE_ROWS]) {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = Avx2::detect() {
        return avx2.accumulate(tiles, tables, sums);
    }
    for (row, [both, odd]) in sums.iter_mut().enumerate() {
        for (tile, table) in tiles.iter().zip(tables) {
            let entry = &table[usize::from(tile[row])];
            for ((both, odd), pair) in both.iter_mut().zip(&mut *odd).zip(entry.as_chunks().0) {
                let pair = u16::from_le_bytes(*pair);
                *both = both.wrapping_add(pair);
                *odd = odd.wrapping_add(pair >> 8);
            }
        }
    }
}

/// Fills the tables of a few groups of inputs.
struct Fill<'a> {
    tables: &'a mut [Table],
    inputs: &'a [[[i8; LANES]; TILE_COLS]],
}

impl Work for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (table, inputs) in self.tables.iter_mut().zip(self.inputs) {
            fill(table, inputs);
        }
    }
}

/// Adds the sums of all planes, of `groups` groups each, to `acc`.
struct AddTo<'a> {
    acc: &'a mut [[i32; LANES]],
    sums: &'a [Sums],
    groups: usize,
}

impl Work for AddTo<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let rows = self.acc.len();
        for (row, acc) in self.acc.iter_mut().enumerate() {
            let mut total = [0i32; LANES];
            for sums in self.sums.chunks(rows) {
                let sums = widen(&sums[row], self.groups);
                for (total, sum) in total.iter_mut().zip(sums) {
                    // The planes before weigh three times as much.
                    *total = total.wrapping_add(*total << 1).wrapping_add(sum);
                }
            }
            for (acc, total) in acc.iter_mut().zip(total) {
                *acc = acc.wrapping_add(total);
            }
        }
    }
}

/// `table[f0 + 4 f1 + 16 f2 + 64 f3] = 124 + sum of (f_i - 1) * inputs[i]` for fields `f` in 0..=2, in every lane.
#[inline(always)]
fn fill(table: &mut Table, inputs: &[[i8; LANES]; TILE_COLS]) {
    let [x0, x1, x2, x3] = inputs;
    let mut sum3 = [124; LANES];
    inputs.iter().for_each(|x| sum3 = subtract(sum3, x));
    for entries in table.as_chunks_mut::<64>().0.iter_mut().take(3) {
        let mut sum2 = sum3;
        for entries in entries.as_chunks_mut::<16>().0.iter_mut().take(3) {
            let mut sum1 = sum2;
            for [a, b, c, _] in entries.as_chunks_mut::<4>().0.iter_mut().take(3) {
                *a = sum1;
                *b = add(*a, x0);
                *c = add(*b, x0);
                sum1 = add(sum1, x1);
            }
            sum2 = add(sum2, x2);
        }
        sum3 = add(sum3, x3);
    }
}

#[inline(always)]
fn add(mut a: [u8; LANES], b: &[i8; LANES]) -> [u8; LANES] {
    a.iter_mut()
        .zip(b)
        .for_each(|(a, &b)| *a = a.wrapping_add_signed(b));
    a
}

#[inline(always)]
fn subtract(mut a: [u8; LANES], b: &[i8; LANES]) -> [u8; LANES] {
    a.iter_mut()
        .zip(b)
        .for_each(|(a, &b)| *a = a.wrapping_sub(b.cast_unsigned()));
    a
}

/// The sums of all lanes, without the bias of `groups` entries.
#[inline(always)]
fn widen([both, odd]: &Sums, groups: usize) -> [i32; LANES] {
    let bias = chunk_bias(groups).cast_unsigned();
    let mut wide = [0; LANES];
    for ((wide, both), odd) in wide.as_chunks_mut().0.iter_mut().zip(both).zip(odd) {
        let even = both.wrapping_sub(odd << 8);
        *wide = [even, *odd].map(|sum| sum.wrapping_sub(bias).cast_signed().into());
    }
    wide
}
