//! Many tokens at once, for hosts: the same arithmetic with the tokens side by side in vector registers.
//!
//! A prompt or a text that is known in advance needs no token to wait for the one before it: each layer is computed for
//! [`LANES`] tokens, whose weights are then looked up once for all. What comes out is what [`Engine::step`] gives, bit
//! by bit, and leaves the engine in the same state.

mod attention;
mod bias;
mod elements;
mod memory;

use super::Engine;
use super::error::TokenError;
use crate::lut::batch::{LANES, matmul};
use crate::slices::split_at_or_empty;
use elements::{abs_mean_norm, add_scaled, rectify};
use formats::Layer;
use formats::dims::pad_rows;
pub use memory::Batch;
use memory::Place;

/// Fewer tokens than this are faster one by one: a batch takes the time of all its lanes.
const FEWEST: usize = 20;

impl Engine<'_, '_> {
    /// [`Engine::prefill`] for hosts: the same, several times as fast for long prompts.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// let mut batch = runtime::Batch::new(engine.model().dims());
    /// let logits = engine.prefill_batch(&[0; 30], &mut batch)?.to_vec();
    /// engine.reset();
    /// assert_eq!(engine.prefill(&[0; 30])?, logits);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`TokenError::EmptyPrompt`] or [`TokenError::Unknown`], in which case the context is unchanged.
    ///
    /// # Panics
    /// When `batch` was made for a model of other dimensions.
    pub fn prefill_batch(
        &mut self,
        tokens: &[u16],
        batch: &mut Batch,
    ) -> Result<&[i32], TokenError> {
        tokens.iter().try_for_each(|&token| self.check(token))?;
        if tokens.is_empty() {
            return Err(TokenError::EmptyPrompt);
        }
        let mut chunks = tokens.chunks(LANES).peekable();
        while let Some(chunk) = chunks.next() {
            let last = chunks.peek().is_none();
            if chunk.len() < FEWEST {
                self.prefill(chunk)?;
            } else {
                self.pass(chunk, batch);
                if last {
                    self.lm_head_lanes(batch);
                    self.take_logits(chunk.len() - 1, batch);
                }
            }
        }
        Ok(self.logits())
    }

    /// Takes all of `tokens` into the context and shows `each` the logits behind every one of them, in order: i32
    /// `[vocab_size]`, what [`Engine::step`] would return. To evaluate a text.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// let mut batch = runtime::Batch::new(engine.model().dims());
    /// // What is likeliest behind "R", "RO" and "ROM".
    /// let mut likeliest = Vec::new();
    /// engine.logits_of_each(&[30, 27, 25], &mut batch, |logits| {
    ///     likeliest.extend(runtime::Logits::new(logits).argmax());
    /// })?;
    /// assert_eq!(likeliest.len(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`TokenError::Unknown`], in which case the context is unchanged and nothing was shown.
    ///
    /// # Panics
    /// When `batch` was made for a model of other dimensions.
    pub fn logits_of_each(
        &mut self,
        tokens: &[u16],
        batch: &mut Batch,
        mut each: impl FnMut(&[i32]),
    ) -> Result<(), TokenError> {
        tokens.iter().try_for_each(|&token| self.check(token))?;
        for chunk in tokens.chunks(LANES) {
            if chunk.len() < FEWEST {
                for &token in chunk {
                    each(self.step(token)?);
                }
            } else {
                self.pass(chunk, batch);
                self.lm_head_lanes(batch);
                for lane in 0..chunk.len() {
                    self.take_logits(lane, batch);
                    each(self.logits());
                }
            }
        }
        Ok(())
    }

    /// All layers for at most [`LANES`] checked tokens.
    fn pass(&mut self, tokens: &[u16], batch: &mut Batch) {
        assert_eq!(
            batch.dims,
            *self.model.dims(),
            "the batch belongs to a model of other dimensions"
        );
        // A step that was left half-way comes first.
        while self.advance() {}
        self.under_way = false;
        batch.places.clear();
        // Lanes without a token compute with zeros.
        batch.residual.fill([0; LANES]);
        for (lane, &token) in tokens.iter().enumerate() {
            self.next_place();
            batch.places.push(Place {
                slot: self.slot,
                token_shift_slots: self.token_shift_slots,
            });
            self.embedding.write(token, self.parts.residual);
            for (x, &number) in batch.residual.iter_mut().zip(&*self.parts.residual) {
                x[lane] = number;
            }
        }
        for (index, layer) in self.layers.clone().enumerate() {
            let history = index * 2 * self.sizes.history;
            self.enter_lanes(history, batch);
            self.attention_lanes(index * self.sizes.layer_cache, &layer, batch);
            self.enter_lanes(history + self.sizes.history, batch);
            self.mlp_lanes(&layer, batch);
        }
    }

    /// `normed = token_shift(abs_mean_norm(residual))`: the input of a half-block whose history begins at `history`.
    fn enter_lanes(&mut self, history: usize, batch: &mut Batch) {
        abs_mean_norm(&batch.residual, &mut batch.normed, self.sizes.stream_norm);
        let mut channels = &mut *batch.normed;
        let mut past = split_at_or_empty(self.parts.history, history).1;
        for (reach, &width) in (1..).zip(&self.sizes.token_shift) {
            let (shifted, rest) = split_at_or_empty(channels, width);
            let (ring, later) = split_at_or_empty(past, width * reach);
            for (channel, lanes) in shifted.iter_mut().enumerate() {
                let now = *lanes;
                // In the order of the tokens: what goes in for one comes out `reach` tokens later.
                for (lane, place) in batch.places.iter().enumerate() {
                    let oldest = &mut ring[place.token_shift_slots[reach - 1] * width + channel];
                    lanes[lane] = core::mem::replace(oldest, now[lane]);
                }
            }
            (channels, past) = (rest, later);
        }
    }

    fn mlp_lanes(&mut self, layer: &Layer<'_>, batch: &mut Batch) {
        let (d_ff, d_model) = (self.sizes.d_ff, self.sizes.d_model);
        let acc = split_at_or_empty(&mut batch.acc, pad_rows(d_ff)).0;
        matmul(layer.up_proj, &batch.normed, &mut batch.scratch, acc);
        let (sums, wide) = (
            split_at_or_empty(acc, d_ff).0,
            split_at_or_empty(&mut batch.wide, d_ff).0,
        );
        rectify(sums);
        abs_mean_norm(sums, wide, self.sizes.hidden_norm);
        let acc = split_at_or_empty(&mut batch.acc, pad_rows(d_model)).0;
        matmul(layer.down_proj, wide, &mut batch.scratch, acc);
        add_scaled(&mut batch.residual, acc, layer.down_proj_scales);
    }

    /// The sums of the output head, scaled, in `batch.acc`.
    fn lm_head_lanes(&mut self, batch: &mut Batch) {
        abs_mean_norm(&batch.residual, &mut batch.normed, self.sizes.stream_norm);
        let acc = split_at_or_empty(&mut batch.acc, pad_rows(self.sizes.vocab_size)).0;
        matmul(self.model.lm_head(), &batch.normed, &mut batch.scratch, acc);
        elements::scale_rows(acc, self.model.lm_head_scales());
    }

    /// The logits of one token of the batch, to where the engine has them.
    fn take_logits(&mut self, lane: usize, batch: &Batch) {
        let logits = split_at_or_empty(self.parts.accumulators, self.sizes.vocab_size).0;
        for (logit, lanes) in logits.iter_mut().zip(&batch.acc) {
            *logit = lanes[lane];
        }
    }
}
