//! Two-bit packing of trits, in tiles that one layout serves flash, a small core and a vector register.
//!
//! A trit `t` in -1, 0, 1 is stored as the field `t + 1` in two bits; the field 3 is invalid. A byte holds four
//! neighbours of a row, the first in the lowest bits. A tile is 16 rows by 4 columns: 16 bytes, byte `r` for row
//! `r`. Tiles follow one another along the columns, then down the rows. Rows are padded to 16, columns to 4, with
//! zero trits (bytes `0x55`).
//!
//! A number of several trits is stored as planes, the most significant first: `sum of 3^p * t_p`.

/// Rows of a tile.
pub const TILE_ROWS: usize = 16;
/// Columns of a tile: the trits of a byte.
pub const TILE_COLS: usize = 4;
/// Four zero trits.
///
/// ```
/// use formats::trits::{ZERO_BYTE, field};
///
/// assert_eq!([0, 1, 2, 3].map(|col| field(ZERO_BYTE, col)), [1; 4]);
/// ```
pub const ZERO_BYTE: u8 = 0x55;

/// A tile: byte `r` holds the four trits of row `r`.
///
/// ```
/// use formats::trits::{Tile, ZERO_BYTE, plane_bytes};
///
/// assert_eq!(size_of::<Tile>(), plane_bytes(16, 4));
/// const ZEROS: Tile = [ZERO_BYTE; 16];
/// ```
pub type Tile = [u8; TILE_ROWS];

/// Bytes of one plane of a `[rows, cols]` matrix, padding included. Saturates instead of overflowing.
///
/// ```
/// // 2 by 3 tiles.
/// assert_eq!(formats::trits::plane_bytes(17, 12), 6 * 16);
/// ```
pub const fn plane_bytes(rows: usize, cols: usize) -> usize {
    tiles(rows, TILE_ROWS)
        .saturating_mul(tiles(cols, TILE_COLS))
        .saturating_mul(TILE_ROWS)
}

/// Bytes from one row of tiles to the next in a matrix of `cols` columns.
///
/// ```
/// assert_eq!(formats::trits::tile_row_bytes(12), 3 * 16);
/// ```
pub const fn tile_row_bytes(cols: usize) -> usize {
    tiles(cols, TILE_COLS).saturating_mul(TILE_ROWS)
}

/// How many tiles of `side` cover `n`.
///
/// ```
/// assert_eq!(formats::trits::tiles(17, 16), 2);
/// ```
pub const fn tiles(n: usize, side: usize) -> usize {
    n.div_ceil(side)
}

/// The largest magnitude of a number of `trits` trits: `(3^trits - 1) / 2`. Saturates beyond 19 trits.
///
/// ```
/// assert_eq!([1, 2, 3, 4, 5].map(formats::trits::max_value), [1, 4, 13, 40, 121]);
/// ```
pub const fn max_value(trits: u8) -> i32 {
    let mut power: i32 = 1;
    let mut left = trits;
    while left > 0 {
        power = power.saturating_mul(3);
        left -= 1;
    }
    (power - 1) / 2
}

/// A packed matrix of numbers of one or more trits, `[rows, cols]` row-major, borrowed from wherever it lies: a
/// model file in flash or a cache in RAM.
///
/// ```
/// use formats::trits::{TritMatrix, ZERO_BYTE, plane_bytes, tile_row_bytes};
///
/// // One row of four numbers: the trits -1, 0, 1, 0.
/// let mut packed = [ZERO_BYTE; 16];
/// packed[0] = 0b01_10_01_00;
/// let matrix = TritMatrix::new(&packed, plane_bytes(1, 4), tile_row_bytes(4));
/// assert_eq!([0, 1, 2, 3].map(|col| matrix.get(0, col)), [-1, 0, 1, 0].map(Some));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TritMatrix<'a> {
    planes: &'a [u8],
    plane_bytes: usize,
    tile_row_bytes: usize,
}

impl<'a> TritMatrix<'a> {
    /// A view of `planes`, whose planes take `plane_bytes` and whose rows of tiles take `tile_row_bytes` each
    /// ([`plane_bytes`], [`tile_row_bytes`]). Pieces that are missing from `planes` read as absent, never as a panic.
    ///
    /// ```
    /// use formats::trits::{TritMatrix, ZERO_BYTE};
    ///
    /// // Half of what is announced: one plane instead of two rows of tiles.
    /// let matrix = TritMatrix::new(&[ZERO_BYTE; 16], 32, 16);
    /// assert_eq!((matrix.get(0, 0), matrix.get(16, 0)), (Some(0), None));
    /// ```
    #[inline]
    pub const fn new(planes: &'a [u8], plane_bytes: usize, tile_row_bytes: usize) -> Self {
        Self {
            planes,
            plane_bytes,
            tile_row_bytes,
        }
    }

    /// The planes, the most significant first.
    ///
    /// ```
    /// use formats::trits::{TritMatrix, ZERO_BYTE};
    ///
    /// // Numbers of two trits.
    /// let matrix = TritMatrix::new(&[ZERO_BYTE; 32], 16, 16);
    /// assert_eq!(matrix.planes().count(), 2);
    /// ```
    #[inline]
    pub fn planes(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let (mut rest, length) = (self.planes, nonzero(self.plane_bytes));
        // Not `chunks`: it has a panic where a compiler that saves space does not inline it.
        core::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let (plane, later) = rest.split_at_checked(length.min(rest.len()))?;
            rest = later;
            Some(plane)
        })
    }

    /// Bytes from one row of tiles to the next.
    ///
    /// ```
    /// assert_eq!(formats::TritMatrix::new(&[], 96, 48).tile_row_bytes(), 48);
    /// ```
    #[inline]
    pub const fn tile_row_bytes(&self) -> usize {
        self.tile_row_bytes
    }

    /// All bytes, padding included.
    ///
    /// ```
    /// use formats::trits::{TritMatrix, ZERO_BYTE};
    ///
    /// assert_eq!(TritMatrix::new(&[ZERO_BYTE; 32], 16, 16).bytes().len(), 32);
    /// ```
    #[inline]
    pub const fn bytes(&self) -> &'a [u8] {
        self.planes
    }

    /// The number at `row`, `col`: for tests and inspection, one look-up a plane.
    ///
    /// `None` outside the packed area.
    ///
    /// ```
    /// use formats::trits::{TritMatrix, ZERO_BYTE};
    ///
    /// // 1 and -1: three times the one, and the other.
    /// let mut packed = [ZERO_BYTE; 32];
    /// (packed[0], packed[16]) = (0b01_01_01_10, 0b01_01_01_00);
    /// assert_eq!(TritMatrix::new(&packed, 16, 16).get(0, 0), Some(3 - 1));
    /// ```
    pub fn get(&self, row: usize, col: usize) -> Option<i32> {
        let mut value = 0;
        for plane in self.planes() {
            let byte = *plane.get(byte_index(self.tile_row_bytes, row, col))?;
            value = value * 3 + i32::from(field(byte, col)) - 1;
        }
        Some(value)
    }
}

const fn nonzero(n: usize) -> usize {
    if n == 0 { 1 } else { n }
}

/// Where the byte of `row`, `col` lies in a plane.
///
/// ```
/// use formats::trits::{byte_index, tile_row_bytes};
///
/// // The second row of tiles, its third tile, its second row.
/// assert_eq!(byte_index(tile_row_bytes(12), 17, 8), 48 + 2 * 16 + 1);
/// ```
pub const fn byte_index(tile_row_bytes: usize, row: usize, col: usize) -> usize {
    row / TILE_ROWS * tile_row_bytes + col / TILE_COLS * TILE_ROWS + row % TILE_ROWS
}

/// The two-bit field of column `col` in its byte.
///
/// ```
/// use formats::trits::field;
///
/// assert_eq!([0, 1, 2, 3].map(|col| field(0b01_10_01_00, col)), [0, 1, 2, 1]);
/// ```
pub const fn field(byte: u8, col: usize) -> u8 {
    byte >> (2 * (col % TILE_COLS)) & 3
}

/// The offset of the first byte with a field 3, if there is one.
///
/// ```
/// use formats::trits::find_invalid;
///
/// assert_eq!(find_invalid(&[0x55, 0b01_11_01_01]), Some(1));
/// assert_eq!(find_invalid(&[0x55, 0xAA]), None);
/// ```
pub fn find_invalid(bytes: &[u8]) -> Option<usize> {
    // A field is 3 where its low and its high bit are both set.
    bytes
        .iter()
        .position(|byte| byte & byte >> 1 & ZERO_BYTE != 0)
}

/// Packs `[rows, cols]` row-major numbers into planes of `trits` trits, the most significant plane first.
///
/// ```
/// use formats::trits::{TritMatrix, pack, plane_bytes, tile_row_bytes};
///
/// let packed = pack(&[-4, 2, 0, 3], 2, 2, 2);
/// let matrix = TritMatrix::new(&packed, plane_bytes(2, 2), tile_row_bytes(2));
/// assert_eq!((matrix.get(0, 0), matrix.get(1, 1)), (Some(-4), Some(3)));
/// ```
///
/// # Panics
/// When `values` is not `rows * cols` long or a value is larger than [`max_value`]`(trits)`.
#[cfg(feature = "alloc")]
pub fn pack(values: &[i8], rows: usize, cols: usize, trits: u8) -> alloc::vec::Vec<u8> {
    assert_eq!(values.len(), rows * cols, "a matrix of {rows} x {cols}");
    let plane = plane_bytes(rows, cols);
    let stride = tile_row_bytes(cols);
    let mut packed = alloc::vec![ZERO_BYTE; plane * usize::from(trits)];
    for row in 0..rows {
        for col in 0..cols {
            let mut rest = i32::from(values[row * cols + col]);
            assert!(
                rest.abs() <= max_value(trits),
                "{rest} does not fit {trits} trits"
            );
            for p in (0..usize::from(trits)).rev() {
                // Balanced ternary: the remainder in -1..=1, the quotient rounded to nearest.
                let digit = (rest + 1).rem_euclid(3) - 1;
                rest = (rest - digit) / 3;
                let byte = &mut packed[p * plane + byte_index(stride, row, col)];
                let shift = 2 * (col % TILE_COLS);
                *byte = *byte & !(3 << shift) | ((digit + 1) as u8) << shift;
            }
        }
    }
    packed
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn packing_keeps_every_number_of_every_width() {
        for (rows, cols) in [(1, 1), (16, 4), (17, 5), (33, 12)] {
            for trits in [1, 2, 3, 5] {
                let max = max_value(trits);
                let values: Vec<i8> = (0..rows * cols)
                    .map(|i| ((i as i32 * 7919) % (2 * max + 1) - max) as i8)
                    .collect();
                let packed = pack(&values, rows, cols, trits);
                assert_eq!(packed.len(), plane_bytes(rows, cols) * usize::from(trits));
                assert_eq!(find_invalid(&packed), None);
                let matrix =
                    TritMatrix::new(&packed, plane_bytes(rows, cols), tile_row_bytes(cols));
                for row in 0..rows {
                    for col in 0..cols {
                        assert_eq!(
                            matrix.get(row, col),
                            Some(i32::from(values[row * cols + col]))
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn the_layout_is_the_documented_one() {
        // Row 0 of the first tile is (-1, 0, 1, 0): fields 0, 1, 2, 1 from the lowest bits up.
        let packed = pack(&[-1, 0, 1, 0, 1], 1, 5, 1);
        assert_eq!(packed[0], 0b01_10_01_00);
        assert_eq!(packed[16], 0b01_01_01_10);
        assert!(packed[1..16].iter().all(|&byte| byte == ZERO_BYTE));
    }

    #[test]
    fn a_field_of_three_is_found_wherever_it_is() {
        for shift in [0, 2, 4, 6] {
            assert_eq!(find_invalid(&[ZERO_BYTE, ZERO_BYTE | 3 << shift]), Some(1));
        }
        assert_eq!(find_invalid(&[0, 0xAA, ZERO_BYTE]), None);
    }
}
