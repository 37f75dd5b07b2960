//! What the build scripts of all boards do: find the model, place the linker's files, refuse the host.
//!
//! A script is one call of [`Firmware::build`]. Its package then has `env!("MODEL_PATH")`, the model file's full path.

mod model;

pub use model::{MODEL_VARIABLE, ModelError};

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// What a board's firmware is built from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Firmware {
    /// The targets that it is for, the usual one first.
    pub targets: &'static [&'static str],
    /// The model to embed unless `AUTARKY_MODEL` names another, from the package's folder on.
    pub model: &'static str,
    /// The linker script in the package's folder that says where memory is, where the board's crates bring none. The
    /// linker finds it as `memory.x`.
    pub memory: Option<&'static str>,
    /// Linker scripts, in the linker's order.
    pub scripts: &'static [&'static str],
}

/// Why there is nothing to build.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Cargo builds for another target, mostly the host.
    #[error(
        "this is firmware for {expected}, not for {target}: cd {} && cargo build (the folder's .cargo/config.toml sets the target)",
        folder.display()
    )]
    Target {
        /// What the firmware is for.
        expected: &'static str,
        /// What cargo builds for.
        target: String,
        /// The board's folder.
        folder: PathBuf,
    },
    /// No model to embed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The memory's linker script cannot be placed.
    #[error("{}: {error}", path.display())]
    Linker {
        /// The script.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
}

impl Firmware {
    /// Tells cargo all that is to be told; an error is cargo's error, in one sentence.
    pub fn build(&self) {
        match self.directives(|name| env::var_os(name)) {
            Ok(directives) => directives.iter().for_each(|line| println!("{line}")),
            Err(error) => println!("cargo::error={error}"),
        }
    }

    /// The lines for cargo, with the environment that `variable` reads. Copies the memory's script to `OUT_DIR`.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn directives(
        &self,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Vec<String>, BuildError> {
        let path = |name| PathBuf::from(variable(name).unwrap_or_default());
        let folder = path("CARGO_MANIFEST_DIR");
        let target = variable("TARGET").unwrap_or_default();
        if let [expected, ..] = self.targets
            && !self.targets.iter().any(|known| target == *known)
        {
            return Err(BuildError::Target {
                expected,
                target: target.to_string_lossy().into_owned(),
                folder,
            });
        }
        let mut lines = model::directives(&folder, self.model, &variable)?;
        if let Some(name) = self.memory {
            let (script, out) = (folder.join(name), path("OUT_DIR"));
            place(&script, &out.join("memory.x"))?;
            lines.push(format!("cargo::rerun-if-changed={}", script.display()));
            lines.push(format!("cargo::rustc-link-search={}", out.display()));
        }
        let script = |name| format!("cargo::rustc-link-arg-bins=-T{name}");
        lines.extend(self.scripts.iter().map(script));
        Ok(lines)
    }
}

/// Tells the linker where the partitions for models are: a script in the package's folder, which the program `partition`
/// alone is linked with.
///
/// It defines `_model_a_start`, `_model_a_end`, `_model_b_start` and `_model_b_end`, and asserts that the program ends
/// before them.
pub fn partitions(script: &str) {
    let script = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join(script);
    println!("cargo::rerun-if-changed={}", script.display());
    println!("cargo::rustc-link-arg-bin=partition=-T{}", script.display());
}

fn place(from: &Path, to: &Path) -> Result<(), BuildError> {
    let placed = fs::copy(from, to);
    placed.map(|_| ()).map_err(|error| BuildError::Linker {
        path: from.to_owned(),
        error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICO: Firmware = Firmware {
        targets: &["thumbv6m-none-eabi"],
        model: "../models/base.aut",
        memory: Some("memory.x"),
        scripts: &["link.x", "link-rp.x"],
    };

    fn directives(variables: &[(&str, &Path)]) -> Result<Vec<String>, BuildError> {
        PICO.directives(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.as_os_str().to_owned())
        })
    }

    #[test]
    fn the_host_is_refused_with_what_to_do() {
        let error = directives(&[
            ("TARGET", Path::new("x86_64-unknown-linux-gnu")),
            (
                "CARGO_MANIFEST_DIR",
                Path::new("/src/firmware-examples/pico"),
            ),
        ]);
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains(
                "firmware for thumbv6m-none-eabi, not for x86_64-unknown-linux-gnu: cd /src/firmware-examples/pico && cargo build"
            ),
            "{error}"
        );
    }

    #[test]
    fn the_linker_finds_memory_and_scripts_in_order() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pico");
        let out = env::temp_dir().join(format!("build-helper-{}", std::process::id()));
        fs::create_dir_all(&out).unwrap();
        let lines = directives(&[
            ("TARGET", Path::new("thumbv6m-none-eabi")),
            ("CARGO_MANIFEST_DIR", &folder),
            ("OUT_DIR", &out),
        ]);
        let placed = fs::read(out.join("memory.x"));
        fs::remove_dir_all(&out).unwrap();
        assert_eq!(placed.unwrap(), fs::read(folder.join("memory.x")).unwrap());
        let lines = lines.unwrap();
        assert!(lines.contains(&format!("cargo::rustc-link-search={}", out.display())));
        let scripts: Vec<_> = lines.iter().filter(|line| line.contains("=-T")).collect();
        assert_eq!(
            scripts,
            [
                "cargo::rustc-link-arg-bins=-Tlink.x",
                "cargo::rustc-link-arg-bins=-Tlink-rp.x"
            ]
        );
    }
}
