//! The two steps of a product by lookup tables in safe Rust, for cores without a variant of their own.

use super::types::{Base, Table, Tables};
use formats::plan::LUT_BYTES;
use formats::trits::{TILE_COLS, TILE_ROWS, Tile};

/// Rows summed at a time: as many accumulators as small cores have registers for.
const BLOCK_ROWS: usize = 4;

/// Makes a table of each group of inputs, as far as there are tables.
#[inline(never)]
pub(super) fn fill(groups: &[[i8; TILE_COLS]], tables: &mut Tables) {
    for (inputs, table) in groups.iter().zip(tables) {
        let [x0, x1, x2, x3] = inputs.map(i8::cast_unsigned);
        let lowest = 128u8
            .wrapping_sub(x0)
            .wrapping_sub(x1)
            .wrapping_sub(x2)
            .wrapping_sub(x3);
        let table = &mut table.0;
        table[0] = lowest;
        extend::<1, 1>(table, x0);
        extend::<4, 3>(table, x1);
        extend::<16, 11>(table, x2);
        extend::<64, 43>(table, x3);
    }
}

/// Tables of the groups that are not zero, as [`fill_listed`] made them.
#[derive(Debug)]
pub(super) struct Listed<'t> {
    tables: &'t Tables,
    end: usize,
}

impl Listed<'_> {
    /// Tables filled.
    pub(super) const fn filled(&self) -> usize {
        self.tables.len()
    }

    /// Groups looked at, those before `start` included.
    pub(super) const fn end(&self) -> usize {
        self.end
    }
}

/// Makes a table of each group that is not zero, from the group `start` on, until `capacity` tables are filled. A table notes
/// where its group's tile lies in a row ([`Table::OFFSET`]).
#[inline(never)]
pub(super) fn fill_listed<'t>(
    groups: &[[i8; TILE_COLS]],
    start: usize,
    tables: &'t mut Tables,
    capacity: usize,
) -> Listed<'t> {
    let capacity = capacity.min(tables.len());
    let (mut filled, mut end) = (0, start);
    while let Some(group) = groups.get(end)
        && filled < capacity
    {
        if *group != [0; TILE_COLS] {
            let table = tables.get_mut(filled..).unwrap_or_default();
            fill(core::slice::from_ref(group), table);
            let note = table
                .first_mut()
                .and_then(|table| table.0.get_mut(Table::OFFSET..));
            if let Some(note) = note.and_then(<[u8]>::first_chunk_mut) {
                *note = ((end * TILE_ROWS) as u32).to_le_bytes();
            }
            filled += 1;
        }
        end += 1;
    }
    Listed {
        tables: tables.get(..filled).unwrap_or_default(),
        end,
    }
}

/// The number that [`fill_listed`] noted.
fn offset(table: &Table) -> usize {
    let note = table.0.get(Table::OFFSET..).and_then(<[u8]>::first_chunk);
    u32::from_le_bytes(note.copied().unwrap_or_default()) as usize
}

/// Makes the entries of the fields 1 and 2 from the `LEN` entries of the field 0 below them, `STRIDE` apart.
fn extend<const STRIDE: usize, const LEN: usize>(table: &mut [u8; LUT_BYTES], x: u8) {
    for from in 0..LEN {
        let one = table[from].wrapping_add(x);
        table[from + STRIDE] = one;
        table[from + STRIDE + STRIDE] = one.wrapping_add(x);
    }
}

/// Adds what the first `groups` tables contribute to every row: `acc = base + sums`, less `bias` unless the base is
/// [`Base::Sum`], whose first chunk has paid it.
///
/// `weights` begins with the chunk's first tile; its rows of tiles are `tile_row_bytes` apart.
#[inline(never)]
pub(super) fn accumulate(
    weights: &[u8],
    tile_row_bytes: usize,
    tables: &Tables,
    groups: usize,
    acc: &mut [i32],
    base: Base,
    bias: i32,
) {
    let tables = tables.get(..groups).unwrap_or_default();
    rows(weights, tile_row_bytes, acc, base, bias, |tiles, block| {
        let mut sums = [0; BLOCK_ROWS];
        for (tile, table) in tiles.iter().zip(tables) {
            add(&mut sums, tile, block, table);
        }
        sums
    });
}

/// [`accumulate`] for the tables of [`fill_listed`].
#[inline(never)]
pub(super) fn accumulate_listed(
    weights: &[u8],
    tile_row_bytes: usize,
    listed: &Listed<'_>,
    acc: &mut [i32],
    base: Base,
    bias: i32,
) {
    rows(weights, tile_row_bytes, acc, base, bias, |tiles, block| {
        let mut sums = [0; BLOCK_ROWS];
        for table in listed.tables {
            if let Some(tile) = tiles.get(offset(table) / TILE_ROWS) {
                add(&mut sums, tile, block, table);
            }
        }
        sums
    });
}

/// Combines the sums of each block of rows with the accumulators.
#[inline(always)]
fn rows(
    weights: &[u8],
    tile_row_bytes: usize,
    acc: &mut [i32],
    base: Base,
    bias: i32,
    sums: impl Fn(&[Tile], usize) -> [i32; BLOCK_ROWS],
) {
    let mut weights = weights;
    for acc in acc.chunks_mut(TILE_ROWS) {
        let (tiles, _): (&[Tile], _) = weights.as_chunks();
        for (block, acc) in (0..).zip(acc.as_chunks_mut::<BLOCK_ROWS>().0) {
            for (acc, sum) in acc.iter_mut().zip(sums(tiles, block)) {
                let base = match base {
                    Base::Zero => -bias,
                    Base::Sum => *acc,
                    Base::Triple => acc.wrapping_add(*acc << 1).wrapping_sub(bias),
                };
                *acc = base.wrapping_add(sum);
            }
        }
        weights = weights.get(tile_row_bytes..).unwrap_or_default();
    }
}

#[inline(always)]
fn add(sums: &mut [i32; BLOCK_ROWS], tile: &Tile, block: usize, table: &Table) {
    let blocks = tile.as_chunks::<BLOCK_ROWS>().0;
    for (sum, &byte) in sums
        .iter_mut()
        .zip(blocks.get(block).unwrap_or(&[0; BLOCK_ROWS]))
    {
        *sum = sum.wrapping_add(entry(table, byte));
    }
}

/// The sum of four weights; no valid byte lies beyond the table.
fn entry(table: &Table, byte: u8) -> i32 {
    table
        .0
        .get(usize::from(byte))
        .copied()
        .unwrap_or_default()
        .into()
}
