//! The arguments of an inner loop, checked against the slices that it will read and write.

use crate::arithmetic::times;
use crate::lut::types::{Base, Table, Tables};
use core::hint::black_box;
use formats::trits::TILE_ROWS;

/// Rows that an inner loop takes at a time: half a tile where registers are few.
pub(crate) const BLOCK_ROWS: usize = if cfg!(kernel = "armv6m") {
    8
} else {
    TILE_ROWS
};

/// The arguments of an inner loop, as it finds them in memory.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Job {
    /// The chunk's first tile.
    pub(crate) weights: *const u8,
    /// The chunk's first table.
    pub(crate) tables: *const Table,
    /// Tables of the chunk, at least one.
    pub(crate) groups: usize,
    /// The first accumulator.
    pub(crate) acc: *mut i32,
    /// Blocks of [`BLOCK_ROWS`], at least one; some inner loops count them down.
    pub(crate) blocks: usize,
    /// Bytes from one row of tiles to the next.
    pub(crate) stride: usize,
    /// A [`Base`].
    pub(crate) base: u32,
    /// What the tables' bias adds up to, negated.
    pub(crate) less: i32,
}

/// Checks that what an inner loop will read and write is there, and describes it; nothing where a piece is missing.
pub(super) fn job(
    weights: &[u8],
    tile_row_bytes: usize,
    tables: &Tables,
    groups: usize,
    acc: &mut [i32],
    base: Base,
    bias: i32,
) -> Option<Job> {
    let blocks = acc.len() / BLOCK_ROWS;
    let last = weights.get(before_last_row(tile_row_bytes, blocks)?..)?;
    // One table more than is read on purpose: an index that no valid weight has stays inside.
    if last.len() < groups * TILE_ROWS || groups == 0 || tables.len() <= groups {
        return None;
    }
    Some(Job {
        weights: weights.as_ptr(),
        tables: tables.as_ptr(),
        groups,
        acc: acc.as_mut_ptr(),
        blocks,
        stride: tile_row_bytes,
        base: base as u32,
        less: -bias,
    })
}

/// Bytes before the last row of tiles of `blocks`; nothing where there is none, or a product that 32 bits may not hold.
fn before_last_row(tile_row_bytes: usize, blocks: usize) -> Option<usize> {
    let rows = blocks.div_ceil(TILE_ROWS / BLOCK_ROWS).checked_sub(1)?;
    if tile_row_bytes >> 20 != 0 || rows >> 12 != 0 {
        return None;
    }
    Some(times(tile_row_bytes as u32, rows as u32) as usize)
}

/// [`job`] for tables that hold the place of their group's tile in a row.
pub(super) fn listed_job(
    weights: &[u8],
    tile_row_bytes: usize,
    tables: &Tables,
    groups: usize,
    acc: &mut [i32],
    base: Base,
    bias: i32,
) -> Option<Job> {
    let last_tile = weights
        .len()
        .checked_sub(before_last_row(tile_row_bytes, acc.len() / BLOCK_ROWS)?)?
        .checked_sub(TILE_ROWS)?;
    // Every place is inside the last row of tiles that is read, so inside all of them. What is left is unseen by the
    // compiler, or the end becomes a product of the count.
    let (mut rest, _) = tables.split_at_checked(groups)?;
    while let Some((table, more)) = rest.split_first() {
        if table.offset() > last_tile {
            return None;
        }
        rest = black_box(more);
    }
    job(weights, tile_row_bytes, tables, groups, acc, base, bias)
}
