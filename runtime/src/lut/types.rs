//! A lookup table, and what the sums of a chunk are added to.
#![allow(unsafe_code)]

use bytemuck::{Pod, Zeroable};
use formats::plan::{LUT_BYTES, LUT_GROUPS};

/// Every sum that four trits make of a group of four inputs, by the byte that the trits are stored as.
///
/// Entry `f0 + 4 f1 + 16 f2 + 64 f3` is `128 + sum of (f_i - 1) * x_i` for fields `f` in 0..=2.
///
/// ```
/// use runtime::{Buffers, Engine, state::Table};
///
/// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
/// // More than usual, for speed.
/// let mut tables = [Table::EMPTY; 33];
/// let mut state = poet::State::new();
/// let buffers = Buffers { tables: &mut tables, ..state.buffers() };
/// let engine = Engine::new(poet::model()?, buffers)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[repr(C, align(4))]
pub struct Table(pub(crate) [u8; LUT_BYTES]);

const _: () = assert!(size_of::<Table>() == LUT_BYTES);

// SAFETY: bytes, which may all be zero.
unsafe impl Zeroable for Table {}
// SAFETY: bytes of any value, and by the assertion above no others.
unsafe impl Pod for Table {}

impl Table {
    /// An empty table.
    ///
    /// ```
    /// use runtime::state::Table;
    ///
    /// let tables = [Table::EMPTY; 2]; // the fewest that an engine takes
    /// assert_eq!(size_of_val(&tables), 2 * 172);
    /// ```
    pub const EMPTY: Self = Self([0; LUT_BYTES]);
    /// Bytes that no field reaches (f1 = 3): they hold where the table's group lies in a row of tiles, in bytes.
    pub(crate) const OFFSET: usize = 12;
}

/// Lookup tables for one chunk of inputs, and one more that is never filled: scratch memory of the products.
///
/// The spare one keeps a read inside this memory whatever the index, without a check for each.
///
/// ```
/// use runtime::state::{Table, Tables};
///
/// let fewest: &mut Tables = &mut [Table::EMPTY; 2];
/// ```
pub type Tables = [Table];

/// As many tables as [`formats::MemoryPlan`] counts by default.
///
/// ```
/// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
/// let tables = runtime::state::default_tables();
/// assert_eq!(size_of_val(&tables), poet::PLAN.lookup_tables);
/// ```
pub const fn default_tables() -> [Table; LUT_GROUPS + 1] {
    [Table::EMPTY; LUT_GROUPS + 1]
}

/// What the sums of a chunk are added to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub(crate) enum Base {
    /// Nothing: the first chunk of the first plane.
    Zero = 0,
    /// What the accumulators hold: the further chunks.
    Sum = 1,
    /// Three times what they hold: the first chunk of the further planes, which weigh a third.
    Triple = 2,
}
