//! The Raspberry Pi Pico in an emulator of its chip: npm's rp2040js, driven by `rp2040/run.mjs`.
//!
//! It executes a UF2 image as the chip does behind its boot ROM: clocks, timers, interrupts, UART0, USB and pins. The cache
//! in front of the flash is a model, `rp2040/cache.mjs`: what it misses is counted apart from the cycles of the core.

use crate::process;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Debian's packages of what runs the emulator.
pub const DEBIAN_PACKAGES: &[&str] = &["nodejs", "npm"];
/// The oldest Node.js that rp2040js runs on.
const OLDEST: u32 = 18;
/// The first time npm fetches one package.
const NPM_LIMIT: Duration = Duration::from_secs(120);

/// What a run left behind.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Run {
    /// What the firmware wrote to UART0.
    pub output: Vec<u8>,
    /// Why it ended: `rest`, `input` (it waits for more than there is), `bytes` (enough was written) or `time`.
    pub end: String,
    /// Emulated time, in seconds.
    pub seconds: f64,
    /// Cycles of the core at the first byte of each token, and of each other text, as if flash answered at once.
    pub starts: Vec<u64>,
    /// Misses of the flash's cache at the same bytes.
    pub misses: Vec<u64>,
    /// Cycles that a miss is assumed to take.
    pub miss: u64,
    /// Emulated seconds at which the LED changed.
    pub led: Vec<f64>,
}

/// Why nothing ran.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Rp2040Error {
    /// Node.js or npm is missing or too old.
    #[error(
        "the emulator of the RP2040 needs Node.js {OLDEST} or later and npm: on Debian `{}`",
        crate::toolchain::install_command(DEBIAN_PACKAGES)
    )]
    NotInstalled,
    /// npm could not fetch the emulator.
    #[error("npm cannot install rp2040js:\n{0}")]
    Npm(String),
    /// It could not be started or talked to.
    #[error("node: {0}")]
    Io(#[from] std::io::Error),
    /// It failed, or the firmware did what the chip refuses.
    #[error("the emulator of the RP2040 failed:\n{0}")]
    Failed(String),
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("rp2040")
}

/// Whether Node.js and npm are on this machine.
///
/// # Errors
/// [`Rp2040Error::NotInstalled`].
pub fn check() -> Result<(), Rp2040Error> {
    let version = |program: &str| {
        let output = Command::new(program).arg("--version").output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        text.trim()
            .trim_start_matches('v')
            .split('.')
            .next()?
            .parse::<u32>()
            .ok()
    };
    match (version("node"), version("npm")) {
        (Some(node), Some(_)) if node >= OLDEST => Ok(()),
        _ => Err(Rp2040Error::NotInstalled),
    }
}

/// Fetches the emulator where it is not yet, in the version and with the checksum of `package-lock.json`.
///
/// # Errors
/// [`Rp2040Error::NotInstalled`] and [`Rp2040Error::Npm`].
pub fn prepare() -> Result<(), Rp2040Error> {
    check()?;
    if folder()
        .join("node_modules/rp2040js/package.json")
        .is_file()
    {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.current_dir(folder())
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    let finished = process::run(&mut npm, b"", NPM_LIMIT)?;
    if finished.exit == Some(0) {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&finished.errors).into_owned();
    Err(Rp2040Error::Npm(errors))
}

/// Where the program's text goes to and its input comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Line {
    /// UART0.
    Uart,
    /// A terminal on a PC at the chip's USB, which enumerates it first.
    Usb,
}

/// Runs UF2 files, in flash all at once, with `input` on a line until the program rests, waits for more input, has written
/// `bytes` or 30 emulated seconds are over; after `limit` it is stopped. About a tenth of the chip's speed on an idle core.
///
/// # Errors
/// [`Rp2040Error`].
pub fn run(
    images: &[&Path],
    line: Line,
    input: &[u8],
    bytes: Option<usize>,
    limit: Duration,
) -> Result<Run, Rp2040Error> {
    prepare()?;
    let mut node = Command::new("node");
    node.arg(folder().join("run.mjs")).args(images);
    if line == Line::Usb {
        node.arg("--usb");
    }
    if let Some(bytes) = bytes {
        node.args(["--bytes", &bytes.to_string()]);
    }
    let finished = process::run(&mut node, input, limit)?;
    let errors = String::from_utf8_lossy(&finished.errors).into_owned();
    match report(&errors) {
        Some(run) if finished.exit == Some(0) => Ok(Run {
            output: finished.output,
            ..run
        }),
        _ => Err(Rp2040Error::Failed(errors)),
    }
}

/// The last line, `run.mjs` says what is in it.
fn report(errors: &str) -> Option<Run> {
    let report: Value = serde_json::from_str(errors.lines().last()?).ok()?;
    let list = |name: &str| report.get(name)?.as_array();
    Some(Run {
        output: Vec::new(),
        end: report.get("end")?.as_str()?.to_owned(),
        seconds: report.get("seconds")?.as_f64()?,
        starts: list("starts")?.iter().filter_map(Value::as_u64).collect(),
        misses: list("misses")?.iter().filter_map(Value::as_u64).collect(),
        miss: report.get("miss")?.as_u64()?,
        led: list("led")?.iter().filter_map(Value::as_f64).collect(),
    })
}

impl Run {
    /// Cycles of the core from the first token on, a token, where each byte after the prompt's text is a token's.
    pub fn cycles_a_token(&self) -> Option<u64> {
        a_token(&self.starts)
    }

    /// Misses of the flash's cache from the first token on, a token.
    pub fn misses_a_token(&self) -> Option<u64> {
        a_token(&self.misses)
    }

    /// The furthest that a change of the LED is from its beat, which starts with the first, in seconds.
    pub fn off_beat(&self, period: f64) -> Option<f64> {
        let [first, rest @ ..] = &self.led[..] else {
            return None;
        };
        let off = |(number, time): (u32, &f64)| (time - first - f64::from(number) * period).abs();
        (!rest.is_empty()).then(|| (1..).zip(rest).map(off).fold(0.0, f64::max))
    }
}

/// What is counted, on average of the tokens: the first count is at the prompt's text.
fn a_token(counts: &[u64]) -> Option<u64> {
    let [_prompt, first, .., last] = counts[..] else {
        return None;
    };
    Some((last - first) / (counts.len() as u64 - 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_is_the_last_line() {
        let line = r#"{"end":"bytes","seconds":1.5,"starts":[1,10,13,16],"misses":[0,5,9,13],"miss":56,"led":[0.5,1.001,1.5]}"#;
        let run = report(&format!("a warning\n{line}\n")).unwrap();
        assert_eq!((&run.end[..], run.seconds), ("bytes", 1.5));
        assert_eq!(
            (run.cycles_a_token(), run.misses_a_token()),
            (Some(3), Some(4))
        );
        assert_eq!(run.miss, 56);
        let off = run.off_beat(0.5).unwrap();
        assert!((off - 0.001).abs() < 1e-9, "{off}");
        assert_eq!(report("Error: boom"), None);
        assert_eq!(report(""), None);
    }

    #[test]
    fn one_change_is_no_beat() {
        let run = Run {
            led: vec![0.5],
            ..Run::default()
        };
        assert_eq!((run.off_beat(0.5), run.cycles_a_token()), (None, None));
    }
}
