//! Exact counts of executed instructions, by a plugin of QEMU's translator (`plugin/count.c`).

use crate::cores::Core;
use crate::image::{Image, ImageError};
use crate::qemu::{QemuError, Run};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Images run seconds; one that hangs is stopped.
const LIMIT: Duration = Duration::from_secs(300);

/// The compiled plugin.
#[derive(Debug)]
pub struct Plugin {
    library: PathBuf,
    /// Where it writes.
    folder: tempfile::TempDir,
}

/// What ran between two markers.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Window {
    /// Instructions executed.
    pub instructions: u64,
    /// Where, for windows that were asked for in detail.
    pub places: Vec<Place>,
}

/// How often one instruction was executed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// How often the phase function had been entered before, within the window.
    pub phase: usize,
    /// The instruction's address.
    pub address: u64,
    /// How often it was executed.
    pub count: u64,
}

/// Why nothing was counted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CountError {
    /// No C compiler, or it refused.
    #[error("the counting plugin does not compile (on Debian: apt-get install gcc libc6-dev): {0}")]
    Compiler(String),
    /// A file could not be read or made.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The emulator did not run.
    #[error(transparent)]
    Qemu(#[from] QemuError),
    /// A marker is missing.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The firmware reported a failure.
    #[error("{} ended with {exit:?}: {output}", path.display())]
    Failed {
        /// The image.
        path: PathBuf,
        /// Its exit code, if it came that far.
        exit: Option<i32>,
        /// What it and QEMU said.
        output: String,
    },
    /// The plugin wrote something else than it should.
    #[error("cannot understand the plugin's line \"{0}\"")]
    Line(String),
}

impl Plugin {
    /// Compiles the plugin with the machine's C compiler.
    ///
    /// # Errors
    /// [`CountError::Compiler`] and [`CountError::Io`].
    pub fn compile() -> Result<Self, CountError> {
        let folder = tempfile::tempdir()?;
        let library = folder.path().join("count.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugin/count.c");
        let mut compiler = Command::new("cc");
        compiler
            .args(["-O2", "-shared", "-fPIC", "-Wall", "-Werror", "-o"])
            .arg(&library)
            .arg(source);
        let output = compiler
            .output()
            .map_err(|error| CountError::Compiler(error.to_string()))?;
        if !output.status.success() {
            return Err(CountError::Compiler(
                String::from_utf8_lossy(&output.stderr).into_owned(),
            ));
        }
        Ok(Self { library, folder })
    }

    /// Runs an image of `qemu-bench` on its core and returns what it printed and its windows, in detail for those
    /// whose numbers are in `detail`. Every entry into the function `phase` begins the next phase of a window.
    ///
    /// # Errors
    /// [`CountError`]; [`CountError::Failed`] when the image's exit code is not 0.
    pub fn count(
        &self,
        core: &Core,
        image: &Image,
        phase: Option<&str>,
        detail: &[usize],
    ) -> Result<(String, Vec<Window>), CountError> {
        self.run(core, image, phase, detail, b"")
    }

    /// Runs an image of `qemu-bench` on its core with `input` and returns its windows.
    ///
    /// # Errors
    /// As [`Plugin::count`].
    pub fn windows(
        &self,
        core: &Core,
        image: &Image,
        input: &[u8],
    ) -> Result<Vec<Window>, CountError> {
        self.run(core, image, None, &[], input)
            .map(|(_, windows)| windows)
    }

    fn run(
        &self,
        core: &Core,
        image: &Image,
        phase: Option<&str>,
        detail: &[usize],
        input: &[u8],
    ) -> Result<(String, Vec<Window>), CountError> {
        let counts = self.folder.path().join(core.name);
        let (begin, end) = (image.address("window_begin")?, image.address("window_end")?);
        let mut plugin = format!(
            "{},out={},begin={begin},end={end}",
            self.library.display(),
            counts.display()
        );
        if let Some(phase) = phase {
            plugin += &format!(",phase={}", image.address(phase)?);
        }
        if !detail.is_empty() {
            let numbers: Vec<String> = detail.iter().map(usize::to_string).collect();
            plugin += &format!(",detail={}", numbers.join(":"));
        }
        let Run {
            output,
            errors,
            exit,
        } = core
            .machine
            .run(&image.path, &["-plugin", &plugin], input, LIMIT)?;
        let output = String::from_utf8_lossy(&output).into_owned();
        if exit != Some(0) {
            return Err(CountError::Failed {
                path: image.path.clone(),
                exit,
                output: output + &errors,
            });
        }
        Ok((output, parse(&std::fs::read_to_string(counts)?)?))
    }
}

/// The plugin's file: lines `at PHASE ADDRESS COUNT` before the line `window NUMBER TOTAL` that they belong to.
fn parse(text: &str) -> Result<Vec<Window>, CountError> {
    let mut windows = Vec::new();
    let mut places = Vec::new();
    for line in text.lines() {
        let wrong = || CountError::Line(line.into());
        let fields: Vec<&str> = line.split(' ').collect();
        match fields[..] {
            ["at", phase, address, count] => places.push(Place {
                phase: phase.parse().map_err(|_| wrong())?,
                address: u64::from_str_radix(address, 16).map_err(|_| wrong())?,
                count: count.parse().map_err(|_| wrong())?,
            }),
            ["window", _, total] => windows.push(Window {
                instructions: total.parse().map_err(|_| wrong())?,
                places: std::mem::take(&mut places),
            }),
            _ => return Err(wrong()),
        }
    }
    Ok(windows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plugins_lines_are_understood_or_refused() {
        let windows = parse("window 0 7\nat 0 10a 3\nat 2 10c 4\nwindow 1 7\n").unwrap();
        assert_eq!(
            windows[0],
            Window {
                instructions: 7,
                places: vec![]
            }
        );
        assert_eq!(
            windows[1].places[1],
            Place {
                phase: 2,
                address: 0x10c,
                count: 4
            }
        );
        assert!(parse("window x y").is_err() && parse("at 0 zz 1").is_err());
    }
}
