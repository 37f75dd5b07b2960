//! Text as lines of defmt's log, input by semihosting.

use common::port::{Lines, Port};
use core::fmt::{self, Write};
use semihosting::io::{self, Read, Stdin};

/// Ctrl-D: there is no more input.
const END_OF_INPUT: u8 = 0x04;

/// The log.
pub struct Log {
    lines: Lines<fn(&str)>,
    input: io::Result<Stdin>,
}

impl Log {
    /// The log, and the debugger's or emulator's standard input.
    pub fn new() -> Self {
        Self {
            lines: Lines::new(|line| defmt::println!("{=str}", line)),
            input: io::stdin(),
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self::new()
    }
}

impl Write for Log {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.lines.write_str(text)
    }
}

impl Port for Log {
    fn receive(&mut self) -> u8 {
        let mut byte = [END_OF_INPUT];
        // Where there is no input, its end is what was received.
        if let Ok(input) = &mut self.input {
            let _ = input.read(&mut byte);
        }
        byte[0]
    }
}
