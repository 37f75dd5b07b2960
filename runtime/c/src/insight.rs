//! What the model expects, what a text costs, and what a model is.
#![allow(unsafe_code)]

use crate::error::{Error, number};
use crate::session::{Handle, input, of, output};
use crate::text::{AUTARKY_PIECE_BYTES, begin};
use core::ffi::{c_char, c_void};
use runtime::Logits;
use runtime::codec::Costs;

/// A part of a text and what it costs in a packet.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Bytes of the text; 0 for its end.
    pub bytes: u32,
    /// 65,536ths of a bit.
    pub bits: u32,
}

/// A piece of text that may come next.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// The minus logarithm to base 2 of its probability, in 65,536ths of a bit.
    pub bits: u32,
    /// Its text, which ends with a zero; empty for the end of a document.
    pub utf8: [c_char; AUTARKY_PIECE_BYTES],
}

/// What a model is. Later versions may add fields behind these.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// What names the file in other formats.
    pub id: u32,
    /// Bytes of RAM that the engine works in, without the session around it.
    pub ram: u32,
    /// Steps of the self-test, each with as many logits as there are tokens; 0 for none.
    pub self_test_steps: u16,
    /// Tokens.
    pub vocab_size: u16,
    /// Tokens that attention sees.
    pub context: u16,
    /// Layers.
    pub layers: u16,
    /// Channels of the residual stream.
    pub d_model: u16,
    /// Channels of the MLP's hidden layer.
    pub d_ff: u16,
    /// Query heads.
    pub heads: u16,
    /// Key and value heads.
    pub kv_heads: u16,
    /// Trits of a weight of the layers.
    pub weight_trits: u16,
    /// 1 where a document has an end, so that a text can begin without a prompt.
    pub has_end: u16,
}

/// Bytes of the facts of the first version, which every program has room for.
const LEAST_FACTS: usize = 28;
const _: () = assert!(size_of::<Facts>() >= LEAST_FACTS);

/// What each part of `len` bytes of text costs in a packet, its end last: the number of parts, at most `len` + 1, or an error's
/// number. Forgets the text so far.
///
/// # Safety
/// `session` must be null or what autarky_open gave, `text` null or point to `len` bytes, `parts` null or to room for `cap` parts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn autarky_bits(
    session: *mut Handle,
    text: *const c_void,
    len: usize,
    parts: *mut Part,
    cap: usize,
) -> i32 {
    // SAFETY: by this function's contract.
    let session = unsafe { of(session) };
    number(session.and_then(|mut session| {
        // SAFETY: by this function's contract.
        let text = unsafe { input(text, len) }?;
        let parts = checked(parts)?;
        let mut between = session.between();
        let mut costs = Costs::new(&mut session.engine, text);
        let mut count = 0;
        while let Some(cost) = costs.next_cost(&mut between) {
            if count == cap {
                session.engine.reset();
                return Err(Error::AUTARKY_OUTPUT_TOO_SMALL);
            }
            let part = Part {
                bytes: cost.bytes as u32,
                bits: cost.bits,
            };
            // SAFETY: not null, and room for `cap` parts by this function's contract.
            unsafe { parts.wrapping_add(count).write(part) };
            count += 1;
        }
        session.engine.reset();
        Ok(count)
    }))
}

/// The pieces that the model expects next, the most probable one first, as it is: autarky_sampling changes nothing here. Their
/// number, at most `cap`, or an error's.
///
/// # Safety
/// `session` must be null or what autarky_open gave, `candidates` null or point to room for `cap` of them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn autarky_top(
    session: *mut Handle,
    candidates: *mut Candidate,
    cap: usize,
) -> i32 {
    // SAFETY: by this function's contract.
    let session = unsafe { of(session) };
    number(session.and_then(|mut session| {
        let candidates = checked(candidates)?;
        let mut between = session.between();
        begin(&mut session.engine, &mut between);
        while session.engine.advance() {
            between();
        }
        session.engine.finish();
        let tokenizer = session.engine.model().tokenizer();
        let logits = session.engine.logits();
        let mut count = 0;
        // The escape is the last token and no piece.
        let pieces = Logits::new(logits)
            .top(logits.len())
            .filter(|&(token, _)| tokenizer.escape() != Some(token));
        for (token, bits) in pieces.take(cap) {
            let mut candidate = Candidate {
                bits,
                utf8: [0; AUTARKY_PIECE_BYTES],
            };
            let text = tokenizer.decode(token).unwrap_or_default();
            for (place, &byte) in candidate.utf8.iter_mut().zip(text.as_bytes()) {
                *place = byte as c_char;
            }
            // SAFETY: not null, and room for `cap` by this function's contract.
            unsafe { candidates.wrapping_add(count).write(candidate) };
            count += 1;
        }
        Ok(count)
    }))
}

/// What the model of a session is. `size` is sizeof(autarky_facts_t): a program with a newer header than the library gets zeros
/// in the fields that the library does not know. The number of bytes that it does know, at most `size`, or an error's number.
///
/// # Safety
/// `session` must be null or what autarky_open gave, `facts` null or point to `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn autarky_facts(
    session: *mut Handle,
    facts: *mut Facts,
    size: usize,
) -> i32 {
    // SAFETY: by this function's contract.
    let session = unsafe { of(session) };
    number(session.and_then(|session| {
        let facts = checked(facts)?.cast::<c_void>();
        if size < LEAST_FACTS {
            return Err(Error::AUTARKY_OUTPUT_TOO_SMALL);
        }
        let model = session.engine.model();
        let dims = model.dims();
        let found = Facts {
            id: model.id(),
            ram: model.plan().ram() as u32,
            self_test_steps: model.self_test().steps,
            vocab_size: dims.vocab_size,
            context: dims.context,
            layers: dims.layers,
            d_model: dims.d_model,
            d_ff: dims.d_ff,
            heads: dims.heads,
            kv_heads: dims.kv_heads,
            weight_trits: dims.weight_trits.into(),
            has_end: model.tokenizer().end().is_some().into(),
        };
        let known = size.min(size_of::<Facts>());
        // SAFETY: room for `size` bytes by this function's contract.
        unsafe { output(facts, size) }?;
        // SAFETY: as above; facts are integers without a gap, and `known` is no more than they or their room.
        unsafe { facts.copy_from((&raw const found).cast(), known) };
        Ok(known)
    }))
}

fn checked<T>(place: *mut T) -> Result<*mut T, Error> {
    if place.is_null() {
        Err(Error::AUTARKY_NULL)
    } else {
        Ok(place)
    }
}
