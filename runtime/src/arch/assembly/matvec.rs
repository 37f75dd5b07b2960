//! The checked door to the inner loops of the products.
#![allow(unsafe_code)]

use super::job::{job, listed_job};
#[cfg(kernel = "armv6m")]
use crate::arch::armv6m::matvec::{add_listed_rows, add_rows};
#[cfg(kernel = "armv6m")]
use crate::arch::armv6m::tables::fill_tables;
#[cfg(kernel = "armv7m")]
use crate::arch::armv7m::matvec::{add_listed_rows, add_rows};
#[cfg(kernel = "armv7m")]
use crate::arch::armv7m::tables::fill_tables;
#[cfg(kernel = "riscv32")]
use crate::arch::riscv32::matvec::{add_listed_rows, add_rows};
#[cfg(kernel = "riscv32")]
use crate::arch::riscv32::tables::fill_tables;
use crate::lut::types::{Base, Tables};
use formats::trits::TILE_COLS;

/// Makes a table of each group of inputs, as far as there are tables.
pub(crate) fn fill(groups: &[[i8; TILE_COLS]], tables: &mut Tables) {
    let count = groups.len().min(tables.len());
    if count != 0 {
        // SAFETY: reads `count` groups and writes `count` tables, both there; `count` is not zero.
        unsafe { fill_tables(groups.as_ptr().cast(), tables.as_mut_ptr(), count) }
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

/// [`accumulate`] for tables that hold the place of their group's tile in a row.
pub(crate) fn accumulate_listed(
    weights: &[u8],
    tile_row_bytes: usize,
    tables: &Tables,
    groups: usize,
    acc: &mut [i32],
    base: Base,
    bias: i32,
) {
    if let Some(mut job) = listed_job(weights, tile_row_bytes, tables, groups, acc, base, bias) {
        // SAFETY: the job has been checked against the slices, which outlive the call.
        unsafe { add_listed_rows(&mut job) }
    }
}
