//! An emulated board that runs the program `messages`, asked line by line by its serial line.

use crate::firmware::Board;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Far longer than an answer takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);
/// The end of an emulated line.
const CTRL_Z: &[u8] = b"\x1A";

/// A board that is on.
#[derive(Debug)]
pub struct Station {
    name: &'static str,
    qemu: Child,
    input: ChildStdin,
    lines: Receiver<String>,
}

/// A board that does not do its part.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StationError {
    /// The emulator could not be started or talked to.
    #[error("{board}: {error}")]
    Io {
        /// The board.
        board: &'static str,
        /// Why.
        error: io::Error,
    },
    /// It stopped, or said nothing for a minute.
    #[error("{board} does not answer to \"{asked}\"")]
    Silent {
        /// The board.
        board: &'static str,
        /// The line that it was given.
        asked: String,
    },
    /// It wrote what nobody asked for, or failed.
    #[error("{board} ends with {exit:?} and these lines, instead of 0 and \"bye\": {lines:?}")]
    End {
        /// The board.
        board: &'static str,
        /// Its exit code; nothing where it went on.
        exit: Option<i32>,
        /// Its last lines.
        lines: Vec<String>,
    },
}

impl Station {
    /// Switches on a board whose serial line is its emulator's standard input and output. Waits for its greeting.
    ///
    /// # Errors
    /// [`StationError`].
    pub fn start(board: &Board, elf: &Path) -> Result<Self, StationError> {
        let io = |error| StationError::Io {
            board: board.name,
            error,
        };
        let machine = board.machine.filter(|machine| machine.serial);
        let machine = machine.ok_or_else(|| io(io::Error::other("has no emulated serial line")))?;
        let mut qemu = machine
            .command(elf, &[])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(io)?;
        let (Some(input), Some(output)) = (qemu.stdin.take(), qemu.stdout.take()) else {
            return Err(io(io::Error::other("no pipe")));
        };
        let (send, lines) = channel();
        thread::spawn(move || {
            let lines = BufReader::new(output).split(b'\n').map_while(Result::ok);
            for line in lines {
                let line = String::from_utf8_lossy(&line).into_owned();
                // Whoever no longer listens has its answer.
                let _ = send.send(line);
            }
        });
        let station = Self {
            name: board.name,
            qemu,
            input,
            lines,
        };
        station.line("")?;
        Ok(station)
    }

    fn line(&self, asked: &str) -> Result<String, StationError> {
        let line = self.lines.recv_timeout(LIMIT);
        line.map_err(|_| StationError::Silent {
            board: self.name,
            asked: asked.to_owned(),
        })
    }

    /// Gives the board a line and waits for its answer, without the time that it took.
    ///
    /// # Errors
    /// [`StationError`].
    pub fn ask(&mut self, line: &str) -> Result<Vec<String>, StationError> {
        let written = writeln!(self.input, "{line}").and_then(|()| self.input.flush());
        written.map_err(|error| StationError::Io {
            board: self.name,
            error,
        })?;
        let mut answer = Vec::new();
        loop {
            let said = self.line(line)?;
            // An answer ends with its time; one that refuses is a line.
            if said.starts_with("# ") {
                return Ok(answer);
            }
            let refused = answer.is_empty() && said.starts_with('[');
            answer.push(said);
            if refused {
                return Ok(answer);
            }
        }
    }

    /// Ends the program, which must not have said anything since its last answer.
    ///
    /// # Errors
    /// [`StationError`].
    pub fn end(mut self) -> Result<(), StationError> {
        // A board that has stopped does not listen; its exit code tells.
        let _ = self.input.write_all(CTRL_Z);
        let end = Instant::now() + LIMIT;
        let exit = loop {
            match self.qemu.try_wait() {
                Ok(Some(status)) => break status.code(),
                Ok(None) if Instant::now() < end => thread::sleep(Duration::from_millis(5)),
                _ => break None,
            }
        };
        let _ = self.qemu.kill();
        // Up to the end of its output.
        let lines: Vec<String> = self.lines.iter().collect();
        if exit == Some(0) && lines == ["bye"] {
            return Ok(());
        }
        Err(StationError::End {
            board: self.name,
            exit,
            lines,
        })
    }
}

impl Drop for Station {
    /// No emulator stays behind.
    fn drop(&mut self) {
        let _ = self.qemu.kill();
        let _ = self.qemu.wait();
    }
}
