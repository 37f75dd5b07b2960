//! Inputs for the short, deterministic runs: seeds with a few changes, as fuzzers make them.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Numbers at which something changes.
const EDGES: [u8; 9] = [0, 1, 3, 0x55, 0x7f, 0x80, 0xaa, 0xfe, 0xff];

/// A seeded source of changed seeds.
#[derive(Debug)]
pub struct Mutator {
    seeds: Vec<Vec<u8>>,
    random: ChaCha8Rng,
}

impl Mutator {
    /// Changes what `seeds` holds, the same way for the same `seed`.
    pub fn new(seeds: Vec<Vec<u8>>, seed: u64) -> Self {
        Self {
            seeds,
            random: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    /// Below `n`; 0 for 0.
    fn below(&mut self, n: usize) -> usize {
        (self.random.next_u64() % n.max(1) as u64) as usize
    }

    /// One of the seeds with one to four changes: a bit, a byte, a piece taken out, doubled, or from another seed.
    pub fn next_input(&mut self) -> Vec<u8> {
        let count = self.seeds.len();
        let from = self.below(count);
        let mut input = self.seeds[from].clone();
        for _ in 0..=self.below(4) {
            let at = self.below(input.len());
            let end = (at + 1 + self.below(8)).min(input.len());
            match self.below(6) {
                _ if input.is_empty() => input.push(self.random.next_u32() as u8),
                0 => input[at] ^= 1 << self.below(8),
                1 => input[at] = EDGES[self.below(EDGES.len())],
                2 => input[at] = self.random.next_u32() as u8,
                3 => drop(input.drain(at..end)),
                4 => {
                    let piece = input[at..end].to_vec();
                    input.splice(at..at, piece);
                }
                _ => {
                    let other = self.below(count);
                    let from = self.below(self.seeds[other].len());
                    let end = (from + 16).min(self.seeds[other].len());
                    let piece = self.seeds[other][from..end].to_vec();
                    let until = (at + piece.len()).min(input.len());
                    input.splice(at..until, piece);
                }
            }
        }
        input
    }
}
