//! What happens to packets on their way: the same for the same seed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::fmt;

/// Of 100 packets so many are lost, come twice, or come damaged; the others come as they are.
const LOST: usize = 15;
const DOUBLED: usize = 15;
const DAMAGED: usize = 20;
/// Damage turns one bit to so many.
const BITS: usize = 3;

/// What happened to a packet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It comes as it is.
    Whole,
    /// It does not come.
    Lost,
    /// It comes twice.
    Doubled,
    /// It comes with these bits the other way round, counted from the first one sent.
    Damaged(Vec<usize>),
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("whole"),
            Self::Lost => f.write_str("lost"),
            Self::Doubled => f.write_str("twice"),
            Self::Damaged(bits) => {
                let bits: Vec<String> = bits.iter().map(ToString::to_string).collect();
                write!(f, "damaged, bits {}", bits.join(" "))
            }
        }
    }
}

/// The way of packets.
#[derive(Clone, Debug)]
pub struct Air(ChaCha8Rng);

impl Air {
    /// The same seed, the same fates.
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Sends bytes, of which there is one at least: their fate, and what comes.
    pub fn carry(&mut self, sent: &[u8]) -> (Fate, Vec<Vec<u8>>) {
        let chance = self.below(100);
        let whole = sent.to_vec();
        if chance < LOST {
            (Fate::Lost, vec![])
        } else if chance < LOST + DOUBLED {
            (Fate::Doubled, vec![whole.clone(), whole])
        } else if chance < LOST + DOUBLED + DAMAGED {
            let count = 1 + self.below(BITS);
            let (bits, damaged) = self.flip(sent, count);
            (Fate::Damaged(bits), vec![damaged])
        } else {
            (Fate::Whole, vec![whole])
        }
    }

    /// `sent` with so many different bits the other way round, or all where it has fewer, and which they are.
    pub fn flip(&mut self, sent: &[u8], count: usize) -> (Vec<usize>, Vec<u8>) {
        let mut bits = Vec::new();
        while bits.len() < count.min(8 * sent.len()) {
            let bit = self.below(8 * sent.len());
            if !bits.contains(&bit) {
                bits.push(bit);
            }
        }
        bits.sort_unstable();
        let mut damaged = sent.to_vec();
        for &bit in &bits {
            damaged[bit / 8] ^= 0x80 >> (bit % 8);
        }
        (bits, damaged)
    }

    /// Uniform enough in `0..n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.0.next_u64() % n as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_fates_come_and_damage_is_what_it_says() {
        let sent = [0x55; 9];
        let mut air = Air::new(7);
        let mut seen = [0; 4];
        for _ in 0..400 {
            let (fate, come) = air.carry(&sent);
            let (kind, expected) = match &fate {
                Fate::Whole => (0, vec![sent.to_vec()]),
                Fate::Lost => (1, vec![]),
                Fate::Doubled => (2, vec![sent.to_vec(), sent.to_vec()]),
                Fate::Damaged(bits) => {
                    let differing: u32 = sent
                        .iter()
                        .zip(&come[0])
                        .map(|(a, b)| (a ^ b).count_ones())
                        .sum();
                    assert_eq!(differing as usize, bits.len());
                    (3, come.clone())
                }
            };
            assert_eq!(come, expected);
            seen[kind] += 1;
        }
        assert!(seen.iter().all(|&times| times > 30), "{seen:?}");
    }

    #[test]
    fn the_seed_decides() {
        let fates = |seed| {
            let mut air = Air::new(seed);
            (0..20).map(|_| air.carry(&[1, 2, 3]).0).collect::<Vec<_>>()
        };
        assert_eq!(fates(1), fates(1));
        assert_ne!(fates(1), fates(2));
    }
}
