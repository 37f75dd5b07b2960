//! Products by lookup tables (LUT): a packed byte of four weights is the index of their sum.
//!
//! For each group of four inputs a table holds every sum that four trits can make of them, biased by 128 so that it
//! fits a byte (four inputs of at most 31 add up to at most 124). A row then costs one look-up and one addition for
//! four weights, and the tables serve all rows. Known as the LUT method (T-MAC, arXiv:2407.00088), here with a whole
//! ternary byte as the index.
//!
//! Inputs are taken in chunks of as many groups as there are tables: more tables take more RAM and save the rows'
//! partial sums a way through memory.

use crate::slices::split_at_or_empty;
use core::hint::black_box;
use formats::TritMatrix;
use formats::trits::{TILE_COLS, TILE_ROWS};

#[cfg(not(assembly))]
use super::portable as kernel;
use super::types::{Base, Tables};
#[cfg(assembly)]
use crate::arch::assembly::matvec as kernel;

/// What is added to every sum of a table, as a shift.
const BIAS_SHIFT: u32 = 7;
/// Most groups of a chunk: their biased sums fit 16 bits.
const MAX_LUT_GROUPS: usize = 256;

/// `acc[row] = sum over col of matrix[row, col] * x[col]`.
///
/// `x` holds activations in -31..=31, a multiple of four of them (a rest is not read); `acc` is padded to whole rows
/// of tiles. Columns beyond `x` and rows beyond `acc` are not read. With fewer than two tables all sums are zero.
/// Costs about three instructions for four weights on Arm, four on RISC-V, and 55 to 80 for each table.
#[inline(never)]
pub fn matvec(matrix: TritMatrix<'_>, x: &[i8], tables: &mut Tables, acc: &mut [i32]) {
    let (groups, _) = x.as_chunks::<TILE_COLS>();
    let chunk = tables.len().saturating_sub(1).min(MAX_LUT_GROUPS);
    if groups.is_empty() || chunk == 0 {
        return acc.fill(0);
    }
    let bias = (groups.len() as i32) << BIAS_SHIFT;
    let mut base = Base::Zero;
    for plane in matrix.planes() {
        let (mut rest, mut weights) = (groups, plane);
        while !rest.is_empty() {
            let (now, later) = rest.split_at_checked(chunk).unwrap_or((rest, &[]));
            // One chunk's tables serve all planes.
            if base == Base::Zero || groups.len() > chunk {
                kernel::fill(now, tables);
            }
            kernel::accumulate(
                weights,
                matrix.tile_row_bytes(),
                tables,
                now.len(),
                acc,
                base,
                bias,
            );
            weights = weights.get(now.len() * TILE_ROWS..).unwrap_or_default();
            rest = later;
            base = Base::Sum;
        }
        base = Base::Triple;
    }
}

/// [`matvec`] for inputs that are mostly zero, such as attention weights: a group of four zeros costs a look at it.
/// With fewer than two tables all sums are zero.
#[inline(never)]
pub fn matvec_sparse(matrix: TritMatrix<'_>, x: &[i8], tables: &mut Tables, acc: &mut [i32]) {
    if tables.len() < 2 {
        return acc.fill(0);
    }
    let (groups, _) = x.as_chunks::<TILE_COLS>();
    let mut listed = List {
        rest: groups,
        offset: 0,
        filled: 0,
    };
    listed.fill(tables);
    // Only what is left must be counted ahead: the bias of all is paid with the first chunk.
    let left = listed.rest.iter().filter(|group| !is_zero(group)).count();
    let bias = ((listed.filled + left) as i32) << BIAS_SHIFT;
    if bias == 0 {
        return acc.fill(0);
    }
    let mut base = Base::Zero;
    for plane in matrix.planes() {
        // One chunk's tables serve all planes.
        if left != 0 && base != Base::Zero {
            (listed.rest, listed.offset) = (groups, 0);
            listed.fill(tables);
        }
        loop {
            let (stride, filled) = (matrix.tile_row_bytes(), listed.filled);
            kernel::accumulate_listed(plane, stride, tables, filled, acc, base, bias);
            base = Base::Sum;
            if left == 0 || listed.rest.is_empty() {
                break;
            }
            listed.fill(tables);
        }
        base = Base::Triple;
    }
}

/// Groups of inputs on their way into tables.
struct List<'x> {
    /// Those not looked at yet.
    rest: &'x [[i8; TILE_COLS]],
    /// Where the tile of the first of them lies in a row of tiles.
    offset: usize,
    /// Tables filled.
    filled: usize,
}

impl List<'_> {
    /// Fills as many tables as there are, but the spare one, with groups that are not zero.
    fn fill(&mut self, tables: &mut Tables) {
        self.filled = 0;
        // Cut off one by one: an index of tables would be multiplied.
        let (mut free, _) = split_at_or_empty(tables, MAX_LUT_GROUPS + 1);
        while let Some((group, rest)) = self.rest.split_first() {
            if !is_zero(group) {
                let Some((table, later @ [_, ..])) = free.split_first_mut() else {
                    break;
                };
                kernel::fill(core::slice::from_ref(group), core::slice::from_mut(table));
                table.set_offset(self.offset);
                // Unseen, or the next table's address becomes a product of the count.
                (free, self.filled) = (later, black_box(self.filled + 1));
            }
            (self.rest, self.offset) = (rest, self.offset + TILE_ROWS);
        }
    }
}

#[inline(always)]
fn is_zero(group: &[i8; TILE_COLS]) -> bool {
    let [x0, x1, x2, x3] = group;
    x0 | x1 | x2 | x3 == 0
}
