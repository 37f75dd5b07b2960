//! A line of text from a serial port: bounded, editable, checked.

use crate::port::Received;
use crate::prompt::PromptError;
use heapless::Vec;

/// What terminals send for Ctrl-D.
const CTRL_D: u8 = 0x04;
const BACKSPACE: u8 = 0x08;
const DELETE: u8 = 0x7F;

/// Lines of at most `N` bytes, one at a time.
#[derive(Clone, Debug, Default)]
pub struct Line<const N: usize> {
    bytes: Vec<u8, N>,
    /// The last line ended in CR: a LF that comes next belongs to that end.
    after_cr: bool,
}

/// What stood on a line, or came instead of one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Input<'a> {
    /// The line, without its end.
    Text(&'a str),
    /// Ctrl-D; what stood before it is dropped.
    StartAfresh,
    /// There will be no more.
    End,
}

impl<const N: usize> Line<N> {
    /// An empty line.
    pub const fn new() -> Self {
        Self {
            bytes: Vec::new(),
            after_cr: false,
        }
    }

    /// Takes what `receive` brings up to the end of the line: CR, LF or both.
    /// What does not fit is read and dropped, so that the next line starts clean.
    ///
    /// # Errors
    /// [`PromptError::Lost`], [`PromptError::TooLong`] and [`PromptError::NotText`], in this order.
    pub fn read(
        &mut self,
        mut receive: impl FnMut() -> Received,
    ) -> Result<Input<'_>, PromptError> {
        self.bytes.clear();
        let (mut lost, mut overflow) = (false, false);
        loop {
            let after_cr = core::mem::take(&mut self.after_cr);
            match receive() {
                Received::Byte(b'\n') if after_cr => {}
                Received::Byte(end @ (b'\r' | b'\n')) => {
                    self.after_cr = end == b'\r';
                    break;
                }
                Received::Byte(CTRL_D) => return Ok(Input::StartAfresh),
                Received::Byte(BACKSPACE | DELETE) => self.erase(),
                Received::Byte(byte) => overflow |= self.bytes.push(byte).is_err(),
                Received::Lost => lost = true,
                Received::End => return Ok(Input::End),
            }
        }
        if lost {
            return Err(PromptError::Lost);
        }
        if overflow {
            return Err(PromptError::TooLong { max: N });
        }
        match core::str::from_utf8(&self.bytes) {
            Ok(text) => Ok(Input::Text(text)),
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

/// Whether `text` is a command to a modem, such as `AT`, `ATI1` or `AT+GCAP`: Linux's ModemManager sends these to each
/// serial port that appears. `ATTENDANT:` is none.
pub fn is_modem_command(text: &str) -> bool {
    match text.strip_prefix("AT").map(str::as_bytes) {
        Some([] | [b'+' | b'&' | b'#' | b'^' | b'$' | b'%' | b'*', ..]) => true,
        Some([first, rest @ ..]) => {
            let more = rest.first().copied().unwrap_or(b'0');
            first.is_ascii_uppercase() && more.is_ascii_digit()
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes, then the end.
    fn source(input: &[u8]) -> impl FnMut() -> Received {
        let mut bytes = input.iter().copied();
        move || bytes.next().map_or(Received::End, Received::Byte)
    }

    #[test]
    fn a_line_is_bounded_edited_and_checked() {
        let read = |input: &[u8], expected| {
            assert_eq!(Line::<8>::new().read(source(input)), expected);
        };
        read(b"12345678\n", Ok(Input::Text("12345678")));
        read(b"123456789\n", Err(PromptError::TooLong { max: 8 }));
        read("né\x7Fo\n".as_bytes(), Ok(Input::Text("no")));
        read(b"\x08\x08\n", Ok(Input::Text("")));
        read(b"\xFF\n", Err(PromptError::NotText));
        read(b"half\x04", Ok(Input::StartAfresh));
        read(b"half", Ok(Input::End));
    }

    #[test]
    fn the_line_after_one_that_is_too_long_starts_clean() {
        let mut receive = source(b"0123456789abcdef\nnext\n");
        let mut line = Line::<8>::new();
        assert!(line.read(&mut receive).is_err());
        assert_eq!(line.read(&mut receive), Ok(Input::Text("next")));
    }

    #[test]
    fn cr_lf_is_one_end_of_line() {
        let mut receive = source(b"a\r\nb\rc\n\nd\r\r\n");
        let mut line = Line::<8>::new();
        for expected in ["a", "b", "c", "", "d", ""] {
            assert_eq!(line.read(&mut receive), Ok(Input::Text(expected)));
        }
        assert_eq!(line.read(&mut receive), Ok(Input::End));
    }

    #[test]
    fn a_lost_byte_is_no_encoding_error() {
        let bytes = [0xC3, b'\n'].map(Received::Byte);
        let mut receive = [bytes[0], Received::Lost, bytes[1]].into_iter();
        let mut line = Line::<8>::new();
        let result = line.read(|| receive.next().unwrap_or(Received::End));
        assert_eq!(result, Err(PromptError::Lost));
    }

    #[test]
    fn a_modem_s_commands_are_known() {
        for text in [
            "AT",
            "ATI",
            "ATI1",
            "ATE0",
            "ATQ0 V1 E1 S0=0",
            "AT+GCAP",
            "AT&F",
        ] {
            assert!(is_modem_command(text), "{text}");
        }
        for text in ["ATTENDANT:", "At", "A", "", "AT LAST", "ROMEO:", "ATé"] {
            assert!(!is_modem_command(text), "{text}");
        }
    }
}
