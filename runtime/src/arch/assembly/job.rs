//! The arguments of an inner loop, checked against the slices that it will read and write.

use crate::arithmetic::times;
use crate::lut::types::{Base, Table, Tables};
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

/// Groups on their way into tables, as the loop that fills them finds and leaves them in memory.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Listing {
    /// The first group that was not looked at.
    pub(crate) inputs: *const i8,
    /// Behind the last group.
    pub(crate) end: *const i8,
    /// The first table.
    pub(crate) tables: *mut Table,
    /// Tables that are not filled, at least one at first.
    pub(crate) free: usize,
    /// Where the first group's tile lies in a row of tiles, in bytes.
    pub(crate) offset: usize,
}

/// Tables of the groups that are not zero, as `fill_listed` made them: each notes where its group's tile lies in a row of
/// tiles ([`Table::OFFSET`]). They are borrowed, so the notes stay as they are.
#[derive(Debug)]
pub(crate) struct Listed<'t> {
    pub(super) tables: &'t Tables,
    pub(super) filled: usize,
    pub(super) end: usize,
}

impl Listed<'_> {
    /// Tables filled.
    pub(crate) const fn filled(&self) -> usize {
        self.filled
    }

    /// Groups looked at, those before the start included: no note lies beyond the last of them.
    pub(crate) const fn end(&self) -> usize {
        self.end
    }
}

/// [`job`] for the tables of a list.
pub(super) fn listed_job(
    weights: &[u8],
    tile_row_bytes: usize,
    listed: &Listed<'_>,
    acc: &mut [i32],
    base: Base,
    bias: i32,
) -> Option<Job> {
    let last = weights.get(before_last_row(tile_row_bytes, acc.len() / BLOCK_ROWS)?..)?;
    // Every tile is inside the last row of tiles that is read, so inside all of them.
    if last.len() / TILE_ROWS < listed.end {
        return None;
    }
    let (tables, filled) = (listed.tables, listed.filled);
    job(weights, tile_row_bytes, tables, filled, acc, base, bias)
}
