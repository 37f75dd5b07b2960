//! Messages as packets and back: `docs/messages.md`.
#![allow(unsafe_code)]

use crate::error::number;
use crate::session::{Handle, apart, input, of, output};
use core::ffi::c_void;
use runtime::codec::{Compress, Decompress, Forecast};

/// Compresses `len` bytes of text into a packet: the packet's length, at most `len` + 1, or an error's number. With
/// `framed` other than 0, one byte in front names the model. Forgets the text so far.
///
/// # Safety
/// `session` must be null or what autarky_open gave, `text` null or point to `len` bytes, `packet` null or point to `cap` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn autarky_compress(
    session: *mut Handle,
    text: *const c_void,
    len: usize,
    packet: *mut c_void,
    cap: usize,
    framed: i32,
) -> i32 {
    // In front of `output`, which clears.
    if let Err(error) = apart((text, len), (packet, cap)) {
        return error as i32;
    }
    // SAFETY: by this function's contract.
    let session = unsafe { of(session) };
    number(session.and_then(|mut session| {
        // SAFETY: by this function's contract, and as checked.
        let (text, packet) = unsafe { (input(text, len)?, output(packet, cap)?) };
        let mut between = session.between();
        let compress = match framed {
            0 => Compress::new(&mut session.engine, text, packet),
            _ => Compress::framed(&mut session.engine, text, packet),
        };
        let length = compress.finish(&mut between);
        session.engine.reset();
        Ok(length?)
    }))
}

/// The text of a packet of autarky_compress with the same model and the same `framed`: its length, or an error's number. Forgets
/// the text so far.
///
/// # Safety
/// `session` must be null or what autarky_open gave, `packet` null or point to `len` bytes, `text` null or point to `cap` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn autarky_decompress(
    session: *mut Handle,
    packet: *const c_void,
    len: usize,
    text: *mut c_void,
    cap: usize,
    framed: i32,
) -> i32 {
    // In front of `output`, which clears.
    if let Err(error) = apart((packet, len), (text, cap)) {
        return error as i32;
    }
    // SAFETY: by this function's contract.
    let session = unsafe { of(session) };
    number(session.and_then(|mut session| {
        // SAFETY: by this function's contract, and as checked.
        let (packet, text) = unsafe { (input(packet, len)?, output(text, cap)?) };
        let mut between = session.between();
        // A frame that is refused leaves no text either.
        session.engine.reset();
        let decompress = match framed {
            0 => Decompress::new(&mut session.engine, packet, text),
            _ => Decompress::framed(&mut session.engine, packet, text)?,
        };
        let length = decompress.finish(&mut between);
        session.engine.reset();
        Ok(length?)
    }))
}

/// How long the packet of `len` bytes of text would be, or an error's number; without a frame. Forgets the text so far.
///
/// # Safety
/// `session` must be null or what autarky_open gave, `text` null or point to `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn autarky_forecast(
    session: *mut Handle,
    text: *const c_void,
    len: usize,
) -> i32 {
    // SAFETY: by this function's contract.
    let session = unsafe { of(session) };
    number(session.and_then(|mut session| {
        // SAFETY: by this function's contract.
        let text = unsafe { input(text, len) }?;
        let mut between = session.between();
        let mut forecast = Forecast::new(&mut session.engine, &mut between);
        forecast.push(text, &mut between);
        let bytes = forecast.bytes();
        session.engine.reset();
        Ok(bytes)
    }))
}
