//! SSSE3: a look-up for the sixteen bytes of a tile, on machines of the x86 family without AVX2.
//!
//! The method is told in `nibbles.rs`.

#![allow(unsafe_code)]

use crate::arch::simd::chunk_bias;
use crate::arch::simd::nibbles::{self, ENTRY_BIAS, FIRST, Rows, SECOND};
use core::arch::x86_64::*;
use formats::TritMatrix;
use formats::trits::{TILE_COLS, TILE_ROWS, Tile};

/// Tables of a group: for the low nibbles and for the high ones.
type Tables = [__m128i; 2];
/// What the rows of a tile add up to, modulo 2^16: all bytes in pairs, and the upper byte of each pair.
type Bytes = [__m128i; 2];
/// i32 sums of sixteen rows.
type Sums = [__m128i; 4];

/// The proof that this machine has SSSE3.
#[derive(Clone, Copy, Debug)]
pub struct Ssse3(());

impl Ssse3 {
    /// SSSE3, where this machine has it; found out as by [`Avx2::detect`](super::avx2::Avx2::detect).
    #[inline]
    pub fn detect() -> Option<Self> {
        #[cfg(feature = "std")]
        let found = std::is_x86_feature_detected!("ssse3");
        #[cfg(not(feature = "std"))]
        let found = cfg!(target_feature = "ssse3");
        found.then_some(Self(()))
    }

    /// `acc[row] = sum over col of matrix[row, col] * x[col]`, with the contract of
    /// [`tables::matvec`](crate::lut::tables::matvec) but without its scratch memory: it takes 8 KB of stack.
    pub fn matvec(self, matrix: TritMatrix<'_>, x: &[i8], acc: &mut [i32]) {
        // SAFETY: `self` exists only where `detect` found SSSE3.
        unsafe { matvec(matrix, x, acc) }
    }
}

#[target_feature(enable = "ssse3")]
fn matvec(matrix: TritMatrix<'_>, x: &[i8], acc: &mut [i32]) {
    let (first, second) = (
        load(&FIRST.map(i8::cast_unsigned)),
        load(&SECOND.map(i8::cast_unsigned)),
    );
    let bias = _mm_set1_epi8(ENTRY_BIAS);
    let table = |x, y| {
        let (x, y) = (_mm_set1_epi8(x), _mm_set1_epi8(y));
        _mm_add_epi8(
            _mm_add_epi8(_mm_sign_epi8(x, first), _mm_sign_epi8(y, second)),
            bias,
        )
    };
    let rows = Rows {
        fill: |[x0, x1, x2, x3]: [i8; TILE_COLS]| [table(x0, x1), table(x2, x3)],
        add_plane: |sums, row: &[Tile], tables: &[Tables]| {
            horner(sums, add_up(row, tables), tables.len())
        },
        add_to: |acc: &mut [i32; TILE_ROWS], sums| add_to(acc, sums),
    };
    nibbles::matvec(matrix, x, acc, [_mm_setzero_si128(); 4], rows);
}

/// Two look-ups for each byte of a row of tiles.
#[target_feature(enable = "ssse3")]
fn add_up(row: &[Tile], tables: &[Tables]) -> Bytes {
    let nibble = _mm_set1_epi8(15);
    let mut sums = [_mm_setzero_si128(); 2];
    for (tile, &[low, high]) in row.iter().zip(tables) {
        let tile = load(tile);
        let lower = _mm_and_si128(tile, nibble);
        let upper = _mm_and_si128(_mm_srli_epi16::<4>(tile), nibble);
        let four = _mm_add_epi8(_mm_shuffle_epi8(low, lower), _mm_shuffle_epi8(high, upper));
        sums[0] = _mm_add_epi16(sums[0], four);
        sums[1] = _mm_add_epi16(sums[1], _mm_srli_epi16::<8>(four));
    }
    sums
}

/// `3 * sums` and what a plane adds up to, biased by the tables of `groups` groups.
#[inline]
#[target_feature(enable = "ssse3")]
fn horner(sums: Sums, [both, odd]: Bytes, groups: usize) -> Sums {
    let bias = _mm_set1_epi16(chunk_bias(groups));
    let even = _mm_sub_epi16(both, _mm_slli_epi16::<8>(odd));
    let (even, odd) = (_mm_sub_epi16(even, bias), _mm_sub_epi16(odd, bias));
    let (low, high) = (_mm_unpacklo_epi16(even, odd), _mm_unpackhi_epi16(even, odd));
    let plane = [
        _mm_srai_epi32::<16>(_mm_unpacklo_epi16(low, low)),
        _mm_srai_epi32::<16>(_mm_unpackhi_epi16(low, low)),
        _mm_srai_epi32::<16>(_mm_unpacklo_epi16(high, high)),
        _mm_srai_epi32::<16>(_mm_unpackhi_epi16(high, high)),
    ];
    let mut joined = sums;
    for (sum, plane) in joined.iter_mut().zip(plane) {
        let three = _mm_add_epi32(*sum, _mm_slli_epi32::<1>(*sum));
        *sum = _mm_add_epi32(three, plane);
    }
    joined
}

#[inline]
#[target_feature(enable = "ssse3")]
fn add_to(acc: &mut [i32; TILE_ROWS], sums: Sums) {
    // SAFETY: 64 bytes either way, and every pattern of them is sixteen numbers.
    let sums = unsafe { core::mem::transmute::<Sums, [i32; TILE_ROWS]>(sums) };
    for (acc, sum) in acc.iter_mut().zip(sums) {
        *acc = acc.wrapping_add(sum);
    }
}

#[inline]
#[target_feature(enable = "ssse3")]
fn load(tile: &Tile) -> __m128i {
    // SAFETY: 16 bytes either way, and every pattern of them is a register.
    unsafe { core::mem::transmute(*tile) }
}
