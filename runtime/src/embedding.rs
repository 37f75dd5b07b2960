//! A token's row of the embedding, into the residual stream.

use crate::arithmetic::times;
use formats::model::Embedding;
use formats::trits::{TILE_COLS, TILE_ROWS};
use formats::{Model, TritMatrix};

/// Bits of a token's place among the rows of a tile.
const LANE_BITS: u32 = TILE_ROWS.trailing_zeros();

/// The embedding of a model, `[vocab_size, d_model]`. Its sizes are products, so it is made once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows<'m> {
    numbers: Embedding<'m>,
    shift: u32,
}

impl<'m> Rows<'m> {
    pub(crate) fn new(model: &Model<'m>) -> Self {
        Self {
            numbers: model.embedding(),
            shift: model.dims().embedding_shift(),
        }
    }

    /// Writes the row of `token` in residual LSBs: `residual` is `[d_model]`. Costs about ten instructions per number and plane.
    pub(crate) fn write(&self, token: u16, residual: &mut [i32]) {
        match self.numbers {
            Embedding::Bytes(bytes) => {
                let row = times(token.into(), residual.len() as u32) as usize;
                let row = bytes.get(row..).unwrap_or_default();
                for (x, &byte) in residual.iter_mut().zip(row) {
                    *x = i32::from(byte.cast_signed()) << self.shift;
                }
            }
            Embedding::Trits(matrix) => {
                residual.fill(0);
                add_trits(matrix, token, residual);
                for x in residual {
                    *x <<= self.shift;
                }
            }
        }
    }
}

/// Plane by plane: three times what is there, and the plane's trit.
fn add_trits(matrix: TritMatrix<'_>, token: u16, residual: &mut [i32]) {
    let tile_row = times(
        u32::from(token) >> LANE_BITS,
        matrix.tile_row_bytes() as u32,
    ) as usize;
    let lane = usize::from(token) & (TILE_ROWS - 1);
    for plane in matrix.planes() {
        let mut rest = plane.get(tile_row + lane..).unwrap_or_default();
        for numbers in residual.as_chunks_mut::<TILE_COLS>().0 {
            let Some(&byte) = rest.first() else { return };
            let mut fields = byte;
            for x in numbers {
                *x += (*x << 1) + i32::from(fields & 3) - 1;
                fields >>= 2;
            }
            rest = rest.get(TILE_ROWS..).unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use formats::trits::{max_value, pack, plane_bytes, tile_row_bytes};
    use std::vec::Vec;

    #[test]
    fn rows_are_those_that_were_packed() {
        let (rows, cols) = (37, 24);
        for trits in 1..=3u8 {
            let max = max_value(trits);
            let numbers: Vec<i8> = (0..(rows * cols) as i32)
                .map(|i| (i * i % (2 * max + 1) - max) as i8)
                .collect();
            let packed = pack(&numbers, rows, cols, trits);
            let matrix = TritMatrix::new(&packed, plane_bytes(rows, cols), tile_row_bytes(cols));
            for (token, row) in (0..).zip(numbers.chunks(cols)) {
                let mut residual = [99; 24];
                let rows = Rows {
                    numbers: Embedding::Trits(matrix),
                    shift: 5,
                };
                rows.write(token, &mut residual);
                assert!(
                    residual.iter().eq(row
                        .iter()
                        .map(|&x| i32::from(x) << 5)
                        .collect::<Vec<_>>()
                        .iter())
                );
            }
        }
        let bytes: Vec<u8> = (0..=255).collect();
        let mut residual = [0; 4];
        let rows = Rows {
            numbers: Embedding::Bytes(&bytes),
            shift: 2,
        };
        rows.write(63, &mut residual);
        assert_eq!(residual, [-16, -12, -8, -4]);
    }
}
