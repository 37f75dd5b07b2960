//! A sampler as bytes, and back.

use super::Sampler;
use super::random::Xorshift;
use super::recent::Recent;
use super::settings::MAX_REPETITION_WINDOW;
use crate::saved::{CRC_BYTES, Reader, SnapshotError, check_crc, seal};

const MAGIC: [u8; 2] = *b"S\x01";
/// One over the lowest temperature above 0, in 64ths.
const MAX_SHARPNESS: u32 = 6400;

impl Sampler {
    /// Bytes of a snapshot.
    ///
    /// ```
    /// const _: () = assert!(runtime::Sampler::SNAPSHOT_BYTES <= 256, "more than a page of flash");
    /// ```
    pub const SNAPSHOT_BYTES: usize =
        MAGIC.len() + 3 * 4 + 2 + 3 + 8 + 2 * MAX_REPETITION_WINDOW as usize + CRC_BYTES;

    /// Its settings, its random numbers and what it has seen, to go on with after a sleep.
    ///
    /// ```
    /// use runtime::{Sampler, Sampling};
    ///
    /// let mut sampler = Sampler::new(Sampling::DEFAULT, 42);
    /// let mut woken = Sampler::restore(&sampler.snapshot())?;
    /// assert_eq!(woken.sample(&[0; 99]), sampler.sample(&[0; 99]));
    /// # Ok::<(), runtime::SnapshotError>(())
    /// ```
    pub fn snapshot(&self) -> [u8; Self::SNAPSHOT_BYTES] {
        let mut bytes = [0; Self::SNAPSHOT_BYTES];
        let (window, next, filled, tokens) = self.recent.parts();
        let kept = [self.top_p as u16, self.min_p as u16, self.penalty];
        let values = MAGIC
            .into_iter()
            .chain(self.sharpness.to_le_bytes())
            .chain(self.top_k.to_le_bytes())
            .chain(kept.into_iter().flat_map(u16::to_le_bytes))
            .chain([window, next, filled])
            .chain(self.random.state().to_le_bytes())
            .chain(tokens.iter().flat_map(|token| token.to_le_bytes()));
        seal(&mut bytes, values);
        bytes
    }

    /// The sampler of a [`snapshot`](Sampler::snapshot), which may be followed by other bytes.
    ///
    /// ```
    /// use runtime::{Sampler, Sampling};
    ///
    /// let mut page = [0xFF; 256];
    /// page[..Sampler::SNAPSHOT_BYTES].copy_from_slice(&Sampler::new(Sampling::DEFAULT, 42).snapshot());
    /// let sampler = Sampler::restore(&page)?;
    /// # Ok::<(), runtime::SnapshotError>(())
    /// ```
    ///
    /// # Errors
    /// [`SnapshotError`].
    pub fn restore(snapshot: &[u8]) -> Result<Self, SnapshotError> {
        let (need, have) = (Self::SNAPSHOT_BYTES, snapshot.len());
        let snapshot = snapshot
            .get(..need)
            .ok_or(SnapshotError::Cut { need, have })?;
        let mut reader = Reader::new(snapshot);
        if reader.array() != MAGIC {
            return Err(SnapshotError::NotASnapshot);
        }
        check_crc(snapshot)?;
        let sharpness = u32::from_le_bytes(reader.array());
        let top_k = u32::from_le_bytes(reader.array());
        let top_p = u16::from_le_bytes(reader.array()).into();
        let min_p = u16::from_le_bytes(reader.array()).into();
        let penalty = u16::from_le_bytes(reader.array());
        let [window, next, filled] = reader.array();
        let random = Xorshift::of(u64::from_le_bytes(reader.array()));
        let mut tokens = [0; MAX_REPETITION_WINDOW as usize];
        for token in &mut tokens {
            *token = u16::from_le_bytes(reader.array());
        }
        let recent = Recent::of(window, next, filled, tokens);
        let (Some(random), Some(recent), true) = (random, recent, sharpness <= MAX_SHARPNESS)
        else {
            return Err(SnapshotError::Damaged);
        };
        Ok(Self {
            sharpness,
            top_k,
            top_p,
            min_p,
            penalty,
            recent,
            random,
        })
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::super::Sampling;
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    proptest! {
        #[test]
        fn goes_on_where_it_was(
            temperature in 0..1200u16, top_k in 0..9u16, top_p in 0..110u8, min_p in 0..110u8,
            repetition_penalty in 0..40u16, repetition_window in 0..80u8,
            seed: u64, before in 0..99usize,
        ) {
            let sampling = Sampling {
                temperature, top_k, top_p, min_p, repetition_penalty, repetition_window,
            };
            let logits: Vec<i32> = (0..60).map(|i| i * i % 61).collect();
            let mut sampler = Sampler::new(sampling, seed);
            (0..before).for_each(|_| _ = sampler.sample(&logits));
            let mut woken = Sampler::restore(&sampler.snapshot()).unwrap();
            for _ in 0..99 {
                prop_assert_eq!(woken.sample(&logits), sampler.sample(&logits));
            }
        }

        #[test]
        fn no_bytes_do_harm(random: [[u8; 15]; 10]) {
            let mut bytes = [0; Sampler::SNAPSHOT_BYTES];
            // Small numbers, which are possible more often, at first.
            let small = random.as_flattened().iter().map(|byte| byte >> 5).take(25);
            let rest = random.as_flattened().iter().copied();
            seal(&mut bytes, MAGIC.into_iter().chain(small).chain(rest));
            if let Ok(mut sampler) = Sampler::restore(&bytes) {
                (0..99).for_each(|_| _ = sampler.sample(&[1, 2, 3]));
            }
        }
    }

    #[test]
    fn every_damaged_bit_is_seen() {
        let bytes = Sampler::new(Sampling::DEFAULT, 1).snapshot();
        for at in 0..bytes.len() * 8 {
            let mut damaged = bytes;
            damaged[at / 8] ^= 1 << (at % 8);
            let error = Sampler::restore(&damaged).unwrap_err();
            let expected = match at {
                ..16 => SnapshotError::NotASnapshot,
                _ => SnapshotError::Damaged,
            };
            assert_eq!(error, expected, "bit {at}");
        }
        let (need, have) = (bytes.len(), 20);
        let cut = Sampler::restore(&bytes[..have]).unwrap_err();
        assert_eq!(cut, SnapshotError::Cut { need, have });
    }
}
