//! The static library for C, built for any target, and firmware in C that is linked with it.

use crate::cores::{CORTEX_M0, CORTEX_M4, examples};
use crate::qemu::Machine;
use crate::toolchain::Toolchain;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Debian's packages of a C compiler for Arm's microcontrollers.
pub const DEBIAN_PACKAGES: &[&str] = &["gcc-arm-none-eabi", "libnewlib-arm-none-eabi"];
/// The compiler.
pub const COMPILER: &str = "arm-none-eabi-gcc";

/// Targets of the archives, with what they are for.
pub const ARCHIVES: &[(&str, &str)] = &[
    ("thumbv6m-none-eabi", "Cortex-M0, M0+: micro:bit v1, RP2040"),
    ("thumbv7m-none-eabi", "Cortex-M3"),
    ("thumbv7em-none-eabi", "Cortex-M4, M7, soft float ABI"),
    (
        "thumbv7em-none-eabihf",
        "Cortex-M4F, M7F, hard float ABI: STM32F4, nRF52840",
    ),
    ("thumbv8m.main-none-eabi", "Cortex-M33, soft float ABI"),
    (
        "thumbv8m.main-none-eabihf",
        "Cortex-M33F, hard float ABI: RP2350, nRF5340",
    ),
    ("riscv32i-unknown-none-elf", "RV32I"),
    ("riscv32imc-unknown-none-elf", "RV32IMC: ESP32-C3"),
];

/// Folders of a precompiled Arduino library and the target of each: the core's name, below it the unit for floats and the ABI
/// that the compiler is told (`-mfpu=`, `-mfloat-abi=`). Code that passes floats in no register suits `softfp`, too.
pub const ARDUINO: &[(&str, &str)] = &[
    ("cortex-m0", "thumbv6m-none-eabi"),
    ("cortex-m0plus", "thumbv6m-none-eabi"),
    ("cortex-m3", "thumbv7m-none-eabi"),
    ("cortex-m4", "thumbv7em-none-eabi"),
    ("cortex-m4/fpv4-sp-d16-softfp", "thumbv7em-none-eabi"),
    ("cortex-m4/fpv4-sp-d16-hard", "thumbv7em-none-eabihf"),
    ("cortex-m7", "thumbv7em-none-eabi"),
    ("cortex-m7/fpv5-d16-softfp", "thumbv7em-none-eabi"),
    ("cortex-m7/fpv5-d16-hard", "thumbv7em-none-eabihf"),
    ("cortex-m33", "thumbv8m.main-none-eabi"),
    ("cortex-m33/fpv5-sp-d16-softfp", "thumbv8m.main-none-eabi"),
    ("cortex-m33/fpv5-sp-d16-hard", "thumbv8m.main-none-eabihf"),
    ("esp32c3", "riscv32imc-unknown-none-elf"),
];

/// A core that the firmware in C is built for and run on.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CCore {
    /// As the other tools call it.
    pub name: &'static str,
    /// Rust's name of the target.
    pub target: &'static str,
    /// The C compiler's.
    pub options: &'static [&'static str],
    /// What QEMU emulates.
    pub machine: Machine,
}

/// The cores. The Cortex-M0's code runs on an emulated Cortex-M3, which has room for it.
pub const C_CORES: [CCore; 2] = [
    CCore {
        name: "cortex-m4, hard float ABI",
        target: "thumbv7em-none-eabihf",
        options: &[
            "-mcpu=cortex-m4",
            "-mthumb",
            "-mfloat-abi=hard",
            "-mfpu=fpv4-sp-d16",
        ],
        machine: CORTEX_M4.machine,
    },
    CCore {
        name: "cortex-m0",
        target: "thumbv6m-none-eabi",
        options: &["-mcpu=cortex-m0", "-mthumb"],
        machine: CORTEX_M0.machine,
    },
];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder of the firmware in C.
pub fn firmware() -> PathBuf {
    examples().join("c-qemu-cortex-m4")
}

/// Builds the library for a target: where it lies.
///
/// # Errors
/// What went wrong, in words.
pub fn build(target: &str) -> Result<PathBuf, String> {
    let toolchain = Toolchain::find(target).map_err(|error| error.to_string())?;
    let folder = workspace().join("target/c");
    let arguments = [
        "--package",
        "autarky",
        "--no-default-features",
        "--features",
        "panic-hook",
    ];
    let target_dir = folder.to_string_lossy();
    let arguments = [&arguments[..], &["--target-dir", &target_dir]].concat();
    toolchain
        .build(&workspace(), &arguments)
        .map_err(|error| error.to_string())?;
    Ok(folder.join(target).join("release/libautarky.a"))
}

/// Compiles and links the firmware in C for `core`, with the library at `library` and a model, into `elf`.
///
/// # Errors
/// What the compiler or the linker said.
pub fn link(core: &CCore, library: &Path, model: &Path, elf: &Path) -> Result<(), String> {
    let folder = firmware();
    let output = Command::new(COMPILER)
        .args(core.options)
        .args(["-std=c11", "-Os", "-Wall", "-Wextra", "-Werror"])
        .args([
            "-ffunction-sections",
            "-fdata-sections",
            "-Wl,--gc-sections,-z,noexecstack",
        ])
        // newlib with printf over semihosting.
        .args(["-specs=rdimon.specs", "-T"])
        .arg(folder.join("link.ld"))
        .arg("-I")
        .arg(workspace().join("runtime/c/include"))
        .arg(format!("-DMODEL=\"{}\"", model.display()))
        .args(["main.c", "startup.c", "model.S"].map(|source| folder.join(source)))
        .arg(library)
        .arg("-o")
        .arg(elf)
        .output()
        .map_err(|error| format!("cannot run {COMPILER}: {error}"))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// Builds the archives of all targets into `folder`, each with the header beside it, and returns their sizes in bytes. Its folder
/// `arduino` is a library for Arduino and PlatformIO.
///
/// # Errors
/// What went wrong, in words.
pub fn archives(folder: &Path) -> Result<Vec<(&'static str, &'static str, u64)>, String> {
    let place = |target: &str| -> std::io::Result<u64> {
        let place = folder.join(target);
        fs::create_dir_all(&place)?;
        fs::copy(crate::c_header::path(), place.join("autarky.h"))?;
        let library = workspace()
            .join("target/c")
            .join(target)
            .join("release/libautarky.a");
        fs::copy(library, place.join("libautarky.a"))
    };
    let named = |error: std::io::Error| format!("{}: {error}", folder.display());
    // In front of the builds: a folder that cannot be made is said at once.
    fs::create_dir_all(folder).map_err(named)?;
    let mut sizes = Vec::new();
    for &(target, what) in ARCHIVES {
        build(target)?;
        let bytes = place(target).map_err(named)?;
        sizes.push((target, what, bytes));
    }
    arduino(folder).map_err(named)?;
    Ok(sizes)
}

/// The library for Arduino, of the archives in `folder`.
fn arduino(folder: &Path) -> std::io::Result<()> {
    let library = folder.join("arduino");
    fs::create_dir_all(library.join("src"))?;
    let properties = workspace().join("runtime/c/library.properties");
    fs::copy(properties, library.join("library.properties"))?;
    fs::copy(crate::c_header::path(), library.join("src/autarky.h"))?;
    for (core, target) in ARDUINO {
        let place = library.join("src").join(core);
        fs::create_dir_all(&place)?;
        let archive = folder.join(target).join("libautarky.a");
        fs::copy(archive, place.join("libautarky.a"))?;
    }
    Ok(())
}
