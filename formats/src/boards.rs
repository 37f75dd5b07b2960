//! Boards that people own. Their flash is what a program has: without boot loaders and partitions that the usual tools
//! for the board keep.
//!
//! ```
//! use formats::{Header, boards::MICROBIT_V1};
//!
//! let header = Header::read(include_bytes!("../../firmware-examples/models/microbit.aut"))?;
//! let fit = MICROBIT_V1.fit(&header.dims, header.file_bytes());
//! assert_eq!(fit.to_string(), "fits, 32,848 bytes of flash and 532 bytes of RAM left");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::fit::Board;

const KB: usize = 1024;
const MB: usize = 1024 * KB;

const fn board(name: &'static str, core: &'static str, flash: usize, ram: usize) -> Board {
    Board {
        name,
        core,
        flash,
        ram,
    }
}

/// BBC micro:bit, 2016.
pub const MICROBIT_V1: Board = board(
    "BBC micro:bit v1 (nRF51822)",
    "Cortex-M0",
    256 * KB,
    16 * KB,
);
/// BBC micro:bit, 2020.
pub const MICROBIT_V2: Board = board(
    "BBC micro:bit v2 (nRF52833)",
    "Cortex-M4F",
    512 * KB,
    128 * KB,
);
/// ST's board with an F4 of 180 MHz.
pub const NUCLEO_F446RE: Board = board(
    "Nucleo-F446RE (STM32F446RE)",
    "Cortex-M4F",
    512 * KB,
    128 * KB,
);
/// ST's board with the larger F4.
pub const STM32F4DISCOVERY: Board = board("STM32F4DISCOVERY (F407VG)", "Cortex-M4F", MB, 128 * KB);
/// Raspberry Pi's first microcontroller; programs run from its external flash of 2 MB, behind a second boot stage of 256
/// bytes.
pub const PICO: Board = board(
    "Raspberry Pi Pico (RP2040)",
    "Cortex-M0+",
    2 * MB - 256,
    264 * KB,
);
/// Raspberry Pi's second; the definition of an image that its boot ROM wants is part of the program.
pub const PICO_2: Board = board(
    "Raspberry Pi Pico 2 (RP2350)",
    "Cortex-M33",
    4 * MB,
    520 * KB,
);

/// Espressif's first with a RISC-V core; programs run from its external flash of 4 MB, of which the partition table that
/// espflash writes by default leaves an application all but the first 64 KB. Of its 400 KB of RAM the flash's cache and
/// the boot loader leave programs 313 KB.
pub const ESP32_C3: Board = board("ESP32-C3-DevKitM-1", "RV32IMC", 4 * MB - 64 * KB, 313 * KB);

/// All of them, from small to large.
///
/// ```
/// use formats::{Header, boards::BOARDS, fit::Fit};
///
/// let header = Header::read(include_bytes!("../../firmware-examples/models/microbit.aut"))?;
/// let fits = BOARDS.map(|board| board.fit(&header.dims, header.file_bytes()));
/// assert_eq!(fits.iter().filter(|fit| matches!(fit, Fit::Fits { .. })).count(), 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const BOARDS: [Board; 13] = [
    board("STM32VLDISCOVERY (F100RB)", "Cortex-M3", 128 * KB, 8 * KB),
    MICROBIT_V1,
    board("Blue Pill (STM32F103C8)", "Cortex-M3", 64 * KB, 20 * KB),
    board("Longan Nano (GD32VF103CB)", "RV32IMAC", 128 * KB, 32 * KB),
    // Its boot loader takes the first 16 KB.
    board("Arduino Uno R4 (RA4M1)", "Cortex-M4F", 240 * KB, 32 * KB),
    MICROBIT_V2,
    board("Black Pill (STM32F411CE)", "Cortex-M4F", 512 * KB, 128 * KB),
    NUCLEO_F446RE,
    STM32F4DISCOVERY,
    board("nRF52840-DK", "Cortex-M4F", MB, 256 * KB),
    PICO,
    ESP32_C3,
    PICO_2,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_boot_loaders_and_partitions_take_is_no_flash_of_the_program() {
        // espflash's default table on 4 MB: `factory` from 0x10000 on, 0x3F0000 bytes.
        assert_eq!(ESP32_C3.flash, 0x3F_0000);
        // FLASH in the Pico's memory.x.
        assert_eq!(PICO.flash, 2048 * KB - 0x100);
        let r4 = BOARDS.iter().find(|board| board.name.contains("Uno R4"));
        assert_eq!(r4.map(|board| board.flash), Some(256 * KB - 0x4000));
    }
}
