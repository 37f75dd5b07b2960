//! A compiler for a microcontroller's target, with whichever toolchain this machine has.
//!
//! In this order: the target as rustup has installed it; the target as rustup can add it; Debian's own toolchain, which
//! builds `core` from source for any target; otherwise an error that says what to install. To try Debian's where rustup
//! works, put a `rustup` that fails first in `PATH`.

use crate::process;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The oldest Rust that this workspace builds with.
const OLDEST: (u32, u32) = (1, 95);
/// How long `rustup target add` may take: without a network it does not give up by itself.
const RUSTUP_LIMIT: Duration = Duration::from_secs(60);
/// Debian's packages of a toolchain with the sources of `core`, and a linker for every target.
pub const DEBIAN_PACKAGES: &[&str] = &["rustc-web", "cargo-web", "rust-web-src", "lld"];

/// Builds for one target.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Toolchain {
    target: String,
    source: Source,
}

/// Where the target's `core` comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Source {
    /// rustup has it.
    Rustup,
    /// Debian's compiler builds it.
    Debian,
}

/// Why nothing was built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// No compiler for the target.
    #[error(
        "no Rust {}.{} or later for {target} on this machine: `rustup target add {target}`, or on Debian `{}`",
        OLDEST.0, OLDEST.1, install_command(DEBIAN_PACKAGES)
    )]
    NoToolchain {
        /// The target.
        target: String,
    },
    /// Cargo could not be started.
    #[error("cannot run {program}: {error}")]
    NotRun {
        /// What was to be run.
        program: String,
        /// Why it was not.
        error: std::io::Error,
    },
    /// The compiler or the linker refused.
    #[error("{} does not build for {target}:\n{output}", folder.display())]
    Refused {
        /// The package's folder.
        folder: PathBuf,
        /// The target.
        target: String,
        /// What they said.
        output: String,
    },
}

/// The command that installs Debian packages.
pub fn install_command(packages: &[&str]) -> String {
    format!(
        "apt-get update && apt-get install -y --no-install-recommends {}",
        packages.join(" ")
    )
}

/// Runs [`install_command`], for machines that may be changed.
///
/// # Errors
/// What went wrong, in words.
pub fn install(packages: &[&str]) -> Result<(), String> {
    let command = install_command(packages);
    eprintln!("+ {command}");
    match Command::new("sh")
        .args(["-c", &command])
        .stdout(Stdio::null())
        .status()
    {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{command}` failed: {status}")),
        Err(error) => Err(format!("cannot run sh: {error}")),
    }
}

impl Toolchain {
    /// Finds a toolchain for `target`, such as `thumbv6m-none-eabi`; lets rustup fetch the target where it can.
    ///
    /// # Errors
    /// [`BuildError::NoToolchain`].
    pub fn find(target: &str) -> Result<Self, BuildError> {
        let with = |source| Self {
            target: target.to_owned(),
            source,
        };
        if rustup_has(target) {
            return Ok(with(Source::Rustup));
        }
        if rustup_adds(target) && rustup_has(target) {
            return Ok(with(Source::Rustup));
        }
        if debian_rust().is_some_and(|version| version >= OLDEST) {
            return Ok(with(Source::Debian));
        }
        Err(BuildError::NoToolchain {
            target: target.to_owned(),
        })
    }

    /// Which compiler this is, in words.
    pub const fn describe(&self) -> &'static str {
        match self.source {
            Source::Rustup => "rustup's target",
            Source::Debian => "Debian's rustc, core built from source",
        }
    }

    /// `cargo SUBCOMMAND --release --target ...` in `folder`.
    pub fn cargo(&self, subcommand: &str, folder: &Path) -> Command {
        let mut cargo = match self.source {
            Source::Rustup => Command::new("cargo"),
            Source::Debian => {
                let mut cargo = Command::new("/usr/bin/cargo");
                // rustup's proxies and what `cargo run` told this program must not reach the other toolchain.
                for name in ["RUSTUP_TOOLCHAIN", "RUSTC", "RUSTDOC", "CARGO"] {
                    cargo.env_remove(name);
                }
                let linker = format!(
                    "CARGO_TARGET_{}_LINKER",
                    self.target.to_uppercase().replace('-', "_")
                );
                cargo
                    .env("PATH", "/usr/bin:/bin")
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env(linker, self.linker());
                cargo
            }
        };
        // The host build's flags and target directory are not the firmware's.
        for name in [
            "RUSTFLAGS",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_TARGET_DIR",
            "CARGO_BUILD_TARGET",
        ] {
            cargo.env_remove(name);
        }
        cargo
            .current_dir(folder)
            .args([subcommand, "--release", "--target", &self.target]);
        if self.source == Source::Debian {
            // esp-hal allocates nothing and needs `alloc` all the same.
            cargo.arg("-Zbuild-std=core,alloc");
        }
        cargo
    }

    /// The one of the package `lld` for this target.
    fn linker(&self) -> &'static str {
        if self.target.starts_with("wasm") {
            "wasm-ld"
        } else {
            "ld.lld"
        }
    }

    /// Builds the package in `folder` with further arguments of `cargo build` and returns the executables, in the
    /// order that cargo names them.
    ///
    /// # Errors
    /// [`BuildError::NotRun`] and [`BuildError::Refused`].
    pub fn build(&self, folder: &Path, arguments: &[&str]) -> Result<Vec<PathBuf>, BuildError> {
        let mut cargo = self.cargo("build", folder);
        cargo
            .args([
                "--locked",
                "--quiet",
                "--message-format=json-render-diagnostics",
            ])
            .args(arguments);
        let output = cargo
            .stdin(Stdio::null())
            .output()
            .map_err(|error| BuildError::NotRun {
                program: cargo.get_program().to_string_lossy().into_owned(),
                error,
            })?;
        if !output.status.success() {
            return Err(BuildError::Refused {
                folder: folder.to_owned(),
                target: self.target.clone(),
                output: String::from_utf8_lossy(&output.stderr).into_owned(),
            });
        }
        let messages = String::from_utf8_lossy(&output.stdout);
        Ok(messages.lines().filter_map(executable).collect())
    }
}

/// The executable that a line of cargo's JSON messages announces, if it announces one.
fn executable(message: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(message).ok()?;
    message.get("executable")?.as_str().map(PathBuf::from)
}

fn rustup_has(target: &str) -> bool {
    let Ok(output) = Command::new("rustup")
        .args(["target", "list", "--installed"])
        .output()
    else {
        return false;
    };
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .any(|line| line == target)
}

/// Whether rustup could fetch the target. Once it could not, it is not asked again: that takes a minute without a network.
fn rustup_adds(target: &str) -> bool {
    static FAILED: AtomicBool = AtomicBool::new(false);
    if FAILED.load(Ordering::Relaxed) {
        return false;
    }
    // Cargo chose the toolchain that runs this program; the target must go to the same one.
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", target]);
    let finished = process::run(&mut rustup, b"", RUSTUP_LIMIT);
    let added = finished.is_ok_and(|finished| finished.exit == Some(0));
    FAILED.store(!added, Ordering::Relaxed);
    added
}

/// The version of Debian's compiler, where it is installed with the sources of `core`.
fn debian_rust() -> Option<(u32, u32)> {
    let run = |argument: &[&str]| {
        let output = Command::new("/usr/bin/rustc")
            .args(argument)
            .output()
            .ok()?;
        String::from_utf8(output.stdout).ok()
    };
    let sysroot = run(&["--print", "sysroot"])?;
    let sources = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/core");
    if !sources.is_dir() {
        return None;
    }
    version(&run(&["--version"])?)
}

/// `rustc 1.96.0 (...)` as (1, 96).
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split_whitespace().nth(1)?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(
            version("rustc 1.96.0 (abc 2026-01-01) (built from a source tarball)"),
            Some((1, 96))
        );
        assert!(version("rustc 1.100.0") > version("rustc 1.95.0"));
        assert_eq!(version("nonsense"), None);
    }

    #[test]
    fn an_unknown_target_is_refused_with_what_to_install() {
        // Whatever this machine has, rustup does not know this target.
        if debian_rust().is_none() {
            let error = Toolchain::find("z80-none-elf").unwrap_err().to_string();
            assert!(
                error.contains("rustup target add z80-none-elf") && error.contains("rustc-web"),
                "{error}"
            );
        }
    }
}
