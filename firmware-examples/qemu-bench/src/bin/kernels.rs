//! The assembly of this core against plain definitions, on random and extreme numbers: any difference ends with a panic.
#![no_std]
#![no_main]

use formats::trits::{TILE_COLS, TILE_ROWS, TritMatrix, plane_bytes, tile_row_bytes};
use qemu_bench::{entry, exit, println};
use runtime::internals::{Norm, abs_mean_norm, abs_mean_norm_relu, reference, tables};
use runtime::state::Table;

const ROWS: usize = 64;
const COLS: usize = 128;
const PLANES: usize = 5;
const PLANE_BYTES: usize = plane_bytes(ROWS, COLS);

/// Marsaglia's xorshift.
struct Random(u32);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    /// Uniform enough in `0..n`.
    fn below(&mut self, n: usize) -> usize {
        self.next() as usize % n
    }

    /// Four trits; sometimes all alike, which makes the largest sums.
    fn byte(&mut self) -> u8 {
        match self.below(8) {
            0 => 0,
            1 => 0xAA,
            _ => (0..4).fold(0, |byte, i| byte | (self.below(3) as u8) << (2 * i)),
        }
    }

    /// An activation; often an extreme one, or zero.
    fn activation(&mut self) -> i8 {
        match self.below(6) {
            0 => 31,
            1 => -31,
            2 => 0,
            _ => self.below(63) as i8 - 31,
        }
    }
}

/// One product by tables, dense and sparse, for some shape and number of tables, against the oracle.
fn product(random: &mut Random, weights: &mut [u8], round: u32) {
    let rows = (random.below(ROWS / TILE_ROWS) + 1) * TILE_ROWS;
    let groups = random.below(COLS / TILE_COLS) + 1;
    let cols = groups * TILE_COLS;
    let planes = [1, 1, 2, 3, 5][random.below(5)];
    let stride = tile_row_bytes(cols);
    let plane = plane_bytes(rows, cols);
    let Some(weights) = weights.get_mut(..plane * planes) else {
        panic!("no room for {rows} x {cols} x {planes}");
    };
    weights.iter_mut().for_each(|byte| *byte = random.byte());
    let matrix = TritMatrix::new(weights, plane, stride);
    let mut x = [0i8; COLS];
    // Every other round is mostly zeros, as attention weights are.
    for group in x[..cols].as_chunks_mut::<TILE_COLS>().0 {
        if round.is_multiple_of(2) || random.below(4) == 0 {
            *group = [0; TILE_COLS].map(|_| random.activation());
        }
    }
    let x = &x[..cols];
    let mut memory = [Table::EMPTY; COLS / TILE_COLS + 1];
    let count = random.below(groups) + 2;
    let tables = &mut memory[..count.min(COLS / TILE_COLS + 1)];
    let mut expected = [0; ROWS];
    let (mut dense, mut sparse) = ([7; ROWS], [-9; ROWS]);
    reference::matvec(matrix, x, &mut expected[..rows]);
    tables::matvec(matrix, x, tables, &mut dense[..rows]);
    tables::matvec_sparse(matrix, x, tables, &mut sparse[..rows]);
    let shape = (rows, cols, planes, count);
    assert_eq!(
        dense[..rows],
        expected[..rows],
        "matvec of {shape:?} in round {round}"
    );
    assert_eq!(
        sparse[..rows],
        expected[..rows],
        "matvec_sparse of {shape:?} in round {round}"
    );
    assert!(
        dense[rows..].iter().all(|&sum| sum == 7),
        "matvec writes behind {shape:?}"
    );
    assert!(
        sparse[rows..].iter().all(|&sum| sum == -9),
        "matvec_sparse writes behind {shape:?}"
    );
}

/// A stride whose product with the rows is a multiple of 2^32: what lies there must not be read.
fn a_stride_beyond_memory() {
    let weights = [0u8; 96];
    let matrix = TritMatrix::new(&weights, weights.len(), 1 << (usize::BITS - 1));
    let mut tables = [Table::EMPTY; 4];
    let mut acc = [7; 3 * TILE_ROWS];
    tables::matvec(matrix, &[31; 8], &mut tables, &mut acc);
    tables::matvec_sparse(matrix, &[31; 8], &mut tables, &mut acc);
    assert!(acc.iter().all(|&sum| sum == 7), "summed something");
}

/// All patterns of four trits at extreme inputs.
fn every_byte() {
    let mut weights = [0x55u8; 96];
    for (i, byte) in weights.iter_mut().enumerate().take(81) {
        *byte = [i % 3, i / 3 % 3, i / 9 % 3, i / 27]
            .iter()
            .rev()
            .fold(0, |byte, &field| byte << 2 | field as u8);
    }
    let matrix = TritMatrix::new(&weights, weights.len(), TILE_ROWS);
    for signs in 0..81 {
        let x =
            [signs % 3, signs / 3 % 3, signs / 9 % 3, signs / 27].map(|sign| 31 * (sign as i8 - 1));
        let (mut expected, mut sums) = ([0; 96], [7; 96]);
        reference::matvec(matrix, &x, &mut expected);
        tables::matvec(matrix, &x, &mut [Table::EMPTY; 2], &mut sums);
        assert_eq!(sums, expected, "inputs {x:?}");
    }
}

/// abs-mean norm against its definition, which divides.
fn norm(random: &mut Random, round: u32) {
    let n = random.below(COLS) + 1;
    let (target, clamp) = [(10, 31), (5, 31), (2, 4), (1, 1)][random.below(4)];
    let (mut input, mut output) = ([0i32; COLS], [99i8; COLS]);
    let shift = random.below(30);
    input[..n]
        .iter_mut()
        .for_each(|x| *x = (random.next() as i32) >> 8 >> shift);
    let (input, output) = (&mut input[..n], &mut output[..n]);
    for rectified in [false, true] {
        let norm = Norm::new(n, target, clamp);
        if rectified {
            abs_mean_norm_relu(input, output, norm);
            input.iter_mut().for_each(|x| *x = (*x).max(0));
        } else {
            abs_mean_norm(input, output, norm);
        }
        let sum: i64 = input.iter().map(|&x| i64::from(x).abs()).sum();
        let budget = n as i64 * i64::from(target);
        if sum == 0 {
            assert!(output.iter().all(|&y| y == 0));
            continue;
        }
        // 2^e in 20 bits behind the point.
        let mut octave = 1i64;
        while budget * octave * 2 <= sum << 20 {
            octave <<= 1;
        }
        let quarter = (1..4)
            .filter(|k| budget * octave * (4 + k) <= (4 * sum) << 20)
            .count() as i64;
        for (i, (&x, &y)) in input.iter().zip(&*output).enumerate() {
            // floor((7 - k) x / (8 * 2^e) + 1/2)
            let scaled =
                ((7 - quarter) * i64::from(x) * (1 << 20) + 4 * octave).div_euclid(8 * octave);
            let expected = scaled.clamp(-i64::from(clamp), clamp.into());
            assert_eq!(
                i64::from(y),
                expected,
                "number {i} of {n} in round {round}, {rectified}: {x} of sum {sum}"
            );
        }
    }
}

#[entry]
fn main() -> ! {
    let mut random = Random(1);
    let mut weights = [0; PLANE_BYTES * PLANES];
    every_byte();
    a_stride_beyond_memory();
    for round in 0..400 {
        product(&mut random, &mut weights, round);
        norm(&mut random, round);
    }
    println!(
        "400 products and norms of random shapes, and every byte of weights, equal their definitions"
    );
    exit(0)
}
