//! Which kernel computes a product.

use super::types::Tables;
use super::{lanes, tables};
#[cfg(target_arch = "aarch64")]
use crate::arch::aarch64::neon::Neon;
#[cfg(assembly)]
use crate::arch::assembly::job::BLOCK_ROWS;
#[cfg(all(target_arch = "wasm32", vector))]
use crate::arch::wasm32::simd128;
#[cfg(target_arch = "x86_64")]
use crate::arch::x86::{avx2::Avx2, avx512::Avx512, ssse3::Ssse3};
use formats::TritMatrix;

/// A way to compute `matvec` that this machine has.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Kernel {
    /// `Avx512`.
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    /// `Avx2`.
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    /// `Ssse3`.
    #[cfg(target_arch = "x86_64")]
    Ssse3(Ssse3),
    /// `Neon`.
    #[cfg(target_arch = "aarch64")]
    Neon(Neon),
    /// `simd128`.
    #[cfg(all(target_arch = "wasm32", vector))]
    Simd128,
    /// `lanes`.
    Lanes,
    /// [`tables`].
    Tables,
}

impl Kernel {
    /// All kernels of this machine.
    pub fn available() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let shuffling = [
            Avx512::detect().map(Self::Avx512),
            Avx2::detect().map(Self::Avx2),
            Ssse3::detect().map(Self::Ssse3),
        ];
        #[cfg(target_arch = "aarch64")]
        let shuffling = [Neon::detect().map(Self::Neon)];
        #[cfg(all(target_arch = "wasm32", vector))]
        let shuffling = [Some(Self::Simd128)];
        #[cfg(not(vector))]
        let shuffling: [Option<Self>; 0] = [];
        shuffling
            .into_iter()
            .flatten()
            .chain([Self::Lanes, Self::Tables])
    }

    /// The one that [`matvec`] takes.
    #[inline]
    pub fn fastest() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(avx512) = Avx512::detect() {
            return Self::Avx512(avx512);
        } else if let Some(avx2) = Avx2::detect() {
            return Self::Avx2(avx2);
        } else if let Some(ssse3) = Ssse3::detect() {
            return Self::Ssse3(ssse3);
        }
        #[cfg(target_arch = "aarch64")]
        if let Some(neon) = Neon::detect() {
            return Self::Neon(neon);
        }
        #[cfg(all(target_arch = "wasm32", vector))]
        return Self::Simd128;
        #[cfg(not(all(target_arch = "wasm32", vector)))]
        if cfg!(vector) {
            Self::Lanes
        } else {
            Self::Tables
        }
    }

    /// Its module's name.
    pub const fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => "avx512",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => "avx2",
            #[cfg(target_arch = "x86_64")]
            Self::Ssse3(_) => "ssse3",
            #[cfg(target_arch = "aarch64")]
            Self::Neon(_) => "neon",
            #[cfg(all(target_arch = "wasm32", vector))]
            Self::Simd128 => "simd128",
            Self::Lanes => "lanes",
            Self::Tables => "tables",
        }
    }

    /// [`matvec`] by this kernel. Only [`Kernel::Tables`] touches `tables`.
    #[inline]
    pub fn matvec(self, matrix: TritMatrix<'_>, x: &[i8], tables: &mut Tables, acc: &mut [i32]) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(avx512) => avx512.matvec(matrix, x, acc),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(avx2) => avx2.matvec(matrix, x, acc),
            #[cfg(target_arch = "x86_64")]
            Self::Ssse3(ssse3) => ssse3.matvec(matrix, x, acc),
            #[cfg(target_arch = "aarch64")]
            Self::Neon(neon) => neon.matvec(matrix, x, acc),
            #[cfg(all(target_arch = "wasm32", vector))]
            Self::Simd128 => simd128::matvec(matrix, x, acc),
            Self::Lanes => lanes::matvec(matrix, x, acc),
            Self::Tables => tables::matvec(matrix, x, tables, acc),
        }
    }
}

/// As many sums as [`matvec`] must have room for to compute the first `rows`: whole tiles, or whole halves of them.
#[inline]
pub(crate) const fn padded(rows: usize) -> usize {
    #[cfg(assembly)]
    const STEP: usize = BLOCK_ROWS;
    #[cfg(not(assembly))]
    const STEP: usize = formats::trits::TILE_ROWS;
    rows.next_multiple_of(STEP)
}

/// `acc[row] = sum over col of matrix[row, col] * x[col]`.
///
/// `x` holds activations in -31..=31, a multiple of four of them (a rest is not read); `acc` is padded to whole rows of
/// tiles. Columns beyond `x` and rows beyond `acc` are not read.
#[inline]
pub(crate) fn matvec(matrix: TritMatrix<'_>, x: &[i8], tables: &mut Tables, acc: &mut [i32]) {
    Kernel::fastest().matvec(matrix, x, tables, acc);
}

/// [`matvec`] for inputs that are mostly zero, such as attention weights, for which small cores have a way.
#[inline]
pub(crate) fn matvec_sparse(
    matrix: TritMatrix<'_>,
    x: &[i8],
    tables: &mut Tables,
    acc: &mut [i32],
) {
    match Kernel::fastest() {
        Kernel::Tables => tables::matvec_sparse(matrix, x, tables, acc),
        kernel => kernel.matvec(matrix, x, tables, acc),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(feature = "alloc")]
    use crate::lut::batch;
    use crate::lut::reference;
    use crate::lut::types::{Table, default_tables};
    use formats::trits::{TILE_ROWS, max_value, pack, plane_bytes, tile_row_bytes};
    use proptest::prelude::*;
    extern crate std;
    use std::vec;
    use std::vec::Vec;

    /// Every kernel, on the first `x.len()` columns and the first tiles that hold `used` rows of a matrix, against
    /// plain multiplication.
    fn check(weights: &[i8], [rows, cols]: [usize; 2], trits: u8, x: &[i8], used: usize) {
        let packed = pack(weights, rows, cols, trits);
        let matrix = TritMatrix::new(&packed, plane_bytes(rows, cols), tile_row_bytes(cols));
        let products = |row: &[i8]| -> i32 {
            row.iter()
                .zip(x)
                .map(|(&w, &x)| i32::from(w) * i32::from(x))
                .sum()
        };
        let mut expected: Vec<i32> = weights.chunks(cols).map(products).collect();
        // Padding rows are zero.
        expected.resize(rows.next_multiple_of(TILE_ROWS), 0);
        expected.truncate(used.next_multiple_of(TILE_ROWS));
        let mut tables = default_tables();
        for kernel in Kernel::available() {
            let mut acc = vec![7; expected.len()];
            kernel.matvec(matrix, x, &mut tables, &mut acc);
            assert_eq!(acc, expected, "{}", kernel.name());
        }
        let mut acc = vec![7; expected.len()];
        matvec(matrix, x, &mut tables, &mut acc);
        assert_eq!(acc, expected, "the one that is chosen");
        reference::matvec(matrix, x, &mut acc);
        assert_eq!(acc, expected, "reference");
        // Few tables and many give the same, for inputs that are mostly zero too.
        let few = [Table::EMPTY; 40];
        for count in [2, 3, 12, 40] {
            let mut tables = few.get(..count).unwrap_or_default().to_vec();
            tables::matvec(matrix, x, &mut tables, &mut acc);
            assert_eq!(acc, expected, "{count} tables");
            tables::matvec_sparse(matrix, x, &mut tables, &mut acc);
            assert_eq!(acc, expected, "sparse, {count} tables");
            let mut sparse = x.to_vec();
            let zero = |(_, group): (usize, &mut [i8])| group.fill(0);
            sparse
                .chunks_mut(4)
                .enumerate()
                .filter(|(i, _)| i % 3 != 1)
                .for_each(zero);
            tables::matvec_sparse(matrix, &sparse, &mut tables, &mut acc);
            let mut plain = vec![7; expected.len()];
            reference::matvec(matrix, &sparse, &mut plain);
            assert_eq!(acc, plain, "mostly zero, {count} tables");
        }
        #[cfg(feature = "alloc")]
        check_lanes(matrix, x, &expected);
    }

    /// The product of many tokens, each lane with the inputs turned or negated in another way.
    #[cfg(feature = "alloc")]
    fn check_lanes(matrix: TritMatrix<'_>, x: &[i8], expected: &[i32]) {
        let turned = |lane: usize| {
            let mut x = x.to_vec();
            if lane % 2 == 1 {
                x.iter_mut().for_each(|x| *x = -*x);
            }
            let by = lane / 2 % x.len();
            x.rotate_left(by);
            x
        };
        let inputs: Vec<Vec<i8>> = (0..batch::LANES).map(turned).collect();
        let lanes: Vec<[i8; batch::LANES]> = (0..x.len())
            .map(|col| core::array::from_fn(|lane| inputs[lane][col]))
            .collect();
        let mut acc = vec![[7; batch::LANES]; expected.len()];
        batch::matmul(matrix, &lanes, &mut batch::Scratch::new(), &mut acc);
        for (lane, x) in inputs.iter().enumerate() {
            let mut one = vec![7; expected.len()];
            reference::matvec(matrix, x, &mut one);
            let row = |row: &[i32; batch::LANES]| row[lane];
            assert_eq!(acc.iter().map(row).collect::<Vec<_>>(), one, "lane {lane}");
        }
    }

    /// Numbers from `low` to `high` that follow no pattern.
    fn numbers(seed: u64, count: usize, low: i32, high: i32) -> Vec<i8> {
        let mut state = seed | 1;
        let next = |_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            ((state >> 33) as i32 % (high - low + 1) + low) as i8
        };
        (0..count).map(next).collect()
    }

    #[test]
    fn without_tables_all_sums_are_zero() {
        let (rows, cols) = (16, 8);
        let packed = pack(&[1; 128], rows, cols, 1);
        let matrix = TritMatrix::new(&packed, plane_bytes(rows, cols), tile_row_bytes(cols));
        for count in [0, 1] {
            let mut tables = [Table::EMPTY; 1];
            let tables = tables.get_mut(..count).unwrap_or_default();
            for product in [tables::matvec, tables::matvec_sparse] {
                let mut acc = [7; 16];
                product(matrix, &[31; 8], tables, &mut acc);
                assert_eq!(acc, [0; 16]);
            }
        }
    }

    proptest! {
        #[test]
        fn equal_multiplication(
            (rows, groups) in (1usize..70, 1usize..40),
            trits in prop::sample::select(vec![1u8, 2, 3, 5]),
            extreme in any::<bool>(),
            seed in any::<u64>(),
        ) {
            let cols = groups * 4;
            let max = max_value(trits);
            let weights = numbers(seed, rows * cols, -max, max);
            let mut x = numbers(seed ^ 99, cols, -31, 31);
            if extreme {
                x.iter_mut().for_each(|x| *x = if *x < 0 { -31 } else { 31 });
            }
            check(&weights, [rows, cols], trits, &x, rows);
        }

        /// Keys `[context, head_dim]` and values `[head_dim, context]` of a ring that is not full: the first rows of
        /// the ones, the first columns of the others, with attention weights.
        #[test]
        fn equal_multiplication_over_part_of_the_cache(
            (context, head_groups) in (1usize..150, 1usize..17),
            kv_trits in 1u8..=2,
            part in 0.0f64..1.0,
            extreme in any::<bool>(),
            seed in any::<u64>(),
        ) {
            let head_dim = head_groups * 4;
            let filled = 1 + (part * (context - 1) as f64) as usize;
            let max = max_value(kv_trits);
            let cache = numbers(seed, context.next_multiple_of(4) * head_dim, -max, max);
            let query = numbers(seed ^ 5, head_dim, -31, 31);
            check(&cache[..context * head_dim], [context, head_dim], kv_trits, &query, filled);

            let mut weights = numbers(seed ^ 6, filled, if extreme { 31 } else { 0 }, 31);
            weights.resize(filled.next_multiple_of(4), 0);
            let shape = [head_dim, context.next_multiple_of(4)];
            check(&cache, shape, kv_trits, &weights, head_dim);
        }
    }

    #[test]
    fn every_byte_of_weights_at_extreme_activations() {
        // All 81 patterns of four trits, one a row, in each of three groups.
        let four = |i: i32| [i % 3, i / 3 % 3, i / 9 % 3, i / 27 % 3].map(|t| t as i8 - 1);
        let weights: Vec<i8> = (0..81)
            .flat_map(|i| [four(i), four(i + 17), four(i + 40)])
            .flatten()
            .collect();
        for signs in 0..16 {
            let four = [0, 1, 2, 3].map(|i| if signs >> i & 1 == 0 { 31 } else { -31 });
            check(&weights, [81, 12], 1, &[four; 3].concat(), 81);
        }
    }

    #[test]
    fn the_largest_sums_of_the_widest_matrix() {
        let cols = usize::from(formats::dims::MAX_D_FF);
        for weight in [121, -121] {
            for x in [31, -31] {
                check(&vec![weight; 33 * cols], [33, cols], 5, &vec![x; cols], 33);
            }
        }
    }
}
