//! Partitions for models: where a program expects them, and what puts a model there.

use crate::flash::{Contents, PlaceError};
use formats::{Model, ParseError};
use object::{Object, ObjectSymbol};
use std::ops::Range;

/// A partition of a board's flash.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Slot {
    /// Asked first: the place of a new model.
    A,
    /// Asked where A has no model that can run.
    B,
}

impl Slot {
    /// Its name in files and symbols.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
        }
    }
}

/// Why no file puts a model into a partition.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PartitionError {
    /// The program reads no partitions.
    #[error("the program has no symbol {symbol}: its linker script, partitions.x, defines it")]
    NoPartitions {
        /// What is missing.
        symbol: String,
    },
    /// This is no ELF file.
    #[error(transparent)]
    Elf(#[from] object::read::Error),
    /// This is no model that a board could run.
    #[error(transparent)]
    Model(#[from] ParseError),
    /// The file is larger than the partition.
    #[error("the model has {need} bytes, partition {slot:?} of this board {have}")]
    TooLarge {
        /// Which one.
        slot: Slot,
        /// The model file's bytes.
        need: usize,
        /// The partition's bytes.
        have: usize,
    },
    /// The model would lie where the program does.
    #[error(transparent)]
    Place(#[from] PlaceError),
}

/// The addresses of a partition, by the symbols of a program's ELF file.
///
/// # Errors
/// [`PartitionError::NoPartitions`] and [`PartitionError::Elf`].
pub fn addresses(elf: &[u8], slot: Slot) -> Result<Range<u32>, PartitionError> {
    let elf = object::File::parse(elf)?;
    let address = |end: &str| {
        let name = format!("_model_{}_{end}", slot.name());
        let symbol = elf.symbol_by_name(&name);
        symbol
            .map(|symbol| symbol.address() as u32)
            .ok_or(PartitionError::NoPartitions { symbol: name })
    };
    Ok(address("start")?..address("end")?)
}

/// What puts `model`, a whole model file, at the start of a partition of the program in `elf`.
///
/// # Errors
/// [`PartitionError`]: a damaged model does not reach a board.
pub fn contents(elf: &[u8], slot: Slot, model: &[u8]) -> Result<Contents, PartitionError> {
    Model::parse(model)?;
    place(elf, slot, model)
}

/// [`contents`] of any bytes, for tests of what a program does with a damaged model.
///
/// # Errors
/// Those of [`contents`], save the model's.
pub fn place(elf: &[u8], slot: Slot, bytes: &[u8]) -> Result<Contents, PartitionError> {
    let addresses = addresses(elf, slot)?;
    if bytes.len() > addresses.len() {
        return Err(PartitionError::TooLarge {
            slot,
            need: bytes.len(),
            have: addresses.len(),
        });
    }
    let mut contents = Contents::default();
    contents.place(addresses.start, bytes)?;
    Ok(contents)
}
