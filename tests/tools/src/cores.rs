//! The microcontroller cores that are measured and proved, and the images built for them.

use crate::image::{Image, ImageError};
use crate::qemu::Machine;
use crate::toolchain::{BuildError, Toolchain};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// A core, the target it is built for, and the emulated machine that has the memory to measure on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Core {
    /// The name in tables and JSON.
    pub name: &'static str,
    /// Rust's target.
    pub target: &'static str,
    /// Where its code runs.
    pub machine: Machine,
}

const fn arm(arguments: &'static [&'static str]) -> Machine {
    Machine {
        emulator: "qemu-system-arm",
        arguments,
        serial: false,
    }
}

const fn riscv(arguments: &'static [&'static str]) -> Machine {
    Machine {
        emulator: "qemu-system-riscv32",
        arguments,
        serial: false,
    }
}

/// Cortex-M0. QEMU's only machine with that core is the micro:bit, whose 16 KB the `seed` model exceeds: its ARMv6-M
/// code runs on a Cortex-M3, which executes the same instructions one for one.
pub const CORTEX_M0: Core = Core {
    name: "cortex-m0",
    target: "thumbv6m-none-eabi",
    machine: arm(&["-M", "mps2-an385"]),
};
/// Cortex-M4, its DSP and floating-point extensions unused.
pub const CORTEX_M4: Core = Core {
    name: "cortex-m4",
    target: "thumbv7em-none-eabi",
    machine: arm(&["-M", "mps2-an386"]),
};
/// Cortex-M33, in its secure state, as Raspberry Pi's RP2350 starts; its DSP and floating-point extensions unused.
pub const CORTEX_M33: Core = Core {
    name: "cortex-m33",
    target: "thumbv8m.main-none-eabi",
    machine: arm(&["-M", "mps2-an505"]),
};
/// RISC-V's base instructions only: a multiply or divide traps.
pub const RISCV32I: Core = Core {
    name: "riscv32i",
    target: "riscv32i-unknown-none-elf",
    machine: riscv(&[
        "-M",
        "virt",
        "-bios",
        "none",
        "-cpu",
        "rv32,m=false,a=false,f=false,d=false,c=false",
    ]),
};
/// RISC-V with multiplication and compressed instructions.
pub const RISCV32IMC: Core = Core {
    name: "riscv32imc",
    target: "riscv32imc-unknown-none-elf",
    machine: riscv(&[
        "-M",
        "virt",
        "-bios",
        "none",
        "-cpu",
        "rv32,a=false,f=false,d=false",
    ]),
};

/// Groups of inputs with lookup tables at once where nothing else is said: 256 inputs, 11 KB.
pub const CHUNK: usize = 64;

/// Why there is no image.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CoreError {
    /// It was not built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// What was built is not understood.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The model could not be put where the build finds it.
    #[error("cannot write {}: {error}", path.display())]
    Model {
        /// Where.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

/// The folder `firmware-examples`.
pub fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../firmware-examples")
}

/// How an image is optimised.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Profile {
    /// As `firmware-examples` ships: the engine at 3, the rest at "s", fat LTO, one codegen unit.
    Shipped,
    /// As a project of its own may choose: all packages alike.
    Uniform {
        /// Cargo's `opt-level`.
        opt_level: &'static str,
        /// Fat LTO and one codegen unit; otherwise cargo's defaults, 16 units and no LTO across packages.
        lto: bool,
    },
}

impl Profile {
    /// The profiles that firmware is commonly built with.
    pub const ALL: [Self; 7] = [
        Self::Shipped,
        Self::uniform("3", true),
        Self::uniform("3", false),
        Self::uniform("s", true),
        Self::uniform("s", false),
        Self::uniform("z", true),
        Self::uniform("z", false),
    ];

    /// Those of them with LTO.
    pub const WITH_LTO: [Self; 4] = [
        Self::Shipped,
        Self::uniform("3", true),
        Self::uniform("s", true),
        Self::uniform("z", true),
    ];

    const fn uniform(opt_level: &'static str, lto: bool) -> Self {
        Self::Uniform { opt_level, lto }
    }

    /// Settings for cargo's `--config`.
    fn settings(self) -> Vec<String> {
        let Self::Uniform { opt_level, lto } = self else {
            return Vec::new();
        };
        // Cargo tells the number 3 from the text "s".
        let level = match opt_level.parse::<u8>() {
            Ok(number) => number.to_string(),
            Err(_) => format!("'{opt_level}'"),
        };
        let (lto, units) = if lto { ("'fat'", 1) } else { ("false", 16) };
        vec![
            format!("profile.release.opt-level={level}"),
            format!("profile.release.package.runtime.opt-level={level}"),
            format!("profile.release.lto={lto}"),
            format!("profile.release.codegen-units={units}"),
        ]
    }
}

impl std::fmt::Display for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Shipped => f.write_str("as shipped"),
            Self::Uniform { opt_level, lto } => {
                let lto = if *lto { "LTO" } else { "no LTO" };
                write!(f, "opt-level {opt_level}, {lto}")
            }
        }
    }
}

/// What an image is built with.
#[derive(Clone, Copy, Debug)]
pub struct Build<'a> {
    /// The model in it.
    pub model: &'a NamedModel,
    /// Groups of inputs with lookup tables at once.
    pub chunk: usize,
    /// Features of `qemu-bench`, as cargo reads them.
    pub features: &'a str,
    /// How it is optimised.
    pub profile: Profile,
}

impl<'a> Build<'a> {
    /// [`CHUNK`] tables, no features, the shipped profile.
    pub const fn of(model: &'a NamedModel) -> Self {
        Self {
            model,
            chunk: CHUNK,
            features: "",
            profile: Profile::Shipped,
        }
    }
}

impl Core {
    /// Builds a binary of `firmware-examples/qemu-bench` and reads it back.
    ///
    /// # Errors
    /// [`CoreError`].
    pub fn image(&self, binary: &str, build: &Build<'_>) -> Result<Image, CoreError> {
        let path = build.model.place()?;
        let mut settings = build.profile.settings();
        settings.push(format!("env.AUTARKY_MODEL='{}'", path.display()));
        settings.push(format!("env.AUTARKY_CHUNK='{}'", build.chunk));
        let mut arguments = vec!["--bin", binary, "--features", build.features];
        for setting in &settings {
            arguments.extend(["--config", setting]);
        }
        let built =
            Toolchain::find(self.target)?.build(&examples().join("qemu-bench"), &arguments)?;
        let elf = built.last().cloned().unwrap_or_default();
        Ok(Image::read(&elf)?)
    }
}

/// A model file and what to call it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedModel {
    /// A file name.
    pub name: String,
    /// The bytes of the model file.
    pub file: Vec<u8>,
}

impl NamedModel {
    /// Writes the model where builds of firmware find it, and says where that is.
    ///
    /// # Errors
    /// [`CoreError::Model`].
    pub fn place(&self) -> Result<PathBuf, CoreError> {
        let path = examples()
            .join("target/models")
            .join(&self.name)
            .with_extension("aut");
        let written = || {
            // An unchanged file is left alone, so that cargo has nothing to rebuild.
            if fs::read(&path).is_ok_and(|file| file == self.file) {
                return Ok(());
            }
            fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
            fs::write(&path, &self.file)
        };
        match written() {
            Ok(()) => Ok(path),
            Err(error) => Err(CoreError::Model { path, error }),
        }
    }
}
