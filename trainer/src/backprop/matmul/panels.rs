//! Matrices of f32 rearranged into tiles of pairs of bf16, as the tile unit reads them.

use super::{Strided, Triangle};
use std::arch::x86_64::*;
use std::ops::Range;

/// Rows of a tile, and pairs of a row.
pub(super) const SIDE: usize = 16;
/// Numbers along the dimension that a product sums over, in one tile.
const DEPTH: usize = 2 * SIDE;
/// A product is computed in squares of so many rows and columns: two tiles each way.
pub(super) const SQUARE: usize = 2 * SIDE;

/// Pairs of bf16, the first of each in its lower half.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Tile([[u32; SIDE]; SIDE]);

const ZEROS: Tile = Tile([[0; SIDE]; SIDE]);

/// Which factor of a product a matrix is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Factor {
    /// The left one, `[m, k]`: a tile has a row per row, and the pairs along `k`.
    Left,
    /// The right one, `[k, n]`: a tile has a row per pair of `k`, and a column per column.
    Right,
}

/// A factor as the sum of two matrices of bf16, padded with zeros to whole squares.
///
/// The higher matrix has each number rounded to the 8 bits of a significand, the lower one what this leaves, rounded likewise.
#[derive(Clone, Default, Debug)]
pub(super) struct Panels {
    high: Vec<Tile>,
    low: Vec<Tile>,
    /// Tiles per panel: a panel is 16 rows or columns of the product.
    depth: usize,
    exact: bool,
    triangle: Option<Triangle>,
}

impl Panels {
    /// Takes the numbers of a factor, in the memory of the last.
    ///
    /// # Panics
    /// When the CPU has no AVX-512.
    pub(super) fn fill(&mut self, factor: Factor, matrix: Strided<'_>) {
        assert!(is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw"));
        // SAFETY: the CPU has the features.
        unsafe { self.fill_by_vectors(factor, matrix) }
    }

    #[target_feature(enable = "avx512f,avx512bw")]
    fn fill_by_vectors(&mut self, factor: Factor, matrix: Strided<'_>) {
        let (outer, depth, outer_stride, depth_stride) = match factor {
            Factor::Left => (
                matrix.rows,
                matrix.cols,
                matrix.row_stride,
                matrix.col_stride,
            ),
            Factor::Right => (
                matrix.cols,
                matrix.rows,
                matrix.col_stride,
                matrix.row_stride,
            ),
        };
        let panels = outer.next_multiple_of(SQUARE) / SIDE;
        self.depth = depth.div_ceil(DEPTH);
        self.triangle = match factor {
            Factor::Left => matrix.triangle,
            Factor::Right => None,
        };
        let tiles = panels * self.depth;
        self.high.resize(tiles, ZEROS);
        self.low.resize(tiles, ZEROS);
        // Pairs lie one after the other in memory, or one number below the other.
        let along = depth_stride == 1;
        let transposed = along != (factor == Factor::Left);
        let (height, width, stride) = match along {
            true => (SIDE, DEPTH, outer_stride),
            false => (DEPTH, SIDE, depth_stride),
        };
        let mut padded = [0.0; SIDE * DEPTH];
        let mut inexact = _mm512_setzero_si512();
        let tiles = self.high.iter_mut().zip(&mut self.low).enumerate();
        for (index, (high, low)) in tiles {
            let (first, deep) = (index / self.depth * SIDE, index % self.depth * DEPTH);
            let used = used(self.triangle, self.depth, first / SQUARE);
            if !used.contains(&(deep / DEPTH)) {
                continue;
            }
            let (outers, deeps) = (outer.saturating_sub(first), depth - deep);
            if outers == 0 {
                (*high, *low) = (ZEROS, ZEROS);
                continue;
            }
            let (rows, cols) = match along {
                true => (outers.min(SIDE), deeps.min(DEPTH)),
                false => (deeps.min(DEPTH), outers.min(SIDE)),
            };
            let numbers = &matrix.matrix.data[first * outer_stride + deep * depth_stride..];
            let (numbers, stride) = if (rows, cols) == (height, width) {
                (numbers, stride)
            } else {
                padded.fill(0.0);
                for (row, numbers) in numbers.chunks(stride).take(rows).enumerate() {
                    padded[row * width..][..cols].copy_from_slice(&numbers[..cols]);
                }
                (&padded[..], width)
            };
            let lost = match along {
                true => split_rows(numbers, stride, high, low),
                false => split_pairs_of_rows(numbers, stride, high, low),
            };
            if transposed {
                transpose(high);
                if _mm512_test_epi32_mask(lost, lost) != 0 {
                    transpose(low);
                }
            }
            inexact = _mm512_or_si512(inexact, lost);
        }
        self.exact = _mm512_test_epi32_mask(inexact, inexact) == 0;
    }

    /// Whether the higher matrix is all there is.
    pub(super) const fn is_exact(&self) -> bool {
        self.exact
    }

    /// Squares along the factor's own dimension of the product.
    pub(super) fn squares(&self) -> usize {
        match self.depth {
            0 => 0,
            depth => self.high.len() / (2 * depth),
        }
    }

    /// Tiles of the panels of a square that are not all zeros, or not known to be.
    pub(super) fn depth(&self, square: usize) -> Range<usize> {
        used(self.triangle, self.depth, square)
    }

    /// Two panels of the higher matrix, and of the lower one.
    pub(super) fn square(&self, index: usize) -> [&[Tile]; 2] {
        let tiles = 2 * self.depth;
        [&self.high, &self.low].map(|all| &all[index * tiles..][..tiles])
    }
}

/// Of a panel's tiles, those that are not all zeros. A square is as high as a tile is deep.
fn used(triangle: Option<Triangle>, depth: usize, square: usize) -> Range<usize> {
    match triangle {
        None => 0..depth,
        Some(Triangle::Lower) => 0..(square + 1).min(depth),
        Some(Triangle::Upper) => square.min(depth - 1)..depth,
    }
}

#[target_feature(enable = "avx512f")]
fn load(numbers: &[f32], start: usize) -> __m512i {
    let numbers: &[f32; SIDE] = numbers[start..].first_chunk().expect("a whole vector");
    // SAFETY: sixteen numbers are read.
    unsafe { _mm512_loadu_epi32(numbers.as_ptr().cast()) }
}

#[target_feature(enable = "avx512f")]
fn load_row(row: &[u32; SIDE]) -> __m512i {
    // SAFETY: sixteen numbers are read.
    unsafe { _mm512_loadu_epi32(row.as_ptr().cast()) }
}

#[target_feature(enable = "avx512f")]
fn store(row: &mut [u32; SIDE], vector: __m512i) {
    // SAFETY: sixteen numbers are written.
    unsafe { _mm512_storeu_epi32(row.as_mut_ptr().cast(), vector) }
}

/// Numbers rounded to bf16 in their upper halves, which is all that counts.
#[target_feature(enable = "avx512f")]
fn round(bits: __m512i) -> __m512i {
    _mm512_add_epi32(bits, _mm512_set1_epi32(0x8000))
}

/// What [`round`] took from numbers, rounded likewise.
#[target_feature(enable = "avx512f")]
fn rest(bits: __m512i) -> __m512i {
    let upper = _mm512_set1_epi32(0xffff_0000_u32.cast_signed());
    let rounded = _mm512_castsi512_ps(_mm512_and_si512(round(bits), upper));
    round(_mm512_castps_si512(_mm512_sub_ps(
        _mm512_castsi512_ps(bits),
        rounded,
    )))
}

/// Bits of two vectors that bf16 has no room for.
#[target_feature(enable = "avx512f")]
fn lost(a: __m512i, b: __m512i) -> __m512i {
    _mm512_and_si512(_mm512_or_si512(a, b), _mm512_set1_epi32(0xffff))
}

/// A tile row from 32 numbers of a matrix's row.
#[target_feature(enable = "avx512f,avx512bw")]
fn split_rows(numbers: &[f32], stride: usize, high: &mut Tile, low: &mut Tile) -> __m512i {
    const UPPER_HALVES: [u16; DEPTH] = {
        let mut halves = [0; DEPTH];
        let mut i = 0;
        while i < DEPTH {
            halves[i] = 2 * i as u16 + 1;
            i += 1;
        }
        halves
    };
    // SAFETY: 32 numbers of 16 bits are read.
    let halves = unsafe { _mm512_loadu_epi16(UPPER_HALVES.as_ptr().cast()) };
    let mut inexact = _mm512_setzero_si512();
    for (row, (high, low)) in high.0.iter_mut().zip(&mut low.0).enumerate() {
        let (a, b) = (
            load(numbers, row * stride),
            load(numbers, row * stride + SIDE),
        );
        store(high, _mm512_permutex2var_epi16(round(a), halves, round(b)));
        store(low, _mm512_permutex2var_epi16(rest(a), halves, rest(b)));
        inexact = _mm512_or_si512(inexact, lost(a, b));
    }
    inexact
}

/// A tile row from 16 numbers of each of two rows of a matrix.
#[target_feature(enable = "avx512f,avx512bw")]
fn split_pairs_of_rows(numbers: &[f32], stride: usize, high: &mut Tile, low: &mut Tile) -> __m512i {
    const SECOND: __mmask32 = 0xaaaa_aaaa;
    let mut inexact = _mm512_setzero_si512();
    for (pair, (high, low)) in high.0.iter_mut().zip(&mut low.0).enumerate() {
        let (a, b) = (
            load(numbers, 2 * pair * stride),
            load(numbers, (2 * pair + 1) * stride),
        );
        let join = |a, b| _mm512_mask_blend_epi16(SECOND, _mm512_srli_epi32::<16>(a), b);
        store(high, join(round(a), round(b)));
        store(low, join(rest(a), rest(b)));
        inexact = _mm512_or_si512(inexact, lost(a, b));
    }
    inexact
}

#[target_feature(enable = "avx512f")]
fn transpose(tile: &mut Tile) {
    let mut rows = [_mm512_setzero_si512(); SIDE];
    for (vector, row) in rows.iter_mut().zip(&tile.0) {
        *vector = load_row(row);
    }
    // Squares of 2, of 4, of 8 and of 16 become transposed.
    let mut twos = rows;
    for i in (0..SIDE).step_by(2) {
        twos[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
        twos[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
    }
    let mut fours = twos;
    for i in (0..SIDE).step_by(4) {
        fours[i] = _mm512_unpacklo_epi64(twos[i], twos[i + 2]);
        fours[i + 1] = _mm512_unpackhi_epi64(twos[i], twos[i + 2]);
        fours[i + 2] = _mm512_unpacklo_epi64(twos[i + 1], twos[i + 3]);
        fours[i + 3] = _mm512_unpackhi_epi64(twos[i + 1], twos[i + 3]);
    }
    for i in 0..4 {
        let [a, b, c, d] = [fours[i], fours[i + 4], fours[i + 8], fours[i + 12]];
        let even = |x, y| _mm512_shuffle_i32x4::<0b10_00_10_00>(x, y);
        let odd = |x, y| _mm512_shuffle_i32x4::<0b11_01_11_01>(x, y);
        let (ab, cd) = (even(a, b), even(c, d));
        store(&mut tile.0[i], even(ab, cd));
        store(&mut tile.0[i + 8], odd(ab, cd));
        let (ab, cd) = (odd(a, b), odd(c, d));
        store(&mut tile.0[i + 4], even(ab, cd));
        store(&mut tile.0[i + 12], odd(ab, cd));
    }
}
