//! SIMD of 128 bits: a look-up for the sixteen bytes of a tile, in browsers and other engines for WebAssembly.
//!
//! The method is told in `nibbles.rs`. An engine refuses a module with instructions that it does not know, so there is
//! nothing to detect at run time: whoever loads the module asks (`WebAssembly.validate`) and has one without them.

#![allow(unsafe_code)]

use crate::arch::simd::chunk_bias;
use crate::arch::simd::nibbles::{self, ENTRY_BIAS, FIRST, Rows, SECOND};
use core::arch::wasm32::*;
use formats::TritMatrix;
use formats::trits::{TILE_COLS, TILE_ROWS, Tile};

/// Tables of a group: for the low nibbles and for the high ones.
type Tables = [v128; 2];
/// What rows 0 to 7 and rows 8 to 15 add up to, in 16 bits.
type Halves = [v128; 2];
/// i32 sums of sixteen rows.
type Sums = [v128; 4];

/// `acc[row] = sum over col of matrix[row, col] * x[col]`, with the contract of
/// [`tables::matvec`](crate::lut::tables::matvec) but without its scratch memory: it takes 8 KB of stack.
pub(crate) fn matvec(matrix: TritMatrix<'_>, x: &[i8], acc: &mut [i32]) {
    // Masks of the entries that add an input and of those that subtract it.
    let masks = |trits: [i8; 16]| {
        let mask = |trit: i8| load(&trits.map(|t| if t == trit { u8::MAX } else { 0 }));
        [mask(1), mask(-1)]
    };
    let [first, second] = [masks(FIRST), masks(SECOND)];
    let table = |x: i8, y: i8| {
        let (x, y) = (i8x16_splat(x), i8x16_splat(y));
        let sum = |i: usize| i8x16_add(v128_and(x, first[i]), v128_and(y, second[i]));
        i8x16_sub(i8x16_add(i8x16_splat(ENTRY_BIAS), sum(0)), sum(1))
    };
    let rows = Rows {
        fill: |[x0, x1, x2, x3]: [i8; TILE_COLS]| [table(x0, x1), table(x2, x3)],
        add_plane: |sums, row: &[Tile], tables: &[Tables]| {
            horner(sums, add_up(row, tables), tables.len())
        },
        add_to: |acc: &mut [i32; TILE_ROWS], sums| add_to(acc, sums),
    };
    nibbles::matvec(matrix, x, acc, [i32x4_splat(0); 4], rows);
}

/// Two look-ups for each byte of a row of tiles.
fn add_up(row: &[Tile], tables: &[Tables]) -> Halves {
    let mut sums = [u16x8_splat(0); 2];
    for (tile, &[low, high]) in row.iter().zip(tables) {
        let tile = load(tile);
        let four = i8x16_add(
            i8x16_swizzle(low, v128_and(tile, u8x16_splat(15))),
            i8x16_swizzle(high, u8x16_shr(tile, 4)),
        );
        sums[0] = i16x8_add(sums[0], u16x8_extend_low_u8x16(four));
        sums[1] = i16x8_add(sums[1], u16x8_extend_high_u8x16(four));
    }
    sums
}

/// `3 * sums` and what a plane adds up to, biased by the tables of `groups` groups.
fn horner(sums: Sums, plane: Halves, groups: usize) -> Sums {
    let [low, high] = plane.map(|rows| i16x8_sub(rows, i16x8_splat(chunk_bias(groups))));
    let plane = [
        i32x4_extend_low_i16x8(low),
        i32x4_extend_high_i16x8(low),
        i32x4_extend_low_i16x8(high),
        i32x4_extend_high_i16x8(high),
    ];
    let mut joined = sums;
    for (sum, plane) in joined.iter_mut().zip(plane) {
        let three = i32x4_add(*sum, i32x4_shl(*sum, 1));
        *sum = i32x4_add(three, plane);
    }
    joined
}

fn add_to(acc: &mut [i32; TILE_ROWS], sums: Sums) {
    // SAFETY: 64 bytes either way, and every pattern of them is sixteen numbers.
    let sums = unsafe { core::mem::transmute::<Sums, [i32; TILE_ROWS]>(sums) };
    for (acc, sum) in acc.iter_mut().zip(sums) {
        *acc = acc.wrapping_add(sum);
    }
}

fn load(tile: &Tile) -> v128 {
    // SAFETY: 16 bytes either way, and every pattern of them is a register.
    unsafe { core::mem::transmute(*tile) }
}
