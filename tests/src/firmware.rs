//! The boards of `firmware-examples`: their folders, their machines, their images.

use crate::qemu::Machine;
use crate::toolchain::{BuildError, Toolchain};
use formats::boards;
use formats::fit;
use object::elf::{FileHeader32, SHF_ALLOC, SHF_WRITE, SHT_NOBITS};
use object::read::elf::{FileHeader, SectionHeader};
use object::{Endianness, read};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A board that has a folder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Board {
    /// The folder below `firmware-examples`.
    pub name: &'static str,
    /// The target of its processor.
    pub target: &'static str,
    /// What its data sheet says, where it plays a board that people own.
    pub part: Option<fit::Board>,
    /// How QEMU emulates it; other boards are built and not run.
    pub machine: Option<Machine>,
    /// Whether it logs by defmt.
    pub defmt: bool,
}

/// All boards, the emulated ones first.
pub const BOARDS: &[Board] = &[
    Board {
        name: "qemu-microbit",
        target: "thumbv6m-none-eabi",
        part: Some(boards::MICROBIT_V1),
        machine: Some(Machine {
            emulator: "qemu-system-arm",
            // 64 ns an instruction: the pace of the real core, were each instruction one cycle.
            arguments: &["-M", "microbit", "-icount", "shift=6"],
            serial: true,
        }),
        defmt: false,
    },
    Board {
        name: "qemu-cortex-m4",
        target: "thumbv7em-none-eabi",
        part: Some(boards::STM32F4DISCOVERY),
        machine: Some(Machine {
            emulator: "qemu-system-arm",
            // 32 ns an instruction, about the board's 25 MHz.
            arguments: &["-M", "mps2-an386", "-icount", "shift=5"],
            serial: false,
        }),
        defmt: true,
    },
    Board {
        name: "qemu-riscv32i",
        target: "riscv32i-unknown-none-elf",
        part: None,
        machine: Some(Machine {
            emulator: "qemu-system-riscv32",
            // Bare RV32I: a multiply is an illegal instruction. 1 ns an instruction, so that `minstret` counts them.
            arguments: &[
                "-M",
                "virt",
                "-cpu",
                "rv32,m=false,a=false,f=false,d=false,c=false",
                "-bios",
                "none",
                "-icount",
                "shift=0",
            ],
            serial: true,
        }),
        defmt: false,
    },
    Board {
        name: "pico",
        target: "thumbv6m-none-eabi",
        part: Some(boards::PICO),
        machine: None,
        defmt: false,
    },
];

/// The folder `firmware-examples`.
pub fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../firmware-examples")
}

impl Board {
    /// The board whose folder has this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        BOARDS.iter().find(|board| board.name == name)
    }

    /// Its folder.
    pub fn folder(&self) -> PathBuf {
        examples().join(self.name)
    }

    /// Builds all its programs with further arguments of `cargo build`; their ELF files by name.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn build(&self, arguments: &[&str]) -> Result<BTreeMap<String, PathBuf>, BuildError> {
        let elfs = Toolchain::find(self.target)?.build(&self.folder(), arguments)?;
        let name = |elf: &Path| {
            elf.file_stem()
                .map(|name| name.to_string_lossy().into_owned())
        };
        Ok(elfs
            .into_iter()
            .filter_map(|elf| Some((name(&elf)?, elf)))
            .collect())
    }
}

/// What a firmware takes, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ImageSize {
    /// Code, constants, the model, and what variables start with.
    pub flash: u64,
    /// Variables, the engine's state among them.
    pub variables: u64,
    /// What the linker script keeps for the stack.
    pub stack: u64,
}

impl ImageSize {
    /// Reads the sections and the stack's symbols of a 32-bit ELF file.
    ///
    /// # Errors
    /// When `elf` is none.
    pub fn of(elf: &[u8]) -> read::Result<Self> {
        let header = FileHeader32::<Endianness>::parse(elf)?;
        let endian = header.endian()?;
        let sections = header.sections(endian, elf)?;
        let mut size = Self::default();
        for section in sections.iter() {
            let (flags, bytes) = (section.sh_flags(endian), u64::from(section.sh_size(endian)));
            if !flags.contains(SHF_ALLOC) {
                continue;
            }
            if flags.contains(SHF_WRITE) {
                size.variables += bytes;
            }
            if section.sh_type(endian) != SHT_NOBITS {
                size.flash += bytes;
            }
        }
        let symbols = sections.symbols(endian, elf, object::elf::SHT_SYMTAB)?;
        let value = |name: &[u8]| {
            let found = symbols
                .iter()
                .find(|symbol| symbols.symbol_name(endian, symbol) == Ok(name));
            found.map(|symbol| u64::from(symbol.st_value.get(endian)))
        };
        if let (Some(start), Some(end)) = (value(b"_stack_start"), value(b"_stack_end")) {
            size.stack = start.saturating_sub(end);
        }
        Ok(size)
    }

    /// All of the RAM.
    pub const fn ram(&self) -> u64 {
        self.variables + self.stack
    }
}
