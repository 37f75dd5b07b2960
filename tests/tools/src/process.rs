//! Runs a program to its end: feeds it, and drains both of its outputs at the same time.

use std::io::{self, Read, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How often a running program is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// What a program left behind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finished {
    /// What it wrote to standard output.
    pub output: Vec<u8>,
    /// What it wrote to standard error.
    pub errors: Vec<u8>,
    /// Its exit code; nothing when it was stopped, by a signal or at the end of its time.
    pub exit: Option<i32>,
}

/// Runs `command` with `input` as its standard input until it exits or `limit` is over, when it is killed.
///
/// Whatever the sizes of input and outputs, no pipe stands still: a thread for each.
///
/// # Errors
/// When the program cannot be started, waited for or killed. One that does not read its input is no error.
pub fn run(command: &mut Command, input: &[u8], limit: Duration) -> io::Result<Finished> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        // A program that does not listen closes the pipe: its outputs tell.
        scope.spawn(move || stdin.is_some_and(|mut stdin| stdin.write_all(input).is_ok()));
        let output = scope.spawn(move || drain(stdout));
        let errors = scope.spawn(move || drain(stderr));
        let end = Instant::now() + limit;
        let exit = loop {
            if let Some(status) = child.try_wait()? {
                break status.code();
            }
            if Instant::now() >= end {
                child.kill()?;
                child.wait()?;
                break None;
            }
            thread::sleep(LOOK);
        };
        Ok(Finished {
            output: output.join().unwrap_or_default(),
            errors: errors.join().unwrap_or_default(),
            exit,
        })
    })
}

fn drain(pipe: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A pipe that breaks has given what it had.
    let _ = pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Longer than any test takes.
    const LIMIT: Duration = Duration::from_secs(60);

    fn shell(script: &str, input: &[u8], limit: Duration) -> Finished {
        run(Command::new("sh").args(["-c", script]), input, limit).unwrap()
    }

    /// Far more than a pipe holds, in all three directions at once: feeding first, or reading one output first, never ends.
    #[test]
    fn a_program_that_writes_much_to_both_outputs_while_it_reads_ends() {
        let input = vec![b'x'; 1 << 20];
        let finished = shell("exec tee /dev/stderr", &input, LIMIT);
        assert_eq!(finished.exit, Some(0));
        assert!(finished.output == input && finished.errors == input);
    }

    #[test]
    fn a_program_that_does_not_read_is_no_error() {
        let finished = shell("echo out; echo err >&2; exit 7", &[0; 1 << 20], LIMIT);
        assert_eq!(finished.exit, Some(7));
        assert_eq!(
            (&finished.output[..], &finished.errors[..]),
            (&b"out\n"[..], &b"err\n"[..])
        );
    }

    #[test]
    fn a_program_that_does_not_end_is_killed() {
        let finished = shell("exec sleep 1000", b"", Duration::ZERO);
        assert_eq!(finished.exit, None);
    }
}
