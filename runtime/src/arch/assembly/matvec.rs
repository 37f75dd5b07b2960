//! The checked door to the inner loops of the products.
#![allow(unsafe_code)]

use super::job::{Listed, Listing, job, listed_job};
#[cfg(kernel = "armv6m")]
use crate::arch::armv6m::tables::{fill_listed_tables, fill_tables};
#[cfg(kernel = "armv6m")]
use crate::arch::armv6m::{listed::add_listed_rows, matvec::add_rows};
#[cfg(kernel = "armv7m")]
use crate::arch::armv7m::matvec::{add_listed_rows, add_rows};
#[cfg(kernel = "armv7m")]
use crate::arch::armv7m::tables::{fill_listed_tables, fill_tables};
#[cfg(kernel = "riscv32")]
use crate::arch::riscv32::matvec::{add_listed_rows, add_rows};
#[cfg(kernel = "riscv32")]
use crate::arch::riscv32::tables::{fill_listed_tables, fill_tables};
use crate::lut::types::{Base, Tables};
use formats::trits::{TILE_COLS, TILE_ROWS};

/// Makes a table of each group of inputs, as far as there are tables.
pub(crate) fn fill(groups: &[[i8; TILE_COLS]], tables: &mut Tables) {
    let count = groups.len().min(tables.len());
    if count != 0 {
        // SAFETY: reads `count` groups and writes `count` tables, both there; `count` is not zero.
        unsafe { fill_tables(groups.as_ptr().cast(), tables.as_mut_ptr(), count) }
    }
}

/// Makes a table of each group that is not zero, from the group `start` on, until `capacity` tables are filled.
pub(crate) fn fill_listed<'t>(
    groups: &[[i8; TILE_COLS]],
    start: usize,
    tables: &'t mut Tables,
    capacity: usize,
) -> Listed<'t> {
    let capacity = capacity.min(tables.len());
    let rest = groups.get(start..).unwrap_or_default();
    let (mut filled, mut end) = (0, start);
    if capacity != 0 && !rest.is_empty() {
        let inputs = rest.as_ptr_range();
        let mut listing = Listing {
            inputs: inputs.start.cast(),
            end: inputs.end.cast(),
            tables: tables.as_mut_ptr(),
            free: capacity,
            offset: start << TILE_ROWS.trailing_zeros(),
        };
        // SAFETY: reads the groups of `rest`, of which there is one, and writes at most `capacity` tables, all there.
        unsafe { fill_listed_tables(&mut listing) }
        let looked_at = listing.inputs.addr() - inputs.start.addr();
        (filled, end) = (capacity - listing.free, start + looked_at / TILE_COLS);
    }
    Listed {
        tables,
        filled,
        end,
    }
}

/// Adds what the first `groups` tables contribute to every row, as `portable.rs` defines it. Leaves the accumulators alone
/// where the matrix is smaller than they ask for, which no parsed model's is.
pub(crate) fn accumulate(
    weights: &[u8],
    tile_row_bytes: usize,
    tables: &Tables,
    groups: usize,
    acc: &mut [i32],
    base: Base,
    bias: i32,
) {
    if let Some(mut job) = job(weights, tile_row_bytes, tables, groups, acc, base, bias) {
        // SAFETY: the job has been checked against the slices, which outlive the call.
        unsafe { add_rows(&mut job) }
    }
}

/// [`accumulate`] for the tables of [`fill_listed`].
pub(crate) fn accumulate_listed(
    weights: &[u8],
    tile_row_bytes: usize,
    listed: &Listed<'_>,
    acc: &mut [i32],
    base: Base,
    bias: i32,
) {
    if let Some(mut job) = listed_job(weights, tile_row_bytes, listed, acc, base, bias) {
        // SAFETY: the job has been checked against the slices and the list, which outlive the call.
        unsafe { add_listed_rows(&mut job) }
    }
}
