//! The RAM that an engine works in: the caller owns it, the model's plan sizes it.

mod arena;

use crate::slices::split_at_or_empty;
use core::fmt;
use formats::MemoryPlan;
use formats::plan::LUT_GROUPS;

pub use crate::lut::{Table, Tables, default_tables};
pub use arena::arena_bytes;

/// The RAM of an engine, as arrays: `WORDS` i32, `BYTES` i8, `CACHE` u8 and `TABLES` lookup tables, at least what
/// [`MemoryPlan::words`], [`MemoryPlan::bytes`], [`MemoryPlan::kv_cache`] and [`MemoryPlan::lut_count`] say. More or
/// fewer tables (at least two) change the speed, never the result.
///
/// ```
/// use runtime::{Header, MemoryPlan, State};
///
/// const MODEL: &[u8] = include_bytes!("../../firmware-examples/models/microbit.aut");
/// const HEADER: Header = match Header::read(MODEL) {
///     Ok(header) => header,
///     Err(_) => panic!("not a model file that this build reads"),
/// };
/// const PLAN: MemoryPlan = MemoryPlan::new(&HEADER.dims);
/// const _: () = assert!(PLAN.ram() <= 14 * 1024, "the model does not fit");
/// let mut state = State::<{ PLAN.words() }, { PLAN.bytes() }, { PLAN.kv_cache }>::new();
/// # assert_eq!(state.buffers().cache.len(), 8192);
/// ```
///
/// [`embed_model!`](crate::embed_model) writes this.
#[derive(Clone, Debug)]
pub struct State<
    const WORDS: usize,
    const BYTES: usize,
    const CACHE: usize,
    const TABLES: usize = { LUT_GROUPS + 1 },
> {
    words: [i32; WORDS],
    bytes: [i8; BYTES],
    cache: [u8; CACHE],
    tables: [Table; TABLES],
}

impl<const WORDS: usize, const BYTES: usize, const CACHE: usize, const TABLES: usize>
    State<WORDS, BYTES, CACHE, TABLES>
{
    /// An empty state; a `const`, so that it can be a `static`.
    ///
    /// ```
    /// use std::sync::Mutex;
    ///
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// static STATE: Mutex<poet::State> = Mutex::new(poet::State::new());
    /// let mut state = STATE.lock()?;
    /// let engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn new() -> Self {
        Self {
            words: [0; WORDS],
            bytes: [0; BYTES],
            cache: [0; CACHE],
            tables: [Table::EMPTY; TABLES],
        }
    }

    /// What [`Engine::new`](crate::Engine::new) takes.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// let mut state = poet::State::new();
    /// assert_eq!(state.buffers().words.len(), poet::PLAN.words());
    /// ```
    pub const fn buffers(&mut self) -> Buffers<'_> {
        Buffers {
            words: &mut self.words,
            bytes: &mut self.bytes,
            cache: &mut self.cache,
            tables: &mut self.tables,
        }
    }
}

impl<const WORDS: usize, const BYTES: usize, const CACHE: usize, const TABLES: usize> Default
    for State<WORDS, BYTES, CACHE, TABLES>
{
    fn default() -> Self {
        Self::new()
    }
}

/// The RAM of an engine on the heap, for hosts.
///
/// ```
/// # fn demo(file: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
/// use runtime::{Engine, HeapState, Model};
///
/// let model = Model::parse(file)?;
/// let mut state = HeapState::new(&model.plan());
/// let mut engine = Engine::new(model, state.buffers())?;
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "alloc")]
#[derive(Clone, Debug)]
pub struct HeapState {
    words: alloc::vec::Vec<i32>,
    bytes: alloc::vec::Vec<i8>,
    cache: alloc::vec::Vec<u8>,
    tables: alloc::vec::Vec<Table>,
}

#[cfg(feature = "alloc")]
impl HeapState {
    /// A state of exactly the plan's size.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// let mut state = runtime::HeapState::new(&poet::PLAN);
    /// assert_eq!(state.buffers().cache.len(), poet::PLAN.kv_cache);
    /// ```
    pub fn new(plan: &MemoryPlan) -> Self {
        Self {
            words: alloc::vec![0; plan.words()],
            bytes: alloc::vec![0; plan.bytes()],
            cache: alloc::vec![0; plan.kv_cache],
            tables: alloc::vec![Table::EMPTY; plan.lut_count()],
        }
    }

    /// What [`Engine::new`](crate::Engine::new) takes.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = runtime::HeapState::new(&poet::PLAN);
    /// // One engine after the other in the same RAM.
    /// runtime::Engine::new(poet::model()?, state.buffers())?.step(13)?;
    /// runtime::Engine::new(poet::model()?, state.buffers())?.step(14)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn buffers(&mut self) -> Buffers<'_> {
        Buffers {
            words: &mut self.words,
            bytes: &mut self.bytes,
            cache: &mut self.cache,
            tables: &mut self.tables,
        }
    }
}

/// The RAM of an engine, borrowed.
///
/// ```
/// use runtime::{Buffers, Engine, state::default_tables};
///
/// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
/// // Each wherever there is room for it.
/// let (mut words, mut bytes) = ([0; poet::PLAN.words()], [0; poet::PLAN.bytes()]);
/// let (mut cache, mut tables) = ([0; poet::PLAN.kv_cache], default_tables());
/// let buffers = Buffers { words: &mut words, bytes: &mut bytes, cache: &mut cache, tables: &mut tables };
/// let engine = Engine::new(poet::model()?, buffers)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Buffers<'s> {
    /// The residual stream and the accumulators.
    pub words: &'s mut [i32],
    /// Activations and the token shift's history.
    pub bytes: &'s mut [i8],
    /// Keys and values.
    pub cache: &'s mut [u8],
    /// Lookup tables.
    pub tables: &'s mut Tables,
}

/// A buffer is too small for the model.
///
/// ```
/// use runtime::{Engine, State, state::StateBuffer};
///
/// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
/// let mut state = State::<9, 9, 9>::new();
/// let error = Engine::new(poet::model()?, state.buffers()).unwrap_err();
/// assert_eq!((error.buffer, error.need, error.have), (StateBuffer::Words, poet::PLAN.words(), 9));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[error(
    "the model needs {need} {buffer} of state, there are {have}: size it with MemoryPlan, or use a smaller context"
)]
pub struct StateTooSmall {
    /// Which buffer.
    pub buffer: StateBuffer,
    /// Elements that the model needs.
    pub need: usize,
    /// Elements there are.
    pub have: usize,
}

/// A buffer of [`Buffers`], or a block of memory that holds them all. Displayed as what it is counted in.
///
/// ```
/// assert_eq!(runtime::state::StateBuffer::Cache.to_string(), "bytes of KV cache");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum StateBuffer {
    /// [`Buffers::words`].
    Words,
    /// [`Buffers::bytes`].
    Bytes,
    /// [`Buffers::cache`].
    Cache,
    /// [`Buffers::tables`].
    Tables,
    /// The block of [`Buffers::in_arena`].
    Arena,
}

impl fmt::Display for StateBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Words => "words (i32)",
            Self::Bytes => "bytes (i8)",
            Self::Cache => "bytes of KV cache",
            Self::Tables => "lookup tables",
            Self::Arena => "bytes",
        })
    }
}

/// The buffers, cut to the parts of the plan.
#[derive(Debug)]
pub(crate) struct Parts<'s> {
    /// i32 `[d_model]`.
    pub(crate) residual: &'s mut [i32],
    /// i32, as long as the widest product.
    pub(crate) accumulators: &'s mut [i32],
    /// i8 `[d_model]`: the input of a half-block.
    pub(crate) normed: &'s mut [i8],
    /// i8: queries and attention weights, or the hidden layer.
    pub(crate) scratch: &'s mut [i8],
    /// i8: what the token shift remembers.
    pub(crate) history: &'s mut [i8],
    pub(crate) cache: &'s mut [u8],
    pub(crate) tables: &'s mut Tables,
}

impl<'s> Buffers<'s> {
    /// Cuts the buffers to the parts of `plan`.
    pub(crate) fn split(self, plan: &MemoryPlan) -> Result<Parts<'s>, StateTooSmall> {
        let words = take(self.words, plan.words(), StateBuffer::Words)?;
        let bytes = take(self.bytes, plan.bytes(), StateBuffer::Bytes)?;
        let cache = take(self.cache, plan.kv_cache, StateBuffer::Cache)?;
        // One to fill and the spare one: the rest is speed.
        take(self.tables, 2, StateBuffer::Tables)?;
        let (residual, accumulators) = split_at_or_empty(words, plan.residual / size_of::<i32>());
        let (activations, history) = split_at_or_empty(bytes, plan.activations);
        let (normed, scratch) = split_at_or_empty(activations, residual.len());
        Ok(Parts {
            residual,
            accumulators,
            normed,
            scratch,
            history,
            cache,
            tables: self.tables,
        })
    }
}

fn take<T>(
    elements: &mut [T],
    need: usize,
    buffer: StateBuffer,
) -> Result<&mut [T], StateTooSmall> {
    let have = elements.len();
    elements
        .get_mut(..need)
        .ok_or(StateTooSmall { buffer, need, have })
}
