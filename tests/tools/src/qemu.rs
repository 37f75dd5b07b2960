//! Emulated boards: runs a firmware under QEMU and brings back what it wrote and its exit code.

use crate::process::{self, Finished};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Debian's packages of the two emulators.
pub const DEBIAN_PACKAGES: &[&str] = &["qemu-system-arm", "qemu-system-misc"];

/// A machine that QEMU emulates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Machine {
    /// The emulator's program.
    pub emulator: &'static str,
    /// What selects the machine and its core.
    pub arguments: &'static [&'static str],
    /// Whether standard input and output are its serial line; otherwise they are semihosting's.
    pub serial: bool,
}

/// What a run left behind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Run {
    /// What the firmware wrote, by serial line or semihosting.
    pub output: Vec<u8>,
    /// What QEMU itself said, traps included.
    pub errors: String,
    /// The firmware's exit code, by semihosting; nothing when it ran out of time.
    pub exit: Option<i32>,
}

/// Why nothing ran.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QemuError {
    /// The emulator is not installed.
    #[error(
        "{emulator} is not installed: on Debian `{}`",
        crate::toolchain::install_command(DEBIAN_PACKAGES)
    )]
    NotInstalled {
        /// Its program.
        emulator: &'static str,
    },
    /// The emulator could not be run or talked to.
    #[error("{emulator}: {error}")]
    Io {
        /// Its program.
        emulator: &'static str,
        /// Why.
        error: std::io::Error,
    },
}

impl Machine {
    /// Whether the emulator is on this machine.
    ///
    /// # Errors
    /// [`QemuError::NotInstalled`], which says how to install it.
    pub fn check(&self) -> Result<(), QemuError> {
        let version = Command::new(self.emulator).arg("--version").output();
        match version {
            Ok(output) if output.status.success() => Ok(()),
            _ => Err(QemuError::NotInstalled {
                emulator: self.emulator,
            }),
        }
    }

    /// The command that runs `image`, an ELF or a HEX file, with further arguments of QEMU, such as a plugin.
    pub fn command(&self, image: &Path, arguments: &[&str]) -> Command {
        let mut qemu = Command::new(self.emulator);
        qemu.args(self.arguments)
            .args(["-display", "none", "-monitor", "none"]);
        qemu.args(["-serial", if self.serial { "stdio" } else { "null" }]);
        qemu.args(["-semihosting-config", "enable=on,target=native"]);
        qemu.args(arguments);
        if image.extension().is_some_and(|kind| kind == "hex") {
            let loader = format!("loader,file={}", image.display());
            qemu.args(["-device", &loader]);
        } else {
            qemu.arg("-kernel").arg(image);
        }
        qemu
    }

    /// Runs `image`, gives it `input`, and waits until it exits or `limit` is over, when it is stopped.
    ///
    /// # Errors
    /// [`QemuError`]. A firmware that fails is no error here: see [`Run::exit`].
    pub fn run(
        &self,
        image: &Path,
        arguments: &[&str],
        input: &[u8],
        limit: Duration,
    ) -> Result<Run, QemuError> {
        self.check()?;
        let finished = process::run(&mut self.command(image, arguments), input, limit);
        let Finished {
            output,
            errors,
            exit,
        } = finished.map_err(|error| QemuError::Io {
            emulator: self.emulator,
            error,
        })?;
        Ok(Run {
            output,
            errors: String::from_utf8_lossy(&errors).into_owned(),
            exit,
        })
    }
}
