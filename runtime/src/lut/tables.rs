//! Products by lookup tables (LUT): a packed byte of four weights is the index of their sum.
//!
//! For each group of four inputs a table holds every sum that four trits can make of them, biased by 128 so that it
//! fits a byte (four inputs of at most 31 add up to at most 124). A row then costs one look-up and one addition for
//! four weights, and the tables serve all rows. Known as the LUT method (T-MAC, arXiv:2407.00088), here with a whole
//! ternary byte as the index.
//!
//! Inputs are taken in chunks of as many groups as there are tables: more tables take more RAM and save the rows'
//! partial sums a way through memory.

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

/// [`matvec`] for inputs of which many groups of four are zero, such as attention weights: these have no table and cost
/// no look-up. With fewer than two tables all sums are zero.
#[inline(never)]
pub fn matvec_sparse(matrix: TritMatrix<'_>, x: &[i8], tables: &mut Tables, acc: &mut [i32]) {
    let (groups, _) = x.as_chunks::<TILE_COLS>();
    // One table stays spare.
    let chunk = tables.len().saturating_sub(1).min(MAX_LUT_GROUPS);
    if groups.is_empty() || chunk == 0 {
        return acc.fill(0);
    }
    let mut listed = kernel::fill_listed(groups, 0, tables, chunk);
    // Only what is left must be counted ahead: the bias of all is paid with the first chunk.
    let left = groups.get(listed.end()..).unwrap_or_default();
    let left = left.iter().filter(|group| !is_zero(group)).count();
    let bias = ((listed.filled() + left) as i32) << BIAS_SHIFT;
    if bias == 0 {
        return acc.fill(0);
    }
    let mut base = Base::Zero;
    for plane in matrix.planes() {
        // One chunk's tables serve all planes.
        if left != 0 && base != Base::Zero {
            listed = kernel::fill_listed(groups, 0, tables, chunk);
        }
        loop {
            kernel::accumulate_listed(plane, matrix.tile_row_bytes(), &listed, acc, base, bias);
            base = Base::Sum;
            if left == 0 || listed.end() == groups.len() {
                break;
            }
            listed = kernel::fill_listed(groups, listed.end(), tables, chunk);
        }
        base = Base::Triple;
    }
}

#[inline(always)]
fn is_zero(group: &[i8; TILE_COLS]) -> bool {
    let [x0, x1, x2, x3] = group;
    x0 | x1 | x2 | x3 == 0
}
