//! The KV cache of one head: keys and values as packed trits, a ring over the last `context` tokens.
//!
//! Keys are a matrix `[context, head_dim]`, values its transpose `[head_dim, context]`, both in the tiles of
//! `formats::trits`, so that the kernel of the weights serves them too. A number of two trits takes two planes.

use crate::arithmetic::{Norm, times};
use crate::slices::split_at_or_empty;
use core::hint::black_box;
use formats::Dims;
use formats::trits::{TILE_COLS, TILE_ROWS, TritMatrix, ZERO_BYTE, plane_bytes, tile_row_bytes};

/// Where the keys and values of a head lie in its share of the cache.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CacheLayout {
    trits: u8,
    context: usize,
    key_plane: usize,
    value_plane: usize,
    key_bytes: usize,
    key_stride: usize,
    value_stride: usize,
    /// Bytes of one head's keys and values.
    pub(crate) head_bytes: usize,
}

impl CacheLayout {
    /// The layout that the dimensions give.
    pub(crate) const fn new(dims: &Dims) -> Self {
        let (context, head_dim) = (dims.context as usize, dims.head_dim());
        let (key_bytes, value_bytes) = dims.kv_head_bytes();
        Self {
            trits: dims.kv_trits,
            context,
            key_plane: plane_bytes(context, head_dim),
            value_plane: plane_bytes(head_dim, context),
            key_bytes,
            key_stride: tile_row_bytes(head_dim),
            value_stride: tile_row_bytes(context),
            head_bytes: key_bytes.saturating_add(value_bytes),
        }
    }

    /// What keys and values are normalised to before they are packed.
    pub(crate) const fn norm(&self, head_dim: usize) -> Norm {
        if self.trits == 1 {
            Norm::new(head_dim, 1, 1)
        } else {
            Norm::new(head_dim, 2, 4)
        }
    }

    /// The keys `[context, head_dim]` and the values `[head_dim, context]` of a head.
    pub(crate) fn matrices<'c>(&self, head: &'c [u8]) -> (TritMatrix<'c>, TritMatrix<'c>) {
        let (keys, values) = head.split_at_checked(self.key_bytes).unwrap_or_default();
        let keys = TritMatrix::new(keys, self.key_plane, self.key_stride);
        (
            keys,
            TritMatrix::new(values, self.value_plane, self.value_stride),
        )
    }

    /// Stores `key` `[head_dim]` as row `slot` of the keys.
    #[inline(never)]
    pub(crate) fn write_key(&self, head: &mut [u8], slot: Slot, key: &[i8]) {
        let (higher, lower) = split_at_or_empty(head, self.key_plane);
        let (higher, _) = split_at_or_empty(higher, slot.key_tile_row)
            .1
            .as_chunks_mut::<TILE_ROWS>();
        let (lower, _) = split_at_or_empty(lower, slot.key_tile_row)
            .1
            .as_chunks_mut::<TILE_ROWS>();
        let row = slot.index % TILE_ROWS;
        // The fields of four numbers, those of the higher trits in the lower byte.
        let packed = key.as_chunks::<TILE_COLS>().0.iter().map(|&key| {
            let [f0, f1, f2, f3] = key.map(fields);
            (f0 | f1 << 2 | f2 << 4 | f3 << 6).to_le_bytes()
        });
        if self.trits == 1 {
            for (tile, [_, byte]) in higher.iter_mut().zip(packed) {
                tile[row] = byte;
            }
        } else {
            for ((higher, lower), bytes) in higher.iter_mut().zip(lower).zip(packed) {
                [higher[row], lower[row]] = bytes;
            }
        }
    }

    /// Stores `value` `[head_dim]` as column `slot` of the values.
    #[inline(never)]
    pub(crate) fn write_value(&self, head: &mut [u8], slot: Slot, value: &[i8]) {
        let (higher, lower) =
            split_at_or_empty(split_at_or_empty(head, self.key_bytes).1, self.value_plane);
        let tile = slot.index / TILE_COLS * TILE_ROWS;
        let shift = (slot.index % TILE_COLS) << 1;
        let keep = !(3 << shift);
        let (mut higher, mut lower, mut value) = (
            split_at_or_empty(higher, tile).1,
            split_at_or_empty(lower, tile).1,
            value,
        );
        while !value.is_empty() {
            let (rows, rest) = value.split_at_checked(TILE_ROWS).unwrap_or((value, &[]));
            let packed = rows
                .iter()
                .map(|&number| (fields(number) << shift).to_le_bytes());
            if self.trits == 1 {
                for (byte, [_, field]) in higher.iter_mut().zip(packed) {
                    *byte = *byte & keep | field;
                }
            } else {
                for ((higher, lower), fields) in higher.iter_mut().zip(&mut *lower).zip(packed) {
                    *higher = *higher & keep | fields[0];
                    *lower = *lower & keep | fields[1];
                }
                lower = split_at_or_empty(lower, self.value_stride).1;
            }
            (higher, value) = (split_at_or_empty(higher, self.value_stride).1, rest);
        }
    }
}

/// A place in the ring.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Slot {
    index: usize,
    /// Byte offset of the row of tiles that holds this row of the keys.
    key_tile_row: usize,
    filled: usize,
}

impl Slot {
    /// The slot of the `index`-th token (counted modulo the context) when `filled` slots hold tokens.
    pub(crate) fn advance(&mut self, layout: &CacheLayout) {
        self.index += 1;
        if self.index >= layout.context {
            self.index = 0;
        }
        self.key_tile_row = key_tile_row(layout, self.index);
        self.filled = (self.filled + 1).min(layout.context.saturating_sub(1));
    }

    /// The slot of a given number when one less than [`Slot::len`] slots were filled; `None` where that cannot be.
    pub(crate) fn restored(layout: &CacheLayout, index: usize, filled: usize) -> Option<Self> {
        let last = layout.context.saturating_sub(1);
        let possible = index <= last && filled <= last && (filled == last || filled == index);
        possible.then_some(Self {
            index,
            key_tile_row: key_tile_row(layout, index),
            filled,
        })
    }

    /// One less than [`Slot::len`].
    pub(crate) const fn filled(&self) -> usize {
        self.filled
    }

    /// The slot's number, below the context.
    pub(crate) const fn index(&self) -> usize {
        self.index
    }

    /// Slots that hold tokens once this one is written: at most the context.
    pub(crate) const fn len(&self) -> usize {
        self.filled + 1
    }
}

/// Where the row of tiles of a slot begins.
fn key_tile_row(layout: &CacheLayout, index: usize) -> usize {
    times((index / TILE_ROWS) as u32, layout.key_stride as u32) as usize
}

/// Forgets everything: all trits zero.
pub(crate) fn clear(cache: &mut [u8]) {
    for byte in cache {
        // Unseen by the compiler, which would call `memset`: some multiply the byte by 0x01010101.
        *byte = black_box(ZERO_BYTE);
    }
}

/// The higher trit of a number in -4..=4.
#[inline]
const fn high(number: i8) -> i8 {
    match number {
        2.. => 1,
        ..=-2 => -1,
        _ => 0,
    }
}

/// The lower trit: what three times the higher one leaves.
#[inline]
const fn low(number: i8) -> i8 {
    let high = high(number);
    // 3 * high is number's nearest multiple of three, so this is within -1..=1.
    number.wrapping_sub(high + high + high)
}

#[inline]
const fn field(trit: i8) -> u8 {
    trit.wrapping_add(1).cast_unsigned()
}

/// The two fields of a number in -4..=4, that of the lower trit eight bits up. A number of one trit is its lower one.
#[inline]
fn fields(number: i8) -> u16 {
    const MAX: u8 = 4;
    const FIELDS: [u16; 16] = {
        let mut fields = [0; 16];
        let mut n = 0;
        while n < fields.len() {
            // The lowest four bits of a negative number are those of 16 more.
            let number = if n > 7 { n as i8 - 16 } else { n as i8 };
            fields[n] = if number.unsigned_abs() > MAX {
                0
            } else {
                split(number)
            };
            n += 1;
        }
        fields
    };
    const fn split(number: i8) -> u16 {
        u16::from_le_bytes([field(high(number)), field(low(number))])
    }
    if cfg!(assembly) {
        // Small cores look it up; vector registers compare.
        FIELDS[usize::from(number.cast_unsigned()) % FIELDS.len()]
    } else {
        split(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::vec;
    use std::vec::Vec;

    #[test]
    fn what_is_stored_is_found_past_the_end_of_the_ring() {
        for (kv_trits, max) in [(1, 1), (2, 4)] {
            for (context, head_dim) in [(1, 4), (18, 12), (32, 32)] {
                let dims = Dims {
                    vocab_size: 65,
                    d_model: head_dim,
                    layers: 1,
                    heads: 1,
                    kv_heads: 1,
                    d_ff: 4,
                    context,
                    weight_trits: 1,
                    head_trits: 1,
                    kv_trits,
                    embedding_trits: 0,
                    token_shift: [0; 3],
                };
                let layout = CacheLayout::new(&dims);
                let mut head = vec![0; layout.head_bytes];
                clear(&mut head);
                let number = |token: usize, c: usize| {
                    ((token * 7 + c * 5) % (2 * max + 1)) as i8 - max as i8
                };
                let mut slot = Slot::default();
                for token in 0..50usize {
                    let vector: Vec<i8> = (0..head_dim.into()).map(|c| number(token, c)).collect();
                    layout.write_key(&mut head, slot, &vector);
                    layout.write_value(&mut head, slot, &vector);
                    let context = usize::from(context);
                    assert_eq!(
                        (slot.index(), slot.len()),
                        (token % context, context.min(token + 1))
                    );
                    let (keys, values) = layout.matrices(&head);
                    for back in 0..slot.len() {
                        let token = token - back;
                        for c in 0..head_dim.into() {
                            let expected = Some(i32::from(number(token, c)));
                            assert_eq!(keys.get(token % context, c), expected);
                            assert_eq!(values.get(c, token % context), expected);
                        }
                    }
                    slot.advance(&layout);
                }
            }
        }
    }
}
