//! The Python experiment's model and recipe in a process of its own, step by step.

use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;
use tempfile::NamedTempFile;

const PROGRAM: &str = include_str!("pytorch.py");

/// PyTorch, waiting to be asked for a step.
#[derive(Debug)]
pub struct PyTorch {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// Version and number of parameters, in words.
    pub description: String,
    /// Read when the process starts, and kept for as long as it runs.
    _text: NamedTempFile,
}

/// How PyTorch computes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Manner {
    /// As the experiment did.
    Eager,
    /// The forward pass in bf16, and the fused optimiser.
    Fast,
}

impl Manner {
    const fn name(self) -> &'static str {
        match self {
            Self::Eager => "eager",
            Self::Fast => "fast",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Eager => "eager",
            Self::Fast => "bf16, fused optimiser",
        }
    }
}

/// What a step took and what its batch's loss was.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// Mean cross-entropy, in nats a token.
    pub loss: f64,
    /// Time on the clock.
    pub wall: Duration,
    /// Time of all threads.
    pub cpu: Duration,
}

/// Why there is no reference.
#[derive(Debug, thiserror::Error)]
pub enum PyTorchError {
    /// It does not start.
    #[error("cannot run {}: {source}", .python.display())]
    Start {
        /// The interpreter.
        python: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It ended or printed something else.
    #[error(
        "{} ended or said {said:?} instead of a step's figures: it needs torch and numpy (pip install torch==2.8.0 numpy)",
        .python.display()
    )]
    Answer {
        /// The interpreter.
        python: PathBuf,
        /// Its line.
        said: String,
    },
}

impl PyTorch {
    /// Starts `python` with the reference, which is going to learn from `tokens` in batches of `batch` sequences,
    /// in `manner`.
    ///
    /// # Errors
    /// [`PyTorchError`].
    pub fn start(
        python: &Path,
        tokens: &[u16],
        batch: usize,
        threads: usize,
        manner: Manner,
    ) -> Result<Self, PyTorchError> {
        let start = || {
            let mut text = NamedTempFile::new()?;
            let bytes: Vec<u8> = tokens.iter().flat_map(|t| t.to_le_bytes()).collect();
            text.write_all(&bytes)?;
            let child = Command::new(python)
                .args(["-c", PROGRAM])
                .arg(text.path())
                .args([batch.to_string(), threads.to_string()])
                .arg(manner.name())
                // Threads that wait by spinning would count as work.
                .env("OMP_WAIT_POLICY", "PASSIVE")
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()?;
            Ok((text, child))
        };
        let (text, mut child) = start().map_err(|source| PyTorchError::Start {
            python: python.to_owned(),
            source,
        })?;
        let input = child.stdin.take().expect("it is piped");
        let output = child.stdout.take().expect("it is piped");
        let mut this = Self {
            child,
            input,
            output: BufReader::new(output),
            description: String::new(),
            _text: text,
        };
        let line = this.line();
        let said = line.split_once(' ').ok_or_else(|| PyTorchError::Answer {
            python: python.to_owned(),
            said: line.clone(),
        })?;
        this.description = format!(
            "PyTorch {}, {}, {} parameters",
            said.0,
            manner.words(),
            said.1
        );
        Ok(this)
    }

    /// Takes a step.
    ///
    /// # Errors
    /// [`PyTorchError::Answer`].
    pub fn step(&mut self) -> Result<Taken, PyTorchError> {
        // A process that has ended answers with an empty line.
        let _ = self
            .input
            .write_all(b"\n")
            .and_then(|()| self.input.flush());
        let line = self.line();
        let numbers: Option<Vec<f64>> = line.split(' ').map(|word| word.parse().ok()).collect();
        match numbers.as_deref() {
            Some(&[loss, wall, cpu]) => Ok(Taken {
                loss,
                wall: Duration::from_secs_f64(wall),
                cpu: Duration::from_secs_f64(cpu),
            }),
            _ => Err(PyTorchError::Answer {
                python: PathBuf::from("PyTorch"),
                said: line,
            }),
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        let _ = self.output.read_line(&mut line);
        line.trim_end().to_owned()
    }
}

impl Drop for PyTorch {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
