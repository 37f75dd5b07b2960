//! Boards that no emulator has, on Unicorn's emulation of their core: PyPI's unicorn, driven by `unicorn/run.py`.
//!
//! The image starts where it does on the chip: at the entry of its vector table, or of its ELF file. The registers that start-up
//! code and the serial line use are modelled by the chips' data sheets in `unicorn/chips.py` and `unicorn/esp32c3.py`. There are
//! no interrupts and no time.

use crate::process;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Debian's packages of what runs the emulator.
pub const DEBIAN_PACKAGES: &[&str] = &["python3", "python3-venv"];
/// The first time pip fetches one package.
const PIP_LIMIT: Duration = Duration::from_secs(120);

/// What a run left behind.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Run {
    /// What the firmware wrote to its serial line.
    pub output: Vec<u8>,
    /// Why it ended: `rest`, `input` (it waits for more than there is) or `bytes` (enough was written).
    pub end: String,
}

/// Why nothing ran.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnicornError {
    /// No Python, or pip could not fetch the emulator.
    #[error(
        "Unicorn cannot be installed; it needs Python 3 with venv, on Debian `{}`:\n{output}",
        crate::toolchain::install_command(DEBIAN_PACKAGES)
    )]
    NotInstalled {
        /// What pip or Python said.
        output: String,
    },
    /// It could not be started or talked to.
    #[error("python: {0}")]
    Io(#[from] std::io::Error),
    /// It failed, or the firmware did what the chip refuses.
    #[error("the firmware failed in Unicorn, or ran for too long:\n{0}")]
    Failed(String),
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("unicorn")
}

fn python() -> PathBuf {
    folder().join("venv/bin/python")
}

/// Fetches the emulator where it is not yet, in the version and with a checksum of `requirements.txt`.
///
/// # Errors
/// [`UnicornError::NotInstalled`].
pub fn prepare() -> Result<(), UnicornError> {
    let run = |program: &Path, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.current_dir(folder()).args(arguments);
        let failed = |output: String| UnicornError::NotInstalled { output };
        match process::run(&mut command, b"", PIP_LIMIT) {
            Ok(finished) if finished.exit == Some(0) => Ok(()),
            Ok(finished) => Err(failed(
                String::from_utf8_lossy(&finished.errors).into_owned(),
            )),
            Err(error) => Err(failed(format!("{}: {error}", program.display()))),
        }
    };
    if run(&python(), &["-c", "import unicorn"]).is_ok() {
        return Ok(());
    }
    run(Path::new("python3"), &["-m", "venv", "--clear", "venv"])?;
    let pip = "-m pip install --quiet --only-binary :all: --require-hashes -r requirements.txt";
    let pip: Vec<&str> = pip.split(' ').collect();
    run(&python(), &pip)
}

/// Runs a HEX or an ELF file on a chip of `unicorn/run.py` with `input` on its serial line, until it rests, waits for more input,
/// or has written `bytes`; after `limit` it is stopped.
///
/// # Errors
/// [`UnicornError`].
pub fn run(
    chip: &str,
    image: &Path,
    input: &[u8],
    bytes: Option<usize>,
    limit: Duration,
) -> Result<Run, UnicornError> {
    prepare()?;
    let mut command = Command::new(python());
    command.arg(folder().join("run.py")).arg(chip).arg(image);
    if let Some(bytes) = bytes {
        command.args(["--bytes", &bytes.to_string()]);
    }
    let finished = process::run(&mut command, input, limit)?;
    let errors = String::from_utf8_lossy(&finished.errors).into_owned();
    match end(&errors) {
        Some(end) if finished.exit == Some(0) => Ok(Run {
            output: finished.output,
            end,
        }),
        _ => Err(UnicornError::Failed(errors)),
    }
}

/// The last line, `run.py` says what is in it.
fn end(errors: &str) -> Option<String> {
    let report: Value = serde_json::from_str(errors.lines().last()?).ok()?;
    Some(report.get("end")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_is_the_last_line() {
        assert_eq!(
            end("a warning\n{\"end\": \"rest\"}\n").as_deref(),
            Some("rest")
        );
        assert_eq!(end("Invalid memory read at 0x00000000"), None);
        assert_eq!(end(""), None);
    }
}
