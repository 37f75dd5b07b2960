//! The boards of `firmware-examples`: their folders, their machines, their images.

use crate::cores::{CORTEX_M0, CORTEX_M4, CORTEX_M33, Core, RISCV32I, RISCV32IMC, examples};
use crate::flash::file::Format;
use crate::flash::uf2;
use crate::qemu::Machine;
use crate::toolchain::{BuildError, Toolchain};
use formats::boards;
use formats::fit;
use object::elf::{FileHeader32, SHF_ALLOC, SHF_WRITE, SHT_NOBITS};
use object::read::elf::{FileHeader, SectionHeader};
use object::{Endianness, read};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

/// A board that has a folder.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Board {
    /// The folder below `firmware-examples`.
    pub name: &'static str,
    /// Its processor's core.
    pub core: Core,
    /// What its data sheet says, or what its memory is held to.
    pub part: fit::Board,
    /// How QEMU emulates it.
    pub machine: Option<Machine>,
    /// Whether the emulator of the RP2040 runs it. Boards that nothing emulates are built and not run.
    pub rp2040: bool,
    /// The core and the registers that its images run on, where no emulator has the board.
    pub unicorn: Option<Unicorn>,
    /// The files that the board or its programmer takes, besides the ELF file.
    pub formats: &'static [Format],
    /// Whether it logs by defmt.
    pub defmt: bool,
    /// Features of its package that builds choose, one at a time.
    pub features: &'static [&'static str],
    /// What is assumed of its speed, where it plays a board that people own.
    pub pace: Option<Pace>,
}

/// How a board's images run on an emulated core.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unicorn {
    /// The chip of `unicorn/run.py`.
    pub chip: &'static str,
    /// Those of the board's features whose images run there, too.
    pub features: &'static [&'static str],
}

impl Unicorn {
    const fn chip(chip: &'static str) -> Option<Self> {
        Some(Self {
            chip,
            features: &[],
        })
    }
}

/// What is assumed of a board's speed: figures of data sheets and estimates, none of them measured here.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Pace {
    /// The clock that the programs set, in Hz.
    pub clock: f64,
    /// Cycles an instruction, code and data at hand.
    pub cycles: f64,
    /// Cycles that a byte of the model takes longer out of this board's flash.
    pub wait: f64,
}

impl Pace {
    /// Modelled tokens a second: each token executes `instructions` and reads a model of `bytes` once.
    pub fn tokens_a_second(&self, instructions: u64, bytes: usize) -> f64 {
        1.0 / self.seconds(instructions, bytes)
    }

    /// Modelled seconds of so many instructions that read so many bytes of flash.
    pub fn seconds(&self, instructions: u64, bytes: usize) -> f64 {
        (instructions as f64 * self.cycles + bytes as f64 * self.wait) / self.clock
    }
}

/// Arm's M-profile: two of the three instructions of the inner loop are loads, of two cycles each.
const ARM: f64 = 1.7;

/// What the firmware for QEMU's `virt` is held to.
const VIRT: fit::Board = fit::Board {
    name: "QEMU virt, held to a small part",
    core: "RV32I",
    flash: 1024 * 1024,
    ram: 64 * 1024,
};

/// All boards, the emulated ones first.
pub const BOARDS: &[Board] = &[
    Board {
        name: "qemu-microbit",
        core: CORTEX_M0,
        part: boards::MICROBIT_V1,
        machine: Some(Machine {
            emulator: "qemu-system-arm",
            // 64 ns an instruction: the pace of the real core, were each instruction one cycle.
            arguments: &["-M", "microbit", "-icount", "shift=6"],
            serial: true,
        }),
        rp2040: false,
        unicorn: None,
        formats: &[Format::Hex],
        defmt: false,
        features: &[],
        // Flash keeps up with 16 MHz.
        pace: Some(Pace {
            clock: 16e6,
            cycles: ARM,
            wait: 0.0,
        }),
    },
    Board {
        name: "qemu-cortex-m4",
        core: CORTEX_M4,
        part: boards::STM32F4DISCOVERY,
        machine: Some(Machine {
            emulator: "qemu-system-arm",
            // 32 ns an instruction, about the board's 25 MHz.
            arguments: &["-M", "mps2-an386", "-icount", "shift=5"],
            serial: false,
        }),
        rp2040: false,
        unicorn: None,
        formats: &[],
        defmt: true,
        features: &[],
        pace: None,
    },
    Board {
        name: "qemu-riscv32i",
        core: RISCV32I,
        part: VIRT,
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
        rp2040: false,
        unicorn: None,
        formats: &[],
        defmt: false,
        features: &[],
        pace: None,
    },
    Board {
        name: "pico",
        core: CORTEX_M0,
        part: boards::PICO,
        machine: None,
        rp2040: true,
        unicorn: None,
        formats: &[
            Format::Uf2 {
                family: uf2::RP2040,
            },
            Format::Hex,
        ],
        defmt: false,
        features: &["ram-kernel"],
        // A cache line of 8 bytes takes 28 clocks of the flash, which runs at half of the core's.
        pace: Some(Pace {
            clock: 125e6,
            cycles: ARM,
            wait: 7.0,
        }),
    },
    Board {
        name: "pico-2",
        core: CORTEX_M33,
        part: boards::PICO_2,
        machine: None,
        rp2040: false,
        unicorn: Unicorn::chip("rp2350"),
        formats: &[
            Format::Uf2 {
                family: uf2::RP2350_ARM_S,
            },
            Format::Hex,
        ],
        defmt: false,
        features: &["usb"],
        // How fast the flash is that the boot ROM has set up is not known here.
        pace: None,
    },
    Board {
        name: "microbit-v2",
        core: CORTEX_M4,
        part: boards::MICROBIT_V2,
        machine: None,
        rp2040: false,
        unicorn: Unicorn::chip("nrf52833"),
        formats: &[Format::Hex],
        defmt: false,
        features: &[],
        // Two wait states, and no cache for data.
        pace: Some(Pace {
            clock: 64e6,
            cycles: ARM,
            wait: 2.0,
        }),
    },
    Board {
        name: "nucleo-f446re",
        core: CORTEX_M4,
        part: boards::NUCLEO_F446RE,
        machine: None,
        rp2040: false,
        unicorn: Unicorn::chip("stm32f446"),
        formats: &[Format::Hex],
        defmt: false,
        features: &[],
        // Five wait states for a line of 16 bytes.
        pace: Some(Pace {
            clock: 180e6,
            cycles: ARM,
            wait: 5.0 / 16.0,
        }),
    },
    Board {
        name: "esp32-c3",
        core: RISCV32IMC,
        part: boards::ESP32_C3,
        machine: None,
        rp2040: false,
        unicorn: Some(Unicorn {
            chip: "esp32c3",
            features: &["usb"],
        }),
        // espflash takes the ELF file: the chip's boot loader wants a header that it writes.
        formats: &[],
        defmt: false,
        features: &["usb"],
        // Half of the inner loop's instructions are loads that the next one waits for. A cache line of 32 bytes takes
        // 152 clocks of the flash, which espflash sets to 40 MHz and two wires: four of the core's each.
        pace: Some(Pace {
            clock: 160e6,
            cycles: 1.5,
            wait: 19.0,
        }),
    },
];

impl Board {
    /// The board whose folder has this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        BOARDS.iter().find(|board| board.name == name)
    }

    /// Its folder.
    pub fn folder(&self) -> PathBuf {
        examples().join(self.name)
    }

    /// The file that is run and flashed: a HEX file of `elf` beside it where the board takes one, else `elf`.
    ///
    /// # Errors
    /// Those of [`Format::convert`].
    pub fn image(&self, elf: &Path) -> Result<PathBuf, Box<dyn Error>> {
        match self.formats.contains(&Format::Hex) {
            true => Format::Hex.convert(elf),
            false => Ok(elf.to_owned()),
        }
    }

    /// Builds all its programs with further arguments of `cargo build`; their ELF files by name.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn build(&self, arguments: &[&str]) -> Result<BTreeMap<String, PathBuf>, BuildError> {
        let elfs = Toolchain::find(self.core.target)?.build(&self.folder(), arguments)?;
        let name = |elf: &Path| {
            elf.file_stem()
                .map(|name| name.to_string_lossy().into_owned())
        };
        Ok(elfs
            .into_iter()
            .filter_map(|elf| Some((name(&elf)?, elf)))
            .collect())
    }

    /// Builds a program with a model file in it; its ELF file.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn with_model(&self, program: &str, model: &Path) -> Result<PathBuf, BuildError> {
        let model = model.canonicalize().unwrap_or_else(|_| model.to_owned());
        let config = format!("env.AUTARKY_MODEL='{}'", model.display());
        let mut programs = self.build(&["--bin", program, "--config", &config])?;
        Ok(programs.remove(program).unwrap_or_default())
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
