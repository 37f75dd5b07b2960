//! Token in, logits out, one layer at a time.

#[cfg(feature = "alloc")]
pub mod batch;
mod error;
mod layer;
mod snapshot;

use crate::arithmetic::Norm;
use crate::cache::{self, CacheLayout, Slot};
use crate::embedding::Rows;
use crate::state::{Buffers, Parts, StateTooSmall};
pub use error::TokenError;
use formats::dims::TOKEN_SHIFT_REACH;
use formats::model::Layers;
use formats::{Model, TritMatrix};
pub use snapshot::snapshot_bytes;

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
    #[cfg(feature = "alloc")]
    heads: usize,
    #[cfg(feature = "alloc")]
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
    /// ```
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// let mut state = poet::State::new();
    /// let engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// assert!(!engine.has_context());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
            #[cfg(feature = "alloc")]
            heads: dims.heads.into(),
            #[cfg(feature = "alloc")]
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
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// let first = engine.step(0)?.to_vec();
    /// engine.reset();
    /// assert_eq!(engine.step(0)?, first);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// assert!(!engine.has_context());
    /// engine.step(0)?;
    /// assert!(engine.has_context());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn has_context(&self) -> bool {
        self.started
    }

    /// The model that this engine runs.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// let tokenizer = engine.model().tokenizer();
    /// assert_eq!(tokenizer.decode(13), Some("A"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn model(&self) -> &Model<'m> {
        &self.model
    }

    /// Takes `token` into the context and returns the logits of the next one: i32 `[vocab_size]`, in sixteenths of a bit.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// let logits = engine.step(13)?;
    /// assert_eq!(logits.len(), 65); // one for each token
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// let tokens: Vec<u16> = engine.model().tokenizer().encode("ROMEO:").collect::<Result<_, _>>()?;
    /// let logits = engine.prefill(&tokens)?;
    /// assert_eq!(runtime::Logits::new(logits).argmax(), Some(0)); // a line feed
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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

    /// Begins a step that can stop between layers: [`Engine::advance`] and [`Engine::finish`] go on with it. Where they do not, its
    /// layers are completed before the next token.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// engine.start(13)?;
    /// while engine.advance() {
    ///     // feed the watchdog
    /// }
    /// let logits = engine.finish();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`TokenError::Unknown`]; the context is then unchanged.
    pub fn start(&mut self, token: u16) -> Result<(), TokenError> {
        self.check(token)?;
        self.begin(token);
        Ok(())
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
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// engine.start(13)?;
    /// let layers = std::iter::from_fn(|| engine.advance().then_some(())).count();
    /// assert_eq!(layers, engine.model().dims().layers.into());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// engine.start(13)?;
    /// assert!(engine.logits().is_empty());
    /// assert_eq!(engine.finish().len(), 65);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn finish(&mut self) -> &[i32] {
        if self.under_way {
            while self.advance() {}
            self.lm_head();
            self.under_way = false;
        }
        self.logits()
    }

    /// The logits of the last step: i32 `[vocab_size]`, in sixteenths of a bit. Empty where there are none: before the first, after
    /// [`Engine::reset`], while a step is under way.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// assert!(engine.logits().is_empty());
    /// let logits = engine.step(13)?.to_vec();
    /// assert_eq!(engine.logits(), logits);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn logits(&self) -> &[i32] {
        if self.under_way || !self.started {
            return &[];
        }
        self.output()
    }

    /// The place of the logits, whatever it holds.
    fn output(&self) -> &[i32] {
        let logits = self.parts.accumulators.get(..self.sizes.vocab_size);
        logits.unwrap_or_default()
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
}
