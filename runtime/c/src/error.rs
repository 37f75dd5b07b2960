//! Error numbers and their sentences.
#![allow(unsafe_code)]

use core::ffi::{CStr, c_char};
use runtime::codec::CodecError;

/// What went wrong. Functions return these numbers, which are negative, or a length, which is not.
#[repr(i32)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(non_camel_case_types, clippy::upper_case_acronyms)]
pub enum Error {
    /// A pointer is null.
    AUTARKY_NULL = -1,
    /// The session was not opened, or its memory was overwritten.
    AUTARKY_NOT_OPEN = -2,
    /// No model file, or a damaged one.
    AUTARKY_NOT_A_MODEL = -3,
    /// The state is smaller than autarky_state_size says.
    AUTARKY_STATE_TOO_SMALL = -4,
    /// An output has too little room.
    AUTARKY_OUTPUT_TOO_SMALL = -5,
    /// The text is not UTF-8.
    AUTARKY_NOT_UTF8 = -6,
    /// The model has no token for a character of the text, and no escape token.
    AUTARKY_UNKNOWN_CHARACTER = -7,
    /// This machine computes other logits than the one that wrote the file.
    AUTARKY_SELF_TEST_FAILED = -9,
    /// The file prescribes no self-test: export the model again.
    AUTARKY_NO_SELF_TEST = -10,
    /// The packet is damaged, or of another model.
    AUTARKY_DAMAGED_PACKET = -11,
    /// The packet's frame names another model.
    AUTARKY_OTHER_MODEL = -12,
    /// The packet's frame is not one that this version knows.
    AUTARKY_OTHER_KIND = -13,
    /// An input is longer than 2,147,483,646 bytes.
    AUTARKY_TOO_LONG = -14,
    /// An input and an output of one call share bytes.
    AUTARKY_OVERLAP = -15,
    /// A call of this session is at work: a function of autarky_between called it.
    AUTARKY_BUSY = -16,
}

impl Error {
    const ALL: [(Self, &'static CStr); 15] = [
        (Self::AUTARKY_NULL, c"a pointer is null"),
        (
            Self::AUTARKY_NOT_OPEN,
            c"the session was not opened, or its memory was overwritten",
        ),
        (
            Self::AUTARKY_NOT_A_MODEL,
            c"this is no model file, or a damaged one",
        ),
        (
            Self::AUTARKY_STATE_TOO_SMALL,
            c"the state is too small: autarky_state_size() says how many bytes the model needs",
        ),
        (
            Self::AUTARKY_OUTPUT_TOO_SMALL,
            c"the output has too little room",
        ),
        (Self::AUTARKY_NOT_UTF8, c"the text is not UTF-8"),
        (
            Self::AUTARKY_UNKNOWN_CHARACTER,
            c"the model does not know a character of the text",
        ),
        (
            Self::AUTARKY_SELF_TEST_FAILED,
            c"this machine computes other logits than the one that wrote the model file",
        ),
        (
            Self::AUTARKY_NO_SELF_TEST,
            c"the model file prescribes no self-test: export the model again",
        ),
        (
            Self::AUTARKY_DAMAGED_PACKET,
            c"the packet is damaged, or of another model: both sides need the same model file",
        ),
        (
            Self::AUTARKY_OTHER_MODEL,
            c"the packet is of another model: both sides need the same model file",
        ),
        (
            Self::AUTARKY_OTHER_KIND,
            c"the packet is of a kind that this version does not read, or has no frame",
        ),
        (
            Self::AUTARKY_TOO_LONG,
            c"an input is longer than 2,147,483,646 bytes",
        ),
        (
            Self::AUTARKY_OVERLAP,
            c"the input and the output share bytes: give them memory of their own",
        ),
        (
            Self::AUTARKY_BUSY,
            c"a call of this session is at work: call it when that one has returned",
        ),
    ];
}

impl From<CodecError> for Error {
    fn from(error: CodecError) -> Self {
        match error {
            CodecError::OutputTooSmall { .. } => Self::AUTARKY_OUTPUT_TOO_SMALL,
            CodecError::OtherModel { .. } => Self::AUTARKY_OTHER_MODEL,
            CodecError::OtherKind { .. } => Self::AUTARKY_OTHER_KIND,
            _ => Self::AUTARKY_DAMAGED_PACKET,
        }
    }
}

/// Turns a result into what C sees: the number, or the error's.
pub(crate) fn number(result: Result<usize, Error>) -> i32 {
    match result {
        Ok(value) => i32::try_from(value).unwrap_or(i32::MAX),
        Err(error) => error as i32,
    }
}

/// The sentence of an error number, which ends with a zero; never null.
#[unsafe(no_mangle)]
pub extern "C" fn autarky_strerror(error: i32) -> *const c_char {
    let known = Error::ALL.iter().find(|(known, _)| *known as i32 == error);
    let other = if error < 0 {
        c"an unknown error"
    } else {
        c"no error"
    };
    known.map_or(other, |(_, sentence)| sentence).as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_a_sentence_and_a_number_of_its_own() {
        let mut seen = 0;
        for (error, sentence) in Error::ALL {
            assert!((error as i32) < seen, "{error:?} is out of order");
            seen = error as i32;
            assert!(sentence.to_str().is_ok_and(|s| s.len() > 10));
        }
    }
}
