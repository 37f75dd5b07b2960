//! AVX-512: the tables of four groups of inputs in one register, a look-up for sixty-four bytes of weights.
//!
//! Four neighbouring tiles of a row fill a register; each quarter of it meets the table of its own group. The method is
//! told in `nibbles.rs`.

#![allow(unsafe_code)]

use crate::arch::simd::chunk_bias;
use crate::arch::simd::nibbles::{ENTRY_BIAS, FIRST, MAX_LUT_GROUPS, SECOND};
use core::arch::x86_64::*;
use core::mem::MaybeUninit;
use formats::TritMatrix;
use formats::trits::{TILE_COLS, TILE_ROWS};

/// Tables of four groups: for the low nibbles and for the high ones.
type Four = [__m512i; 2];
/// What rows of four tiles add up to, modulo 2^16: all bytes in pairs, and the upper byte of each pair.
type Bytes = [__m512i; 2];
/// The bytes of four tiles.
const FOUR_TILES: usize = 4 * TILE_ROWS;
/// Groups of a table.
const GROUPS: usize = 4;

/// The proof that this machine has AVX-512 with instructions on bytes (AVX512F and AVX512BW).
#[derive(Clone, Copy, Debug)]
pub struct Avx512(());

impl Avx512 {
    /// AVX-512, where this machine has it. With `std` it is asked once, after which this costs a load and a test; without,
    /// the target's features decide at compile time.
    #[inline]
    pub fn detect() -> Option<Self> {
        #[cfg(feature = "std")]
        let found = std::is_x86_feature_detected!("avx512f")
            && std::is_x86_feature_detected!("avx512bw")
            && std::is_x86_feature_detected!("avx2");
        #[cfg(not(feature = "std"))]
        let found = cfg!(target_feature = "avx512f")
            && cfg!(target_feature = "avx512bw")
            && cfg!(target_feature = "avx2");
        found.then_some(Self(()))
    }

    /// `acc[row] = sum over col of matrix[row, col] * x[col]`, with the contract of
    /// `lut::tables::matvec` but without its scratch memory: it takes 8 KB of stack.
    pub fn matvec(self, matrix: TritMatrix<'_>, x: &[i8], acc: &mut [i32]) {
        // SAFETY: `self` exists only where `detect` found AVX-512.
        unsafe { matvec(matrix, x, acc) }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx2")]
fn matvec(matrix: TritMatrix<'_>, x: &[i8], acc: &mut [i32]) {
    acc.fill(0);
    let stride = matrix.tile_row_bytes();
    let mut memory = [const { MaybeUninit::uninit() }; MAX_LUT_GROUPS / GROUPS];
    let mut start = 0;
    for chunk in x.as_chunks::<TILE_COLS>().0.chunks(MAX_LUT_GROUPS) {
        let tables = fill(&mut memory, chunk);
        let bytes = chunk.len() * TILE_ROWS;
        let mut at = start;
        let (doubles, rest) = acc.as_chunks_mut::<{ 2 * TILE_ROWS }>();
        for acc in doubles {
            let mut sums = [_mm512_setzero_si512(); 2];
            for plane in matrix.planes() {
                let row = |at: usize| plane.get(at..)?.get(..bytes);
                let (Some(first), Some(second)) = (row(at), row(at + stride)) else {
                    break;
                };
                let [first, second] = add_up_two(first, second, tables);
                sums[0] = horner(sums[0], first, tables.len());
                sums[1] = horner(sums[1], second, tables.len());
            }
            for (acc, sums) in acc.as_chunks_mut().0.iter_mut().zip(sums) {
                add_to(acc, sums);
            }
            at += stride + stride;
        }
        for acc in rest.as_chunks_mut::<TILE_ROWS>().0 {
            let mut sums = _mm512_setzero_si512();
            for plane in matrix.planes() {
                let Some(row) = plane.get(at..).and_then(|row| row.get(..bytes)) else {
                    break;
                };
                sums = horner(sums, add_up(row, tables), tables.len());
            }
            add_to(acc, sums);
            at += stride;
        }
        start += bytes;
    }
}

/// The tables of a chunk of inputs; last groups that fill no register have zeros beside them.
#[target_feature(enable = "avx512f,avx512bw")]
fn fill<'t>(
    memory: &'t mut [MaybeUninit<Four>; MAX_LUT_GROUPS / GROUPS],
    chunk: &[[i8; TILE_COLS]],
) -> &'t [Four] {
    // Where a factor is not zero, and where it is negative.
    let masks = |trits: [i8; 16]| {
        // SAFETY: 16 bytes either way, and every pattern of them is a register.
        let trits = unsafe { core::mem::transmute::<[i8; 16], __m128i>(trits) };
        let trits = _mm512_broadcast_i32x4(trits);
        (
            _mm512_test_epi8_mask(trits, trits),
            _mm512_movepi8_mask(trits),
        )
    };
    let (first, second) = (masks(FIRST), masks(SECOND));
    let times = |x, (some, negative)| {
        let x = _mm512_maskz_mov_epi8(some, x);
        _mm512_mask_sub_epi8(x, negative, _mm512_setzero_si512(), x)
    };
    let bias = _mm512_set1_epi8(ENTRY_BIAS);
    // Input `i` of each quarter's group.
    let quarters = _mm512_set_epi64(
        0x0c0c_0c0c_0c0c_0c0c,
        0x0c0c_0c0c_0c0c_0c0c,
        0x0808_0808_0808_0808,
        0x0808_0808_0808_0808,
        0x0404_0404_0404_0404,
        0x0404_0404_0404_0404,
        0,
        0,
    );
    let picks = [0, 1, 2, 3].map(|i| _mm512_add_epi8(quarters, _mm512_set1_epi8(i)));
    let (fours, rest) = chunk.as_chunks::<GROUPS>();
    let mut last = [[0; TILE_COLS]; GROUPS];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    let last = (!rest.is_empty()).then_some(&last);
    let mut count = 0;
    for (place, four) in memory.iter_mut().zip(fours.iter().chain(last)) {
        // SAFETY: 16 bytes either way, and every pattern of them is a register.
        let inputs = unsafe { core::mem::transmute::<[[i8; TILE_COLS]; GROUPS], __m128i>(*four) };
        let inputs = _mm512_broadcast_i32x4(inputs);
        let [x0, x1, x2, x3] = picks.map(|pick| _mm512_shuffle_epi8(inputs, pick));
        let table =
            |x, y| _mm512_add_epi8(_mm512_add_epi8(times(x, first), times(y, second)), bias);
        place.write([table(x0, x1), table(x2, x3)]);
        count += 1;
    }
    let (filled, _) = memory.split_at(count);
    // SAFETY: the loop has written these places, and a `MaybeUninit<T>` lies in memory as its `T` does.
    unsafe { &*(core::ptr::from_ref(filled) as *const [Four]) }
}

/// What a row of tiles adds up to with the tables of its groups.
#[target_feature(enable = "avx512f,avx512bw")]
fn add_up(row: &[u8], tables: &[Four]) -> Bytes {
    let mut sums = [_mm512_setzero_si512(); 2];
    let (tiles, last) = row.as_chunks();
    for (tiles, table) in tiles.iter().zip(tables) {
        sums = add_tiles(sums, load(tiles), table);
    }
    if let (false, [.., table]) = (last.is_empty(), tables) {
        sums = add_tiles(sums, load_some(last), table);
    }
    sums
}

/// [`add_up`] for two rows of equal length, which share the loads of the tables.
#[target_feature(enable = "avx512f,avx512bw")]
fn add_up_two(first: &[u8], second: &[u8], tables: &[Four]) -> [Bytes; 2] {
    let mut sums = [[_mm512_setzero_si512(); 2]; 2];
    let ((first, first_last), (second, second_last)) = (first.as_chunks(), second.as_chunks());
    for ((first, second), table) in first.iter().zip(second).zip(tables) {
        sums[0] = add_tiles(sums[0], load(first), table);
        sums[1] = add_tiles(sums[1], load(second), table);
    }
    if let (false, [.., table]) = (first_last.is_empty(), tables) {
        sums[0] = add_tiles(sums[0], load_some(first_last), table);
        sums[1] = add_tiles(sums[1], load_some(second_last), table);
    }
    sums
}

/// Two look-ups for each of the 64 bytes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn add_tiles(sums: Bytes, tiles: __m512i, [low, high]: &Four) -> Bytes {
    let nibble = _mm512_set1_epi8(15);
    let lower = _mm512_and_si512(tiles, nibble);
    let upper = _mm512_and_si512(_mm512_srli_epi16::<4>(tiles), nibble);
    let four = _mm512_add_epi8(
        _mm512_shuffle_epi8(*low, lower),
        _mm512_shuffle_epi8(*high, upper),
    );
    [
        _mm512_add_epi16(sums[0], four),
        _mm512_add_epi16(sums[1], _mm512_srli_epi16::<8>(four)),
    ]
}

/// `3 * sums` and what a plane adds up to, which tables of `fours` registers have biased. Sums of sixteen rows.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx2")]
fn horner(sums: __m512i, [both, odd]: Bytes, fours: usize) -> __m512i {
    let even = _mm512_sub_epi16(both, _mm512_slli_epi16::<8>(odd));
    // The quarters belong to four groups: same rows.
    let join = |rows| {
        let halves = _mm256_add_epi16(
            _mm512_castsi512_si256(rows),
            _mm512_extracti64x4_epi64::<1>(rows),
        );
        _mm_add_epi16(
            _mm256_castsi256_si128(halves),
            _mm256_extracti128_si256::<1>(halves),
        )
    };
    let (even, odd) = (join(even), join(odd));
    let rows = _mm256_set_m128i(_mm_unpackhi_epi16(even, odd), _mm_unpacklo_epi16(even, odd));
    let bias = _mm256_set1_epi16(chunk_bias(fours << 2));
    let rows = _mm512_cvtepi16_epi32(_mm256_sub_epi16(rows, bias));
    let three = _mm512_add_epi32(sums, _mm512_slli_epi32::<1>(sums));
    _mm512_add_epi32(three, rows)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn add_to(acc: &mut [i32; TILE_ROWS], sums: __m512i) {
    // SAFETY: 64 bytes either way, and every pattern of them is a register or sixteen numbers.
    *acc = unsafe {
        let before = core::mem::transmute::<[i32; TILE_ROWS], __m512i>(*acc);
        core::mem::transmute::<__m512i, [i32; TILE_ROWS]>(_mm512_add_epi32(before, sums))
    };
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(tiles: &[u8; FOUR_TILES]) -> __m512i {
    // SAFETY: 64 bytes either way, and every pattern of them is a register.
    unsafe { core::mem::transmute(*tiles) }
}

/// Up to three last tiles, and zeros.
#[inline]
#[target_feature(enable = "avx512f")]
fn load_some(tiles: &[u8]) -> __m512i {
    let mut all = [0; FOUR_TILES];
    for (to, from) in all.iter_mut().zip(tiles) {
        *to = *from;
    }
    load(&all)
}
