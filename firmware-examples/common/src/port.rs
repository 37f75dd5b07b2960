//! Where text goes to and comes from.

use core::fmt;
use heapless::String;

/// A serial line or what stands for one.
pub trait Port: fmt::Write {
    /// Waits for what comes in next.
    fn receive(&mut self) -> Received;
}

/// What comes in by a [`Port`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Received {
    /// A byte.
    Byte(u8),
    /// Bytes came that were damaged or that nobody took in time.
    Lost,
    /// There will be no more. A real line has no end.
    End,
}

impl Received {
    /// A byte of an emulated line, on which Ctrl-Z is the end: QEMU keeps the end of its own input to itself.
    pub const fn emulated(byte: u8) -> Self {
        const CTRL_Z: u8 = 0x1A;
        match byte {
            CTRL_Z => Self::End,
            byte => Self::Byte(byte),
        }
    }
}

/// Collects text into lines, for loggers that write nothing less.
#[derive(Clone, Debug)]
pub struct Lines<F> {
    line: String<120>,
    print: F,
}

impl<F: FnMut(&str)> Lines<F> {
    /// Calls `print` for each line, without its end.
    pub const fn new(print: F) -> Self {
        Self {
            line: String::new(),
            print,
        }
    }
}

impl<F: FnMut(&str)> fmt::Write for Lines<F> {
    /// Breaks lines that are longer than the buffer.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            if character == '\n' {
                (self.print)(&self.line);
                self.line.clear();
            } else if self.line.push(character).is_err() {
                (self.print)(&self.line);
                self.line.clear();
                self.line.push(character).map_err(|_| fmt::Error)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use fmt::Write;
    use std::vec::Vec;

    #[test]
    fn text_arrives_in_lines_none_too_long() {
        let mut printed = Vec::new();
        let mut lines = Lines::new(|line: &str| printed.push(std::string::String::from(line)));
        lines.write_str("RO").unwrap();
        lines.write_str("MEO:\n\nBut").unwrap();
        lines.write_str(&"é".repeat(70)).unwrap();
        lines.write_str("\n").unwrap();
        let long = printed.split_off(2);
        assert_eq!(printed, ["ROMEO:", ""]);
        assert_eq!(long.concat(), std::format!("But{}", "é".repeat(70)));
        assert_eq!(long.len(), 2);
    }
}
