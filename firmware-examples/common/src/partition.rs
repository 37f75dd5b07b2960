//! A model as a second file: it lies in a partition of flash of its own and is replaced without building the program anew.
//!
//! The partitions are asked in turn: the first one whose model is undamaged and fits the RAM is taken, and the program says
//! which one and why. A new model goes to A; where it was cut off on its way, B's answers.

use crate::port::Port;
use crate::{chat, model, selftest};
use bytemuck::cast_slice_mut;
use formats::fit::{Board, Fit, PROGRAM_FLASH, PROGRAM_RAM};
use formats::{Header, MemoryPlan, Model, Parse, ParseError};
use runtime::state::Buffers;
use runtime::{Engine, State};
use static_cell::StaticCell;

/// The memory of whichever model is found: `WORDS` i32, which the model's plan divides, and `TABLES` lookup tables.
pub type Memory<const WORDS: usize, const TABLES: usize> = State<WORDS, 0, 0, TABLES>;

/// Bytes that are checked at once, and by which an empty partition is known.
const PIECE: usize = 4096;

/// A part of flash that can hold a model.
#[derive(Clone, Copy, Debug)]
pub struct Partition {
    /// What it is called.
    pub name: char,
    /// All of it: behind the model's end may be anything.
    pub bytes: &'static [u8],
}

/// The partitions A and B where the linker script of the program says that they are.
#[macro_export]
macro_rules! linked_partitions {
    () => {{
        unsafe extern "C" {
            static _model_a_start: u8;
            static _model_a_end: u8;
            static _model_b_start: u8;
            static _model_b_end: u8;
        }
        let partition = |name, start: *const u8, end: *const u8| $crate::partition::Partition {
            name,
            // SAFETY: between the two symbols lies flash, by the linker script, and nothing writes to flash while the
            // program runs.
            bytes: unsafe { ::core::slice::from_raw_parts(start, end.addr() - start.addr()) },
        };
        [
            partition('A', &raw const _model_a_start, &raw const _model_a_end),
            partition('B', &raw const _model_b_start, &raw const _model_b_end),
        ]
    }};
}

/// Why a partition has no model that can run.
#[derive(Clone, Copy, PartialEq, Debug, thiserror::Error)]
pub enum Refused {
    /// Erased flash.
    #[error("nothing there")]
    Empty,
    /// A damaged model, or something else.
    #[error("{0}")]
    Damaged(#[from] ParseError),
    /// A model for a larger board.
    #[error("{}", .0.sentence().as_str())]
    TooLarge(Fit),
}

/// Chats with the model of the first partition that has one, once its self-test has passed.
///
/// # Panics
/// The second time.
#[inline(never)]
pub fn run<const WORDS: usize, const TABLES: usize>(
    partitions: &[Partition],
    port: &mut impl Port,
    memory: &'static mut Memory<WORDS, TABLES>,
) {
    static ENGINE: StaticCell<Engine<'static, 'static>> = StaticCell::new();
    if let Some(engine) = engine(partitions, port, memory, &ENGINE)
        && selftest::run(engine, port)
    {
        chat::run(engine, port);
    }
}

/// An engine for the model of the first partition that has one; what is found where goes to `port`.
fn engine<const WORDS: usize, const TABLES: usize>(
    partitions: &[Partition],
    port: &mut impl Port,
    memory: &'static mut Memory<WORDS, TABLES>,
    cell: &'static StaticCell<Engine<'static, 'static>>,
) -> Option<&'static mut Engine<'static, 'static>> {
    let model = choose(partitions, port, memory_bytes::<WORDS>())?;
    let Buffers { words, tables, .. } = memory.buffers();
    // What fits has its buffers.
    let buffers = divide(words, &model.plan()).map(|buffers| Buffers { tables, ..buffers })?;
    Some(model::assemble(cell, model, buffers))
}

/// Bytes of RAM for a model's state as [`MemoryPlan::ram`] counts them: with the least number of tables.
const fn memory_bytes<const WORDS: usize>() -> usize {
    WORDS * size_of::<i32>() + size_of_val(&runtime::state::default_tables())
}

/// The model of the first partition that has one which `ram` bytes are enough for.
fn choose(partitions: &[Partition], port: &mut impl Port, ram: usize) -> Option<Model<'static>> {
    for &Partition { name, bytes } in partitions {
        // A port that cannot be written to has nowhere to say so.
        let _ = match check(bytes, ram) {
            Ok((model, length)) => {
                let ram = model.plan().ram();
                let _ = writeln!(
                    port,
                    "model {name}: {length} bytes, and {ram} of RAM: taken"
                );
                return Some(model);
            }
            Err(refused) => writeln!(port, "model {name}: {refused}"),
        };
    }
    let _ = port.write_str("there is no model to run: copy one to a partition\n");
    None
}

/// The model at the start of a partition, when `ram` bytes are enough for it, and the length of its file in bytes. What
/// follows it is not looked at.
///
/// # Errors
/// [`Refused`].
pub fn check(bytes: &[u8], ram: usize) -> Result<(Model<'_>, usize), Refused> {
    if is_erased(bytes) {
        return Err(Refused::Empty);
    }
    let header = Header::read(bytes)?;
    let room = Board {
        name: "a partition",
        core: "any",
        flash: bytes.len() + PROGRAM_FLASH,
        ram: ram + PROGRAM_RAM,
    };
    let fit = room.fit(&header.dims, header.file_bytes());
    if matches!(fit, Fit::Ram { .. }) {
        return Err(Refused::TooLarge(fit));
    }
    let mut parse = Parse::prefix(bytes)?;
    loop {
        // A program with a watchdog feeds it here.
        if let Some(model) = parse.advance(PIECE)? {
            return Ok((model, parse.file_bytes()));
        }
    }
}

/// Flash is erased to ones; an emulator's memory starts as zeros.
fn is_erased(bytes: &[u8]) -> bool {
    let start = bytes.get(..PIECE).unwrap_or(bytes);
    [0xFF, 0x00]
        .iter()
        .any(|erased| start.iter().all(|byte| byte == erased))
}

/// The plan's buffers, one behind the other in `words`, and no tables; nothing when it is too small.
fn divide<'s>(words: &'s mut [i32], plan: &MemoryPlan) -> Option<Buffers<'s>> {
    let (words, rest) = words.split_at_mut_checked(plan.words())?;
    let (bytes, cache) = cast_slice_mut::<_, u8>(rest).split_at_mut_checked(plan.bytes())?;
    Some(Buffers {
        words,
        bytes: cast_slice_mut(bytes),
        cache: cache.get_mut(..plan.kv_cache)?,
        tables: &mut [],
    })
}
