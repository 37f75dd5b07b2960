//! Text as lines of defmt's log, input by semihosting.

use common::port::{Lines, Port, Received};
use core::fmt::{self, Write};
use semihosting::io::{self, Read, Stdin};

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
    fn receive(&mut self) -> Received {
        let mut byte = [0];
        match self.input.as_mut().map(|input| input.read(&mut byte)) {
            Ok(Ok(1)) => Received::emulated(byte[0]),
            // Where there is no input, its end is what was received.
            _ => Received::End,
        }
    }
}
