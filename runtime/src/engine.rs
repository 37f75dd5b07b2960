//! Token in, logits out, one layer at a time.

#[cfg(feature = "std")]
pub mod batch;
mod error;
mod snapshot;
mod step;

use crate::arithmetic::{Norm, checked, scale, times};
use crate::attention::Head;
use crate::cache::{self, CacheLayout, Slot};
use crate::elements::{abs_mean_norm, abs_mean_norm_relu, add_scaled};
use crate::embedding::Rows;
use crate::lut::{matvec, matvec_sparse, padded};
use crate::slices::{pieces, split_at_or_empty};
use crate::state::{Buffers, Parts, StateTooSmall};
pub use error::TokenError;
use formats::dims::TOKEN_SHIFT_REACH;
use formats::model::Layers;
use formats::{Layer, Model, TritMatrix};
pub use snapshot::snapshot_bytes;
pub use step::Step;

/// Target and clamp of the abs-mean norm in front of matrices.
const ACTIVATION: (u32, i8) = (10, 31);
/// Target and clamp of the abs-mean norm behind the rectifier, whose zeros count too.
const HIDDEN: (u32, i8) = (5, 31);

/// Runs a model in a caller-owned state. Never allocates, never panics.
///
/// A step is begun with [`Engine::start`] and computed layer by layer with [`Engine::advance`] and [`Engine::finish`]. The
/// engine keeps it: a step that is left half-way is completed by whatever comes next, so the context never has a gap.
///
/// ```
/// use runtime::{Engine, Logits, Model};
///
/// # fn demo(file: &[u8], arena: &mut [u8], feed_the_watchdog: impl Fn()) -> Result<(), Box<dyn std::error::Error>> {
/// let mut engine = Engine::in_arena(Model::parse(file)?, arena)?;
/// engine.prefill(&[3, 1, 4])?;
/// let likeliest = Logits::new(engine.step(1)?).argmax();
/// // The same a layer at a time.
/// engine.start(5)?;
/// while engine.advance() {
///     feed_the_watchdog();
/// }
/// let logits = engine.finish();
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Engine<'m, 's> {
    model: Model<'m>,
    layers: Layers<'m>,
    /// The layers that the step under way has not been through.
    left: Layers<'m>,
    /// The first of them.
    layer: usize,
    /// A token was taken whose logits are not computed yet.
    under_way: bool,
    embedding: Rows<'m>,
    lm_head: TritMatrix<'m>,
    sizes: Sizes,
    parts: Parts<'s>,
    slot: Slot,
    token_shift_slots: [usize; TOKEN_SHIFT_REACH],
    started: bool,
}

/// Lengths and constants that the dimensions give, computed once.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    d_model: usize,
    d_ff: usize,
    vocab_size: usize,
    head_dim: usize,
    #[cfg(feature = "std")]
    heads: usize,
    #[cfg(feature = "std")]
    kv_heads: usize,
    /// Query heads that share a key and value head.
    group: usize,
    qkv_rows: usize,
    token_shift: [usize; TOKEN_SHIFT_REACH],
    /// Bytes of one half-block's token-shift history.
    history: usize,
    cache: CacheLayout,
    layer_cache: usize,
    stream_norm: Norm,
    head_norm: Norm,
    kv_norm: Norm,
    hidden_norm: Norm,
}

impl<'m, 's> Engine<'m, 's> {
    /// An engine with nothing in its context.
    ///
    /// # Errors
    /// [`StateTooSmall`] when a buffer is smaller than the model's plan says.
    pub fn new(model: Model<'m>, buffers: Buffers<'s>) -> Result<Self, StateTooSmall> {
        let parts = buffers.split(&model.plan())?;
        let dims = model.dims();
        let (d_model, d_ff, head_dim) = (dims.d_model.into(), dims.d_ff.into(), dims.head_dim());
        let cache = CacheLayout::new(dims);
        let sizes = Sizes {
            d_model,
            d_ff,
            vocab_size: dims.vocab_size.into(),
            head_dim,
            #[cfg(feature = "std")]
            heads: dims.heads.into(),
            #[cfg(feature = "std")]
            kv_heads: dims.kv_heads.into(),
            group: (dims.heads / dims.kv_heads).into(),
            qkv_rows: dims.qkv_rows(),
            token_shift: dims.token_shift.map(usize::from),
            history: dims.token_shift_history(),
            cache,
            layer_cache: cache.head_bytes * usize::from(dims.kv_heads),
            stream_norm: Norm::new(d_model, ACTIVATION.0, ACTIVATION.1),
            head_norm: Norm::new(head_dim, ACTIVATION.0, ACTIVATION.1),
            kv_norm: cache.norm(head_dim),
            hidden_norm: Norm::new(d_ff, HIDDEN.0, HIDDEN.1),
        };
        let layers = model.layers();
        let mut engine = Self {
            model,
            left: layers.clone(),
            layers,
            layer: 0,
            under_way: false,
            embedding: Rows::new(&model),
            lm_head: model.lm_head(),
            sizes,
            parts,
            slot: Slot::default(),
            token_shift_slots: [0; TOKEN_SHIFT_REACH],
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
        self.token_shift_slots = [0; TOKEN_SHIFT_REACH];
        self.started = false;
        self.under_way = false;
    }

    /// Whether it has read a token since it was made or reset.
    pub const fn has_context(&self) -> bool {
        self.started
    }

    /// The model that this engine runs.
    pub const fn model(&self) -> &Model<'m> {
        &self.model
    }

    /// Takes `token` into the context and returns the logits of the next one: i32 `[vocab_size]`, in sixteenths of a bit.
    ///
    /// # Errors
    /// [`TokenError::Unknown`]; the context is then unchanged.
    pub fn step(&mut self, token: u16) -> Result<&[i32], TokenError> {
        self.check(token)?;
        self.begin(token);
        Ok(self.finish())
    }

    /// Takes all of `tokens` into the context and returns the logits behind the last: the same as [`Engine::step`] for
    /// each, without the output head in between. A prompt longer than the context keeps its end.
    ///
    /// # Errors
    /// [`TokenError::EmptyPrompt`] or [`TokenError::Unknown`], in which case the context is unchanged.
    pub fn prefill(&mut self, tokens: &[u16]) -> Result<&[i32], TokenError> {
        tokens.iter().try_for_each(|&token| self.check(token))?;
        if tokens.is_empty() {
            return Err(TokenError::EmptyPrompt);
        }
        for &token in tokens {
            self.begin(token);
        }
        Ok(self.finish())
    }

    /// Begins a step that can stop between layers. A [`Step`] that is dropped before its end is not lost: the engine goes on
    /// with it in [`Engine::advance`] and [`Engine::finish`], or completes its layers before the next token.
    ///
    /// # Errors
    /// [`TokenError::Unknown`]; the context is then unchanged.
    pub fn start(&mut self, token: u16) -> Result<Step<'_, 'm, 's>, TokenError> {
        self.check(token)?;
        self.begin(token);
        Ok(Step::of(self))
    }

    /// Takes `token`, which is in the vocabulary, once the layers of the step before are through.
    pub(crate) fn begin(&mut self, token: u16) {
        while self.advance() {}
        self.next_place();
        self.embedding.write(token, self.parts.residual);
        self.left = self.layers.clone();
        self.layer = 0;
        self.under_way = true;
    }

    /// Computes one layer of the step under way; `false` when none is left, or no step is under way.
    pub fn advance(&mut self) -> bool {
        if !self.under_way {
            return false;
        }
        let Some(layer) = self.left.next() else {
            return false;
        };
        self.block(self.layer, &layer);
        self.layer += 1;
        true
    }

    /// Computes what the step under way has left, if there is one: the logits, as [`Engine::step`] returns them.
    pub fn finish(&mut self) -> &[i32] {
        if self.under_way {
            while self.advance() {}
            self.lm_head();
            self.under_way = false;
        }
        self.logits()
    }

    /// The logits of the last step: i32 `[vocab_size]`, in sixteenths of a bit. All zero before the first, and after
    /// [`Engine::reset`]; empty while a step is under way.
    pub fn logits(&self) -> &[i32] {
        if self.under_way {
            return &[];
        }
        self.parts
            .accumulators
            .get(..self.sizes.vocab_size)
            .unwrap_or_default()
    }

    /// Moves on to the place of one more token.
    fn next_place(&mut self) {
        if self.started {
            self.slot.advance(&self.sizes.cache);
            for (slot, reach) in self.token_shift_slots.iter_mut().zip(1..) {
                *slot = if *slot + 1 == reach { 0 } else { *slot + 1 };
            }
        }
        self.started = true;
    }

    pub(crate) fn check(&self, token: u16) -> Result<(), TokenError> {
        let vocab_size = self.model.dims().vocab_size;
        if token >= vocab_size {
            Err(TokenError::Unknown { token, vocab_size })
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

    /// `normed = token_shift(abs_mean_norm(residual))`: the input of a half-block whose history begins at `history`.
    fn enter(&mut self, history: usize) {
        let parts = &mut self.parts;
        abs_mean_norm(parts.residual, parts.normed, self.sizes.stream_norm);
        let mut channels = &mut *parts.normed;
        let mut past = split_at_or_empty(parts.history, history).1;
        // What goes in for the token `reach` from now comes out for the one `reach` ago.
        for ((&width, &slot), reach) in self
            .sizes
            .token_shift
            .iter()
            .zip(&self.token_shift_slots)
            .zip(1u32..)
        {
            let (shifted, rest) = split_at_or_empty(channels, width);
            let (ring, later) = split_at_or_empty(past, times(width as u32, reach) as usize);
            let oldest = split_at_or_empty(ring, times(width as u32, slot as u32) as usize).1;
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
            split_at_or_empty(acc, padded(sizes.qkv_rows)).0,
        );

        let (queries, scratch) = split_at_or_empty(parts.scratch, sizes.d_model);
        let cache = split_at_or_empty(split_at_or_empty(parts.cache, cache).1, sizes.layer_cache).0;
        let mut sums = pieces(acc, sizes.head_dim);
        for (query, sums) in pieces(queries, sizes.head_dim).zip(&mut sums) {
            abs_mean_norm(sums, query, sizes.head_norm);
        }
        let vector = split_at_or_empty(scratch, sizes.head_dim).0;
        for (head, sums) in pieces(cache, sizes.cache.head_bytes).zip(&mut sums) {
            abs_mean_norm(sums, vector, sizes.kv_norm);
            sizes.cache.write_key(head, slot, vector);
        }
        for (head, sums) in pieces(cache, sizes.cache.head_bytes).zip(&mut sums) {
            abs_mean_norm(sums, vector, sizes.kv_norm);
            sizes.cache.write_value(head, slot, vector);
        }

        // Two bytes a bias.
        let bias_bytes = usize::from(self.model.dims().context) << 1;
        let mut biases = layer.relative_bias;
        let mut scales = layer.score_scales.iter();
        let group = times(sizes.head_dim as u32, sizes.group as u32) as usize;
        for (queries, head) in pieces(queries, group).zip(pieces(cache, sizes.cache.head_bytes)) {
            let (keys, values) = sizes.cache.matrices(head);
            for (query, &byte) in pieces(queries, sizes.head_dim).zip(&mut scales) {
                let (relative_bias, rest) = biases.split_at_checked(bias_bytes).unwrap_or_default();
                biases = rest;
                let head = Head {
                    keys,
                    values,
                    score_scale: checked(byte),
                    relative_bias,
                };
                head.attend(query, slot, scratch, parts.tables, acc);
                // The query is spent: the head's output takes its place.
                abs_mean_norm(
                    split_at_or_empty(acc, sizes.head_dim).0,
                    query,
                    sizes.head_norm,
                );
            }
        }
        let acc = split_at_or_empty(acc, padded(sizes.d_model)).0;
        matvec(layer.o_proj, queries, parts.tables, acc);
        add_scaled(parts.residual, acc, layer.o_proj_scales);
    }

    #[inline(never)]
    fn mlp(&mut self, layer: &Layer<'m>) {
        let (sizes, parts) = (&self.sizes, &mut self.parts);
        let acc = split_at_or_empty(parts.accumulators, padded(sizes.d_ff)).0;
        matvec(layer.up_proj, parts.normed, parts.tables, acc);
        let sums = split_at_or_empty(acc, sizes.d_ff).0;
        let hidden = split_at_or_empty(parts.scratch, sizes.d_ff).0;
        abs_mean_norm_relu(sums, hidden, sizes.hidden_norm);
        let acc = split_at_or_empty(parts.accumulators, padded(sizes.d_model)).0;
        // Behind the rectifier most numbers are zero, and often four in a row.
        matvec_sparse(layer.down_proj, hidden, parts.tables, acc);
        add_scaled(parts.residual, acc, layer.down_proj_scales);
    }

    #[inline(never)]
    fn lm_head(&mut self) {
        let (sizes, parts) = (&self.sizes, &mut self.parts);
        abs_mean_norm(parts.residual, parts.normed, sizes.stream_norm);
        let acc = split_at_or_empty(parts.accumulators, padded(sizes.vocab_size)).0;
        matvec(self.lm_head, parts.normed, parts.tables, acc);
        for (logit, &byte) in acc.iter_mut().zip(self.model.lm_head_scales()) {
            *logit = scale(*logit, checked(byte));
        }
    }
}

/// Swaps as many numbers as both have, four at a time: small cores count every turn.
fn swap(a: &mut [i8], b: &mut [i8]) {
    let length = a.len().min(b.len());
    let ((quads, rest), (others, other_rest)) = (
        split_at_or_empty(a, length).0.as_chunks_mut::<4>(),
        split_at_or_empty(b, length).0.as_chunks_mut::<4>(),
    );
    // Not zipped: counting the turns of two slices becomes a product at some optimisation levels.
    let mut others = others.iter_mut();
    for a in quads {
        let Some(b) = others.next() else { break };
        core::mem::swap(a, b);
    }
    // `swap_with_slice` panics where lengths differ, and is called where size is optimised for.
    let mut others = other_rest.iter_mut();
    for a in rest {
        let Some(b) = others.next() else { break };
        core::mem::swap(a, b);
    }
}
