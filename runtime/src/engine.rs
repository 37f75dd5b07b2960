//! Token in, logits out, one layer at a time.

#[cfg(feature = "std")]
pub mod batch;

use crate::arithmetic::{Norm, checked, scale, times};
use crate::attention::Head;
use crate::cache::{self, CacheLayout, Slot};
use crate::elements::{add_scaled, renorm, renorm_rectified};
use crate::lut::{matvec, padded};
use crate::slices::{cut, pieces};
use crate::state::{Buffers, Parts, StateTooSmall};
use formats::dims::SHIFT_REACH;
use formats::model::{EMBEDDING_SHIFT, Layers};
use formats::{Layer, Model, TritMatrix};

/// Target and clamp of the renorm in front of matrices.
const ACTIVATION: (u32, i8) = (10, 31);
/// Target and clamp of the renorm behind the rectifier, whose zeros count too.
const HIDDEN: (u32, i8) = (5, 31);

/// Runs a model in a caller-owned state. Never allocates, never panics.
#[derive(Debug)]
pub struct Engine<'m, 's> {
    model: Model<'m>,
    layers: Layers<'m>,
    head: TritMatrix<'m>,
    sizes: Sizes,
    parts: Parts<'s>,
    slot: Slot,
    shift_slots: [usize; SHIFT_REACH],
    started: bool,
}

/// Lengths and constants that the dimensions give, computed once.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    d_model: usize,
    hidden: usize,
    vocab: usize,
    head_dim: usize,
    #[cfg(feature = "std")]
    heads: usize,
    #[cfg(feature = "std")]
    kv_heads: usize,
    /// Query heads that share a key and value head.
    group: usize,
    qkv_rows: usize,
    shift: [usize; SHIFT_REACH],
    /// Bytes of one half-block's token-shift history.
    history: usize,
    cache: CacheLayout,
    layer_cache: usize,
    stream_norm: Norm,
    head_norm: Norm,
    kv_norm: Norm,
    hidden_norm: Norm,
}

/// What an engine refuses to run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TokenError {
    /// The token is none of the model's.
    #[error("token {token} is outside the vocabulary of {vocab}")]
    Unknown {
        /// The token.
        token: u16,
        /// Tokens of the model.
        vocab: u16,
    },
    /// There is nothing to predict from.
    #[error("the prompt is empty: give at least one token")]
    EmptyPrompt,
}

impl<'m, 's> Engine<'m, 's> {
    /// An engine with nothing in its context.
    ///
    /// # Errors
    /// [`StateTooSmall`] when a buffer is smaller than the model's plan says.
    pub fn new(model: Model<'m>, buffers: Buffers<'s>) -> Result<Self, StateTooSmall> {
        let parts = buffers.split(&model.plan())?;
        let dims = model.dims();
        let (d_model, hidden, head_dim) =
            (dims.d_model.into(), dims.hidden.into(), dims.head_dim());
        let cache = CacheLayout::new(dims);
        let sizes = Sizes {
            d_model,
            hidden,
            vocab: dims.vocab.into(),
            head_dim,
            #[cfg(feature = "std")]
            heads: dims.heads.into(),
            #[cfg(feature = "std")]
            kv_heads: dims.kv_heads.into(),
            group: (dims.heads / dims.kv_heads).into(),
            qkv_rows: dims.qkv_rows(),
            shift: dims.shift.map(usize::from),
            history: dims.shift_history(),
            cache,
            layer_cache: cache.head_bytes * usize::from(dims.kv_heads),
            stream_norm: Norm::new(d_model, ACTIVATION.0, ACTIVATION.1),
            head_norm: Norm::new(head_dim, ACTIVATION.0, ACTIVATION.1),
            kv_norm: cache.norm(head_dim),
            hidden_norm: Norm::new(hidden, HIDDEN.0, HIDDEN.1),
        };
        let mut engine = Self {
            model,
            layers: model.layers(),
            head: model.head(),
            sizes,
            parts,
            slot: Slot::default(),
            shift_slots: [0; SHIFT_REACH],
            started: false,
        };
        engine.reset();
        Ok(engine)
    }

    /// Forgets the context.
    pub fn reset(&mut self) {
        self.parts.accumulators.fill(0);
        cache::clear(self.parts.cache);
        self.parts.history.fill(0);
        self.slot = Slot::default();
        self.shift_slots = [0; SHIFT_REACH];
        self.started = false;
    }

    /// The model that this engine runs.
    pub const fn model(&self) -> &Model<'m> {
        &self.model
    }

    /// Takes `token` into the context and returns the logits of the next one: i32 `[vocab]`, in sixteenths of a bit.
    ///
    /// # Errors
    /// [`TokenError::Unknown`]; the context is then unchanged.
    pub fn step(&mut self, token: u16) -> Result<&[i32], TokenError> {
        Ok(self.start(token)?.finish())
    }

    /// Takes all of `tokens` into the context and returns the logits behind the last: the same as [`Engine::step`] for
    /// each, without the output head in between. A prompt longer than the context keeps its end.
    ///
    /// # Errors
    /// [`TokenError::EmptyPrompt`] or [`TokenError::Unknown`], in which case the context is unchanged.
    pub fn prefill(&mut self, tokens: &[u16]) -> Result<&[i32], TokenError> {
        tokens.iter().try_for_each(|&token| self.check(token))?;
        let (&last, before) = tokens.split_last().ok_or(TokenError::EmptyPrompt)?;
        for &token in before {
            let mut pass = self.start(token)?;
            while pass.advance() {}
        }
        self.step(last)
    }

    /// Begins a step that can stop between layers. Dropping the [`Pass`] before its layers are through leaves this
    /// token's place in the context with what was computed so far.
    ///
    /// # Errors
    /// [`TokenError::Unknown`]; the context is then unchanged.
    pub fn start(&mut self, token: u16) -> Result<Pass<'_, 'm, 's>, TokenError> {
        self.check(token)?;
        self.next_place();
        let row = times(token.into(), self.sizes.d_model as u32) as usize;
        let row = self.model.embedding().get(row..).unwrap_or_default();
        for (x, &byte) in self.parts.residual.iter_mut().zip(row) {
            *x = i32::from(byte.cast_signed()) << EMBEDDING_SHIFT;
        }
        Ok(Pass {
            layers: self.layers.clone(),
            layer: 0,
            engine: self,
        })
    }

    /// The logits of the last step: i32 `[vocab]`, in sixteenths of a bit. All zero before the first, and after [`Engine::reset`].
    pub fn logits(&self) -> &[i32] {
        self.parts
            .accumulators
            .get(..self.sizes.vocab)
            .unwrap_or_default()
    }

    /// Moves on to the place of one more token.
    fn next_place(&mut self) {
        if self.started {
            self.slot.advance(&self.sizes.cache);
            for (slot, reach) in self.shift_slots.iter_mut().zip(1..) {
                *slot = if *slot + 1 == reach { 0 } else { *slot + 1 };
            }
        }
        self.started = true;
    }

    fn check(&self, token: u16) -> Result<(), TokenError> {
        let vocab = self.model.dims().vocab;
        if token >= vocab {
            Err(TokenError::Unknown { token, vocab })
        } else {
            Ok(())
        }
    }

    /// Attention and MLP of one layer.
    fn block(&mut self, index: usize, layer: &Layer<'m>) {
        let index = index as u32;
        let half_blocks = times(index << 1, self.sizes.history as u32) as usize;
        let cache = times(index, self.sizes.layer_cache as u32) as usize;
        self.enter(half_blocks);
        self.attention(cache, layer);
        self.enter(half_blocks + self.sizes.history);
        self.mlp(layer);
    }

    /// `normed = shift(renorm(residual))`: the input of a half-block whose history begins at `history`.
    fn enter(&mut self, history: usize) {
        let parts = &mut self.parts;
        renorm(parts.residual, parts.normed, self.sizes.stream_norm);
        let mut channels = &mut *parts.normed;
        let mut past = cut(parts.history, history).1;
        // What goes in for the token `reach` from now comes out for the one `reach` ago.
        for ((&width, &slot), reach) in self.sizes.shift.iter().zip(&self.shift_slots).zip(1u32..) {
            let (shifted, rest) = cut(channels, width);
            let (ring, later) = cut(past, times(width as u32, reach) as usize);
            let oldest = cut(ring, times(width as u32, slot as u32) as usize).1;
            swap(shifted, oldest);
            (channels, past) = (rest, later);
        }
    }

    #[inline(never)]
    fn attention(&mut self, cache: usize, layer: &Layer<'m>) {
        let (sizes, parts, slot) = (&self.sizes, &mut self.parts, self.slot);
        let acc = &mut *parts.accumulators;
        matvec(
            layer.qkv,
            parts.normed,
            parts.tables,
            cut(acc, padded(sizes.qkv_rows)).0,
        );

        let (queries, scratch) = cut(parts.scratch, sizes.d_model);
        let cache = cut(cut(parts.cache, cache).1, sizes.layer_cache).0;
        let mut sums = pieces(acc, sizes.head_dim);
        for (query, sums) in pieces(queries, sizes.head_dim).zip(&mut sums) {
            renorm(sums, query, sizes.head_norm);
        }
        let vector = cut(scratch, sizes.head_dim).0;
        for (head, sums) in pieces(cache, sizes.cache.head_bytes).zip(&mut sums) {
            renorm(sums, vector, sizes.kv_norm);
            sizes.cache.write_key(head, slot, vector);
        }
        for (head, sums) in pieces(cache, sizes.cache.head_bytes).zip(&mut sums) {
            renorm(sums, vector, sizes.kv_norm);
            sizes.cache.write_value(head, slot, vector);
        }

        // Two bytes a bias.
        let bias_bytes = usize::from(self.model.dims().context) << 1;
        let mut biases = layer.distance_bias;
        let mut scales = layer.score_scales.iter();
        let group = times(sizes.head_dim as u32, sizes.group as u32) as usize;
        for (queries, head) in pieces(queries, group).zip(pieces(cache, sizes.cache.head_bytes)) {
            let (keys, values) = sizes.cache.matrices(head);
            for (query, &byte) in pieces(queries, sizes.head_dim).zip(&mut scales) {
                let (distance_bias, rest) = biases.split_at_checked(bias_bytes).unwrap_or_default();
                biases = rest;
                let head = Head {
                    keys,
                    values,
                    score_scale: checked(byte),
                    distance_bias,
                };
                head.attend(query, slot, scratch, parts.tables, acc);
                // The query is spent: the head's output takes its place.
                renorm(cut(acc, sizes.head_dim).0, query, sizes.head_norm);
            }
        }
        let acc = cut(acc, padded(sizes.d_model)).0;
        matvec(layer.output, queries, parts.tables, acc);
        add_scaled(parts.residual, acc, layer.output_scales);
    }

    #[inline(never)]
    fn mlp(&mut self, layer: &Layer<'m>) {
        let (sizes, parts) = (&self.sizes, &mut self.parts);
        let acc = cut(parts.accumulators, padded(sizes.hidden)).0;
        matvec(layer.up, parts.normed, parts.tables, acc);
        let sums = cut(acc, sizes.hidden).0;
        let hidden = cut(parts.scratch, sizes.hidden).0;
        renorm_rectified(sums, hidden, sizes.hidden_norm);
        let acc = cut(parts.accumulators, padded(sizes.d_model)).0;
        matvec(layer.down, hidden, parts.tables, acc);
        add_scaled(parts.residual, acc, layer.down_scales);
    }

    #[inline(never)]
    fn head(&mut self) {
        let (sizes, parts) = (&self.sizes, &mut self.parts);
        renorm(parts.residual, parts.normed, sizes.stream_norm);
        let acc = cut(parts.accumulators, padded(sizes.vocab)).0;
        matvec(self.head, parts.normed, parts.tables, acc);
        for (logit, &byte) in acc.iter_mut().zip(self.model.head_scales()) {
            *logit = scale(*logit, checked(byte));
        }
    }
}

/// A step under way: stop between layers to feed a watchdog or to let other tasks run.
#[derive(Debug)]
pub struct Pass<'e, 'm, 's> {
    engine: &'e mut Engine<'m, 's>,
    layers: Layers<'m>,
    layer: usize,
}

impl<'e, 'm, 's> Pass<'e, 'm, 's> {
    /// Computes one layer; `false` when none was left.
    pub fn advance(&mut self) -> bool {
        let Some(layer) = self.layers.next() else {
            return false;
        };
        self.engine.block(self.layer, &layer);
        self.layer += 1;
        true
    }

    /// Computes the layers that are left and the output head: the logits, as [`Engine::step`] returns them.
    pub fn finish(mut self) -> &'e [i32] {
        while self.advance() {}
        let Self { engine, .. } = self;
        engine.head();
        engine.logits()
    }
}

/// Swaps as many numbers as both have, four at a time: small cores count every turn.
fn swap(a: &mut [i8], b: &mut [i8]) {
    let length = a.len().min(b.len());
    let ((quads, rest), (others, other_rest)) = (
        cut(a, length).0.as_chunks_mut::<4>(),
        cut(b, length).0.as_chunks_mut::<4>(),
    );
    for (a, b) in quads.iter_mut().zip(others) {
        core::mem::swap(a, b);
    }
    rest.swap_with_slice(other_rest);
}
