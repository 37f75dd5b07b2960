//! NEON: a look-up for the sixteen bytes of a tile, on 64-bit Arm.
//!
//! The method is told in `nibbles.rs`.

#![allow(unsafe_code)]

use crate::arch::simd::chunk_bias;
use crate::arch::simd::nibbles::{self, ENTRY_BIAS, FIRST, Rows, SECOND};
use core::arch::aarch64::*;
use formats::TritMatrix;
use formats::trits::{TILE_COLS, TILE_ROWS, Tile};

/// Tables of a group: for the low nibbles and for the high ones.
type Tables = [uint8x16_t; 2];
/// What rows 0 to 7 and rows 8 to 15 add up to.
type Halves = [uint16x8_t; 2];
/// i32 sums of sixteen rows.
type Sums = [int32x4_t; 4];

/// The proof that this machine has NEON.
#[derive(Clone, Copy, Debug)]
pub struct Neon(());

impl Neon {
    /// NEON, where the target has it: all 64-bit Arm machines with an operating system do.
    #[inline]
    pub fn detect() -> Option<Self> {
        cfg!(target_feature = "neon").then_some(Self(()))
    }

    /// `acc[row] = sum over col of matrix[row, col] * x[col]`, with the contract of
    /// [`tables::matvec`](crate::lut::tables::matvec) but without its scratch memory: it takes 8 KB of stack.
    pub fn matvec(self, matrix: TritMatrix<'_>, x: &[i8], acc: &mut [i32]) {
        // SAFETY: `self` exists only where the target has NEON.
        unsafe { matvec(matrix, x, acc) }
    }
}

#[target_feature(enable = "neon")]
fn matvec(matrix: TritMatrix<'_>, x: &[i8], acc: &mut [i32]) {
    // Masks of the entries that add an input and of those that subtract it.
    let masks = |trits: [i8; 16]| {
        let mask = |trit: i8| load(&trits.map(|t| if t == trit { u8::MAX } else { 0 }));
        (mask(1), mask(-1))
    };
    let (first, second) = (masks(FIRST), masks(SECOND));
    let bias = vdupq_n_u8(ENTRY_BIAS.cast_unsigned());
    let table = |x: i8, y: i8| {
        let (x, y) = (vdupq_n_u8(x.cast_unsigned()), vdupq_n_u8(y.cast_unsigned()));
        let added = vaddq_u8(vandq_u8(x, first.0), vandq_u8(y, second.0));
        let subtracted = vaddq_u8(vandq_u8(x, first.1), vandq_u8(y, second.1));
        vsubq_u8(vaddq_u8(bias, added), subtracted)
    };
    let rows = Rows {
        fill: |[x0, x1, x2, x3]: [i8; TILE_COLS]| [table(x0, x1), table(x2, x3)],
        add_plane: |sums, row: &[Tile], tables: &[Tables]| {
            horner(sums, add_up(row, tables), tables.len())
        },
        add_to: |acc: &mut [i32; TILE_ROWS], sums| add_to(acc, sums),
    };
    nibbles::matvec(matrix, x, acc, [vdupq_n_s32(0); 4], rows);
}

/// Two look-ups for each byte of a row of tiles.
#[target_feature(enable = "neon")]
fn add_up(row: &[Tile], tables: &[Tables]) -> Halves {
    let nibble = vdupq_n_u8(15);
    let mut sums = [vdupq_n_u16(0); 2];
    for (tile, &[low, high]) in row.iter().zip(tables) {
        let tile = load(tile);
        let four = vaddq_u8(
            vqtbl1q_u8(low, vandq_u8(tile, nibble)),
            vqtbl1q_u8(high, vshrq_n_u8::<4>(tile)),
        );
        sums[0] = vaddw_u8(sums[0], vget_low_u8(four));
        sums[1] = vaddw_high_u8(sums[1], four);
    }
    sums
}

/// `3 * sums` and what a plane adds up to, biased by the tables of `groups` groups.
#[inline]
#[target_feature(enable = "neon")]
fn horner(sums: Sums, plane: Halves, groups: usize) -> Sums {
    let bias = vdupq_n_u16(chunk_bias(groups).cast_unsigned());
    let [low, high] = plane.map(|rows| vreinterpretq_s16_u16(vsubq_u16(rows, bias)));
    let plane = [
        vmovl_s16(vget_low_s16(low)),
        vmovl_high_s16(low),
        vmovl_s16(vget_low_s16(high)),
        vmovl_high_s16(high),
    ];
    let mut joined = sums;
    for (sum, plane) in joined.iter_mut().zip(plane) {
        let three = vaddq_s32(*sum, vshlq_n_s32::<1>(*sum));
        *sum = vaddq_s32(three, plane);
    }
    joined
}

#[inline]
#[target_feature(enable = "neon")]
fn add_to(acc: &mut [i32; TILE_ROWS], sums: Sums) {
    // SAFETY: 64 bytes either way, and every pattern of them is sixteen numbers.
    let sums = unsafe { core::mem::transmute::<Sums, [i32; TILE_ROWS]>(sums) };
    for (acc, sum) in acc.iter_mut().zip(sums) {
        *acc = acc.wrapping_add(sum);
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn load(tile: &Tile) -> uint8x16_t {
    // SAFETY: 16 bytes either way, and every pattern of them is a register.
    unsafe { core::mem::transmute(*tile) }
}
