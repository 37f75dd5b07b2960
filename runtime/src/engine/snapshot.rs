//! The context of an engine as bytes: for a sleep that clears RAM, or several continuations of one text.
//!
//! ```text
//! 0   "ATK", version 1       16      i32 [vocab_size]: the logits
//! 4   u32: the model's id            what the token shift remembers
//! 8   u8: 1 with a context           the KV cache
//! 9   u8 [3], u16 [2]: places        u32: CRC-32 of all before it
//! ```

use super::Engine;
use crate::cache::Slot;
use crate::saved::{CRC_BYTES, Reader, SnapshotError, check_crc, seal};
use formats::dims::{MAX_ACTIVATION, TOKEN_SHIFT_REACH};
use formats::trits::find_invalid;
use formats::{Dims, MemoryPlan};

const MAGIC: [u8; 4] = *b"ATK\x01";
/// What stands in front of the logits.
const HEAD_BYTES: usize = 16;

/// Bytes of a snapshot of a model with these dimensions.
///
/// ```
/// runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
///
/// const LENGTH: usize = runtime::engine::snapshot_bytes(&poet::HEADER.dims);
/// let buffer = [0; LENGTH];
/// ```
pub const fn snapshot_bytes(dims: &Dims) -> usize {
    let plan = MemoryPlan::new(dims);
    HEAD_BYTES
        .saturating_add(dims.vocab_size as usize * size_of::<i32>())
        .saturating_add(plan.token_shift)
        .saturating_add(plan.kv_cache)
        .saturating_add(CRC_BYTES)
}

impl Engine<'_, '_> {
    /// Writes the context to `buffer`, once a step under way is complete; returns the bytes that it takes, which are
    /// [`snapshot_bytes`].
    ///
    /// ```
    /// use runtime::{Engine, Generate, Sampler, Sampling};
    ///
    /// # fn demo(engine: &mut Engine, print: impl Fn(&str), buffer: &mut [u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// engine.score_text("ROMEO:\n", || ())?;
    /// let mark = engine.snapshot(buffer)?;
    /// // Three continuations of one prompt, which is read once.
    /// for seed in 0..3 {
    ///     engine.restore(mark)?;
    ///     Generate::from_text(engine, "", Sampling::DEFAULT, seed)?.pieces().take(80).for_each(&print);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SnapshotError::TooSmall`].
    pub fn snapshot<'b>(&mut self, buffer: &'b mut [u8]) -> Result<&'b [u8], SnapshotError> {
        self.finish();
        let (need, have) = (self.snapshot_bytes(), buffer.len());
        let Some(bytes) = buffer.get_mut(..need) else {
            return Err(SnapshotError::TooSmall { need, have });
        };
        let place = [self.slot.index() as u16, self.slot.filled() as u16];
        let values = MAGIC
            .into_iter()
            .chain(self.model.id().to_le_bytes())
            .chain([u8::from(self.started)])
            .chain(self.token_shift_slots.map(|slot| slot as u8))
            .chain(place.into_iter().flat_map(u16::to_le_bytes))
            .chain(self.output().iter().flat_map(|logit| logit.to_le_bytes()))
            .chain(self.parts.history.iter().map(|x| x.cast_unsigned()))
            .chain(self.parts.cache.iter().copied());
        seal(bytes, values);
        Ok(bytes)
    }

    /// Makes the context that of a [`snapshot`](Engine::snapshot), which may be followed by other bytes. Any engine of the same
    /// model file takes it, on any machine.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// # let mut buffer = [0; runtime::engine::snapshot_bytes(&poet::HEADER.dims)];
    /// let logits = engine.step(13)?.to_vec();
    /// engine.snapshot(&mut buffer)?;
    /// engine.reset();
    /// engine.restore(&buffer)?;
    /// assert_eq!(engine.logits(), logits);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SnapshotError`] for what is damaged or of another model; the context is then unchanged.
    pub fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let mut reader = Reader::new(snapshot);
        if reader.array() != MAGIC {
            return Err(SnapshotError::NotASnapshot);
        }
        let (expected, found) = (self.model.id(), u32::from_le_bytes(reader.array()));
        if expected != found {
            return Err(SnapshotError::OtherModel { expected, found });
        }
        let (need, have) = (self.snapshot_bytes(), snapshot.len());
        let Some(snapshot) = snapshot.get(..need) else {
            return Err(SnapshotError::Cut { need, have });
        };
        check_crc(snapshot)?;
        let [started] = reader.array();
        let slots: [u8; TOKEN_SHIFT_REACH] = reader.array();
        let index = u16::from_le_bytes(reader.array());
        let filled = u16::from_le_bytes(reader.array());
        let logits = reader.slice(self.sizes.vocab_size << 2);
        let history = reader.slice(self.parts.history.len());
        let cache = reader.slice(self.parts.cache.len());

        // What the engine relies on holds for forged bytes, too.
        let slot = Slot::restored(&self.sizes.cache, index.into(), filled.into());
        let within = slots.iter().zip(1..).all(|(&slot, reach)| slot < reach);
        let fresh = started == 1 || (index, filled, slots) == (0, 0, [0; TOKEN_SHIFT_REACH]);
        let activations = history
            .iter()
            .all(|x| i32::from(x.cast_signed()).abs() <= MAX_ACTIVATION);
        let (Some(slot), true) = (slot, within && fresh && started < 2 && activations) else {
            return Err(SnapshotError::Damaged);
        };
        if find_invalid(cache).is_some() {
            return Err(SnapshotError::Damaged);
        }

        self.reset();
        self.started = started == 1;
        self.token_shift_slots = slots.map(usize::from);
        self.slot = slot;
        for (logit, &bytes) in self.parts.accumulators.iter_mut().zip(logits.as_chunks().0) {
            *logit = i32::from_le_bytes(bytes);
        }
        for (x, &byte) in self.parts.history.iter_mut().zip(history) {
            *x = byte.cast_signed();
        }
        for (place, &byte) in self.parts.cache.iter_mut().zip(cache) {
            *place = byte;
        }
        Ok(())
    }

    /// [`snapshot_bytes`], without its products.
    fn snapshot_bytes(&self) -> usize {
        let logits = self.sizes.vocab_size << 2;
        HEAD_BYTES + logits + self.parts.history.len() + self.parts.cache.len() + CRC_BYTES
    }
}
