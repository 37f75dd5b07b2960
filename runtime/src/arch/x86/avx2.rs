//! AVX2: the tables of two groups of inputs in one register, a look-up for thirty-two bytes of weights.
//!
//! Two neighbouring tiles of a row fill a register; each half of it meets the table of its own group. The method is
//! told in `nibbles.rs`.

#![allow(unsafe_code)]

use crate::arch::simd::chunk_bias;
use crate::arch::simd::nibbles::{ENTRY_BIAS, FIRST, MAX_LUT_GROUPS, SECOND};
use crate::arch::simd::work::Work;
use crate::arithmetic::EXP2;
#[cfg(feature = "alloc")]
use crate::lut::batch::types as batch;
use core::arch::x86_64::*;
#[cfg(feature = "alloc")]
use core::array;
use core::mem::MaybeUninit;
use formats::TritMatrix;
#[cfg(feature = "alloc")]
use formats::trits::Tile;
use formats::trits::{TILE_COLS, TILE_ROWS};

/// Tables of two groups: for the low nibbles and for the high ones.
type Pair = [__m256i; 2];
/// What rows of two tiles add up to, modulo 2^16: all bytes in pairs, and the upper byte of each pair.
type Bytes = [__m256i; 2];
/// i32 sums of sixteen rows.
type Sums = [__m256i; 2];
/// The bytes of two tiles.
const TWO_TILES: usize = 2 * TILE_ROWS;

/// The proof that this machine has AVX2.
#[derive(Clone, Copy, Debug)]
pub struct Avx2(());

impl Avx2 {
    /// AVX2, where this machine has it. With `std` it is asked once, after which this costs a load and a test; without,
    /// the target's features decide at compile time.
    #[inline]
    pub fn detect() -> Option<Self> {
        #[cfg(feature = "std")]
        let found = std::is_x86_feature_detected!("avx2");
        #[cfg(not(feature = "std"))]
        let found = cfg!(target_feature = "avx2");
        found.then_some(Self(()))
    }

    /// `acc[row] = sum over col of matrix[row, col] * x[col]`, with the contract of
    /// `lut::tables::matvec` but without its scratch memory: it takes 8 KB of stack.
    pub fn matvec(self, matrix: TritMatrix<'_>, x: &[i8], acc: &mut [i32]) {
        // SAFETY: `self` exists only where `detect` found AVX2.
        unsafe { matvec(matrix, x, acc) }
    }

    /// Adds the look-ups of a row of tiles to the sums of its sixteen rows, for many tokens.
    #[cfg(feature = "alloc")]
    pub(crate) fn accumulate(
        self,
        tiles: &[Tile],
        tables: &[batch::Table],
        sums: &mut [batch::Sums; TILE_ROWS],
    ) {
        // SAFETY: `self` exists only where `detect` found AVX2.
        unsafe { accumulate(tiles, tables, sums) }
    }

    /// `elements::exp2_below` for all whole runs of 32 scores; returns what is left of both.
    pub(crate) fn exp2_below<'s, 'w>(
        self,
        max: i32,
        scores: &'s [i32],
        weights: &'w mut [i8],
    ) -> (&'s [i32], &'w mut [i8]) {
        let n = scores.len().min(weights.len()) & !31;
        let (scores, scores_left) = scores.split_at(n);
        let (weights, weights_left) = weights.split_at_mut(n);
        // SAFETY: `self` exists only where `detect` found AVX2.
        unsafe { exp2_below(max, scores.as_chunks().0, weights.as_chunks_mut().0) };
        (scores_left, weights_left)
    }

    /// Runs `work`, whose loops the compiler may turn into AVX2 instructions.
    #[inline]
    pub(crate) fn run<W: Work>(self, work: W) -> W::Output {
        // SAFETY: `self` exists only where `detect` found AVX2.
        unsafe { run(work) }
    }
}

#[target_feature(enable = "avx2")]
fn run<W: Work>(work: W) -> W::Output {
    work.run()
}

#[target_feature(enable = "avx2")]
fn matvec(matrix: TritMatrix<'_>, x: &[i8], acc: &mut [i32]) {
    acc.fill(0);
    let stride = matrix.tile_row_bytes();
    let mut memory = [const { MaybeUninit::uninit() }; MAX_LUT_GROUPS / 2];
    let mut start = 0;
    for chunk in x.as_chunks::<TILE_COLS>().0.chunks(MAX_LUT_GROUPS) {
        let tables = fill(&mut memory, chunk);
        let bytes = chunk.len() * TILE_ROWS;
        let mut at = start;
        let (doubles, rest) = acc.as_chunks_mut::<{ 2 * TILE_ROWS }>();
        for acc in doubles {
            let mut sums = [[_mm256_setzero_si256(); 2]; 2];
            for plane in matrix.planes() {
                let row = |at: usize| plane.get(at..)?.get(..bytes);
                let (Some(first), Some(second)) = (row(at), row(at + stride)) else {
                    break;
                };
                let [first, second] = add_up_two(first, second, tables);
                sums[0] = horner(sums[0], first, tables.len());
                sums[1] = horner(sums[1], second, tables.len());
            }
            add_to(acc.as_chunks_mut().0, sums.as_flattened());
            at += stride + stride;
        }
        for acc in rest.as_chunks_mut::<TILE_ROWS>().0 {
            let mut sums = [_mm256_setzero_si256(); 2];
            for plane in matrix.planes() {
                let Some(row) = plane.get(at..).and_then(|row| row.get(..bytes)) else {
                    break;
                };
                sums = horner(sums, add_up(row, tables), tables.len());
            }
            add_to(acc.as_chunks_mut().0, &sums);
            at += stride;
        }
        start += bytes;
    }
}

#[cfg(feature = "alloc")]
#[target_feature(enable = "avx2")]
fn accumulate(tiles: &[Tile], tables: &[batch::Table], sums: &mut [batch::Sums; TILE_ROWS]) {
    match (tiles.first_chunk(), tables.as_array()) {
        (Some(tiles), Some(tables)) => accumulate_rows::<{ batch::TABLES }>(tiles, tables, sums),
        _ => {
            for (tile, table) in tiles.iter().zip(tables) {
                accumulate_rows(array::from_ref(tile), array::from_ref(table), sums);
            }
        }
    }
}

/// As many groups at a time as the compiler is told.
#[cfg(feature = "alloc")]
#[inline]
#[target_feature(enable = "avx2")]
fn accumulate_rows<const GROUPS: usize>(
    tiles: &[Tile; GROUPS],
    tables: &[batch::Table; GROUPS],
    sums: &mut [batch::Sums; TILE_ROWS],
) {
    for (row, sums) in sums.iter_mut().enumerate() {
        // SAFETY: 64 bytes either way, and every pattern of them is two registers.
        let [mut both, mut odd] = unsafe { core::mem::transmute::<batch::Sums, Bytes>(*sums) };
        for (tile, table) in tiles.iter().zip(tables) {
            let four = load(&table[usize::from(tile[row])]);
            both = _mm256_add_epi16(both, four);
            odd = _mm256_add_epi16(odd, _mm256_srli_epi16::<8>(four));
        }
        // SAFETY: 64 bytes either way, and every pattern of them is as many numbers.
        *sums = unsafe { core::mem::transmute::<Bytes, batch::Sums>([both, odd]) };
    }
}

/// The table of powers in five registers of sixteen. Distances outside a register's part have bit 7 set: look-up 0.
#[target_feature(enable = "avx2")]
fn exp2_below(max: i32, scores: &[[i32; 32]], weights: &mut [[i8; 32]]) {
    let max = _mm256_set1_epi32(max);
    for (scores, weights) in scores.iter().zip(weights) {
        // SAFETY: 128 bytes either way, and every pattern of them is four registers.
        let scores = unsafe { core::mem::transmute::<[i32; 32], [__m256i; 4]>(*scores) };
        let [a, b, c, d] = scores.map(|scores| _mm256_sub_epi32(max, scores));
        // Narrowed to 255 at most, and back into order: packing takes the halves of its operands in turn.
        let packed = _mm256_packus_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
        let order = _mm256_set_epi32(7, 3, 6, 2, 5, 1, 4, 0);
        let mut distances = _mm256_permutevar8x32_epi32(packed, order);
        let mut powers = _mm256_setzero_si256();
        for part in EXP2.as_chunks().0 {
            let table = _mm256_broadcastsi128_si256(_mm256_castsi256_si128(load_one(part)));
            let index = _mm256_adds_epu8(distances, _mm256_set1_epi8(0x70));
            powers = _mm256_or_si256(powers, _mm256_shuffle_epi8(table, index));
            distances = _mm256_sub_epi8(distances, _mm256_set1_epi8(16));
        }
        // SAFETY: 32 bytes either way, and every pattern of them is as many numbers.
        *weights = unsafe { core::mem::transmute::<__m256i, [i8; 32]>(powers) };
    }
}

/// The tables of a chunk of inputs; an odd last group is paired with zeros.
#[target_feature(enable = "avx2")]
fn fill<'t>(
    memory: &'t mut [MaybeUninit<Pair>; MAX_LUT_GROUPS / 2],
    chunk: &[[i8; TILE_COLS]],
) -> &'t [Pair] {
    let both = |trits: [i8; 16]| {
        let trits = load_one(&trits.map(i8::cast_unsigned));
        _mm256_broadcastsi128_si256(_mm256_castsi256_si128(trits))
    };
    let (first, second) = (both(FIRST), both(SECOND));
    let bias = _mm256_set1_epi8(ENTRY_BIAS);
    // Input `i` of the first group in the lower half, of the second group in the upper half.
    let one = |i| _mm256_set_m128i(_mm_set1_epi8(i + TILE_COLS as i8), _mm_set1_epi8(i));
    let picks = [one(0), one(1), one(2), one(3)];
    let (pairs, odd) = chunk.as_chunks::<2>();
    let odd = odd.first().map(|&group| [group, [0; TILE_COLS]]);
    let mut count = 0;
    for (place, pair) in memory.iter_mut().zip(pairs.iter().chain(&odd)) {
        let [[a, b, c, d], [e, f, g, h]] = *pair;
        let inputs = i64::from_le_bytes([a, b, c, d, e, f, g, h].map(i8::cast_unsigned));
        let inputs = _mm256_set1_epi64x(inputs);
        let [x0, x1, x2, x3] = picks.map(|pick| _mm256_shuffle_epi8(inputs, pick));
        let table = |x, y| {
            let sum = _mm256_add_epi8(_mm256_sign_epi8(x, first), _mm256_sign_epi8(y, second));
            _mm256_add_epi8(sum, bias)
        };
        place.write([table(x0, x1), table(x2, x3)]);
        count += 1;
    }
    let (filled, _) = memory.split_at(count);
    // SAFETY: the loop has written these places, and a `MaybeUninit<T>` lies in memory as its `T` does.
    unsafe { &*(core::ptr::from_ref(filled) as *const [Pair]) }
}

/// What a row of tiles adds up to with the tables of its groups.
#[target_feature(enable = "avx2")]
fn add_up(row: &[u8], tables: &[Pair]) -> Bytes {
    let mut sums = [_mm256_setzero_si256(); 2];
    let (tiles, last) = row.as_chunks();
    for (tiles, table) in tiles.iter().zip(tables) {
        sums = add_tiles(sums, load(tiles), table);
    }
    if let ([tile], [.., table]) = (last.as_chunks().0, tables) {
        sums = add_tiles(sums, load_one(tile), table);
    }
    sums
}

/// [`add_up`] for two rows of equal length, which share the loads of the tables.
#[target_feature(enable = "avx2")]
fn add_up_two(first: &[u8], second: &[u8], tables: &[Pair]) -> [Bytes; 2] {
    let mut sums = [[_mm256_setzero_si256(); 2]; 2];
    let ((first, first_last), (second, second_last)) = (first.as_chunks(), second.as_chunks());
    for ((first, second), table) in first.iter().zip(second).zip(tables) {
        sums[0] = add_tiles(sums[0], load(first), table);
        sums[1] = add_tiles(sums[1], load(second), table);
    }
    let last = (first_last.as_chunks().0, second_last.as_chunks().0, tables);
    if let ([first], [second], [.., table]) = last {
        sums[0] = add_tiles(sums[0], load_one(first), table);
        sums[1] = add_tiles(sums[1], load_one(second), table);
    }
    sums
}

/// Two look-ups for each of the 32 bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn add_tiles(sums: Bytes, tiles: __m256i, [low, high]: &Pair) -> Bytes {
    let nibble = _mm256_set1_epi8(15);
    let lower = _mm256_and_si256(tiles, nibble);
    let upper = _mm256_and_si256(_mm256_srli_epi16::<4>(tiles), nibble);
    let four = _mm256_add_epi8(
        _mm256_shuffle_epi8(*low, lower),
        _mm256_shuffle_epi8(*high, upper),
    );
    [
        _mm256_add_epi16(sums[0], four),
        _mm256_add_epi16(sums[1], _mm256_srli_epi16::<8>(four)),
    ]
}

/// `3 * sums` and what a plane adds up to, which `pairs` tables have biased.
#[inline]
#[target_feature(enable = "avx2")]
fn horner(sums: Sums, [both, odd]: Bytes, pairs: usize) -> Sums {
    let even = _mm256_sub_epi16(both, _mm256_slli_epi16::<8>(odd));
    // The halves belong to two groups: same rows.
    let join = |rows| {
        _mm_add_epi16(
            _mm256_castsi256_si128(rows),
            _mm256_extracti128_si256::<1>(rows),
        )
    };
    let (even, odd) = (join(even), join(odd));
    let bias = _mm_set1_epi16(chunk_bias(pairs << 1));
    let rows = [_mm_unpacklo_epi16(even, odd), _mm_unpackhi_epi16(even, odd)];
    let [a, b] = rows.map(|rows| _mm256_cvtepi16_epi32(_mm_sub_epi16(rows, bias)));
    let three = |sum| _mm256_add_epi32(sum, _mm256_slli_epi32::<1>(sum));
    [
        _mm256_add_epi32(three(sums[0]), a),
        _mm256_add_epi32(three(sums[1]), b),
    ]
}

/// Adds `sums` to `acc`, eight rows each.
#[inline]
#[target_feature(enable = "avx2")]
fn add_to(acc: &mut [[i32; 8]], sums: &[__m256i]) {
    for (acc, &sum) in acc.iter_mut().zip(sums) {
        // SAFETY: 32 bytes either way, and every pattern of them is a register or eight numbers.
        *acc = unsafe {
            let before = core::mem::transmute::<[i32; 8], __m256i>(*acc);
            core::mem::transmute::<__m256i, [i32; 8]>(_mm256_add_epi32(before, sum))
        };
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(tiles: &[u8; TWO_TILES]) -> __m256i {
    // SAFETY: 32 bytes either way, and every pattern of them is a register.
    unsafe { core::mem::transmute(*tiles) }
}

/// A last tile without a neighbour, and zeros.
#[inline]
#[target_feature(enable = "avx2")]
fn load_one(tile: &[u8; TILE_ROWS]) -> __m256i {
    // SAFETY: 16 bytes either way, and every pattern of them is a register.
    let tile = unsafe { core::mem::transmute::<[u8; TILE_ROWS], __m128i>(*tile) };
    _mm256_set_m128i(_mm_setzero_si128(), tile)
}
