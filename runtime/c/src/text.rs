//! Prompt, next piece, sampling, self-test.
#![allow(unsafe_code)]

use crate::error::{Error, number};
use crate::session::{Handle, Session, input, of, output};
use core::ffi::{c_char, c_void};
use formats::tokenizer::MAX_PIECE_BYTES;
use runtime::selftest::self_test;
use runtime::{Engine, Generate, Sampler, Sampling};

/// Room for the longest piece of text and a zero behind it.
pub const AUTARKY_PIECE_BYTES: usize = 33;
const _: () = assert!(AUTARKY_PIECE_BYTES == MAX_PIECE_BYTES + 1);

/// How to choose the next token.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The same seed gives the same text on every machine.
    pub seed: u64,
    /// Hundredths: 100 is the model's own distribution, 0 takes the most probable token.
    pub temperature: u16,
    /// Keep so many most probable tokens; 0 keeps all.
    pub top_k: u16,
    /// Keep the most probable tokens up to this percentage of the probability; 100 keeps all.
    pub top_p: u8,
    /// Keep tokens at least this percentage as probable as the most probable one; 0 keeps all.
    pub min_p: u8,
    /// Taken from the logits of the last 64 tokens, in sixteenths of a bit; 0 for none.
    pub repetition_penalty: u16,
}

/// Sets how tokens are chosen from here on. Without it: the model's own distribution, seed 1. 0, or an error's number.
///
/// # Safety
/// `session` must be null or what autarky_open gave, `settings` null or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn autarky_sampling(session: *mut Handle, settings: *const Settings) -> i32 {
    // SAFETY: by this function's contract.
    let session = unsafe { of(session) };
    number(session.and_then(|mut session| {
        // SAFETY: by this function's contract.
        let settings = unsafe { settings.as_ref() }.ok_or(Error::AUTARKY_NULL)?;
        let sampling = Sampling {
            temperature: settings.temperature,
            top_k: settings.top_k,
            top_p: settings.top_p,
            min_p: settings.min_p,
            repetition_penalty: settings.repetition_penalty,
            ..Sampling::DEFAULT
        };
        session.sampler = Sampler::new(sampling, settings.seed);
        Ok(0)
    }))
}

/// Whether this machine computes what the trainer's computed, bit for bit: the number of steps that were compared, or an
/// error's number. Forgets the text so far.
///
/// # Safety
/// `session` must be null or what autarky_open gave.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn autarky_self_test(session: *mut Handle) -> i32 {
    // SAFETY: by this function's contract.
    let session = unsafe { of(session) };
    number(
        session.and_then(|mut session| match self_test(&mut session.engine) {
            Ok(0) => Err(Error::AUTARKY_NO_SELF_TEST),
            Ok(steps) => Ok(steps.into()),
            Err(_) => Err(Error::AUTARKY_SELF_TEST_FAILED),
        }),
    )
}

/// Reads text, which goes on behind what was read or generated before: the number of its tokens, or an error's number, in which
/// case nothing was read.
///
/// # Safety
/// `session` must be null or what autarky_open gave, `utf8` null or point to `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn autarky_prompt(
    session: *mut Handle,
    utf8: *const c_char,
    len: usize,
) -> i32 {
    // SAFETY: by this function's contract.
    let session = unsafe { of(session) };
    number(session.and_then(|mut session| {
        // SAFETY: by this function's contract.
        let text = unsafe { input(utf8.cast::<c_void>(), len) }?;
        let text = core::str::from_utf8(text).map_err(|_| Error::AUTARKY_NOT_UTF8)?;
        read(&mut session, text)
    }))
}

fn read(session: &mut Session, text: &str) -> Result<usize, Error> {
    let mut between = session.between();
    let count = session.engine.model().tokenizer().encode(text).count();
    let sampler = session.sampler.clone();
    let mut generate = Generate::resume_text(&mut session.engine, text, sampler)
        .map_err(|_| Error::AUTARKY_UNKNOWN_CHARACTER)?;
    while generate.read_prompt() {
        between();
    }
    session.sampler = generate.into_sampler();
    Ok(count)
}

/// Begins a text where there is none to go on from, as [`Generate`] does behind an empty prompt.
pub(crate) fn begin(engine: &mut Engine<'_, '_>, mut between: impl FnMut()) {
    let start = engine.model().tokenizer().start();
    if !engine.has_context() && engine.start(start).is_ok() {
        while engine.advance() {
            between();
        }
    }
}

/// Writes the next piece of text, which ends with a zero, to `utf8`, which must have room for AUTARKY_PIECE_BYTES: its length without
/// the zero, 0 at the end of a document, or an error's number. A model without an end never gives 0.
///
/// # Safety
/// `session` must be null or what autarky_open gave, `utf8` null or point to `cap` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn autarky_next(session: *mut Handle, utf8: *mut c_char, cap: usize) -> i32 {
    // SAFETY: by this function's contract.
    let session = unsafe { of(session) };
    number(session.and_then(|mut session| {
        // SAFETY: by this function's contract.
        let out = unsafe { output(utf8.cast::<c_void>(), cap) }?;
        next(&mut session, out)
    }))
}

fn next(session: &mut Session, out: &mut [u8]) -> Result<usize, Error> {
    if out.len() < AUTARKY_PIECE_BYTES {
        return Err(Error::AUTARKY_OUTPUT_TOO_SMALL);
    }
    let between = session.between();
    let sampler = session.sampler.clone();
    let mut generate = Generate::resume_text(&mut session.engine, "", sampler)
        .map_err(|_| Error::AUTARKY_UNKNOWN_CHARACTER)?;
    let piece = generate.next_piece(between).unwrap_or_default().as_bytes();
    session.sampler = generate.into_sampler();
    for (place, &byte) in out.iter_mut().zip(piece.iter().chain(&[0])) {
        *place = byte;
    }
    Ok(piece.len())
}
