//! A line of text from a serial port: bounded, editable, checked.

use crate::prompt::PromptError;
use heapless::Vec;

/// What terminals send for Ctrl-D.
const END_OF_INPUT: u8 = 0x04;
const BACKSPACE: u8 = 0x08;
const DELETE: u8 = 0x7F;

/// A line of at most `N` bytes.
#[derive(Clone, Debug, Default)]
pub struct Line<const N: usize> {
    bytes: Vec<u8, N>,
    overflow: bool,
}

impl<const N: usize> Line<N> {
    /// An empty line.
    pub const fn new() -> Self {
        Self {
            bytes: Vec::new(),
            overflow: false,
        }
    }

    /// Takes bytes from `receive` up to the end of the line and returns it without that; nothing after Ctrl-D.
    /// What does not fit is read and dropped, so that the next line starts clean.
    ///
    /// # Errors
    /// [`PromptError::TooLong`] and [`PromptError::NotText`].
    pub fn read(&mut self, mut receive: impl FnMut() -> u8) -> Result<Option<&str>, PromptError> {
        self.bytes.clear();
        self.overflow = false;
        loop {
            match receive() {
                b'\r' | b'\n' => break,
                END_OF_INPUT => return Ok(None),
                BACKSPACE | DELETE => self.erase(),
                byte => self.overflow |= self.bytes.push(byte).is_err(),
            }
        }
        if self.overflow {
            return Err(PromptError::TooLong { max: N });
        }
        match core::str::from_utf8(&self.bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(PromptError::NotText),
        }
    }

    /// Takes back the last character: its first byte and the continuation bytes behind it.
    fn erase(&mut self) {
        while let Some(byte) = self.bytes.pop() {
            if byte & 0xC0 != 0x80 {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &[u8]) -> Result<Option<heapless::String<8>>, PromptError> {
        let mut bytes = input.iter().copied();
        let mut line = Line::<8>::new();
        let text = line.read(|| bytes.next().unwrap_or(END_OF_INPUT))?;
        Ok(text.and_then(|text| heapless::String::try_from(text).ok()))
    }

    #[test]
    fn a_line_is_bounded_edited_and_checked() {
        let text = |text| Ok(heapless::String::try_from(text).ok());
        assert_eq!(read(b"ROMEO:\r\n"), text("ROMEO:"));
        assert_eq!(read(b"12345678\n"), text("12345678"));
        assert_eq!(read(b"123456789\n"), Err(PromptError::TooLong { max: 8 }));
        assert_eq!(read("né\x7Fo\n".as_bytes()), text("no"));
        assert_eq!(read(b"\x08\x08\n"), text(""));
        assert_eq!(read(b"\xFF\n"), Err(PromptError::NotText));
        assert_eq!(read(b"half\x04"), Ok(None));
    }

    #[test]
    fn the_line_after_one_that_is_too_long_starts_clean() {
        let mut bytes = b"0123456789abcdef\nnext\n".iter().copied();
        let mut line = Line::<8>::new();
        let mut receive = || bytes.next().unwrap_or(END_OF_INPUT);
        assert!(line.read(&mut receive).is_err());
        assert_eq!(line.read(&mut receive), Ok(Some("next")));
    }
}
